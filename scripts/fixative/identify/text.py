"""Formats that are text, and texts that belong to an image."""

import os
import re
from pathlib import Path

from fixative.findings import RefusedSample

_ROOT = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
_ROOTS = {
    "LMSDataContainerHeader": "xlef",
    "EvaluationInputData": "operetta",
    "ColumbusMeasurementIndex": "columbus",
    "WellPlate": "cv7000",
    "MeasurementResult": "cellvoyager",
    "ImageList": "afi",
    "SpimData": "bdv",
    "PVScan": "prairie",
}
"""Root element of an XML document to the format that it leads."""

_HEADS = (
    ('"NDInfoFile"', "metamorph_nd"),
    ("[Virtual Microscope Specimen]", "hamamatsu_vms"),
    ("[Uncompressed Virtual Microscope Specimen]", "hamamatsu_vmu"),
    ("[NanoZoomer Digital Pathology Image Set]", "ndpis"),
    ("[SemImageFile]", "hitachi"),
    (":STM data", "unisoku"),
    ("{FLIMIMAGE}", "liflim"),
)
"""What a text begins with, whatever stands before it of white space."""

_PLATE = '"HTSInfoFile"'
_PLATE_FOLDER = re.compile(r"(?:TimePoint|ZStep)_\d+", re.IGNORECASE)
_STIMULATE = re.compile(r"numDim:\s*\d", re.IGNORECASE)
_GRID = re.compile(r"ncols\s+\d+\s+nrows\s+\d+", re.IGNORECASE)
_RIPPLE = re.compile(r"^(?:width|height|depth|data-length|record-by)[ \t]+\S", re.MULTILINE | re.IGNORECASE)
_SERIES_IMAGE = re.compile(r"img_.*\.tiff?", re.IGNORECASE)
_MOST_BYTES = 64 * 1024 * 1024


def by_text(path: Path, head: bytes) -> str | None:
    """Tell formats that are text; None for what is no text.

    Raises
    ------
    RefusedSample
        INV011 for a text that leads no image.
    """
    if head[:4] == b"\x70\0\0\0" and len(head) > 17 and head[8:9] == b"\x2a":
        header = head[13:].decode("utf-16-le", "replace")
        return "lof" if header.startswith("LMS_Object_File") else "lif"
    if b"{FLIMIMAGE}" in head[:64]:
        return "liflim"
    text = _decoded(head)
    if text is None:
        return None
    bare = text.lstrip("\ufeff \t\r\n\f")
    if bare.startswith("<"):
        return _xml(path, text)
    if key := _settings(path, text, bare):
        return key
    found = "JSON or settings" if bare.startswith(("{", "[")) else "text"
    raise RefusedSample("INV011", name=path.name, found=found)


def _settings(path: Path, text: str, bare: str) -> str | None:
    """Settings files that lead an image."""
    if "ics_version" in text[:200]:
        return "ics"
    for beginning, key in _HEADS:
        if bare.startswith(beginning):
            return key
    if bare.startswith(_PLATE):
        return _plate(path)
    if text.startswith(" IDENTIFICATION"):
        return "densitometer"
    if "Header file for data file" in text[:128]:
        return "inveon"
    if _STIMULATE.match(bare):
        return "stimulate"
    if _GRID.match(bare):
        return "aaigrid"
    return _by_name(path, text)


def _by_name(path: Path, text: str) -> str | None:
    """Texts whose beginning says little: the name decides, and something in the text agrees."""
    name = path.name.lower()
    if name.endswith(".oif") and "[" in text[:200]:
        return "oif"
    if name.endswith(".rpl") and len(_RIPPLE.findall(text)) >= 3:
        return "ripple"
    if name == "experiment.exp" and "[" in text[:200]:
        return "bd_pathway"
    if name == "acqp" and text.startswith("##TITLE="):
        return "bruker_mri"
    if name.endswith((".htm", ".cfg")) and "ultraview" in text.lower():
        return "ultraview"
    if name == "metadata.txt" and '"Summary"' in text and _has_series(path.parent):
        return "micromanager_series"
    return None


def _plate(path: Path) -> str:
    """Plates of CellWorx have the settings file of MetaXpress, and images in files of their own kind.

    Raises
    ------
    RefusedSample
        INV011 for the copy in the folder of one time point, or step: the plate is led by the one above.
    """
    above = path.absolute().parent
    while _PLATE_FOLDER.fullmatch(above.name):
        above = above.parent
        if path.name.casefold() in (name.casefold() for name in os.listdir(above)):  # noqa: PTH208
            raise RefusedSample("INV011", name=path.name, found="a copy of the plate's HTD above it")
    stem = path.stem.casefold() + "_"
    names = (name.casefold() for name in os.listdir(path.parent))  # noqa: PTH208  Path.iterdir is slow
    return (
        "cellworx" if any(name.startswith(stem) and name.endswith(".pnl") for name in names) else "metaxpress_plate"
    )


def _has_series(folder: Path) -> bool:
    """Whether the images are files of their own beside the metadata, not stacks that carry it too."""
    return any(_SERIES_IMAGE.fullmatch(name) for name in os.listdir(folder))  # noqa: PTH208


def _xml(path: Path, text: str) -> str | None:
    root = _ROOT.search(text)
    name = root.group(1) if root else ""
    if name == "OME":
        return _ome(path)
    if name in _ROOTS:
        return _ROOTS[name]
    # An ImageStack is what other programs write too.
    if name == "ImageStack" and ("IN Cell Analyzer" in text or "Cytell" in text or path.suffix.lower() == ".xdce"):
        return "incell"
    if path.name.lower() == "experiment_descriptor.xml":
        return "scanr"
    if path.name.lower().endswith(".omp2info"):
        return "olympus_tile"
    if text.startswith("<Data>") and "LEICA" in text[:4096].upper():
        return "leica_tcs"
    raise RefusedSample("INV011", name=path.name, found=f"XML sidecar, root element {name or 'none'}")


def _ome(path: Path) -> str:
    with path.open("rb") as stream:
        whole = stream.read(_MOST_BYTES).decode("utf-8", "replace")
    if re.search(r"<(?:\w+:)?TiffData\b", whole):
        return "companion_ome"
    if re.search(r"<(?:\w+:)?BinData\b", whole):
        return "ome_xml"
    if len(whole) < _MOST_BYTES and not re.search(r"</(?:\w+:)?OME\s*>\s*$", whole):
        # Cut short before its pixels: its structure's check says so.
        return "ome_xml"
    raise RefusedSample("INV011", name=path.name, found="OME-XML without pixels")


def _decoded(head: bytes) -> str | None:
    """Return the head as text, or None where it is not text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    if b"\0" in head:
        return None
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end inside a character; anywhere else it is not UTF-8, perhaps an older code page.
        if error.start < len(head) - 4:
            return _latin(head)
        text = head[: error.start].decode("utf-8")
    return text if _printable(text) else None


def _latin(head: bytes) -> str | None:
    text = head.decode("latin-1")
    letters = sum(character.isascii() for character in text)
    return text if letters > 0.95 * len(text) and _printable(text) else None


def _printable(text: str) -> bool:
    return not any(ord(character) < 32 and character not in "\t\r\n\f\x1a\x1b" for character in text)

"""File sets of further formats: members that a settings file names, or that lie beside data under its name."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.members import Folder, tree

_TEXT_BYTES = 64 * 1024 * 1024


def settings_text(path: Path, limit: int = _TEXT_BYTES) -> str:
    """Text of a settings file, in whatever encoding: what matters in it is ASCII, or UTF-8."""
    with path.open("rb") as stream:
        data = stream.read(limit)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _named(pattern: str) -> Callable[[Path], list[Path]]:
    """Members that a text names; the pattern's one group is the name."""
    expression = re.compile(pattern, re.MULTILINE | re.IGNORECASE)

    def rule(path: Path) -> list[Path]:
        folder = Folder(path.parent)
        names = dict.fromkeys(unescape(name).strip() for name in expression.findall(settings_text(path)))
        return [folder.member(name) for name in names if name]

    return rule


def _beside(*suffixes: str, also: tuple[str, ...] = ()) -> Callable[[Path], list[Path]]:
    """One file with the same name and one of the suffixes must be there; those of ``also`` may be."""

    def rule(path: Path) -> list[Path]:
        folder = Folder(path.parent)
        found = _first(folder, path, suffixes)
        if found is None:
            raise RefusedSample("INV006", name=path.stem + suffixes[0])
        return [found, *(file for suffix in also if (file := _first(folder, path, (suffix,))))]

    return rule


def _perhaps_beside(*suffixes: str) -> Callable[[Path], list[Path]]:
    """Files with the same name and one of the suffixes belong to it where they are there."""

    def rule(path: Path) -> list[Path]:
        folder = Folder(path.parent)
        return [file for suffix in suffixes if (file := _first(folder, path, (suffix,)))]

    return rule


def _first(folder: Folder, path: Path, suffixes: tuple[str, ...]) -> Path | None:
    """File of the same name, whole or less its suffix, with the first suffix there is."""
    names = (stem + suffix for suffix in suffixes for stem in (path.name, path.stem))
    return next((file for name in names if (file := folder.find(name)) and file != path), None)


def _microscope_notes(path: Path) -> list[Path]:
    """Notes beside an MRC file that its reader takes metadata from: SerialEM's, and those of a movie."""
    folder = Folder(path.parent)
    names = [f"{path.name}.mdoc"]
    if path.stem.casefold().endswith("_movie"):
        names.append(f"{path.stem[: -len('_movie')]}_info.txt")
    return [file for name in names if (file := folder.find(name))]


def _tvips(path: Path) -> list[Path]:
    """Parts of a TVIPS recording: ``name_000.tvips`` and those that count on from it, without a gap."""
    match = re.fullmatch(r"(.*_)(\d{3})(\.tvips)", path.name, re.IGNORECASE)
    if match is None:
        return []
    stem, first, suffix = match.groups()
    folder = Folder(path.parent)
    numbers = [int(found[1]) for _, found in folder.matching(re.escape(stem) + r"(\d{3})" + re.escape(suffix))]
    last = max(numbers, default=int(first))
    return [folder.member(f"{stem}{number:03d}{suffix}") for number in range(int(first) + 1, last + 1)]


def _scanr(path: Path) -> list[Path]:
    """Olympus scanR: images in ``data``; a second description and a log beside the first."""
    folder = Folder(path.parent)
    data = folder.subfolder("data")
    if data is None:
        raise RefusedSample("INV006", name="data")
    beside = ("experiment_descriptor.xml", "experiment_descriptor.dat", "AcquisitionLog.dat")
    return [*(file for name in beside if (file := folder.find(name))), *tree(path.parent, data)]


def _hamamatsu(path: Path) -> list[Path]:
    """VMS and VMU: tiles, map and macro image must be there; the file that speeds up reading may be."""
    folder = Folder(path.parent)
    found = []
    entry = r"^(ImageFile[^=\r\n]*|MapFile|MacroImage|OptimisationFile)=[ \t]*(\S[^\r\n]*?)\s*$"
    for key, name in re.findall(entry, settings_text(path), re.MULTILINE):
        member = folder.find(name) if key == "OptimisationFile" else folder.member(name)
        found += [member] if member else []
    return found


RULES: dict[str, Callable[[Path], list[Path]]] = {
    "hamamatsu_vms": _hamamatsu,
    "hamamatsu_vmu": _hamamatsu,
    "ndpis": _named(r"^Image\d+=[ \t]*(\S[^\r\n]*?)\s*$"),
    "afi": _named(r"<Path>([^<]+)</Path>"),
    "incell": _named(r"<Image\b[^>]*?\bfilename=\"([^\"]+)\""),
    "operetta": _named(r"<URL\b[^>]*>([^<]+)</URL>"),
    "scanr": _scanr,
    "prairie": _named(r"<File\b[^>]*?\bfilename=\"([^\"]+)\""),
    "bdv": _named(r"<hdf5\b[^>]*\btype=\"relative\"[^>]*>([^<]+)</hdf5>"),
    "micromanager_series": _named(r"\"FileName\"\s*:\s*\"([^\"]+)\""),
    "hitachi": _named(r"^ImageName=[ \t]*(\S[^\r\n]*?)\s*$"),
    "imagic": _beside(".img"),
    "unisoku": _beside(".dat"),
    "densitometer": _beside(".img"),
    "fuji_las": _beside(".inf"),
    "spc": _beside(".set"),
    "ripple": _beside(".raw"),
    "mrc": _microscope_notes,
    "tvips": _tvips,
    "stimulate": _beside(".sdt"),
    "envi": _beside(".hdr"),
    "ehdr": _beside(".hdr", also=(".prj", ".stx", ".blw", ".clr")),
    "aaigrid": _perhaps_beside(".prj"),
    "binary_terrain": _perhaps_beside(".prj"),
    "rst": _beside(".rdc", also=(".smp", ".ref")),
    "saga": _beside(".sgrd", also=(".mgrd", ".prj")),
}
"""Format to the rule of its set. What the promised files are is the settings' word, so that one that is missing
is a finding; what else Bio-Formats reads is added by `fixative.filesets`."""

READER_KNOWS = frozenset(
    {
        *("afi", "apl", "axiovision_tiff", "bd_pathway", "bdv", "bruker_mri", "cellomics", "cellvoyager", "cellworx"),
        *("columbus", "cv7000", "fuji_las", "hitachi", "imagic", "incell", "inveon", "jeol", "leica_lei"),
        *("leica_tcs", "licor_l2d", "mias", "micromanager_series", "ndpis", "oir", "olympus_tile", "operetta"),
        *("prairie", "scanr", "slidebook", "spc", "tecan", "tillvision", "ultraview", "unisoku", "visitech"),
        *("densitometer", "volocity"),
    }
)
"""Formats of several files of which Bio-Formats knows all: it is asked, beside the rule where there is one."""

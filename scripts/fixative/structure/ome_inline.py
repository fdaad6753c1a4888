"""OME-XML that holds its pixels: each ``BinData``, decoded to its end, against the planes that are promised."""

import re
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.ome_inline import BadData, Block, Counts, Pixels, decoded, scan
from fixative.structure.promise import complete

BITS = {"int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32, "bit": 1}
BITS |= {"float": 32, "double": 64, "complex": 64, "double-complex": 128}
"""Bits of a sample by OME's type; ``bit`` is packed by some writers and takes a byte of others."""
WHERE = "BinData of the OME-XML"


def check_ome_inline(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the planes of every image with the bytes that its blocks decode to.

    Raises
    ------
    RefusedSample
        INV004 where planes, or the end of the document, are not there; INV005 where a block is damaged.
    """
    from fixative.structure.tiff_ome import check_ome_xml

    try:
        document = scan(path)
    except ValueError:
        return check_ome_xml(path, fmt, files)
    if any(pixels.elsewhere for pixels in document.pixels):
        return check_ome_xml(path, fmt, files)
    planes = size = 0
    for pixels in document.pixels:
        if not (pixels.metadata_only and not pixels.blocks):
            held = _image(path, pixels)
            planes, size = planes + held[0], size + held[1]
    if not planes:
        raise RefusedSample("INV004", promised="planes", present="none", where=WHERE)
    return complete("planes of the OME-XML against its BinData, each decoded to its end", size=size, planes=planes)


def _image(path: Path, pixels: Pixels) -> tuple[int, int]:
    """Planes of one image, and their bytes, all of which must be there."""
    sizes = {axis: pixels.size(axis) for axis in "XYZCT"}
    planes = sizes["Z"] * sizes["C"] * sizes["T"]
    if pixels.type not in BITS:
        raise RefusedSample("INV005", reason="OME-XML with an unknown type of pixels")
    plane = -(-sizes["X"] * sizes["Y"] * BITS[pixels.type] // 8)
    if len(pixels.blocks) not in _ways(pixels, planes):
        raise RefusedSample("INV004", promised=f"{planes} planes", present=f"{len(pixels.blocks)}", where=WHERE)
    expected = plane * (planes // len(pixels.blocks))
    most = expected * 8 if pixels.type == "bit" else expected
    for number, block in enumerate(pixels.blocks):
        held = _held(path, block, most)
        if held < expected:
            whole = number * (planes // len(pixels.blocks)) + held // plane
            raise RefusedSample("INV004", promised=f"{planes} planes", present=f"{whole}", where=WHERE)
    return planes, plane * planes


def _ways(pixels: Pixels, planes: int) -> set[int]:
    """Numbers of blocks that planes may lie in: one each, one for the samples of a pixel, one for all."""
    samples = set(pixels.samples)
    together = {planes // one for one in samples if len(samples) == 1 and planes % one == 0}
    return {planes, 1} | together


def _held(path: Path, block: Block, most: int) -> int:
    """Bytes of samples in a block.

    Raises
    ------
    RefusedSample
        INV005 where it is damaged, holds more than ``most``, or is not as long as it says.
    """
    counts = Counts()
    try:
        for _ in decoded(path, block, counts):
            if counts.samples > most:
                raise RefusedSample("INV005", reason=f"{WHERE} of more bytes than its planes have")
    except BadData as error:
        raise RefusedSample("INV005", reason=f"{WHERE}: {error}") from None
    stated = block.attributes.get("Length", "")
    # Letters by the schema; writers count bytes too, before or after compression.
    known = (counts.letters, counts.text, counts.decoded, counts.samples)
    if re.fullmatch(r"\d{1,15}", stated) and int(stated) not in known and counts.samples == most:
        raise RefusedSample("INV005", reason=f"{WHERE} states a Length of {stated}, and has {counts.letters} letters")
    return counts.samples

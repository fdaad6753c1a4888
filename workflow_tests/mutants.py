"""Small real files and ways to damage them: what the parsers that Fixative owns are fuzzed with.

A mutant is the content of a file after a few changes: bits flipped, bytes cut off, numbers made absurd, blocks
exchanged. Most of the changes fall into the first bytes, where headers stand.
"""

import io
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tifffile
from hypothesis import strategies

from unit import test_structure, test_structure_formats

NUMBERS = (0, 1, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
HEAD_BYTES = (64, 512, 4096)
MOST_BYTES = 300_000
OME = (
    '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
    '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="16" SizeY="16" SizeZ="2" SizeC="1" SizeT="1">'
)

Change = Callable[[bytearray, int], None]


def flip(bit: int) -> Change:
    def change(content: bytearray, at: int) -> None:
        content[at] ^= 1 << bit

    return change


def put(value: bytes) -> Change:
    def change(content: bytearray, at: int) -> None:
        content[at : at + len(value)] = value[: len(content) - at]

    return change


def cut(content: bytearray, at: int) -> None:
    del content[at:]


def leave_out(count: int) -> Change:
    def change(content: bytearray, at: int) -> None:
        del content[at : at + count]

    return change


def exchange(count: int) -> Change:
    def change(content: bytearray, at: int) -> None:
        content[at : at + 2 * count] = content[at + count : at + 2 * count] + content[at : at + count]

    return change


def repeat(count: int) -> Change:
    def change(content: bytearray, at: int) -> None:
        content[at:at] = content[at : at + count]

    return change


_NUMBER = strategies.builds(
    lambda number, layout: (number & (1 << 8 * struct.calcsize(layout)) - 1, layout),
    strategies.sampled_from(NUMBERS),
    strategies.sampled_from(("<H", ">H", "<I", ">I", "<Q", ">Q")),
).map(lambda pair: put(struct.pack(pair[1], pair[0])))
_COUNT = strategies.sampled_from((1, 2, 4, 12, 20, 64, 512))
_CHANGE = strategies.one_of(
    strategies.integers(0, 7).map(flip),
    _NUMBER,
    _NUMBER,
    strategies.binary(min_size=1, max_size=4).map(put),
    strategies.sampled_from((b"99999999999999999999", b"-1", b"1e999", b"nan", b"\0", b"<", b'"', b"../../")).map(
        put
    ),
    _COUNT.map(leave_out),
    _COUNT.map(exchange),
    _COUNT.map(repeat),
    strategies.just(cut),
)


@strategies.composite
def mutants(draw, content: bytes) -> bytes:
    """Copies of ``content``, each changed one to six times."""
    damaged = bytearray(content)
    for change in draw(strategies.lists(_CHANGE, min_size=1, max_size=6)):
        if not damaged:
            break
        reach = draw(strategies.sampled_from((*HEAD_BYTES, len(damaged))))
        change(damaged, draw(strategies.integers(0, min(reach, len(damaged)) - 1)))
    return bytes(damaged)


def seeds(scratch: Path) -> dict[str, tuple[bytes, str]]:
    """Whole files by name: content, and the key of their format.

    Parameters
    ----------
    scratch
        A folder for those that only a library can write.
    """
    found = {f"{name.replace(' ', '_')}.{key}": (make(), key) for name, (make, key) in _made()}
    for key, make in test_structure.FORMATS.items():
        found[f"whole.{key}"] = (make(scratch / f"seed.{key}"), key)
    found |= {f"{name}.tif": (content, key) for name, content, key in _tiffs()}
    found |= _texts()
    return {name: seed for name, seed in found.items() if len(seed[0]) <= MOST_BYTES}


def corpus_seeds(corpus: Path) -> dict[str, tuple[bytes, str]]:
    """Small files of the corpus that stand alone, and what they are."""
    from fixative.findings import RefusedSample
    from fixative.identify import identify

    found = {}
    for path in sorted(corpus.rglob("*")):
        if path.is_file() and 0 < path.stat().st_size <= MOST_BYTES:
            try:
                found[path.name] = (path.read_bytes(), identify(path))
            except RefusedSample:
                continue
    return found


def _made() -> Iterator[tuple[str, tuple[Callable[[], bytes], str]]]:
    yield from test_structure_formats.FORMATS.items()


def _tiffs() -> Iterator[tuple[str, bytes, str]]:
    pixels = np.random.default_rng(0).integers(0, 255, (4, 32, 48), dtype="u1")
    yield "imagej", _tiff(pixels, imagej=True), "imagej_tiff"
    yield "ome", _tiff(pixels, ome=True, compression="zlib"), "ome_tiff"
    yield "big", _tiff(pixels, bigtiff=True, byteorder=">", tile=(16, 16), compression="lzw"), "tiff"
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as writer:
        writer.write(pixels[0], subifds=1, tile=(16, 16), extratags=[(700, 1, 5, b"<x/>\0"[:5], True)])
        writer.write(pixels[0, ::2, ::2], subfiletype=1, tile=(16, 16))
    yield "pyramid", stream.getvalue(), "tiff"


def _tiff(pixels: np.ndarray, **options: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, photometric="minisblack", **options)
    return stream.getvalue()


def _texts() -> dict[str, tuple[bytes, str]]:
    planes = '<BinData Length="344" BigEndian="false">' + "A" * 344 + "</BinData>"
    inline = f"{OME}{planes}{planes}</Pixels></Image></OME>"
    named = f'{OME}<TiffData><UUID FileName="a.tif">urn:uuid:1</UUID></TiffData></Pixels></Image></OME>'
    wells = (
        '"HTSInfoFile", Version 1.0\r\n"XWells", 2\r\n"YWells", 1\r\n"WellsSelection1", TRUE, FALSE\r\n"EndFile"\r\n'
    )
    return {
        "inline.ome": (inline.encode(), "ome_xml"),
        "a.companion.ome": (named.encode(), "companion_ome"),
        "plate.htd": (wells.encode(), "metaxpress_plate"),
        "slices.mhd": (
            b"NDims = 2\nDimSize = 8 8\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n" + bytes(64),
            "metaimage",
        ),
        "slices.nhdr": (b"NRRD0004\ntype: uint8\nsizes: 8 8\ndata file: a%03d.raw 1 4 1\nencoding: raw\n\n", "nrrd"),
        "a.ics": (b"\t\nics_version\t2.0\nlayout\tparameters\t3\nlayout\tsizes\t8\t8\t8\n", "ics"),
        "a.nd": (
            b'"NDInfoFile", Version 1.0\r\n"DoTimelapse", FALSE\r\n"NWavelengths", 2\r\n"EndFile"\r\n',
            "metamorph_nd",
        ),
        "a.json": (b'{"a": [1, 2, {"b": "c"}], "n": 1e5}', "json"),
        "a.yaml": (b"a: [1, 2]\nb:\n  - c: d\n", "yaml"),
    }

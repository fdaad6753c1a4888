"""JPEG 2000 without loss: for what it stands, and that two decoders have to see the same."""

import numpy as np
import pytest
import tifffile

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.ome_tiff import write_ome_tiff
from fixative.ome.build import build_ome_xml, complete_for_tiff
from fixative.readers.options import READER_DEFAULTS
from fixative.verify.tiff import read_ome_tiff
from fixative.witness.archived import decoded_by_another
from ome_sources import NO_INVENTORY, ArraySource, no_dump

JPEG2000, DEFLATE = 34712, 8
RANDOM = np.random.default_rng(3)


def write(folder, source, compression="jpeg2000"):
    """Write a file with a pyramid; returns its path and the record of its pixels."""
    path = folder / "a.ome.tiff"
    xml = build_ome_xml(source, no_dump(), NO_INVENTORY).xml
    xml = complete_for_tiff(xml, source.images, path.name, "urn:uuid:8b6ea2a1-3a31-5d3c-9f8e-2d3d5a3f6c11")
    options = OmeTiff(tile_px=32, pyramid_min_px=40, compression=compression)
    written = write_ome_tiff(
        source, path, ome_xml=xml, options=options, threads=2, resolutions=[None], advance=lambda *_: None
    )
    return path, written.pixels


def samples(dtype, count=1):
    most = np.iinfo(dtype).max
    return RANDOM.integers(0, most, (1, 2, 2, 75, 91, count), dtype=dtype, endpoint=True)


def compressions(path):
    with tifffile.TiffFile(path) as tiff:
        return {int(level.compression) for page in tiff.pages for level in (page, *page.pages)}


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("count", [1, 3])
def test_bio_formats_sees_every_plane_of_every_level_as_it_was(tmp_path, dtype, count):
    described = {"photometric": "rgb"} if count == 3 else {}
    path, pixels = write(tmp_path, ArraySource(samples(dtype, count), **described))

    problems = read_ome_tiff(path, pixels, threads=2).problems

    assert compressions(path) == {JPEG2000}
    assert problems == ()
    assert decoded_by_another(path, pixels, READER_DEFAULTS).startswith("Bio-Formats ")


@pytest.mark.parametrize("dtype", ["int16", "uint32", "int8"])
def test_what_it_does_not_stand_for_is_deflated(tmp_path, dtype):
    path, pixels = write(tmp_path, ArraySource(samples(dtype)))

    assert compressions(path) == {DEFLATE}
    assert decoded_by_another(path, pixels, READER_DEFAULTS) is None


def test_labels_are_deflated(tmp_path):
    path, _ = write(tmp_path, ArraySource(samples("uint16"), categorical=True))

    assert compressions(path) == {DEFLATE}


def test_a_plane_that_is_another_to_the_second_decoder_is_refused(tmp_path):
    source = ArraySource(samples("uint16"))
    path, _ = write(tmp_path, source)
    (tmp_path / "other").mkdir()
    source.array[0, 1, 1, 0, 0, 0] ^= 1
    _, pixels = write(tmp_path / "other", source)

    with pytest.raises(RefusedSample, match="image 0 level 0 T0 C1 Z1, by Bio-Formats") as caught:
        decoded_by_another(path, pixels, READER_DEFAULTS)

    assert caught.value.code == "VER001"


def test_a_tile_that_is_cut_short_is_found(tmp_path):
    path, pixels = write(tmp_path, ArraySource(samples("uint8")))
    with tifffile.TiffFile(path) as tiff:
        offset, count = tiff.pages[0].dataoffsets[1], tiff.pages[0].databytecounts[1]
    with path.open("r+b") as stream:
        stream.seek(offset + count // 2)
        stream.write(bytes(count - count // 2))

    problems = read_ome_tiff(path, pixels).problems

    assert [problem.code for problem in problems] == ["VER001"]


def test_a_tile_that_promises_another_size_is_not_decoded(tmp_path):
    path, pixels = write(tmp_path, ArraySource(samples("uint8")))
    with tifffile.TiffFile(path) as tiff:
        offset = tiff.pages[0].dataoffsets[0]
    with path.open("r+b") as stream:
        stream.seek(offset + 8)  # Xsiz of the SIZ marker segment
        stream.write((2**31).to_bytes(4, "big") * 2)

    problems = read_ome_tiff(path, pixels).problems

    assert [problem.code for problem in problems] == ["VER001"]
    assert "jpeg2000" in problems[0].message

"""Verification of the image: written by tifffile, read by code of our own; every damage is found."""

import struct
import tracemalloc

import numpy as np
import pytest
import tifffile

from fixative.files import digest_bytes
from fixative.findings import RefusedSample
from fixative.verify import bands
from fixative.verify.tiff import read_ome_tiff, verify_ome_tiff
from objects import flip_bit, levels_of, ome_xml, pixels_of, places, sha256_of, stack, write_tiff

COMPRESSIONS = [None, "zlib", "lzw", "zstd"]
DTYPES = [
    "uint8",
    "int8",
    "uint16",
    "int16",
    "uint32",
    "int32",
    "float32",
    "float64",
    "complex64",
    "complex128",
]


def problems_of(path, pixels, **options):
    return [str(problem) for problem in read_ome_tiff(path, pixels, **options).problems]


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_and_compression_that_tifffile_writes_is_verified(tmp_path, dtype, compression):
    images = [stack(dtype, t=2, c=1, z=1)]
    predictor = compression is not None and not dtype.startswith("complex")
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression=compression, predictor=predictor)

    digests = verify_ome_tiff(path, pixels_of(images), file_name="A.ome.tiff")

    assert digests == digest_bytes(path.read_bytes())


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_bool_is_one_bit_per_sample(tmp_path, compression):
    images = [stack("bool")]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression=compression, bitspersample=1)

    assert problems_of(path, pixels_of(images)) == []


@pytest.mark.parametrize("samples", [3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_colour_is_verified_with_its_samples_side_by_side(tmp_path, dtype, samples):
    images = [stack(dtype, c=1, z=1, samples=samples)]
    extra = {"extrasamples": ["unassalpha"]} if samples == 4 else {}
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib", predictor=True, **extra)

    assert problems_of(path, pixels_of(images)) == []


@pytest.mark.parametrize("dtype", ["uint16", "float32", "complex64"])
def test_big_endian_bigtiff_has_the_same_plane_digests(tmp_path, dtype):
    images = [stack(dtype)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, byteorder=">", bigtiff=True, compression="zlib")

    assert problems_of(path, pixels_of(images)) == []


def test_images_of_different_kinds_stand_in_one_file(tmp_path):
    images = [stack("uint16", t=2), stack("uint8", c=1, z=1, samples=3), stack("float32", y=33, x=31)]
    path = write_tiff(tmp_path / "A.ome.tiff", images)

    assert problems_of(path, pixels_of(images), threads=3) == []


def test_the_search_for_private_values_sees_every_byte_once_and_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr("fixative.verify.one_read.BLOCK_BYTES", 1000)
    images = [stack(t=3)]
    path = write_tiff(tmp_path / "A.ome.tiff", images)
    seen = []

    verify_ome_tiff(path, pixels_of(images), observe=seen.append)

    assert len(seen) > 5
    assert b"".join(seen) == path.read_bytes()


def reverse_tiles(path):
    """Turn the order of the tiles in an uncompressed file round; the pixels stay the same."""
    with tifffile.TiffFile(path) as tiff:
        pages = [page for main in tiff.pages for page in (main, *(main.pages or ()))]
        tags = [(page.tags["TileOffsets"].valueoffset, page.dataoffsets) for page in pages]
    content = bytearray(path.read_bytes())
    order = [offset for _, offsets in tags for offset in offsets]
    size = min(np.diff(sorted(order)))
    tiles = [bytes(content[offset : offset + size]) for offset in order]
    moved = iter(reversed(order))
    for place, offsets in tags:
        for number, _ in enumerate(offsets):
            target = next(moved)
            struct.pack_into("<I", content, place + 4 * number, target)
            content[target : target + size] = tiles.pop(0)
    path.write_bytes(content)


def test_tiles_in_any_order_are_verified_in_bounded_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(bands, "LEAST_OPEN_BYTES", 0)
    images = [stack("uint8", c=1, y=500)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, levels=2)
    reverse_tiles(path)
    seen = []

    digests = verify_ome_tiff(path, pixels_of(images), observe=seen.append)

    assert digests == digest_bytes(path.read_bytes())
    assert b"".join(seen) == path.read_bytes()


def test_memory_is_bounded_by_a_few_bands_also_where_tiles_compress_a_thousandfold(tmp_path, monkeypatch):
    monkeypatch.setattr("fixative.verify.one_read.DECODED_BYTES", 1_000_000)
    images = [np.zeros((1, 1, 1, 16000, 1500), "uint8")]
    path = write_tiff(tmp_path / "A.ome.tiff", images, tile=256, compression="zlib", compressionargs={"level": 1})
    pixels = pixels_of(images)
    del images

    tracemalloc.start()
    verify_ome_tiff(path, pixels, threads=2)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 6_000_000 < 16000 * 1500


def tile_places(path):
    """Offset of the first tile of every level of every plane."""
    with tifffile.TiffFile(path) as tiff:
        return [[page.dataoffsets[0], *(level.dataoffsets[0] for level in page.pages)] for page in tiff.pages]


@pytest.mark.parametrize("level", [0, 1])
def test_one_flipped_bit_in_a_tile_names_the_plane_and_both_digests(tmp_path, level):
    images = [stack()]
    path = write_tiff(tmp_path / "A.ome.tiff", images)
    flip_bit(path, tile_places(path)[3][level])

    (problem,) = problems_of(path, pixels_of(images))

    expected = pixels_of(images).images[0].levels[level].planes[3].sha256
    assert problem.startswith(f"[VER001] pixels differ, first at image 0 level {level} T0 C1 Z1: source {expected}")


def test_a_tile_that_does_not_decode_is_a_difference_of_that_plane(tmp_path):
    images = [stack()]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression="zlib")
    flip_bit(path, tile_places(path)[1][0])

    (problem,) = problems_of(path, pixels_of(images))

    assert "image 0 level 0 T0 C0 Z1" in problem
    assert "tile 0 does not decode" in problem


def test_two_planes_changed_for_each_other_are_both_named(tmp_path):
    images = [stack()]
    path = write_tiff(tmp_path / "A.ome.tiff", [images[0][:, ::-1]])

    problems = problems_of(path, pixels_of(images))

    assert len(problems) == 8


def test_the_first_problem_is_raised(tmp_path):
    images = [stack()]
    path = write_tiff(tmp_path / "A.ome.tiff", [images[0] + 1])

    with pytest.raises(RefusedSample) as refused:
        verify_ome_tiff(path, pixels_of(images))

    assert refused.value.code == "VER001"
    assert refused.value.places["expected"] == sha256_of(images[0][0, 0, 0])
    assert refused.value.places["found"] == sha256_of(images[0][0, 0, 0] + 1)


def test_a_root_digest_that_does_not_fit_its_planes_is_found(tmp_path):
    images = [stack()]
    path = write_tiff(tmp_path / "A.ome.tiff", images)
    pixels = pixels_of(images).model_copy(update={"root_sha256": "0" * 64})

    (problem,) = problems_of(path, pixels)

    assert problem.startswith("[VER001] pixels differ, first at root digest")


STRUCTURES = {
    "a plane too few": ({"images": [stack(z=1)]}, "4 directories in the main chain"),
    "a plane too many": ({"images": [stack(z=3)]}, "5 or more directories"),
    "no level": ({"levels": 1}, "1 SubIFDs in directory 0, found 0"),
    "a level too many": ({"levels": 3}, "1 SubIFDs in directory 0, found 2"),
    "another size": ({"images": [stack(y=71)]}, "found 71 x 90 px of 1 uint16"),
    "another type": ({"images": [stack("int16")]}, "found 70 x 90 px of 1 int16"),
    "a level not marked": ({"subfiletype": 0}, "NewSubfileType 1, found 0"),
    "strips": ({"tile": None}, "expected tiles, found strips"),
    "a lossy codec": ({"images": [stack("uint8")], "compression": "jpeg"}, "compression 7"),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_wrong_structure_says_what_is_expected_and_found(tmp_path, name):
    options, message = STRUCTURES[name]
    images = [stack("uint8")] if "lossy" in name else [stack()]
    arguments = {"images": images, "description": ome_xml(images), **options}
    if arguments.get("tile", 32) is None:
        path = write_strips(tmp_path / "A.ome.tiff", images)
    else:
        path = write_tiff(tmp_path / "A.ome.tiff", **arguments)

    problems = problems_of(path, pixels_of(images))

    assert problems[0].startswith("[VER003]")
    assert message in problems[0]


def write_strips(path, images):
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(images[0][0, 0, 0], metadata=None)
    return path


@pytest.mark.parametrize("keep", [0, 4, 7, 100, 0.3, 0.9, 0.999])
def test_a_truncated_file_is_found_and_its_digests_are_taken(tmp_path, keep):
    images = [stack()]
    path = write_tiff(tmp_path / "A.ome.tiff", images)
    content = path.read_bytes()
    path.write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])

    reading = read_ome_tiff(path, pixels_of(images))

    assert reading.problems[0].code == "VER003"
    assert reading.digests == digest_bytes(path.read_bytes())


def test_a_chain_of_directories_that_comes_back_to_itself_is_refused(tmp_path):
    images = [stack()]
    path = write_tiff(tmp_path / "A.ome.tiff", images)
    with tifffile.TiffFile(path) as tiff:
        first, last = tiff.pages[0].offset, tiff.pages[2]
        link = last.offset + 2 + 12 * len(last.tags)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, link, first)
    path.write_bytes(content)

    problems = problems_of(path, pixels_of(images))

    assert "directory 3 is met again" in problems[0]


def write_bit_strips(path, images, rows=16, **options):
    """Write planes with tifffile, in strips, their levels in SubIFDs."""
    xml = ome_xml(images, path.name)
    shared = {"metadata": None, "software": False, "rowsperstrip": rows, "photometric": "minisblack", **options}
    if images[0].dtype == bool:
        shared["bitspersample"] = 1
    with tifffile.TiffWriter(path, ome=False) as tiff:
        full, small = levels_of(images[0], 2)
        for t, c, z in places(full):
            tiff.write(full[t, c, z], subifds=1, description=xml, **shared)
            xml = None
            tiff.write(small[t, c, z], subfiletype=1, **shared)
    return path


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("width", [3, 7, 64, 91, 513])
def test_bits_in_strips_are_verified_at_any_width(tmp_path, width, compression):
    images = [stack("bool", x=width)]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images, compression=compression)

    assert problems_of(path, pixels_of(images), threads=2, file_name="A.ome.tiff") == []


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("strip", [0, 2])
def test_one_flipped_bit_in_a_strip_names_the_plane_and_its_level(tmp_path, level, strip):
    images = [stack("bool")]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images)
    with tifffile.TiffFile(path) as tiff:
        page = [tiff.pages[2], *tiff.pages[2].pages][level]
    # The uppermost bit of the strip's second byte: not one that fills the row up.
    content = bytearray(path.read_bytes())
    content[page.dataoffsets[strip] + 1] ^= 128
    path.write_bytes(content)

    (problem,) = problems_of(path, pixels_of(images))

    assert problem.startswith(f"[VER001] pixels differ, first at image 0 level {level} T0 C1 Z0: source ")


def test_a_strip_that_does_not_decode_is_a_difference_of_that_plane(tmp_path):
    images = [stack("bool")]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images, compression="zlib")
    with tifffile.TiffFile(path) as tiff:
        last = tiff.pages[1].dataoffsets[4]
    flip_bit(path, last)

    (problem,) = problems_of(path, pixels_of(images))

    assert "image 0 level 0 T0 C0 Z1" in problem
    assert "tile 4 does not decode" in problem


@pytest.mark.parametrize("count", [71, 73, 192])
def test_the_last_strip_has_the_rows_that_are_left_and_no_others(tmp_path, count):
    images = [stack("bool")]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images)
    with tifffile.TiffFile(path, mode="r+") as tiff:
        counts = tiff.pages[0].tags["StripByteCounts"]
        assert counts.value[-1] == 72
        counts.overwrite((*counts.value[:-1], count))

    (problem,) = problems_of(path, pixels_of(images))

    assert f"tile 4 does not decode ({count} bytes where a tile has 72)" in problem


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "complex64"])
def test_strips_of_anything_but_bits_are_refused(tmp_path, dtype):
    images = [stack(dtype)]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images)

    (problem,) = problems_of(path, pixels_of(images))

    assert problem.startswith("[VER003]")
    assert f"expected tiles, found strips of {dtype}" in problem


def with_tag(path, code, *, renamed=None, value=None):
    """Give a tag of the first directory another number or value."""
    with tifffile.TiffFile(path, mode="r+") as tiff:
        tag = tiff.pages[0].tags[code]
        if value is not None:
            tag.overwrite(value)
    if renamed is not None:
        content = bytearray(path.read_bytes())
        struct.pack_into("<H", content, tag.offset, renamed)
        path.write_bytes(content)


STRIP_DAMAGES = {
    "too many rows in a strip": (278, {"value": 32}, "expected 3 strips, found 5 offsets, 5 byte counts"),
    "too few": (278, {"value": 1}, "expected 70 strips, found 5 offsets, 5 byte counts"),
    "none": (278, {"value": 0}, "expected sizes above 0"),
    "their number is not said": (278, {"renamed": 65000}, "expected tag RowsPerStrip, found none"),
    "no byte counts": (279, {"renamed": 65000}, "expected tag StripByteCounts, found none"),
    "no offsets": (273, {"renamed": 65000}, "expected tag StripOffsets, found none"),
    "tiles as well": (296, {"renamed": 322}, "expected tiles, found strips as well"),
}


@pytest.mark.parametrize("name", STRIP_DAMAGES)
def test_strips_that_do_not_fit_the_image_say_what_is_expected_and_found(tmp_path, name):
    code, change, message = STRIP_DAMAGES[name]
    images = [stack("bool")]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images)
    with_tag(path, code, **change)

    (problem,) = problems_of(path, pixels_of(images))

    assert problem.startswith("[VER003]")
    assert message in problem


def test_a_high_image_in_a_single_strip_is_refused_since_a_strip_is_in_memory(tmp_path):
    images = [np.zeros((1, 1, 1, 9000, 9), bool)]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images, rows=9000)

    (problem,) = problems_of(path, pixels_of(images))

    assert "expected at most 8192 rows in a strip, found 9000" in problem


def test_memory_is_bounded_by_a_few_strips_where_bits_compress_a_thousandfold(tmp_path, monkeypatch):
    monkeypatch.setattr("fixative.verify.one_read.DECODED_BYTES", 1_000_000)
    images = [np.zeros((1, 1, 1, 16000, 1501), bool)]
    path = write_bit_strips(tmp_path / "A.ome.tiff", images, rows=256, compression="zlib")
    pixels = pixels_of(images)
    del images

    tracemalloc.start()
    verify_ome_tiff(path, pixels, threads=2)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 6_000_000 < 16000 * 1501


def tiny_tiff(size, tile, compressed, tile_count=1):
    """One directory of one tile, which promises whatever it is told to."""
    tags = {
        256: (4, size), 257: (4, size), 258: (3, 8), 259: (3, 8), 277: (3, 1),
        322: (4, tile), 323: (4, tile), 324: (4, 8), 325: (4, len(compressed)),
    }  # fmt: skip
    padded = compressed + b"\0" * (len(compressed) % 2)
    entries = b"".join(struct.pack("<HHII", code, kind, 1, value) for code, (kind, value) in tags.items())
    return b"II*\0" + struct.pack("<I", 8 + len(padded)) + padded + struct.pack("<H", len(tags)) + entries + b"\0" * 4


def test_a_tile_that_expands_beyond_its_size_costs_no_memory(tmp_path):
    import zlib

    path = tmp_path / "bomb.ome.tiff"
    path.write_bytes(tiny_tiff(16, 16, zlib.compress(b"\0" * 60_000_000)))
    pixels = pixels_of([np.zeros((1, 1, 1, 16, 16), "uint8")], levels=1)

    tracemalloc.start()
    problems = problems_of(path, pixels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "does not decode" in problems[-1]
    assert most < 20_000_000


def test_a_small_file_that_promises_a_huge_image_is_refused_at_once(tmp_path):
    path = tmp_path / "huge.ome.tiff"
    path.write_bytes(tiny_tiff(2**31 - 1, 512, b"\0"))
    pixels = pixels_of([np.zeros((1, 1, 1, 16, 16), "uint8")], levels=1)

    (problem,) = problems_of(path, pixels)

    assert "expected 17592186044416 tiles, found 1 offsets" in problem


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_the_rows_of_level_0_are_shown_compressed_or_not(tmp_path, compression):
    images = [stack("uint16", t=1, c=2, z=1)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, compression=compression)
    rows = {}

    def look(image, place, first, band):
        rows[image, place, first] = band.copy()

    verify_ome_tiff(path, pixels_of(images), look=look)

    shown = [np.concatenate([band for key, band in sorted(rows.items()) if key[1] == (0, c, 0)]) for c in (0, 1)]
    assert sorted({place for _, place, _ in rows}) == [(0, 0, 0), (0, 1, 0)]
    assert np.array_equal(np.stack(shown), images[0].reshape(2, *shown[0].shape))

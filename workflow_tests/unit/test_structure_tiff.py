"""Promised against present in TIFF files of every flavour."""

import struct

import numpy as np
import pytest
import tifffile

from fixative.findings import RefusedSample
from fixative.structure import check_structure

STACK = np.arange(3 * 2 * 4 * 32 * 40, dtype="u2").reshape(3, 2, 4, 32, 40)


@pytest.fixture
def hyperstack(tmp_path):
    """An ImageJ hyperstack of 3 x 4 x 2 planes."""
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, STACK.transpose(0, 2, 1, 3, 4), imagej=True, metadata={"axes": "TZCYX"})
    return path


@pytest.fixture
def ome_tiff(tmp_path):
    """An OME-TIFF of 24 planes, each with its own directory, its XML at the front."""
    path = tmp_path / "image.ome.tif"
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        'UUID="urn:uuid:11111111-1111-1111-1111-111111111111"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        'DimensionOrder="XYZCT" Type="uint16" SizeX="40" SizeY="32" SizeZ="4" SizeC="2" SizeT="3">'
        "<TiffData/></Pixels></Image></OME>"
    )
    options = {"compression": "zlib", "photometric": "minisblack", "metadata": None}
    tifffile.imwrite(path, STACK.reshape(24, 32, 40), description=xml.encode(), **options)
    return path


@pytest.fixture
def pyramid(tmp_path):
    """A tiled RGB BigTIFF with two levels in SubIFDs, compressed."""
    path = tmp_path / "pyramid.tif"
    pixels = np.random.default_rng(0).integers(0, 255, (256, 256, 3), dtype="u1")
    with tifffile.TiffWriter(path, bigtiff=True) as writer:
        options = {"tile": (64, 64), "compression": "zlib", "photometric": "rgb"}
        writer.write(pixels, subifds=2, **options)
        writer.write(pixels[::2, ::2], subfiletype=1, **options)
        writer.write(pixels[::4, ::4], subfiletype=1, **options)
    return path


def cut(path, share):
    """Keep only a share of a file's bytes."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def check(path):
    return check_structure(path, "tiff", [path])


def refusal(path):
    with pytest.raises(RefusedSample) as refused:
        check(path)
    return refused.value


def classic(entries, *, order="<", data=b"", following=0):
    """A TIFF with one directory at byte 8; ``data`` lies right after it."""
    table = b"".join(struct.pack(f"{order}HHII", *entry) for entry in sorted(entries))
    mark = b"II" if order == "<" else b"MM"
    head = mark + struct.pack(f"{order}HI", 42, 8) + struct.pack(f"{order}H", len(entries))
    return head + table + struct.pack(f"{order}I", following) + data


def grey(width, length, *, count, offset=8 + 2 + 9 * 12 + 4, compression=1, rows=None):
    """Entries of a grey 8-bit image in one strip."""
    return [
        (256, 4, 1, width),
        (257, 4, 1, length),
        (258, 4, 1, 8),
        (259, 4, 1, compression),
        (262, 4, 1, 1),
        (273, 4, 1, offset),
        (277, 4, 1, 1),
        (278, 4, 1, rows or length),
        (279, 4, 1, count),
    ]


def test_a_whole_imagej_stack_has_the_planes_that_it_promises(hyperstack):
    found = check(hyperstack)

    assert (found.checked, found.promised_planes, found.present_planes) == (True, 24, 24)


def test_an_imagej_stack_cut_to_half_is_refused_with_promised_and_present_planes(hyperstack):
    refused = refusal(cut(hyperstack, 0.5))

    assert refused.code == "INV004"
    assert refused.places["promised"] == "24 planes"
    assert 8 <= int(refused.places["present"]) <= 12


def test_a_whole_ome_tiff_has_the_planes_that_its_xml_promises(ome_tiff):
    found = check(ome_tiff)

    assert (found.promised_planes, found.present_planes) == (24, 24)


def test_an_ome_tiff_cut_to_60_percent_is_refused_with_promised_and_present_planes(ome_tiff):
    refused = refusal(cut(ome_tiff, 0.6))

    assert refused.code == "INV004"
    assert refused.places["promised"] == "24 planes"
    assert int(refused.places["present"]) < 24


def test_an_ome_tiff_that_lost_its_xml_with_its_end_is_refused(tmp_path):
    path = tmp_path / "image.ome.tif"
    tifffile.imwrite(path, STACK, ome=True, photometric="minisblack", metadata={"axes": "TCZYX"})

    refused = refusal(cut(path, 0.6))

    assert refused.code == "INV004"
    assert refused.places["promised"].startswith("at least")


def test_an_ome_tiff_that_promises_more_time_points_than_it_has_is_refused(ome_tiff):
    ome_tiff.write_bytes(ome_tiff.read_bytes().replace(b'SizeT="3"', b'SizeT="9"'))

    refused = refusal(ome_tiff)

    assert refused.places["promised"] == "72 planes"
    assert refused.places["present"] == "24"


def test_an_ome_tiff_that_was_renamed_still_finds_its_own_planes(ome_tiff):
    uuid = '<UUID FileName="old.ome.tif">urn:uuid:11111111-1111-1111-1111-111111111111</UUID>'
    xml = tifffile.tiffcomment(ome_tiff)
    tifffile.tiffcomment(ome_tiff, xml.replace("<TiffData/>", f"<TiffData>{uuid}</TiffData>").encode())

    assert check(ome_tiff).present_planes == 24


def test_a_whole_pyramid_passes_with_its_levels(pyramid):
    assert check(pyramid).promised_planes == 1


@pytest.mark.parametrize("share", [0.2, 0.6, 0.9])
def test_a_pyramid_that_lost_its_end_is_refused(pyramid, share):
    assert refusal(cut(pyramid, share)).code == "INV004"


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_last_strip_that_lost_one_byte_is_refused(tmp_path, order):
    path = tmp_path / "a.tif"
    path.write_bytes(classic(grey(10, 10, count=100), order=order, data=bytes(99)))

    assert refusal(path).code == "INV004"


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_last_strip_that_is_whole_passes(tmp_path, order):
    path = tmp_path / "a.tif"
    path.write_bytes(classic(grey(10, 10, count=100), order=order, data=bytes(100)))

    assert check(path).present_bytes == 100


def test_an_uncompressed_strip_that_is_stored_shorter_than_its_rows_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(classic(grey(10, 10, count=50), data=bytes(100)))

    refused = refusal(path)

    assert (refused.places["promised"], refused.places["present"]) == ("1 plane", "0")


@pytest.mark.parametrize("compression", [1, 5, 8, 50000])
def test_a_small_file_that_promises_an_absurd_size_is_refused_at_once(tmp_path, compression):
    path = tmp_path / "absurd.tif"
    side = 2**31
    path.write_bytes(classic(grey(side, side, count=900, compression=compression), data=bytes(900)))

    assert refusal(path).code in {"INV004", "INV005"}


def test_an_absurd_number_of_strips_is_refused_without_counting_them(tmp_path):
    path = tmp_path / "absurd.tif"
    path.write_bytes(classic(grey(1, 2**32 - 1, count=900, rows=1), data=bytes(900)))

    assert refusal(path).code == "INV004"


def test_directories_that_form_a_loop_are_refused(tmp_path):
    path = tmp_path / "loop.tif"
    path.write_bytes(classic(grey(10, 10, count=100), data=bytes(100), following=8))

    assert "loop" in refusal(path).message


def test_a_value_that_lies_outside_the_file_is_refused(tmp_path):
    path = tmp_path / "outside.tif"
    entries = [*grey(10, 10, count=100), (305, 2, 40, 2**32 - 8)]
    path.write_bytes(classic(entries, data=bytes(112)))

    assert refusal(path).code == "INV004"


def test_missing_byte_counts_are_tolerated_as_readers_do(tmp_path):
    path = tmp_path / "nocounts.tif"
    entries = [entry for entry in grey(10, 10, count=0, offset=122) if entry[0] != 279]
    path.write_bytes(classic(entries, data=bytes(112)))

    assert check(path).present_bytes == 100


def test_a_tile_that_is_not_stored_is_tolerated_and_counted(tmp_path):
    path = tmp_path / "sparse.tif"
    tiles = iter([np.ones((16, 16), "u1"), None, np.ones((16, 16), "u1"), None])
    tifffile.imwrite(path, tiles, shape=(32, 32), dtype="u1", tile=(16, 16), photometric="minisblack")

    assert "2 blank tiles" in check(path).method


@pytest.mark.parametrize("compression", [1, 8])
def test_an_image_of_which_no_strip_is_stored_is_refused(tmp_path, compression):
    path = tmp_path / "empty.tif"
    path.write_bytes(classic(grey(10, 10, count=0, offset=0, compression=compression)))

    assert refusal(path).code == "INV004"


def test_a_stack_with_one_directory_has_its_planes_one_after_the_other(tmp_path):
    path = tmp_path / "big.tif"
    text = b"ImageJ=1.53\nimages=5\nslices=5\n\0\0"
    entries = [*grey(10, 10, count=100, offset=200), (270, 2, len(text), 134)]
    path.write_bytes(classic(entries, data=text.ljust(66, b"\0")) + bytes(500))

    assert check(path).present_planes == 5


def test_a_stack_with_one_directory_that_lost_a_plane_is_refused(tmp_path):
    path = tmp_path / "big.tif"
    text = b"ImageJ=1.53\nimages=5\nslices=5\n\0\0"
    entries = [*grey(10, 10, count=100, offset=200), (270, 2, len(text), 134)]
    path.write_bytes(classic(entries, data=text.ljust(66, b"\0")) + bytes(499))

    assert refusal(path).places["present"] == "4"


def test_ome_xml_with_entities_is_refused(ome_tiff):
    tifffile.tiffcomment(ome_tiff, b'<!DOCTYPE x [<!ENTITY a "b">]><OME><Image/></OME>')

    assert refusal(ome_tiff).code == "INV005"


@pytest.mark.parametrize("content", [b"II*\0", b"II*\0\0\0\0\0", b"II*\0\xff\xff\xff\x7f" + bytes(20)])
def test_a_header_without_a_directory_is_refused(tmp_path, content):
    path = tmp_path / "header.tif"
    path.write_bytes(content)

    assert refusal(path).code == "INV004"

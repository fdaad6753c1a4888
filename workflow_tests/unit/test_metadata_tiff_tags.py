"""Every tag of every IFD, also of damaged files."""

import struct

import numpy as np
import pytest
import tifffile

from fixative.metadata.tiff_tags import is_tiff, tiff_tree


@pytest.fixture
def written(tmp_path):
    """Write a TIFF with tifffile."""

    def write(*pages, **options):
        path = tmp_path / "a.tif"
        with tifffile.TiffWriter(path, **options) as writer:
            for page in pages:
                writer.write(**page)
        return path

    return write


PAGE = {"data": np.zeros((8, 8), np.uint8), "metadata": None, "software": False}


@pytest.mark.parametrize("options", [{}, {"bigtiff": True}, {"byteorder": ">"}, {"bigtiff": True, "byteorder": ">"}])
def test_tags_bear_their_names_and_values_in_every_kind_of_tiff(written, options):
    tags = [(315, "s", 0, "Ada Ü".encode(), True), (65000, "H", 2, (1, 2), True)]
    path = written({**PAGE, "extratags": tags, "resolution": (3, 4), "resolutionunit": 3}, **options)

    ifd = tiff_tree(path)["ifd"][0]

    assert is_tiff(path)
    assert (ifd["ImageWidth"], ifd["Artist"], ifd["65000"]) == (8, "Ada Ü", [1, 2])
    assert (ifd["XResolution"], ifd["ResolutionUnit"]) == ([3, 1], 3)
    assert ifd["StripOffsets"] == {"count": 1}


def test_pages_of_equal_tags_are_one_with_their_number(written):
    path = written(*[PAGE] * 240, {**PAGE, "description": "last"})

    ifds = tiff_tree(path)["ifd"]

    assert [ifd.get("repeats", 1) for ifd in ifds] == [240, 1]
    assert ifds[1]["ImageDescription"] == "last"


def test_levels_in_subifds_are_read_with_their_own_tags(written):
    level = {
        **PAGE,
        "data": np.zeros((4, 4), np.uint8),
        "subfiletype": 1,
        "extratags": [(305, "s", 0, "x", True)],
    }
    path = written({**PAGE, "subifds": 2}, level, level)

    ifd = tiff_tree(path)["ifd"][0]

    assert [(one["ImageWidth"], one["Software"]) for one in ifd["subifd"]] == [(4, "x"), (4, "x")]


def test_long_lists_stand_as_digest_and_count(written):
    path = written({**PAGE, "extratags": [(65000, "I", 300, tuple(range(300)), True)]})

    value = tiff_tree(path)["ifd"][0]["65000"]

    assert (value["count"], value["bytes"]) == (300, 1200)


def ifd_bytes(*entries: tuple[int, int, int, bytes], following: int = 0) -> bytes:
    body = b"".join(struct.pack("<HHI4s", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", following)


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        ((315, 2, 1000, struct.pack("<I", 90000)), "promised"),
        ((315, 77, 1, b"abcd"), "type 77 unknown"),
        ((65000, 7, 2**31, struct.pack("<I", 8)), "not read"),
    ],
)
def test_a_broken_tag_is_an_error_in_its_place_and_the_others_are_read(tmp_path, entry, error):
    path = tmp_path / "a.tif"
    path.write_bytes(ifd_bytes((256, 3, 1, b"\x08\0\0\0"), entry))

    ifd = tiff_tree(path)["ifd"][0]

    assert ifd["ImageWidth"] == 8
    assert error in next(value["error"] for value in ifd.values() if isinstance(value, dict))


def test_a_chain_that_leads_back_ends_with_a_word(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(ifd_bytes((256, 3, 1, b"\x08\0\0\0"), following=8))

    tree = tiff_tree(path)

    assert len(tree["ifd"]) == 1
    assert "leads back" in tree["error"]


@pytest.mark.parametrize("content", [b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0+\0\x08\0\0" + b"\xff" * 8])
def test_a_file_that_breaks_off_says_so(tmp_path, content):
    path = tmp_path / "a.tif"
    path.write_bytes(content)

    assert "error" in tiff_tree(path)


def test_exif_and_gps_have_groups_of_their_own(tmp_path):
    main = ifd_bytes((34665, 4, 1, struct.pack("<I", 100)), (34853, 4, 1, struct.pack("<I", 200)))
    date = struct.pack("<HHHI4sI", 1, 36867, 2, 20, struct.pack("<I", 120), 0).ljust(20) + b"2020:01:02 03:04:05\0"
    place = struct.pack("<HHHI4sI", 1, 1, 2, 2, b"N\0\0\0", 0)
    path = tmp_path / "a.tif"
    path.write_bytes((main.ljust(100) + date).ljust(200) + place)

    ifd = tiff_tree(path)["ifd"][0]

    assert ifd["exif"]["DateTimeOriginal"] == "2020:01:02 03:04:05"
    assert ifd["gps"]["GPSLatitudeRef"] == "N"

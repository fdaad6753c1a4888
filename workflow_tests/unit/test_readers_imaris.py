"""Imaris: padding cut off, levels by region, and nothing made up for what was never written."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from fixative.findings import RefusedSample
from fixative.ome.vendor.imaris import imaris as facts
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.readers.protocol import Reader

SHAPES = ((3, 21, 37), (3, 10, 18), (1, 5, 9))
PIXELS = np.random.default_rng(7).integers(0, 4000, (2, 2, *SHAPES[0]), dtype=np.uint16)


def spelled(text: str) -> np.ndarray:
    """Imaris writes texts as arrays of single characters."""
    return np.array([letter.encode("latin-1") for letter in text], "S1")


@pytest.fixture
def ims(tmp_path) -> Path:
    """Two channels, two times, three levels, the third with fewer planes; padded to chunks of 8 x 16 x 16."""
    path = tmp_path / "cells.ims"
    with h5py.File(path, "w") as file:
        file.attrs["DataSetDirectoryName"] = spelled("DataSet")
        for level, (depth, rows, columns) in enumerate(SHAPES):
            for t in range(2):
                for c in range(2):
                    group = file.create_group(f"DataSet/ResolutionLevel {level}/TimePoint {t}/Channel {c}")
                    for axis, size in zip("ZYX", (depth, rows, columns), strict=True):
                        group.attrs[f"ImageSize{axis}"] = spelled(str(size))
                    padded = np.full((8, -(-rows // 16) * 16, -(-columns // 16) * 16), 77, np.uint16)
                    padded[:depth, :rows, :columns] = PIXELS[t, c, :depth, :rows, :columns] + level
                    group.create_dataset("Data", data=padded, chunks=(8, 16, 16), compression="gzip")
        image = file.create_group("DataSetInfo/Image")
        texts = {
            "Name": "cells",
            "Unit": "um",
            "RecordingDate": "2020-02-03 04:05:06.789",
            "Filename": "C:\\q\\a.ims",
        }
        extents = {
            "ExtMin0": "10",
            "ExtMax0": "19.25",
            "ExtMin1": "0",
            "ExtMax1": "5.25",
            "ExtMin2": "0",
            "ExtMax2": "6",
        }
        extents |= {"X": "37", "Y": "21", "Z": "3", "Noc": "2"}
        file.create_group("DataSetInfo/TimeInfo").attrs["FileTimePoints"] = spelled("2")
        for name, text in (texts | extents).items():
            image.attrs[name] = spelled(text)
        for c, (name, colour) in enumerate((("DAPI", "0.000 0.000 1.000"), ("GFP", "0.000 1.000 0.000"))):
            channel = file.create_group(f"DataSetInfo/Channel {c}")
            channel.attrs["Name"], channel.attrs["Color"] = spelled(name), spelled(colour)
        file.create_dataset("Thumbnail/Data", data=np.arange(8 * 32, dtype=np.uint8).reshape(8, 32))
    return path


def opened(path: Path) -> Reader:
    return open_backend(Request(path, "imaris", "imaris"))


def refusal(path: Path) -> str:
    with pytest.raises(RefusedSample) as caught:
        opened(path)
    return caught.value.code


def test_padding_is_cut_off(ims):
    reader = opened(ims)

    info = reader.images[0]
    assert (info.size_t, info.size_c, info.size_z, info.size_y, info.size_x) == (2, 2, 3, 21, 37)
    assert np.array_equal(reader.read_region(0, 1, 0, 2, 0, 0, 21, 37), PIXELS[1, 0, 2])


@pytest.mark.parametrize(("y", "x", "height", "width"), [(3, 5, 7, 9), (15, 0, 6, 37), (20, 36, 1, 1)])
def test_a_region_is_that_of_the_plane(ims, y, x, height, width):
    reader = opened(ims)

    found = reader.read_region(0, 0, 1, 1, y, x, height, width)

    assert np.array_equal(found, PIXELS[0, 1, 1, y : y + height, x : x + width])


def test_levels_with_as_many_planes_are_native_levels(ims):
    reader = opened(ims)

    assert reader.images[0].levels == ((21, 37), (10, 18))
    assert np.array_equal(reader.read_region(0, 0, 0, 2, 0, 0, 10, 18, level=1), PIXELS[0, 0, 2, :10, :18] + 1)


def test_a_level_that_is_not_listed_is_refused(ims):
    reader = opened(ims)

    with pytest.raises(RefusedSample, match="CNV003"):
        reader.read_region(0, 0, 0, 0, 0, 0, 5, 9, level=2)


def test_the_thumbnail_is_an_image_of_its_own(ims):
    reader = opened(ims)

    info = reader.images[1]
    assert (info.kind, info.size_y, info.size_x, info.samples) == ("thumbnail", 8, 8, 4)
    assert reader.read_region(1, 0, 0, 0, 1, 2, 1, 1).tolist() == [[[40, 41, 42, 43]]]


def test_a_missing_channel_is_refused(ims):
    with h5py.File(ims, "a") as file:
        del file["DataSet/ResolutionLevel 0/TimePoint 1/Channel 1"]

    assert refusal(ims) == "INV004"


def test_a_missing_time_point_is_refused(ims):
    with h5py.File(ims, "a") as file:
        del file["DataSet/ResolutionLevel 0/TimePoint 0"]

    assert refusal(ims) == "INV004"


def test_a_chunk_that_was_never_written_is_refused_and_not_delivered_as_zeros(ims):
    with h5py.File(ims, "a") as file:
        group = file["DataSet/ResolutionLevel 0/TimePoint 1/Channel 1"]
        del group["Data"]
        group.create_dataset("Data", (8, 32, 48), np.uint16, chunks=(8, 16, 16))[:, :16] = 1

    assert refusal(ims) == "INV004"


def test_a_data_set_smaller_than_its_attributes_is_refused(ims):
    with h5py.File(ims, "a") as file:
        file["DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"].attrs["ImageSizeX"] = spelled("99")

    assert refusal(ims) == "INV004"


def test_pixels_in_another_file_are_refused(ims):
    with h5py.File(ims, "a") as file:
        group = file["DataSet/ResolutionLevel 0/TimePoint 1/Channel 1"]
        del group["Data"]
        group["Data"] = h5py.ExternalLink("elsewhere.h5", "/data")

    assert refusal(ims) in ("CNV001", "INV004")


@pytest.mark.parametrize("part", [0.6, 0.9, 1])
def test_a_truncated_file_is_refused(ims, part):
    data = ims.read_bytes()
    ims.write_bytes(data[: int(len(data) * part) if part < 1 else -1])

    assert refusal(ims) == "INV004"


def test_texts_are_metadata_as_they_read(ims):
    tree = opened(ims).vendor_metadata()["imaris"]

    assert tree["DataSetInfo/Image"]["Filename"] == "C:\\q\\a.ims"
    assert tree["DataSetInfo/Channel 1"]["Name"] == "GFP"


def test_sizes_and_channels_are_those_of_the_extents(ims):
    reader = opened(ims)

    found = facts(reader.vendor_metadata()["imaris"], None, reader.images)

    assert found[1] is None
    assert found[0] is not None
    assert {axis: size.value for axis, size in found[0].size.items()} == {"X": "0.25", "Y": "0.25", "Z": "2"}
    assert [(channel.name, channel.colour) for channel in found[0].channels] == [("DAPI", 65535), ("GFP", 16711935)]
    assert found[0].acquisition_date == "2020-02-03T04:05:06"


@pytest.mark.slow
def test_bio_formats_sees_the_same_pixels(ims):
    ours, theirs = opened(ims), open_backend(Request(ims, "imaris", "bioformats"))

    assert all(
        np.array_equal(ours.read_region(0, t, c, z, 0, 0, 21, 37), theirs.read_region(0, t, c, z, 0, 0, 21, 37))
        for t in range(2)
        for c in range(2)
        for z in range(3)
    )

"""Backends other than TIFF, and how they hand over."""

import os
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import zarr
from pylibCZIrw import czi as pylibczirw

from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.identify import identify
from fixative.readers.axes import fold, with_strides
from fixative.readers.opening import open_backend, open_source
from fixative.readers.options import Request
from fixative.readers.protocol import Reader
from fixative.xml_tree import compact_tree

RANDOM = np.random.default_rng(3)


def values(shape, dtype="uint16"):
    return RANDOM.integers(1, 200, shape).astype(dtype)


@pytest.fixture
def open_any():
    """Open a source; what was opened is closed after the test."""
    with ExitStack() as opened:

        def open_one(path: Path) -> Reader:
            return opened.enter_context(closing(open_source(path, identify(path))[0]))

        yield open_one


def test_folded_axes_are_the_faster_part_of_their_ome_axis():
    axes = with_strides("HTC", {"H": "lifetime", "T": "time", "C": "channel"}, (4, 3, 2))

    planes = fold(axes)[0]

    assert planes.sizes == (12, 2, 1)
    assert planes.folded == {"H": "T"}
    assert planes.positions(5, 1, 0) == {"T": 1, "H": 1, "C": 1}
    assert planes.linear(5, 1, 0) == 1 * 6 + 1 * 2 + 1


def test_positions_make_images_of_their_own():
    maps = fold(with_strides("PT", {"P": "position", "T": "time"}, (2, 3)))

    assert [planes.linear(1, 0, 0) for planes in maps] == [1, 4]


@pytest.fixture
def czi(tmp_path):
    """A CZI of two scenes, two channels and three slices, and what was written."""
    path, data = tmp_path / "image.czi", values((2, 2, 3, 50, 60))
    with pylibczirw.create_czi(str(path)) as out:
        for scene in range(2):
            for c in range(2):
                for z in range(3):
                    out.write(data[scene, c, z], plane={"C": c, "Z": z}, scene=scene, location=(scene * 100, 10))
        out.write_metadata("an experiment", channel_names={0: "DAPI", 1: "GFP"})
    return path, data


def test_scenes_of_a_czi_are_images_and_every_plane_is_what_was_written(open_any, czi):
    path, data = czi

    reader = open_any(path)

    assert [(i.size_c, i.size_z, i.size_y, i.size_x) for i in reader.images] == [(2, 3, 50, 60)] * 2
    assert np.array_equal(reader.read_region(1, 0, 1, 2, 0, 0, 50, 60), data[1, 1, 2])
    assert np.array_equal(reader.read_region(1, 0, 1, 2, 20, 0, 7, 60), data[1, 1, 2, 20:27])
    assert reader.vendor_metadata()["czi"]["ImageDocument"]


def test_colours_of_a_czi_are_red_first(open_any, tmp_path):
    path, data = tmp_path / "rgb.czi", values((20, 30, 3), "uint8")
    with pylibczirw.create_czi(str(path)) as out:
        out.write(data[:, :, ::-1].copy())

    reader = open_any(path)

    assert (reader.images[0].samples, reader.images[0].photometric) == (3, "rgb")
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 0, 0, 20, 30), data)


def test_a_plane_of_a_czi_that_was_never_taken_is_absent(open_any, tmp_path):
    path = tmp_path / "aborted.czi"
    with pylibczirw.create_czi(str(path)) as out:
        out.write(values((20, 30)), plane={"C": 0, "T": 0})
        out.write(values((20, 30)), plane={"C": 1, "T": 0})
        out.write(values((20, 30)), plane={"C": 0, "T": 1})

    assert open_any(path).images[0].absent == {(1, 1, 0)}


def test_channels_of_different_types_in_a_czi_are_images_of_their_own(open_any, tmp_path):
    path = tmp_path / "mixed.czi"
    with pylibczirw.create_czi(str(path)) as out:
        out.write(values((20, 30), "uint16"), plane={"C": 0})
        out.write(values((20, 30), "uint8"), plane={"C": 1})

    reader = open_any(path)

    assert [image.dtype for image in reader.images] == ["uint16", "uint8"]
    assert reader.read_region(1, 0, 0, 0, 0, 0, 20, 30).all()


def test_tiles_of_a_mosaic_lie_where_the_microscope_put_them(open_any, tmp_path):
    path, left, right = tmp_path / "mosaic.czi", values((20, 30)), values((20, 30))
    with pylibczirw.create_czi(str(path)) as out:
        out.write(left, location=(-5, 3))
        out.write(right, location=(25, 13))

    plane = open_any(path).read_region(0, 0, 0, 0, 0, 0, 30, 60)

    assert np.array_equal(plane[:20, :30], left)
    assert np.array_equal(plane[10:, 30:], right)
    assert not plane[:10, 30:].any()


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_an_ome_zarr_of_either_version_is_read(open_any, tmp_path, zarr_format):
    path, data = tmp_path / "image.zarr", values((2, 3, 40, 50))
    group = zarr.create_group(path, zarr_format=zarr_format)
    group.create_array("0", data=data, chunks=(1, 1, 16, 16))
    axes = [{"name": name} for name in "czyx"]
    scales = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}], "name": "cells"}]}
    group.attrs.update(scales if zarr_format == 2 else {"ome": scales | {"version": "0.5"}})

    reader = open_any(path)

    assert (reader.images[0].name, reader.images[0].size_c, reader.images[0].size_z) == ("cells", 2, 3)
    assert np.array_equal(reader.read_region(0, 0, 1, 2, 7, 0, 20, 50), data[1, 2, 7:27])
    assert np.array_equal(reader.read_region(0, 0, 1, 2, 7, 5, 20, 10), data[1, 2, 7:27, 5:15])


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_png_keeps_its_bits(open_any, tmp_path, dtype):
    path, data = tmp_path / "image.png", values((20, 30, 3), dtype) * 1
    path.write_bytes(imagecodecs.png_encode(data))

    assert np.array_equal(open_any(path).read_region(0, 0, 0, 0, 0, 0, 20, 30), data)


def test_a_jpeg_cut_short_is_refused_and_not_grey(open_any, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(imagecodecs.jpeg8_encode(values((200, 300, 3), "uint8")))
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises(RefusedSample, match="INV004"):
        open_any(path)


def test_a_known_format_without_a_reader_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(FORMATS, "oib", replace(FORMATS["oib"], backends=()))

    with pytest.raises(RefusedSample) as caught:
        open_source(tmp_path / "image.oib", "oib")

    assert caught.value.code == "MET001"
    assert caught.value.places["tried"] == "no reader here reads OIB"


@pytest.mark.slow
def test_when_no_reader_opens_it_every_one_tried_is_named_and_no_path_is(tmp_path):
    path = tmp_path / "broken.zarr"
    zarr.create_group(path, attributes={"ome": {"multiscales": [{"axes": [], "datasets": []}]}})

    with pytest.raises(RefusedSample) as caught:
        open_source(path, "ome_zarr")

    assert caught.value.code == "MET001"
    assert "zarr: " in caught.value.places["tried"]
    assert "bioio-ome-zarr: " in caught.value.places["tried"]
    assert str(tmp_path) not in str(caught.value)


def test_attributes_that_are_no_json_are_refused_as_metadata_that_cannot_be_read(tmp_path):
    path = tmp_path / "image.zarr"
    group = zarr.create_group(path, zarr_format=2)
    group.create_array("0", shape=(8, 9), chunks=(8, 9), dtype="u1")[:] = 7
    axes = [{"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [{"path": "0"}]}]
    zarr.create_group(path / "tables", zarr_format=2)
    (path / "tables/.zattrs").write_text("{not json")
    reader, _ = open_source(path, "ome_zarr")

    with pytest.raises(RefusedSample) as caught:
        reader.vendor_metadata()

    reader.close()
    assert caught.value.code == "MET002"


def test_every_reader_offers_the_protocol(open_any, czi):
    assert isinstance(open_any(czi[0]), Reader)


def test_xml_becomes_a_tree_that_keeps_attributes_text_and_repetition():
    tree = compact_tree('<a xmlns="urn:x" k="1"><b>one</b><b n="2">two</b><c/></a>')

    assert tree == {"a": {"@k": "1", "b": ["one", {"@n": "2", "#text": "two"}], "c": None}}


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        (
            "copyleft/czi/S3_1Pos_2Mosaic_T1_Z1_CH1.czi",
            [(1, 1, 1, 122, 295), (1, 1, 1, 64, 64), (1, 1, 1, 237, 352)],
        ),
        ("copyleft/czi/DAPI_GFP.czi", [(1, 2, 1, 640, 640)]),
        ("copyleft/czi/LSM880_AiryScan.czi", [(32, 8, 1, 36, 38)]),
        (
            "copyleft/lif/testdata_2channel_xz.lif",
            [(20, 2, 1, 128, 128), (1, 2, 128, 23, 128), (1, 2, 1, 512, 512)],
        ),
        ("nd2/example-timelapse.nd2", [(53, 1, 1, 64, 64)]),
        ("dv/toxo.dv", [(1, 2, 17, 128, 128)]),
        ("ome_zarr/camera.ome.zarr", [(1, 1, 1, 480, 640)]),
        ("jp2/16bit.cropped.j2k", [(1, 1, 1, 64, 64)]),
    ],
)
def test_real_files_have_the_sizes_of_their_pixels(open_any, corpus, name, sizes):
    images = open_any(corpus / name).images

    assert [(i.size_t, i.size_c, i.size_z, i.size_y, i.size_x) for i in images] == sizes


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "t", "c"), [("expected_xz_c0_t0.tif", 0, 0), ("expected_xz_c1_t8.tif", 8, 1)])
def test_a_lif_is_read_as_leica_exported_it(open_any, corpus, name, t, c):
    expected = open_any(corpus / "copyleft" / "lif" / name).read_region(0, 0, 0, 0, 0, 0, 128, 128)

    found = open_any(corpus / "copyleft/lif/testdata_2channel_xz.lif").read_region(0, t, c, 0, 0, 0, 128, 128)

    assert np.array_equal(found, expected)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("copyleft/lif/testdata_2channel_xz.lif", "liffile"),
        ("nd2/example-timelapse.nd2", "nd2"),
        ("dv/toxo.dv", "bioio-dv"),
    ],
)
def test_a_file_cut_short_is_refused(corpus, tmp_path, name, backend):
    path = tmp_path / Path(name).name
    content = (corpus / name).read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])

    with pytest.raises(RefusedSample):
        open_backend(Request(path, identify(corpus / name), backend))

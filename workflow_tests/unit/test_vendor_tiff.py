"""What each page of a TIFF says of itself stands in the dump, structured."""

import json
import struct

import numpy as np
import pytest
import tifffile

from fixative.metadata.tiff_columns import number_of_ifds
from fixative.metadata.tiff_tags import tiff_tree
from fixative.readers.tiff.imagej_roi import roi_tree
from fixative.readers.tiff.metadata import vendor_trees
from fixative.readers.tiff.pages import aperio, plane_columns

PLANE = np.zeros((4, 5), np.uint8)


def stack(path, descriptions, tag=None):
    """One page for each description; in a tag of its own where one is given."""
    with tifffile.TiffWriter(path) as writer:
        for text in descriptions:
            extra = [(tag, 2, None, text, True)] if tag else ()
            described = {"description": text} if tag is None else {}
            writer.write(PLANE, metadata=None, contiguous=False, extratags=extra, software=False, **described)
    return path


def roi(kind: int, *, points=(), name="", box=(1, 2, 5, 8)) -> bytes:
    """A region as ImageJ writes it: two headers, coordinates, the name."""
    top, left, _, _ = box
    head = struct.pack(">4shBx4hH", b"Iout", 228, kind, *box, len(points)).ljust(64, b"\0")
    xs, ys = [x - left for x, _ in points], [y - top for _, y in points]
    body = struct.pack(f">{2 * len(points)}h", *xs, *ys)
    second = 64 + len(body)
    names = struct.pack(">iiiiii", 0, 2, 3, 4, second + 64, len(name)).ljust(64, b"\0") + name.encode("utf-16-be")
    return head[:60] + struct.pack(">i", second) + body + names


def test_json_of_every_plane_stands_as_columns(tmp_path):
    texts = [json.dumps({"ElapsedTime-ms": t * 10.5, "Camera": {"Gain": 2}}) for t in range(3)]
    path = stack(tmp_path / "a.tif", texts, tag=51123)

    found = plane_columns([path], 51123)

    assert found == {"rows": 3, "page": [0, 1, 2], "ElapsedTime-ms": [0.0, 10.5, 21.0], "Camera": {"Gain": 2}}


def test_planes_of_several_files_name_their_file(tmp_path):
    paths = [stack(tmp_path / f"{n}.tif", [f"frameNumbers = {n}\nacq = 1"]) for n in range(2)]

    found = plane_columns(paths, 270)

    assert found == {"rows": 2, "file": [0, 1], "page": 0, "frameNumbers": ["0", "1"], "acq": "1"}


def test_the_planes_before_a_break_of_the_chain_are_kept(tmp_path):
    path = stack(tmp_path / "a.tif", ["n = 1\nm = 1", "n = 2\nm = 1"])
    with tifffile.TiffFile(path) as tif:
        second = tif.pages[1].offset
    path.write_bytes(path.read_bytes()[:second])

    assert plane_columns([path], 270)["n"] == "1"


def test_many_pages_that_differ_stand_as_columns_with_their_descriptions_parsed(tmp_path):
    path = stack(tmp_path / "a.tif", [f"frameNumbers = {n}\nepoch = 1" for n in range(40)])

    tree = tiff_tree(path)

    assert (len(tree["ifd"]), number_of_ifds(tree)) == (1, 40)
    assert tree["ifds"]["ImageDescription"] == {"frameNumbers": [str(n) for n in range(40)], "epoch": "1"}
    assert tree["ifds"]["ImageWidth"] == 5


def test_few_pages_stand_as_trees(tmp_path):
    path = stack(tmp_path / "a.tif", ["a = 1\nb = 1", "a = 2\nb = 1"])

    tree = tiff_tree(path)

    assert [ifd["ImageDescription"] for ifd in tree["ifd"]] == ["a = 1\nb = 1", "a = 2\nb = 1"]


def test_descriptions_of_which_one_is_free_text_stay_texts(tmp_path):
    texts = [f"a = {n}\nb = 1" for n in range(39)] + ["free text"]
    path = stack(tmp_path / "a.tif", texts)

    assert tiff_tree(path)["ifds"]["ImageDescription"] == texts


def test_aperio_pairs_stand_by_name_and_page(tmp_path):
    first = "Aperio Image Library v1\r\n46000x32914|AppMag = 20|MPP = 0.4990|User = Ada"
    path = stack(tmp_path / "a.svs", [first, "Aperio Image Library v1\nlabel 387x463"])

    found = aperio(path)

    assert (found["MPP"], found["AppMag"], found["User"]) == ("0.4990", "20", "Ada")
    assert found["pages"]["1"]["Header"] == "Aperio Image Library v1\nlabel 387x463"


def test_a_polygon_of_imagej_stands_with_points_name_and_place():
    found = roi_tree(roi(0, points=[(2, 1), (8, 1), (5, 5)], name="Zelle"))

    assert (found["type"], found["coordinates"]) == ("polygon", {"x": [2, 8, 5], "y": [1, 1, 5]})
    assert (found["name"], found["channel"], found["slice"], found["frame"]) == ("Zelle", 2, 3, 4)


def test_a_rectangle_of_imagej_stands_with_its_bounds():
    found = roi_tree(roi(1))

    assert (found["type"], found["bounds"]) == ("rectangle", {"top": 1, "left": 2, "bottom": 5, "right": 8})


def test_what_is_no_region_is_refused():
    with pytest.raises(ValueError, match="no region"):
        roi_tree(b"Iout")


def test_regions_of_an_imagej_tiff_stand_as_digest_and_geometry(tmp_path):
    path = tmp_path / "a.tif"
    content = roi(2, name="oval")
    tifffile.imwrite(path, PLANE, imagej=True, metadata={"ROI": content, "Overlays": [content, b"Iout"]})

    with tifffile.TiffFile(path) as tif:
        found = vendor_trees(tif)["imagej"]

    assert (found["ROI"]["bytes"], found["ROI geometry"]["name"]) == (len(content), "oval")
    assert found["Overlays geometry"] == [found["ROI geometry"], {"error": "ValueError"}]


def test_tags_of_hamamatsu_have_their_names_and_the_depth_is_no_table_of_offsets(tmp_path):
    path = tmp_path / "a.ndpi"
    entries = [(256, 3, 1, 5), (257, 3, 1, 4), (65420, 4, 1, 1), (65422, 9, 1, -7), (65424, 9, 1, 300)]
    table = b"".join(struct.pack("<HHIi", *each) for each in entries)
    directory = struct.pack("<H", len(entries)) + table + struct.pack("<Q", 0) + bytes(4 * len(entries))
    path.write_bytes(b"II*\0" + struct.pack("<Q", 12) + directory)

    (ifd,) = tiff_tree(path)["ifd"]

    assert (ifd["XOffsetFromSlideCenter"], ifd["ZOffsetFromSlideCenter"]) == (-7, 300)


def test_values_of_an_ndpi_beyond_four_gigabytes_are_found_by_their_high_bytes(tmp_path):
    path = tmp_path / "a.ndpi"
    text, place = b"far away\0", (1 << 32) + 64
    table = struct.pack("<HHIi", 271, 2, len(text), 64) + struct.pack("<HHIi", 65420, 4, 1, 1)
    directory = struct.pack("<H", 2) + table + struct.pack("<Q", 0) + struct.pack("<II", 1, 0)
    with path.open("wb") as stream:
        stream.write(b"II*\0" + struct.pack("<Q", 12) + directory)
        stream.seek(place)
        stream.write(text)

    (ifd,) = tiff_tree(path)["ifd"]

    assert ifd["Make"] == "far away"


@pytest.mark.corpus
def test_a_real_ndpi_has_its_property_map_taken_apart(corpus):
    with tifffile.TiffFile(corpus / "ndpi/test3-DAPI-2-(387).ndpi") as tif:
        found = vendor_trees(tif)["ndpi"]

    assert (found["Magnification"], found["Comments"]["Objective.Lens.Magnificant"]) == (40.0, "35.16")
    assert found["Comments"]["NDP Shading Data"]["ExcitationWaveLength"] == "387"


@pytest.mark.corpus
def test_a_real_ndtiff_has_axes_settings_and_what_each_plane_says(corpus):
    folder = corpus / "ndtiff/12_bit_pycromanager_mda"
    with tifffile.TiffFile(folder / "12_bit_pycromanager_mda_NDTiffStack.tif") as tif:
        found = vendor_trees(tif)["micromanager"]

    assert (found["index"]["rows"], found["planes"]["rows"]) == (8, 8)
    assert set(found["index"]["axes"]) == {"channel", "time"}
    assert "display_settings" in found


@pytest.mark.corpus
def test_a_real_lsm_has_the_blocks_that_tifffile_leaves_aside(corpus):
    with tifffile.TiffFile(corpus / "lsm/spectral golgi.lsm") as tif:
        found = vendor_trees(tif)["lsm"]

    assert found["AcquisitionParameters"]["Content"]["bytes"] > 1000
    assert found["Roi"]["NumberDrawingElements"] == 0


def test_headers_of_the_frames_of_scanimage_stand_as_columns(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        for n in range(3):
            text = f"frameNumbers = {n + 1}\nframeTimestamps_sec = {n * 0.5:.3f}\nepoch = [2020 1 2 3 4 5.6]"
            writer.write(PLANE, metadata=None, contiguous=False, description=text, software="SI.A = 1\nSI.B = 'x'")

    with tifffile.TiffFile(path) as tif:
        found = vendor_trees(tif)["scanimage"]

    assert found["frames"]["frameTimestamps_sec"] == ["0.000", "0.500", "1.000"]
    assert found["frames"]["epoch"] == "[2020 1 2 3 4 5.6]"
    assert found["Software"] == {"SI.A": "1", "SI.B": "'x'"}


def test_xml_of_every_page_of_a_qptiff_stands_by_its_number(tmp_path):
    path = tmp_path / "a.qptiff"
    with tifffile.TiffWriter(path) as writer:
        for name in ("DAPI", "FITC"):
            text = f"<PerkinElmer-QPI-ImageDescription><Name>{name}</Name></PerkinElmer-QPI-ImageDescription>"
            writer.write(PLANE, metadata=None, contiguous=False, description=text, software="PerkinElmer-QPI")

    with tifffile.TiffFile(path) as tif:
        found = vendor_trees(tif)["qpi"]

    assert found["1"] == {"PerkinElmer-QPI-ImageDescription": {"Name": "FITC"}}


def test_a_dialect_that_cannot_be_decoded_does_not_take_the_others_with_it(tmp_path):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as writer:
        text = "frameNumbers = 1\nepoch = 1"
        broken = [(51123, 2, None, "{broken", True)]
        writer.write(PLANE, metadata=None, description=text, software="SI.X = 1", extratags=broken)

    with tifffile.TiffFile(path) as tif:
        found = vendor_trees(tif)

    assert found["scanimage"]["frames"]["epoch"] == "1"

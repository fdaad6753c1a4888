"""What ND2, Leica, Olympus, HDF5, SER, MRC and Zarr files say beyond pixels stands in the dump, whole."""

import json
import struct
from pathlib import Path
from xml.etree import ElementTree

import h5py
import liffile
import numpy as np
import pytest
import zarr

from fixative.readers.attempt import attempt, attempted
from fixative.readers.dv_metadata import dv_tree
from fixative.readers.electron.hdf5 import hdf5_tree
from fixative.readers.electron.series import mrc_extended, ser_elements
from fixative.readers.imaris import _value
from fixative.readers.lif import _below
from fixative.readers.lif_metadata import lif_tree
from fixative.readers.oif_metadata import oif_tree
from fixative.readers.volumes.nrrd_header import nrrd_header
from fixative.readers.zarr.images import ZarrStore
from fixative.trees import digest_of

TICKS = 0x1D71114EB8B44F0
"""2021-03-04T16:39:17.951 in ticks of 100 ns since 1601."""


def lif(stamps: str):
    return lif_tree(ElementTree.fromstring(f"<Image>{stamps}</Image>"))["Image"]["TimeStampList"]


def frame(number: int) -> dict[str, dict[str, object]]:
    return {
        "ProfileSaveInfo": {"Name": "COFAFrameImage"},
        "Axis 4 Parameters": {"AbsPositionValue": number * 500.0, "AbsPositionUnitName": "ms"},
    }


def ser(path, elements: list[tuple[int, float, float]], kind: int = 0x4142):
    """The header of a series, its offsets and its tags; no pixels."""
    start = 26 + 8 * len(elements)
    tags = b"".join(struct.pack("<HHIdd", kind, 0, *each) for each in elements)
    places = [start + 24 * n for n in range(len(elements))]
    head = struct.pack("<2sHHIIIII", b"II", 0x197, 0x210, 0x4122, kind, len(elements), len(elements), 26)
    path.write_bytes(head + struct.pack(f"<{2 * len(places)}I", *places, *places) + tags)
    return path


def test_a_part_that_cannot_be_decoded_does_not_take_the_others_with_it():
    found = attempted({"whole": lambda: {"n": np.int64(1)}, "broken": lambda: 1 // 0, "empty": dict})

    assert found == {"whole": {"n": 1}, "broken": {"error": "ZeroDivisionError"}}


def test_an_error_says_nothing_about_paths():
    assert attempt(lambda: Path("/nowhere/at/all").stat()) == {"error": "FileNotFoundError"}


def test_hexadecimal_time_stamps_of_leica_stand_as_times_beside_the_text():
    text = f"{TICKS:x} {TICKS + 10:x}"

    found = lif(f'<TimeStampList NumberOfTimeStamps="2">{text}</TimeStampList>')

    assert found["Times"] == ["2021-03-04T16:39:17.951000", "2021-03-04T16:39:17.951001"]
    assert found["#text"] == text


def test_time_stamps_of_old_leica_files_are_two_numbers():
    high, low = divmod(TICKS, 1 << 32)

    found = lif(f'<TimeStampList><TimeStamp HighInteger="{high}" LowInteger="{low}"/></TimeStampList>')

    assert found["Times"] == ["2021-03-04T16:39:17.951000"]


def test_a_time_stamp_of_nought_is_no_time():
    assert lif(f'<TimeStampList A="">0 {TICKS:x}</TimeStampList>')["Times"][0] is None


def test_time_stamps_that_are_none_stay_as_they_are():
    assert lif('<TimeStampList A="1">not hexadecimal</TimeStampList>') == {"@A": "1", "#text": "not hexadecimal"}


def test_settings_of_the_frames_of_olympus_stand_as_columns():
    settings = {"a.pty": frame(0), "b.pty": frame(1), "x.lut": {"Red": {"Gamma": 100}}, "a.tif": None, "t.bmp": None}

    found = oif_tree({"Version Info": {"File": "1"}}, settings, lambda name: name.encode())

    assert found["frames"]["file"] == ["a.pty", "b.pty"]
    assert found["frames"]["Axis 4 Parameters"] == {"AbsPositionValue": [0.0, 500.0], "AbsPositionUnitName": "ms"}
    assert list(found["files"]) == ["a.pty", "x.lut", "t.bmp"]
    assert found["files"]["t.bmp"] == digest_of(b"t.bmp")


def test_texts_of_the_frames_of_velox_stand_as_columns_and_pixels_are_not_read(tmp_path):
    path = tmp_path / "a.emd"
    with h5py.File(path, "w") as file:
        texts = [json.dumps({"Scan": {"DwellTime": "1"}, "Time": str(n)}).encode() for n in range(3)]
        table = np.zeros((60, 3), np.uint8)
        for n, text in enumerate(texts):
            table[: len(text), n] = np.frombuffer(text, np.uint8)
        file["Data/Image/id/Metadata"] = table
        file["Data/Image/id/Data"] = np.zeros((4, 4, 3), np.uint16)
        file["Version"] = ['{"format": "Velox"}']
        file["Data"].attrs["owner"] = b"Ada"

    found = hdf5_tree(path)

    assert found["Data"]["Image"]["id"]["Metadata"] == {
        "rows": 3,
        "Scan": {"DwellTime": "1"},
        "Time": ["0", "1", "2"],
    }
    assert found["Data"]["Image"]["id"]["Data"] == {"dtype": "uint16", "shape": [4, 4, 3]}
    assert (found["Version"], found["Data"]["@owner"]) == ({"format": "Velox"}, "Ada")


def test_links_to_other_files_are_not_followed(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["other"] = h5py.ExternalLink("/etc/passwd", "/")
        file["n"] = 5

    assert hdf5_tree(path) == {"n": 5}


def test_time_and_position_of_the_elements_of_a_series_stand_as_columns(tmp_path):
    path = ser(tmp_path / "a_1.ser", [(1456073429, 1e-6, 2e-6), (1456073430, 3e-6, 2e-6)])

    found = ser_elements(path)

    assert found == {"rows": 2, "Time": [1456073429, 1456073430], "PositionX": [1e-6, 3e-6], "PositionY": 2e-6}


def test_the_extended_header_of_an_mrc_stands_as_its_kind_and_digest(tmp_path):
    path = tmp_path / "a.mrc"
    head = bytearray(1024)
    head[92:96], head[104:108], head[212:214] = struct.pack("<i", 6), b"SERI", b"DD"
    path.write_bytes(bytes(head) + b"angles")

    assert mrc_extended(path) == {"EXTTYP": "SERI", "Content": digest_of(b"angles")}


def test_what_a_zarr_array_says_of_its_storage_stands_beside_the_attributes(tmp_path):
    array = zarr.create_array(tmp_path / "a.zarr", shape=(4, 6), chunks=(2, 3), dtype="u1", attributes={"name": "x"})
    array[:] = 1

    found = ZarrStore(tmp_path / "a.zarr").vendor_metadata()

    assert found["ome_zarr"]["/"] == {"name": "x"}
    assert found["zarr_arrays"]["/"]["shape"] == [4, 6]


@pytest.mark.corpus
def test_a_real_nd2_says_when_and_where_each_frame_was_taken_in_the_vendors_words(corpus):
    from fixative.readers.nd2 import Nd2Reader

    reader = Nd2Reader(corpus / "nd2/example-timelapse.nd2")
    found = reader.vendor_metadata()["nd2"]
    reader.close()

    assert len(found["frames"]["time"]["relativeTimeMs"]) == found["frames"]["rows"] == 53
    assert found["frames"]["position"]["stagePositionUm"]["x"] == 9744.0
    assert found["events"]["Exposure Time [ms]"] == 500.0
    assert found["unstructured"]["ImageAttributesLV"]["SLxImageAttributes"]["SequenceCount"] == 53
    assert found["chunks"]["CustomData|GUIDStore"]["GUID"]["GUID"] == ""
    assert "ImageTextInfoLV" not in found["unstructured"]


@pytest.mark.corpus
def test_a_real_oib_names_every_member(corpus):
    from fixative.readers.oiffile import OifReader

    reader = OifReader(corpus / "oib/test.oib")
    found = reader.vendor_metadata()["oif"]
    reader.close()

    assert found["frames"]["rows"] == 3
    assert found["files"]["Storage00001/s_Thumb.bmp"]["bytes"] == 39958


def test_titles_and_sections_of_a_deltavision_file_stand_by_name(tmp_path):
    path = tmp_path / "a.dv"
    head = bytearray(1024)
    head[96:98], head[8:12], head[92:96] = b"\xa0\xc0", struct.pack("<i", 2), struct.pack("<i", 24)
    head[128:132], head[224:229] = struct.pack("<hh", 1, 2), b"DECON"
    path.write_bytes(bytes(head) + struct.pack("<iff", 7, 0.5, 1.5) + struct.pack("<iff", 7, 0.5, 2.5))

    found = dv_tree(path)

    assert found["titles"][0] == "DECON"
    assert found["sections"] == {
        "rows": 2,
        "integer 1": 7,
        "photosensorReading": 0.5,
        "timeStampSeconds": [1.5, 2.5],
    }


def test_every_field_of_an_nrrd_header_stands_as_it_is(tmp_path):
    path = tmp_path / "a.nrrd"
    path.write_bytes(
        b"NRRD0005\n# comment\nencoding: raw\nspace directions: (1,0) (0,1)\nDWMRI_b:=1: 0\n\nbinary: 1\n"
    )

    found = nrrd_header(path)

    assert found == {"encoding": "raw", "space directions": "(1,0) (0,1)", "DWMRI_b": "1: 0"}


def test_fields_of_an_imaris_table_stand_as_columns(tmp_path):
    kind = np.dtype([("ID", "<i8"), ("Name", "S4")])
    with h5py.File(tmp_path / "a.ims", "w") as file:
        file["Time"] = np.array([(0, b"t0"), (1, b"t1")], kind)

        found = _value(file["Time"])

    assert found == {"rows": 2, "ID": [0, 1], "Name": ["t0", "t1"]}


@pytest.mark.corpus
def test_a_real_plate_says_of_every_plane_where_and_when_it_was_taken(corpus):
    from fixative.readers.opening import open_backend
    from fixative.readers.options import ReaderOptions, Request

    path = corpus / "hcs/ImageXpress_9987_Plate_3435/9987.HTD"
    incomplete = ReaderOptions(whole_planes_only=True)
    reader = open_backend(Request(path, "metaxpress_plate", "metaxpress_plate", incomplete))
    planes = reader.vendor_metadata()["metaxpress"]["planes"]
    reader.close()

    assert planes["rows"] == len(planes["file"])
    assert len(set(planes["PlaneInfo"]["acquisition-time-local"])) > 1
    assert len(set(planes["PlaneInfo"]["stage-position-x"])) > 1


def test_collections_within_collections_of_an_xlef_are_followed(tmp_path):
    document = (
        '<LMSDataContainerHeader Version="2"><Element Name="{}"><Data/><Memory Size="0" MemoryBlockID="M"/>'
        "<Children>{}</Children></Element></LMSDataContainerHeader>"
    )
    for name, below in (("p.xlef", "c.xlcf"), ("c.xlcf", "i.xlif"), ("i.xlif", "")):
        reference = f'<Reference File="{below}" UUID="1"/>' if below else ""
        (tmp_path / name).write_text(document.format(name, reference), encoding="utf-16")

    with liffile.LifFile(tmp_path / "p.xlef") as file:
        trees = [lif_tree(child.xml_element) for child in _below(file)]

    assert [tree["LMSDataContainerHeader"]["Element"]["@Name"] for tree in trees] == ["c.xlcf", "i.xlif"]

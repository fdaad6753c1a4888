"""Formats are told by content; names only separate what content cannot."""

import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from fixative.findings import RefusedSample
from fixative.identify import FORMATS, identify
from fixative.readers.backends import BACKENDS

PIXELS = np.zeros((16, 16), np.uint8)
HEADS = {
    "czi": b"ZISRAWFILE" + bytes(100),
    "nd2": b"\xda\xce\xbe\x0a" + bytes(100),
    "dicom": bytes(128) + b"DICM" + bytes(20),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(20),
    "jpeg": b"\xff\xd8\xff\xe0" + bytes(20),
    "gif": b"GIF89a" + bytes(20),
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(20),
    "j2k": b"\xff\x4f\xff\x51" + bytes(20),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(20),
    "mrc": struct.pack("<4i", 8, 8, 4, 2) + bytes(192) + b"MAP " + bytes(20),
    "dv": struct.pack("<4i", 8, 8, 4, 6) + bytes(80) + b"\xa0\xc0" + bytes(100),
    "lif": b"\x70\0\0\0" + struct.pack("<IBI", 40, 0x2A, 17) + "<LMSDataContainer>".encode("utf-16-le"),
    "lof": b"\x70\0\0\0" + struct.pack("<IBI", 40, 0x2A, 15) + "LMS_Object_File".encode("utf-16-le"),
    "ics": b"\t\nics_version\t2.0\n",
    "metamorph_nd": b'"NDInfoFile", Version 1.0\r\n',
    "nrrd": b"NRRD0004\n",
    "fits": b"SIMPLE  =                    T",
    "dm3": struct.pack(">iii", 3, 1000, 1) + bytes(20),
    "dm4": struct.pack(">iqi", 4, 1000, 1) + bytes(20),
}
TIFFS = {
    "tiff": {},
    "ome_tiff": {"metadata": {"axes": "YX"}, "ome": True},
    "imagej_tiff": {"imagej": True},
    "svs": {"description": "Aperio Image Library v11", "metadata": None},
    "metaxpress": {"description": "<MetaData>\n</MetaData>", "metadata": None},
    "scn": {"description": '<scn xmlns="http://www.leica-microsystems.com/scn"/>', "metadata": None},
    "fei_tiff": {"extratags": [(34682, 2, 0, "[User]\nUser=x\n", True)]},
    "geotiff": {"extratags": [(33550, 12, 3, (1.0, 1.0, 0.0), True)]},
    "ndpi": {"extratags": [(65420, 4, 1, 1, True)]},
}


@pytest.fixture
def file(tmp_path: Path):
    def make(content: bytes, name: str = "file") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


def refusal(path: Path) -> RefusedSample:
    with pytest.raises(RefusedSample) as caught:
        identify(path)
    return caught.value


@pytest.mark.parametrize("key", HEADS)
def test_a_format_is_told_from_content_without_an_extension(file, key):
    assert identify(file(HEADS[key])) == key


@pytest.mark.parametrize("key", TIFFS)
def test_a_dialect_of_tiff_is_told_from_its_first_directory(tmp_path, key):
    path = tmp_path / "image.bin"
    tifffile.imwrite(path, PIXELS, **TIFFS[key])

    assert identify(path) == key


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_both_byte_orders_of_classic_and_big_tiff_are_read(tmp_path, byteorder, bigtiff):
    path = tmp_path / "image.ome.tif"
    tifffile.imwrite(path, PIXELS, byteorder=byteorder, bigtiff=bigtiff)

    assert identify(path) == "ome_tiff"


def test_a_name_that_lies_is_not_believed(file):
    assert identify(file(HEADS["czi"], "image.tif")) == "czi"


def test_a_dicom_file_with_a_tiff_header_in_its_preamble_is_dicom(file):
    assert identify(file(b"II*\0" + bytes(124) + b"DICM" + bytes(20))) == "dicom"


def test_an_old_nd2_is_told_from_jpeg_2000_by_its_name(file):
    assert identify(file(HEADS["jp2"], "old.nd2")) == "nd2"


def test_an_empty_file_is_refused_as_empty(file):
    assert refusal(file(b"")).code == "INV009"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"taken on Monday\n"),
        ("9987.HTD", b'"HTSInfoFile", Version 1.0\r\n'),
        ("image.xml", b"<?xml version='1.0'?><Image/>"),
        ("settings.json", b'{"a": 1}'),
        ("frame_t_0.ets", b"SIS\0" + bytes(60)),
        ("image.ids", bytes(range(1, 255)) * 4),
        ("NDTiff.index", b'\x11\0\0\0{"time": 0}' + bytes(40)),
    ],
)
def test_a_file_that_belongs_to_an_image_is_no_image_of_its_own(file, name, content):
    assert refusal(file(content, name)).code == "INV011"


@pytest.mark.parametrize("content", [b"\x01\x02\x03\x04" * 10, b"\x1f\x8b\x08\0" + bytes(20), b"\0**\0" + bytes(20)])
def test_what_is_not_recognised_is_refused_with_what_was_found(file, content):
    found = refusal(file(content))

    assert found.code == "INV003"
    assert found.places["found"]


def test_a_companion_is_told_from_ome_xml_that_holds_its_pixels(file):
    companion = b'<?xml version="1.0"?><OME><Image><Pixels><TiffData/></Pixels></Image></OME>'
    whole = b'<?xml version="1.0"?><OME><Image><Pixels><BinData>AA==</BinData></Pixels></Image></OME>'

    assert identify(file(companion, "a.ome")) == "companion_ome"
    assert identify(file(whole, "b.ome")) == "ome_xml"


def test_a_zarr_folder_is_told_by_its_attributes_and_its_chunks_are_no_images(tmp_path):
    root = tmp_path / "image.zarr"
    root.mkdir()
    (root / ".zgroup").write_text('{"zarr_format": 2}')
    (root / ".zattrs").write_text('{"multiscales": []}')
    (root / "0").write_bytes(b"chunk")

    assert identify(root) == "ome_zarr"
    assert refusal(root / "0").code == "INV011"


def test_a_folder_that_is_no_image_is_refused(tmp_path):
    assert refusal(tmp_path).code == "INV003"


def test_every_backend_of_the_table_of_formats_exists():
    named = {backend for form in FORMATS.values() for backend in form.backends}

    assert named == set(BACKENDS)


def test_raster_formats_are_told(file):
    assert identify(file(imagecodecs.bmp_encode(PIXELS))) == "bmp"
    assert identify(file(imagecodecs.webp_encode(np.zeros((8, 8, 3), np.uint8)))) == "webp"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("lsm/spectral golgi.lsm", "lsm"),
        ("oib/test.oib", "oib"),
        ("vsi/vsi-ets-test-jpg2k.vsi", "vsi"),
        ("klb/img.klb", "klb"),
        ("dicom/CT_small/CT_small.dcm", "dicom"),
        ("ndtiff/12_bit_pycromanager_mda/12_bit_pycromanager_mda_NDTiffStack.tif", "ndtiff"),
        ("spe/spestack_test.spe", "spe"),
        ("nifti/functional.nii", "nifti"),
        ("flashpix/hopper.mic", "flashpix"),
    ],
)
def test_real_files_are_recognised(corpus, name, key):
    assert identify(corpus / name) == key

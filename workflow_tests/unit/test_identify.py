"""Formats are told by content; names only separate what content cannot."""

import gzip
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from fixative.findings import RefusedSample
from fixative.identify import FORMATS, Places, identify

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
    "oir": b"OLYMPUSRAWFORMAT" + bytes(40),
    "obf": b"OMAS_BF_\n\xff\xff" + bytes(40),
    "imspector": b"\x01\x02\x0c\0CDataStack" + bytes(40),
    "al3d": b"AliconaImaging\0\r\n" + bytes(200),
    "openlab_liff": b"\0\0\xff\xffimpr" + bytes(40),
    "openlab_raw": b"OLRW" + bytes(300),
    "iplab": b"iiii\4\0\0\0" + bytes(100),
    "liflim": b"{FLIMIMAGE}\n[FLIMIMAGE: INFO]\n" + bytes(20),
    "inr": b"#INRIMAGE-4#{\nXDIM=8\n" + bytes(250),
    "ecat7": b"MATRIX72v" + bytes(600),
    "varian_fdf": b"#!/usr/local/fdf/startup\nfloat  rank = 2;\n\0" + bytes(40),
    "amira": b"# AmiraMesh 3D BINARY 2.0\n" + b"\0\1\2" * 30,
    "psd": b"8BPS\0\1" + bytes(40),
    "mng": b"\x8aMNG\r\n\x1a\n" + bytes(40),
    "pnm": b"P5\n# made by hand\n8 8\n255\n" + bytes(64),
    "sun": b"\x59\xa6\x6a\x95" + bytes(40),
    "sgi": struct.pack(">HBBHHHH", 474, 0, 1, 2, 8, 8, 1) + bytes(500),
    "pcx": struct.pack("<4B4H", 10, 5, 1, 8, 0, 0, 7, 7) + bytes(53) + b"\1" + bytes(100),
    "dds": b"DDS \x7c\0\0\0" + bytes(130),
    "qoi": b"qoif" + bytes(20),
    "icns": b"icns" + bytes(20),
    "xpm": b"/* XPM */\nstatic char *a[] = {",
    "xbm": b"#define a_width 8\n#define a_height 8\nstatic char a_bits[] = {",
    "avif": b"\0\0\0\x1cftypavif" + bytes(40),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(10),
    "hfa": b"EHFA_HEADER_TAG\0" + bytes(40),
    "pcidsk": b"PCIDSK  SDK V1.0" + bytes(40),
    "nitf": b"NITF02.10" + bytes(400),
    "grib": b"GRIB\0\0\0\2" + bytes(40),
    "pcraster": b"RUU CROSS SYSTEM MAP FORMAT" + bytes(300),
    "binary_terrain": b"binterr1.3" + bytes(250),
    "kro": b"KRO\1" + bytes(40),
    "aaigrid": b"ncols 4\nnrows 4\nxllcorner 0\n",
    "metaimage": b"ObjectType = Image\nNDims = 2\nDimSize = 8 8\nElementDataFile = LOCAL\n" + bytes(64),
    "gipl": struct.pack(">4H", 8, 8, 4, 1) + bytes(244) + struct.pack(">I", 719555000) + bytes(20),
    "vtk": b"# vtk DataFile Version 3.0\nx\nBINARY\nDATASET STRUCTURED_POINTS\n" + bytes(20),
    "analyze": struct.pack("<i", 348) + bytes(36) + struct.pack("<3h", 3, 8, 8) + bytes(302),
    "digitalsurf": b"DIGITAL SURF" + bytes(500),
    "unisoku": b":STM data\n:data ver\n",
    "hamamatsu_vms": b"[Virtual Microscope Specimen]\nNoLayers=1\n",
    "hamamatsu_vmu": b"[Uncompressed Virtual Microscope Specimen]\n",
    "ndpis": b"[NanoZoomer Digital Pathology Image Set]\nNoImages=2\n",
    "hitachi": b"[SemImageFile]\nInstructName=S\n",
    "metaxpress_plate": b'"HTSInfoFile", Version 1.0\r\n',
    "afi": b"<ImageList><Image><Path>a.svs</Path></Image></ImageList>",
    "incell": b'<?xml version="1.0"?><ImageStack><Creation vendor="IN Cell Analyzer 2000"/></ImageStack>',
    "operetta": b'<?xml version="1.0"?><EvaluationInputData xmlns="http://www.perkinelmer.com/PEHH/HarmonyV5"/>',
    "columbus": b'<ColumbusMeasurementIndex xmlns="x"/>',
    "cv7000": b'<?xml version="1.0"?><bts:WellPlate xmlns:bts="x"/>',
    "prairie": b'<?xml version="1.0"?>\n<PVScan version="5.4"/>',
    "bdv": b'<?xml version="1.0"?><SpimData version="0.2"/>',
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
    "gel": {"extratags": [(33445, 4, 1, 2, True)]},
    "flex": {"extratags": [(65200, 2, 0, "<Root/>", True)]},
    "nikon_elements_tiff": {"extratags": [(65332, 1, 4, b"\0\1\2\3", True)]},
    "photoshop_tiff": {"extratags": [(37724, 7, 4, b"8BIM", True)]},
    "ionpath_mibi": {"software": "IonpathMIBIv1.0"},
    "slidebook_tiff": {"software": "SlideBook"},
    "nikon_tiff": {"software": "EZ-C1 3.9"},
    "simplepci_tiff": {"description": "Created by Hamamatsu Inc.\n[x]", "metadata": None},
    "improvision_tiff": {"description": "Improvision=4.0", "metadata": None},
    "trestle": {"extratags": [(33432, 2, 0, "Copyright Trestle Corp. 2002", True)]},
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


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.sdt", b"\x01\x02" + struct.pack("<IH", 42, 80) + bytes(24) + b"\x55\x55" + bytes(30), "sdt"),
        ("a.dm2", b"\0\x3d\0\0" + bytes(40), "dm2"),
        ("a.mvd2", b"JL" + bytes(40), "volocity"),
        ("a.xdce", b"<ImageStack/>", "incell"),
        ("Experiment.exp", b"[General]\nName=a\n", "bd_pathway"),
        ("experiment_descriptor.xml", b"<LVData/>", "scanr"),
        ("a.HTM", b"<html>UltraVIEW</html>", None),
        ("a.rpl", b"key\tvalue\nwidth\t8\nheight\t8\ndepth\t4\n", "ripple"),
        ("a.tga", struct.pack("<3B5x4H2B", 0, 0, 2, 0, 0, 8, 8, 24, 0) + bytes(192), "tga"),
        ("a.mgh", struct.pack(">6i", 1, 8, 8, 8, 1, 0) + bytes(300), "mgh"),
        ("a.nii.gz", gzip.compress(struct.pack("<i", 348) + bytes(340) + b"n+1\0" + bytes(100), mtime=0), "nifti"),
        ("a.de5", b"\x89HDF\r\n\x1a\n" + bytes(20), "emd"),
        ("a.cr2", b"II*\0\x10\0\0\0CR\2\0" + bytes(4) + b"\0\0" + bytes(40), "canon_raw"),
    ],
)
def test_where_content_says_little_the_name_must_agree(file, name, content, key):
    path = file(content, name)

    assert (identify(path) if key else refusal(path).code) == (key or "INV011")
    assert key is None or key in FORMATS


@pytest.mark.parametrize(
    "content", [b"\x93NUMPY\1\0" + bytes(50), b"LBLSIZE=1024 FORMAT='BYTE'", b"UHL1" + bytes(80)]
)
def test_a_known_format_that_no_reader_reads_is_refused_by_its_name(file, content):
    assert "which no reader here reads" in refusal(file(content, "a.bin")).message


@pytest.mark.parametrize(
    ("data", "header", "content", "key"),
    [
        ("a.dat", "a.hdr", b"ENVI\nsamples = 8\n", "envi"),
        ("a.img", "a.img.hdr", b"ENVI\nsamples = 8\n", "envi"),
        ("a.rst", "a.rdc", b"file format : IDRISI Raster A.1\n", "rst"),
        ("a.sdat", "a.sgrd", b"NAME\t= a\n", "saga"),
        ("a.bil", "a.hdr", b"NROWS 8\nNCOLS 8\n", "ehdr"),
    ],
)
def test_raw_data_are_told_by_the_header_beside_them(file, data, header, content, key):
    path = file(b"\x81\x02\x03\xff" * 16, data)
    assert refusal(path).code == "INV003"

    file(content, header)

    assert identify(path) == key
    assert identify(path, Places(listed=True)) == key


def test_the_data_of_an_analyze_pair_are_no_image_of_their_own(file):
    file(HEADS["analyze"], "a.hdr")

    assert identify(file(HEADS["analyze"], "a.hdr")) == "analyze"
    assert refusal(file(b"\x81\x02\x03\xff" * 16, "a.img")).code == "INV011"


def test_a_plate_with_images_of_cellworx_is_one_of_cellworx(file):
    file(b"x", "plate_A01.pnl")

    assert identify(file(HEADS["metaxpress_plate"], "plate.htd")) == "cellworx"


def test_the_copy_of_a_plate_s_settings_for_one_time_point_leads_nothing(tmp_path):
    (tmp_path / "TimePoint_1").mkdir()
    plate, copy = tmp_path / "p.HTD", tmp_path / "TimePoint_1/p.HTD"
    plate.write_bytes(HEADS["metaxpress_plate"])
    copy.write_bytes(HEADS["metaxpress_plate"])

    assert identify(plate) == "metaxpress_plate"
    assert refusal(copy).code == "INV011"


def test_a_streak_image_is_not_taken_for_one_of_jeol(file):
    streak = b"IM" + struct.pack("<3h", 40, 8, 8) + bytes(56) + b"[Application],Date=" + bytes(100)

    assert identify(file(streak, "a.img")) == "hamamatsu_img"
    assert identify(file(b"MG" + bytes(2000), "b.img")) == "jeol"


def test_metadata_of_single_images_leads_them_and_metadata_of_a_stack_does_not(file):
    text = b'{"Summary": {"Frames": 1}, "FrameKey-0-0-0": {"FileName": "img_000000000_DAPI_000.tif"}}'
    assert refusal(file(text, "metadata.txt")).code == "INV011"

    file(b"x", "img_000000000_DAPI_000.tif")

    assert identify(file(text, "metadata.txt")) == "micromanager_series"


def test_an_empty_file_is_refused_as_empty(file):
    assert refusal(file(b"")).code == "INV009"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"taken on Monday\n"),
        ("image.xml", b"<?xml version='1.0'?><Image/>"),
        ("settings.json", b'{"a": 1}'),
        ("frame_t_0.ets", b"SIS\0" + bytes(60)),
        ("image.ids", bytes(range(1, 255)) * 4),
        ("NDTiff.index", b'\x11\0\0\0{"time": 0}' + bytes(40)),
    ],
)
def test_a_file_that_belongs_to_an_image_is_no_image_of_its_own(file, name, content):
    assert refusal(file(content, name)).code == "INV011"


@pytest.mark.parametrize(
    "content", [b"\x01\x02\x03\x04" * 10, gzip.compress(b"a" * 20, mtime=0), b"\0**\0" + bytes(20)]
)
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


def test_raster_formats_are_told(file):
    assert identify(file(imagecodecs.bmp_encode(PIXELS))) == "bmp"
    assert identify(file(imagecodecs.webp_encode(np.zeros((8, 8, 3), np.uint8)))) == "webp"


@pytest.mark.corpus
def test_a_real_streak_image_is_known_and_no_reader_is_asked(corpus):
    assert identify(corpus / "copyleft/em/focus_mode.img") == "hamamatsu_img"


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

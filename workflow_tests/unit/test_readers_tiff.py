"""TIFF: every plane as tifffile reads it, by region, and nothing made up."""

import logging
import os
import subprocess
import sys
import zlib
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.findings import RefusedSample
from fixative.identify import identify
from fixative.readers.opening import open_source
from fixative.readers.protocol import Reader

RANDOM = np.random.default_rng(7)


@pytest.fixture
def open_tiff():
    """Open a TIFF; what was opened is closed after the test."""
    with ExitStack() as opened:

        def open_one(path: Path) -> Reader:
            return opened.enter_context(closing(open_source(path, identify(path))[0]))

        yield open_one


def whole(reader, index=0):
    """All planes of an image: T, C, Z, Y, X and samples where there are some."""
    info = reader.images[index]
    planes = [
        reader.read_region(index, t, c, z, 0, 0, info.size_y, info.size_x)
        for t in range(info.size_t)
        for c in range(info.size_c)
        for z in range(info.size_z)
    ]
    shape = (info.size_t, info.size_c, info.size_z)
    return np.stack(planes).reshape(shape + planes[0].shape)


def values(shape, dtype):
    if dtype == "bool":
        return RANDOM.integers(0, 2, shape).astype(bool)
    return RANDOM.integers(0, 100, shape).astype(dtype)


@pytest.fixture
def tiff(tmp_path):
    def write(data, name="image.tif", **options):
        path = tmp_path / name
        tifffile.imwrite(path, data, **options)
        return path

    return write


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint32", "float64", "complex64"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_every_type_and_byte_order_is_read_as_it_is(open_tiff, tiff, dtype, byteorder):
    data = values((40, 30), dtype)

    reader = open_tiff(tiff(data, byteorder=byteorder))

    assert reader.images[0].dtype == dtype
    assert np.array_equal(whole(reader)[0, 0, 0], data)


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_half_precision_is_delivered_as_single_precision_exactly(open_tiff, tiff, byteorder):
    data = np.linspace(-70, 65504, 1200).astype("float16").reshape(40, 30)

    reader = open_tiff(tiff(data, byteorder=byteorder))

    assert (reader.images[0].dtype, reader.images[0].significant_bits) == ("float32", 16)
    assert np.array_equal(whole(reader)[0, 0, 0].astype("float16"), data)
    assert reader.vendor_metadata()["stored_types"] == [{"image": 0, "source": "float16", "delivered": "float32"}]


@pytest.mark.parametrize(
    ("dtype", "least", "most", "delivered"),
    [
        ("int64", -5, 2**31 - 1, "int32"),
        ("int64", 0, 2**31, "uint32"),
        ("uint64", 0, 2**32 - 1, "uint32"),
        ("int64", -1, 2**31, "float64"),
        ("uint64", 0, 2**53, "float64"),
        ("int64", -(2**53) - 1, 0, "int64"),
        ("uint64", 0, 2**53 + 1, "uint64"),
    ],
)
def test_integers_of_64_bits_are_delivered_in_a_type_that_holds_all_of_them(
    open_tiff, tiff, monkeypatch, dtype, least, most, delivered
):
    monkeypatch.setattr("fixative.readers.ome_types.BAND_BYTES", 1000)
    data = np.zeros((3, 40, 30), dtype)
    data[2, 39, 29], data[1, 5, 5] = most, least

    reader = open_tiff(tiff(data, photometric="minisblack"))

    assert reader.images[0].dtype == delivered
    assert [int(value) for value in whole(reader).ravel()] == [int(value) for value in data.ravel()]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rowsperstrip": 7},
        {"compression": "zlib", "predictor": True},
        {"compression": "zlib", "rowsperstrip": 7},
        {"compression": "zlib", "tile": (16, 32)},
        {"tile": (16, 32)},
        {"bigtiff": True},
    ],
)
def test_bands_of_rows_and_inner_regions_are_those_of_the_whole_plane(open_tiff, tiff, options):
    data = values((100, 70), "uint16")
    reader = open_tiff(tiff(data, **options))

    bands = [reader.read_region(0, 0, 0, 0, y, 0, min(33, 100 - y), 70) for y in range(0, 100, 33)]
    inner = reader.read_region(0, 0, 0, 0, 13, 40, 50, 25)

    assert np.array_equal(np.concatenate(bands), data)
    assert np.array_equal(inner, data[13:63, 40:65])
    assert inner.flags.c_contiguous


def test_an_ome_tiff_has_its_axes_names_and_xml(open_tiff, tiff):
    data = values((3, 2, 4, 20, 30), "uint16")

    reader = open_tiff(tiff(data, "image.ome.tif", metadata={"axes": "TCZYX", "Name": "nucleus"}))
    info = reader.images[0]

    assert (info.name, info.size_t, info.size_c, info.size_z) == ("nucleus", 3, 2, 4)
    assert np.array_equal(whole(reader), data)
    assert "<OME" in reader.ome_xml()


def test_ome_xml_that_a_comment_follows_is_read(open_tiff, tiff, tmp_path):
    path = tiff(values((2, 3, 16, 20), "uint16"), ome=True, metadata={"axes": "TCYX"})
    with tifffile.TiffFile(path) as plain:
        xml = plain.ome_metadata
    tifffile.tiffcomment(path, f"{xml}<!-- </OME> written by hand -->".encode())

    reader = open_tiff(path)

    assert reader.ome_xml() == f"{xml}<!-- </OME> written by hand -->"
    assert (reader.images[0].size_t, reader.images[0].size_c) == (2, 3)


def test_an_imagej_hyperstack_described_by_one_page_is_read_whole(open_tiff, tiff):
    data = values((3, 4, 2, 20, 30), "uint16")

    reader = open_tiff(tiff(data, imagej=True, metadata={"axes": "TZCYX"}))

    assert np.array_equal(whole(reader), data.transpose(0, 2, 1, 3, 4))
    assert reader.vendor_metadata()["imagej"]["channels"] == 2


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("options", [{}, {"tile": (16, 16), "compression": "zlib"}])
def test_rgb_stays_rgb_however_its_samples_are_stored(open_tiff, tiff, planarconfig, options):
    data = values((40, 30, 3), "uint8")
    stored = data if planarconfig == "contig" else np.moveaxis(data, 2, 0)

    path = tiff(stored, photometric="rgb", planarconfig=planarconfig, metadata=None, **options)
    reader = open_tiff(path)

    assert (reader.images[0].samples, reader.images[0].photometric) == (3, "rgb")
    assert np.array_equal(whole(reader)[0, 0, 0], data)


def test_alpha_is_named(open_tiff, tiff):
    path = tiff(values((20, 30, 4), "uint8"), photometric="rgb", extrasamples=["unassalpha"], metadata=None)

    assert open_tiff(path).images[0].extra_samples == (2,)


def test_samples_that_are_no_colours_are_channels(open_tiff, tiff):
    data = values((20, 30, 5), "uint16")

    reader = open_tiff(tiff(data, photometric="minisblack", planarconfig="contig", metadata=None))

    assert (reader.images[0].size_c, reader.images[0].samples) == (5, 1)
    assert np.array_equal(whole(reader)[0, :, 0], np.moveaxis(data, 2, 0))


def test_a_palette_comes_with_its_colours(open_tiff, tiff):
    colours = RANDOM.integers(0, 65536, (3, 256)).astype(np.uint16)

    info = open_tiff(tiff(values((20, 30), "uint8"), photometric="palette", colormap=colours)).images[0]

    assert info.photometric == "palette"
    assert np.array_equal(info.palette, colours)


def test_pages_without_meaning_are_folded_into_time_and_it_says_so(open_tiff, tiff):
    path = tiff(values((5, 20, 30), "uint8"), metadata=None)

    info = open_tiff(path).images[0]

    assert (info.size_t, info.folded) == (5, {"I": "T"})


def test_levels_of_a_pyramid_are_no_images(open_tiff, tmp_path):
    path, data = tmp_path / "pyramid.ome.tif", values((64, 64), "uint8")
    with tifffile.TiffWriter(path) as tif:
        tif.write(data, subifds=1, tile=(32, 32))
        tif.write(data[::2, ::2], subfiletype=1, tile=(32, 32))

    reader = open_tiff(path)

    assert len(reader.images) == 1
    assert reader.images[0].levels == ((64, 64), (32, 32))


def test_pages_that_differ_are_images_of_their_own(open_tiff, tmp_path):
    path = tmp_path / "two.tif"
    with tifffile.TiffWriter(path) as tif:
        tif.write(values((20, 30), "uint8"), metadata=None)
        tif.write(values((10, 15), "uint16"), metadata=None)

    assert [image.dtype for image in open_tiff(path).images] == ["uint8", "uint16"]


def test_a_modulo_annotation_does_not_change_what_ome_counts(open_tiff, tmp_path):
    path, data = tmp_path / "flim.ome.tif", values((8, 20, 30), "uint16")
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels '
        'ID="Pixels:0" DimensionOrder="XYZTC" Type="uint16" SizeX="30" SizeY="20" SizeZ="1" SizeC="1" '
        'SizeT="8"><Channel ID="Channel:0:0"/><TiffData IFD="0" PlaneCount="8"/></Pixels>'
        '<AnnotationRef ID="Annotation:0"/></Image><StructuredAnnotations><XMLAnnotation ID="Annotation:0" '
        'Namespace="openmicroscopy.org/omero/dimension/modulo"><Value><Modulo><ModuloAlongT Type="lifetime" '
        'Start="0" Step="1" End="7"/></Modulo></Value></XMLAnnotation></StructuredAnnotations></OME>'
    )
    tifffile.imwrite(path, data, description=xml, metadata=None)

    info = open_tiff(path).images[0]

    assert (info.size_t, info.size_c, info.folded) == (8, 1, {})


@pytest.fixture
def ome_set(tmp_path):
    """Two files that one OME-XML joins; returns the main one."""
    xml = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{me}"><Image '
        'ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="30" SizeY="20" '
        'SizeZ="2" SizeC="1" SizeT="1"><Channel ID="Channel:0:0"/>'
        '<TiffData FirstZ="0" PlaneCount="1"><UUID FileName="a.ome.tif">urn:uuid:{a}</UUID></TiffData>'
        '<TiffData FirstZ="1" PlaneCount="1"><UUID FileName="b.ome.tif">urn:uuid:{b}</UUID></TiffData>'
        "</Pixels></Image></OME>"
    )
    a, b = ("00000000-0000-0000-0000-00000000000" + letter for letter in "ab")
    for name, me, value in (("a.ome.tif", a, 1), ("b.ome.tif", b, 2)):
        plane = np.full((20, 30), value, np.uint8)
        tifffile.imwrite(tmp_path / name, plane, description=xml.format(me=me, a=a, b=b), metadata=None)
    return tmp_path / "a.ome.tif"


def test_a_set_of_files_is_one_image(open_tiff, ome_set):
    reader = open_tiff(ome_set)

    assert whole(reader)[0, 0, :, 0, 0].tolist() == [1, 2]
    assert [path.name for path in reader.files()] == ["a.ome.tif", "b.ome.tif"]


def test_a_missing_member_is_refused_and_never_blank(open_tiff, ome_set):
    (ome_set.parent / "b.ome.tif").unlink()

    with pytest.raises(RefusedSample) as caught:
        open_tiff(ome_set)

    assert (caught.value.code, caught.value.places["name"]) == ("INV006", "b.ome.tif")


def test_lost_data_is_heard_although_logging_is_silenced(open_tiff, ome_set, monkeypatch):
    monkeypatch.setattr(logging.getLogger("tifffile"), "disabled", True)
    (ome_set.parent / "b.ome.tif").unlink()

    with pytest.raises(RefusedSample, match="INV006"):
        open_tiff(ome_set)


def set_entry(path: Path, tag: str, index: int, value: int) -> None:
    """Overwrite one strip's or tile's entry in the file."""
    with tifffile.TiffFile(path) as tif:
        entry = tif.pages[0].tags[tag]
        size = {3: 2, 4: 4, 16: 8}[int(entry.dtype)]
        at = entry.valueoffset + index * size
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(value.to_bytes(size, "little"))


def test_a_tile_declared_absent_is_zero(open_tiff, tiff):
    path = tiff(values((64, 64), "uint8") + 1, tile=(32, 32), compression="zlib")
    set_entry(path, "TileOffsets", 1, 0)
    set_entry(path, "TileByteCounts", 1, 0)

    plane = whole(open_tiff(path))[0, 0, 0]

    assert not plane[:32, 32:].any()
    assert plane[:32, :32].all()


@pytest.mark.parametrize("offset", [0, 1 << 30])
def test_a_tile_outside_the_file_is_an_error_and_never_zero(open_tiff, tiff, offset):
    path = tiff(values((128, 128), "uint8"), tile=(32, 32), compression="zlib")
    set_entry(path, "TileOffsets", 15, offset)
    reader = open_tiff(path)

    with pytest.raises(RefusedSample, match=r"INV004|CNV001"):
        whole(reader)


def test_a_tile_that_does_not_decode_is_named(open_tiff, tiff):
    path = tiff(values((128, 128), "uint8"), tile=(32, 32), compression="zlib")
    with tifffile.TiffFile(path) as tif:
        at = tif.pages[0].dataoffsets[15]
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(b"\xff\xff\xff\xff")
    reader = open_tiff(path)

    with pytest.raises(RefusedSample) as caught:
        reader.read_region(0, 0, 0, 0, 96, 0, 32, 128)

    assert caught.value.places["where"] == "image 0 T0 C0 Z0 Y96 X0"
    assert str(path.parent) not in str(caught.value)


@pytest.mark.parametrize("name", ["stack.tif", "stack.ome.tif"])
def test_a_stack_cut_short_is_refused_somewhere_and_never_blank(open_tiff, tiff, name):
    path = tiff(values((10, 64, 64), "uint16"), name, imagej="ome" not in name)
    os.truncate(path, path.stat().st_size * 6 // 10)

    with pytest.raises(RefusedSample) as caught:
        whole(open_tiff(path))

    assert caught.value.code in ("INV004", "INV005", "CNV001")


def test_a_page_stored_otherwise_than_its_series_is_not_decoded_as_if_it_were(open_tiff, tmp_path):
    path = tmp_path / "mixed.ome.tif"
    with tifffile.TiffWriter(path, ome=False) as tif:
        xml = (
            '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels '
            'ID="Pixels:0" DimensionOrder="XYZTC" Type="uint8" SizeX="32" SizeY="32" SizeZ="1" SizeC="1" '
            'SizeT="2"><Channel ID="Channel:0:0"/><TiffData IFD="0" PlaneCount="2"/></Pixels></Image></OME>'
        )
        tif.write(values((32, 32), "uint8"), description=xml, metadata=None, compression="zlib")
        tif.write(values((32, 32), "uint8"), metadata=None, compression="lzw")

    with pytest.raises(RefusedSample, match="CNV001"):
        whole(open_tiff(path))


BIG = 32768
PEAK = """
import sys, resource
from pathlib import Path
from fixative.readers.opening import open_source
from fixative.readers.protocol import Reader
reader, _ = open_source(Path(sys.argv[1]), "tiff")
info = reader.images[0]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for y in range(0, info.size_y, 256):
    reader.read_region(0, 0, 0, 0, y, 0, 256, info.size_x)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_a_plane_of_a_gigabyte_is_read_in_a_few_megabytes(tmp_path, repository):
    path, tile = tmp_path / "big.tif", zlib.compress(bytes(512 * 512))
    tiles = (tile for _ in range((BIG // 512) ** 2))
    tifffile.imwrite(path, tiles, shape=(BIG, BIG), dtype="uint8", tile=(512, 512), compression="zlib", metadata=None)

    run = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)],
        env=os.environ | {"PYTHONPATH": str(repository / "scripts")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(run.stdout) < 120_000


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name",
    [
        "tiff/pillow_tiff_tiled_planar_raw.tif",
        "tiff/commons_BigTIFFMotorola.tif",
        "tiff/pillow_hopper.Lab.tif",
        "tiff/commons_1pagefax.tif",
        "tiff/galaxy_float16.tiff",
        "lsm/spectral golgi.lsm",
        "svs/CMU-1-Small-Region.svs",
        "ome_tiff/single-channel_2008-02.ome.tif",
    ],
)
def test_real_files_are_read_as_tifffile_reads_them(open_tiff, corpus, name):
    reader = open_tiff(corpus / name)
    expected = tifffile.imread(corpus / name, series=0)

    found = whole(reader).squeeze()

    separate = found.ndim == 3 and expected.shape != found.shape
    assert np.array_equal(np.moveaxis(found, 2, 0) if separate else found, expected)


@pytest.mark.corpus
def test_slides_name_their_label_macro_and_thumbnail(open_tiff, corpus):
    kinds = [image.kind for image in open_tiff(corpus / "svs/CMU-1-Small-Region.svs").images]

    assert kinds == ["image", "thumbnail", "label", "macro"]


@pytest.mark.corpus
def test_a_member_that_points_to_its_companion_is_the_whole_set(open_tiff, corpus):
    reader = open_tiff(corpus / "ome_tiff/viv_companion/multifile-Z2.ome.tiff")

    assert reader.images[0].size_z == 5
    assert {path.name for path in reader.files()} >= {"multifile.companion.ome", "multifile-Z5.ome.tiff"}


@pytest.mark.corpus
def test_corrupt_tiffs_end_in_a_finding(open_tiff, corpus):
    folder = corpus / "corrupt" / "tiff"

    codes = {path.name: code_of(open_tiff, path) for path in sorted(folder.iterdir())}

    assert {name: code for name, code in codes.items() if code} == {
        "commons_bad-offsets-lengths.tiff": "INV005",
        "imread_00r00_8bytes.tiff": "INV005",
        "pillow_crash-0c7e0e8e11ce787078f00b5b0ca409a167f070e0.tif": "INV005",
        "pillow_crash-2020-10-test.tif": "INV005",
        "pillow_seek_too_large.tif": "INV005",
        "pillow_tiff_overflow_rows_per_strip.tif": "INV004",
    }


def code_of(open_one, path: Path) -> str | None:
    try:
        whole(open_one(path))
    except RefusedSample as refusal:
        return refusal.code
    return None

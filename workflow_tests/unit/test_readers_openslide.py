"""OpenSlide: levels and associated images as the file stores them, gaps told from pixels, nothing filled in."""

import io
import os
import struct
from contextlib import ExitStack, closing
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.ome_tiff import write_ome_tiff
from fixative.ome.build import build_ome_xml, complete_for_tiff
from fixative.ome.from_vendor import facts_of
from fixative.ome.schema import ome
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from fixative.xml_tree import parse_xml
from ome_sources import NO_INVENTORY, dump_of

RANDOM = np.random.default_rng(5)
APERIO = "Aperio Image Library v11.2.1 \r\n{}x{} (64x64) Q=100|AppMag = 20|MPP = 0.5|User = jdoe"


@pytest.fixture
def open_slide():
    """Open a slide with OpenSlide; what was opened is closed after the test."""
    with ExitStack() as opened:

        def open_one(path: Path, fmt: str = "svs", **options):
            request = Request(path, fmt, "openslide", ReaderOptions(**options))
            return opened.enter_context(closing(open_backend(request)))

        yield open_one


def values(*shape):
    return RANDOM.integers(0, 256, shape).astype(np.uint8)


def whole(reader, image=0, level=0):
    info = reader.images[image]
    height, width = info.levels[level] if info.levels else (info.size_y, info.size_x)
    return reader.read_region(image, 0, 0, 0, 0, 0, height, width, level)


@pytest.fixture
def svs(tmp_path):
    """An Aperio slide of two levels with thumbnail, label and macro, and its arrays by name."""
    arrays = {
        "slide": values(300, 402, 3),
        "thumbnail": values(40, 50, 3),
        "half": values(150, 201, 3),
        "label": values(30, 20, 3),
        "macro": values(20, 60, 3),
    }
    path = tmp_path / "slide.svs"
    tiled = {"tile": (64, 64), "compression": "zlib", "photometric": "rgb", "metadata": None}
    striped = {"compression": "zlib", "photometric": "rgb", "metadata": None}
    with tifffile.TiffWriter(path) as out:
        out.write(arrays["slide"], description=APERIO.format(402, 300), **tiled)
        out.write(arrays["thumbnail"], description=APERIO.format(50, 40), **striped)
        out.write(arrays["half"], description=APERIO.format(201, 150), **tiled)
        out.write(arrays["label"], description="Aperio\r\nlabel 20x30", subfiletype=1, **striped)
        out.write(arrays["macro"], description="Aperio\r\nmacro 60x20", subfiletype=9, **striped)
    return path, arrays


def test_a_slide_its_levels_and_its_associated_images_are_what_was_written(open_slide, svs):
    path, arrays = svs

    reader = open_slide(path)

    assert [(i.kind, i.samples, i.photometric) for i in reader.images] == [
        ("image", 3, "rgb"),
        ("thumbnail", 3, "rgb"),
        ("label", 3, "rgb"),
        ("macro", 3, "rgb"),
    ]
    assert reader.images[0].levels == ((300, 402), (150, 201))
    assert np.array_equal(whole(reader), arrays["slide"])
    assert np.array_equal(whole(reader, level=1), arrays["half"])
    assert np.array_equal(whole(reader, 1), arrays["thumbnail"])
    assert np.array_equal(whole(reader, 2), arrays["label"])
    assert np.array_equal(whole(reader, 3), arrays["macro"])


@pytest.mark.parametrize(("level", "name"), [(0, "slide"), (1, "half")])
def test_a_region_at_an_odd_place_is_that_of_the_whole_level(open_slide, svs, level, name):
    path, arrays = svs

    found = open_slide(path).read_region(0, 0, 0, 0, 7, 13, 101, 77, level)

    assert np.array_equal(found, arrays[name][7:108, 13:90])
    assert found.flags.c_contiguous


def test_a_region_larger_than_a_piece_is_put_together_of_pieces(open_slide, svs, monkeypatch):
    path, arrays = svs
    monkeypatch.setattr("fixative.readers.slides.reader.PIECE_BYTES", 4 * 100 * 7)

    assert np.array_equal(whole(open_slide(path)), arrays["slide"])


@pytest.mark.parametrize(("level", "height"), [(2, 10), (-1, 10), (1, 151)])
def test_a_level_that_is_not_listed_and_a_region_outside_are_refused(open_slide, svs, level, height):
    reader = open_slide(svs[0])

    with pytest.raises(RefusedSample) as caught:
        reader.read_region(0, 0, 0, 0, 0, 0, height, 10, level)

    assert caught.value.code == "CNV003"


def test_a_level_whose_factor_is_no_whole_number_is_read_from_its_corner(open_slide, tmp_path):
    path, slide, small = tmp_path / "slide.tif", values(311, 403, 3), values(78, 101, 3)
    tiled = {"tile": (64, 64), "compression": "zlib", "photometric": "rgb", "metadata": None}
    with tifffile.TiffWriter(path) as out:
        out.write(slide, **tiled)
        out.write(small, subfiletype=1, **tiled)

    reader = open_slide(path, "tiff")

    assert np.array_equal(whole(reader, level=1), small)
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 33, 51, 40, 47, 1), small[33:73, 51:98])


def test_a_level_too_large_for_its_factor_is_not_listed_but_named_in_the_metadata(open_slide, svs, monkeypatch):
    monkeypatch.setattr("fixative.readers.slides.reader.PAINTED_AT_ONCE_PX", 100)
    path, slide, small = svs[0].with_name("odd.tif"), values(311, 403, 3), values(78, 101, 3)
    with tifffile.TiffWriter(path) as out:
        out.write(slide, tile=(64, 64), photometric="rgb", metadata=None)
        out.write(small, tile=(64, 64), photometric="rgb", metadata=None, subfiletype=1)

    reader = open_slide(path, "tiff")

    assert reader.images[0].levels == ()
    assert [level["read"] for level in reader.vendor_metadata()["openslide"]["levels"]] == [True, False]


def test_grey_stays_grey(open_slide, tmp_path):
    path, data = tmp_path / "grey.tif", values(100, 130)
    tifffile.imwrite(path, data, tile=(32, 32), metadata=None)

    reader = open_slide(path, "tiff")

    assert (reader.images[0].samples, reader.images[0].photometric) == (1, "minisblack")
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 5, 7, 60, 70), data[5:65, 7:77])


@pytest.mark.parametrize(
    ("shape", "dtype", "options"),
    [
        ((64, 64, 3), "uint16", {"photometric": "rgb"}),
        ((64, 64, 4), "uint8", {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
        ((64, 64), "uint8", {"photometric": "miniswhite"}),
        ((64, 64, 3), "uint8", {"photometric": "rgb", "extratags": [(274, 3, 1, 6, True)]}),
    ],
)
def test_what_openslide_would_convert_is_left_to_others(open_slide, tmp_path, shape, dtype, options):
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, values(*shape).astype(dtype), tile=(32, 32), metadata=None, **options)

    with pytest.raises(RefusedSample, match="MET001"):
        open_slide(path, "tiff")


def test_a_tile_without_bytes_is_an_error_and_levels_painted_from_it_are_not_listed(open_slide, svs):
    path, _ = svs
    with tifffile.TiffFile(path, mode="r+b") as tif:
        counts = list(tif.pages[0].databytecounts)
        counts[9] = 0
        tif.pages[0].tags["TileByteCounts"].overwrite(counts)

    reader = open_slide(path)

    assert reader.images[0].levels == ()
    with pytest.raises(RefusedSample, match="CNV001"):
        whole(reader)


@pytest.mark.parametrize("kept", [0.6, 0.9])
def test_a_slide_cut_short_is_refused(open_slide, svs, kept):
    path, _ = svs
    os.truncate(path, int(path.stat().st_size * kept))

    with pytest.raises(RefusedSample):
        whole(open_slide(path))


def test_after_an_error_nothing_is_read(open_slide, svs):
    path, _ = svs
    with tifffile.TiffFile(path) as tif:
        offset, count = tif.pages[0].dataoffsets[20], tif.pages[0].databytecounts[20]
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(bytes(count))
    reader = open_slide(path)

    with pytest.raises(RefusedSample, match="CNV001"):
        whole(reader)
    with pytest.raises(RefusedSample, match="CNV001"):
        reader.read_region(0, 0, 0, 0, 0, 0, 10, 10)


def test_properties_stand_under_their_own_names_and_the_slide_is_its_only_file(open_slide, svs):
    reader = open_slide(svs[0])

    tree = reader.vendor_metadata()["openslide"]

    assert tree["properties"]["aperio"]["User"] == "jdoe"
    assert tree["properties"]["openslide"]["mpp-x"] == "0.5"
    assert tree["associated_images"]["label"] == {"width": 20, "height": 30}
    assert reader.files() == [svs[0]]


def test_size_of_a_pixel_and_objective_are_those_of_the_slide_and_not_of_its_label(open_slide, svs):
    reader = open_slide(svs[0])

    facts = facts_of(dump_of(**reader.vendor_metadata()), reader.images)

    assert (facts[0].size["X"].value, facts[0].size["Y"].unit) == ("0.5", "µm")
    assert facts[0].objective == {"NominalMagnification": "20"}
    assert facts[1:] == [None, None, None]


TILE_Y, TILE_X = 16, 24


def index_of_mirax(slide_id, levels):
    """Index.dat: version, slide, pointers to the pages of each zoom level; an entry is (image, offset, length)."""
    head = len("01.02") + len(slide_id)
    pointers, at, body = b"", head + 8 + 4 * len(levels), b""
    for entries in levels:
        page = struct.pack("<ii", 0, at + 8) + struct.pack("<ii", len(entries), 0)
        page += b"".join(struct.pack("<iiii", image, offset, length, file) for image, offset, length, file in entries)
        pointers += struct.pack("<i", at)
        body, at = body + page, at + len(page)
    return b"01.02" + slide_id.encode() + struct.pack("<ii", head + 8, 0) + pointers + body


def slidedat(slide_id, more=""):
    section = "\n".join(
        [
            "OVERLAP_X=0",
            "OVERLAP_Y=0",
            "MICROMETER_PER_PIXEL_X=0.25",
            "MICROMETER_PER_PIXEL_Y=0.25",
            "IMAGE_FORMAT=PNG",
            "IMAGE_FILL_COLOR_BGR=16777215",
            f"DIGITIZER_WIDTH={TILE_X}",
            f"DIGITIZER_HEIGHT={TILE_Y}",
        ]
    )
    return (
        f"[GENERAL]\nSLIDE_VERSION=01.02\nSLIDE_ID={slide_id}\nIMAGENUMBER_X=2\nIMAGENUMBER_Y=2\n"
        f"OBJECTIVE_MAGNIFICATION=20\nSLIDE_NAME=smith\n"
        f"[HIERARCHICAL]\nHIER_COUNT=1\nNONHIER_COUNT=0\nINDEXFILE=Index.dat\nHIER_0_NAME=Slide zoom level\n"
        f"HIER_0_COUNT=2\nHIER_0_VAL_0_SECTION=LEVEL_0\nHIER_0_VAL_1_SECTION=LEVEL_1\n{more}"
        f"[DATAFILE]\nFILE_COUNT=2\nFILE_0=Data0000.dat\nFILE_1=Data0001.dat\n"
        f"[LEVEL_0]\n{section}\nIMAGE_CONCAT_FACTOR=0\n[LEVEL_1]\n{section}\nIMAGE_CONCAT_FACTOR=1\n"
    )


@pytest.fixture
def mirax(tmp_path):
    """A MIRAX slide of 2 x 2 tiles, the last never scanned, and one tile of its next level."""

    def write(more=""):
        path, folder, slide_id = tmp_path / "slide.mrxs", tmp_path / "slide", "0123456789ABCDEF"
        folder.mkdir()
        path.write_bytes(imagecodecs.jpeg8_encode(values(8, 8, 3)))
        tiles = [values(TILE_Y, TILE_X, 3) for _ in range(4)]
        blobs = [imagecodecs.png_encode(tile) for tile in tiles]
        entries, first, offset = [], b"", 0
        for image, blob in enumerate(blobs[:3]):
            entries.append((image, offset, len(blob), 0))
            first, offset = first + blob, offset + len(blob)
        (folder / "Data0000.dat").write_bytes(first)
        (folder / "Data0001.dat").write_bytes(blobs[3])
        levels = [entries, [(0, 0, len(blobs[3]), 1)]]
        (folder / "Index.dat").write_bytes(index_of_mirax(slide_id, levels))
        (folder / "Slidedat.ini").write_text(slidedat(slide_id, more))
        return path, tiles

    return write


def test_the_part_of_a_mirax_slide_that_was_never_scanned_is_transparent(open_slide, mirax):
    path, tiles = mirax()

    reader = open_slide(path, "mrxs")
    found = whole(reader)

    assert (reader.images[0].samples, reader.images[0].extra_samples) == (4, (1,))
    assert np.array_equal(found[:TILE_Y, :TILE_X, :3], tiles[0])
    assert np.array_equal(found[:TILE_Y, TILE_X:, :3], tiles[1])
    assert np.array_equal(found[TILE_Y:, :TILE_X, :3], tiles[2])
    assert (found[:TILE_Y, :, 3] == 255).all()
    assert not found[TILE_Y:, TILE_X:].any()
    assert "never scanned" in reader.vendor_metadata()["openslide"]["fill"]


def test_what_was_never_scanned_is_transparent_in_the_archive(open_slide, mirax, tmp_path):
    path, tiles = mirax()
    reader, target = open_slide(path, "mrxs"), tmp_path / "archived.ome.tiff"
    built = build_ome_xml(reader, dump_of(**reader.vendor_metadata()), NO_INVENTORY).xml

    write_ome_tiff(
        reader,
        target,
        ome_xml=complete_for_tiff(built, reader.images, target.name, "0a9b5f5e-3f50-5d5b-8b6e-0123456789ab"),
        options=OmeTiff(tile_px=64),
        threads=1,
        resolutions=[None],
        advance=lambda planes, size: None,
    )

    with tifffile.TiffFile(target) as tif:
        page, root = tif.pages[0], parse_xml(tif.ome_metadata)
        found = page.asarray()
    assert page.extrasamples == (tifffile.EXTRASAMPLE.ASSOCALPHA,)
    assert np.array_equal(found[TILE_Y:, :TILE_X, :3], tiles[2])
    assert not found[TILE_Y:, TILE_X:].any()
    assert root.find(f"{ome('Image')}/{ome('Pixels')}").get("PhysicalSizeX") == "0.25"


def test_the_next_level_of_a_mirax_slide_is_the_one_that_is_stored(open_slide, mirax):
    path, tiles = mirax()

    found = whole(open_slide(path, "mrxs"), level=1)

    assert np.array_equal(found[:, :, :3], tiles[3])


def test_all_files_of_a_mirax_slide_are_named(open_slide, mirax):
    path, _ = mirax()

    names = [file.name for file in open_slide(path, "mrxs").files()]

    assert names == ["slide.mrxs", "Data0000.dat", "Data0001.dat", "Index.dat", "Slidedat.ini"]


@pytest.mark.parametrize("name", ["Data0001.dat", "Index.dat", "Slidedat.ini"])
def test_a_mirax_slide_with_a_file_missing_is_refused(open_slide, mirax, name):
    path, _ = mirax()
    (path.parent / "slide" / name).unlink()

    with pytest.raises(RefusedSample) as caught:
        open_slide(path, "mrxs")

    assert (caught.value.code, caught.value.places["name"]) == ("INV006", name)


@pytest.mark.parametrize("name", ["Data0000.dat", "Index.dat"])
def test_a_mirax_slide_cut_short_is_refused(open_slide, mirax, name):
    path, _ = mirax()
    file = path.parent / "slide" / name
    os.truncate(file, file.stat().st_size * 9 // 10)

    with pytest.raises(RefusedSample):
        whole(open_slide(path, "mrxs"))


def test_a_mirax_slide_with_focal_planes_is_left_to_others(open_slide, mirax):
    path, _ = mirax("HIER_1_NAME=Microscope focus level\nHIER_1_COUNT=3\n")

    with pytest.raises(RefusedSample, match="MET001"):
        open_slide(path, "mrxs")


@pytest.fixture
def vms(tmp_path):
    """A Hamamatsu VMS of 2 x 1 JPEG files with restart markers, without their index, and the files' pixels."""

    def jpeg():
        stream = io.BytesIO()
        picture = Image.fromarray(values(64, 96, 3))
        picture.save(stream, "JPEG", quality=95, subsampling=0, restart_marker_rows=1)
        return stream.getvalue()

    jpegs = [jpeg() for _ in range(3)]
    for name, data in zip(("a.jpg", "b.jpg", "map.jpg"), jpegs, strict=True):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "macro.jpg").write_bytes(jpegs[2])
    path = tmp_path / "slide.vms"
    path.write_text(
        "[Virtual Microscope Specimen]\nNoLayers=1\nNoJpegColumns=2\nNoJpegRows=1\nImageFile=a.jpg\n"
        "ImageFile(1,0)=b.jpg\nMapFile=map.jpg\nMacroImage=macro.jpg\nSourceLens=20\nPhysicalWidth=96000\n"
        "PhysicalHeight=32000\n"
    )
    return path, [imagecodecs.jpeg8_decode(data) for data in jpegs]


def test_a_vms_is_read_from_its_jpeg_files(open_slide, vms):
    path, (left, right, _) = vms

    reader = open_slide(path, "vms")

    assert np.array_equal(whole(reader), np.concatenate([left, right], axis=1))
    assert [file.name for file in reader.files()] == ["slide.vms", "a.jpg", "b.jpg", "macro.jpg", "map.jpg"]


def test_a_vms_with_a_file_missing_is_refused(open_slide, vms):
    path, _ = vms
    (path.parent / "macro.jpg").unlink()

    with pytest.raises(RefusedSample) as caught:
        open_slide(path, "vms")

    assert (caught.value.code, caught.value.places["name"]) == ("INV006", "macro.jpg")


def test_twelve_bits_of_a_vmu_are_not_cut_to_eight(open_slide, tmp_path):
    path = tmp_path / "slide.vmu"
    ngr = struct.pack("<2sHiiiiiI", b"GN", 0, 16, 8, 8, 0, 0, 28)
    (tmp_path / "full.ngr").write_bytes(ngr.ljust(28, b"\0") + bytes(16 * 8 * 6))
    (tmp_path / "map.ngr").write_bytes(ngr.ljust(28, b"\0") + bytes(16 * 8 * 6))
    path.write_text(
        "[Uncompressed Virtual Microscope Specimen]\nNoLayers=1\nImageFile=full.ngr\nMapFile=map.ngr\n"
        "BitsPerPixel=36\nPixelOrder=RGB\nSourceLens=20\n"
    )

    with pytest.raises(RefusedSample, match="MET001"):
        open_slide(path, "vmu")


SCN = """<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"><collection sizeX="200000" sizeY="100000">
{macro}{main}</collection></scn>"""
SCN_IMAGE = """<image><creationDate>2012</creationDate><device model="SCN400" version="1"/>
<pixels>{dimensions}</pixels><view sizeX="{width}" sizeY="{height}" offsetX="{left}" offsetY="{top}"/>
<scanSettings><objectiveSettings><objective>20</objective></objectiveSettings><illuminationSettings>
<illuminationSource>brightfield</illuminationSource><numericalAperture>0.4</numericalAperture>
</illuminationSettings></scanSettings></image>"""


@pytest.fixture
def scn(tmp_path):
    """A Leica SCN whose scanned area covers a part of the slide, with a macro image, and both images' pixels."""

    def write(planes='<dimension sizeX="96" sizeY="64" r="0" ifd="0"/>'):
        path, slide, macro = tmp_path / "slide.scn", values(64, 96, 3), values(100, 200, 3)
        ifd_1 = '<dimension sizeX="200" sizeY="100" r="0" ifd="1"/>'
        area = {"width": 24000, "height": 16000, "left": 50000, "top": 20000}
        text = SCN.format(
            macro=SCN_IMAGE.format(dimensions=ifd_1, width=200000, height=100000, left=0, top=0),
            main=SCN_IMAGE.format(dimensions=planes, **area),
        )
        tiled = {"tile": (32, 32), "photometric": "rgb", "metadata": None}
        with tifffile.TiffWriter(path, bigtiff=True) as out:
            out.write(slide, description=text, **tiled)
            out.write(macro, **tiled)
        return path, slide, macro

    return write


def test_the_part_of_an_scn_outside_the_scanned_area_is_transparent(open_slide, scn):
    path, slide, macro = scn()

    reader = open_slide(path, "scn")
    found = whole(reader)

    assert (found.shape, reader.images[1].kind) == ((400, 800, 4), "macro")
    assert np.array_equal(found[80:144, 200:296, :3], slide)
    assert (found[:, :, 3] == 255).sum() == 64 * 96
    assert np.array_equal(whole(reader, 1), macro)


def test_an_scn_with_focal_planes_is_left_to_others(open_slide, scn):
    path, *_ = scn(
        '<dimension sizeX="96" sizeY="64" r="0" z="0" ifd="0"/><dimension sizeX="96" sizeY="64" r="0" z="1" ifd="0"/>'
    )

    with pytest.raises(RefusedSample, match="MET001"):
        open_slide(path, "scn")


@pytest.mark.parametrize(("overlaps", "samples", "levels"), [("0 0 0 0", 3, 2), ("8 8 4 4", 4, 0)])
def test_a_trestle_slide_is_dense_where_its_tiles_do_not_overlap(open_slide, tmp_path, overlaps, samples, levels):
    path, slide, half = tmp_path / "slide.tif", values(128, 192, 3), values(64, 96, 3)
    description = f"Background Color=E6E6E6;Objective Power=10;OverlapsXY= {overlaps}"
    tiled = {"tile": (64, 64), "photometric": "rgb", "software": "MedScan", "metadata": None}
    with tifffile.TiffWriter(path) as out:
        out.write(slide, description=description, **tiled)
        out.write(half, **tiled)

    reader = open_slide(path, "tiff")

    assert (reader.images[0].samples, len(reader.images[0].levels)) == (samples, levels)
    assert np.array_equal(whole(reader)[:56, :56, :3], slide[:56, :56])


REAL = [
    "svs/CMU-1-Small-Region.svs",
    "ndpi/test3-DAPI-2-(387).ndpi",
    "tiff/yb10kx5k.zstd.tiff",
    "tiff/pillow_tiff_tiled_planar_raw.tif",
]


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_every_level_of_a_real_slide_is_that_which_tifffile_decodes(open_slide, corpus, name):
    reader = open_slide(corpus / name, "tiff")
    with tifffile.TiffFile(corpus / name) as tif:
        stored = {level.keyframe.shaped[2:4]: level for level in tif.series[0].levels}
        sizes = reader.images[0].levels or ((reader.images[0].size_y, reader.images[0].size_x),)
        expected = [stored[size].asarray() for size in sizes]

    found = [whole(reader, level=level) for level in range(len(expected))]

    shapes = [np.moveaxis(one, 0, -1) if one.shape[0] == 3 else one for one in expected]
    assert len(found) == len(stored)
    assert all(np.array_equal(a, b) for a, b in zip(found, shapes, strict=True))


@pytest.mark.corpus
def test_a_real_dicom_slide_is_that_which_pydicom_reads(open_slide, corpus):
    import pydicom

    path = corpus / "dicom_wsi" / "sm_image.dcm"
    frames = pydicom.dcmread(path).pixel_array
    expected = frames.reshape(5, 5, 10, 10, 3).swapaxes(1, 2).reshape(50, 50, 3)

    reader = open_slide(path, "dicom")

    assert np.array_equal(whole(reader), expected)
    assert reader.vendor_metadata()["openslide"]["icc_profile"]["bytes"] == 3144


@pytest.mark.corpus
def test_further_levels_of_a_dicom_slide_are_files_of_its_set(open_slide, corpus, tmp_path):
    import pydicom

    path = tmp_path / "full.dcm"
    path.write_bytes((corpus / "dicom_wsi" / "sm_image.dcm").read_bytes())
    (tmp_path / "notes.txt").write_text("no DICOM")
    half = pydicom.dcmread(path)
    pixels = values(9, 10, 10, 3)
    half.PixelData, half.NumberOfFrames = pixels.tobytes(), 9
    half.TotalPixelMatrixColumns = half.TotalPixelMatrixRows = 25
    half.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "RESAMPLED"]
    half.SOPInstanceUID = half.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=["half"])
    half.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [0.000998, 0.000998]
    half.save_as(tmp_path / "half.dcm")

    reader = open_slide(path, "dicom")

    assert reader.images[0].levels == ((50, 50), (25, 25))
    assert [file.name for file in reader.files()] == ["full.dcm", "half.dcm"]
    expected = pixels.reshape(3, 3, 10, 10, 3).swapaxes(1, 2).reshape(30, 30, 3)[:25, :25]
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 3, 5, 17, 20, 1), expected[3:20, 5:25])


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["copyleft/czi/DAPI_GFP.czi", "copyleft/czi/S3_1Pos_2Mosaic_T1_Z1_CH1.czi"])
def test_a_czi_is_left_to_libczi(open_slide, corpus, name):
    with pytest.raises(RefusedSample, match="MET001"):
        open_slide(corpus / name, "czi")


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["svs/CMU-1-Small-Region.svs", "ndpi/test3-DAPI-2-(387).ndpi"])
@pytest.mark.parametrize("kept", [0.6, 0.9])
def test_a_real_slide_cut_short_is_refused(open_slide, corpus, tmp_path, name, kept):
    path = tmp_path / Path(name).name
    path.write_bytes((corpus / name).read_bytes())
    os.truncate(path, int(path.stat().st_size * kept))

    with pytest.raises(RefusedSample):
        whole(open_slide(path))

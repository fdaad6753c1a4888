"""GDAL's rasters: stored values, by region, at stored levels; nothing filled in, nothing written beside them."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import tifffile
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from rasterio.windows import Window

from fixative.findings import RefusedSample
from fixative.readers.gdal.reader import open_reader
from fixative.readers.options import Request

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

NORTH_UP = Affine(10, 0, 500000, 0, -10, 5000000)


def numbers(*shape, dtype="uint16", seed=0):
    return np.random.default_rng(seed).integers(0, 120, shape).astype(dtype)


def geotiff(path: Path, bands, **profile):
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=len(bands),
        height=bands.shape[1],
        width=bands.shape[2],
        dtype=bands.dtype,
        crs="EPSG:32633",
        transform=NORTH_UP,
        **profile,
    ) as dataset:
        dataset.write(bands)
    return path


def converted(path: Path, bands, driver, **options):
    """Write with another driver, which GDAL fills from a GeoTIFF in memory."""
    profile = {"height": bands.shape[1], "width": bands.shape[2], "count": len(bands), "dtype": bands.dtype}
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), MemoryFile() as memory:
        with memory.open(driver="GTiff", crs="EPSG:32633", transform=NORTH_UP, **profile) as dataset:
            dataset.write(bands)
        with memory.open() as dataset:
            rasterio.shutil.copy(dataset, path, driver=driver, **options)
    return path


@pytest.fixture
def opened():
    readers = []

    def open_it(path, fmt="geotiff"):
        readers.append(open_reader(Request(path, fmt, "rasterio")))
        return readers[-1]

    yield open_it
    for reader in readers:
        reader.close()


def whole(reader, image=0, t=0, c=0, level=0):
    info = reader.images[image]
    height, width = info.levels[level] if info.levels else (info.size_y, info.size_x)
    return reader.read_region(image, t, c, 0, 0, 0, height, width, level)


def read_everything(path, fmt):
    reader = open_reader(Request(path, fmt, "rasterio"))
    try:
        for info in reader.images:
            for t in range(info.size_t):
                for c in range(info.size_c):
                    whole(reader, info.index, t, c)
    finally:
        reader.close()


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "uint64", "float32", "float64", "complex128"])
def test_bands_are_channels_and_keep_their_type(tmp_path, opened, dtype):
    bands = numbers(3, 50, 70, dtype=dtype)

    reader = opened(geotiff(tmp_path / "a.tif", bands, photometric="minisblack"))

    assert (reader.images[0].size_c, reader.images[0].samples, reader.images[0].dtype) == (3, 1, dtype)
    assert np.array_equal(np.stack([whole(reader, c=c) for c in range(3)]), bands)
    assert whole(reader).dtype.name == dtype


@pytest.mark.parametrize("interleave", ["pixel", "band"])
def test_colours_are_samples_of_one_pixel(tmp_path, opened, interleave):
    bands = numbers(4, 50, 70, dtype="uint8")

    reader = opened(geotiff(tmp_path / "a.tif", bands, photometric="rgb", alpha="yes", interleave=interleave))

    info = reader.images[0]
    assert (info.size_c, info.samples, info.photometric, info.extra_samples) == (1, 4, "rgb", (2,))
    assert np.array_equal(whole(reader), np.moveaxis(bands, 0, 2))


@pytest.mark.parametrize(
    ("y", "x", "height", "width"), [(0, 0, 1, 1), (13, 7, 29, 41), (49, 69, 1, 1), (5, 0, 17, 70)]
)
def test_a_region_is_the_same_part_of_the_plane(tmp_path, opened, y, x, height, width):
    reader = opened(
        geotiff(tmp_path / "a.tif", numbers(2, 50, 70), tiled=True, blockxsize=16, blockysize=16, compress="lzw")
    )

    region = reader.read_region(0, 0, 1, 0, y, x, height, width)

    assert np.array_equal(region, whole(reader, c=1)[y : y + height, x : x + width])
    assert region.flags.c_contiguous


def test_levels_are_the_stored_ones_not_resampled(tmp_path, opened):
    path = geotiff(tmp_path / "a.tif", numbers(1, 200, 300), tiled=True, blockxsize=64, blockysize=64)
    with rasterio.open(path, "r+") as dataset:
        dataset.build_overviews([2, 4], Resampling.nearest)
    with tifffile.TiffFile(path) as tiff:
        stored = [page.asarray() for page in tiff.pages]

    reader = opened(path)

    assert reader.images[0].levels == ((200, 300), (100, 150), (50, 75))
    assert all(np.array_equal(whole(reader, level=n), stored[n]) for n in range(3))


def test_pages_that_are_alike_are_a_series(tmp_path, opened):
    stack = numbers(5, 30, 40)
    tifffile.imwrite(tmp_path / "a.tif", stack, photometric="minisblack", metadata=None)

    reader = opened(tmp_path / "a.tif", "tiff")

    assert len(reader.images) == 1
    assert np.array_equal(np.stack([whole(reader, t=t) for t in range(5)]), stack)


def test_pages_of_other_sizes_and_masks_are_images(tmp_path, opened):
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(numbers(30, 40), photometric="minisblack", metadata=None)
        tiff.write(numbers(10, 12), photometric="minisblack", metadata=None)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK="YES"):
        path = geotiff(tmp_path / "b.tif", numbers(1, 30, 40))
        with rasterio.open(path, "r+") as dataset:
            dataset.write_mask(numbers(30, 40) > 60)

    assert [(i.size_y, i.size_x) for i in opened(tmp_path / "a.tif", "tiff").images] == [(30, 40), (10, 12)]
    reader = opened(path)
    assert [(i.name, i.dtype, i.categorical) for i in reader.images] == [
        (None, "uint16", False),
        ("mask", "bool", True),
    ]
    assert np.array_equal(whole(reader, 1), numbers(30, 40) > 60)


def test_a_palette_keeps_its_sixteen_bits(tmp_path, opened):
    colours = np.random.default_rng(1).integers(0, 65536, (3, 256), dtype=np.uint16)
    values = numbers(16, 16, dtype="uint8")
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="palette", colormap=colours, metadata=None)

    reader = opened(tmp_path / "a.tif", "tiff")

    assert reader.images[0].photometric == "palette"
    assert np.array_equal(reader.images[0].palette, colours)
    assert np.array_equal(whole(reader), values)


@pytest.mark.parametrize(
    ("nbits", "dtype", "significant"), [(1, "bool", None), (12, "uint16", 12), (16, "float16", None)]
)
def test_few_bits_are_the_type_that_is_stored(tmp_path, opened, nbits, dtype, significant):
    bands = numbers(1, 20, 30, dtype="float32" if dtype == "float16" else "uint8" if nbits == 1 else "uint16")
    path = geotiff(tmp_path / "a.tif", bands % 2 if nbits == 1 else bands, nbits=nbits)

    reader = opened(path)

    assert (reader.images[0].dtype, reader.images[0].significant_bits) == (dtype, significant)
    assert np.array_equal(whole(reader), tifffile.imread(path))


@pytest.mark.parametrize(("photometric", "bands"), [("cielab", 3), ("cmyk", 4)], ids=["CIELAB", "CMYK"])
def test_what_gdal_would_convert_is_left_to_others(tmp_path, photometric, bands):
    path = geotiff(tmp_path / "a.tif", numbers(bands, 20, 30, dtype="uint8"), photometric=photometric)

    with pytest.raises(ValueError, match="converts"):
        open_reader(Request(path, "geotiff", "rasterio"))


def test_axes_that_gdal_does_not_know_are_left_to_others(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", numbers(3, 2, 16, 16), photometric="minisblack")
    tifffile.imwrite(tmp_path / "b.tif", numbers(3, 16, 16), imagej=True)

    with pytest.raises(ValueError, match="axes"):
        open_reader(Request(tmp_path / "a.tif", "tiff", "rasterio"))
    with pytest.raises(ValueError, match="dialect"):
        open_reader(Request(tmp_path / "b.tif", "imagej_tiff", "rasterio"))


def sparse(path: Path):
    profile = {"tiled": True, "blockxsize": 16, "blockysize": 16, "sparse_ok": True, "interleave": "band"}
    with rasterio.open(
        path, "w", driver="GTiff", width=40, height=30, count=2, dtype="uint8", photometric="minisblack", **profile
    ) as dataset:
        yield dataset


def test_a_plane_never_written_is_absent(tmp_path, opened):
    for dataset in sparse(tmp_path / "a.tif"):
        dataset.write(numbers(30, 40, dtype="uint8") + 1, 1)

    reader = opened(tmp_path / "a.tif")

    assert reader.images[0].absent == {(0, 1, 0)}
    with pytest.raises(RefusedSample, match="never written"):
        whole(reader, c=1)


def test_a_plane_written_in_part_is_refused(tmp_path):
    for dataset in sparse(tmp_path / "a.tif"):
        dataset.write(np.ones((16, 16), np.uint8), 1, window=Window(0, 0, 16, 16))

    with pytest.raises(RefusedSample, match="never written"):
        open_reader(Request(tmp_path / "a.tif", "geotiff", "rasterio"))


RAW = ["ENVI", "EHdr", "PNM", "ISCE", "PCRaster", "RRASTER"]
OTHERS = ["HFA", "NITF", "SGI", "BMP", "RST", "SAGA", "KRO", "BT"]
SUFFIXES = {"ENVI": "img", "EHdr": "bil", "PNM": "pgm", "ISCE": "isce", "PCRaster": "map", "RRASTER": "grd"} | {
    **{
        "HFA": "img",
        "NITF": "ntf",
        "SGI": "rgb",
        "BMP": "bmp",
        "RST": "rst",
        "SAGA": "sdat",
        "KRO": "kro",
        "BT": "bt",
    }
}
TYPES = {"PCRaster": "float32", "SAGA": "float32", "BT": "float32"} | {"EHdr": "uint16", "PNM": "uint16"}


def raster(folder: Path, driver: str):
    bands = numbers(3 if driver in ("SGI", "KRO") else 1, 48, 64, dtype=TYPES.get(driver, "uint8"))
    return bands, converted(folder / f"a.{SUFFIXES[driver]}", bands, driver)


@pytest.mark.parametrize("driver", RAW + OTHERS)
def test_other_formats_of_gdal_are_read(tmp_path, opened, driver):
    bands, path = raster(tmp_path, driver)

    reader = opened(path, driver.lower())

    assert np.array_equal(np.atleast_3d(whole(reader)), np.moveaxis(bands, 0, 2))
    assert set(reader.files()) == {name for name in tmp_path.iterdir() if not name.name.endswith(".aux.xml")}


@pytest.mark.parametrize("driver", RAW + OTHERS)
@pytest.mark.parametrize("share", [0.6, 0.9])
def test_no_truncated_file_is_filled_with_blanks(tmp_path, driver, share):
    bands, path = raster(tmp_path, driver)
    largest = max(tmp_path.iterdir(), key=lambda member: member.stat().st_size)
    content = largest.read_bytes()
    largest.write_bytes(content[: int(len(content) * share)])

    try:
        reader = open_reader(Request(path, driver.lower(), "rasterio"))
        found = whole(reader)
        reader.close()
    except (RefusedSample, ValueError, rasterio.errors.RasterioError):
        return
    assert np.array_equal(np.atleast_3d(found), np.moveaxis(bands, 0, 2))


def test_nothing_is_written_and_no_neighbour_is_read(tmp_path, opened):
    path = geotiff(tmp_path / "a.tif", numbers(1, 20, 30))
    (tmp_path / "a.tif.aux.xml").write_text(
        "<PAMDataset><Metadata><MDI key='X'>neighbour</MDI></Metadata></PAMDataset>"
    )
    (tmp_path / "a.tfw").write_text("1\n0\n0\n-1\n0\n0\n")

    reader = opened(path)
    whole(reader)

    assert reader.files() == [path]
    assert "neighbour" not in str(reader.vendor_metadata())
    assert sorted(member.name for member in tmp_path.iterdir()) == ["a.tfw", "a.tif", "a.tif.aux.xml"]


@pytest.mark.parametrize("name", ["a#b.tif", "a?b.tif", "zip:!a.tif", "ü %20.tif"])
def test_a_name_is_no_address(tmp_path, opened, name):
    tifffile.imwrite(tmp_path / name, numbers(2, 16, 16), photometric="minisblack", metadata=None)

    assert np.array_equal(whole(opened(tmp_path / name, "tiff"), t=1), numbers(2, 16, 16)[1])


@pytest.mark.parametrize(
    "content", [b"<VRTDataset rasterXSize='1' rasterYSize='1'/>", b"<GDAL_WMS/>", b"<WCS_GDAL/>"]
)
def test_drivers_that_fetch_or_compute_are_never_asked(tmp_path, content):
    (tmp_path / "a.tif").write_bytes(content)

    with pytest.raises(rasterio.errors.RasterioIOError, match="not recognized"):
        open_reader(Request(tmp_path / "a.tif", "geotiff", "rasterio"))


def test_metadata_are_whole(tmp_path, opened):
    path = geotiff(tmp_path / "a.tif", numbers(2, 20, 30), nodata=7)
    with rasterio.open(path, "r+") as dataset:
        dataset.update_tags(SENSOR="x")
        dataset.update_tags(ns="LAB", RUN="9")
        dataset.update_tags(2, GAIN="3")
        dataset.set_band_description(1, "red edge")
        dataset.scales, dataset.offsets, dataset.units = (0.5, 1), (2, 0), ("m", "K")

    (tree,) = opened(path).vendor_metadata()["gdal"]["dataset"]

    assert tree["crs"]["epsg"] == 32633
    assert tree["crs"]["wkt"].startswith("PROJCRS")
    assert tree["crs"]["projjson"]["type"] == "ProjectedCRS"
    assert tree["geotransform"] == list(NORTH_UP.to_gdal())
    assert (tree["tags"]["default"]["SENSOR"], tree["tags"]["LAB"]) == ("x", {"RUN": "9"})
    first, second = tree["band"]
    assert (first["nodata"], first["description"], first["scale"], first["offset"], first["unit"]) == (
        *(7, "red edge", 0.5, 2),
        "m",
    )
    assert second["tags"]["default"] == {"GAIN": "3"}


def test_the_library_is_the_one_that_decodes(tmp_path, opened):
    jp2 = converted(tmp_path / "a.jp2", numbers(1, 48, 64), "JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES")

    assert opened(jp2, "jp2").library == "OpenJPEG"
    assert np.array_equal(whole(opened(jp2, "jp2")), numbers(1, 48, 64)[0])
    assert opened(geotiff(tmp_path / "a.tif", numbers(1, 8, 8))).library == "GDAL"


CORPUS = [
    *("geotiff/rgb_geotiff.tiff", "copyleft/exiftool/GeoTiff.tif", "tiff/pillow_hopper_g4.tif"),
    *("tiff/pillow_tiff_16bit_RGB.tiff", "tiff/pillow_multipage.tiff", "tiff/pillow_hopper_webp.tif"),
    *(
        "tiff/test_orient6.tif",
        "tiff/commons_BigTIFFSubIFD8.tif",
        "tiff/pillow_tiff_strip_planar_raw_with_overviews.tif",
    ),
]
JPEG2000 = ["jp2/16bit.cropped.j2k", "jp2/test-card-lossy-tiled.jp2"]


@pytest.mark.corpus
@pytest.mark.parametrize("name", CORPUS)
def test_real_tiffs_are_as_tifffile_reads_them(corpus, opened, name):
    from fixative.readers.tiff import reader as tiff

    reader = opened(corpus / name, "tiff")
    other = tiff.open_reader(Request(corpus / name, "tiff", "tifffile"))
    same = [
        np.array_equal(whole(reader, n), whole(other, n)) for n in range(min(len(reader.images), len(other.images)))
    ]
    other.close()

    assert same[0]
    assert name == "tiff/pillow_multipage.tiff" or all(same)  # one image for each palette, not for each size


@pytest.mark.corpus
@pytest.mark.parametrize("name", JPEG2000)
def test_real_jpeg_2000_is_as_imagecodecs_reads_it(corpus, opened, name):
    import imagecodecs

    path = corpus / name

    assert np.array_equal(whole(opened(path, "j2k")), imagecodecs.jpeg2k_decode(path.read_bytes()))


@pytest.mark.corpus
@pytest.mark.parametrize("name", [*CORPUS, *JPEG2000])
@pytest.mark.parametrize("share", [0.6, 0.9, 1])
def test_a_truncated_real_file_is_refused(corpus, tmp_path, name, share):
    from fixative.structure import check_structure

    content = (corpus / name).read_bytes()
    path = tmp_path / Path(name).name
    path.write_bytes(content[: min(len(content) - 1, int(len(content) * share))])
    fmt = "j2k" if name in JPEG2000 else "tiff"

    with warnings.catch_warnings(), pytest.raises((RefusedSample, rasterio.errors.RasterioError)):
        warnings.simplefilter("ignore")
        check_structure(path, fmt, [path]) if share == 1 and name in JPEG2000 else read_everything(path, fmt)


def test_a_long_stack_is_left_to_the_next_reader(tmp_path, monkeypatch):
    monkeypatch.setattr("fixative.readers.gdal.pages.MOST_PAGES", 3)
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, np.zeros((4, 8, 8), "uint16"), metadata=None, photometric="minisblack")

    with pytest.raises(ValueError, match="4 pages"):
        open_reader(Request(path, "tiff", "rasterio"))

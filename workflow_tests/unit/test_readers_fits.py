"""FITS: every image unit, stored values against astropy's own reading, checksums, refusals."""

import gzip
import shutil

import numpy as np
import pytest
from astropy.io import fits

from fixative.findings import RefusedSample
from fixative.ome.vendor.volumes import fits as facts_of_fits
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request


@pytest.fixture
def opened():
    readers = []

    def open_it(path, **options):
        readers.append(open_backend(Request(path, "fits", "astropy", ReaderOptions(**options))))
        return readers[-1]

    yield open_it
    for reader in readers:
        reader.close()


@pytest.fixture
def written(tmp_path):
    """Write units to a file."""

    def write(*units, **options):
        path = tmp_path / "a.fits"
        fits.HDUList(list(units)).writeto(path, **options)
        return path

    return write


def planes(reader, image=0):
    info = reader.images[image]
    sizes = range(info.size_t), range(info.size_c), range(info.size_z)
    return np.array(
        [
            reader.read_region(image, t, c, z, 0, 0, info.size_y, info.size_x)
            for t in sizes[0]
            for c in sizes[1]
            for z in sizes[2]
        ]
    )


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_every_type_comes_back_exactly(opened, written, dtype):
    extremes = np.iinfo(dtype) if np.dtype(dtype).kind != "f" else np.finfo(dtype)
    values = np.linspace(0, 100, 63).reshape(7, 9).astype(dtype)
    values[0, :2] = extremes.min, extremes.max

    reader = opened(written(fits.PrimaryHDU(values)))

    assert reader.images[0].dtype == dtype
    assert np.array_equal(planes(reader)[0], values)


def test_regions_at_odd_places(opened, written):
    values = np.arange(3 * 40 * 50, dtype=np.int32).reshape(3, 40, 50)

    reader = opened(written(fits.PrimaryHDU(values)))

    assert np.array_equal(reader.read_region(0, 0, 0, 2, 11, 7, 23, 31), values[2, 11:34, 7:38])


@pytest.mark.parametrize("compression", ["RICE_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1"])
def test_compressed_tiles_are_read_by_region(opened, written, compression):
    values = np.random.default_rng(0).integers(0, 4000, (64, 80)).astype(np.int16)
    unit = fits.CompImageHDU(values, compression_type=compression, tile_shape=(16, 20))

    reader = opened(written(fits.PrimaryHDU(), unit))

    assert reader.images[0].tile == (16, 20)
    assert np.array_equal(reader.read_region(0, 0, 0, 0, 13, 17, 30, 41), values[13:43, 17:58])


def test_each_image_unit_is_an_image_and_tables_are_none(opened, written):
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1, 2])])
    first, second = np.ones((4, 5), np.int16), np.zeros((6, 7), np.float32)

    reader = opened(written(fits.PrimaryHDU(), fits.ImageHDU(first, name="SCI"), table, fits.ImageHDU(second)))

    assert [(info.name, info.size_y, info.size_x) for info in reader.images] == [("SCI", 4, 5), (None, 6, 7)]
    assert [unit["type"] for unit in reader.vendor_metadata()["fits"]["hdus"]] == [
        "PrimaryHDU",
        "ImageHDU",
        "BinTableHDU",
        "ImageHDU",
    ]


def test_axes_are_what_ctype_says(opened, written):
    unit = fits.PrimaryHDU(np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5))
    unit.header["CTYPE3"], unit.header["CTYPE4"] = "FREQ-LSR", "TIME"

    reader = opened(written(unit))

    info = reader.images[0]
    assert (info.size_t, info.size_c, info.size_z, info.folded) == (2, 3, 1, {"4": "T", "3": "C"})
    assert reader.read_region(0, 1, 2, 0, 0, 0, 1, 1)[0, 0] == 1 * 60 + 2 * 20


def test_a_scale_is_recorded_and_not_applied(opened, written):
    unit = fits.PrimaryHDU(np.arange(12, dtype=np.int16).reshape(3, 4))
    path = written(unit)
    fits.setval(path, "BSCALE", value=0.5)
    fits.setval(path, "BZERO", value=10.0)

    reader = opened(path)

    assert planes(reader)[0].tolist() == np.arange(12).reshape(3, 4).tolist()
    cards = reader.vendor_metadata()["fits"]["hdus"][0]["cards"]
    assert (cards["BSCALE"]["value"], cards["BZERO"]["value"]) == (0.5, 10.0)


def test_the_header_is_whole_and_in_order(opened, written):
    unit = fits.PrimaryHDU(np.zeros((2, 2), np.uint8))
    unit.header["OBSERVER"] = ("Ada", "who watched")
    unit.header["HISTORY"] = "first"
    unit.header["HISTORY"] = "second"

    cards = opened(written(unit)).vendor_metadata()["fits"]["hdus"][0]["cards"]

    assert cards["OBSERVER"] == {"value": "Ada", "comment": "who watched"}
    assert [entry["value"] for entry in cards["HISTORY"]] == ["first", "second"]
    assert next(iter(cards)) == "SIMPLE"


def test_checksums_that_agree_are_accepted(opened, written):
    path = written(fits.PrimaryHDU(np.arange(100, dtype=np.int16).reshape(10, 10)), checksum=True)

    assert opened(path).images[0].dtype == "int16"


@pytest.mark.parametrize(("place", "named"), [(2880, "DATASUM"), (80 * 8 + 20, "CHECKSUM")])
def test_a_changed_byte_is_found_by_the_files_own_checksum(opened, written, place, named):
    unit = fits.PrimaryHDU(np.arange(100, dtype=np.int16).reshape(10, 10))
    unit.header["REMARK"] = "something that may change"
    path = written(unit, checksum=True)
    data = bytearray(path.read_bytes())
    at = place if place == 2880 else data.index(b"something")
    data[at] ^= 1
    path.write_bytes(data)

    with pytest.raises(RefusedSample, match=f"INV005.*{named}"):
        opened(path)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("missing", [0.4, 0.1])
def test_a_truncated_copy_is_refused(opened, written, compressed, missing):
    values = np.random.default_rng(0).integers(0, 30000, (90, 120)).astype(np.int16)
    units = [fits.PrimaryHDU(), fits.CompImageHDU(values)] if compressed else [fits.PrimaryHDU(values)]
    path = written(*units)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * (1 - missing))])

    with pytest.raises(RefusedSample, match=r"INV00[45]|MET001"):
        opened(path)


def test_filling_that_is_missing_after_the_last_value_is_no_loss(opened, written):
    values = np.arange(100, dtype=np.int16).reshape(10, 10)
    path = written(fits.PrimaryHDU(values))
    path.write_bytes(path.read_bytes()[: 2880 + 200])

    assert np.array_equal(planes(opened(path))[0], values)


def test_a_file_that_gzip_has_compressed(opened, written, tmp_path):
    values = np.arange(1000 * 1200, dtype=np.int16).reshape(1000, 1200)
    path = written(fits.PrimaryHDU(values))
    packed = tmp_path / "a.fits.gz"
    with path.open("rb") as plain, gzip.open(packed, "wb") as stream:
        shutil.copyfileobj(plain, stream)

    assert np.array_equal(planes(opened(packed, memory_mb=2))[0], values)
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(RefusedSample, match="INV004"):
        opened(packed)


def test_facts_for_ome_need_a_unit_of_length(opened, written):
    unit = fits.PrimaryHDU(np.zeros((3, 4), np.uint8))
    unit.header["CDELT1"], unit.header["CUNIT1"] = -0.25, "um"
    unit.header["CDELT2"], unit.header["CUNIT2"] = 0.1, "deg"
    unit.header["DATE-OBS"] = "2020-02-03T04:05:06.7"
    reader = opened(written(unit))

    facts = facts_of_fits(reader.vendor_metadata()["fits"], None, reader.images)[0]

    assert {axis: (size.value, size.unit) for axis, size in facts.size.items()} == {"X": ("0.25", "µm")}
    assert facts.acquisition_date == "2020-02-03T04:05:06.7"


@pytest.mark.corpus
def test_the_compressed_image_of_the_corpus(corpus, opened):
    path = corpus / "fits" / "m13_gzip.fits"

    reader = opened(path)

    with fits.open(path) as units:
        assert np.array_equal(planes(reader)[0], units[1].data)
    assert reader.files() == [path]

"""GeoTIFF tags in the archived file: GDAL says of it what it says of the source, where the policy lets it."""

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import tifffile
from rasterio.control import GroundControlPoint
from rasterio.io import MemoryFile
from rasterio.rpc import RPC
from rasterio.transform import Affine

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.display import pixels_per_cm
from fixative.image.geo_tags import carried_tags, record_of
from fixative.image.ome_tiff import write_ome_tiff
from fixative.metadata.dump import dump_metadata
from fixative.models import Completeness, Inventory, MetadataDump, SampleRow
from fixative.ome.build import build_ome_xml, complete_for_tiff
from fixative.privacy.apply import sanitise
from fixative.privacy.policy import load_policy
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.verify.tiff import verify_ome_tiff
from sources import named_file

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")

NORTH_UP = Affine(10, 0, 500000, 0, -10, 5000000)
ROTATED = Affine(8, 6, 500000, 6, -8, 5000000)
GEO = {"crs": "EPSG:32633", "transform": NORTH_UP}
POINTS = [
    GroundControlPoint(row, col, 11 + col / 10, 48 - row / 10, 5) for row in (0, 20, 30) for col in (0, 9, 17, 40)
]
RATIONAL = RPC(
    **{f"{axis}_{part}": 100.0 for axis in ("height", "lat", "line", "long", "samp") for part in ("off", "scale")},
    line_num_coeff=[0.1] * 20,
    line_den_coeff=[1.0] * 20,
    samp_num_coeff=[0.3] * 20,
    samp_den_coeff=[1.0] * 20,
    err_bias=0.5,
    err_rand=0.25,
)


def geotiff(path: Path, bands=1, dtype="uint16", **profile):
    pixels = np.random.default_rng(0).integers(1, 90, (bands, 30, 40)).astype(dtype)
    with rasterio.open(
        path, "w", driver="GTiff", count=bands, height=30, width=40, dtype=dtype, photometric="minisblack", **profile
    ) as dataset:
        dataset.write(pixels)
    return path


class Archived:
    """A source taken through the steps that make its archived file."""

    def __init__(
        self, source: Path, policies: Path, *, policy="facility", fmt="geotiff", members=(), backend="rasterio"
    ):
        self.path = source.parent / "archived.ome.tiff"
        row = SampleRow(line=1, sample_id="S", source=source, dataset="d", privacy_policy="facility")
        inventory = Inventory(
            format=fmt,
            files=tuple(
                named_file(path, "main" if path == source else "member", path.stat().st_size)
                for path in (source, *members)
            ),
            completeness=Completeness(checked=False, method=""),
            fileset_sha256="0" * 64,
        )
        reader = open_backend(Request(source, fmt, backend))
        dump = dump_metadata(reader, inventory, row, exiftool="none")
        dump = MetadataDump.model_validate_json(dump.model_dump_json())
        ome_xml = build_ome_xml(reader, dump, inventory).xml
        clean = sanitise(load_policy(policy, policies), dump, ome_xml, row, inventory)
        self.tags = carried_tags(reader.images, inventory, dump, clean.dump)
        self.ome_xml = complete_for_tiff(
            clean.ome_xml, reader.images, self.path.name, f"urn:uuid:{'0' * 8}-0000-5000-8000-{'0' * 12}"
        )
        self.path.unlink(missing_ok=True)
        self.pixels = write_ome_tiff(
            reader,
            self.path,
            ome_xml=self.ome_xml,
            options=OmeTiff(tile_px=16, pyramid_min_px=16),
            threads=1,
            resolutions=pixels_per_cm(self.ome_xml),
            advance=lambda planes, size: None,
            carried=self.tags,
        ).pixels
        reader.close()

    def verify(self):
        verify_ome_tiff(self.path, self.pixels, file_name=self.path.name, carried=record_of(self.tags))


@pytest.fixture
def archive(repository):
    return lambda source, **how: Archived(source, repository / "config/privacy", **how)


def place(path):
    """What GDAL says of where a file lies."""
    with rasterio.open(path) as dataset:
        points, crs = dataset.gcps
        return {
            "crs": dataset.crs,
            "transform": dataset.transform,
            "gcps": ([(p.row, p.col, p.x, p.y, p.z) for p in points], crs),
            "rpcs": dataset.rpcs and dataset.rpcs.to_dict(),
            "nodata": dataset.nodata,
        }


@pytest.mark.parametrize(
    "profile",
    [
        GEO,
        {**GEO, "nodata": 7},
        {"crs": "EPSG:32633", "transform": ROTATED},
        {"crs": "EPSG:4326", "transform": Affine(0.1, 0, 11, 0, -0.1, 48), "endianness": "BIG"},
        {"crs": "+proj=laea +lat_0=10 +lon_0=20 +x_0=5 +y_0=6 +ellps=bessel +units=us-ft", "transform": NORTH_UP},
        {"crs": "EPSG:4326", "gcps": POINTS},
        {"rpcs": RATIONAL},
        {**GEO, "bigtiff": "YES"},
    ],
    ids=["north up", "nodata", "rotated", "big-endian", "doubles and texts", "GCPs", "RPC", "BigTIFF"],
)
def test_the_archived_file_lies_where_its_source_does(tmp_path, archive, profile):
    source = geotiff(tmp_path / "a.tif", **profile)

    archived = archive(source)

    archived.verify()
    assert place(archived.path) == place(source)
    assert archived.tags[0]


def test_the_tags_do_not_hang_on_the_reader(tmp_path, archive):
    source = geotiff(tmp_path / "a.tif", bands=3, **GEO, nodata=7)

    archived = archive(source, backend="tifffile")

    assert place(archived.path) == place(source)


def test_a_plane_has_the_metadata_of_its_own_band(tmp_path, archive):
    source = geotiff(tmp_path / "a.tif", bands=2, **GEO)
    with rasterio.open(source, "r+") as dataset:
        dataset.descriptions, dataset.scales, dataset.units = ("red", "edge"), (0.5, 2), ("m", "K")
        dataset.update_tags(SENSOR="x")

    archived = archive(source)

    with tifffile.TiffFile(archived.path) as tiff:
        offsets = [page.offset for page in tiff.pages]
    found = []
    for offset in offsets:
        with rasterio.open(f"GTIFF_DIR:off:{offset}:{archived.path}") as dataset:
            found.append((dataset.descriptions, dataset.scales, dataset.units, dataset.tags()["SENSOR"], dataset.crs))
    crs = rasterio.CRS.from_epsg(32633)
    assert found == [(("red",), (0.5,), ("m",), "x", crs), (("edge",), (2.0,), ("K",), "x", crs)]


def test_each_page_keeps_its_own_place(tmp_path, archive):
    parts = [geotiff(tmp_path / f"{n}.tif", crs="EPSG:32633", transform=Affine(10, 0, n, 0, -10, n)) for n in (1, 2)]
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for part in parts:
            with tifffile.TiffFile(part) as tiff:
                page = tiff.pages.first
                extra = [
                    (tag.code, int(tag.dtype), tag.count, tag.value, False)
                    for tag in page.tags
                    if tag.code in (33550, 33922, 34735, 34737)
                ]
                writer.write(page.asarray(), photometric="minisblack", metadata=None, extratags=extra)

    archived = archive(tmp_path / "a.tif")

    with tifffile.TiffFile(archived.path) as tiff:
        assert [page.tags[33922].value[3] for page in tiff.pages] == [1, 2]


@pytest.mark.parametrize(("driver", "suffix"), [("JP2OpenJPEG", "jp2"), ("ENVI", "img"), ("HFA", "img")])
@pytest.mark.parametrize("transform", [NORTH_UP, ROTATED], ids=["north up", "rotated"])
def test_a_source_that_is_no_tiff_lies_there_too(tmp_path, archive, driver, suffix, transform):
    source = tmp_path / f"a.{suffix}"
    with rasterio.Env(GDAL_PAM_ENABLED="NO"), MemoryFile() as memory:
        with memory.open(
            driver="GTiff", count=2, height=30, width=40, dtype="uint8", crs="EPSG:32633", transform=transform
        ) as dataset:
            dataset.write(np.ones((2, 30, 40), np.uint8))
        with memory.open() as dataset:
            rasterio.shutil.copy(dataset, source, driver=driver)
    members = [path for path in tmp_path.iterdir() if path != source]
    fmt = {"JP2OpenJPEG": "jp2"}.get(driver, driver.lower())

    archived = archive(source, members=members, fmt="jp2" if fmt == "jp2" else "geotiff")

    archived.verify()
    assert place(archived.path)["crs"] == rasterio.CRS.from_epsg(32633)
    assert place(archived.path)["transform"].almost_equals(transform)


def test_hipaa_takes_the_place_out_of_the_archived_file(tmp_path, archive):
    source = geotiff(tmp_path / "a.tif", **GEO, nodata=7)
    with rasterio.open(source, "r+") as dataset:
        dataset.update_tags(SITE="Hollow Lane")

    archived = archive(source, policy="hipaa_safe_harbor")

    archived.verify()
    assert place(archived.path)["crs"] is None
    assert place(archived.path)["nodata"] == 7
    assert b"Hollow Lane" not in archived.path.read_bytes()


def test_a_private_value_leaves_the_carried_text(tmp_path, archive):
    source = geotiff(tmp_path / "a.tif", **GEO)
    with rasterio.open(source, "r+") as dataset:
        dataset.update_tags(TIFFTAG_ARTIST="Ottilie Quandt", NOTE="flown by Ottilie Quandt")

    archived = archive(source)

    assert b"Quandt" not in archived.path.read_bytes()
    with rasterio.open(archived.path) as dataset:
        assert dataset.tags()["NOTE"].startswith("flown by")
        assert dataset.crs == rasterio.CRS.from_epsg(32633)


def test_keys_that_point_into_a_changed_text_are_not_carried(tmp_path, archive):
    source = geotiff(tmp_path / "a.tif", crs="EPSG:32633", transform=NORTH_UP)
    with rasterio.open(source, "r+") as dataset:
        dataset.update_tags(TIFFTAG_ARTIST="zone 33N")

    archived = archive(source)

    archived.verify()
    assert 34737 not in archived.tags[0]
    assert place(archived.path)["crs"].to_epsg() == 32633


def test_the_same_source_gives_the_same_bytes(tmp_path, archive):
    source = geotiff(tmp_path / "a.tif", bands=2, **GEO)

    first = archive(source).path.read_bytes()

    assert archive(source).path.read_bytes() == first


@pytest.mark.parametrize("code", [33550, 34735])
def test_a_flipped_value_is_found(tmp_path, archive, code):
    archived = archive(geotiff(tmp_path / "a.tif", **GEO))
    with tifffile.TiffFile(archived.path) as tiff:
        at = tiff.pages.first.tags[code].valueoffset
    content = bytearray(archived.path.read_bytes())
    content[at] ^= 1
    archived.path.write_bytes(content)

    with pytest.raises(RefusedSample, match=rf"VER003.*tag {code}"):
        archived.verify()


def test_a_tag_too_many_is_found(tmp_path, archive):
    archived = archive(geotiff(tmp_path / "a.tif", **GEO))
    archived.tags = [{code: value for code, value in archived.tags[0].items() if code != 33922}]

    with pytest.raises(RefusedSample, match=r"VER003.*33922 of directory 0: none"):
        archived.verify()


def test_tags_of_the_source_in_a_level_are_found(tmp_path, archive):
    archived = archive(geotiff(tmp_path / "a.tif", **GEO))
    with tifffile.TiffFile(archived.path) as tiff:
        entry = next(tag for tag in tiff.pages.first.pages[0].tags if tag.code == 339).offset
    content = bytearray(archived.path.read_bytes())
    content[entry : entry + 2] = struct.pack("<H", 42113)
    archived.path.write_bytes(content)

    with pytest.raises(RefusedSample, match="at full size only"):
        archived.verify()


@pytest.mark.parametrize(
    ("crs", "transform", "expected"),
    [
        ("EPSG:32633", NORTH_UP, 'PhysicalSizeX="10000000" PhysicalSizeXUnit="µm" PhysicalSizeY="10000000"'),
        ("EPSG:2263", NORTH_UP, 'PhysicalSizeX="3048006.09601219'),
        ("EPSG:32633", ROTATED, None),
        ("EPSG:4326", Affine(0.1, 0, 11, 0, -0.1, 48), None),
    ],
    ids=["metres", "feet", "rotated", "degrees"],
)
def test_a_pixel_has_a_size_where_the_map_has_a_length(tmp_path, archive, crs, transform, expected):
    archived = archive(geotiff(tmp_path / "a.tif", crs=crs, transform=transform))

    assert (expected or "<Pixels") in archived.ome_xml.decode()
    assert ("PhysicalSize" in archived.ome_xml.decode()) == bool(expected)


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["geotiff/rgb_geotiff.tiff", "copyleft/exiftool/GeoTiff.tif"])
def test_real_geotiffs_lie_where_they_lay(corpus, tmp_path, archive, name):
    source = tmp_path / Path(name).name
    shutil.copyfile(corpus / name, source)

    archived = archive(source)

    archived.verify()
    assert place(archived.path) == place(source)

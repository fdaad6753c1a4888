"""What the writer writes, the readers that other people have show sample for sample."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.archive_profile import OmeTiff
from fixative.image.display import pixels_per_cm
from fixative.image.ome_tiff import write_ome_tiff
from fixative.image.pyramid import halve
from fixative.ome.build import build_ome_xml, complete_for_tiff
from fixative.readers.opening import open_backend
from fixative.readers.options import ReaderOptions, Request
from ome_sources import NO_INVENTORY, ArraySource, no_dump
from tiff_readers import CONVERT, READERS, looked_at

FILE_UUID = "urn:uuid:8b6ea2a1-3a31-5d3c-9f8e-2d3d5a3f6c11"
SCALE = ["0.5", "0.25"]


def job(folder: Path, array, compression="deflate", **described):
    """Write a file with a pyramid; returns what a reader is asked of it."""
    source, path = ArraySource(array, **described), folder / "a.ome.tiff"
    xml = build_ome_xml(source, no_dump(), NO_INVENTORY).xml
    xml = xml.replace(b"<Pixels ", b'<Pixels PhysicalSizeX="250" PhysicalSizeXUnit="nm" PhysicalSizeY="0.5" ')
    xml = complete_for_tiff(xml, source.images, path.name, FILE_UUID)
    options = OmeTiff(tile_px=32, pyramid_min_px=40, compression=compression)
    written = write_ome_tiff(
        source, path, ome_xml=xml, options=options, threads=2, resolutions=pixels_per_cm(xml), advance=lambda *_: None
    )
    planes = [plane for t in array for channel in t for plane in channel]
    for number, plane in enumerate(planes):
        np.save(folder / f"{number}.npy", plane if plane.shape[2] > 1 else plane[..., 0])
    with tifffile.TiffFile(path) as tiff:
        offsets = [page.offset for page in tiff.pages]
    image = {
        "name": "one",
        "sizes": list(array.shape[:3]),
        "planes": [[plane.t, plane.c, plane.z] for plane in written.pixels.images[0].levels[0].planes],
        "levels": len(written.pixels.images[0].levels),
        "channels": [None] * array.shape[1],
        "scale_um": [None, *map(float, SCALE)],
    }
    return {
        "tiff": str(path),
        "pages": [str(folder / f"{number}.npy") for number in range(len(planes))],
        "palettes": [None] * len(planes),
        "white_is_zero": [described.get("photometric") == "miniswhite"] * len(planes),
        "offsets": offsets,
        "images": [image],
    }


def samples(dtype, shape=(2, 2, 3, 75, 91, 1)):
    random = np.random.default_rng(7).random(shape)
    low = 0.5 if np.dtype(dtype).kind in "if" else 0
    return random > 0.5 if dtype == "bool" else ((random - low) * 120).astype(dtype)


SCIENCE = ["tifffile", "tifffile-series", "bioio", "gdal"]
TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64", "bool"]


@pytest.mark.parametrize("dtype", [*TYPES, "complex64"])
@pytest.mark.parametrize("reader", SCIENCE)
def test_readers_of_science_show_every_type_and_every_plane_at_its_place(tmp_path, reader, dtype):
    verdict, note = looked_at(reader, job(tmp_path, samples(dtype)))

    assert (verdict, note.removeprefix("1 bit as uint8")) == ("identical", "")


@pytest.mark.parametrize("dtype", TYPES)
def test_bio_formats_shows_every_type_it_has_with_all_levels(tmp_path, dtype):
    verdict, note = looked_at("bioformats", job(tmp_path, samples(dtype)))

    assert (verdict, note.removeprefix("1 bit as uint8")) == ("identical", "")


def levels_in_bio_formats(path):
    reader = open_backend(Request(path, "ome_tiff", "bioformats", ReaderOptions()))
    info = reader.images[0]
    levels = info.levels or ((info.size_y, info.size_x),)
    places = np.ndindex(info.size_t, info.size_c, info.size_z)
    found = [
        reader.read_region(0, *place, 0, 0, *size, level=number)
        for place in places
        for number, size in enumerate(levels)
    ]
    reader.close()
    return found


def levels_in_tifffile(path):
    with tifffile.TiffFile(path) as tiff:
        return [level.asarray() for page in tiff.pages for level in (page, *(page.pages or ()))]


def levels_in_gdal(path):
    with tifffile.TiffFile(path) as tiff:
        offsets = [level.offset for page in tiff.pages for level in (page, *(page.pages or ()))]
    return list(READERS["gdal"]({"tiff": str(path), "offsets": offsets}))


ALL_LEVELS = {"bioformats": levels_in_bio_formats, "tifffile": levels_in_tifffile, "gdal": levels_in_gdal}


def wrong_levels(found, array, levels):
    """Numbers of the levels, plane by plane, that are not what the array has there."""
    expected = []
    for plane in array.reshape(-1, *array.shape[3:]):
        expected.append(plane)
        for _ in range(levels - 1):
            expected.append(halve(expected[-1], "nearest"))
    assert len(found) == len(expected)
    return [
        number
        for number, (seen, made) in enumerate(zip(found, expected, strict=True))
        if not np.array_equal(seen.reshape(made.shape).astype(bool), made)
    ]


# High and narrow: strips too small for Bio-Formats to know their rows in, the last one above all.
BITS = [(75, 1), (75, 7), (75, 64), (75, 91), (75, 100), (75, 513), (1026, 513), (37, 4), (300, 3), (70, 12, 3)]


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
@pytest.mark.parametrize("shape", BITS)
@pytest.mark.parametrize("reader", ALL_LEVELS)
def test_readers_show_bits_of_any_width_at_every_level(tmp_path, reader, shape):
    array = samples("bool", (1, 2, 2, *shape, *([1] if len(shape) == 2 else [])))
    asked = job(tmp_path, array, photometric="minisblack" if len(shape) == 2 else "rgb")

    found = ALL_LEVELS[reader](Path(asked["tiff"]))

    assert wrong_levels(found, array, asked["images"][0]["levels"]) == []


@pytest.mark.parametrize("compression", ["lzw", "zstd", "none"])
def test_bio_formats_shows_bits_in_strips_of_every_codec(tmp_path, compression):
    array = samples("bool", (1, 1, 2, 75, 91, 1))
    asked = job(tmp_path, array, compression=compression)

    found = levels_in_bio_formats(Path(asked["tiff"]))

    assert wrong_levels(found, array, asked["images"][0]["levels"]) == []


def test_bio_formats_shows_a_part_of_bits_in_strips(tmp_path):
    array = samples("bool", (1, 1, 1, 75, 91, 1))
    job(tmp_path, array)
    reader = open_backend(Request(tmp_path / "a.ome.tiff", "ome_tiff", "bioformats", ReaderOptions()))

    part = reader.read_region(0, 0, 0, 0, 29, 13, 40, 50)

    reader.close()
    assert np.array_equal(part.astype(bool), array[0, 0, 0, 29:69, 13:63, 0])


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("reader", [*SCIENCE, "bioformats"])
def test_colour_is_shown_as_colour(tmp_path, reader, dtype):
    asked = job(tmp_path, samples(dtype, (1, 1, 2, 75, 91, 3)), photometric="rgb")

    assert looked_at(reader, asked) == ("identical", "")


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "bool"])
def test_pillow_shows_every_page(tmp_path, dtype):
    assert looked_at("pillow", job(tmp_path, samples(dtype))) == ("identical", "")


def test_openslide_shows_colour(tmp_path):
    asked = job(tmp_path, samples("uint8", (1, 1, 1, 38, 39, 3)), photometric="rgb")

    assert looked_at("openslide", asked) == ("identical", "with alpha; ")


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "float32"])
def test_libvips_shows_every_page(tmp_path, dtype):
    _ = shutil.which("vips") or pytest.skip("no libvips on this host")

    assert looked_at("libvips", job(tmp_path, samples(dtype))) == ("identical", "")


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_imagemagick_shows_every_page(tmp_path, dtype):
    _ = Path(CONVERT).exists() or pytest.skip("no ImageMagick on this host")

    assert looked_at("imagemagick", job(tmp_path, samples(dtype))) == ("identical", "")


@pytest.mark.parametrize("reader", ["bioformats", "pillow"])
def test_readers_that_show_pictures_take_0_for_white_where_the_file_says_so(tmp_path, reader):
    asked = job(tmp_path, samples("uint8"), photometric="miniswhite")

    verdict, note = looked_at(reader, asked)

    assert (verdict, note) == ("identical", "white is 0, shown so; ")


def test_floats_of_which_0_is_white_are_left_as_they_are(tmp_path):
    asked = job(tmp_path, samples("float32", (2, 2, 3, 75, 96, 1)), photometric="miniswhite")

    assert looked_at("bioformats", asked) == ("identical", "")


def test_a_reader_that_shows_other_samples_is_seen(tmp_path):
    asked = job(tmp_path, samples("uint16"))
    np.save(asked["pages"][5], np.load(asked["pages"][4]))

    assert looked_at("tifffile", asked) == ("other", "page 6: other values (uint16)")


def test_a_reader_that_shows_another_scale_is_seen(tmp_path):
    asked = job(tmp_path, samples("uint16"))
    asked["images"][0]["scale_um"] = [None, 0.5, 250.0]

    assert looked_at("bioio", asked) == ("other", "page 0: scale 0.25 for 250.0")


def test_every_reader_named_in_the_issue_is_asked():
    assert {"bioformats", "bioio", "aicsimageio", "tifffile", "libvips", "openslide", "gdal"} < set(READERS)
    assert {"imagemagick", "opencv", "pillow"} < set(READERS)


@pytest.mark.parametrize(
    "absent", [{(0, 1, 2)}, {(0, 0, 0), (1, 1, 0), (1, 1, 1)}], ids=["one plane", "first and last"]
)
def test_bio_formats_finds_each_plane_at_its_place_where_some_were_never_taken(tmp_path, absent):
    array = np.random.default_rng(5).integers(1, 4000, (2, 2, 3, 40, 50, 1), dtype=np.uint16)
    job(tmp_path, array, absent=frozenset(absent))

    reader = open_backend(Request(tmp_path / "a.ome.tiff", "ome_tiff", "bioformats", ReaderOptions()))

    info = reader.images[0]
    seen = {
        (t, c, z): reader.read_region(0, t, c, z, 0, 0, 40, 50) for t in range(2) for c in range(2) for z in range(3)
    }
    reader.close()
    expected = {
        place: np.zeros_like(plane) if place in absent else array[place][..., 0] for place, plane in seen.items()
    }
    assert (info.size_t, info.size_c, info.size_z, info.samples) == (2, 2, 3, 1)
    assert [place for place in seen if not np.array_equal(seen[place], expected[place])] == []

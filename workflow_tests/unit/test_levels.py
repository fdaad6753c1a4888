"""Levels of resolution: how many, of what size, and whose pixels; and what the archived file says of them."""

from pathlib import Path

import lxml.etree
import numpy as np
import pytest
import tifffile

from fixative.archive_profile import OmeTiff
from fixative.image.levels import levels_of, told_levels
from fixative.image.ome_tiff import write_ome_tiff
from fixative.image.pyramid import halve, level_sizes
from fixative.ome.complete import complete_for_tiff
from fixative.readers.protocol import ImageInfo
from fixative.verify.tiff import read_ome_tiff

RANDOM = np.random.default_rng(5)


class LevelledReader:
    """A source in memory whose levels are other pixels than a mean would give."""

    backend = library = "array"
    version = "1"

    def __init__(self, *levels, **described):
        self.levels = levels
        sizes = tuple(level.shape[:2] for level in levels)
        samples = levels[0].shape[2] if levels[0].ndim == 3 else 1
        dtype = str(levels[0].dtype)
        self.images = [ImageInfo(0, None, 1, 1, 1, *sizes[0], samples, dtype, levels=sizes, **described)]

    def read_region(self, image, t, c, z, y, x, height, width, level=0):
        return np.ascontiguousarray(self.levels[level][y : y + height, x : x + width])


def noise(*shape):
    return RANDOM.integers(0, 4000, shape, dtype=np.uint16)


def write(path: Path, reader, **options):
    return write_ome_tiff(
        reader,
        path,
        ome_xml=b"<OME/>",
        options=OmeTiff(**{"tile_px": 64, "pyramid_min_px": 80, **options}),
        threads=2,
        resolutions=[None],
        advance=lambda planes, size: None,
    )


def levels_in(path: Path):
    with tifffile.TiffFile(path) as tiff:
        return [page.asarray() for page in (tiff.pages[0], *tiff.pages[0].pages)]


def test_a_number_of_levels_is_what_it_says():
    assert len(level_sizes(1000, 900, min_px=512, count=1)) == 1
    assert len(level_sizes(1000, 900, min_px=512, count=5)) == 5


def test_a_number_of_levels_ends_where_no_pixel_is_left():
    assert level_sizes(9, 4, min_px=512, count=20) == [(9, 4), (4, 2), (2, 1)]


def test_the_size_of_a_source_s_level_is_taken_where_it_is_a_half_rounded_up():
    assert level_sizes(301, 205, min_px=100, native=[(151, 103)]) == [(301, 205), (151, 103), (75, 51)]


def test_levels_of_the_source_are_kept_when_asked(tmp_path):
    source = LevelledReader(noise(301, 205), noise(151, 103))

    written = write(tmp_path / "a.tif", source, pyramid_from_source=True)

    found = levels_in(tmp_path / "a.tif")
    assert np.array_equal(found[1], source.levels[1])
    assert np.array_equal(found[2], halve(source.levels[1], "mean 2x2"))
    assert [level.from_source for level in written.pixels.images[0].levels] == [False, True, False]
    assert written.pixels.images[0].downsampling == "mean 2x2"


def test_levels_are_made_unless_asked(tmp_path):
    source = LevelledReader(noise(300, 200), noise(150, 100))

    written = write(tmp_path / "a.tif", source)

    assert np.array_equal(levels_in(tmp_path / "a.tif")[1], halve(source.levels[0], "mean 2x2"))
    assert not any(level.from_source for level in written.pixels.images[0].levels)


def test_a_level_of_a_quarter_is_taken_and_the_half_between_is_made(tmp_path):
    source = LevelledReader(noise(320, 240), noise(80, 60))

    written = write(tmp_path / "a.tif", source, pyramid_from_source=True)

    found = levels_in(tmp_path / "a.tif")
    assert np.array_equal(found[1], halve(source.levels[0], "mean 2x2"))
    assert np.array_equal(found[2], source.levels[1])
    assert [level.from_source for level in written.pixels.images[0].levels] == [False, False, True]


def test_a_level_of_another_factor_is_not_taken(tmp_path):
    source = LevelledReader(noise(300, 210), noise(100, 70))

    written = write(tmp_path / "a.tif", source, pyramid_from_source=True)

    assert not any(level.from_source for level in written.pixels.images[0].levels)


@pytest.mark.parametrize("missing", [(), ((0, 0, 0),)])
def test_what_is_taken_from_the_source_is_verified_like_the_rest(tmp_path, missing):
    source = LevelledReader(noise(301, 205), noise(151, 103))
    source.images = [ImageInfo(**{**vars(source.images[0]), "size_z": 2, "absent": frozenset(missing)})]

    written = write(tmp_path / "a.tif", source, pyramid_from_source=True)

    codes = {problem.code for problem in read_ome_tiff(tmp_path / "a.tif", written.pixels).problems}
    assert "VER001" not in codes


def test_a_made_up_pixel_in_a_level_of_the_source_is_found(tmp_path):
    source = LevelledReader(noise(301, 205), noise(151, 103))
    written = write(tmp_path / "a.tif", source, pyramid_from_source=True)
    other = LevelledReader(source.levels[0], source.levels[1] + 1)
    (tmp_path / "a.tif").unlink()
    write(tmp_path / "a.tif", other, pyramid_from_source=True)

    problems = read_ome_tiff(tmp_path / "a.tif", written.pixels).problems

    assert any(problem.code == "VER001" and "level 1" in problem.message for problem in problems)


@pytest.mark.parametrize(("categorical", "word"), [(False, "mean of 2 x 2"), (True, "upper left")])
def test_the_ome_xml_says_how_levels_were_made(categorical, word):
    image = ImageInfo(0, None, 1, 1, 1, 1100, 900, 1, "uint8", categorical=categorical)
    document = (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels ID="Pixels:0" '
        'DimensionOrder="XYZCT" Type="uint8" SizeX="900" SizeY="1100" SizeZ="1" SizeC="1" SizeT="1">'
        '<Channel ID="Channel:0:0"/><MetadataOnly/></Pixels></Image></OME>'
    )
    uuid = "urn:uuid:00000000-0000-5000-8000-000000000000"

    told = told_levels(levels_of(image, OmeTiff()))
    completed = complete_for_tiff(document.encode(), [image], "a.ome.tiff", uuid, [told])

    annotation = lxml.etree.fromstring(completed).find(".//{*}MapAnnotation")
    assert annotation.get("Namespace") == "urn:fixative:resolution-levels"
    assert word in annotation.findtext("{*}Value/{*}M[@K='made by']")


def test_one_level_is_not_spoken_of():
    image = ImageInfo(0, None, 1, 1, 1, 1100, 900, 1, "uint8")

    assert told_levels(levels_of(image, OmeTiff(pyramid=False))) == {}

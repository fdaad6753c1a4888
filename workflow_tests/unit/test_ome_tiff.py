"""The writer: what it writes is read back, by tifffile, as the very same pixels."""

import hashlib
import resource
from pathlib import Path

import numpy as np
import pytest
import tifffile

from fixative.archive_profile import OmeTiff
from fixative.findings import RefusedSample
from fixative.image.codec import strip_rows
from fixative.image.ome_tiff import write_ome_tiff
from fixative.image.pyramid import halve, level_sizes
from fixative.readers.protocol import ImageInfo


class ArrayReader:
    """A source in memory; axes T, C, Z, Y, X and samples."""

    backend = library = "array"
    version = "1"

    def __init__(self, *arrays, **described):
        self.arrays = [array if array.ndim == 6 else array[..., np.newaxis] for array in arrays]
        self.images = [
            ImageInfo(number, None, *array.shape, str(array.dtype), **described)
            for number, array in enumerate(self.arrays)
        ]

    def read_region(self, image, t, c, z, y, x, height, width):
        region = self.arrays[image][t, c, z, y : y + height, x : x + width]
        return region if region.shape[-1] > 1 else region[..., 0]


def write(path: Path, reader, **options):
    return write_ome_tiff(
        reader,
        path,
        ome_xml=b"<OME/>",
        options=OmeTiff(**options),
        threads=2,
        resolutions=[None for _ in reader.images],
        advance=lambda planes, size: None,
    )


def values(dtype: str, shape):
    random = np.random.default_rng(7).random(shape)
    return random > 0.5 if dtype == "bool" else ((random - 0.3) * 90).astype(dtype)


NO_NEGATIVES = pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")


@NO_NEGATIVES
@pytest.mark.parametrize("compression", ["deflate", "lzw", "zstd", "jpeg2000", "none"])
@pytest.mark.parametrize(
    "dtype",
    [
        "uint8",
        "int8",
        "uint16",
        "int16",
        "uint32",
        "int32",
        "float32",
        "float64",
        "bool",
        "complex64",
        "complex128",
    ],
)
def test_every_type_and_codec_comes_back_as_it_was(tmp_path, dtype, compression):
    source = values(dtype, (2, 2, 1, 75, 91))

    write(tmp_path / "a.tif", ArrayReader(source), compression=compression, tile_px=32, pyramid_min_px=16)

    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        found = np.stack([page.asarray() for page in tiff.pages])
    assert found.dtype == source.dtype
    assert np.array_equal(found, source.reshape(4, 75, 91))


@pytest.mark.parametrize("samples", [3, 4])
def test_colour_stays_colour(tmp_path, samples):
    source = values("uint8", (1, 1, 1, 40, 50, samples))

    write(tmp_path / "a.tif", ArrayReader(source, photometric="rgb"))

    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        page = tiff.pages[0]
        assert page.photometric == tifffile.PHOTOMETRIC.RGB
        assert np.array_equal(page.asarray(), source[0, 0, 0])


def test_a_palette_is_kept_and_its_indices_are_never_averaged(tmp_path):
    palette = np.arange(768, dtype=np.uint16).reshape(3, 256)
    source = values("uint8", (1, 1, 1, 64, 64))

    written = write(
        tmp_path / "a.tif", ArrayReader(source, photometric="palette", palette=palette), pyramid_min_px=32
    )

    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert np.array_equal(tiff.pages[0].colormap, palette)
        assert np.array_equal(tiff.pages[0].pages[0].asarray(), source[0, 0, 0, ::2, ::2])
    assert written.pixels.images[0].downsampling == "nearest"


def test_levels_are_subifds_of_each_page_with_factor_two(tmp_path):
    source = values("uint16", (1, 2, 2, 301, 205))

    write(tmp_path / "a.tif", ArrayReader(source), tile_px=64, pyramid_min_px=80)

    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert [[level.shape for level in page.pages] for page in tiff.pages] == [[(150, 102), (75, 51)]] * 4
        assert {level.tags[254].value for page in tiff.pages for level in page.pages} == {1}
        expected = halve(halve(source[0, 1, 1], "mean 2x2"), "mean 2x2")
        assert np.array_equal(tiff.pages[3].pages[1].asarray(), expected)


def test_bits_are_stored_in_strips_at_each_level_whose_rows_end_within_a_byte(tmp_path):
    source = values("bool", (1, 1, 1, 75, 208))

    write(tmp_path / "a.tif", ArrayReader(source), tile_px=32, pyramid_min_px=30)

    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        levels = [tiff.pages[0], *tiff.pages[0].pages]
    assert [(level.shape[1], level.is_tiled) for level in levels] == [
        (208, True),
        (104, True),
        (52, False),
        (26, False),
    ]
    assert [sorted({273, 278, 279, 322, 323, 324, 325}.intersection(level.tags.keys())) for level in levels] == [
        [322, 323, 324, 325],
        [322, 323, 324, 325],
        [273, 278, 279],
        [273, 278, 279],
    ]
    assert levels[2].rowsperstrip == 18


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "complex64"])
def test_all_but_bits_are_stored_in_tiles_whatever_their_width(tmp_path, dtype):
    write(tmp_path / "a.tif", ArrayReader(values(dtype, (1, 1, 1, 75, 91))), tile_px=32, pyramid_min_px=30)

    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert [level.is_tiled for level in (tiff.pages[0], *tiff.pages[0].pages)] == [True] * 3


@NO_NEGATIVES
@pytest.mark.parametrize("shape", [(1026, 513), (37, 4), (999, 3), (1, 9), (513, 1), (20, 12, 3), (75, 91, 4)])
def test_bits_in_strips_of_any_height_come_back_as_they_were(tmp_path, shape):
    source = values("bool", (1, 1, 1, *shape))

    written = write(tmp_path / "a.tif", ArrayReader(source), tile_px=32, pyramid_min_px=16)

    level = written.pixels.images[0].levels[-1]
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        pages = [tiff.pages[0], *(tiff.pages[0].pages or ())]
        assert np.array_equal(pages[0].asarray(), source[0, 0, 0])
        factor = 2 ** (len(pages) - 1)
        smallest = source[0, 0, 0, ::factor, ::factor][: level.size_y, : level.size_x]
        assert np.array_equal(pages[-1].asarray(), smallest)


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        ((75, 91, 1), 32),
        ((64, 91, 1), 32),
        ((75, 96, 1), 0),
        ((75, 12, 2), 0),
        # A last strip of one row is read right; of 2 and 5 rows it has fewer bits than a row and a column have.
        ((1025, 513, 1), 32),
        ((1026, 513, 1), 1),
        ((37, 4, 1), 1),
        ((38, 4, 1), 32),
        ((5000, 1, 1), 1),
        ((75, 91, 3), 1),
    ],
)
def test_a_strip_has_no_fewer_bits_than_bio_formats_needs_or_is_one_row(shape, rows):
    assert strip_rows("bool", *shape[:2], samples=shape[2], tile_px=32) == rows


def test_a_plane_digest_can_be_recomputed_with_numpy_alone(tmp_path):
    source = values("int16", (1, 1, 2, 70, 33))

    written = write(tmp_path / "a.tif", ArrayReader(source), tile_px=16)

    plane = source[0, 0, 1].astype("<i2")
    expected = hashlib.sha256(b"fixative-plane-1 int16 70 33 1\n" + plane.tobytes()).hexdigest()
    assert written.pixels.images[0].levels[0].planes[1].sha256 == expected


def test_the_same_source_gives_the_same_bytes(tmp_path):
    source = values("uint16", (1, 3, 2, 300, 200))

    first = write(tmp_path / "a.tif", ArrayReader(source), tile_px=64)
    second = write(tmp_path / "b.tif", ArrayReader(source), tile_px=64)

    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()
    assert first.pixels == second.pixels


def test_a_reader_that_does_not_deliver_what_it_described_is_refused_and_leaves_nothing(tmp_path):
    reader = ArrayReader(values("uint16", (1, 1, 1, 40, 40)))
    reader.images[0] = ImageInfo(0, None, 1, 1, 1, 60, 40, 1, "uint16")

    with pytest.raises(RefusedSample) as refused:
        write(tmp_path / "a.tif", reader)

    assert refused.value.code == "CNV003"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("limit", "header"), [(10_000, b"II+\0"), (100_000, b"II*\0")])
def test_bigtiff_is_written_when_the_file_may_pass_the_limit_of_classic_tiff(tmp_path, monkeypatch, limit, header):
    monkeypatch.setattr("fixative.image.ome_tiff.CLASSIC_LIMIT", limit)

    write(tmp_path / "a.tif", ArrayReader(values("uint16", (1, 1, 1, 100, 100))), tile_px=16)

    assert (tmp_path / "a.tif").read_bytes()[:4] == header


def test_memory_does_not_grow_with_the_height_of_the_image(tmp_path):
    class Tall(ArrayReader):
        def read_region(self, image, t, c, z, y, x, height, width):
            return np.full((height, width), y % 251, np.uint16)

    reader = Tall(np.zeros((1, 1, 1, 1, 1), np.uint16))
    reader.images = [ImageInfo(0, None, 1, 1, 1, 4_096, 4_096, 1, "uint16")]
    write(tmp_path / "a.tif", reader)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reader.images = [ImageInfo(0, None, 1, 1, 1, 65_536, 4_096, 1, "uint16")]

    write(tmp_path / "b.tif", reader)

    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 16_000


def test_a_plane_that_was_never_taken_is_recorded_as_absent_and_a_blank_page_stands_for_it(tmp_path):
    source = values("uint16", (2, 1, 2, 20, 30))
    reader = ArrayReader(source, absent=frozenset({(0, 0, 1)}))

    written = write(tmp_path / "a.tif", reader)

    image = written.pixels.images[0]
    assert image.absent == ((0, 0, 1),)
    assert [(plane.t, plane.c, plane.z) for plane in image.levels[0].planes] == [
        (0, 0, 0),
        (1, 0, 0),
        (1, 0, 1),
    ]
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        pages = np.stack([page.asarray() for page in tiff.pages])
    assert np.array_equal(pages[:3], source[[0, 1, 1], 0, [0, 0, 1]])
    assert pages.shape[0] == 4
    assert not pages[3].any()


@pytest.mark.parametrize(
    ("size", "levels"),
    [
        ((512, 512), [(512, 512)]),
        ((513, 100), [(513, 100), (256, 50)]),
        ((5000, 1), [(5000, 1)]),
        ((1029, 777), [(1029, 777), (514, 388), (257, 194)]),
    ],
)
def test_levels_are_added_until_the_longer_edge_is_short_enough(size, levels):
    assert level_sizes(*size, min_px=512) == levels


def test_the_mean_of_integers_is_rounded_half_up():
    rows = np.array([[1, 2, 65535, 65535], [1, 2, 65535, 65535]], np.uint16)

    assert halve(rows, "mean 2x2").tolist() == [[2, 65535]]

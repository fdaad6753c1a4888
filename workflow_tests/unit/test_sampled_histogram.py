"""Histograms of source and archive: the same samples of both, counted from what goes by."""

from pathlib import Path

import numpy as np
import pytest
from test_ome_tiff import ArrayReader, write

from fixative.sampled_histogram import MOST_CHANNELS, MOST_PLANES, SAMPLES, Sampler
from fixative.verify.tiff import read_ome_tiff


def sampled(planes: dict[tuple[int, int, int], np.ndarray], band: int = 1000) -> Sampler:
    """See planes in bands of rows, from the top down."""
    sampler = Sampler()
    size_y, size_x = next(iter(planes.values())).shape[:2]
    sampler.image(0, size_y, size_x, planes)
    [
        sampler.see(0, place, first, plane[first : first + band])
        for place, plane in planes.items()
        for first in range(0, size_y, band)
    ]
    return sampler


def test_every_sample_of_a_small_image_is_counted() -> None:
    plane = np.arange(64, dtype=np.uint8).reshape(8, 8)

    channel = sampled({(0, 0, 0): plane}).histogram("x").channels[0]

    assert (channel.step, channel.samples, channel.minimum, channel.maximum) == (1, 64, 0, 63)
    assert channel.counts == (1,) * 64


@pytest.mark.parametrize("band", [1, 7, 512, 5000])
def test_the_same_samples_are_taken_whatever_the_bands(band: int) -> None:
    plane = np.random.default_rng(1).integers(0, 60_000, (1537, 1111), np.uint16)

    taken = sampled({(0, 0, 0): plane}, band).histogram("x")

    assert taken == sampled({(0, 0, 0): plane}).histogram("x")
    assert taken.channels[0].step == 6


def test_a_large_stack_costs_no_more_than_a_few_samples() -> None:
    plane = np.zeros((400, 500), np.uint8)

    channel = sampled({(t, 0, 0): plane for t in range(50)}).histogram("x").channels[0]

    assert (channel.planes, channel.planes_of) == (13, 50)
    assert channel.planes <= MOST_PLANES
    assert channel.samples <= 1.2 * SAMPLES


def test_each_sample_of_a_pixel_has_its_own() -> None:
    plane = np.dstack([np.full((4, 4), value, np.uint8) for value in (1, 2, 3)])

    channels = sampled({(0, 0, 0): plane}).histogram("x").channels

    assert [(one.sample, one.minimum) for one in channels] == [(0, 1), (1, 2), (2, 3)]


def test_of_many_channels_the_first_are_looked_at() -> None:
    plane = np.zeros((2, 2), np.uint8)

    found = sampled({(0, c, 0): plane for c in range(50)}).histogram("x")

    assert (len(found.channels), found.channels_of) == (MOST_CHANNELS, 50)


@pytest.mark.parametrize(
    ("plane", "ends", "samples"),
    [
        (np.array([[np.nan, 1.5], [np.inf, -2]], np.float32), (-2, 1.5), 2),
        (np.array([[np.nan, np.nan]]), (0, 0), 0),
        (np.array([[-1.7e308, 1.7e308, 0]]), (-1.7e308, 1.7e308), 3),
        (np.array([[5e-324, 0.0]]), (0, 5e-324), 2),
        (np.array([[3 + 4j, 0]], np.complex64), (0, 5), 2),
        (np.array([[True, False, True]]), (0, 1), 3),
        (np.array([[7, 7]], np.int32), (7, 7), 2),
    ],
)
def test_any_type_is_counted(plane: np.ndarray, ends: tuple[float, float], samples: int) -> None:
    channel = sampled({(0, 0, 0): plane}).histogram("x").channels[0]

    assert (channel.minimum, channel.maximum) == ends
    assert (channel.samples, sum(channel.counts)) == (samples, samples)


def test_a_plane_that_was_not_chosen_is_passed_over() -> None:
    sampler = sampled({(0, 0, 0): np.zeros((2, 2), np.uint8)})

    sampler.see(0, (9, 9, 9), 0, np.ones((2, 2), np.uint8))
    sampler.see(5, (0, 0, 0), 0, np.ones((2, 2), np.uint8))

    assert sampler.histogram("x").channels[0].maximum == 0


def test_what_is_written_and_what_is_read_back_are_counted_alike(tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(0, 4000, (2, 2, 3, 700, 600, 1), np.uint16)
    path = tmp_path / "A.ome.tiff"
    written = write(path, ArrayReader(values), tile_px=256)
    read_back = Sampler()
    image = written.pixels.images[0]
    read_back.image(0, 700, 600, [(plane.t, plane.c, plane.z) for plane in image.levels[0].planes])

    read_ome_tiff(path, written.pixels, look=read_back.see)

    assert read_back.histogram("x") == written.sampler.histogram("x")
    assert [one.planes for one in read_back.histogram("x").channels] == [6, 6]

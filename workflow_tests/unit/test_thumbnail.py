"""A thumbnail shows what is there, whatever the type of its values, and carries nothing else."""

import struct
import tracemalloc
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from fixative.image.thumbnail import make_thumbnail

RAMP = np.arange(64 * 64).reshape(64, 64)


def drawn(content: bytes) -> npt.NDArray[np.uint8]:
    """Pixels of a PNG."""
    return np.asarray(Image.open(BytesIO(content)))


def chunks(content: bytes) -> list[bytes]:
    """Names of the chunks of a PNG, in order."""
    names, position = [], 8
    while position < len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        names.append(content[position + 4 : position + 8])
        position += 12 + length
    return names


@pytest.mark.parametrize(
    "dtype",
    ["uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64"],
)
def test_every_numeric_type_is_stretched_over_black_to_white(dtype: str) -> None:
    plane = (RAMP / RAMP.max() * 120).astype(dtype)

    picture = drawn(make_thumbnail([plane], [None]))

    assert (picture.min(), picture.max()) == (0, 255)


def test_truth_values_are_black_and_white() -> None:
    picture = drawn(make_thumbnail([RAMP > 2000], [None]))

    assert set(np.unique(picture)) == {0, 255}


def test_complex_values_are_shown_by_their_magnitude() -> None:
    phase = np.exp(1j * RAMP)

    picture = make_thumbnail([(RAMP * phase).astype("complex128")], [None])

    assert np.abs(drawn(picture).astype(int) - drawn(make_thumbnail([RAMP], [None]))).max() <= 1


def test_values_that_are_not_finite_are_black_and_spoil_nothing() -> None:
    plane = RAMP.astype("float32")
    plane[:8, :8], plane[0, 9], plane[0, 10] = np.nan, np.inf, -np.inf

    picture = drawn(make_thumbnail([plane], [None]))

    assert picture[:8, :8].max() == 0
    assert picture[-1, -1].max() == 255


def test_a_hole_does_not_darken_what_surrounds_it_when_shrunk() -> None:
    plane = np.full((100, 100), 500.0)
    plane[:50] = 100.0
    plane[51::2, 1::2] = np.nan

    picture = drawn(make_thumbnail([plane], [None], size_px=10))

    assert picture[9].min() == 255


@pytest.mark.parametrize("value", [0, 7, np.nan, np.inf, 1e308])
def test_a_constant_image_is_even(value: float) -> None:
    picture = drawn(make_thumbnail([np.full((300, 300), value)], [None]))

    assert np.unique(picture).size == 1


def test_an_even_channel_lies_over_the_others_as_no_veil() -> None:
    picture = drawn(make_thumbnail([RAMP, np.full_like(RAMP, 9)], [(0, 255, 0), (255, 0, 0)]))

    assert picture[..., 0].max() == 0


def test_a_few_bright_points_on_an_even_ground_are_seen() -> None:
    plane = np.zeros((256, 256), "uint16")
    plane[100, 100] = 1

    assert drawn(make_thumbnail([plane], [None]))[100, 100].max() == 255


def test_single_hot_pixels_do_not_darken_the_image() -> None:
    plane = (RAMP % 100).astype("uint16")
    plane[0, 0] = 65535

    assert np.median(drawn(make_thumbnail([plane], [None]))) > 100


def test_small_differences_on_a_large_offset_are_seen() -> None:
    plane = 1e9 + np.add.outer(np.arange(600), np.arange(600)) * 0.01

    picture = drawn(make_thumbnail([plane], [None]))

    assert np.unique(picture[..., 0]).size > 200


def test_channels_are_added_in_their_colours() -> None:
    left, right = np.zeros((16, 16)), np.zeros((16, 16))
    left[:, :10], right[:, 6:] = 1, 1

    picture = drawn(make_thumbnail([left, right], [(255, 0, 0), (0, 255, 255)]))

    assert [tuple(picture[0, x]) for x in (0, 8, 15)] == [(255, 0, 0), (255, 255, 255), (0, 255, 255)]


@pytest.mark.parametrize("colours", [[], [None, None], [(255, 255, 255)] * 2, [(0, 0, 0)] * 2])
def test_several_channels_without_colours_of_their_own_are_told_apart(
    colours: list[tuple[int, int, int] | None],
) -> None:
    picture = drawn(make_thumbnail([RAMP, RAMP.max() - RAMP], colours))

    assert tuple(picture[0, 0]) != tuple(picture[-1, -1])


def test_a_single_channel_without_a_colour_is_grey() -> None:
    picture = drawn(make_thumbnail([RAMP], [None]))

    assert (picture[..., 0] == picture[..., 1]).all()
    assert (picture[..., 1] == picture[..., 2]).all()


def test_rgb_of_eight_bits_is_shown_as_it_is() -> None:
    image = np.random.default_rng(1).integers(60, 190, (40, 50, 3)).astype("uint8")

    assert (drawn(make_thumbnail(image, [])) == image).all()
    assert (drawn(make_thumbnail([image], [None])) == image).all()


def test_a_fourth_sample_is_not_drawn() -> None:
    image = np.zeros((8, 8, 4), "uint8")
    image[..., :3] = 99

    assert (drawn(make_thumbnail(image, [])) == 99).all()


def test_rgb_of_sixteen_bits_keeps_its_hue() -> None:
    image = np.zeros((8, 8, 3), "uint16")
    image[:4] = (4000, 2000, 0)

    assert tuple(drawn(make_thumbnail(image, []))[0, 0]) == (255, 128, 0)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((512, 512), (256, 256)),
        ((1000, 300), (77, 256)),
        ((3, 9000), (256, 1)),
        ((257, 255), (254, 256)),
        ((5, 7), (7, 5)),
    ],
)
def test_the_longest_side_fits_and_nothing_is_enlarged(shape: tuple[int, int], size: tuple[int, int]) -> None:
    picture = Image.open(BytesIO(make_thumbnail([np.ones(shape)], [None], size_px=256)))

    assert picture.size == size


def test_areas_are_averaged_not_sampled() -> None:
    plane = np.zeros((1024, 1024), "uint8")
    plane[:, :512] = np.indices((1024, 512)).sum(axis=0) % 2 * 200
    plane[:, 512:] = 200

    picture = drawn(make_thumbnail([plane], [None], size_px=64))

    assert np.unique(picture[:, :31]).size == 1
    assert picture[0, 0, 0] < picture[0, -1, 0]


def test_strips_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    plane = np.random.default_rng(2).normal(size=(777, 1333))
    whole = make_thumbnail([plane], [None])

    monkeypatch.setattr("fixative.image.thumbnail.STRIP_PX", 5000)

    assert make_thumbnail([plane], [None]) == whole


def test_a_large_plane_costs_no_copy_of_itself() -> None:
    plane = np.zeros((8000, 8000), "uint8")
    tracemalloc.start()

    make_thumbnail([plane], [None])

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < plane.nbytes


def test_the_same_input_gives_the_same_bytes_and_no_metadata() -> None:
    first, second = (make_thumbnail([RAMP, RAMP.T], [None, None]) for _ in range(2))

    assert first == second
    assert set(chunks(first)) == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize("planes", [[], [np.zeros((0, 5))], [np.zeros(5)]])
def test_nothing_to_draw_is_an_error(planes: list[npt.NDArray[np.float64]]) -> None:
    with pytest.raises(ValueError, match="thumbnail"):
        make_thumbnail(planes, [])

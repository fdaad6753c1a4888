"""The legend of a thumbnail: which image, how large its pixels are, which channel in which colour."""

from pathlib import Path

import numpy as np
import pytest
from test_ome_tiff import ArrayReader, write

from fixative.image.picture import Picture, picture_of

OME = (
    b'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image><Pixels>'
    b'<Channel Name="DAPI"/><Channel/></Pixels></Image></OME>'
)


def legend(tmp_path: Path, shape: tuple[int, ...], *, kind: str = "image", per_cm: object = None) -> Picture:
    written = write(tmp_path / "A.ome.tiff", ArrayReader(np.zeros(shape, np.uint8), kind=kind))
    return picture_of(written, OME, [(0, 0, 255)], [per_cm])  # type: ignore[list-item]


def test_channels_stand_with_their_names_and_the_colours_that_are_drawn(tmp_path: Path) -> None:
    picture = legend(tmp_path, (1, 2, 1, 8, 8))

    assert [(one.name, one.colour) for one in picture.channels] == [("DAPI", (0, 0, 255)), (None, (0, 255, 0))]


@pytest.mark.parametrize(("per_cm", "um"), [((20_000.0, 10_000.0), 0.5), (None, None)])
def test_the_width_of_a_pixel_is_told_where_it_is_known(
    tmp_path: Path, per_cm: tuple[float, float] | None, um: float | None
) -> None:
    picture = legend(tmp_path, (1, 1, 1, 8, 30), per_cm=per_cm)

    assert (picture.image, picture.size_x, picture.um_per_px) == (0, 30, um)


def test_a_picture_in_true_colours_has_no_channels(tmp_path: Path) -> None:
    assert legend(tmp_path, (1, 1, 1, 8, 8, 3)).channels == ()


def test_of_a_label_nothing_is_told(tmp_path: Path) -> None:
    assert legend(tmp_path, (1, 1, 1, 8, 8), kind="label") == Picture(image=None)

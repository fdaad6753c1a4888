"""Mosaics with gaps: what no tile covers was never imaged, and the record says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixative.ome.annotate import UNIMAGED_NAMESPACE, annotate_axes
from fixative.pixel_models import ImagePixels
from fixative.readers.czi.mosaic import tile_tree, uncovered_px
from fixative.readers.opening import open_backend
from fixative.readers.options import Request
from fixative.xml_tree import parse_xml

PLANE = (("C", 0), ("T", 0))


def test_gaps_are_counted_and_overlaps_are_not_counted_twice():
    tiles = {PLANE: [(0, 0, 10, 10), (5, 5, 10, 10), (30, 0, 10, 15)]}

    assert uncovered_px((0, 0, 40, 15), tiles) == 40 * 15 - (100 + 100 - 25) - 150


def test_the_plane_that_lacks_most_is_told():
    other = (("C", 1), ("T", 0))

    assert uncovered_px((0, 0, 20, 10), {PLANE: [(0, 0, 20, 10)], other: [(0, 0, 5, 10)]}) == 150


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 12), st.integers(1, 12)),
        min_size=1,
        max_size=12,
    )
)
def test_any_layout_is_counted_as_by_painting_it(tiles):
    canvas = np.zeros((50, 50), bool)
    for x, y, width, height in tiles:
        canvas[y : y + height, x : x + width] = True

    assert uncovered_px((0, 0, 50, 50), {PLANE: tiles}) == int((~canvas).sum())


def test_planes_with_the_same_tiles_stand_together():
    other = (("C", 1), ("T", 0))

    (entry,) = tile_tree({PLANE: [(1, 2, 3, 4)], other: [(1, 2, 3, 4)]})

    assert entry["planes"] == ["C0 T0", "C1 T0"]
    assert entry["tiles (x, y, width, height)"] == [[1, 2, 3, 4]]


@pytest.mark.corpus
def test_a_real_mosaic_with_gaps_says_what_was_never_imaged(corpus):
    reader = open_backend(Request(corpus / "copyleft/czi/S3_1Pos_2Mosaic_T1_Z1_CH1.czi", "czi", "pylibCZIrw"))
    try:
        gaps = [image.unimaged_px for image in reader.images]
        plane = reader.read_region(2, 0, 0, 0, 0, 0, 237, 352)
        tree = reader.vendor_metadata()["czi_mosaics"]
        root = parse_xml(
            b'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
            + b"".join(b'<Image ID="Image:%d"/>' % number for number in range(3))
            + b"</OME>"
        )
        annotate_axes(root, reader.images)
    finally:
        reader.close()

    assert gaps == [0, 0, 23316]
    assert int((plane == 0).sum()) >= 23316
    assert [len(entry["tiles (x, y, width, height)"]) for entry in tree["scene 2"]] == [17]
    (annotation,) = [found for found in root.iter() if found.get("Namespace") == UNIMAGED_NAMESPACE]
    assert "23316" in [element.text for element in annotation.iter()]
    assert "unimaged_px" in ImagePixels.model_fields

"""ImageJ's selection and overlay become regions of OME-XML, shape by shape; what OME has no shape for stays out."""

from contextlib import closing

import pytest
from lxml import etree

import regions as ij
from fixative.identify import identify
from fixative.ome.build import build_ome_xml
from fixative.ome.schema import ome, problems
from fixative.readers.opening import open_source
from fixative.readers.tiff.imagej_roi import roi_tree
from ome_sources import NO_INVENTORY, dump_of
from regions import imagej_tiff, roi

TRIANGLE = [(10, 11), (20, 11), (15, 19)]
DOTS = "10,11 20,11 15,19"


@pytest.fixture
def regions_of(tmp_path):
    """Write an ImageJ TIFF and read it: the regions of its OME-XML."""

    def read(*overlays, **others):
        path = imagej_tiff(tmp_path / "a.tif", *overlays, **others)
        with closing(open_source(path, identify(path))[0]) as reader:
            built = build_ome_xml(reader, dump_of(**reader.vendor_metadata()), NO_INVENTORY)
        assert problems(built.xml) == []
        return etree.fromstring(built.xml).findall(ome("ROI"))

    return read


@pytest.fixture
def shapes_of(regions_of):
    """The shapes of these regions: element and attributes, without the ID."""

    def read(*overlays, **others):
        found = [shape for region in regions_of(*overlays, **others) for shape in region.find(ome("Union"))]
        return [
            (etree.QName(shape).localname, {k: v for k, v in shape.attrib.items() if k != "ID"}) for shape in found
        ]

    return read


@pytest.mark.parametrize(
    ("region", "element", "placed"),
    [
        (roi(ij.RECTANGLE), "Rectangle", {"X": "2", "Y": "1", "Width": "6", "Height": "4"}),
        (roi(ij.OVAL, box=(1, 2, 6, 8)), "Ellipse", {"X": "5", "Y": "3.5", "RadiusX": "3", "RadiusY": "2.5"}),
        (roi(ij.LINE, floats=(1.1, 2.2, 3, 4)), "Line", {"X1": "1.1", "Y1": "2.2", "X2": "3", "Y2": "4"}),
        (roi(ij.POLYGON, points=TRIANGLE), "Polygon", {"Points": DOTS}),
        (roi(ij.FREEHAND, points=TRIANGLE), "Polygon", {"Points": DOTS}),
        (roi(ij.TRACED, points=TRIANGLE), "Polygon", {"Points": DOTS}),
        (roi(ij.FREEHAND, points=TRIANGLE, subtype=ij.ELLIPSE), "Polygon", {"Points": DOTS}),
        (roi(ij.POLYLINE, points=TRIANGLE), "Polyline", {"Points": DOTS}),
        (roi(ij.FREELINE, points=TRIANGLE), "Polyline", {"Points": DOTS}),
        (roi(ij.ANGLE, points=TRIANGLE), "Polyline", {"Points": DOTS}),
        (roi(ij.POINT, points=[(7, 9)]), "Point", {"X": "7", "Y": "9"}),
        (roi(ij.RECTANGLE, subtype=ij.TEXT, text="a cell"), "Label", {"X": "2", "Y": "1", "Text": "a cell"}),
    ],
)
def test_each_kind_of_region_is_a_shape_of_omes(shapes_of, region, element, placed):
    assert shapes_of(region) == [(element, placed)]


@pytest.mark.parametrize(
    "region",
    [
        pytest.param(roi(ij.RECTANGLE, composite=24), id="composite"),
        pytest.param(roi(ij.RECTANGLE, arc=5), id="rounded"),
        pytest.param(roi(ij.RECTANGLE, subtype=ij.IMAGE), id="image"),
        pytest.param(roi(ij.POLYGON, points=TRIANGLE, options=ij.SPLINE), id="fitted"),
        pytest.param(roi(6), id="noRoi"),
        pytest.param(roi(99), id="unknown"),
        pytest.param(roi(ij.POLYGON), id="without points"),
        pytest.param(roi(ij.RECTANGLE, subtype=ij.TEXT, text=""), id="without text"),
        pytest.param(b"Ioutside", id="no region"),
    ],
)
def test_what_ome_has_no_shape_for_is_no_shape(shapes_of, region):
    assert shapes_of(region, roi(ij.POINT, points=[(7, 9)])) == [("Point", {"X": "7", "Y": "9"})]


@pytest.mark.parametrize(
    ("kind", "element", "placed"),
    [
        (ij.RECTANGLE, "Rectangle", {"X": "2.25", "Y": "1.1", "Width": "6.5", "Height": "4.3"}),
        (ij.OVAL, "Ellipse", {"X": "5.5", "Y": "3.25", "RadiusX": "3.25", "RadiusY": "2.15"}),
    ],
)
def test_a_box_of_subpixels_is_exact(shapes_of, kind, element, placed):
    assert shapes_of(roi(kind, floats=(2.25, 1.1, 6.5, 4.3), options=ij.SUBPIXEL)) == [(element, placed)]


def test_points_of_subpixels_are_exact(shapes_of):
    region = roi(ij.POLYGON, points=[(2.5, 1.1), (7.75, 1.3), (4, 4.9)], options=ij.SUBPIXEL)

    assert shapes_of(region) == [("Polygon", {"Points": "2.5,1.1 7.75,1.3 4,4.9"})]


def test_a_box_of_an_old_version_has_no_subpixels():
    old = roi(ij.RECTANGLE, options=ij.SUBPIXEL, version=222)

    assert roi_tree(old)["bounds"] == {"top": 1, "left": 2, "bottom": 5, "right": 8}


def test_a_region_beyond_the_reach_of_two_bytes_lies_where_it_was_drawn(shapes_of):
    far = roi(ij.RECTANGLE, box=(1, 40000 - 2**16, 5, 40010 - 2**16))

    assert shapes_of(far)[0][1]["X"] == "40000"


def test_an_arrow_is_a_line_with_its_heads(shapes_of):
    one = roi(ij.LINE, floats=(1, 2, 3, 4), subtype=ij.ARROW)
    two = roi(ij.LINE, floats=(1, 2, 3, 5), subtype=ij.ARROW, options=ij.DOUBLE_HEADED)

    heads = [(shape.get("MarkerStart"), shape.get("MarkerEnd")) for _, shape in shapes_of(one, two)]

    assert heads == [(None, "Arrow"), ("Arrow", "Arrow")]


def test_colours_are_red_first_and_the_stroke_is_in_pixels(shapes_of):
    ((_, shape),) = shapes_of(roi(ij.RECTANGLE, stroke=3, colours=(ij.RED, ij.BLUE_HALF)))

    assert int(shape["StrokeColor"]) % 2**32 == 0xFF0000FF
    assert int(shape["FillColor"]) == 0x0000FF80
    assert (shape["StrokeWidth"], shape["StrokeWidthUnit"]) == ("3", "pixel")


def test_a_stroke_of_less_than_a_pixel_is_not_lost(shapes_of):
    assert shapes_of(roi(ij.RECTANGLE, fine_stroke=0.4))[0][1]["StrokeWidth"] == "0.4"


@pytest.mark.parametrize(
    ("where", "planes"),
    [
        ({"czt": (2, 3, 1)}, {"TheC": "1", "TheZ": "2", "TheT": "0"}),
        ({"czt": (0, 3, 0)}, {"TheZ": "2"}),
        ({"czt": (0, 0, 2), "position": 1}, {"TheT": "1"}),
        ({"position": 10}, {"TheC": "1", "TheZ": "1", "TheT": "1"}),
        ({}, {}),
    ],
)
def test_a_position_says_on_which_planes_a_region_is(shapes_of, where, planes):
    ((_, shape),) = shapes_of(roi(ij.POINT, points=[(7, 9)], **where), tzc=(2, 3, 2))

    assert {name: value for name, value in shape.items() if name.startswith("The")} == planes


@pytest.mark.parametrize("where", [{"czt": (3, 1, 1)}, {"position": 13}, {"counted": [13]}])
def test_a_region_on_a_plane_that_the_image_lacks_is_left_out(shapes_of, where):
    assert shapes_of(roi(ij.POINT, points=[(7, 9)], **where), tzc=(2, 3, 2)) == []


def test_points_counted_through_a_stack_are_each_on_their_plane(shapes_of):
    counted = roi(ij.POINT, points=[(3, 4), (5, 6)], counted=[1, 4], czt=(1, 1, 1))

    found = shapes_of(counted, tzc=(1, 3, 2))

    assert [(shape["X"], shape["TheC"], shape["TheZ"]) for _, shape in found] == [("3", "0", "0"), ("5", "1", "1")]


def test_the_name_is_that_of_the_region_and_points_of_one_region_stay_together(regions_of):
    (region,) = regions_of(roi(ij.POINT, points=[(3, 4), (5, 6)], name="nuclei of Å"))

    assert region.get("Name") == "nuclei of Å"
    assert len(region.find(ome("Union"))) == 2


def test_a_selection_that_is_in_the_overlay_too_is_one_region(regions_of):
    drawn, other = roi(ij.RECTANGLE, name="a"), roi(ij.RECTANGLE, box=(3, 3, 9, 9))

    assert len(regions_of(drawn, other, selected=drawn)) == 2
    assert len(regions_of(other, selected=drawn)) == 2


def test_two_regions_of_one_place_and_two_names_are_two(regions_of):
    found = regions_of(roi(ij.RECTANGLE, name="a"), roi(ij.RECTANGLE, name="b"))

    assert [region.get("Name") for region in found] == ["a", "b"]


def test_the_text_of_a_broken_region_is_not_read_beyond_its_end():
    broken = roi(ij.RECTANGLE, subtype=ij.TEXT, text="a cell")[:90]

    assert "text" not in roi_tree(broken)

"""Regions of interest of several sources: each stands once, whoever wrote it; graphics of a CZI; what policies do."""

import pytest
from lxml import etree
from test_ome_reconcile import document, image_xml, merged, ome_xml

from fixative.ome.facts import ImageFacts, RoiFacts, ShapeFacts
from fixative.ome.fill import facts_document, fill_facts
from fixative.ome.from_vendor import facts_of
from fixative.ome.schema import ome, problems
from fixative.privacy.apply import sanitise
from fixative.xml_tree import compact_tree, xml_tree
from ome_sources import dump_of, image
from privacy_samples import dump, inventory, policy, row, source
from regions import GRAPHICS

BOX = ShapeFacts("Rectangle", {"X": "1", "Y": "2", "Width": "3", "Height": "4.5"})
SPOT = ShapeFacts("Point", {"X": "1", "Y": "2", "TheZ": "0"})
RICH = {
    "nd2": 'PhysicalSizeX="1" PhysicalSizeY="1" PhysicalSizeZ="1" TimeIncrement="1" SignificantBits="7"',
    "bioformats": "",
}
"""What makes the document of the one reader that which is completed from the other's."""
REFERENCE = '<ROIRef ID="ROI:0"/>'


def roi_xml(*shapes: str, number=0, attributes="", inner="") -> str:
    union = "".join(shape.replace("/>", f' ID="Shape:{number}:{n}"/>') for n, shape in enumerate(shapes))
    return f'<ROI ID="ROI:{number}" {attributes}><Union>{union}</Union>{inner}</ROI>'


def point(x: str, attributes="") -> str:
    return f'<Point X="{x}" Y="2" {attributes}/>'


def with_regions(backend: str, *rois: str) -> object:
    """A reader's document of one image that refers to these regions."""
    refers = "".join(f'<ROIRef ID="ROI:{n}"/>' for n in range(len(rois)))
    return document(backend, ome_xml(image_xml(inner=refers, attributes=RICH[backend]), annotations="".join(rois)))


def said(root) -> list[tuple[str | None, list[str | None]]]:
    """Name of each region and the X of its shapes."""
    found = root.findall(ome("ROI"))
    return [(region.get("Name"), [shape.get("X") for shape in region.find(ome("Union"))]) for region in found]


def referred(root) -> list[list[str]]:
    """IDs of the regions that each image refers to."""
    return [[one.get("ID") for one in each.findall(ome("ROIRef"))] for each in root.findall(ome("Image"))]


def test_regions_of_facts_stand_after_the_annotations_and_each_image_refers_to_its_own():
    facts = ImageFacts(rois=(RoiFacts((BOX, SPOT), "cell", "drawn"),))

    root = facts_document([facts, None, ImageFacts(rois=(RoiFacts((BOX,)),))], [image(index=n) for n in range(3)])

    assert problems(etree.tostring(root)) == []
    assert referred(root) == [["ROI:0"], [], ["ROI:1"]]
    assert root.find(f"{ome('ROI')}/{ome('Description')}").text == "drawn"


def test_a_shape_that_the_document_has_already_is_not_made_again():
    root = facts_document([ImageFacts(rois=(RoiFacts((BOX,), "drawn"),))], [image()])

    fill_facts(root, [ImageFacts(rois=(RoiFacts((BOX, SPOT), "later"), RoiFacts((BOX,), "a second one")))])

    assert [name for name, _ in said(root)] == ["drawn", "later", "a second one"]
    assert len(root.findall(f".//{ome('Rectangle')}")) == 2


def test_one_region_by_two_readers_stands_once_and_is_completed():
    own = with_regions("nd2", roi_xml(point("1.0", 'TheZ="0"')))
    other = with_regions("bioformats", roi_xml(point("1", 'Text="nucleus"'), attributes='Name="a"'))

    root = merged(own, other).root

    assert said(root) == [("a", ["1.0"])]
    assert root.find(f".//{ome('Point')}").get("Text") == "nucleus"
    assert referred(root) == [["ROI:0"]]


@pytest.mark.parametrize("name", ["", 'Name="cell"'])
def test_two_regions_are_two_whatever_they_are_called(name):
    own = with_regions("nd2", roi_xml(point("1"), attributes=name))
    other = with_regions("bioformats", roi_xml(point("7"), attributes=name))

    root = merged(own, other).root

    assert [places for _, places in said(root)] == [["1"], ["7"]]
    assert len(referred(root)[0]) == 2


def test_a_shape_that_one_reader_saw_alone_completes_the_region():
    own = with_regions("nd2", roi_xml(point("1"), point("3")))
    other = with_regions("bioformats", roi_xml(point("3"), point("5"), point("1")))

    assert said(merged(own, other).root) == [(None, ["1", "3", "5"])]


def test_regions_that_another_reader_puts_together_are_not_doubled():
    own = with_regions("nd2", roi_xml(point("1")), roi_xml(point("3"), number=1))
    other = with_regions("bioformats", roi_xml(point("1"), point("3"), point("5"), attributes='Name="layer"'))

    assert said(merged(own, other).root) == [(None, ["1"]), (None, ["3"]), ("layer", ["5"])]


def test_one_place_on_two_planes_is_two_shapes():
    own = with_regions("nd2", roi_xml(point("1", 'TheZ="0"')))
    other = with_regions("bioformats", roi_xml(point("1", 'TheZ="1"')))

    assert len(said(merged(own, other).root)) == 2


def test_one_place_twice_stays_twice():
    own = with_regions("nd2", roi_xml(point("1")))
    other = with_regions("bioformats", roi_xml(point("1")), roi_xml(point("1"), number=1))

    assert len(said(merged(own, other).root)) == 2


def test_one_place_in_two_images_is_two_regions():
    two = [image(), image(index=1, size_x=9)]
    sizes = "9 6 1 1 1"
    own = document(
        "nd2",
        ome_xml(image_xml(0, name="x", inner=REFERENCE) + image_xml(1, sizes=sizes), annotations=roi_xml(point("1"))),
        two,
    )
    other = document(
        "bioformats",
        ome_xml(image_xml(0) + image_xml(1, sizes=sizes, inner=REFERENCE), annotations=roi_xml(point("1"))),
        two,
    )

    assert referred(merged(own, other).root) == [["ROI:0"], ["ROI:1"]]


def graphics(layers: str, *images, start=0):
    """Facts of a CZI of 50 x 60 pixels on which somebody has drawn."""
    tree = {"ImageDocument": {"Metadata": compact_tree(f"<Metadata>{layers}</Metadata>")["Metadata"]}}
    dimensions = {"X": {"Start": start, "Size": 50}, "Y": {"Start": 0, "Size": 60}}
    found = images or [image(size_x=50, size_y=60)]
    return facts_of(dump_of(czi=tree, czi_subblocks={"Dimension": dimensions}), found)


def test_a_layer_of_graphics_is_a_region_of_the_shapes_that_ome_has():
    ((region,),) = [known.rois for known in graphics(GRAPHICS)]

    assert region.name == "Cells"
    assert sorted((shape.element, *shape.stated.values()) for shape in region.shapes) == [
        ("Ellipse", "10", "11", "3.5", "3.5"),
        ("Ellipse", "9", "11", "3", "4"),
        ("Line", "1", "2", "30", "40"),
        ("Polygon", "1,1 5.5,1 5,6"),
        ("Polyline", "1,1 5.5,1 5,7"),
        ("Rectangle", "1.5", "2", "10", "5.25", "hello"),
    ]


@pytest.mark.parametrize("part", ["Geometry", "Attributes"])
def test_graphics_that_are_turned_are_left_alone(part):
    layers = GRAPHICS.replace("<Rectangle>", f"<Rectangle><{part}><Rotation>30</Rotation></{part}>")

    ((region,),) = [known.rois for known in graphics(layers.replace("</Geometry><Geometry>", ""))]

    assert "Rectangle" not in {shape.element for shape in region.shapes}


def test_graphics_of_a_czi_that_does_not_begin_at_0_are_left_alone():
    assert [known.rois for known in graphics(GRAPHICS, start=-5)] == [()]


def test_graphics_of_a_czi_of_several_images_are_left_alone():
    two = [image(size_x=50, size_y=60), image(index=1, size_x=50, size_y=60)]

    assert [known.rois for known in graphics(GRAPHICS, *two)] == [(), ()]


@pytest.fixture
def private():
    """OME-XML of a region whose name and text tell of a person."""
    shape = ShapeFacts("Label", {"X": "1", "Y": "2", "Text": "ask ada@lab.example.org"})
    facts = ImageFacts(rois=(RoiFacts((shape, BOX), "seen by bob@lab.example.org", "for eve@lab.example.org"),))
    return facts_document([facts], [image()])


def sanitised(root, name, monkeypatch) -> str:
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY", "5f" * 32)
    xml = etree.tostring(root)
    return sanitise(policy(name), dump(source("ome", xml_tree(root))), xml, row(), inventory()).ome_xml.decode()


def test_the_facilitys_policy_cleans_what_regions_say(private, monkeypatch):
    found = sanitised(private, "facility", monkeypatch)

    assert "example.org" not in found
    assert "seen by" in found
    assert "ask" in found
    assert 'Width="3"' in found


def test_safe_harbor_removes_what_regions_say_and_keeps_their_shapes(private, monkeypatch):
    found = sanitised(private, "hipaa_safe_harbor", monkeypatch)

    assert "example.org" not in found
    assert "seen by" not in found
    assert "ask" not in found
    assert 'Width="3"' in found

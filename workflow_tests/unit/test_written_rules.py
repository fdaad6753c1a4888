"""Rules of OME-TIFF that its schema does not know: each with the defect it exists for."""

import uuid

import pytest
import tifffile

from fixative.pixel_models import Pixels
from fixative.verify.expectation import pyramid_problems
from fixative.verify.ome import ome_problems
from fixative.verify.tiff import read_ome_tiff
from objects import UUID, ome_xml, pixels_of, stack, write_tiff

IMAGES = [stack("uint16", t=2, c=2, z=3)]
ANNOTATIONS = (
    '<StructuredAnnotations><XMLAnnotation ID="Annotation:0" Namespace="openmicroscopy.org/omero/dimension/modulo">'
    "<Value><Modulo xmlns='http://www.openmicroscopy.org/Schemas/Additions/2011-09'>"
    "<ModuloAlongZ Type='angle' Start='0' End='2' Step='1'/></Modulo></Value></XMLAnnotation>"
    '<MapAnnotation ID="Annotation:1"><Value><M K="dye">DAPI</M></Value></MapAnnotation></StructuredAnnotations>'
    '<ROI ID="ROI:0"><Union><Point ID="Shape:0" X="1" Y="1"/></Union></ROI>'
)
WHOLE = (
    ome_xml(IMAGES)
    .replace("</Pixels>", '<Plane TheT="0" TheC="0" TheZ="0"/><Plane TheT="1" TheC="1" TheZ="2"/></Pixels>')
    .replace("</Image>", '<AnnotationRef ID="Annotation:0"/></Image>')
    .replace(
        "<Image ",
        '<Instrument ID="Instrument:0"><GenericExcitationSource ID="LightSource:1"/><Laser ID="LightSource:0">'
        '<Pump ID="LightSource:1"/></Laser></Instrument><Image ',
    )
    .replace("</OME>", f"{ANNOTATIONS}</OME>")
)
FIRST = uuid.UUID("0fe5d024-e53d-11f1-bfe0-02fc00000001").urn

WRONG = {
    "a UUID that names the host": (UUID, FIRST, "a UUID of version 5, found version 1"),
    "a random UUID": (UUID, "urn:uuid:5b9d1c1e-6f3a-4e0c-9f5b-111111111111", "found version 4"),
    "no UUID": (f' UUID="{UUID}"', "", "UUID None in TiffData"),
    "an annotation and a ROI of one ID": ('ID="ROI:0"', 'ID="Annotation:1"', "2 elements (MapAnnotation, ROI)"),
    "a value without its key": ('<M K="dye">', "<M>", "M without K"),
    "a value with an empty key": ('<M K="dye">', '<M K="">', "M without K"),
    "a Plane beyond the last time": ('<Plane TheT="1"', '<Plane TheT="2"', "TheZ=2 TheT=2 TheC=1"),
    "a Plane beyond the last channel": ('TheC="1" TheZ="2"/>', 'TheC="2" TheZ="2"/>', "each Plane within Image 0"),
    "a Plane described twice": (
        '<Plane TheT="1" TheC="1" TheZ="2"/>',
        '<Plane TheT="0" TheC="0" TheZ="0"/>',
        "twice",
    ),
    "a folded axis of another length": ("End='2'", "End='3'", "ModuloAlongZ that divides SizeZ 3, found 4 parts"),
    "a folded axis without a step": ("Step='1'", "Step='0'", "found 0 parts"),
    "a Greek letter for micro": ('SizeX="90"', 'SizeX="90" PhysicalSizeX="1" PhysicalSizeXUnit="μm"', "VER002"),
    "pixels in the document": ("<TiffData ", '<BinData Length="4">AAAA</BinData><TiffData ', "VER002"),
}


def problems_of(xml):
    return [str(problem) for problem in ome_problems(xml.encode(), pixels_of(IMAGES), file_name="A.ome.tiff")]


def test_a_document_that_keeps_every_rule_is_whole():
    assert problems_of(WHOLE) == []


@pytest.mark.parametrize("name", WRONG)
def test_a_broken_rule_is_named(name):
    old, new, message = WRONG[name]
    assert old in WHOLE

    problems = problems_of(WHOLE.replace(old, new))

    assert message in problems[0]


def test_a_document_that_points_to_another_is_not_whole():
    pointer = f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="{UUID}"><BinaryOnly '
    pointer += f'MetadataFile="a.companion.ome" UUID="{UUID}"/></OME>'

    problems = problems_of(pointer)

    assert any("found BinaryOnly" in problem for problem in problems)


def test_labels_of_a_folded_axis_are_counted():
    labels = "<ModuloAlongZ Type='angle'><Label>0</Label><Label>90</Label></ModuloAlongZ>"
    old = "<ModuloAlongZ Type='angle' Start='0' End='2' Step='1'/>"

    problems = problems_of(WHOLE.replace(old, labels))

    assert "SizeZ 3, found 2 parts" in problems[0]


def levels(*sizes):
    """A record of one plane with levels of these sizes in Y and X."""
    record = pixels_of([stack("uint8", t=1, c=1, z=1, y=90, x=90)], levels=1).images[0]
    full = record.levels[0]
    made = [full.model_copy(update={"level": n, "size_y": y, "size_x": x}) for n, (y, x) in enumerate(sizes)]
    return Pixels(root_sha256="0" * 64, images=(record.model_copy(update={"levels": tuple(made)}),))


@pytest.mark.parametrize(
    "sizes",
    [[(90, 90)], [(90, 90), (45, 45), (22, 22), (11, 11)], [(90, 90), (30, 30), (10, 10)], [(5, 1), (2, 1), (1, 1)]],
)
def test_levels_of_one_factor_are_a_pyramid(sizes):
    assert list(pyramid_problems(levels(*sizes))) == []


@pytest.mark.parametrize(
    "sizes",
    [
        [(90, 90), (45, 45), (15, 15)],
        [(90, 90), (45, 30)],
        [(90, 90), (90, 90)],
        [(90, 90), (60, 60)],
        [(90, 90), (22, 22), (45, 45)],
    ],
    ids=["two factors", "another factor in X", "no factor", "no integer", "small before large"],
)
def test_levels_of_several_factors_are_none(sizes):
    (problem,) = pyramid_problems(levels(*sizes))

    assert "the same integer factor" in str(problem)


def test_subifds_in_another_order_than_large_to_small_are_refused(tmp_path):
    images = [stack("uint8", t=1, c=1, z=1, y=96, x=96)]
    path = write_tiff(tmp_path / "A.ome.tiff", images, levels=3)
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tag = tiff.pages[0].tags["SubIFDs"]
        tag.overwrite(tuple(reversed(tag.value)))

    (problem,) = read_ome_tiff(path, pixels_of(images, levels=3)).problems

    assert "level 1: 48 x 48 px of 1 uint8, found 24 x 24" in str(problem)

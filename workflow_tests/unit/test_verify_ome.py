"""The OME-XML of an archived file: what the schema says, and what only the file can say."""

import pytest

from fixative.verify.ome import ome_problems
from objects import UUID, ome_xml, pixels_of, stack

IMAGES = [stack("uint16", t=2, c=2, z=3), stack("uint8", c=1, z=1, samples=3)]
WHOLE = ome_xml(IMAGES)


def problems_of(xml, **options):
    return [str(problem) for problem in ome_problems(xml.encode(), pixels_of(IMAGES), **options)]


def test_a_document_that_says_what_is_there_is_whole():
    assert problems_of(WHOLE, file_name="A.ome.tiff", byte_order="little") == []


def test_one_element_may_place_all_planes_of_an_image():
    import re

    first, *_ = re.findall(r"<TiffData.*?</TiffData>", WHOLE)
    short = re.sub(r"(<TiffData.*?</TiffData>)+(?=</Pixels></Image><Image)", first, WHOLE)
    short = short.replace('PlaneCount="1"', 'PlaneCount="12"', 1)

    assert short.count("<TiffData") == 2
    assert problems_of(short) == []


OTHER_UUID = UUID[:-1] + ("0" if UUID[-1] != "0" else "1")
WRONG = {
    "not XML": ("<OME", "<<OME", "VER002"),
    "an element the schema does not know": ("<Image ", "<Picture/><Image ", "VER002"),
    "an attribute value the schema does not allow": ('Type="uint16"', 'Type="uint64"', "VER002"),
    "an entity": ("<OME xmlns", '<!DOCTYPE OME [<!ENTITY a "b">]><OME xmlns', "document type"),
    "another width": ('SizeX="90"', 'SizeX="91"', "expected Image 0 SizeX 90, found 91"),
    "another number of channels": ('SizeC="2"', 'SizeC="3"', "expected Image 0 SizeC 2, found 3"),
    "another type": ('Type="uint16"', 'Type="int16"', "expected Image 0 Type of uint16, found int16"),
    "another byte order": ('BigEndian="false"', 'BigEndian="true"', "BigEndian of a little-endian file"),
    "samples that are none": ('SamplesPerPixel="3"', 'SamplesPerPixel="1"', "1 channels of 3 samples"),
    "a plane twice": (
        'IFD="1" FirstT="0" FirstC="0" FirstZ="1"',
        'IFD="1" FirstZ="0"',
        "each plane of Image 0 once",
    ),
    "a plane outside": ('FirstC="1" FirstZ="2"', 'FirstC="2" FirstZ="2"', "TiffData within Image 0"),
    "two planes changed for each other": (
        'IFD="1" FirstT="0" FirstC="0" FirstZ="1"',
        'IFD="2" FirstT="0" FirstC="0" FirstZ="1"',
        "plane 1 of Image 0 in IFD 1, found IFD 2",
    ),
    "a directory that is not there": ('IFD="11"', 'IFD="99"', "plane 11 of Image 0 in IFD 11, found IFD 99"),
    "more planes than the image has": ('PlaneCount="1"', 'PlaneCount="2000000000"', "expected 12 planes"),
    "another UUID": (f">{UUID}<", f">{OTHER_UUID}<", f"UUID {UUID} in TiffData"),
    "another file": (
        'FileName="A.ome.tiff"',
        'FileName="B.ome.tiff"',
        "FileName A.ome.tiff, found B.ome.tiff",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_document_that_errs_says_where(name):
    old, new, message = WRONG[name]
    assert old in WHOLE

    problems = problems_of(WHOLE.replace(old, new, 1), file_name="A.ome.tiff")

    assert message in problems[0]


def test_a_missing_plane_is_found():
    start = WHOLE.index('<TiffData IFD="4"')
    end = WHOLE.index("</TiffData>", start) + len("</TiffData>")

    (problem,) = problems_of(WHOLE[:start] + WHOLE[end:])

    assert problem.endswith("expected 12 planes in TiffData of Image 0, found 11")


def test_a_missing_image_is_found():
    (problem,) = problems_of(ome_xml(IMAGES[:1]))

    assert "expected 2 Image elements, found 1" in problem


def test_a_file_name_with_a_folder_is_refused():
    (problem,) = problems_of(WHOLE.replace("A.ome.tiff", "../A.ome.tiff"))

    assert "a FileName without folder" in problem

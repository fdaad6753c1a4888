"""Making OME-XML valid while losing as little as possible."""

import pytest
from lxml import etree

from fixative.ome.build import build_ome_xml
from fixative.ome.schema import problems
from ome_sources import NO_INVENTORY, image, no_dump, reader_of

NS = "http://www.openmicroscopy.org/Schemas/OME/2016-06"


def document(body: str, pixels: str = "", inside: str = "") -> str:
    """One image with a body of root elements, attributes of Pixels and children of Pixels."""
    return (
        f'<OME xmlns="{NS}">{body}<Image ID="Image:0" Name="cells">'
        '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="8" SizeY="6" '
        f'SizeZ="1" SizeC="1" SizeT="1" {pixels}>{inside}<MetadataOnly/></Pixels></Image></OME>'
    )


def build(xml: str):
    return build_ome_xml(reader_of(xml, [image()]), no_dump(), NO_INVENTORY)


def pixels_of(built):
    return etree.fromstring(built.xml).find(f"{{{NS}}}Image/{{{NS}}}Pixels")


def test_a_pixel_size_of_zero_is_dropped_and_listed():
    built = build(document("", pixels='PhysicalSizeX="0" PhysicalSizeY="0.5"'))

    assert pixels_of(built).get("PhysicalSizeX") is None
    assert pixels_of(built).get("PhysicalSizeY") == "0.5"
    assert [(c.field, c.described, c.found) for c in built.corrections] == [("Pixels@PhysicalSizeX", "0", None)]


def test_a_size_goes_with_its_unknown_unit_since_the_schema_would_put_micrometres_there():
    built = build(document("", pixels='PhysicalSizeX="3" PhysicalSizeXUnit="furlong"'))

    assert pixels_of(built).get("PhysicalSizeX") is None
    assert pixels_of(built).get("PhysicalSizeXUnit") is None


@pytest.mark.parametrize("written", ["um", "\u03bcm", "micron"])
def test_micrometres_are_spelt_with_the_micro_sign(written):
    built = build(document("", pixels=f'PhysicalSizeX="3" PhysicalSizeXUnit="{written}"'))

    assert pixels_of(built).get("PhysicalSizeXUnit") == "\u00b5m"


def test_an_unsigned_colour_is_the_same_colour_as_the_signed_one():
    built = build(document("", inside='<Channel ID="Channel:0:0" Color="4278190335"/>'))

    assert pixels_of(built)[0].get("Color") == "-16776961"


def test_a_colour_that_is_none_is_dropped():
    built = build(document("", inside='<Channel ID="Channel:0:0" Name="a" Color="99999999999"/>'))

    assert pixels_of(built)[0].get("Color") is None
    assert pixels_of(built)[0].get("Name") == "a"


def test_a_negative_wavelength_and_an_empty_enumeration_are_dropped():
    channel = '<Channel ID="Channel:0:0" EmissionWavelength="-1" ContrastMethod="" Name="a"/>'

    built = build(document("", inside=channel))

    assert set(pixels_of(built)[0].attrib) == {"ID", "Name", "SamplesPerPixel"}
    assert len(built.corrections) == 2


def test_a_reference_to_nothing_goes_and_the_rest_stays():
    xml = document('<Experimenter ID="Experimenter:0" LastName="Doe"/>').replace(
        "<Pixels", '<ExperimenterRef ID="Experimenter:7"/><Pixels'
    )

    built = build(xml)

    assert b"Doe" in built.xml
    assert b"ExperimenterRef" not in built.xml


def test_an_id_of_the_wrong_form_is_renamed_together_with_what_refers_to_it():
    xml = document('<Experimenter ID="7" LastName="Doe"/>').replace("<Pixels", '<ExperimenterRef ID="7"/><Pixels')

    built = build(xml)

    root = etree.fromstring(built.xml)
    reference = root.find(f".//{{{NS}}}ExperimenterRef")
    assert reference.get("ID") == root.find(f"{{{NS}}}Experimenter").get("ID") == "Experimenter:0"


def test_annotations_of_the_same_id_get_ids_of_their_own():
    twice = '<CommentAnnotation ID="Annotation:0"><Value>{}</Value></CommentAnnotation>'
    xml = document("").replace(
        "</OME>",
        f"<StructuredAnnotations>{twice.format('a')}{twice.format('b')}</StructuredAnnotations></OME>",
    )

    built = build(xml)

    holder = etree.fromstring(built.xml).find(f"{{{NS}}}StructuredAnnotations")
    assert [item.get("ID") for item in holder] == ["Annotation:0", "Annotation:1"]
    assert [item[0].text for item in holder] == ["a", "b"]


def test_children_in_the_wrong_order_are_put_right_without_loss():
    xml = document("").replace(
        "<Pixels",
        "<Description>text</Description><AcquisitionDate>2020-01-02T03:04:05</AcquisitionDate><Pixels",
    )

    built = build(xml)

    assert built.corrections == ()
    assert built.xml.index(b"AcquisitionDate") < built.xml.index(b"Description")


def test_a_date_without_its_t_is_written_right():
    xml = document("").replace("<Pixels", "<AcquisitionDate>2020-01-02 03:04:05</AcquisitionDate><Pixels")

    assert b"2020-01-02T03:04:05" in build(xml).xml


@pytest.mark.parametrize("xml", ["", "<OME", "<html/>", '<OME xmlns="http://example.org/Schemas/OME/1999-01"/>'])
def test_what_is_no_ome_xml_is_replaced_by_a_description_of_the_pixels(xml):
    built = build(xml)

    assert problems(built.xml) == []
    assert built.corrections[0].field == "OME-XML"


def test_entities_are_not_expanded():
    bomb = '<!DOCTYPE OME [<!ENTITY a "SECRET"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    xml = bomb + document("").replace("<Pixels", "<Description>&a;&f;</Description><Pixels")

    assert b"SECRET" not in build(xml).xml

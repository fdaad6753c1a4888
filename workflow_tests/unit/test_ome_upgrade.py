"""OME-XML of older schemas, and the official samples of the newest."""

from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from fixative.metadata.keys import leaves
from fixative.ome.build import build_ome_xml
from fixative.ome.schema import problems
from fixative.xml_tree import parse_xml, xml_tree
from ome_sources import NO_INVENTORY, image, no_dump, reader_of

ROOT = "http://www.openmicroscopy.org"
SIZED = 'BigEndian="true" PhysicalSizeX="0.25" SizeX="8" SizeY="6" SizeZ="1" SizeC="1" SizeT="1"'
SIZES = 'SizeX="8" SizeY="6" SizeZ="1" SizeC="1" SizeT="1"'

OLD = {
    "2003-FC": f'<OME xmlns="{ROOT}/XMLschemas/OME/FC/ome.xsd"><Image ID="Image:1" Name="cells" '
    f'PixelSizeX="0.25" PixelSizeY="0.25"><CreationDate>2005-01-02T03:04:05</CreationDate><Pixels ID="Pixels:1-1" '
    f'DimensionOrder="XYZCT" PixelType="uint8" BigEndian="true" {SIZES}><TiffData/></Pixels></Image></OME>',
    "2007-06": f'<OME xmlns="{ROOT}/Schemas/OME/2007-06"><Image ID="Image:1" Name="cells" '
    'DefaultPixels="Pixels:1">'
    f"<CreationDate>2005-01-02T03:04:05</CreationDate>"
    f'<Pixels ID="Pixels:1" DimensionOrder="XYZCT" PixelType="uint8" {SIZED}>'
    "<TiffData/></Pixels></Image></OME>",
    "2008-09": f'<OME xmlns="{ROOT}/Schemas/OME/2008-09"><Image ID="Image:1" Name="cells" '
    'DefaultPixels="Pixels:1" AcquiredPixels="Pixels:1"><CreationDate>2005-01-02T03:04:05</CreationDate>'
    f'<Pixels ID="Pixels:1" DimensionOrder="XYZCT" PixelType="uint8" {SIZED}>'
    "<TiffData/></Pixels></Image></OME>",
    "2010-06": f'<OME xmlns="{ROOT}/Schemas/OME/2010-06"><Image ID="Image:1" Name="cells">'
    "<AcquiredDate>2005-01-02T03:04:05</AcquiredDate>"
    f'<Pixels ID="Pixels:1" DimensionOrder="XYZCT" Type="uint8" PhysicalSizeX="0.25" {SIZES}>'
    '<Channel ID="Channel:1" Name="DAPI"/><TiffData/></Pixels></Image></OME>',
    "2012-06": f'<OME xmlns="{ROOT}/Schemas/OME/2012-06"><Image ID="Image:1" Name="cells">'
    "<AcquisitionDate>2005-01-02T03:04:05</AcquisitionDate>"
    f'<Pixels ID="Pixels:1" DimensionOrder="XYZCT" Type="uint8" PhysicalSizeX="0.25" {SIZES}>'
    '<Channel ID="Channel:1" Name="DAPI"/><TiffData/></Pixels></Image></OME>',
    "2013-06": f'<OME xmlns="{ROOT}/Schemas/OME/2013-06"><Image ID="Image:1" Name="cells">'
    "<AcquisitionDate>2005-01-02T03:04:05</AcquisitionDate>"
    f'<Pixels ID="Pixels:1" DimensionOrder="XYZCT" Type="uint8" PhysicalSizeX="0.25" {SIZES}>'
    '<Channel ID="Channel:1" Name="DAPI"/><TiffData/></Pixels></Image></OME>',
}


def build(xml, images):
    return build_ome_xml(reader_of(xml, images), no_dump(), NO_INVENTORY)


def values(xml: bytes | str) -> Counter[tuple[str, ...]]:
    """Values of a document by attribute, without those that the file's own layout decides."""
    layout = {"@schemaLocation", "@UUID", "@DimensionOrder", "@BigEndian", "@Interleaved", "@SamplesPerPixel"}
    return Counter(
        (str(path[-1]), str(value).strip())
        for path, value in leaves(xml_tree(parse_xml(xml)))
        if "TiffData" not in path and path[-1] not in layout and not ("Pixels" in path and "BinData" in path)
    )


@pytest.mark.parametrize("version", OLD)
@pytest.mark.parametrize("spelling", ["OME", "ome"])
def test_an_older_schema_is_brought_to_2016_with_name_date_and_pixel_size(version, spelling):
    xml = OLD[version].replace("/Schemas/OME/", f"/Schemas/{spelling}/")

    built = build(xml, [image(name="cells")])

    root = etree.fromstring(built.xml)
    assert problems(built.xml) == []
    assert root.find(".//{*}Image").get("Name") == "cells"
    assert root.find(".//{*}AcquisitionDate").text == "2005-01-02T03:04:05"
    assert float(root.find(".//{*}Pixels").get("PhysicalSizeX")) == 0.25


def test_a_document_with_prefixes_comes_out_with_the_default_namespace():
    prefixed = OLD["2013-06"].replace("xmlns=", "xmlns:ome=").replace("<", "<ome:")
    prefixed = prefixed.replace("<ome:/", "</ome:")

    built = build(prefixed, [image(name="cells")])

    assert b"ome:" not in built.xml
    assert b"DAPI" in built.xml


def _samples() -> list[Path]:
    suites = Path(__file__).resolve().parents[3] / "shared" / "suites" / "ome-model-2016-06"
    return sorted(suites.rglob("*.ome.xml"))


@pytest.mark.parametrize("sample", _samples(), ids=lambda path: path.stem)
def test_the_official_samples_keep_every_value(sample):
    xml = sample.read_bytes()

    built = build(xml.decode(), images_described_by(xml))

    assert problems(built.xml) == []
    assert values(xml) - values(built.xml) == Counter()
    assert built.corrections == ()


def images_described_by(xml: bytes):
    """What a reader would deliver that agrees with the document."""
    names = {"bit": "bool", "float": "float32", "double": "float64"}
    return [
        image(
            name=element.get("Name"),
            dtype=names.get(pixels.get("Type"), pixels.get("Type")),
            samples=(spp := int(next((c.get("SamplesPerPixel") or 1 for c in pixels.iter("{*}Channel")), 1))),
            size_c=int(pixels.get("SizeC")) // spp,
            **{f"size_{axis}": int(pixels.get(f"Size{axis.upper()}")) for axis in "tzyx"},
        )
        for element in parse_xml(xml).iter("{*}Image")
        for pixels in element.iter("{*}Pixels")
    ]

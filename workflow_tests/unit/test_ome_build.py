"""OME-XML corrected to the pixels that the reader delivers."""

import uuid

import numpy as np
import pytest
from lxml import etree

from fixative.findings import RefusedSample
from fixative.ome.build import build_ome_xml, complete_for_tiff
from fixative.ome.schema import problems
from ome_sources import NO_INVENTORY, dump_of, image, no_dump, reader_of

NS = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
UUID = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'test')}"


def image_xml(number=0, name="a", *, size="8 6 1 1 1", type_="uint8", order="XYCZT", inside="", after="") -> str:
    x, y, z, c, t = size.split()
    return (
        f'<Image ID="Image:{number}" Name="{name}"><Pixels ID="Pixels:{number}" DimensionOrder="{order}" '
        f'Type="{type_}" SizeX="{x}" SizeY="{y}" SizeZ="{z}" SizeC="{c}" SizeT="{t}">'
        f"{inside}</Pixels>{after}</Image>"
    )


def ome(*bodies: str) -> str:
    return f'<OME xmlns="{NS}" UUID="{UUID}">{"".join(bodies)}</OME>'


def build(xml, *images, dump=None):
    built = build_ome_xml(reader_of(xml, images), dump or no_dump(), NO_INVENTORY)
    assert problems(built.xml) == []
    return built


def images_of(built):
    return etree.fromstring(built.xml).findall(f"{{{NS}}}Image")


def pixels_of(built, number=0):
    return images_of(built)[number].find(f"{{{NS}}}Pixels")


def corrections_of(built):
    return [(c.image, c.field, c.described, c.found) for c in built.corrections]


def test_sizes_and_type_are_those_of_the_pixels_and_the_difference_is_listed():
    xml = ome(image_xml(size="256 256 1 1 1", inside="<TiffData/>"))

    built = build(xml, image(size_x=295, size_y=122, dtype="uint16"))

    pixels = pixels_of(built)
    assert (pixels.get("SizeX"), pixels.get("SizeY"), pixels.get("Type")) == ("295", "122", "uint16")
    assert corrections_of(built) == [
        (0, "Pixels@Type", "uint8", "uint16"),
        (0, "Pixels@SizeX", "256", "295"),
        (0, "Pixels@SizeY", "256", "122"),
    ]


def test_without_ome_xml_each_image_is_described_by_its_pixels_and_nothing_is_invented():
    built = build(None, image(size_z=3, size_t=2), image(kind="label", samples=3))

    first, second = images_of(built)
    assert (first.get("Name"), second.get("Name")) == (None, "label")
    assert {name for name in pixels_of(built).attrib if name.startswith(("Physical", "Time"))} == set()
    assert built.corrections == ()


@pytest.mark.parametrize(
    ("numpy_name", "ome_name"),
    [
        ("bool", "bit"),
        ("float32", "float"),
        ("float64", "double"),
        ("complex64", "complex"),
        ("int32", "int32"),
    ],
)
def test_types_bear_the_names_of_ome(numpy_name, ome_name):
    assert pixels_of(build(None, image(dtype=numpy_name))).get("Type") == ome_name


@pytest.mark.parametrize("dtype", ["float16", "int64", "uint64"])
def test_a_type_that_ome_lacks_is_refused(dtype):
    with pytest.raises(RefusedSample, match="CNV002"):
        build_ome_xml(reader_of(None, [image(dtype=dtype)]), no_dump(), NO_INVENTORY)


def test_images_that_the_reader_does_not_deliver_go_with_what_refers_to_them():
    well = (
        '<Plate ID="Plate:0"><Well ID="Well:0" Row="0" Column="0"><WellSample ID="WellSample:0" Index="0">'
        '<ImageRef ID="Image:1"/></WellSample></Well></Plate>'
    )
    xml = ome(well, image_xml(0, "a", inside="<TiffData/>"), image_xml(1, "b", inside="<TiffData/>"))

    built = build(xml, image(name="a"))

    assert [element.get("Name") for element in images_of(built)] == ["a"]
    assert b"WellSample" in built.xml
    assert b"ImageRef" not in built.xml
    assert (None, "Image", "b", None) in corrections_of(built)


def test_images_stand_in_the_order_of_the_reader_whatever_the_order_of_the_document():
    xml = ome(
        image_xml(0, "second", size="4 4 1 1 1", inside="<TiffData/>"),
        image_xml(1, "first", inside="<TiffData/>"),
    )

    built = build(xml, image(name="first"), image(name="second", size_x=4, size_y=4))

    assert [element.get("ID") for element in images_of(built)] == ["Image:1", "Image:0"]
    assert built.corrections == ()


def test_an_image_that_the_document_lacks_is_added_beside_the_others():
    xml = ome(image_xml(0, "a", inside="<TiffData/>"))

    built = build(xml, image(name="a"), image(name="macro", kind="macro", size_x=40))

    assert [element.get("Name") for element in images_of(built)] == ["a", "macro"]
    assert (1, "Image", None, "Image:1") in corrections_of(built)


def test_channels_are_as_many_as_the_reader_delivers():
    channels = "".join(f'<Channel ID="Channel:0:{n}" Name="c{n}"/>' for n in range(3))
    xml = ome(image_xml(size="8 6 1 3 1", inside=f"{channels}<TiffData/>"))

    fewer = build(xml, image(size_c=2))
    more = build(xml, image(size_c=4))

    assert [c.get("Name") for c in pixels_of(fewer).findall(f"{{{NS}}}Channel")] == ["c0", "c1"]
    assert [c.get("Name") for c in pixels_of(more).findall(f"{{{NS}}}Channel")] == ["c0", "c1", "c2", None]


def test_colour_samples_count_as_channels_of_size_c():
    xml = ome(image_xml(size="8 6 1 3 1", inside='<Channel ID="Channel:0:0" SamplesPerPixel="3"/><TiffData/>'))

    built = build(xml, image(samples=3))

    assert (pixels_of(built).get("SizeC"), pixels_of(built)[0].get("SamplesPerPixel")) == ("3", "3")
    assert pixels_of(built).get("Interleaved") == "true"
    assert built.corrections == ()


def test_planes_that_do_not_exist_are_dropped_and_the_others_keep_their_values():
    planes = "".join(f'<Plane TheZ="0" TheC="0" TheT="{t}" DeltaT="{t}.5"/>' for t in range(4))
    xml = ome(image_xml(size="8 6 1 1 4", inside=f"<TiffData/>{planes}"))

    built = build(xml, image(size_t=3))

    assert [plane.get("DeltaT") for plane in pixels_of(built).findall(f"{{{NS}}}Plane")] == [
        "0.5",
        "1.5",
        "2.5",
    ]


def test_planes_follow_when_the_reader_calls_time_what_the_document_calls_depth():
    planes = "".join(f'<Plane TheZ="{z}" TheC="0" TheT="0" DeltaT="{z}"/>' for z in range(3))
    xml = ome(image_xml(size="8 6 3 1 1", inside=f"<TiffData/>{planes}"))

    built = build(xml, image(size_t=3))

    found = pixels_of(built).findall(f"{{{NS}}}Plane")
    assert [(plane.get("TheT"), plane.get("TheZ"), plane.get("DeltaT")) for plane in found] == [
        ("0", "0", "0"),
        ("1", "0", "1"),
        ("2", "0", "2"),
    ]


def test_significant_bits_wider_than_the_type_are_dropped_and_those_of_the_reader_stand():
    xml = ome(image_xml(inside="<TiffData/>").replace("SizeX", 'SignificantBits="12" SizeX', 1))

    assert pixels_of(build(xml, image())).get("SignificantBits") is None
    stated = build(xml, image(dtype="uint16", significant_bits=14))
    assert pixels_of(stated).get("SignificantBits") == "14"


def test_axes_that_ome_does_not_know_are_named_in_an_annotation():
    built = build(None, image(size_c=6, source_axes="HCYX", folded={"H": "C"}))

    root = etree.fromstring(built.xml)
    annotation = root.find(f".//{{{NS}}}MapAnnotation")
    assert annotation.get("Namespace") == "urn:fixative:source-axes"
    assert [(m.get("K"), m.text) for m in annotation.iter(f"{{{NS}}}M")] == [
        ("source axes", "HCYX"),
        ("axis H", "folded into C"),
    ]
    assert images_of(built)[0].find(f"{{{NS}}}AnnotationRef").get("ID") == annotation.get("ID")


def test_foreign_xml_in_an_annotation_is_kept_whole():
    body = '<v:a xmlns:v="urn:v" k="1"><b xmlns="">text <i>mixed</i> tail</b></v:a>'
    holder = (
        '<StructuredAnnotations><XMLAnnotation ID="Annotation:0">'
        f"<Value>{body}</Value></XMLAnnotation></StructuredAnnotations>"
    )

    built = build(ome(image_xml(inside="<TiffData/>"), holder), image())

    value = etree.fromstring(built.xml).find(f".//{{{NS}}}Value")
    expected = etree.fromstring(f'<Value xmlns="{NS}">{body}</Value>')
    assert etree.tostring(value[0], method="c14n", exclusive=True) == etree.tostring(
        expected[0], method="c14n", exclusive=True
    )


def test_the_identity_of_the_source_file_is_not_that_of_the_archived_one():
    assert UUID.encode() not in build(ome(image_xml(inside="<TiffData/>")), image()).xml


def test_vendor_metadata_fill_what_the_document_leaves_open_and_change_nothing():
    xml = ome(image_xml(inside="<TiffData/>").replace("SizeX", 'PhysicalSizeX="9" SizeX', 1))

    built = build(xml, image(), dump=dump_of(lsm={"VoxelSizeX": 2e-7, "VoxelSizeY": 3e-7}))

    assert pixels_of(built).get("PhysicalSizeX") == "9"
    assert (pixels_of(built).get("PhysicalSizeY"), pixels_of(built).get("PhysicalSizeYUnit")) == (
        "0.3",
        "\u00b5m",
    )


def test_the_same_source_gives_the_same_bytes():
    xml = ome(image_xml(inside="<TiffData/>"))

    assert build(xml, image()).xml == build(xml, image()).xml


def test_each_plane_stands_once_with_z_fastest_then_c_then_t():
    images = [image(size_t=2, size_c=2, size_z=2), image(samples=3)]
    built = build(None, *images)

    done = complete_for_tiff(built.xml, images, "a b.ome.tiff", UUID)

    root = etree.fromstring(done)
    data = root.findall(f".//{{{NS}}}TiffData")
    places = [tuple(int(item.get(name)) for name in ("IFD", "FirstT", "FirstC", "FirstZ")) for item in data]
    assert problems(done) == []
    assert places == [(n, *np.unravel_index(n, (2, 2, 2))) for n in range(8)] + [(8, 0, 0, 0)]
    assert {(item[0].get("FileName"), item[0].text) for item in data} == {("a b.ome.tiff", UUID)}
    assert root.get("UUID") == UUID
    assert done.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- Warning: this comment is an OME-XML')


@pytest.mark.parametrize("other", [{"size_z": 2}, {"size_x": 9}, {"samples": 3}])
def test_a_document_of_other_pixels_is_refused_before_it_is_written(other):
    built = build(None, image())

    with pytest.raises(RefusedSample, match="CNV003"):
        complete_for_tiff(built.xml, [image(**other)], "a.ome.tiff", UUID)


def test_a_description_that_cannot_be_made_valid_is_refused():
    with pytest.raises(RefusedSample) as refused:
        build_ome_xml(reader_of(None, [image(size_x=0)]), no_dump(), NO_INVENTORY)

    assert refused.value.code == "MET003"

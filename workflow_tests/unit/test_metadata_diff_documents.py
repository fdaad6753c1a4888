"""Two documents compared value by value: each defect that the diff exists for."""

import copy
import time

import pytest

from fixative.metadata_diff.allowed_loss import AllowedLosses
from fixative.metadata_diff.record import Known, diff_documents
from fixative.models import Redaction
from fixative.xml_tree import parse_xml, xml_tree

SOURCE = """<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1" Creator="a reader">
<Experimenter ID="Experimenter:0" UserName="jdoe"/>
<Instrument ID="Instrument:0">
  <Objective ID="Objective:a" Model="Plan 10x" LensNA="0.3" WorkingDistance="2" WorkingDistanceUnit="mm"/>
  <Objective ID="Objective:b" Model="Plan 63x" LensNA="1.4"/>
</Instrument>
<Image ID="Image:0" Name="left">
  <AcquisitionDate>2020-01-01T12:00:00</AcquisitionDate>
  <ExperimenterRef ID="Experimenter:0"/>
  <InstrumentRef ID="Instrument:0"/>
  <ObjectiveSettings ID="Objective:b" Medium="Oil"/>
  <StageLabel Name="A" X="1" XUnit="mm"/>
  <Pixels ID="Pixels:0" BigEndian="false" DimensionOrder="XYZCT" Type="uint8" SizeX="4" SizeY="4" SizeZ="1" SizeC="2"
      SizeT="1" PhysicalSizeX="0.5" PhysicalSizeXUnit="µm">
    <Channel ID="Channel:0:0" Name="DAPI" Color="65535" SamplesPerPixel="1"/>
    <Channel ID="Channel:0:1" Name="GFP" SamplesPerPixel="1"/>
    <TiffData IFD="0"/>
    <Plane TheT="0" TheC="0" TheZ="0" DeltaT="1.5" ExposureTime="0.1"/>
    <Plane TheT="0" TheC="1" TheZ="0" DeltaT="2.5" ExposureTime="0.2"/>
  </Pixels>
  <ROIRef ID="ROI:0"/>
  <AnnotationRef ID="Annotation:0"/>
</Image>
<Image ID="Image:1" Name="right">
  <InstrumentRef ID="Instrument:0"/>
  <StageLabel Name="B" X="2" XUnit="mm"/>
  <Pixels ID="Pixels:1" DimensionOrder="XYZCT" Type="uint8" SizeX="4" SizeY="4" SizeZ="1" SizeC="1" SizeT="1">
    <Channel ID="Channel:1:0" Name="DAPI" SamplesPerPixel="1"/>
  </Pixels>
</Image>
<StructuredAnnotations>
  <MapAnnotation ID="Annotation:0" Namespace="lab"><Value><M K="dose">3 mg</M><M K="n">7</M></Value></MapAnnotation>
</StructuredAnnotations>
<ROI ID="ROI:0" Name="cell"><Union><Rectangle ID="Shape:0:0" X="1" Y="1" Width="2" Height="2"/></Union></ROI>
</OME>"""

RENAMED = {"Objective:a": "Objective:5", "Objective:b": "Objective:0", "Image:1": "Image:9", "ROI:0": "ROI:x"}


def tree_of(xml):
    """The tree of a document, as dumps hold it."""
    return xml_tree(parse_xml(xml))


def diff_of(*replacements, known=None):
    """The diff of the document above and of itself with texts replaced."""
    archive = SOURCE
    for old, new in replacements:
        assert old in archive
        archive = archive.replace(old, new)
    return diff_documents(tree_of(SOURCE), None, tree_of(archive), known, reader="bioformats")


def refused_of(diff):
    """Fate, field and both values of each loss."""
    return [(loss.fate, loss.field, loss.source, loss.archive) for loss in diff.losses]


def test_a_document_is_kept_whole_in_itself():
    diff = diff_of()

    assert (diff.values, diff.kept, diff.added, diff.refused) == (diff.kept, diff.values, 0, 0)
    assert diff.kept > 50


def test_other_ids_are_no_change():
    diff = diff_of(*RENAMED.items())

    assert (diff.refused, diff.added) == (0, 0)


def test_another_order_of_objectives_with_the_others_ids_is_no_change():
    first = SOURCE[SOURCE.index("  <Objective ") : SOURCE.index('  <Objective ID="Objective:b"')]
    second = SOURCE[SOURCE.index('  <Objective ID="Objective:b"') : SOURCE.index("</Instrument>")]
    swapped = (second + first).replace("Objective:a", "?").replace("Objective:b", "Objective:a")

    diff = diff_of(
        (first + second, swapped.replace("?", "Objective:b")), ('s ID="Objective:b"', 's ID="Objective:a"')
    )

    assert diff.refused == 0


def test_the_layout_of_the_file_is_no_value():
    diff = diff_of(
        ('BigEndian="false"', 'BigEndian="true"'),
        (
            '"XYZCT" Type="uint8" SizeX="4" SizeY="4" SizeZ="1" SizeC="2"',
            '"XYCZT" Type="uint8" SizeX="4" SizeY="4" SizeZ="1" SizeC="2"',
        ),
        ('<TiffData IFD="0"/>', '<TiffData IFD="3" FirstC="1"><UUID FileName="a">urn:uuid:2</UUID></TiffData>'),
        ("urn:uuid:1", "urn:uuid:2"),
        ("a reader", "another"),
    )

    assert (diff.refused, diff.added) == (0, 0)


def test_other_units_of_one_kind_are_no_change():
    diff = diff_of(
        ('PhysicalSizeX="0.5" PhysicalSizeXUnit="µm"', 'PhysicalSizeX="500" PhysicalSizeXUnit="nm"'),
        ('DeltaT="1.5"', 'DeltaT="1500" DeltaTUnit="ms"'),
    )

    assert (diff.refused, diff.added) == (0, 0)


def test_a_default_that_is_stated_is_no_change():
    diff = diff_of(('Name="GFP"', 'Name="GFP" Color="-1"'))

    assert (diff.refused, diff.added) == (0, 0)


@pytest.mark.parametrize(
    ("old", "new", "loss"),
    [
        (' Name="GFP"', "", ("dropped", "Image/Pixels/Channel@Name", "GFP", None)),
        ('Color="65535"', 'Color="-1"', ("changed", "Image/Pixels/Channel@Color", "65535", "-1")),
        ('Color="65535"', "", ("changed", "Image/Pixels/Channel@Color", "65535", "-1")),
        (' DeltaT="2.5"', "", ("dropped", "Image/Pixels/Plane@DeltaT", "2.5 s", None)),
        ('LensNA="1.4"', 'LensNA="1.2"', ("changed", "Instrument/Objective@LensNA", "1.4", "1.2")),
        ('XUnit="µm"', 'XUnit="nm"', ("changed", "Image/Pixels@PhysicalSizeX", "0.5 µm", "0.5 nm")),
        ("12:00:00", "13:00:00", ("changed", "Image/AcquisitionDate#", "2020-01-01T12:00:00", "2020-01-01T13:00:00")),
        (
            's ID="Objective:b"',
            's ID="Objective:a"',
            ("changed", "Image/ObjectiveSettings@ID", "Objective 1", "Objective 0"),
        ),
        ("3 mg", "4 mg", ("changed", "StructuredAnnotations/MapAnnotation/Value/M#", "3 mg", "4 mg")),
        ('Width="2"', 'Width="3"', ("changed", "ROI/Union/Rectangle@Width", "2", "3")),
        ('<AnnotationRef ID="Annotation:0"/>', "", ("dropped", "Image/AnnotationRef@ID", "MapAnnotation 0", None)),
    ],
)
def test_a_single_defect_is_seen_where_it_is(old, new, loss):
    diff = diff_of((old, new))

    assert refused_of(diff) == [loss]
    assert diff.refused == 1


def test_swapped_names_of_scenes_are_two_changes():
    diff = diff_of(('Name="left"', 'Name="?"'), ('Name="right"', 'Name="left"'), ('Name="?"', 'Name="right"'))

    assert refused_of(diff) == [
        ("changed", "Image@Name", "left", "right"),
        ("changed", "Image@Name", "right", "left"),
    ]


def test_scenes_of_one_size_in_another_order_are_found_by_their_names():
    third = SOURCE[SOURCE.index('<Image ID="Image:1"') : SOURCE.index("<StructuredAnnotations>")]
    fourth = third.replace(":1", ":2").replace('"right"', '"third"').replace('Name="B" X="2"', 'Name="C" X="3"')
    images = SOURCE[SOURCE.index('<Image ID="Image:0"') : SOURCE.index("<StructuredAnnotations>")]
    source, archive = (SOURCE.replace(images, both) for both in (third + fourth, fourth + third))

    diff = diff_documents(tree_of(source), None, tree_of(archive))

    assert (diff.changed, diff.values) == (0, diff.kept + diff.dropped)


def test_a_lost_roi_is_lost_with_every_value():
    roi = SOURCE[SOURCE.index("<ROI ID") : SOURCE.index("</OME>")]

    diff = diff_of((roi, ""), ('<ROIRef ID="ROI:0"/>', ""))

    assert {loss.field for loss in diff.losses} == {
        "ROI@Name",
        "Image/ROIRef@ID",
        *(f"ROI/Union/Rectangle@{name}" for name in ("X", "Y", "Width", "Height")),
    }
    assert diff.dropped == diff.refused == 6


def test_what_the_archive_has_besides_is_counted():
    diff = diff_of(
        ('LensNA="1.4"', 'LensNA="1.4" Manufacturer="Zeiss"'), ("</OME>", '<Plate ID="Plate:0" Name="P"/></OME>')
    )

    assert diff.refused == 0
    assert diff.added_fields == {"Instrument/Objective@Manufacturer": 1, "Plate@Name": 1}


def test_the_vendor_s_keys_that_the_archive_carries_are_not_counted_as_added():
    keys = (
        '<XMLAnnotation ID="Annotation:9" Namespace="openmicroscopy.org/OriginalMetadata"><Value><OriginalMetadata>'
        "<Key>Gain</Key><Value>7</Value></OriginalMetadata></Value></XMLAnnotation></StructuredAnnotations>"
    )

    assert diff_of(("</StructuredAnnotations>", keys)).added == 0


KEYED = SOURCE.replace(
    "</StructuredAnnotations>",
    '<XMLAnnotation ID="Annotation:7" Namespace="openmicroscopy.org/OriginalMetadata"><Value><OriginalMetadata>'
    "<Key>User</Key><Value>jdoe</Value></OriginalMetadata></Value></XMLAnnotation></StructuredAnnotations>",
)


def test_the_key_of_a_vendor_s_value_that_was_taken_out_goes_with_it():
    tree = tree_of(KEYED)
    clean = tree_of(KEYED)
    pair = clean["OME"]["StructuredAnnotations"][0]["XMLAnnotation"][0]["Value"][0]["OriginalMetadata"][0]
    pair["Value"][0].pop("#text")

    diff = diff_documents(tree, clean, tree_of(SOURCE))

    assert (diff.refused, diff.dropped) == (0, 0)
    assert diff.redacted >= 2


def test_a_vendor_s_key_that_is_lost_without_that_is_a_loss():
    diff = diff_documents(tree_of(KEYED), tree_of(KEYED), tree_of(SOURCE))

    assert diff.refused > 0


TOLD = AllowedLosses.model_validate(
    {"allowed": [{"id": "told", "field": "**", "told": True, "reason": "it is on record and in an annotation"}]}
)


@pytest.mark.parametrize(
    ("field", "described", "refused"),
    [
        ("Plane", "TheT=0 TheC=1 TheZ=0 DeltaT=2.50", 0),
        ("Plane@DeltaT", "2.5", 0),
        ("Plane", "TheT=0 TheC=1 TheZ=0 DeltaT=2.6", 1),
        ("Channel@DeltaT", "2.5", 1),
    ],
)
def test_a_lost_value_is_allowed_where_the_record_of_corrections_has_that_very_value(field, described, refused):
    known = Known(allowed=TOLD, corrections=({"field": field, "described": described},))

    assert diff_of((' DeltaT="2.5"', ""), known=known).refused == refused


def test_equal_losses_are_counted_together():
    diff = diff_of((' SamplesPerPixel="1"', ""))

    assert [(loss.field, loss.count, loss.place) for loss in diff.losses] == [
        ("Image/Pixels/Channel@SamplesPerPixel", 3, "Image 0, Channel 0")
    ]


def test_an_instrument_that_is_there_twice_may_be_there_once():
    instrument = SOURCE[SOURCE.index("<Instrument ") : SOURCE.index('<Image ID="Image:0"')]
    second = instrument.replace(":0", ":1").replace(":a", ":c").replace(":b", ":d")
    image = SOURCE[SOURCE.index('<Image ID="Image:1"') : SOURCE.index("<StructuredAnnotations>")]
    source = SOURCE.replace(instrument, instrument + second)
    source = source.replace(image, image.replace('Ref ID="Instrument:0"', 'Ref ID="Instrument:1"'))

    diff = diff_documents(tree_of(source), None, tree_of(SOURCE))

    assert diff.refused == 0


def test_a_detector_of_which_nothing_is_left_is_known_by_what_refers_to_it():
    source, archive = (
        SOURCE.replace("</Instrument>", detectors + "</Instrument>").replace(
            'SamplesPerPixel="1"/>', f'SamplesPerPixel="1"><DetectorSettings ID="{used}" Gain="2"/></Channel>', 1
        )
        for detectors, used in (
            ('<Detector ID="Detector:0" Type="Other"/>', "Detector:0"),
            ('<Detector ID="Detector:0" Gain="7"/><Detector ID="Detector:1" Model="C14"/>', "Detector:1"),
        )
    )

    diff = diff_documents(tree_of(source), None, tree_of(archive))

    assert refused_of(diff) == [("dropped", "Instrument/Detector@Type", "Other", None)]


def test_a_reference_to_somebody_of_whom_nothing_is_said_is_no_value():
    source = SOURCE.replace(' UserName="jdoe"', "")
    archive = source.replace('<Experimenter ID="Experimenter:0"/>', "").replace(
        '<ExperimenterRef ID="Experimenter:0"/>', ""
    )

    diff = diff_documents(tree_of(source), None, tree_of(archive))

    assert diff.losses == ()


def redacted(*steps, value):
    """The tree of the document above, sanitised at one place: a value, or None where it was taken out."""
    tree = copy.deepcopy(tree_of(SOURCE))
    *way, last = steps
    node = tree["OME"]
    for step in way:
        node = node[step]
    node.update({last: value})
    return {"OME": {name: item for name, item in tree["OME"].items() if item is not None}}


LOG = Known(redactions=(Redaction(key="ome:/OME/Experimenter/@UserName", action="X", rule="people"),))


def test_a_redacted_value_is_known_with_its_rule():
    clean = redacted("Experimenter", 0, "@UserName", value=None)
    archive = tree_of(
        SOURCE.replace('<Experimenter ID="Experimenter:0" UserName="jdoe"/>', "").replace(
            '<ExperimenterRef ID="Experimenter:0"/>', ""
        )
    )

    diff = diff_documents(tree_of(SOURCE), clean, archive, LOG)

    assert (diff.refused, diff.redacted) == (0, 2)
    assert {(line.field, line.rule, line.count) for line in diff.redactions} == {
        ("Experimenter@UserName", "people", 1),
        ("Image/ExperimenterRef@ID", "people", 1),
    }


def test_a_replaced_value_is_redacted_too():
    clean = redacted("Experimenter", 0, "@UserName", value="person 1")
    archive = tree_of(SOURCE.replace("jdoe", "person 1"))

    diff = diff_documents(tree_of(SOURCE), clean, archive, LOG)

    assert (diff.refused, diff.redacted, diff.changed) == (0, 1, 0)


def test_a_redacted_value_that_is_still_in_the_archive_is_refused_and_not_named():
    clean = redacted("Experimenter", 0, "@UserName", value=None)

    diff = diff_documents(tree_of(SOURCE), clean, tree_of(SOURCE), LOG)

    assert (diff.refused, diff.exposed, diff.redacted) == (1, 1, 0)
    assert "jdoe" not in diff.model_dump_json()


def test_no_record_holds_a_value_that_was_redacted():
    clean = redacted("Experimenter", 0, "@UserName", value=None)

    diff = diff_documents(tree_of(SOURCE), clean, tree_of(SOURCE.replace("jdoe", "somebody")), LOG)

    assert "jdoe" not in diff.model_dump_json()


def test_fifty_thousand_planes_take_seconds():
    planes = "".join(
        f'<Plane TheT="{t}" TheC="0" TheZ="0" DeltaT="{t}" PositionX="{t}" PositionY="1" PositionZ="2"/>'
        for t in range(1, 50_001)
    )
    xml = SOURCE.replace("<Plane TheT", planes + "<Plane TheT", 1).replace('"1.5"', '"1.25"')
    source, archive = tree_of(xml), tree_of(xml.replace('DeltaT="77"', 'DeltaT="78"'))
    start = time.process_time()

    diff = diff_documents(source, None, archive)

    assert time.process_time() - start < 8
    assert refused_of(diff) == [("changed", "Image/Pixels/Plane@DeltaT", "77 s", "78 s")]

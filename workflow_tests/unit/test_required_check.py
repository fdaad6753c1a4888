"""Which fields are there, what a missing one means, and how complete a document is."""

from pathlib import Path

import pytest
from lxml import etree

from fixative.findings import RefusedSample
from fixative.models import MetadataSource, SampleRow
from fixative.ome.schema import NAMESPACE
from fixative.required.check import check_required, complete_from_sheet, refuse_missing
from fixative.required.profile import RequiredMetadata
from fixative.required.rembi import ITEMS, rembi_score
from fixative.required.supplied import supply
from fixative.required.tiers import SLOTS, slots

BARE = (
    '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" SizeX="4" SizeY="4" SizeZ="1" SizeC="1" '
    'SizeT="1" Type="uint8"><Channel ID="Channel:0:0"/><MetadataOnly/></Pixels></Image>'
)


def row(modality: str | None = None, organism: str | None = None, **extra: str) -> SampleRow:
    stated = {"modality": modality, "organism": organism, "extra": extra}
    return SampleRow(line=2, sample_id="A", source=Path("a.tif"), dataset="d", privacy_policy="p", **stated)


def document(body: str = BARE) -> "etree._Element":
    return etree.fromstring(f'<OME xmlns="{NAMESPACE}">{body}</OME>')


def checklists(**modalities: dict[str, object]) -> RequiredMetadata:
    return RequiredMetadata.model_validate({"modalities": {"default": {}, **modalities}})


def states(root: "etree._Element", *, stated: SampleRow | None = None, **options: object) -> dict[str, str]:
    report = check_required(root, None, stated or row(), **options)
    return {field.name: field.state for field in report.fields}


def slot(root: "etree._Element", path: str) -> bool:
    return path not in check_required(root, None, row()).nbo_missing


def test_a_missing_field_that_the_checklist_insists_on_refuses_the_sample():
    report = check_required(document(), checklists(default={"refuse": ["objective_na", "channel_names"]}), row())

    with pytest.raises(RefusedSample, match=r"MET004.*channel_names, objective_na.*default"):
        refuse_missing(report)


def test_a_missing_field_that_the_checklist_warns_of_is_named_and_goes_on():
    report = check_required(document(), checklists(default={"warn": ["objective_na"]}), row())

    refuse_missing(report)

    assert report.names("missing") == ("objective_na",)


def test_the_modality_of_the_sheet_chooses_the_checklist():
    profile = checklists(confocal={"also": ["FBbi:00000251"], "refuse": ["objective_na"]})

    report = check_required(document(), profile, row("http://purl.obolibrary.org/obo/FBbi_00000251"))

    assert (report.checklist, report.names("missing", level="refuse")) == ("confocal", ("objective_na",))


def test_a_supplied_field_is_there_and_is_a_persons():
    root, stated = document(), row(objective_na="1.4")
    supplied = supply(root, stated)

    report = check_required(root, checklists(default={"refuse": ["objective_na"]}), stated, supplied=supplied)

    refuse_missing(report)
    assert report.supplied == ("objective_na",)


def test_what_the_source_states_stays_the_sources_when_the_sheet_says_it_too():
    root = document(BARE.replace('SizeX="4"', 'SizeX="4" PhysicalSizeX="0.1"'))
    stated = row(physical_size_x_um="0.3")
    supplied = supply(root, stated)

    report = check_required(root, None, stated, supplied=supplied)

    assert (report.supplied, report.disagreements) == ((), ("physical_size_x_um",))


def test_organism_and_modality_of_the_sheet_are_a_persons():
    found = states(document(), stated=row("confocal", "Mus musculus"))

    assert (found["organism"], found["modality"]) == ("person", "person")


def test_a_third_axis_that_is_not_there_is_not_missed():
    assert states(document())["physical_size_z_um"] == "not applicable"


def test_a_field_that_one_channel_lacks_is_missing():
    channels = '<Channel ID="Channel:0:0" Name="DAPI"/><Channel ID="Channel:0:1"/>'

    assert states(document(BARE.replace('<Channel ID="Channel:0:0"/>', channels)))["channel_names"] == "missing"


def test_times_of_planes_stand_for_a_time_increment():
    planes = "<MetadataOnly/>" + "".join(
        f'<Plane TheZ="0" TheC="0" TheT="{t}" DeltaT="{500 * t}" DeltaTUnit="ms"/>' for t in (0, 1)
    )

    found = states(document(BARE.replace('SizeT="1"', 'SizeT="2"').replace("<MetadataOnly/>", planes)))

    assert found["time_increment_s"] == "source"


@pytest.mark.parametrize(
    ("tree", "state"),
    [
        ({"Beam": {"HV": "200000"}}, "source"),
        ({"a": [{"AccelerationVoltage": 80}]}, "source"),
        ({"high_tension": 0.0}, "missing"),
        ({"PMTVoltage": 700}, "missing"),
    ],
)
def test_the_voltage_of_an_electron_microscope_is_found_in_the_vendors_metadata(tree, state):
    vendor = [MetadataSource(kind="fei", file="a.tif", tool="tifffile", version="1", tree=tree)]

    assert states(document(), vendor=vendor)["accelerating_voltage_kv"] == state


def test_the_report_holds_no_value_of_the_sheet():
    xml = etree.tostring(document())

    _, report = complete_from_sheet(xml, checklists(), row(microscope_model="Secret 7", channel_names="Ada"), None)

    assert "Secret" not in report.model_dump_json()
    assert "Ada" not in report.model_dump_json()


def test_a_document_to_which_nothing_is_supplied_is_not_touched():
    xml = etree.tostring(document())

    assert complete_from_sheet(xml, None, row(), None)[0] is xml


def test_the_table_of_slots_is_what_the_two_schemas_say(suites):
    from nbo_slots import table

    assert SLOTS.read_text(encoding="utf-8") == table(suites / "nbo-v02-01/nbo.xsd")


def test_153_slots_of_the_tiers_exist_in_ome():
    tiers = [slot.tier for slot in slots()]

    assert (tiers.count(1), tiers.count(2), tiers.count(3), len(tiers)) == (96, 37, 20, 153)


def test_an_objective_is_missed_where_there_is_none():
    assert not slot(document(), "Objective/LensNA")


def test_a_laser_is_not_missed_but_some_light_source_is():
    missing = check_required(document(), None, row()).nbo_missing

    assert "Instrument/LightSourceGroup" in missing
    assert "Laser" not in missing
    assert "Laser/Type" not in missing


def test_a_laser_that_is_there_must_say_what_it_is():
    body = '<Instrument ID="Instrument:0"><Laser ID="LightSource:0"/></Instrument>' + BARE

    assert slot(document(body), "Instrument/LightSourceGroup")
    assert slot(document(body), "LightSource/ID")
    assert not slot(document(body), "Laser/Type")


def test_a_slot_within_images_is_filled_when_every_image_fills_it():
    other = BARE.replace(":0", ":1").replace('SizeX="4"', 'SizeX="4" PhysicalSizeX="0.1"')

    assert not slot(document(BARE + other), "Pixels/PhysicalSizeX")
    assert slot(document(other), "Pixels/PhysicalSizeX")
    assert slot(document(other), "Pixels/PhysicalSizeXUnit")


def test_a_date_counts_though_ome_has_it_as_a_child_and_nbo_as_an_attribute():
    dated = BARE.replace("<Pixels", "<AcquisitionDate>2024-03-05T10:11:12</AcquisitionDate><Pixels", 1)

    assert slot(document(dated), "Image/AcquisitionDate")


def test_an_electron_microscope_is_not_scored_by_the_tiers_of_light():
    report = check_required(document(), checklists(tem={"light": False}), row("TEM"))

    assert (report.nbo, report.nbo_missing) == ((), ())


def test_the_rembi_minimum_names_the_columns_that_are_still_to_be_filled():
    found = rembi_score(row("confocal", study_title="Golgi"), ["channel_names", "physical_size_x_um"])

    missing = [column for _, column in found.missing]
    assert found.filled == 3
    assert "physical_size_x_um" in missing
    assert not {"study_title", "modality", "channel_names"} & set(missing)


def test_a_sheet_that_fills_every_column_meets_the_rembi_minimum():
    columns = {item.column: "x" for item in ITEMS}
    stated = row(columns.pop("modality"), columns.pop("organism"), **columns)

    found = rembi_score(stated, ["physical_size_x_um", "physical_size_y_um", "channel_names"])

    assert (found.filled, found.missing) == (len(ITEMS), ())

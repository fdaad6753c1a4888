"""Canaries: what is private by the policy is nowhere in what comes out, and science is as it was."""

import json
import re

import pytest

from fixative.ome.schema import problems
from fixative.privacy.apply import sanitise
from fixative.privacy.policy import load_policy
from fixative.xml_tree import parse_xml, xml_tree
from privacy_samples import (
    DATE,
    DATE_SLOTS,
    POLICIES,
    SCIENCE,
    TEXT_SLOTS,
    canary,
    dump,
    everything,
    inventory,
    ome_xml,
    policy,
    row,
    source,
)

KEY = "5f" * 32
SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
PEOPLE_SLOTS = [slot for slot in TEXT_SLOTS if re.match(r"Experimenter@(?!Inst)|Rights|BinData|External", slot)]
SERIAL_SLOTS = [slot for slot in TEXT_SLOTS if slot.endswith(("@SerialNumber", "@LotNumber"))]
TECHNICAL_SLOTS = [
    slot for slot in TEXT_SLOTS if slot.endswith(("@Manufacturer", "@Model", "@FilterWheel", "@Fluor"))
] + ["Channel@Name", "OME@Creator"]
FILE_SLOTS = [slot for slot in TEXT_SLOTS if slot.startswith(("Bin", "External"))]


def with_everything(name, fill=canary):
    """Sanitise OME-XML that stands in the file, in a tag and in the dump of a reader."""
    xml = ome_xml(fill)
    sources = [
        source("ome", xml_tree(parse_xml(xml))),
        source("tiff", {"ifd": [{"ImageDescription": xml.decode()}]}),
    ]
    return sanitise(policy(name), dump(*sources), xml, row(), inventory())


@pytest.fixture(scope="module")
def outputs():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIXATIVE_PRIVACY_KEY", KEY)
        names = ("facility", "gdpr_pseudonymous", "hipaa_safe_harbor", "keep_all")
        return {name: with_everything(name) for name in names}


def test_the_sample_with_every_slot_filled_is_valid():
    assert problems(ome_xml(canary)) == []


@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous", "hipaa_safe_harbor", "keep_all"])
def test_sanitised_ome_xml_is_valid(outputs, name):
    assert problems(outputs[name].ome_xml) == []


@pytest.mark.parametrize("slot", PEOPLE_SLOTS)
@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous", "hipaa_safe_harbor"])
def test_what_names_people_is_gone(outputs, name, slot):
    assert canary(slot) not in everything(outputs[name])


@pytest.mark.parametrize("slot", sorted(set(TEXT_SLOTS) - set(TECHNICAL_SLOTS)))
def test_under_hipaa_free_text_and_serial_numbers_are_gone(outputs, slot):
    assert canary(slot) not in everything(outputs["hipaa_safe_harbor"])


@pytest.mark.parametrize("slot", TECHNICAL_SLOTS)
@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous"])
def test_instruments_and_channels_stay(outputs, name, slot):
    assert canary(slot) in outputs[name].ome_xml.decode()


@pytest.mark.parametrize("slot", sorted(set(TECHNICAL_SLOTS) - {"OME@Creator"}))
def test_instruments_and_channels_stay_under_hipaa_but_not_a_creator_that_is_no_program(outputs, slot):
    xml = outputs["hipaa_safe_harbor"].ome_xml.decode()

    assert canary(slot) in xml
    assert canary("OME@Creator") not in xml


@pytest.mark.parametrize("slot", sorted(set(TEXT_SLOTS) - set(PEOPLE_SLOTS) - set(FILE_SLOTS)))
def test_under_facility_all_other_text_stays(outputs, slot):
    assert canary(slot) in outputs["facility"].ome_xml.decode()


@pytest.mark.parametrize("value", SCIENCE)
@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous", "hipaa_safe_harbor"])
def test_scientific_values_are_as_they_were(outputs, name, value):
    assert value in outputs[name].ome_xml.decode()


def test_keep_all_changes_nothing(outputs):
    assert outputs["keep_all"].ome_xml == ome_xml(canary)
    assert outputs["keep_all"].log.redactions == ()
    assert outputs["keep_all"].secrets == ()


def test_dates_stay_or_keep_their_year_only(outputs):
    assert outputs["facility"].ome_xml.decode().count(DATE) == len(DATE_SLOTS)
    assert DATE[:10] not in everything(outputs["hipaa_safe_harbor"])
    assert outputs["hipaa_safe_harbor"].ome_xml.decode().count("2016-01-01T00:00:00") == len(DATE_SLOTS)


def custom(tmp_path, text):
    path = tmp_path / "custom.yaml"
    path.write_text(f'name: custom\nversion: "1"\ndescription: a test\nextends: facility\n{text}', encoding="utf-8")
    return load_policy(str(path), POLICIES)


@pytest.mark.parametrize("slot", SERIAL_SLOTS)
def test_serial_numbers_go_by_choice(tmp_path, slot):
    without = custom(tmp_path, "serial_numbers: remove\n")

    sanitised = sanitise(without, dump(), ome_xml(canary), row(), inventory())

    assert canary(slot) not in everything(sanitised)


def test_dates_go_by_choice(tmp_path):
    sanitised = sanitise(custom(tmp_path, "dates: remove\n"), dump(), ome_xml(canary), row(), inventory())

    assert DATE not in everything(sanitised)
    assert problems(sanitised.ome_xml) == []


def test_a_shift_of_dates_keeps_their_intervals(tmp_path, monkeypatch):
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY", KEY)
    shift = custom(tmp_path, "rules:\n  - {id: dates, action: S, how: shift}\n")
    tree = {"DateTime": "2016:02:12 09:00:00", "DateTimeOriginal": "2016:02:14 10:30:00"}

    kept = sanitise(shift, dump(source("tiff", tree)), b"<OME/>", row(), inventory()).dump.sources[0].tree

    assert kept["DateTime"][-8:] == "09:00:00"
    assert kept["DateTimeOriginal"][-8:] == "10:30:00"
    assert "2016:02:1" not in json.dumps(kept)


PRIVATE_TREES = [
    ("tiff", {"ifd": [{}, {"subifd": [{"Artist": "QzCanary7"}]}]}),
    ("tiff", {"ifd": [{"HostComputer": "QzCanary7"}]}),
    ("tiff", {"ifd": [{"Copyright": "(c) QzCanary7"}]}),
    ("tiff", {"ifd": [{"exif": {"CameraOwnerName": "QzCanary7"}}]}),
    ("tiff", {"ifd": [{"gps": {"GPSAreaInformation": "QzCanary7"}}]}),
    ("tiff", {"ifd": [{"ImageDescription": "ImageJ=1.53\nimages=3\nUserName=QzCanary7\n"}]}),
    (
        "tiff",
        {"ifd": [{"ImageDescription": "Aperio Image\r\n46000x32914|AppMag = 20|User = QzCanary7|Time = 1"}]},
    ),
    ("tiff", {"ifd": [{"MicroManagerMetadata": '{"UserName": "QzCanary7", "ComputerName": "x"}'}]}),
    (
        "tiff",
        {"ifd": [{"XMP": "<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>QzCanary7</creator></x:xmpmeta>"}]},
    ),
    ("exiftool", {"XMP-dc": {"Creator": ["QzCanary7"]}}),
    ("exiftool", {"XMP-photoshop": {"AuthorsPosition": "x", "Credit": "QzCanary7"}}),
    ("exiftool", {"IPTC": {"By-line": "QzCanary7"}}),
    ("exiftool", {"GPS": {"GPSLatitude": "QzCanary7"}}),
    ("exiftool", {"XMP-iptcCore": {"CreatorContactInfo": {"CiEmailWork": "QzCanary7@x.org"}}}),
    ("czi", {"ImageDocument": {"Metadata": {"Information": {"User": {"DisplayName": "QzCanary7"}}}}}),
    (
        "czi",
        {"ImageDocument": {"Metadata": {"Information": {"Document": [{"UserName": {"#text": "QzCanary7"}}]}}}},
    ),
    ("czi", {"AttachmentInfos": [{"Path": "C:\\Users\\QzCanary7\\scan.czi"}]}),
    ("nd2", {"text_info": {"author": "QzCanary7"}}),
    ("nd2", {"text_info": {"description": "Metadata:\r\nCamera Name: x\r\nUser: QzCanary7\r\nLoops: 3"}}),
    ("lif", {"LMSDataContainerHeader": {"ContextDescription": {"User": "QzCanary7"}}}),
    ("lif", {"Element": [{"Attachment": {"@Name": "OperatorName", "@Value": "QzCanary7"}}]}),
    ("imagej", {"Info": "Location: /home/QzCanary7/x.tif\nSlices: 3"}),
    ("micromanager", {"Summary": {"ComputerName": "QzCanary7", "Directory": "D:\\QzCanary7\\run"}}),
    ("lsm", {"ScanInformation": {"User": "QzCanary7"}}),
    ("fei", {"User": {"User": "QzCanary7"}}),
    ("sidecar", {"0": {"experimenter": "QzCanary7", "note": "by QzCanary7"}}),
    ("sidecar", {"0": {"investigators": [{"name": "QzCanary7"}]}}),
    ("sidecar", {"0": [{"Key": "Principal Investigator", "Value": "QzCanary7"}]}),
    ("dicom", {"PatientName": "QzCanary7^A", "PatientID": "QzCanary7"}),
    ("sheet", {"operator": "QzCanary7"}),
]


@pytest.mark.parametrize(
    ("kind", "tree"), PRIVATE_TREES, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(PRIVATE_TREES)]
)
def test_no_vendor_key_gives_a_person_away(kind, tree):
    sanitised = sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())

    assert "qzcanary7" not in everything(sanitised).casefold()


@pytest.mark.parametrize(
    ("kind", "tree"),
    [
        ("tiff", {"ifd": [{"ImageWidth": 512, "Software": "NDP.scan 2.5.89", "Make": "Hamamatsu"}]}),
        ("tiff", {"ifd": [{"ImageDescription": "ImageJ=1.53\nunit=micron\nspacing=0.32\n"}]}),
        (
            "exiftool",
            {"IFD0": {"ImageDescription": f"<OME xmlns:s='u' s:schemaLocation='{SCHEMA} {SCHEMA}/ome.xsd'/>"}},
        ),
        ("exiftool", {"IFD0": {"Model": "C9600-12", "DateTime": "2017:02:07 13:06:43"}}),
        ("czi", {"Scaling": {"Distance": [{"@Id": "X", "Value": 9.0577e-08}]}, "Version": "2.6.76.0"}),
        ("nd2", {"experiment": [{"type": "XYPosLoop", "count": 3}], "pixelsize": 0.325}),
        ("nd2", {"CameraSetting": {"CameraUserName": "Fusion", "CameraFamilyName": "C14440-20UP"}}),
        ("nd2", {"DeviceSetting": {"MicroscopeFullName": "Ti2 Microscope"}}),
        ("lif", {"Image": {"@Name": "Series001", "ObjectiveName": "HC PL APO 63x/1.40 OIL"}}),
        ("sidecar", {"0": {"dye": "Alexa 488", "ratio": "340/380", "ok": True, "none": None}}),
    ],
)
def test_what_names_nobody_is_as_it_was(kind, tree):
    sanitised = sanitise(policy("facility"), dump(source(kind, tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree == tree
    assert sanitised.log.redactions == ()


def test_the_log_names_rule_and_ground_and_never_a_value(outputs):
    log = outputs["facility"].log

    redaction = next(line for line in log.redactions if line.key == "ome:/OME/Experimenter/@LastName")

    assert (redaction.action, redaction.rule, redaction.ground) == ("X", "people", "HIPAA A, GDPR")
    assert "Canary" not in log.model_dump_json()


def test_sanitising_twice_gives_the_same(outputs):
    again = with_everything("facility")

    assert everything(again) == everything(outputs["facility"])

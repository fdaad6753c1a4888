"""Sanitising: what is private is nowhere in what comes out, and what is science is as it was."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixative.findings import RefusedSample
from fixative.metadata.xml_tree import parse_xml, xml_tree
from fixative.ome.schema import problems
from fixative.privacy.apply import sanitise
from fixative.privacy.policy import load_policy
from fixative.privacy.search import Search
from privacy_samples import (
    DATE,
    DATE_SLOTS,
    POLICIES,
    SCIENCE,
    TEXT_SLOTS,
    dump,
    inventory,
    ome_xml,
    policy,
    row,
    source,
)

KEY = "5f" * 32
SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
SPECIAL = {"External@href": "http://files.example.org/{}", "BinData#text": "AA{}AAA"}
PEOPLE_SLOTS = [slot for slot in TEXT_SLOTS if re.match(r"Experimenter@(?!Inst)|Rights|BinData|External", slot)]
SERIAL_SLOTS = [slot for slot in TEXT_SLOTS if slot.endswith(("@SerialNumber", "@LotNumber"))]
TECHNICAL_SLOTS = [
    slot for slot in TEXT_SLOTS if slot.endswith(("@Manufacturer", "@Model", "@FilterWheel", "@Fluor", "Array"))
] + ["Channel@Name", "OME@Creator"]
FILE_SLOTS = [slot for slot in TEXT_SLOTS if slot.startswith(("Bin", "External"))]


def canary(slot):
    """A value that stands nowhere else."""
    return SPECIAL.get(slot, "{}").format(f"Qz{TEXT_SLOTS.index(slot):03d}Canary")


def everything(sanitised):
    """All that comes out of sanitising and may be published."""
    parts = [
        sanitised.dump.model_dump_json(),
        sanitised.ome_xml.decode(),
        sanitised.log.model_dump_json(),
        sanitised.row.model_dump_json(),
        json.dumps(sanitised.names),
    ]
    return "\n".join(parts)


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
@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous", "hipaa_safe_harbor"])
def test_instruments_and_channels_stay(outputs, name, slot):
    assert canary(slot) in outputs[name].ome_xml.decode()


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


ADA = {"ifd": [{"Artist": "Ada Lovelace", "HostComputer": "SCOPE7.lab.example.org"}]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("imaged by Ada Lovelace at 63x", "imaged by [removed] at 63x"),
        ("imaged by LOVELACE, Ada", "imaged by [removed]"),
        ("lovelace_cells_01", "[removed]_cells_01"),
        ("AdaLovelaceCells", "[removed]Cells"),
        ("on scope7", "on [removed]"),
        ("the microscope70 of a band", "the microscope70 of a band"),
        ("adagio", "adagio"),
        ("Ada  Lovelace", "[removed]"),
    ],
)
def test_a_value_removed_from_one_slot_goes_from_every_text(text, expected):
    texts = [source("tiff", ADA), source("sidecar", {"0": {"remark": text}})]

    sanitised = sanitise(policy("facility"), dump(*texts), b"<OME/>", row(notes=text), inventory())

    assert sanitised.dump.sources[1].tree["0"]["remark"] == expected
    assert sanitised.row.notes == expected


def test_a_value_goes_from_names_of_keys_as_well():
    tree = {"0": {"Lovelace": {"cells": 3}, "Ada Lovelace": {"cells": 4}}}

    sanitised = sanitise(
        policy("facility"), dump(source("tiff", ADA), source("sidecar", tree)), b"<OME/>", row(), inventory()
    )

    assert sanitised.dump.sources[1].tree["0"] == {"[removed]": {"cells": 3}, "[removed] (2)": {"cells": 4}}


def test_first_and_last_name_in_slots_of_their_own_are_one_name():
    tree = {
        "Users": [{"FirstName": "Li", "LastName": "Wu"}],
        "remark": "by Li Wu, with 5 µM Li and Wu buffer",
    }

    sanitised = sanitise(policy("facility"), dump(source("sidecar", tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree["remark"] == "by [removed], with 5 µM Li and Wu buffer"
    assert sanitised.log.not_searched == {"too short": 2}


def test_a_common_word_is_removed_from_its_own_slot_alone():
    tree = {"UserName": "admin", "Channel": "Green", "Author": "Green", "note": "the admin tool"}

    sanitised = sanitise(policy("facility"), dump(source("sidecar", tree)), b"<OME/>", row(), inventory())

    assert sanitised.dump.sources[0].tree == {"Channel": "Green", "note": "the admin tool"}
    assert sanitised.log.not_searched == {"a common word": 2}


def test_file_names_that_hold_a_secret_are_replaced_by_the_sample_id():
    files = inventory("lovelace_01.ome.tiff", "cells.xml", "sub/Lovelace.txt", "S1.ome.tiff")

    sanitised = sanitise(
        policy("facility"), dump(source("tiff", ADA, "lovelace_01.ome.tiff")), b"<OME/>", row(), files
    )

    assert sanitised.names == {
        "lovelace_01.ome.tiff": "S1_2.ome.tiff",
        "cells.xml": "cells.xml",
        "sub/Lovelace.txt": "S1_3.txt",
        "S1.ome.tiff": "S1.ome.tiff",
    }
    assert sanitised.dump.sources[0].file == "S1_2.ome.tiff"
    assert sanitised.row.source == Path("S1_2.ome.tiff")


@pytest.mark.parametrize("column", ["sample_id", "dataset"])
def test_a_sample_named_after_a_person_is_refused_before_anything_is_written(column):
    with pytest.raises(RefusedSample, match=f"SAN004.*{column}") as refused:
        sanitise(
            policy("facility"),
            dump(source("tiff", ADA)),
            b"<OME/>",
            row(**{column: "Lovelace_7"}),
            inventory(),
        )

    assert "Lovelace" not in str(refused.value)


def test_the_owner_is_published_on_purpose_and_not_looked_for():
    owner = "Ada Lovelace <ada.lovelace@lab.org>"

    sanitised = sanitise(policy("facility"), dump(source("tiff", ADA)), b"<OME/>", row(owner=owner), inventory())

    assert sanitised.row.owner == owner
    assert "Artist" not in sanitised.dump.sources[0].tree["ifd"][0]
    assert {secret.rule for secret in sanitised.secrets} == {"computers"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("notes", "ask jdoe@lab.org"), ("notes", "C:\\Users\\jdoe77\\x"), ("operator", "jdoe77")],
)
def test_columns_of_the_sheet_are_cleaned(column, value):
    columns = {"notes": value} if column == "notes" else {"extra": {column: value}}

    sanitised = sanitise(policy("facility"), dump(), b"<OME/>", row(**columns), inventory())

    assert "jdoe" not in everything(sanitised)


def test_messages_of_readers_are_cleaned():
    said = dump(source("tiff", ADA)).model_copy(update={"notes": ("no such file: /home/jdoe7/Lovelace.tif",)})

    sanitised = sanitise(policy("facility"), said, b"<OME/>", row(), inventory())

    assert sanitised.dump.notes == ("no such file: [removed].tif",)


def test_an_id_that_holds_a_secret_is_renamed_with_its_references():
    xml = ome_xml(canary).replace(b"Experimenter:0", b"Experimenter:jdoe77").replace(b"Image:0", b"Image:jdoe77")
    account = dump(source("czi", {"UserName": "jdoe77"}))

    sanitised = sanitise(policy("facility"), account, xml, row(), inventory())

    assert b"jdoe77" not in sanitised.ome_xml
    assert problems(sanitised.ome_xml) == []


def test_an_experimenter_without_a_name_goes_with_every_reference_to_him():
    xml = re.sub(
        rb"<MicrobeamManipulation .*?</MicrobeamManipulation>"
        rb"|<MicrobeamManipulationRef[^>]*>|Institution=\"[^\"]*\"",
        b"",
        ome_xml(canary),
    )

    sanitised = sanitise(policy("facility"), dump(), xml, row(), inventory())

    assert b"Experimenter:0" not in sanitised.ome_xml
    assert problems(sanitised.ome_xml) == []


def test_the_log_names_rule_and_ground_and_never_a_value(outputs):
    log = outputs["facility"].log

    redaction = next(line for line in log.redactions if line.key == "ome:/OME/Experimenter/@LastName")

    assert (redaction.action, redaction.rule, redaction.ground) == ("X", "people", "HIPAA A, GDPR")
    assert "Canary" not in log.model_dump_json()


def test_sanitising_twice_gives_the_same(outputs):
    again = with_everything("facility")

    assert everything(again) == everything(outputs["facility"])


def test_the_source_dump_is_not_changed():
    before = dump(source("tiff", ADA))
    copy = before.model_copy(deep=True)

    sanitise(policy("facility"), before, b"<OME/>", row(), inventory())

    assert before == copy


def test_the_search_catches_a_redactor_that_skipped_a_rule():
    tags = dump(source("tiff", ADA), source("sidecar", {"0": {"remark": "by Ada Lovelace"}}))
    whole = sanitise(policy("facility"), tags, b"<OME/>", row(), inventory())
    broken = sanitise(policy("keep_all"), tags, b"<OME/>", row(), inventory())
    search = Search(whole.secrets, machine=False)

    search.bytes("whole", everything(whole).encode())
    assert search.hits == []
    search.bytes("broken", everything(broken).encode())

    assert {hit.rule for hit in search.hits} == {"people", "computers"}


@pytest.mark.parametrize(
    "value", ["", "Ada Lovelace", "Ada\nLovelace", "<Ada>", "=Ada", "[1, 2", "{", "a=b=c", "|||", "\x00"]
)
def test_odd_texts_do_not_break_it(value):
    trees = [
        source("tiff", ADA),
        source("sidecar", {"0": {"remark": value, "list": [value, None, 1.5, True]}}),
    ]

    sanitised = sanitise(policy("facility"), dump(*trees), b"<OME/>", row(), inventory())

    assert "Lovelace" not in everything(sanitised)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(
    tree=TREES,
    text=st.text(max_size=30),
    form=st.sampled_from([str, json.dumps, "a = {}".format, "<a b='1'>{}</a>".format]),
)
def test_a_name_is_found_in_any_tree_around_it(tree, text, form):
    trees = [
        source("tiff", ADA),
        source("sidecar", {"0": {"tree": tree, "told": form("x Lovelace y"), "more": text}}),
    ]

    sanitised = sanitise(policy("facility"), dump(*trees), b"<OME/>", row(), inventory())

    assert "Lovelace" not in everything(sanitised)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("copyleft/czi/WellD6_S1.czi", "m1srh"),
        ("copyleft/czi/LSM880_AiryScan.czi", "smcardle"),
        ("tiff/galaxy_multi_m.tiff", "lothar"),
        ("copyleft/photo_cc-by-sa/exif-samples_Crémieux11.tiff", "cornillon"),
    ],
)
def test_real_files_give_nobody_away(corpus, name, private):
    from fixative.metadata.dump import dump_metadata
    from fixative.ome.build import build_ome_xml
    from fixative.readers import open_source

    path = corpus / name
    files = inventory(path.name)
    files = files.model_copy(update={"files": (files.main.model_copy(update={"path": path}),)})
    reader, tried = open_source(path, "czi" if path.suffix == ".czi" else "tiff")
    told = dump_metadata(reader, files, row(), tried)
    xml = build_ome_xml(reader, told, files).xml
    reader.close()

    sanitised = sanitise(policy("facility"), told, xml, row(), files)

    search = Search(sanitised.secrets, machine=False)
    search.bytes("everything", everything(sanitised).encode())
    assert private in told.model_dump_json().casefold()
    assert private not in everything(sanitised).casefold()
    assert search.hits == []
    assert problems(sanitised.ome_xml) == []

"""`dicom_basic`: the Basic Application Level Confidentiality Profile of DICOM PS3.15, table E.1-1."""

import json
from functools import cache
from pathlib import Path

import pytest
from pydicom.datadict import dictionary_VR, keyword_for_tag

from fixative.privacy.actions import Actions, consistent
from fixative.privacy.apply import plan_sample, sanitise
from privacy_samples import SCIENCE, canary, dump, everything, inventory, ome_xml, policy, row, source

CHOSEN = {
    **dict.fromkeys(("BarcodeValue", "LabelText", "PatientSexNeutered", "AcquisitionContextSequence"), "Z"),
    "DeviceSerialNumber": "D",
}
"""Where the table leaves a choice that the first letter does not make: types in VL Whole Slide Microscopy."""

SAMPLE = {
    "X": "AcquisitionComments AdditionalPatientHistory AdmissionID Allergies BranchOfService CassetteID "
    "CountryOfResidence CurrentPatientLocation DerivationDescription DistributionName EthnicGroup GantryID "
    "IdentifyingComments ImageComments InstitutionAddress InstitutionName InstitutionalDepartmentName "
    "InsurancePlanIdentification MedicalAlerts MilitaryRank NameOfPhysiciansReadingStudy Occupation OperatorsName "
    "OtherPatientIDs OtherPatientNames PatientAddress PatientAge PatientBirthName PatientBirthTime PatientComments "
    "PatientMotherBirthName PatientReligiousPreference PatientSize PatientTelephoneNumbers PatientWeight "
    "PerformedStationName PerformingPhysicianName PhysiciansOfRecord PlateID ProtocolName RegionOfResidence "
    "RequestingPhysician RequestingService ResponsiblePerson SeriesDescription SlideIdentifier SmokingStatus "
    "StationName StudyComments StudyDescription VisitComments",
    "Z": "AccessionNumber ContentCreatorName ContrastBolusAgent PatientBirthDate PatientID PatientName PatientSex "
    "ReferringPhysicianName StudyID ClinicalTrialSiteID",
    "D": "ContainerIdentifier SpecimenIdentifier PersonName VerifyingObserverName DeviceSerialNumber RTPlanLabel",
    "U": "SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID SpecimenUID DeviceUID "
    "MediaStorageSOPInstanceUID DimensionOrganizationUID ReferencedSOPInstanceUID UID ConcatenationUID",
    "S": "StudyDate SeriesDate AcquisitionDate ContentDate StudyTime ContentTime AcquisitionDateTime "
    "TimezoneOffsetFromUTC InstanceCreationDate PerformedProcedureStepStartDate",
    "C": "Rows Columns PixelSpacing SliceThickness BitsStored PhotometricInterpretation Modality ImageType "
    "SOPClassUID ImagedVolumeWidth ObjectiveLensPower ExposureTime EchoTime Manufacturer ManufacturerModelName "
    "TransferSyntaxUID ICCProfile SamplesPerPixel WindowCenter RescaleSlope NumberOfFrames",
}
"""Attributes checked by hand against the standard: its letter, ours S for dates, C for what it does not list."""


@cache
def action(keyword: str) -> str:
    return policy("dicom_basic").rule_for(f"dicom:/{keyword}", "x").action


def table(suites: Path) -> dict[str, dict[str, str]]:
    path = suites / "dicom-ps3.15-table-e1-1/confidentiality_profile_attributes.json"
    rows = json.loads(path.read_text(encoding="utf-8"))
    plain = [row for row in rows if "X" not in row["tag"].upper() and "GGGG" not in row["tag"]]
    return {keyword_for_tag(int(row["tag"][1:5] + row["tag"][6:10], 16)): row for row in plain}


def expected(keyword: str, row: dict[str, str]) -> str:
    first = CHOSEN.get(keyword, row["basicProfile"].split("/")[0])
    if row.get("rtnLongFullDatesOpt"):
        return "S"
    if keyword == "ReferencedImageSequence":
        return "U"
    return "X" if dictionary_VR(int(row["tag"][1:5] + row["tag"][6:10], 16)) == "SQ" else first


@pytest.mark.parametrize(("letter", "keyword"), [(x, name) for x, names in SAMPLE.items() for name in names.split()])
def test_attributes_have_the_letter_of_the_standard(letter, keyword):
    assert action(keyword) == letter


def test_every_attribute_of_the_table_has_its_letter(suites):
    rows = table(suites)

    found = {keyword: action(keyword) for keyword in rows}

    assert len(found) == 617
    assert found == {keyword: expected(keyword, row) for keyword, row in rows.items()}


def test_every_letter_chosen_is_one_that_the_table_offers(suites):
    rows = table(suites)

    assert all(letter in rows[keyword]["basicProfile"].split("/") for keyword, letter in CHOSEN.items())


def test_dates_are_removed_unless_the_policy_keeps_them():
    mine = policy("dicom_basic")

    assert Actions(mine).letter(mine.rule_for("dicom:/StudyDate", "20190604")) == "X"


DICOM = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.6",
    "SOPInstanceUID": "1.2.826.0.1.3680043.9.7433.3.1",
    "PatientName": "Qanary^Patient",
    "PatientID": "QZ4471",
    "StudyDate": "20190604",
    "ImageType": ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
    "PixelSpacing": [0.0005, 0.0005],
    "(0009,1010) QANARY MAKER": "QanaryPrivate",
    "(0009,1020)": [{"PatientName": "QanaryNested"}],
    "AdmittingDiagnosesCodeSequence": [{"CodeMeaning": "QanaryDiagnosis"}],
    "SharedFunctionalGroupsSequence": [{"PixelMeasuresSequence": [{"SliceThickness": 0.01}]}],
    "SpecimenDescriptionSequence": [
        {"SpecimenIdentifier": "QanarySpecimen", "SpecimenUID": "1.2.826.0.1.3680043.9.7433.3.1"}
    ],
    "OverlayData (6002,3000)": {"sha256": "QanaryOverlay", "bytes": 4},
}
TABLES = {
    "format": "DICOM",
    "reader": "DicomReader",
    "global": {},
    "series": [
        {
            "0010,0010 Patient's Name": "Qanary^Patient",
            "0010,0030 Patient's Birth Date": "17890505",
            "0008,0104 Code Meaning #01": "QanaryDiagnosis",
            "0009,1010": "QanaryPrivate",
            "0028,0030 Pixel Spacing": "0.0005\\0.0005",
            "Remark": "QanaryRemark",
        }
    ],
}


def sanitised(*sources):
    return sanitise(policy("dicom_basic"), dump(*sources), b"<OME/>", row(), inventory())


@pytest.mark.parametrize("kind", ["dicom", "bioformats"])
def test_nothing_private_is_left_at_any_depth(kind):
    tree = {"dicom": DICOM, "bioformats": TABLES}[kind]

    after = everything(sanitised(source(kind, tree)))

    assert "Qanary" not in after.replace("QANARY MAKER", "")
    assert "17890505" not in after
    assert "20190604" not in after


def test_pixels_and_science_stay():
    tree = sanitised(source("dicom", DICOM)).dump.sources[0].tree

    assert tree["PixelSpacing"] == [0.0005, 0.0005]
    assert tree["ImageType"] == DICOM["ImageType"]
    assert tree["SOPClassUID"] == DICOM["SOPClassUID"]
    assert tree["SharedFunctionalGroupsSequence"] == DICOM["SharedFunctionalGroupsSequence"]


def test_a_reference_by_uid_still_leads_to_its_instance():
    tree = sanitised(source("dicom", DICOM)).dump.sources[0].tree

    assert tree["SOPInstanceUID"] == tree["SpecimenDescriptionSequence"][0]["SpecimenUID"]
    assert tree["SOPInstanceUID"] != DICOM["SOPInstanceUID"]


def test_a_new_uid_is_a_uid():
    new = consistent("1.2.826.0.1.3680043.9.7433.3.1")

    assert new.startswith("2.25.")
    assert len(new) <= 64
    assert new.removeprefix("2.25.").isdigit()


def test_a_key_that_nothing_covers_refuses_the_sample():
    plan = plan_sample(policy("dicom_basic"), dump(source("tomograph", {"a": "b"})), b"<OME/>", row(), inventory())

    assert plan.unknown_keys == {"tomograph:/a": 1}


FILES = {
    "dicom_wsi/sm_image.dcm": "Rows Columns ImagedVolumeWidth TotalPixelMatrixColumns Modality ImageType",
    "dicom/CT_small/CT_small.dcm": "Rows Columns PixelSpacing SliceThickness KVP ImagePositionPatient RescaleSlope",
    "dicom/MR_small_bigendian/MR_small_bigendian.dcm": "Rows Columns PixelSpacing EchoTime RepetitionTime FlipAngle",
    "dicom/JPEG2000/JPEG2000.dcm": "Rows Columns PixelSpacing BitsStored Modality ImageType",
    "dicom/examples_palette/examples_palette.dcm": "Rows Columns SequenceOfUltrasoundRegions BitsStored",
    "dicom/liver_1frame/liver_1frame.dcm": "Rows Columns SegmentationType BitsAllocated",
    "dicom/SC_rgb_rle_2frame/SC_rgb_rle_2frame.dcm": "Rows Columns NumberOfFrames PixelSpacing",
    "dicom/OT-MONO2-8-colon/OT-MONO2-8-colon.dcm": "Rows Columns BitsStored Modality ImageType",
}


def read(path: Path) -> dict[str, object]:
    import pydicom

    from fixative.readers.dicom.tree import tree_of

    with pydicom.dcmread(path, force=True, stop_before_pixels=True) as dataset:
        return tree_of(dataset)


@pytest.mark.parametrize("name", FILES)
def test_real_files_are_covered_and_keep_what_is_technical(corpus, name):
    before = read(corpus / name)

    after = sanitised(source("dicom", read(corpus / name))).dump.sources[0].tree

    keywords = FILES[name].split()
    assert {keyword: after.get(keyword) for keyword in keywords} == {keyword: before[keyword] for keyword in keywords}


@pytest.mark.parametrize("name", FILES)
def test_real_files_lose_names_numbers_and_dates(corpus, name):
    after = sanitised(source("dicom", read(corpus / name))).dump.sources[0].tree

    gone = (
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "StudyDate",
        "StudyID",
        "AccessionNumber",
        "OperatorsName",
    )
    assert not any(after.get(keyword) for keyword in gone)
    assert not any(
        value not in (None, "") for key, value in after.items() if key.startswith("(") and value == str(value)
    )


def test_the_kinds_of_other_vendors_are_those_of_hipaa_safe_harbor():
    def kinds(name):
        return {key for rule in policy(name).rules if rule.id == "vendors" for key in rule.select}

    assert kinds("hipaa_safe_harbor") - kinds("dicom_basic") == {"dicom:/**", "bioformats:/**"}


@pytest.mark.parametrize(
    "slot", ["Image@Name", "Image/Description", "ROI@Name", "M@K", "M#text", "Experimenter@Email"]
)
def test_free_text_of_the_ome_xml_is_nowhere(slot):
    after = sanitise(policy("dicom_basic"), dump(), ome_xml(canary), row(), inventory())

    assert canary(slot) not in everything(after)


@pytest.mark.parametrize("slot", SCIENCE)
def test_science_of_the_ome_xml_stays(slot):
    after = sanitise(policy("dicom_basic"), dump(), ome_xml(canary), row(), inventory())

    assert slot in after.ome_xml.decode()


MARKED = {
    "PatientIdentityRemoved": "NO",
    "DeidentificationMethod": "by hand, Qanary",
    "DeidentificationMethodCodeSequence": [{"CodeValue": "113100"}],
    "LongitudinalTemporalInformationModified": "UNMODIFIED",
    "Rows": 4,
}


def test_the_marks_say_what_was_done_here_and_not_what_another_program_did():
    after = sanitised(source("dicom", MARKED)).dump.sources[0].tree

    assert after == {"PatientIdentityRemoved": "YES", "Rows": 4}


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID"])
def test_two_files_of_a_set_keep_their_common_uids(keyword):
    first = sanitised(source("dicom", {keyword: "1.2.3.4", "InstanceNumber": 1})).dump.sources[0].tree
    second = sanitised(source("dicom", {keyword: "1.2.3.4", "InstanceNumber": 2})).dump.sources[0].tree

    assert first[keyword] == second[keyword]


@pytest.mark.parametrize("keyword", ["FamilyName", "CameraUserName"])
def test_names_in_the_tables_of_other_formats_go_as_in_hipaa_safe_harbor(keyword):
    tree = {"format": "Zeiss CZI", "reader": "ZeissCZIReader", "global": {keyword: "Lucida Qanary"}}

    after = sanitised(source("bioformats", tree)).dump.sources[0].tree

    assert after == {"format": "Zeiss CZI", "reader": "ZeissCZIReader"}

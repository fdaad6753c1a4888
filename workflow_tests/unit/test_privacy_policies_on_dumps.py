"""What the shipped policies do with keys as vendors write them, met on real files; values are made up."""

import pytest

from fixative.findings import RefusedSample
from fixative.metadata.tiff_tags import tiff_tree
from fixative.privacy.apply import plan_sample, sanitise
from fixative.privacy.cleaners import clean
from fixative.privacy.dates import shifted, year_only
from fixative.privacy.policy import load_policy
from fixative.privacy.pseudonyms import KEY_VARIABLE, Pseudonyms
from fixative.privacy.secrets import reason_not_searched
from privacy_samples import POLICIES, dump, everything, inventory, policy, row, source

KEY = bytes(range(32))
UTF16 = "QzCanary7".encode("utf-16-be").hex()

PRIVATE = [
    ("exiftool", {"DICOM": {"StartOfItem": ["\x10 LO\x08QzCanary7"]}}),
    ("exiftool", {"DICOM": {"StudyInstanceUID": "1.2.840.777.QzCanary7"}}),
    ("exiftool", {"DICOM": {"FillerOrderNumberImagingServiceRequest": "QzCanary7"}}),
    ("exiftool", {"XML": {"ContentDescriptionLocationAddressAddrComp": ["QzCanary7 St"]}}),
    (
        "gdal",
        {"tags": {"CONTENT_DESCRIPTION": {"LOCATION": {"ADDRESS": {"ADDR_COMP": [{"#text": "QzCanary7 St"}]}}}}},
    ),
    ("gdal", {"tags": {"LOCATION": {"ADDRESS": {"ZIPCODE": [{"#text": "QzCanary7"}]}}}}),
    ("bioformats", {"series": [{"0040,0032 Universal Entity ID": "urn:QzCanary7"}]}),
    ("fei", {"User": {"UserTextUnicode": UTF16}}),
    ("bioformats", {"global": {"[User] UserTextUnicode": UTF16}}),
    ("tiff", {"ifd": [{"FEI_HELIOS": f"[User]\nUserTextUnicode={UTF16}\n[Beam]\nHV=5000\nSpot=3\n"}]}),
    ("hdf5", {"Data": {"Text": {"1cbe": {"text": "Started%20by%20QzCanary7"}}}}),
    ("rosettasciio", {"info": {"Instrument Client Address": "QzCanary7"}}),
    ("rosettasciio", {"info": {"Autosave Directory": "D:QzCanary7/RSCIIODATA"}}),
    ("rosettasciio", {"info": {"Server IP Addresss": "QzCanary7"}}),
    ("nd2", {"custom_data": {"AppInfo": {"wstrSystemUUID": "QzCanary7"}}}),
]
"""Leaks that reading what remains of the corpus has shown."""

KEPT = [
    ("rosettasciio", {"AnnotationGroupList": {"TagGroup1": {"Font": {"FamilyName": "Lucida Console"}}}}),
    ("bioformats", {"global": {"FamilyName": "Lucida Console"}}),
    ("imagej", {"Info": "root.DocumentObjectList.0.Font.FamilyName = Lucida Console\nmin = 1\n"}),
    ("rosettasciio", {"Session Info": {"Items": {"TagGroup2": {"Label": "Microscope", "Value": "FEI Titan"}}}}),
    ("imagej", {"Labels": ["c:1/2 t:1/5 - cells", "C:1/2"]}),
    ("nd2", {"custom_data": {"Camera": {"SerialNumber": "500651", "Version": "2.11.0.899"}}}),
]
"""What `facility` took out of them and need not."""


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY.hex())


def sanitised(name, *sources, **columns):
    return sanitise(policy(name), dump(*sources), b"<OME/>", row(**columns), inventory())


def tree_after(name, kind, tree):
    return sanitised(name, source(kind, tree)).dump.sources[0].tree


@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous", "hipaa_safe_harbor", "dicom_basic"])
@pytest.mark.parametrize(("kind", "tree"), PRIVATE, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(PRIVATE)])
def test_no_vendor_key_gives_a_person_away(name, kind, tree):
    after = everything(sanitised(name, source(kind, tree))).casefold()

    assert "qzcanary7" not in after
    assert UTF16 not in after


@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous"])
@pytest.mark.parametrize(("kind", "tree"), KEPT, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(KEPT)])
def test_what_is_no_person_stays(name, kind, tree):
    assert tree_after(name, kind, tree) == tree


def test_an_institution_called_like_a_maker_does_not_take_the_maker_out():
    tree = {"InstitutionName": "TOSHIBA", "Manufacturer": "TOSHIBA_MEC"}

    assert tree_after("facility", "dicom", tree) == {"Manufacturer": "TOSHIBA_MEC"}


@pytest.mark.parametrize("word", ["FLIM", "HAADF", "HeLa", "Hoechst", "eGFP", "CellMask", "test_STEM_image", "DIC"])
def test_words_of_the_field_are_not_looked_for(word):
    assert reason_not_searched(word) in ("a common word", "too short")


@pytest.mark.parametrize("name", ["Masson", "Roper", "Basler", "Newport", "Congo"])
def test_names_that_people_bear_are_looked_for(name):
    assert reason_not_searched(name) is None


def test_what_exiftool_says_of_dicom_has_the_rules_of_dicom():
    tree = {"DICOM": {"SOPInstanceUID": "1.2.840.777.1", "PixelSpacing": "0.5", "PatientID": "QZ4471"}}

    after = tree_after("facility", "exiftool", tree)["DICOM"]

    assert after["SOPInstanceUID"].startswith("2.25.")
    assert after["PixelSpacing"] == "0.5"
    assert "PatientID" not in after


@pytest.mark.parametrize("keyword", ["PatientBirthDate", "PatientBirthTime"])
@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous"])
def test_a_date_of_birth_goes_even_where_dates_stay(name, keyword):
    after = tree_after(name, "dicom", {keyword: "17890505", "StudyDate": "20190604"})

    assert after == {"StudyDate": "20190604"}


def test_each_person_of_a_list_is_looked_for():
    trees = {"Author": "Ada Qanary; Bo Qwist", "Info": "Ada Qanary saw it, and so did Bo Qwist"}

    after = tree_after("facility", "imagej", trees)

    assert after == {"Info": "[removed] saw it, and so did [removed]"}


def test_an_address_in_the_place_of_a_serial_number_goes():
    after = tree_after("facility", "dicom", {"DeviceSerialNumber": "172.16.193.2"})

    assert after == {"DeviceSerialNumber": "[removed]"}


AUTHORS = {"study_authors": "Ada Qanary; Bo Qwist"}


@pytest.mark.parametrize("name", ["keep_all", "facility", "gdpr_pseudonymous"])
def test_authors_whom_the_sheet_names_are_published(name):
    assert sanitised(name, source("imagej", {"User": "Qanary"}), extra=AUTHORS).row.extra == AUTHORS


@pytest.mark.parametrize("name", ["hipaa_safe_harbor", "dicom_basic"])
def test_a_policy_for_patients_names_no_authors_anywhere(name):
    after = sanitised(name, source("stored_types", {"source": "seen by Bo Qwist"}), extra=AUTHORS)

    assert "Qwist" not in everything(after)


# hipaa_safe_harbor: what our own code and known programs write has rules; what nobody has looked at refuses.

KNOWN = [
    {"error": "2 bytes at 530516 promised, 0 present"},
    {"ifd": [{"Magnification": 20.0, "XOffsetFromSlideCenter": -12, "Wavelength": 387, "ExposureTime": 15}]},
    {"ifd": [{"ImageWidth": 4, "65433": 7, "JEOL_Header": {"sha256": "00", "bytes": 2}}]},
    {"ifd": [{"65000": 1, "65006": "QzCanary7", "65026": {"sha256": "00", "bytes": 2}}]},
]


@pytest.mark.parametrize("tree", KNOWN, ids=[str(n) for n in range(len(KNOWN))])
def test_the_strict_policy_knows_what_scanners_and_microscopes_write(tree):
    plan = plan_sample(policy("hipaa_safe_harbor"), dump(source("tiff", tree)), b"<OME/>", row(), inventory())

    assert plan.unknown_keys == {}


def test_numbers_of_the_optics_stay_under_the_strict_policy():
    assert tree_after("hipaa_safe_harbor", "tiff", KNOWN[1]) == KNOWN[1]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("FEI_HELIOS", "[User]\nUser=QzCanary7\nUserText=QzCanary7 lab\n[Beam]\nHV=5000\n"),
        ("Comments", "Product=NanoZoomer\nNDP.S/N=QzCanary7\n"),
        ("OlympusSIS", {"name": "QzCanary7"}),
        ("AuthCode", "QzCanary7"),
        ("Reference", "QzCanary7"),
        ("MDSampleInfo", "QzCanary7"),
    ],
)
def test_blocks_of_vendors_in_tags_go_as_a_whole(tag, text):
    tree = {"ifd": [{"ImageWidth": 4, tag: text}]}

    after = tree_after("hipaa_safe_harbor", "tiff", tree)["ifd"][0]

    assert after in ({"ImageWidth": 4}, {"ImageWidth": 4, tag: {}})


@pytest.mark.parametrize("tag", ["65101", "51111", "40123", "UnheardOf"])
def test_a_tag_that_nobody_has_looked_at_refuses_the_sample(tag):
    with pytest.raises(RefusedSample, match=f"SAN001.*{tag}"):
        tree_after("hipaa_safe_harbor", "tiff", {"ifd": [{tag: "x"}]})


@pytest.mark.parametrize("value", ["x", "", None, [None, ""]])
def test_of_a_tree_that_goes_no_name_is_left(value):
    tree = {"Jane Qanary": {"her notes": value}, "more": "x"}

    assert tree_after("hipaa_safe_harbor", "hdf5", tree) == {}


REAL = [
    "ndpi/test3-DAPI-2-(387).ndpi",
    "sem_tiff/skan_inf1_FEI.tif",
    "copyleft/em/olympus_SIS.tif",
    "copyleft/sem_tiff/FEI-Helios-Ebeam-8bits.tif",
    "dicom/CT_small/CT_small.dcm",
]


@pytest.mark.parametrize("name", ["hipaa_safe_harbor", "dicom_basic"])
@pytest.mark.parametrize("path", REAL)
def test_every_tag_of_real_files_is_known_to_the_strict_policies(corpus, name, path):
    tags = source("tiff", tiff_tree(corpus / path))

    assert plan_sample(policy(name), dump(tags), b"<OME/>", row(), inventory()).unknown_keys == {}


NOTES = (
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><StructuredAnnotations>'
    '<MapAnnotation ID="Annotation:0" Namespace="urn:fixative:source-axes"><Value>'
    '<M K="source axes">TCZVHBYX</M><M K="axis H">folded into C</M><M K="axis Jane">seen by Qanary</M>'
    '<M K="where">Qanary</M><M K="value">44710815</M></Value></MapAnnotation></StructuredAnnotations></OME>'
)


def test_notes_of_our_own_stay_and_nothing_else_under_their_names():
    after = sanitise(policy("hipaa_safe_harbor"), dump(), NOTES.encode(), row(), inventory()).ome_xml.decode()

    assert '<M K="source axes">TCZVHBYX</M><M K="axis H">folded into C</M></Value>' in after
    assert "Qanary" not in after
    assert "Jane" not in after
    assert "44710815" not in after


def test_a_site_in_an_lsid_goes_and_the_link_stays():
    ome = (
        b'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">'
        b'<Instrument ID="urn:lsid:qanary.example.org:Instrument:1"/>'
        b'<Image ID="Image:0"><InstrumentRef ID="urn:lsid:qanary.example.org:Instrument:1"/></Image></OME>'
    )

    after = sanitise(policy("hipaa_safe_harbor"), dump(), ome, row(), inventory()).ome_xml.decode()

    assert "qanary" not in after
    assert after.count('ID="Instrument:r1"') == 2


# What the policies are made of.


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Sun Feb 21 17:50:18 2016", "2016"),
        ("Fri May 14 11:38:17 2021\u2028", "2021"),
        ("February 3, 2014", "2014"),
        ("3 Feb 2014 10:00", "2014"),
        ("14-May-2021", "2021"),
        ("Feb 21", None),
        ("May be 2014 things", None),
    ],
)
def test_of_a_date_in_words_the_year_is_left(text, year):
    assert year_only(text) == year


def test_a_date_in_words_is_not_shifted():
    assert shifted("Sun Feb 21 17:50:18 2016", -10) is None


def test_a_date_in_words_is_known_whatever_its_key(tmp_path):
    path = tmp_path / "years.yaml"
    path.write_text("name: y\nversion: '1'\ndescription: t\nextends: facility\ndates: year\n", encoding="utf-8")
    tree = {"info": {"TimeStamp": "Fri May 14 11:38:17 2021", "Local time": "Mon Oct 21 14:36:50 2024"}}

    after = sanitise(
        load_policy(str(path), POLICIES), dump(source("rosettasciio", tree)), b"<OME/>", row(), inventory()
    )

    assert after.dump.sources[0].tree == {"info": {"TimeStamp": "2021", "Local time": "2024"}}


@pytest.mark.parametrize("text", ["c:1/2 t:1/5", "C:1/2", "Z:ab/c", "Ch:Alexa/488", "D:work"])
def test_what_only_looks_like_a_drive_stays(text):
    assert clean(text)[0] == text


@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous"])
def test_the_key_is_known_by_its_id_where_there_are_pseudonyms(name):
    log = sanitised(name).log

    assert log.pseudonym_key_id == {"gdpr_pseudonymous": Pseudonyms(KEY).key_id}.get(name)


def test_two_keys_have_two_ids_and_neither_tells_the_key():
    first, second = Pseudonyms(KEY).key_id, Pseudonyms(KEY[::-1]).key_id

    assert first != second
    assert len(first) == 8
    assert first not in KEY.hex()

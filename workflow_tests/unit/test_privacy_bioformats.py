"""Bio-Formats' flat tables: rules find people, paths, hosts, patients under its names, and leave science alone."""

from xml.sax.saxutils import escape

import pytest

from fixative.ome.schema import problems
from fixative.privacy.apply import sanitise
from fixative.privacy.key_words import further_keys, steps_of
from fixative.xml_tree import parse_xml, xml_tree
from privacy_samples import dump, everything, inventory, policy, row, source

PSEUDONYMS_KEY = "5f" * 32
STRICT = ("facility", "gdpr_pseudonymous", "hipaa_safe_harbor")

PRIVATE = [
    # CZI
    ("Information|User|FirstName #1", "Qzcanary"),
    ("Information|User|LastName #2", "Qzcanary"),
    ("Information|User|DisplayName", "Jane Qzcanary"),
    ("Information|Document|UserName", "QZCANARY"),
    ("Information|Application|UserName", "qzcanary"),
    ("Experiment|AcquisitionBlock|SubDimensionSetups|TimeSeriesSetup|UserName #2", "qzcanary"),
    ("Experiment|AutoSave|StorageFolder", "C:\\Users\\qzcanary\\Documents\\Zen_Output"),
    ("HardwareSetting|ParameterCollection|ImagePath.Default", "\\\\qzcanary\\share\\Camera Settings\\S0"),
    ("Information|User|Email", "qzcanary@example.org"),
    ("Information|User|Phone", "+49 30 qzcanary 12345"),
    ("Information|Document|Comment", "ask qzcanary@example.org"),
    # ND2
    ("Author", "Jane Qzcanary"),
    ("Author #1", "[Jane Qzcanary, John Roe]"),
    ("Path", "D:/Qzcanary/2024/cells.nd2"),
    ("Location - Host Name", "qzcanary"),
    # LIF and Leica SCN
    ("Image 3 Series 0 User Name", "qzcanary"),
    ("xz Image #0|ATLConfocalSettingDefinition #0|UserSettingName", "qzcanary"),
    ("Series001 Image|Attachment|ContextDescription|User", "qzcanary"),
    ("collection|scanner|Operator", "qzcanary"),
    # LSM
    ("Recording User", "qzcanary"),
    ("38_Hoechst Recording User", "qzcanary"),
    ("Recording Notes", "file:///home/qzcanary/lsm/notes.txt"),
    # OIB
    ("[File Info] UserName", "qzcanary"),
    ("[File Info] Path", "W:/Qzcanary, Laura/July 26th 2012/"),
    # DICOM
    ("0010,0010 Patient's Name", "Qzcanary^Jane"),
    ("0010,0020 Patient ID", "qzcanary-7"),
    ("0010,1000 Other Patient IDs", "qzcanary-8"),
    ("0010,2160 Ethnic Group", "qzcanary"),
    ("0008,0090 Referring Physician's Name", "Qzcanary^Doctor"),
    ("0008,1070 Operator's Name", "Qzcanary"),
    ("0008,1048 Physician(s) of Record", "Qzcanary"),
    ("0008,0080 Institution Name", "Qzcanary Hospital"),
    ("0008,1010 Station Name", "QZCANARY"),
    ("0008,0050 Accession Number", "qzcanary"),
    ("0010,21b0 Additional Patient History", "qzcanary"),
    ("0009,1001 Private", "qzcanary"),
    ("0009,10e3", "qzcanary"),
    ("Patient's Name", "Qzcanary Jane"),
    ("Patient Name", "Qzcanary Jane"),
    # SVS, NDPI, TIFF, MetaMorph
    ("User", "qzcanary"),
    ("Aperio Image Library User", "qzcanary"),
    ("Series 0 User", "qzcanary"),
    ("Artist", "Jane Qzcanary"),
    ("IFD 3 Artist", "Jane Qzcanary"),
    ("HostComputer", "QZCANARY"),
    ("Copyright", "(c) Qzcanary"),
    ("Document Name", "/Users/qzcanary/Downloads/uncompressed.tiff"),
    ("Document Author", "qzcanary"),
    ("Camera Owner Name", "Jane Qzcanary"),
    ("GPS Latitude", "/home/qzcanary/x"),
    ("User Description", "Plate Name: 9987\nFolder Name: qzcanary\nDAPI: at all TPs"),
    ("Location", "/home/qzcanary/img/32x32.tif"),
    # FEI, ICS, DeltaVision, DigitalMicrograph
    ("[User] User", "qzcanary"),
    ("history author", "qzcanary"),
    ("history Creator", "qzcanary"),
    ("Title #02", "from \\\\qzcanary\\data\\toxo.dv"),
    ("Operator", "qzcanary"),
    ("root.ImageList.0.ImageTags.DataBar.Operator", "qzcanary"),
    ("root.ImageList.1.ImageTags.Session.User", "qzcanary"),
    ("Microscope Info - Operator #2", "qzcanary"),
    ("Computer Name", "QZCANARY"),
    ("Operator 2 Name", "qzcanary"),
    ("MAC Address", "00:1a:qz:canary"),
    ("IP", "server 192.168.17.3 of qzcanary@example.org"),
]

SCIENCE = {
    "Information|Image|Channel|ExposureTime #1": 150000000,
    "Information|Instrument|Objective|LensNA": "1.2",
    "Information|Image|Channel|Name #2": "DAPI",
    "Experiment|AcquisitionBlock|Laser|PowerSetting": "12.5",
    "Scaling|Distance|Value #1": "9.0577e-08",
    "Information|Instrument|Microscope|UserDefinedName": "Castor Simulation WF+LSM900",
    "CameraUserName": "Fusion, SN:500651",
    "m_sMicroscopeFullName": "Ti2 Microscope",
    "dEmissionWavelength": "525.0",
    "Image #0|ATLConfocalSettingDefinition|PinholeAiry": "1.0",
    "DetectionChannel Detector Gain #1": 750.5,
    "38_Hoechst VoxelSizeZ": 1e-13,
    "[Acquisition Parameters Common] ImageCaputreDate": "'2012-07-26 15:13:35'",
    "[Channel 1 Parameters] DyeName": "Alexa Fluor 546",
    "0028,0030 Pixel Spacing": "0.5\\0.5",
    "0018,0050 Slice Thickness": "5.000000",
    "0018,5100 Patient Position": "FFS",
    "0008,0060 Modality": "CT",
    "AppMag": "20",
    "MPP": "0.4990",
    "exposure time (ms)": "100.0",
    "Instrument Serial Number": "5165008",
    "DateTime": "2017:02:07 13:06:43",
    "[Detectors] Name": "ETD",
    "[Vacuum] UserMode": "High vacuum",
    "[EBeam] HV": "5000",
    "sensor s_params LambdaEm": "520.0",
    "Extended header Z0 W0 T0|time stamp": 12.75,
    "Lens Temperature": "36.9",
    "Dye PI": "617",
    "Operator count of T": 3,
    "Collimator 1 Name": "LSMCOLLI_V",
    "flags": [1, 2, 3],
    "ok": True,
}


@pytest.fixture
def key(monkeypatch):
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY", PSEUDONYMS_KEY)


def table(of_global=None, *series):
    return {"format": "A format", "reader": "AReader", "global": of_global or {}, "series": list(series)}


def sanitised(name, *sources, ome_xml=b"<OME/>"):
    return sanitise(policy(name), dump(*sources), ome_xml, row(), inventory())


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("name", STRICT)
@pytest.mark.parametrize(("private", "value"), PRIVATE, ids=[private for private, _ in PRIVATE])
def test_a_private_value_that_stands_in_a_flat_table_alone_is_found(name, private, value):
    tables = source("bioformats", table({private: value, "note": "nothing"}))

    found = everything(sanitised(name, tables)).casefold()

    assert "qzcanary" not in found
    assert "qz:canary" not in found


@pytest.mark.parametrize(("private", "value"), PRIVATE, ids=[private for private, _ in PRIVATE])
def test_a_private_value_of_a_series_is_found(private, value):
    tables = source("bioformats", table({}, {}, {private: value, "note": "nothing"}))

    assert "qzcanary" not in everything(sanitised("facility", tables)).casefold()


def annotated(pairs):
    """OME-XML as bfconvert writes it."""
    annotations = "".join(
        f'<XMLAnnotation ID="Annotation:{number}" Namespace="openmicroscopy.org/OriginalMetadata"><Value>'
        f"<OriginalMetadata><Key>{escape(name)}</Key><Value>{escape(str(value))}</Value></OriginalMetadata></Value>"
        "</XMLAnnotation>"
        for number, (name, value) in enumerate(pairs)
    )
    return (
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><StructuredAnnotations>'
        f"{annotations}</StructuredAnnotations></OME>"
    ).encode()


@pytest.mark.usefixtures("key")
@pytest.mark.parametrize("name", STRICT)
@pytest.mark.parametrize(("private", "value"), PRIVATE, ids=[private for private, _ in PRIVATE])
def test_a_private_value_of_an_annotation_in_the_source_is_found(name, private, value):
    xml = annotated([(private, value), ("note", "nothing")])

    after = sanitised(name, source("ome", xml_tree(parse_xml(xml))), ome_xml=xml)

    assert "qzcanary" not in everything(after).casefold()
    assert problems(after.ome_xml) == []


def test_an_annotation_goes_whole_where_its_value_goes():
    xml = annotated([("Information|User|UserName", "jdoe"), ("Exposure", "12.5")])

    after = sanitised("facility", ome_xml=xml).ome_xml

    assert after.count(b"<XMLAnnotation") == after.count(b"<Key>") == 1
    assert b"Exposure" in after


def test_what_names_nobody_stays_in_a_flat_table_as_it_was():
    tree = table(SCIENCE, SCIENCE)

    after = sanitised("facility", source("bioformats", tree))

    assert after.dump.sources[0].tree == tree
    assert after.log.redactions == ()


def test_what_names_nobody_stays_in_annotations_as_it_was():
    xml = annotated(SCIENCE.items())

    assert sanitised("facility", ome_xml=xml).ome_xml == xml


def test_keep_all_keeps_a_flat_table_whole():
    tree = table(dict(PRIVATE))

    assert sanitised("keep_all", source("bioformats", tree)).dump.sources[0].tree == tree


def test_hipaa_takes_tables_corrections_and_disagreements_as_a_whole():
    sources = [source(kind, {"any": ["thing"]}) for kind in ("correction", "disagreement", "rosettasciio")]

    after = sanitised("hipaa_safe_harbor", source("bioformats", table({"Exposure": "QzCanary7"})), *sources)

    assert "QzCanary7" not in everything(after)
    assert "thing" not in everything(after)


@pytest.mark.parametrize("kind", ["bioformats", "czi", "exiftool"])
def test_under_hipaa_a_tree_of_a_vendor_goes_whatever_other_rules_say_of_its_keys(kind):
    tree = {"Software note": "QzCanary7", "CameraSetting": {"Name": "QzCanary7"}, "Taken": "2016-02-12T09:41:02"}

    after = everything(sanitised("hipaa_safe_harbor", source(kind, tree)))

    assert "QzCanary7" not in after
    assert "2016" not in after


@pytest.mark.parametrize(
    "tree", [{"UserName": "qzcanary"}, {"any": "C:\\Users\\qzcanary\\a"}, {"a": '{"User": "qzcanary"}'}]
)
def test_what_names_people_in_a_tree_that_goes_as_a_whole_is_looked_for_elsewhere(tree):
    tags = source("tiff", {"ifd": [{"Software": "build of qzcanary"}]})

    after = sanitised("hipaa_safe_harbor", source("czi", tree), tags)

    assert after.dump.sources[1].tree["ifd"][0]["Software"] == "build of [removed]"


def test_what_names_nobody_in_a_tree_that_goes_as_a_whole_stays_where_it_is_known():
    objective = b'<Objective ID="Objective:0" Model="Plan-Apochromat 50x"/>'
    xml = b'<OME><Instrument ID="Instrument:0">' + objective + b"</Instrument></OME>"
    tables = source("bioformats", table({"Information|Instrument|Objective|Name": "Plan-Apochromat 50x"}))

    assert b"Plan-Apochromat 50x" in sanitised("hipaa_safe_harbor", tables, ome_xml=xml).ome_xml


@pytest.mark.parametrize("name", ["facility", "hipaa_safe_harbor"])
def test_a_value_removed_from_one_of_several_documents_goes_from_all(name):
    one = xml_tree(parse_xml(b'<OME><Experimenter ID="Experimenter:0" UserName="qzcanary"/></OME>'))
    other = xml_tree(parse_xml(b'<OME><Image ID="Image:0" Name="qzcanary_01"/></OME>'))

    after = sanitised(name, source("ome", one), source("ome", other))

    assert "qzcanary" not in everything(after)


def test_the_items_of_a_list_as_java_prints_it_are_private_each():
    tables = source("bioformats", table({"UserName": "[jroe7, qzcanary]"}))

    after = sanitised("facility", tables, source("sidecar", {"0": {"note": "by Qzcanary and jroe7"}}))

    assert after.dump.sources[1].tree["0"]["note"] == "by [removed] and [removed]"


def test_the_second_first_name_belongs_to_the_second_last_name():
    users = {"User|FirstName #1": "Li", "User|LastName #1": "Wu", "User|FirstName #2": "Bo", "User|LastName #2": "Xu"}

    after = sanitised(
        "facility", source("bioformats", table(users)), source("sidecar", {"0": {"by": "Li Wu, Bo Xu"}})
    )

    assert after.dump.sources[1].tree["0"]["by"] == "[removed], [removed]"


def test_one_person_has_one_pseudonym_in_all_tables(monkeypatch):
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY", PSEUDONYMS_KEY)
    tables = source("bioformats", table({"Artist": "Jane Roe"}, {"IFD 0 Artist": "Jane Roe"}))

    after = sanitised("gdpr_pseudonymous", tables).dump.sources[0].tree

    assert after["global"]["Artist"].startswith("person-")
    assert after["global"]["Artist"] == after["series"][0]["IFD 0 Artist"]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"C:\\Users\\qzcanary\\a.czi": 1}, {"a.czi": 1}),
        ({"mail qzcanary@example.org": 1}, {"mail [removed]": 1}),
        ({"//x": {"/home/qzcanary/run/b": 1}}, {"//x": {"b": 1}}),
        ({"/data/raw/image": {"/share/x": 1}}, {"/data/raw/image": {"/share/x": 1}}),
        ({"meta": '{"C:\\\\Users\\\\qzcanary\\\\a.czi": 1}'}, {"meta": '{"a.czi": 1}'}),
    ],
)
def test_what_is_private_in_a_key_goes_and_the_paths_within_a_file_stay(tree, expected):
    after = sanitised("facility", source("imaris", tree))

    assert after.dump.sources[0].tree == expected


def test_what_is_private_in_a_key_alone_goes_from_all_values():
    trees = [source("sidecar", {"0": {"C:\\Users\\qzcanary\\a.czi": 1}}), source("nd2", {"note": "for qzcanary"})]

    assert sanitised("facility", *trees).dump.sources[1].tree == {"note": "for [removed]"}


@pytest.mark.parametrize(
    "text", ["gain = 3\nqzcanary setting = 4\n", '{"qzcanary": {"gain": 3}}', "<a><b qzcanary='3'>x</b></a>"]
)
def test_a_private_name_within_a_text_of_names_and_values_goes_even_where_no_value_does(text):
    tags = {"ifd": [{"Artist": "Jane Qzcanary"}, {"ImageDescription": text}]}

    assert "qzcanary" not in everything(sanitised("facility", source("tiff", tags))).casefold()


def test_the_table_that_imagej_writes_into_its_own_file_is_one_too():
    info = "Series 0 User Name = qzcanary\nInformation|User|FirstName #1 = qzcanary\nExposure = 3\n"

    after = sanitised("facility", source("imagej", {"Info": info})).dump.sources[0].tree

    assert after == {"Info": "Exposure = 3\n"}


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("Information|User|Name #2", ("Information", "User", "Name", 2)),
        ("xz Image #0|Laser #1|Power", ("xz Image", 0, "Laser", 1, "Power")),
        ("Session - Operator", ("Session", "Operator")),
        ("a-b", ("a-b",)),
        ("Title #02", ("Title", 2)),
        (" | ", ()),
    ],
)
def test_levels_and_numbers_are_told_from_a_flat_name(name, steps):
    assert steps_of(name) == steps


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Series 0 User Name", "bioformats:/UserName"),
        ("0010,0010 Patient's Name", "dicom:/PatientName"),
        ("0009,1001 Private", "dicom:/(0009,1001)"),
        ("[User] User", "bioformats:/User"),
        ("Sample UserName 2", "bioformats:/UserName"),
    ],
)
def test_a_name_stands_for_its_last_words_and_for_its_dicom_tag(name, key):
    assert key in further_keys(f"bioformats:/global/{name}")

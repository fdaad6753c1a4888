"""Places where a canary was found once: each stays closed."""

import base64
import bz2
import json
import zlib

import pytest

from canary_scan import birds_in
from fixative.findings import RefusedSample
from fixative.metadata.sidecars import sidecar_tree
from fixative.ome.schema import problems
from fixative.privacy import search as search_module
from fixative.privacy.apply import sanitise
from fixative.privacy.plan import UnknownKeys
from fixative.privacy.search import Search
from fixative.privacy.secrets import Secret
from fixative.seal_sample import _search
from privacy_samples import dump, everything, inventory, policy, row, source

NAME = "Qzvkxwbhmp"
XML = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
WITHOUT_FIELDS = b"<OME/>"


def sanitised_tree(kind, tree, name="facility"):
    return sanitise(policy(name), dump(source(kind, tree)), WITHOUT_FIELDS, row(), inventory())


LEAKS = {
    "a path whose drive a parser of lines took for a name": (
        "sidecar",
        {"0": {"Saved in C": f"\\Users\\{NAME}\\x.tif"}},
    ),
    "the same within a text": ("imagej", {"Info": f"Slices: 3\nSaved in C:\\Users\\{NAME}\\x.tif\n"}),
    "a path in a serial number": ("tiff", {"ifd": [{"exif": {"BodySerialNumber": f"7 in C:\\Users\\{NAME}\\x"}}]}),
    "a path under a key that ends in date": ("czi", {"LastUpdate": f"by /home/{NAME}/bin/update"}),
    "the town of a later directory": ("exiftool", {"IPTC2": {"City": NAME}}),
    "a key in words": ("czi", {"Camera Owner": NAME}),
    "a key with underscores": ("nd2", {"acquired_by": NAME}),
    "a value with a path, repeated where the path goes first": (
        "bioformats",
        {
            "global": {
                "Information|UserEmail": f"{NAME} in C:\\Users\\x9k\\a",
                "All": f"{NAME} in C:\\Users\\x9k\\a b",
            }
        },
    ),
    "the name of a region of a picture": (
        "exiftool",
        {"XMP-mwg-rs": {"RegionInfo": {"RegionList": [{"Name": NAME, "Type": "Face"}]}}},
    ),
    "the patient in a volume's header": ("nifti", {"header": {"db_name": NAME}}),
    "a principal investigator of ESO": ("fits", {"HIERARCH ESO OBS PI-COI NAME": {"value": NAME}}),
    "the padding behind a DICOM file": ("dicom", {"DataSetTrailingPadding": NAME}),
    "a path in base64": ("sidecar", {"0": {"note": base64.b64encode(f"in /home/{NAME}/x.tif".encode()).decode()}}),
    "a path in base64 that ends in one sign": (
        "sidecar",
        {"0": {"note": base64.b64encode(f"in /home/{NAME}/x1.tif".encode()).decode()}},
    ),
    "bytes of a file": ("sidecar", {"0": {"BinaryFile": [{"BinData": {"#text": NAME, "@Note": NAME}}]}}),
}


@pytest.mark.parametrize(("kind", "tree"), LEAKS.values(), ids=LEAKS)
def test_a_leak_that_was_found_is_closed(kind, tree):
    found = everything(sanitised_tree(kind, tree))

    assert NAME.casefold() not in found.casefold()
    assert NAME.casefold() not in birds_in(found.encode())


@pytest.mark.parametrize(
    "tree",
    [{f"group of {NAME}": {"n": 7}}, {NAME: {"a": {"b": [1, 2]}}}, {NAME: [{"#text": "7"}]}],
    ids=["a group", "a group of groups", "an element"],
)
def test_a_strict_policy_leaves_no_name_of_what_it_took_out_whole(tree):
    assert NAME.casefold() not in everything(sanitised_tree("hdf5", tree, "hipaa_safe_harbor")).casefold()


def test_what_was_empty_before_stays_where_something_else_is_removed():
    tree = {"UserName": NAME, "Settings": {}, "List": []}

    assert sanitised_tree("czi", tree).dump.sources[0].tree == {"Settings": {}, "List": []}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8"])
def test_xml_of_any_encoding_is_read_as_xml_so_that_its_keys_are_known(tmp_path, encoding):
    path = tmp_path / "notes.xml"
    declared = "UTF-8" if encoding == "utf-8" else "UTF-16"
    path.write_bytes(f'<?xml version="1.0" encoding="{declared}"?><a><user>{NAME}</user></a>'.encode(encoding))

    assert sidecar_tree(path) == {"a": {"user": [{"#text": NAME}]}}


def test_a_sample_named_as_its_private_file_is_refused_before_it_is_converted():
    with pytest.raises(RefusedSample) as refused:
        sanitise(
            policy("hipaa_safe_harbor"), dump(), WITHOUT_FIELDS, row(sample_id="case9912"), inventory("case9912.czi")
        )

    assert (refused.value.code, "case9912" in str(refused.value)) == ("SAN004", False)


def test_the_log_of_a_strict_policy_does_not_say_what_people_called_their_fields():
    found = sanitised_tree("czi", {"CustomAttributes": {f"for {NAME}": 3}}, "hipaa_safe_harbor")

    assert NAME.casefold() not in everything(found).casefold()
    assert [line.key for line in found.log.redactions if line.rule == "vendors"] == ["czi:/**"]


def test_a_key_without_a_rule_is_named_without_a_path_in_it():
    with pytest.raises(UnknownKeys) as refused:
        sanitised_tree("sidecar", {"0": {f"of C:\\Users\\{NAME}\\x": 3}}, "hipaa_safe_harbor")

    assert NAME not in f"{refused.value}{refused.value.keys}"


def test_a_tree_that_is_one_value_is_covered_by_the_rule_for_its_kind():
    assert sanitised_tree("gdal", NAME, "hipaa_safe_harbor").dump.sources[0].tree is None


def test_free_pairs_of_a_light_source_go_under_hipaa():
    document = ome(
        '<Instrument ID="Instrument:0"><GenericExcitationSource ID="LightSource:0" Power="7.5">'
        f'<Map><M K="{NAME}">{NAME}</M></Map></GenericExcitationSource></Instrument>'
    )

    found = sanitise(policy("hipaa_safe_harbor"), dump(), document, row(), inventory()).ome_xml

    assert NAME.encode() not in found
    assert b'Power="7.5"' in found
    assert problems(found) == []


@pytest.mark.parametrize("name", ["facility", "hipaa_safe_harbor"])
def test_an_address_that_was_cleaned_is_valid_still(name):
    document = ome(
        '<StructuredAnnotations><CommentAnnotation ID="Annotation:0" Namespace="http://fileserver/x">'
        "<Value>3</Value></CommentAnnotation></StructuredAnnotations>"
    )

    found = sanitise(policy(name), dump(), document, row(), inventory()).ome_xml

    assert b"fileserver" not in found
    assert problems(found) == []


@pytest.mark.parametrize("name", ["facility", "gdpr_pseudonymous", "hipaa_safe_harbor"])
def test_a_document_that_only_names_another_file_names_no_folder_and_no_host(name, monkeypatch):
    monkeypatch.setenv("FIXATIVE_PRIVACY_KEY", "5f" * 32)
    identifier = "0fe5d024-e53d-11f1-bfe0-02fc00000001"
    document = ome(f'<BinaryOnly MetadataFile="C:\\Users\\{NAME}\\x.ome" UUID="urn:uuid:{identifier}"/>')

    found = sanitise(policy(name), dump(), document, row(), inventory()).ome_xml

    assert NAME.encode() not in found
    assert identifier.encode() not in found
    assert problems(found) == []


def test_an_annotation_by_somebody_who_is_removed_is_valid_still():
    document = ome(
        f'<Experimenter ID="Experimenter:0" LastName="{NAME}"/><StructuredAnnotations><LongAnnotation '
        'ID="Annotation:0" Annotator="Experimenter:0"><Value>3</Value></LongAnnotation></StructuredAnnotations>'
    )

    found = sanitise(policy("facility"), dump(), document, row(), inventory()).ome_xml

    assert b"Annotator" not in found
    assert problems(found) == []


def test_an_image_whose_own_name_spells_out_a_private_file_name_is_refused_as_such():
    with pytest.raises(RefusedSample) as refused:
        sanitise(
            policy("hipaa_safe_harbor"),
            dump(),
            WITHOUT_FIELDS,
            row(sample_id="case9912"),
            inventory("case9912.ome.tif"),
        )

    assert refused.value.code == "SAN004"


PACKED = f"a note by {NAME} " * 3
DISGUISES = {
    "bzip2": bz2.compress(PACKED.encode()),
    "bzip2 in base64, as in a FileAnnotation": b"<BinData>" + base64.b64encode(bz2.compress(PACKED.encode())),
    "zlib in base64": b"<BinData>" + base64.b64encode(zlib.compress(PACKED.encode())) + b"</BinData>",
    "base64 in indented lines": base64.encodebytes(PACKED.encode()).replace(b"\n", b"\n      "),
    "entities in UTF-16": "<by>&#81;zvkxwbhmp</by>".encode("utf-16-le"),
    "entities in UTF-16, the other way": "<by>&#81;zvkxwbhmp</by>".encode("utf-16-be"),
    "base64 in UTF-16": base64.b64encode(PACKED.encode()).decode().encode("utf-16-le"),
    "escapes in UTF-16": json.dumps({"by": "\u00fc"}).replace("\\u00fc", "\\u0051zvkxwbhmp").encode("utf-16-le"),
}


@pytest.mark.parametrize("content", DISGUISES.values(), ids=DISGUISES)
def test_the_search_undoes_what_hides_a_value(content):
    search = Search([Secret("people", NAME)], machine=False)

    search.bytes("file", content)

    assert [hit.rule for hit in search.hits] == ["people"]


@pytest.fixture
def prepared(tmp_path):
    """An object that is ready to be sealed."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "README.md").write_text("about an image\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def machine(monkeypatch):
    """This machine, as a laboratory would name it."""
    monkeypatch.setattr(search_module.socket, "gethostname", lambda: "scope7.lab.example.org")
    monkeypatch.setattr(search_module.getpass, "getuser", lambda: "qvxjdoe")
    monkeypatch.setenv("HOME", "/home/qvxjdoe")


def test_an_object_that_names_nothing_is_sealed(prepared, machine):
    assert _search(prepared, Search([]), skip={"x.ome.tiff"}).hits == []


@pytest.mark.parametrize("value", ["scope7", "SCOPE7.lab.example.org", "qvxjdoe", "/home/qvxjdoe"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_the_name_of_this_machine_or_its_user_refuses_the_sample(prepared, machine, value, encoding):
    (prepared / "data/premis.xml").write_bytes(f"<note>made on {value} today</note>".encode(encoding))

    found = _search(prepared, Search([]), skip={"x.ome.tiff"}).hits

    assert {hit.where.partition(" ")[0] for hit in found} == {"data/premis.xml"}


def test_the_name_of_this_machine_in_a_file_name_refuses_the_sample(prepared, machine):
    (prepared / "data/scope7.txt").write_text("x", encoding="utf-8")

    found = _search(prepared, Search([]), skip={"x.ome.tiff"}).hits

    assert "file names" in {hit.where for hit in found}


def ome(content):
    """A valid document with something in it."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<OME xmlns="{XML}">{content}</OME>'.encode()

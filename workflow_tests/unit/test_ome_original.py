"""The vendor's keys inside the OME-XML: those of Bio-Formats, in its form, when allowed and few enough."""

import re

import numpy as np
import pytest
import tifffile

from fixative.ome.original import LONGEST, embed_original_metadata, original_metadata
from fixative.ome.schema import problems
from fixative.privacy.apply import sanitise
from fixative.readers.bioformats.jvm import java_class, machine
from fixative.readers.bioformats.reader import BioFormatsReader
from fixative.readers.options import ReaderOptions, Request
from fixative.xml_tree import parse_xml, xml_tree
from privacy_samples import dump, inventory, policy, row, source

OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
NAMESPACE = "openmicroscopy.org/OriginalMetadata"
TABLES = {
    "format": "Zeiss CZI",
    "reader": "ZeissCZIReader",
    "global": {"Information|User|Name #2": "B", "Information|Document|Rating": 0, "Valid": True},
    "series": [{"Gain": 7.5}, {"Gain": 8.5}],
}


def document(*names, annotations=""):
    images = "".join(
        f'<Image ID="Image:{number}" Name="{name}"><Pixels ID="Pixels:{number}" DimensionOrder="XYZCT" Type="uint8" '
        'SizeX="4" SizeY="4" SizeZ="1" SizeC="1" SizeT="1"><Channel ID="Channel:0" SamplesPerPixel="1"/>'
        f'<TiffData IFD="{number}"/></Pixels></Image>'.replace("Channel:0", f"Channel:{number}:0")
        for number, name in enumerate(names)
    )
    return f'<OME xmlns="{OME}">{images}{annotations}</OME>'.encode()


def annotation(key, value, number=0):
    return (
        f'<StructuredAnnotations><XMLAnnotation ID="Annotation:{number}" Namespace="{NAMESPACE}"><Value>'
        f"<OriginalMetadata><Key>{key}</Key><Value>{value}</Value></OriginalMetadata>"
        "</Value></XMLAnnotation></StructuredAnnotations>"
    )


def embedded(ome_xml=None, of=TABLES, kind="bioformats", *, allowed=True, most=100):
    return embed_original_metadata(
        ome_xml or document("left", "right"), dump(source(kind, of)), allowed=allowed, most=most
    )


def stated(ome_xml):
    """Key and value of each annotation, in order."""
    return [
        (found.findtext("{*}Key"), found.findtext("{*}Value"))
        for found in parse_xml(ome_xml).iterfind(f".//{{*}}XMLAnnotation[@Namespace='{NAMESPACE}']/*/*")
    ]


def test_keys_bear_the_names_that_bfconvert_gives_them():
    assert stated(embedded().ome_xml) == [
        ("Information|Document|Rating", "0"),
        ("Information|User|Name #2", "B"),
        ("Valid", "true"),
        ("left Gain", "7.5"),
        ("right Gain", "8.5"),
    ]


@pytest.mark.parametrize("names", [("same", "same"), ("", " "), ("one",)])
def test_series_that_a_name_does_not_tell_apart_are_told_by_their_number(names):
    keys = dict(stated(embedded(document(*names)).ome_xml))

    assert (keys["Series 0 Gain"], keys["Series 1 Gain"]) == ("7.5", "8.5")


def test_names_of_series_are_those_of_bioformats_own_document():
    own = xml_tree(parse_xml(document("scene A", "scene B")))
    sources = dump(source("bioformats", TABLES), source("ome", own))

    assert ("scene B Gain", "8.5") in original_metadata(sources, ["left", "right"])


def test_tables_of_lower_resolutions_are_told_by_their_number():
    tables = {"global": {}, "series": [{"Gain": 1, "resolutions": [{"Gain": 2}]}]}

    assert original_metadata(dump(source("bioformats", tables))) == [
        ("Series 0 Gain", "1"),
        ("Series 0 Resolution 1 Gain", "2"),
    ]


def test_the_document_stays_valid_and_no_id_stands_twice():
    after = embedded(document("left", "right", annotations=annotation("Other", "1"))).ome_xml

    ids = [element.get("ID") for element in parse_xml(after).iter("{*}XMLAnnotation")]
    assert problems(after) == []
    assert len(ids) == len(set(ids)) == 6


def test_what_the_document_says_already_stays_and_is_not_doubled():
    after = embedded(document("left", "right", annotations=annotation("left Gain", "7.5")))

    assert after.written == 4
    assert stated(after.ome_xml).count(("left Gain", "7.5")) == 1


def test_the_same_dump_gives_the_same_bytes_in_whatever_order_its_keys_come():
    turned = {**TABLES, "global": dict(reversed(TABLES["global"].items()))}

    assert embedded(of=turned).ome_xml == embedded().ome_xml


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\x00b\x1fc", "abc"),
        (" 5 µm <a> & b\n", " 5 µm <a> & b\n"),
        ([1, 2.5, True], "[1, 2.5, true]"),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_a_value_is_written_as_java_prints_it_without_what_xml_cannot_hold(value, written):
    after = embedded(of={"global": {"Key": value}, "series": []}).ome_xml

    assert stated(after) == [("Key", written)]


@pytest.mark.parametrize("value", ["", " \x00", None, [], "x" * (LONGEST + 1), {"sha256": "0" * 64, "bytes": 9}])
def test_a_value_that_states_nothing_or_too_much_has_no_annotation(value):
    after = embedded(of={"global": {"Key": value}, "series": []})

    assert (after.written, stated(after.ome_xml)) == (0, [])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"allowed": False}, "privacy policy"),
        ({"most": 4}, "5 keys, more than ome_tiff.original_metadata_keys (4)"),
        ({"most": 0}, "more than"),
        ({"kind": "exiftool"}, "no keys of a vendor"),
    ],
)
def test_a_document_without_the_keys_is_the_same_bytes_and_the_reason_is_told(settings, reason):
    after = embedded(**settings)

    assert after.ome_xml == document("left", "right")
    assert after.written == 0
    assert reason in after.left_out


def test_the_tree_of_the_converting_reader_serves_where_bioformats_has_none():
    tree = {
        "@Version": "2",
        "Header": {"#text": "h", "@Unit": "mm"},
        "Laser": [{"Power": 1}, {"Power": None}, {"Power": 3}],
        "Range": [1, 2],
        "Table": {"sha256": "0" * 64, "bytes": 9},
    }
    other = source("nd2", {"Camera": "c"}).model_copy(update={"tool": "another reader"})
    sources = dump(source("nifti", tree), source("tiff", {"ImageWidth": 4}), other)
    sources = sources.model_copy(update={"reader": "a tool"})

    assert original_metadata(sources) == [
        ("Header", "h"),
        ("Header|Unit", "mm"),
        ("Laser #1|Power", "1"),
        ("Laser #3|Power", "3"),
        ("Range", "[1, 2]"),
        ("Version", "2"),
    ]


def test_what_the_policy_takes_out_of_the_tables_is_in_no_annotation():
    tables = {"global": {"Information|User|Name": "Jane Roe", "Note": "by Jane Roe", "Gain": 3}, "series": []}
    clean = sanitise(policy("facility"), dump(source("bioformats", tables)), document("x"), row(), inventory())

    after = embed_original_metadata(clean.ome_xml, clean.dump, allowed=True, most=100).ome_xml

    assert stated(after) == [("Gain", "3"), ("Note", "by [removed]")]


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("keep_all", True), ("facility", True), ("gdpr_pseudonymous", False), ("hipaa_safe_harbor", False)],
)
def test_the_keys_go_into_the_image_under_the_policies_that_say_so(name, allowed):
    assert policy(name).original_metadata is allowed


def test_bioformats_reads_the_keys_back_as_its_own(tmp_path):
    path = tmp_path / "a.ome.tiff"
    with tifffile.TiffWriter(path, ome=False) as file:
        for number in range(2):
            text = b"" if number else embedded().ome_xml
            file.write(np.zeros((4, 4), np.uint8), description=text, metadata=None, software=False)
    reader = BioFormatsReader(Request(path, "ome_tiff", "bioformats", ReaderOptions()))

    read = reader.vendor_metadata()["bioformats"]["global"]

    reader.close()
    assert read == dict(stated(embedded().ome_xml))


def test_bioformats_opens_a_file_from_whose_annotations_a_value_was_taken(tmp_path):
    xml = document("x", annotations=annotation("Information|User|UserName", "jdoe"))
    clean = sanitise(policy("facility"), dump(), xml, row(), inventory())
    path = tmp_path / "a.ome.tiff"
    tifffile.imwrite(path, np.zeros((4, 4), np.uint8), description=clean.ome_xml, metadata=None, software=False)

    reader = BioFormatsReader(Request(path, "ome_tiff", "bioformats", ReaderOptions()))

    assert reader.vendor_metadata()["bioformats"]["global"] == {}
    reader.close()


def of_bfconvert(path):
    """Pairs that Bio-Formats itself writes into OME-XML, without ``<>``; a list it has joined is taken apart."""
    machine(ReaderOptions())
    service = java_class("loci.formats.services.OMEXMLServiceImpl")()
    store = service.createOMEXMLMetadata()
    reader = java_class("loci.formats.ImageReader")()
    reader.setMetadataStore(store)
    reader.setOriginalMetadataPopulated(True)
    reader.setFlattenedResolutions(False)
    reader.setId(str(path))
    reader.close()
    pairs = stated(str(service.getOMEXML(store)))
    return {
        (plain(key), item) for key, value in pairs for item in value.removeprefix("[").removesuffix("]").split(", ")
    }


def plain(key):
    """A key without the number of its value."""
    head, mark, number = key.rpartition(" #")
    return head if mark and number.isdigit() else key


@pytest.mark.parametrize(
    ("fmt", "name"),
    [
        ("czi", "copyleft/czi/DAPI_GFP.czi"),
        ("lif", "copyleft/lif/testdata_2channel_xz.lif"),
        ("svs", "svs/CMU-1-Small-Region.svs"),
    ],
)
def test_keys_and_values_of_real_files_are_those_that_bfconvert_writes(corpus, fmt, name):
    reader = BioFormatsReader(Request(corpus / name, fmt, "bioformats", ReaderOptions()))
    own = [
        source("ome", xml_tree(parse_xml(reader.ome_xml()))),
        source("bioformats", reader.vendor_metadata()["bioformats"]),
    ]
    reader.close()

    pairs = original_metadata(dump(*own))

    ours = {(plain(key), item) for key, value in pairs for item in re.sub("[<>]", "", value).split(", ")}
    assert ours == of_bfconvert(corpus / name)

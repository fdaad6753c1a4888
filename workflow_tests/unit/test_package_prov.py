"""W3C PROV of an object: the package prov reads it, every link has its ends, and it says what became of what."""

import io
import json
import shutil
from dataclasses import replace

import lxml.etree
import pytest
from prov.model import ProvDocument

from fixative.agents import Provenance
from fixative.files import digest_bytes
from fixative.package.assemble import assemble_object
from fixative.package.bag import tag_files
from fixative.verify.object import verify_object
from objects import NOW, make_parts, with_members

NAMED = Provenance.model_validate(
    {
        "agent": {"name": "Ada Okafor", "orcid": "0000-0002-1825-0097"},
        "organisation": {"name": "Example facility", "ror": "00wjc7c48"},
    }
)
HOSTILE = '</td><script>alert("x")</script> | \x1b[2J \x00 \ud800 & "q" a:b'
P = {"p": "http://www.loc.gov/premis/v3"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An object of three source files, which it holds, under the names of a person and an organisation."""
    place = tmp_path_factory.mktemp("made")
    parts = with_members(make_parts(place / "parts", original=True), 2)
    assemble_object(replace(parts, agents=NAMED), place / "object", now=NOW)
    return place / "object"


def content_of(folder):
    return (folder / "data/A.prov.json").read_bytes()


def stated(folder):
    return json.loads(content_of(folder))


def links(document, kind, *ends):
    return {tuple(link[f"prov:{end}"] for end in ends) for link in document[kind].values()}


def test_the_package_prov_reads_and_writes_it_without_a_difference(folder):
    document = ProvDocument.deserialize(io.BytesIO(content_of(folder)), format="json")

    again = ProvDocument.deserialize(io.StringIO(document.serialize(format="json")), format="json")

    assert again == document
    assert len(document.get_records()) > 80


@pytest.mark.parametrize("form", ["xml", "provn"])
def test_it_can_be_written_in_the_other_forms_of_prov(folder, form):
    document = ProvDocument.deserialize(io.BytesIO(content_of(folder)), format="json")

    text = document.serialize(format=form)

    assert "orcid:0000-0002-1825-0097" in text


def test_namespaces_are_those_of_the_identifiers(folder):
    prefixes = stated(folder)["prefix"]

    assert prefixes["orcid"] == "https://orcid.org/"
    assert prefixes["ror"] == "https://ror.org/"
    assert prefixes["object"].startswith("urn:uuid:")


def test_the_image_came_from_the_source_and_the_sanitised_metadata(folder):
    document = stated(folder)

    derived = links(document, "wasDerivedFrom", "generatedEntity", "usedEntity")

    assert ("object:A.ome.tiff", "object:source") in derived
    assert ("object:A.ome.tiff", "object:sanitised") in derived
    assert ("object:sanitised", "object:dump") in derived
    assert ("object:original/member%200.dat", "object:source/member%200.dat") in derived


def test_each_step_used_and_made_what_it_did(folder):
    document = stated(folder)

    used, made = (
        links(document, "used", "activity", "entity"),
        links(document, "wasGeneratedBy", "activity", "entity"),
    )

    assert ("object:step/convert_to_ome_tiff", "object:source") in used
    assert ("object:step/convert_to_ome_tiff", "object:A.ome.tiff") in made
    assert ("object:step/dump_metadata", "object:dump") in made
    assert ("object:step/verify_archive", "object:A.ome.tiff") in used


def test_the_programs_act_for_the_person_and_the_person_for_the_organisation(folder):
    document = stated(folder)

    assert links(document, "actedOnBehalfOf", "delegate", "responsible") == {
        ("object:agent/fixative", "orcid:0000-0002-1825-0097"),
        ("orcid:0000-0002-1825-0097", "ror:00wjc7c48"),
    }


def test_the_policy_is_the_plan_of_sanitising(folder):
    document = stated(folder)

    plans = {link["prov:plan"] for link in document["wasAssociatedWith"].values() if "prov:plan" in link}

    assert plans == {"object:policy"}
    assert document["entity"]["object:policy"]["fixative:sha256"] == "cd" * 32


def test_the_files_of_the_source_are_members_of_it(folder):
    members = links(stated(folder), "hadMember", "collection", "entity")

    assert {entity for collection, entity in members if collection == "object:source"} == {
        "object:source/public.tif",
        "object:source/member%200.dat",
        "object:source/member%201.dat",
    }


def test_values_of_unknown_origin_stay_text(tmp_path):
    parts = make_parts(tmp_path / "parts")
    parts = replace(
        parts,
        log=parts.log.model_copy(update={"approver": HOSTILE, "policy": HOSTILE}),
        names=dict.fromkeys(parts.names, "a:b/../[ä] 100 %.tif"),
    )

    assemble_object(parts, tmp_path / "object", now=NOW)

    assert verify_object(tmp_path / "object").findings == []
    document = ProvDocument.deserialize(io.BytesIO(content_of(tmp_path / "object")), format="json")
    assert document.get_record("object:source/a%3Ab/../%5B%C3%A4%5D%20100%20%25.tif")


def test_an_object_of_an_earlier_version_that_has_none_is_whole(folder, tmp_path):
    old = shutil.copytree(folder, tmp_path / "A")
    (old / "data/A.prov.json").unlink()
    drop_from_premis(old / "data/premis.xml", "data/A.prov.json")
    drop_from_crate(old / "data/ro-crate-metadata.json", "A.prov.json", changed=old / "data/premis.xml")
    paths = sorted(path for path in (old / "data").rglob("*") if path.is_file())
    payload = {path.relative_to(old).as_posix(): digest_bytes(path.read_bytes()) for path in paths}
    info = dict(line.split(": ", 1) for line in (old / "bag-info.txt").read_text().splitlines())
    info.pop("Payload-Oxum")
    [(old / name).write_bytes(content) for name, content in tag_files(payload, info).items()]

    assert verify_object(old).findings == []


def drop_from_crate(path, name, changed):
    """Take a file out of a crate, and say anew how another one is."""
    crate = json.loads(path.read_text())
    graph = {entity["@id"]: entity for entity in crate["@graph"] if entity["@id"] != name}
    digests = digest_bytes(changed.read_bytes())
    graph[changed.name] |= {"sha256": digests.sha256, "contentSize": str(digests.bytes)}
    text = json.dumps({**crate, "@graph": [*graph.values()]})
    path.write_text(text.replace(f'{{"@id": "{name}"}}, ', ""))


def drop_from_premis(path, identifier):
    """Take an object out of PREMIS, and every link to it."""
    root = lxml.etree.parse(path)
    for value in root.xpath(f"//*[text()='{identifier}']"):
        element = value.getparent()
        target = element.getparent() if element.tag.endswith("}objectIdentifier") else element
        target.getparent().remove(target)
    root.write(path, encoding="UTF-8", xml_declaration=True)


def test_premis_names_person_and_organisation_by_their_identifiers(folder):
    root = lxml.etree.parse(folder / "data/premis.xml")
    agents = {
        agent.findtext("p:agentName", namespaces=P): (
            agent.findtext("p:agentIdentifier/p:agentIdentifierType", namespaces=P),
            agent.findtext("p:agentIdentifier/p:agentIdentifierValue", namespaces=P),
            agent.find("p:agentType", P).get("valueURI").rpartition("/")[2],
        )
        for agent in root.iterfind("p:agent", P)
    }

    assert agents["Ada Okafor"] == ("ORCID", "https://orcid.org/0000-0002-1825-0097", "per")
    assert agents["Example facility"] == ("ROR", "https://ror.org/00wjc7c48", "org")
    assert agents["tifffile"] == ("local", "tifffile", "sof")


def test_every_event_of_premis_has_who_did_it_and_who_answers_for_it(folder):
    root = lxml.etree.parse(folder / "data/premis.xml")
    roles = [
        {link.text for link in event.iterfind("p:linkingAgentIdentifier/p:linkingAgentRole", P)}
        for event in root.iterfind("p:event", P)
    ]

    assert [one >= {"executing program", "implementer"} for one in roles] == [True] * 11


def test_premis_with_agents_is_valid(folder, suites):
    schema = lxml.etree.XMLSchema(lxml.etree.parse(suites / "premis-3.0/premis.xsd"))

    schema.assertValid(lxml.etree.parse(folder / "data/premis.xml"))


def test_all_three_and_the_provenance_name_the_same_people(folder):
    provenance = json.loads((folder / "data/A.ome.tiff.provenance.json").read_text())

    assert provenance["agents"] == [
        {"kind": "person", "name": "Ada Okafor", "address": "https://orcid.org/0000-0002-1825-0097"},
        {"kind": "organisation", "name": "Example facility", "address": "https://ror.org/00wjc7c48"},
    ]

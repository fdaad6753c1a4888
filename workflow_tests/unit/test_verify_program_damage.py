"""Every finding that `python -m fixative.verify` can give, provoked on a real small object.

Changes are made consistently where somebody might: the manifests, and what speaks of the file, are written anew.
"""

import json
import os
import struct

import lxml.etree
import numpy as np
import pytest
import tifffile

from fixative.files import digest_bytes
from fixative.package.bag import tag_files
from fixative.verification_models import MetadataDiff
from fixative.verify.__main__ import main
from fixative.verify.object import verify_object
from fixative.verify.ome import ome_problems
from objects import make_object, make_parts, ome_xml, pixels_of, stack, unlock, write_tiff


def messages(folder):
    return [str(finding) for finding in verify_object(folder).findings]


def notes(folder):
    return [str(note) for note in verify_object(folder).notes]


def rebag(folder):
    """Write all tag files anew, as Fixative would: now every digest is right."""
    info = dict(line.split(": ", 1) for line in (folder / "bag-info.txt").read_text().splitlines())
    paths = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
    payload = {path.relative_to(folder).as_posix(): digest_bytes(path.read_bytes()) for path in paths}
    kept = {name: value for name, value in info.items() if name != "Payload-Oxum"}
    for name, content in tag_files(payload, kept).items():
        (folder / name).write_bytes(content)


def edit(folder, name, change):
    """Change a JSON document, and make the bag fit."""
    path = folder / "data" / name
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))
    rebag(folder)


def replace(folder, name, old, new):
    """Change bytes of a file, and make the bag fit."""
    path = folder / "data" / name
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    rebag(folder)


def entity(document, identifier):
    return next(entity for entity in document["@graph"] if entity["@id"] == identifier)


def test_a_bag_written_anew_is_as_good_as_the_first(whole):
    rebag(whole)

    assert messages(whole) == []


CRATE, META, PROV = "ro-crate-metadata.json", "A.ome.tiff.meta.json", "A.prov.json"
PROVENANCE, PIXELS = "A.ome.tiff.provenance.json", "A.ome.tiff.pixels.json"
EDITS = {
    "crate: other context": (
        CRATE,
        lambda crate: crate.update({"@context": "https://w3id.org/ro/crate/1.1/context"}),
        "@context https://w3id.org/ro/terms/workflow-run...",
    ),
    "crate: no licence": (CRATE, lambda crate: entity(crate, "./").pop("license"), "license of the root entity"),
    "crate: another profile": (
        CRATE,
        lambda crate: entity(crate, CRATE).update(conformsTo={"@id": "https://example.org"}),
        "a descriptor that conforms to RO-Crate 1",
    ),
    "crate: a file described with another size": (
        CRATE,
        lambda crate: entity(crate, "README.md").update(contentSize="1"),
        "the size of README.md",
    ),
    "crate: a file described with another digest": (
        CRATE,
        lambda crate: entity(crate, "README.md").update(sha256="0" * 64),
        "the digest of README.md",
    ),
    "crate: an entry removed": (
        CRATE,
        lambda crate: crate["@graph"].remove(entity(crate, "README.md")),
        "a description of README.md",
    ),
    "crate: a file that is none": (
        CRATE,
        lambda crate: entity(crate, "README.md").update({"@type": "Person"}),
        "README.md of type File",
    ),
    "crate: an entity twice": (
        CRATE,
        lambda crate: crate["@graph"].append(entity(crate, "#license")),
        "one entity #license",
    ),
    "crate: no action": (
        CRATE,
        lambda crate: [crate["@graph"].remove(one) for one in [*crate["@graph"]] if one["@type"] == "CreateAction"],
        "expected a CreateAction, found none",
    ),
    "crate: an action without instrument": (
        CRATE,
        lambda crate: crate["@graph"][-1].pop("instrument"),
        "instrument of urn:uuid",
    ),
    "crate: an action by no program": (
        CRATE,
        lambda crate: crate["@graph"][-1].update(instrument={"@id": "#license"}),
        "of type ComputationalWorkflow or SoftwareApplication",
    ),
    "crate: an action of no status": (
        CRATE,
        lambda crate: crate["@graph"][-1].update(actionStatus={"@id": "http://schema.org/CompletedActionStatus"}),
        "actionStatus of urn:uuid",
    ),
    "crate: an action that ends before it starts": (
        CRATE,
        lambda crate: crate["@graph"][-1].update(endTime="2000-01-01T00:00:00+00:00"),
        "to end no earlier than it starts",
    ),
    "crate: a time that is another step's": (
        CRATE,
        lambda crate: crate["@graph"][-1].update(endTime="2030-01-01T00:00:00+00:00"),
        "write_provenance from 2026-11-21T02:00:00Z to 2026-11-21T02:00:01Z",
    ),
    "crate: a collection that is not mentioned": (
        CRATE,
        lambda crate: crate["@graph"].append({"@id": "#set", "@type": "Collection", "mainEntity": {"@id": "./"}}),
        "mainEntity of #set among its parts",
    ),
    "crate: no profile of runs": (
        CRATE,
        lambda crate: entity(crate, "./").pop("conformsTo"),
        "conforms to https://w3id.org/ro/wfrun/process/",
    ),
    "prov: a link to nothing": (
        PROV,
        lambda prov: next(iter(prov["used"].values())).update({"prov:entity": "object:none"}),
        "entity object:none, which used links to",
    ),
    "prov: a name of no namespace": (
        PROV,
        lambda prov: prov["entity"].update({"other:x": {}}),
        "a namespace for other:x",
    ),
    "prov: an activity of nobody": (
        PROV,
        lambda prov: prov["wasAssociatedWith"].clear(),
        "an agent of object:step/inventory_source",
    ),
    "prov: another digest of the image": (
        PROV,
        lambda prov: prov["entity"]["object:A.ome.tiff"].update({"fixative:sha256": "0" * 64}),
        "the digest of A.ome.tiff",
    ),
    "prov: another size of the image": (
        PROV,
        lambda prov: prov["entity"]["object:A.ome.tiff"].update({"schema:contentSize": "1"}),
        "the size of A.ome.tiff",
    ),
    "prov: a file that is not there": (
        PROV,
        lambda prov: prov["entity"].update({"object:B.ome.tiff": {"fixative:sha512": "0"}}),
        "no file that is not there: B.ome.tiff",
    ),
    "prov: no image": (
        PROV,
        lambda prov: prov["entity"].pop("object:A.ome.tiff"),
        "an entity A.ome.tiff",
    ),
    "prov: a step that ends before it starts": (
        PROV,
        lambda prov: prov["activity"]["object:step/dump_metadata"].update({"prov:endTime": "2000-01-01T00:00:00Z"}),
        "object:step/dump_metadata to end no earlier",
    ),
    "prov: a step without its times": (
        PROV,
        lambda prov: prov["activity"]["object:step/dump_metadata"].update({"prov:startTime": "2026-11-21T01:00:00Z"}),
        "dump_metadata from 2026-11-21T02:00:00Z",
    ),
    "prov: a relation that Fixative does not write": (
        PROV,
        lambda prov: prov.update(wasInformedBy={}),
        "relations of used, wasGeneratedBy",
    ),
    "crate: an action that is not mentioned": (
        CRATE,
        lambda crate: entity(crate, "./").pop("mentions"),
        "in mentions, found not listed",
    ),
    "crate: no Dataset": (
        CRATE,
        lambda crate: entity(crate, "./").update({"@type": "Thing"}),
        "a root entity of type Dataset",
    ),
    "provenance: another form": (
        PROVENANCE,
        lambda record: record.update(format="x"),
        "expected format fixative-provenance-1",
    ),
    "provenance: an output that is not there": (
        PROVENANCE,
        lambda record: record["outputs"].append({"path": "x", "bytes": 1, "sha256": "", "sha512": ""}),
        "no output that is not there: x",
    ),
    "provenance: the image is no output": (
        PROVENANCE,
        lambda record: record.update(outputs=[]),
        "A.ome.tiff among the outputs",
    ),
    "provenance: an output of another size": (
        PROVENANCE,
        lambda record: record["outputs"][0].update(bytes=1),
        "the size of A.ome.tiff",
    ),
    "provenance: an original of another digest": (
        PROVENANCE,
        lambda record: record["source"]["files"][0].update(sha256="0" * 64),
        "the digest of original/public.tif",
    ),
    "provenance: other planes": (
        PROVENANCE,
        lambda record: record["pixels"].update(planes=5),
        "expected pixels.planes 4, found 5",
    ),
    "provenance: another root digest": (
        PROVENANCE,
        lambda record: record["pixels"].update(root_sha256="0" * 64),
        "the digest of the pixels",
    ),
    "provenance: a step that failed": (
        PROVENANCE,
        lambda record: record["steps"][3].update(outcome="refused"),
        "convert_to_ome_tiff: refused",
    ),
    "provenance: no version": (
        PROVENANCE,
        lambda record: record.update(software=[]),
        "the version of fixative",
    ),
    "provenance: another identifier": (
        PROVENANCE,
        lambda record: record.update(identifier="urn:uuid:0"),
        "bag-info.txt: expected External-Identifier urn:uuid:0",
    ),
    "provenance: another date": (
        PROVENANCE,
        lambda record: record.update(created="2020-01-01T00:00:00Z"),
        "bag-info.txt: expected Bagging-Date 2020-01-01",
    ),
    "provenance: another sample": (
        PROVENANCE,
        lambda record: record["sample"].update(sample_id="B"),
        "expected sample_id A, found B",
    ),
    "provenance: another policy": (
        PROVENANCE,
        lambda record: record["policy"].update(sha256="0" * 64),
        "policy.sha256 cdcdcd",
    ),
    "provenance: fewer keys changed": (
        PROVENANCE,
        lambda record: record["policy"].update(keys_changed=0),
        "expected policy.keys_changed 1, as in meta.json, found 0",
    ),
    "metadata: a redaction without rule": (
        META,
        lambda record: record["sanitisation"]["redactions"][0].pop("rule"),
        "sanitisation.redactions.0.rule as SanitisationLog has it",
    ),
    "metadata: another form": (META, lambda record: record.update(format="x"), "format fixative-metadata-1"),
    "metadata: nothing in the dump": (
        META,
        lambda record: record["dump"].update(sources=[]),
        "at least one reading in dump.sources",
    ),
    "metadata: left out by no rule of the log": (
        META,
        lambda record: record["dump"]["sources"][0].update(tree={"@redacted": "a rule"}),
        "rule a rule in the log",
    ),
    "metadata: other counts than the provenance": (
        META,
        lambda record: record["sanitisation"].update(kept_keys=13),
        "expected policy.keys_kept 13, as in meta.json, found 12",
    ),
    "pixels: another digest": (
        PIXELS,
        lambda record: record["images"][0]["levels"][0]["planes"][2].update(sha256="0" * 64),
        "[VER001] pixels differ, first at image 0 level 0 T0 C1 Z0",
    ),
    "pixels: another size": (PIXELS, lambda record: record["images"][0].update(size_x=91), "[VER003]"),
    "pixels: another type": (PIXELS, lambda record: record["images"][0].update(dtype="int16"), "[VER003]"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_document_edited_with_the_manifests_is_damage_and_says_what_was_expected(whole, name):
    file, change, message = EDITS[name]
    edit(whole, file, change)

    found = messages(whole)

    assert any(message in finding for finding in found), found
    assert main([str(whole)]) == 1


COMPLETENESS = {
    "checklist": "confocal",
    "fields": [{"name": "objective_na", "state": "source", "level": "refuse"}],
    "disagreements": [],
    "nbo": [{"tier": 1, "filled": 2, "applicable": 3}],
    "nbo_missing": ["Objective/LensNA"],
    "rembi": {"filled": 12, "applicable": 13, "missing": [["study: title", "study_title"]]},
}
SCORES = {
    "a field that must be there and is missing": (
        lambda scores: scores["fields"][0].update(state="missing"),
        "every field that the checklist insists on, found no objective_na",
    ),
    "more of REMBI than is listed": (lambda scores: scores["rembi"].update(filled=13), "12 items of the REMBI"),
    "more slots than there are": (lambda scores: scores["nbo"][0].update(filled=4), "at most 3 slots of NBO tier 1"),
    "fewer empty slots than there are": (
        lambda scores: scores["nbo_missing"].clear(),
        "1 empty slots of NBO tier 1, found 0",
    ),
    "a column that is said to be missing": (
        lambda scores: scores["rembi"].update(missing=[["biosample: organism", "organism"]]),
        "biosample: organism among what is stated, as in the provenance",
    ),
}


@pytest.mark.parametrize("name", SCORES)
def test_a_score_that_does_not_add_up_is_damage(tmp_path, name):
    folder = unlock(make_object(tmp_path, organism="mouse").folder)
    change, message = SCORES[name]
    scores = json.loads(json.dumps(COMPLETENESS))
    change(scores)
    edit(folder, META, lambda record: record.update(completeness=scores))

    found = messages(folder)

    assert any(message in finding for finding in found), found


def test_scores_that_add_up_are_no_damage(whole):
    edit(whole, META, lambda record: record.update(completeness=COMPLETENESS))

    found = messages(whole)

    assert not any("NBO" in finding or "REMBI" in finding or "checklist" in finding for finding in found)


DIFF = MetadataDiff(reader="bioformats", version="7", values=3, kept=3).model_dump(mode="json")
DIFFS = {
    "fates that are not those of all values": (DIFF | {"kept": 2}, "fates of 3 metadata values, found of 2"),
    "losses that nobody lists": (DIFF | {"kept": 2, "dropped": 1}, "1 values in metadata.losses, found 0"),
    "a value that was exposed": (DIFF | {"kept": 2, "exposed": 1}, "no metadata value exposed, found 1"),
    "no record at all": ({"kept": "all"}, "a record of what became of metadata values"),
}


@pytest.mark.parametrize("name", DIFFS)
def test_a_verdict_on_metadata_that_does_not_add_up_is_damage(whole, name):
    diff, message = DIFFS[name]
    edit(whole, PROVENANCE, lambda record: record.update(metadata=diff))

    found = messages(whole)

    assert any(message in finding for finding in found), found


PREMIS = {
    "an event that links to nobody": (
        b">fixative</premis:linkingAgentIdentifierValue>",
        b">nobody</premis:linkingAgentIdentifierValue>",
        "agent nobody, which is linked to",
    ),
    "another digest": (b"<premis:messageDigest>", b"<premis:messageDigest>0", "the digest of original/public.tif"),
    "another size": (b"<premis:size>", b"<premis:size>1", "the size of original/public.tif"),
    "another version": (b'version="3.0"', b'version="2.3"', "premis, version 3.0"),
    "an event of its own kind": (b"eventType/ing", b"eventType/xyz", "an event type of the Library of Congress"),
    "a file that is not there": (
        b">data/README.md</premis:objectIdentifierValue>",
        b">data/gone.md</premis:objectIdentifierValue>",
        "no file that is not there: gone.md",
    ),
    "no time": (b"premis:eventDateTime>", b"premis:eventDate>", "a document as Fixative writes it"),
}


@pytest.mark.parametrize("name", PREMIS)
def test_premis_edited_with_the_manifests_is_damage(whole, name):
    old, new, message = PREMIS[name]
    replace(whole, "premis.xml", old, new)

    found = messages(whole)

    assert any(message in finding for finding in found), found


def edit_premis(folder, change):
    path = folder / "data/premis.xml"
    root = lxml.etree.parse(path).getroot()
    change(root, {"p": "http://www.loc.gov/premis/v3"})
    path.write_bytes(lxml.etree.tostring(root))
    rebag(folder)


def test_premis_in_another_order_is_damage(whole):
    edit_premis(whole, lambda root, names: root.insert(0, root.findall("p:agent", names)[0]))

    assert any("object, event, agent, rights, in this order" in finding for finding in messages(whole))


def test_premis_without_the_image_is_damage(whole):
    described = "p:object[p:objectIdentifier/p:objectIdentifierValue='data/A.ome.tiff']"
    edit_premis(whole, lambda root, names: root.remove(root.xpath(described, namespaces=names)[0]))

    assert any("an object data/A.ome.tiff" in finding for finding in messages(whole))


def test_premis_with_an_agent_twice_is_damage(whole):
    edit_premis(whole, lambda root, names: root.append(lxml.etree.fromstring(lxml.etree.tostring(root[-1]))))

    assert any("expected one agent tifffile, found 2" in finding for finding in messages(whole))


def test_premis_without_the_time_of_an_event_is_damage(whole):
    def change(root, names):
        event = root.find("p:event", names)
        event.remove(event.find("p:eventDateTime", names))

    edit_premis(whole, change)

    assert any("eventDateTime in each event" in finding for finding in messages(whole))


def test_premis_is_compared_with_its_schema_where_that_is_at_hand(whole, suites):
    schema = suites / "premis-3.0/premis.xsd"
    before = verify_object(whole, premis_schema=schema).findings
    edit_premis(whole, lambda root, names: root.append(lxml.etree.Element("{http://www.loc.gov/premis/v3}rights")))

    after = [str(finding) for finding in verify_object(whole, premis_schema=schema).findings]

    assert before == []
    assert any("PREMIS 3.0 as its schema defines it, found line" in finding for finding in after)


def test_the_ome_xml_edited_in_place_is_damage(whole):
    replace(whole, "A.ome.tiff", b'Type="uint16"', b'Type="uint17"')

    assert any(finding.startswith("[VER002]") for finding in messages(whole))


def test_ome_xml_that_says_other_than_the_file_is_damage(whole):
    replace(whole, "A.ome.tiff", b'FirstC="1" FirstZ="1"', b'FirstC="1" FirstZ="0"')

    assert any("each plane of Image 0 once" in finding for finding in messages(whole))


@pytest.mark.parametrize(("bits", "codes"), [(16, []), (12, []), (17, ["VER003"]), (0, ["VER002"])])
def test_more_bits_used_than_the_type_has_are_damage(bits, codes):
    images = [stack()]
    xml = ome_xml(images).replace("BigEndian=", f'SignificantBits="{bits}" BigEndian=').encode()

    problems = ome_problems(xml, pixels_of(images))

    assert [problem.code for problem in problems] == codes


def first_directory(path):
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages[0]
        return tiff.byteorder, page.offset, page.tags, page.dataoffsets, page.databytecounts


def test_a_tile_that_was_swapped_with_another_is_damage_in_its_plane(whole):
    path = whole / "data/A.ome.tiff"
    order, _, tags, offsets, counts = first_directory(path)
    place, counted = tags["TileOffsets"].valueoffset, tags["TileByteCounts"].valueoffset
    kind = {3: "H", 4: "I"}[tags["TileByteCounts"].dtype]
    with path.open("r+b") as stream:
        stream.seek(place)
        stream.write(struct.pack(f"{order}2I", offsets[1], offsets[0]))
        stream.seek(counted)
        stream.write(struct.pack(f"{order}2{kind}", counts[1], counts[0]))
    rebag(whole)

    found = messages(whole)

    assert any("[VER001] pixels differ, first at image 0 level 0 T0 C0 Z0" in finding for finding in found), found


def test_a_chain_of_directories_that_was_cut_is_damage(whole):
    path = whole / "data/A.ome.tiff"
    order, offset, tags, _, _ = first_directory(path)
    with path.open("r+b") as stream:
        stream.seek(offset + 2 + 12 * len(tags))
        stream.write(struct.pack(f"{order}I", 0))
    rebag(whole)

    assert any("4 directories in the main chain, found 1" in finding for finding in messages(whole))


def test_other_pixels_written_as_well_as_the_first_are_damage(tmp_path):
    made = make_object(tmp_path)
    folder = unlock(made.folder)
    other = np.zeros((1, 2, 2, 70, 90), np.uint16)
    write_tiff(folder / "data/A.ome.tiff", [other], compression="zlib", predictor=True)
    rebag(folder)

    found = messages(folder)

    assert sum("[VER001]" in finding for finding in found) == 8
    assert any("A.ome.tiff.provenance.json: expected the digest of A.ome.tiff" in finding for finding in found)


def test_a_bag_of_an_earlier_version_is_not_as_fixative_writes_it(whole):
    (whole / "bagit.txt").write_text("BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n")

    assert any("bagit.txt: expected BagIt 1.0 in UTF-8, found 0.97" in finding for finding in messages(whole))


@pytest.mark.parametrize("name", ["tagmanifest-sha256.txt", "bag-info.txt", "data"])
def test_a_link_is_no_file_of_an_object(whole, tmp_path, name):
    (whole / name).rename(tmp_path / "elsewhere")
    (whole / name).symlink_to(tmp_path / "elsewhere")

    found = messages(whole)

    assert any(f"{name}: expected a" in finding and "a symbolic link" in finding for finding in found), found


def test_that_files_can_be_written_to_is_a_note_and_no_damage(made, whole):
    message = "note: the object: expected read-only files and folders, found 19 that are not"

    assert not any(note.startswith(message) for note in notes(made.folder))
    assert notes(whole)[0] == f"{message}, first bag-info.txt: 0644"
    assert main([str(whole)]) == 0


def test_fields_of_a_later_version_are_a_note_and_no_damage(whole):
    edit(whole, META, lambda record: record["sanitisation"].update(a_later_field=1))

    report = verify_object(whole)

    assert any(
        "SanitisationLog of this version has, found sanitisation.a_later" in str(note) for note in report.notes
    )
    assert not any("a_later_field" in str(finding) for finding in report.findings)


def test_metadata_that_were_not_compared_are_a_note(whole):
    assert any("compared value by value, found not asked for" in note for note in notes(whole))


def test_what_the_diff_let_through_is_a_note(whole):
    loss = {"fate": "dropped", "field": "Image@Name", "place": "Image 0", "count": 1}
    diff = DIFF | {"kept": 2, "dropped": 1, "refused": 1, "losses": [loss]}
    edit(whole, PROVENANCE, lambda record: record.update(metadata=diff))

    assert any("lost for a listed reason, found 1 others" in note for note in notes(whole))


def test_an_empty_file_under_the_name_of_an_object_could_not_be_checked(tmp_path):
    parts = make_parts(tmp_path)

    assert main([str(parts.tiff)]) == 2


def test_a_payload_that_is_a_pipe_is_damage_and_is_not_opened(whole):
    os.mkfifo(whole / "data/pipe")

    assert any("data/pipe: expected a file, found a special file" in finding for finding in messages(whole))

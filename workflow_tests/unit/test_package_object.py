"""The archive object: accepted by other people's tools, the same on every run, nothing private in it."""

import getpass
import json
import re
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import lxml.etree
import pytest

from fixative.findings import RefusedSample
from fixative.models import STEPS, Redaction
from fixative.package.assemble import assemble_object
from fixative.package.bag import payload_name
from fixative.verify.object import verify_object
from objects import NOW, make_object, make_parts, stack

PREMIS = {"p": "http://www.loc.gov/premis/v3"}
HOSTILE = '</td><script>alert("x")</script> | [a](javascript:b) `c` \x1b[2J \x00 \ud800 & "q"'


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_object(tmp_path_factory.mktemp("made"), original=True, organism="Mus musculus", license="CC-BY-4.0")


def assemble(folder, parts, **options):
    assemble_object(parts, folder, now=NOW, **options)
    return folder


def test_the_object_holds_what_the_design_says(made):
    files = [path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()]

    assert sorted(files) == [
        "bag-info.txt",
        "bagit.txt",
        "data/A.ome.tiff",
        "data/A.ome.tiff.meta.json",
        "data/A.ome.tiff.pixels.json",
        "data/A.ome.tiff.provenance.json",
        "data/A.prov.json",
        "data/A.thumbnail.png",
        "data/README.md",
        "data/original/public.tif",
        "data/premis.xml",
        "data/ro-crate-metadata.json",
        "data/ro-crate-preview.html",
        "manifest-sha256.txt",
        "manifest-sha512.txt",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha512.txt",
    ]


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", ["manifest", "tagmanifest"])
def test_common_tools_check_the_manifests(made, kind, algorithm):
    check = [f"{algorithm}sum", "--strict", "-c", f"{kind}-{algorithm}.txt"]

    run = subprocess.run(check, cwd=made.folder, capture_output=True, text=True)

    assert (run.returncode, run.stderr) == (0, "")


def test_bagit_python_accepts_the_bag(made):
    run = subprocess.run([sys.executable, "-m", "bagit", "--validate", made.folder], capture_output=True, text=True)

    assert run.returncode == 0, run.stderr


def test_the_declaration_is_that_of_bagit_1_0(made):
    declaration = (made.folder / "bagit.txt").read_bytes()

    assert declaration == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def test_only_files_that_speak_of_time_differ_between_two_runs(tmp_path):
    first = assemble(tmp_path / "1/object", make_parts(tmp_path / "1"))
    second_parts = make_parts(tmp_path / "2")
    later = tuple(replace_time(outcome) for outcome in second_parts.outcomes)
    second = tmp_path / "2/object"
    assemble_object(replace(second_parts, outcomes=later), second, now=NOW + timedelta(days=1))

    differing = {
        path.relative_to(first).as_posix()
        for path in first.rglob("*")
        if path.is_file() and path.read_bytes() != (second / path.relative_to(first)).read_bytes()
    }

    assert differing == {
        "bag-info.txt",
        "data/A.ome.tiff.provenance.json",
        "data/A.prov.json",
        "data/premis.xml",
        "data/ro-crate-metadata.json",
        "manifest-sha256.txt",
        "manifest-sha512.txt",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha512.txt",
    }


def replace_time(outcome):
    return outcome.model_copy(update={"started": "2027-01-01T00:00:00Z", "ended": "2027-01-01T00:00:05Z"})


def test_nothing_tells_host_user_path_or_a_private_name(made):
    private = [
        made.source.parent,
        made.source.name,
        "staging",
        socket.gethostname(),
        Path.home(),
        getpass.getuser(),
    ]

    documents = [path for path in made.folder.rglob("*") if path.suffix not in (".tiff", ".png") and path.is_file()]
    text = "".join(path.read_text() for path in documents)

    assert [value for value in private if re.search(rf"(?<!\w){re.escape(str(value))}(?!\w)", text)] == []


def test_what_the_sheet_does_not_state_is_named_as_absent(made):
    readme = (made.folder / "data/README.md").read_text()
    provenance = json.loads((made.folder / "data/A.ome.tiff.provenance.json").read_text())

    assert "- organism: Mus musculus\n" in readme
    assert "- modality: not stated\n" in readme
    assert provenance["sample"]["modality"] is None


def test_no_licence_is_invented(tmp_path):
    folder = assemble(tmp_path / "object", make_parts(tmp_path / "parts"))

    graph = json.loads((folder / "data/ro-crate-metadata.json").read_text())["@graph"]

    (licence,) = (entity for entity in graph if entity["@id"] == "#license")
    assert licence["name"].startswith("not stated")


def test_the_provenance_says_who_what_when_and_with_what(made):
    provenance = json.loads((made.folder / "data/A.ome.tiff.provenance.json").read_text())

    assert provenance["created"] == "2026-11-21T03:00:00Z"
    assert {"fixative", "python", "tifffile", "imagecodecs"} <= {tool["name"] for tool in provenance["software"]}
    assert provenance["policy"]["sha256"] == "cd" * 32
    assert provenance["steps"][0]["step"] == "inventory_source"
    assert provenance["source"]["files"][0]["name"] == "public.tif"
    assert provenance["source"]["files"][0]["path"] == "original/public.tif"
    assert "A.ome.tiff" in {output["path"] for output in provenance["outputs"]}


def test_the_crate_describes_every_file_with_digest_type_and_size(made):
    graph = json.loads((made.folder / "data/ro-crate-metadata.json").read_text())["@graph"]
    entities = {entity["@id"]: entity for entity in graph}
    files = {path.relative_to(made.folder / "data").as_posix(): path for path in (made.folder / "data").rglob("*.*")}
    del files["ro-crate-metadata.json"]

    assert {part["@id"] for part in entities["./"]["hasPart"]} == files.keys()
    assert {name: int(entities[name]["contentSize"]) for name in files} == {
        name: path.stat().st_size for name, path in files.items()
    }
    assert all(re.fullmatch("[0-9a-f]{64}", entities[name]["sha256"]) for name in files)
    assert len(entities["./"]["hasPart"]) == len(files)


def test_the_crate_has_what_its_profiles_require(made):
    crate = json.loads((made.folder / "data/ro-crate-metadata.json").read_text())
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    actions = {entity["name"]: entity for entity in crate["@graph"] if entity["@type"] == "CreateAction"}

    assert entities["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert entities["./"].keys() >= {"name", "description", "datePublished", "license"}
    assert list(actions) == list(STEPS)
    assert entities[actions["convert_to_ome_tiff"]["instrument"][0]["@id"]]["name"] == "fixative"
    assert {"@id": "A.ome.tiff"} in actions["convert_to_ome_tiff"]["result"]
    assert actions["inventory_source"]["object"] == {"@id": "original/public.tif"}
    assert entities["./"]["mentions"] == [{"@id": action["@id"]} for action in actions.values()]


def test_the_crate_is_read_by_the_package_rocrate(made):
    from rocrate.rocrate import ROCrate

    crate = ROCrate(made.folder / "data")

    assert crate.root_dataset["name"] == "Microscopy image A (set1)"
    assert {part.id for part in crate.root_dataset["hasPart"]} >= {
        "A.ome.tiff",
        "original/public.tif",
        "premis.xml",
    }


def test_premis_is_valid(made, suites):
    schema = lxml.etree.XMLSchema(lxml.etree.parse(suites / "premis-3.0/premis.xsd"))

    schema.assertValid(lxml.etree.parse(made.folder / "data/premis.xml"))


def test_premis_events_are_of_the_library_of_congress(made):
    root = lxml.etree.parse(made.folder / "data/premis.xml")

    codes = [uri.rpartition("/")[2] for uri in root.xpath("//p:eventType/@valueURI", namespaces=PREMIS)]

    assert codes == ["ing", "for", "mes", "mee", "red", "mem", "fil", "nor", "val", "fix", "ipc"]


def test_values_of_unknown_origin_become_text_and_nothing_else(tmp_path):
    parts = make_parts(tmp_path / "parts", organism=HOSTILE, license=HOSTILE, notes="a\n# b\r\nPayload-Oxum: 0.0")
    log = parts.log.model_copy(update={"approver": HOSTILE, "policy": HOSTILE})
    folder = assemble(tmp_path / "object", replace(parts, log=log))

    page = (folder / "data/ro-crate-preview.html").read_text()
    readme = (folder / "data/README.md").read_text()

    assert "<script" not in page + readme
    assert "\x1b" not in page + readme
    assert "\n# b" not in readme
    assert "](javascript" not in readme
    assert verify_object(folder).findings == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.czi", "a.czi"),
        ("sub folder/a b.czi", "sub folder/a b.czi"),
        ("50%.tif", "50_.tif"),
        ("a\nb\r.tif", "a_b_.tif"),
        ("../../etc/passwd", "_/_/etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a\\b:c.tif", "a_b_c.tif"),
        ("e\u0301.tif", "\u00e9.tif"),
        (" a.tif ", "a.tif"),
        ("-rf", "-rf"),
        ("", "_"),
    ],
)
def test_payload_names_are_names_that_every_bag_reader_takes(name, expected):
    assert payload_name(name) == expected


def test_payload_names_that_some_file_systems_confuse_are_numbered():
    assert payload_name("x/A.tif", ["x/a.tif", "x/a-2.TIF"]) == "x/A-3.tif"


def test_an_original_of_a_difficult_name_is_kept_bit_for_bit(tmp_path):
    parts = make_parts(tmp_path / "parts", original=True)
    parts = replace(parts, names=dict.fromkeys(parts.names, "100 % [wärme]\n.tif"))

    folder = assemble(tmp_path / "object", parts)

    assert (folder / "data/original/100 _ [wärme]_.tif").read_bytes() == b"source of A"
    assert verify_object(folder).findings == []
    subprocess.run(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=folder, check=True)


def test_an_original_that_changed_since_the_inventory_is_refused(tmp_path):
    parts = make_parts(tmp_path / "parts", original=True)
    parts.inventory.main.path.write_bytes(b"source of B")

    with pytest.raises(RefusedSample, match="INV007"):
        assemble(tmp_path / "object", parts)


def test_an_image_that_is_not_the_verified_one_is_refused(tmp_path):
    parts = make_parts(tmp_path / "parts")
    with parts.tiff.open("ab") as stream:
        stream.write(b"\0")

    with pytest.raises(RefusedSample, match="VER004"):
        assemble(tmp_path / "object", parts)


def test_an_attempt_that_was_broken_off_is_built_again(tmp_path):
    parts = make_parts(tmp_path / "parts")
    assemble(tmp_path / "object", parts)
    (tmp_path / "object/data/stray").write_text("x")
    (tmp_path / "object/data").chmod(0o555)

    assemble(tmp_path / "object", parts)

    assert verify_object(tmp_path / "object").outcome == "whole"
    assert not parts.tiff.exists()


def test_the_metadata_come_with_the_log_of_what_was_done_to_them(made):
    document = json.loads((made.folder / "data/A.ome.tiff.meta.json").read_text())

    assert document["dump"]["sources"][0]["tree"] == {"ifd": []}
    assert Redaction.model_validate(document["sanitisation"]["redactions"][0]).action == "X"


def test_many_images_are_summed_up_in_the_description(tmp_path):
    images = [stack(c=1, z=1) for _ in range(5)]
    folder = assemble(tmp_path / "object", make_parts(tmp_path / "parts", images=images))

    assert "5 images of 5 planes" in (folder / "data/README.md").read_text()
    assert "and 2 more" in (folder / "data/README.md").read_text()

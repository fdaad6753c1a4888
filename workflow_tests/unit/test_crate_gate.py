"""Every object's crate, judged by the community's validator; and that the judge sees what it should."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crate_gate import RUN_NAMES, contexts, fill_cache, judge
from fixative import __version__
from fixative.agents import Provenance
from fixative.package.assemble import assemble_object
from objects import NOW, make_parts, with_members

PROFILE = "process-run-crate-0.5"
NAMED = Provenance.model_validate(
    {
        "agent": {"name": "Ada Okafor", "orcid": "0000-0002-1825-0097"},
        "organisation": {"name": "Example facility", "ror": "00wjc7c48"},
    }
)
HOSTILE = '</td><script>alert("x")</script> | [a](javascript:b) `c` & "q" ä%20#?'


@pytest.fixture(scope="module")
def cache(tmp_path_factory, request):
    """The validator's cache, filled; with RO-Crate 1.1's own context where that is at hand."""
    shared = Path(request.config.rootpath).parent / "shared/suites"
    return fill_cache(tmp_path_factory.mktemp("cache") / "http", contexts(shared if shared.is_dir() else None))


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """Objects of all kinds, by name."""
    folder = tmp_path_factory.mktemp("objects")
    made = {
        "of one file": make_parts(folder / "1/p"),
        "of one file, with it": make_parts(folder / "2/p", original=True, license="CC-BY-4.0"),
        "of three files": with_members(make_parts(folder / "3/p", license="https://example.org/licence"), 2),
        "of three files, with them": with_members(make_parts(folder / "4/p", original=True, license="CC0-1.0"), 2),
        "of 1,201 files": with_members(make_parts(folder / "5/p"), 1200),
        "whose sheet is hostile": make_parts(
            folder / "6/p", organism=HOSTILE, license=HOSTILE, extra={HOSTILE: HOSTILE}
        ),
    }
    for number, parts in enumerate(made.values(), start=1):
        assemble_object(replace(parts, agents=NAMED), folder / str(number) / "object", now=NOW)
    return {name: folder / str(number) / "object/data" for number, name in enumerate(made, start=1)}


def graph_of(folder):
    return {one["@id"]: one for one in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]}


def test_every_crate_passes_with_no_check_skipped(objects, cache):
    verdicts = judge(cache, PROFILE, "required", *objects.values())

    assert [name for name, verdict in zip(objects, verdicts, strict=True) if not verdict.open] == []


def test_what_is_recommended_lacks_the_author_of_the_image_and_an_address_of_fixative_alone(objects, cache):
    """Neither is known, and nothing is invented."""
    (verdict,) = judge(cache, PROFILE, "recommended", objects["of three files, with them"])

    assert sorted(finding.partition(":")[0] for finding in verdict.findings) == [
        "process-run-crate-0.5_3.2",
        "process-run-crate-0.5_5.1",
        "ro-crate-1.1_22.2",
    ]


def test_the_program_itself_exits_with_0(objects, cache, tmp_path):
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("rocrate-validator"), "-y", "validate", "--offline"),
            *("--cache-path", cache, "-p", PROFILE, "-l", "required", "--no-paging"),
            *("-f", "json", "-o", tmp_path / "out.json", objects["of three files"]),
        ],
        capture_output=True,
        text=True,
    )

    told = json.loads((tmp_path / "out.json").read_text())
    assert (run.returncode, told["passed"], told["skipped_checks"]) == (0, True, 0)


def test_a_validator_without_contexts_does_not_open_the_gate(objects, tmp_path):
    copy = shutil.copytree(objects["of one file"], tmp_path / "copy")

    (verdict,) = judge(tmp_path / "cold", PROFILE, "required", copy)

    assert not verdict.open


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda graph: graph["./"].pop("conformsTo"), "consistent with the versioned permalink"),
        (lambda graph: graph["./"].pop("license"), "license"),
        (lambda graph: graph.pop(f"#software-fixative-{__version__}"), "MUST have an instrument"),
    ],
)
def test_a_defect_closes_the_gate(objects, cache, tmp_path, change, finding):
    copy = shutil.copytree(objects["of one file"], tmp_path / "copy")
    graph = graph_of(copy)
    change(graph)
    document = json.loads((copy / "ro-crate-metadata.json").read_text())
    (copy / "ro-crate-metadata.json").write_text(json.dumps({**document, "@graph": [*graph.values()]}))

    (verdict,) = judge(cache, PROFILE, "required", copy)

    assert any(finding in told for told in verdict.findings), verdict


def test_each_of_the_43_invalid_crates_is_seen(suites, cache):
    """Of each the judge names something of the profile that it has nothing against in the valid ones.

    One of these lacks what it may lack, requirements of its program, as two of the invalid ones do.
    """
    crates = suites / "rocrate-validator-crates"
    invalid = sorted((crates / "invalid/3_process_run_crate").iterdir())
    valid = [crates / "valid/process-run-crate", crates / "valid/process-run-crate-containerimage"]

    first, second, *others = judge(cache, PROFILE, "optional", *valid, *invalid)

    found = {crate.name: of_profile(verdict) for crate, verdict in zip(invalid, others, strict=True)}
    assert len(found) == 43
    assert [name for name, findings in found.items() if not findings - of_profile(first)] == []
    assert [name for name, findings in found.items() if not findings - of_profile(first) - of_profile(second)] == [
        "softwareapplication_bad_softwarerequirements",
        "softwareapplication_no_softwarerequirements",
    ]


def of_profile(verdict):
    return {finding for finding in verdict.findings if PROFILE in finding}


def test_crates_use_terms_of_ro_crate_1_1_and_of_run_crates_alone(suites, objects):
    own = json.loads((suites / "rocrate-contexts/ro-crate-1.1-context.jsonld").read_text())["@context"]
    run = json.loads((suites / "rocrate-contexts/workflow-run-context.jsonld").read_text())["@context"]
    entities = [entity for folder in objects.values() for entity in graph_of(folder).values()]

    used = {key for entity in entities for key in entity if not key.startswith("@")}
    types = {kind for entity in entities for kind in [entity["@type"]] if isinstance(kind, str)}

    assert used | types <= own.keys() | run.keys()
    assert set(RUN_NAMES) == run.keys()


def test_a_source_of_several_files_is_a_collection_with_its_main_file(objects):
    graph = graph_of(objects["of three files"])

    source = graph["#source"]

    assert (source["@type"], source["mainEntity"], len(source["hasPart"])) == ("Collection", source["hasPart"][0], 3)
    assert [graph[part["@id"]]["name"] for part in source["hasPart"]] == [
        "public.tif",
        "member 0.dat",
        "member 1.dat",
    ]
    assert all(len(graph[part["@id"]]["sha256"]) == 64 for part in source["hasPart"])
    assert {"@id": "#source"} in graph["./"]["mentions"]


def test_a_source_that_is_kept_is_a_collection_of_the_files_in_the_object(objects):
    graph = graph_of(objects["of three files, with them"])

    assert [part["@id"] for part in graph["#source"]["hasPart"]] == [
        "original/public.tif",
        "original/member%200.dat",
        "original/member%201.dat",
    ]


def test_of_a_very_large_set_the_first_thousand_files_are_described(objects):
    graph = graph_of(objects["of 1,201 files"])

    assert len(graph["#source"]["hasPart"]) == 1000
    assert "first 1000 of 1201" in graph["#source"]["description"]


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("of one file", "#license"),
        ("of one file, with it", "https://creativecommons.org/licenses/by/4.0/"),
        ("of three files", "https://example.org/licence"),
        ("of three files, with them", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("whose sheet is hostile", "#license"),
    ],
)
def test_a_licence_has_an_address_where_that_follows_from_what_is_stated(objects, name, identifier):
    graph = graph_of(objects[name])

    assert graph["./"]["license"] == {"@id": identifier}
    assert graph[identifier]["@type"] == "CreativeWork"


def test_each_step_is_an_action_of_the_person_named_with_times_and_digests(objects):
    graph = graph_of(objects["of one file, with it"])
    actions = {one["name"]: one for one in graph.values() if one["@type"] == "CreateAction"}

    action = actions["convert_to_ome_tiff"]

    assert action["agent"] == {"@id": "https://orcid.org/0000-0002-1825-0097"}
    assert (action["startTime"], action["endTime"]) == ("2026-11-21T02:00:00+00:00", "2026-11-21T02:00:01+00:00")
    assert action["object"] == [{"@id": "original/public.tif"}, {"@id": "#sanitised"}]
    assert action["result"] == [
        {"@id": f"A.{name}"} for name in ("ome.tiff", "ome.tiff.pixels.json", "thumbnail.png")
    ]
    assert graph["https://orcid.org/0000-0002-1825-0097"]["affiliation"] == {"@id": "https://ror.org/00wjc7c48"}
    assert graph["./"]["publisher"] == {"@id": "https://ror.org/00wjc7c48"}
    assert actions["sanitise_metadata"]["participant"] == {"@id": "#approver"}

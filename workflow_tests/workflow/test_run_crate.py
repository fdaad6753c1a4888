"""The crate of a batch: valid, complete, and nothing in it that a policy or this machine would keep."""

import getpass
import json
import re
import socket
from pathlib import Path

import numpy as np
import pytest
import tifffile

from crate_gate import contexts, fill_cache, judge
from fixative.models import STEPS
from pipeline import REPOSITORY, Batch

AGENTS = """provenance:
  agent: {name: Ada Okafor, orcid: 0000-0002-1825-0097}
  organisation: {name: Example facility, ror: 00wjc7c48}
"""
CANARY = "qzhvtrbmok"


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A batch of an image, a plate of two files, and a text that is no image; archived and described."""
    folder = tmp_path_factory.mktemp("batch")
    batch = Batch(folder)
    pixels = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
    named = batch.sheet.parent / CANARY
    named.mkdir()
    tifffile.imwrite(named / "a.tif", pixels, imagej=True)
    tifffile.imwrite(named / "b.tif", pixels, software=False, extratags=[(315, 2, 0, "Ada Okafor", True)])
    (named / "b.txt").write_text("exposure 10 ms")
    (named / "c.tif").write_text("no image")
    batch.sheet.write_text(
        "sample_id\tsource\tsidecars\n"
        f"A\t{named / 'a.tif'}\t\nB\t{named / 'b.tif'}\t{named / 'b.txt'}\nC\t{named / 'c.tif'}\t\n"
    )
    (folder / "agents.yaml").write_text(AGENTS)
    batch.ran = batch.run("crate", "--configfile", str(folder / "agents.yaml"))
    return batch


@pytest.fixture(scope="module")
def graph(done):
    crate = done.work / "results/reports/ro-crate/ro-crate-metadata.json"
    return {entity["@id"]: entity for entity in json.loads(crate.read_text())["@graph"]}


def actions_of(graph):
    return {one["name"]: one for one in graph.values() if one["@type"] == "CreateAction"}


def test_the_crate_passes_all_profiles_of_a_workflow_run_with_no_check_skipped(done, tmp_path):
    shared = REPOSITORY.parent / "shared/suites"
    cache = fill_cache(tmp_path / "http", contexts(shared if shared.is_dir() else None))

    verdicts = [
        judge(cache, profile, "required", done.work / "results/reports/ro-crate")[0]
        for profile in ("workflow-run-crate-0.5", "provenance-run-crate-0.5")
    ]

    assert [verdict.open for verdict in verdicts] == [True, True], verdicts


def test_each_step_is_an_action_and_says_how_many_samples_it_had(graph):
    actions = actions_of(graph)

    assert set(STEPS) <= actions.keys()
    assert actions["inventory_source"]["description"].endswith("3 samples: 2 success, 1 refused INV011")
    assert actions["write_provenance"]["result"] == [action["result"] for action in sealed(actions)]


def sealed(actions):
    return [actions["archive A"], actions["archive B"]]


def test_a_sample_that_is_refused_is_an_action_that_failed_with_its_code(graph):
    action = actions_of(graph)["archive C"]

    assert action["actionStatus"] == "http://schema.org/FailedActionStatus"
    assert action["error"].startswith("[INV011] ")
    assert graph[action["result"]["@id"]]["name"] == "C: refused"


def test_a_sample_that_is_sealed_leads_to_its_object_by_the_identifier_that_the_object_has(done, graph):
    object_crate = json.loads((done.object("A") / "data/ro-crate-metadata.json").read_text())["@graph"]
    root = next(entity for entity in object_crate if entity["@id"] == "./")

    action = actions_of(graph)["archive A"]

    assert action["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert action["result"] == {"@id": root["identifier"]}
    assert graph[root["identifier"]]["sha256"] == done.record("A", "sealed.json")["manifest_sha256"]


def test_a_source_of_several_files_is_a_collection_of_them(graph):
    source = graph["#source/B"]

    assert source["@type"] == "Collection"
    assert [graph[part["@id"]]["name"] for part in source["hasPart"]] == ["b.tif", "b.txt"]


def test_every_action_is_that_of_the_person_named(graph):
    actions = [one for one in graph.values() if str(one["@type"]).endswith("Action")]

    assert {one["agent"]["@id"] for one in actions} == {"https://orcid.org/0000-0002-1825-0097"}
    assert graph["./"]["publisher"] == {"@id": "https://ror.org/00wjc7c48"}


def test_the_person_is_named_although_a_policy_takes_the_same_name_out_of_an_image(done):
    assert done.outcomes() == {"A": "sealed", "B": "sealed", "C": "refused"}
    assert b"Ada Okafor" not in done.image("B").read_bytes()
    assert "Ada Okafor" in (done.object("B") / "data/premis.xml").read_text()
    assert "Ada Okafor" not in (done.object("B") / "data/B.ome.tiff.meta.json").read_text()


def test_nothing_public_tells_of_places_accounts_or_this_machine(done):
    roots = [done.work / "results/reports/ro-crate", done.archive / "unassigned"]
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    paths = [path for path in files if path.suffix not in (".tiff", ".png", ".smk") and path.name != "Snakefile"]
    text = "".join(path.read_text() for path in paths)

    private = [CANARY, str(done.folder), socket.gethostname(), str(Path.home()), getpass.getuser()]

    assert len(paths) > 20
    assert [value for value in private if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)] == []


def test_the_page_shows_each_sample_and_step_and_loads_nothing(done):
    page = (done.work / "results/reports/ro-crate/ro-crate-preview.html").read_text()

    assert "<td>C</td><td>refused in inventory_source</td><td>[INV011]" in page
    assert "<td>convert_to_ome_tiff</td>" in page
    assert "Archived by Ada Okafor (https://orcid.org/0000-0002-1825-0097)" in page
    assert re.findall("<(script|link|img)", page) == []


def test_with_nothing_new_no_crate_is_written_again(done):
    crate = done.work / "results/reports/ro-crate/ro-crate-metadata.json"
    before = crate.stat().st_mtime_ns
    done.sheet.write_text("".join(line for line in done.sheet.read_text().splitlines(True) if line[0] != "C"))
    done.run("crate", "--configfile", str(done.folder / "agents.yaml"))
    between = crate.stat().st_mtime_ns

    done.run("crate", "--configfile", str(done.folder / "agents.yaml"))

    assert before < between == crate.stat().st_mtime_ns

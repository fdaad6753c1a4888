"""The crate of a batch from records alone: what is withheld, who is named, and how large it gets."""

import json
from datetime import UTC, datetime

import pytest

from fixative.agents import NOBODY, Provenance
from fixative.files import json_bytes
from fixative.models import STEPS, Receipt, SampleRow, StepOutcome
from fixative.package.pages import page_of
from fixative.privacy.secrets import Secret
from fixative.privacy.store import write_secrets
from fixative.readers.backends import BACKENDS
from fixative.records import write_record
from fixative.run_crate.write import write_run_crate

ADA = Provenance.model_validate({"agent": {"name": "Ada Okafor"}})


def sheet_row(name):
    return SampleRow(line=2, sample_id=name, source=f"/x/{name}.tif", dataset="set1", privacy_policy="facility")


def sealed(work, row, *files):
    """Leave the records of a sample that is sealed."""
    folder = work / "results/samples" / row.sample_id
    for step in STEPS:
        times = {"started": "2026-11-21T02:00:00Z", "ended": "2026-11-21T02:00:09Z"}
        outcome = StepOutcome(sample=row.sample_id, step=step, outcome="success", **times)
        write_record(folder / f"outcomes/{step}.json", outcome)
    listed = [{"name": f"private {name}", "bytes": 7, "sha256": "ab" * 32} for name in files]
    (folder / "inventory.json").write_bytes(json_bytes({"format": "tiff", "files": listed}))
    (folder / "sanitised").mkdir()
    (folder / "sanitised/names.json").write_text(json.dumps({f"private {name}": name for name in files}))
    receipt = Receipt(
        source=str(row.source),
        object=f"{row.dataset}/{row.sample_id}",
        fileset_sha256="12" * 32,
        policy_sha256="34" * 32,
        manifest_sha256="56" * 32,
        sealed="2026-11-21T02:00:09Z",
        bytes=1000,
        planes=4,
    )
    write_record(folder / "sealed.json", receipt)


def refused(work, row, message):
    """Leave the record of a sample whose first step was refused."""
    outcome = StepOutcome(
        sample=row.sample_id,
        step=STEPS[0],
        outcome="refused",
        code="INV004",
        message=message,
        started="2026-11-21T02:00:00Z",
        ended="2026-11-21T02:00:01Z",
    )
    write_record(work / f"results/samples/{row.sample_id}/outcomes/{STEPS[0]}.json", outcome)


@pytest.fixture
def rows():
    return [sheet_row("A"), sheet_row("B")]


def crate(work, rows, agents=NOBODY):
    folder = work / "results/reports/ro-crate"
    write_run_crate(work, rows, folder, settings={"ome_tiff": {"predictor": True}}, agents=agents)
    text = (folder / "ro-crate-metadata.json").read_text()
    return {entity["@id"]: entity for entity in json.loads(text)["@graph"]}, text


def test_a_private_value_of_a_message_is_withheld(tmp_path, rows):
    refused(tmp_path, rows[0], "the file of Rosa Ferreira is cut off")
    write_secrets(tmp_path / "results/samples/A/private/secrets.json", [Secret("people", "Rosa Ferreira")])

    graph, text = crate(tmp_path, rows)

    assert "Ferreira" not in text + (tmp_path / "results/reports/ro-crate/ro-crate-preview.html").read_text()
    assert "the file of [withheld: people] is cut off" in graph["#outcome/A"]["description"]


def test_the_person_named_is_named_also_where_a_sample_has_the_same_name_to_hide(tmp_path, rows):
    refused(tmp_path, rows[0], "the file of Ada Okafor is cut off")
    write_secrets(tmp_path / "results/samples/A/private/secrets.json", [Secret("people", "Ada Okafor")])

    graph, text = crate(tmp_path, rows, ADA)

    assert graph["#agent"]["name"] == "Ada Okafor"
    assert text.count("Ada Okafor") == 1


def test_files_of_a_source_have_their_public_names(tmp_path, rows):
    sealed(tmp_path, rows[0], "a.tif", "b.dat")

    graph, text = crate(tmp_path, rows)

    assert [graph[part["@id"]]["name"] for part in graph["#source/A"]["hasPart"]] == ["a.tif", "b.dat"]
    assert "private a.tif" not in text


def test_of_a_large_set_twenty_files_are_described(tmp_path, rows):
    sealed(tmp_path, rows[0], *(f"{number}.tif" for number in range(50)))

    graph, _ = crate(tmp_path, rows)

    assert len(graph["#source/A"]["hasPart"]) == 20
    assert graph["#source/A"]["description"] == "50 files, format tiff"


def test_a_sample_that_no_run_came_to_failed_for_no_reason_of_its_own(tmp_path, rows):
    sealed(tmp_path, rows[0], "a.tif")

    graph, _ = crate(tmp_path, rows)

    action = next(one for one in graph.values() if one.get("name") == "archive B")
    assert (action["actionStatus"], action["error"]) == ("http://schema.org/FailedActionStatus", "not reached")


def test_settings_are_parameters_of_the_workflow(tmp_path, rows):
    graph, _ = crate(tmp_path, rows)

    assert graph["workflow/Snakefile"]["input"] == {"@id": "#parameter/ome_tiff.predictor"}
    assert graph["#setting/ome_tiff.predictor"]["value"] == "true"


def test_a_batch_of_nothing_is_a_crate_without_steps(tmp_path):
    (tmp_path / "results").mkdir()

    graph, _ = crate(tmp_path, [])

    assert graph["./"]["description"] == "What the workflow did to each sample of the sheet: no sample."
    assert "hasPart" not in graph["workflow/Snakefile"]


def test_a_sample_costs_no_more_than_two_kilobytes_in_the_crate(tmp_path):
    rows = [sheet_row(f"s{number}") for number in range(40)]
    [sealed(tmp_path, row, "a.tif") for row in rows]

    _, few = crate(tmp_path, rows[:20])
    _, many = crate(tmp_path, rows)

    assert (len(many) - len(few)) / 20 < 2100


def test_it_is_dated_by_when_it_was_written(tmp_path, rows):
    graph, _ = crate(tmp_path, rows)

    written = datetime.fromisoformat(graph["./"]["datePublished"])

    assert abs((datetime.now(UTC) - written).total_seconds()) < 60


@pytest.mark.parametrize("name", BACKENDS)
def test_every_reader_has_an_address(name):
    assert page_of(name).startswith("https://")

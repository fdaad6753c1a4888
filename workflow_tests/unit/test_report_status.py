"""The status of a sample is read from its records, whatever state they are in."""

import json
from pathlib import Path

import pytest

from fixative.models import STEPS, SampleRow
from fixative.report.status import SampleStatus, status_of

ROW = SampleRow(
    line=2,
    sample_id="A",
    source=Path("/mnt/scope 7/Dr Meyer/a.czi"),
    dataset="kidney",
    privacy_policy="facility",
)
SEALED = {"source": str(ROW.source), "object": "kidney/A", "bytes": 900, "planes": 36}
TIMES = {"started": "2026-11-20T23:00:00Z", "ended": "2026-11-20T23:00:10Z"}


class Work:
    """A work folder with the records of sample A."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: object) -> "Work":
        return self.write_text(name, json.dumps(content))

    def write_text(self, name: str, text: str) -> "Work":
        path = self.folder / "results/samples/A" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return self

    def step(self, step: str, outcome: str, **more: object) -> "Work":
        return self.write(f"outcomes/{step}.json", {"sample": "A", "step": step, "outcome": outcome, **TIMES, **more})

    def all_steps(self) -> "Work":
        [self.step(step, "success") for step in STEPS]
        return self

    def status(self, **options: bool) -> SampleStatus:
        return status_of(self.folder, ROW, **options)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path)


def test_a_sample_without_a_record_is_not_reached(work: Work) -> None:
    status = work.status()

    assert (status.outcome, status.step) == ("not reached", "inventory_source")
    assert status.unreadable == ()


def test_a_sample_with_a_receipt_is_sealed(work: Work) -> None:
    work.all_steps().write("sealed.json", SEALED)

    status = work.status()

    assert (status.outcome, status.step, status.object) == ("sealed", None, "kidney/A")
    assert (status.object_bytes, status.planes, status.seconds) == (900, 36, 60.0)


def test_steps_that_all_succeeded_are_not_enough_without_a_receipt(work: Work) -> None:
    status = work.all_steps().status()

    assert status.outcome == "error"
    assert "receipt" in str(status.message)


def test_a_receipt_that_cannot_be_read_seals_nothing(work: Work) -> None:
    status = work.all_steps().write_text("sealed.json", '{"object": "kidn').status()

    assert status.outcome == "error"
    assert status.unreadable == ("sealed.json: not JSON",)


def test_a_receipt_of_another_source_seals_nothing(work: Work) -> None:
    status = work.write("sealed.json", {**SEALED, "source": "/mnt/other.czi"}).status()

    assert status.outcome == "not reached"


def test_a_sample_killed_between_receipt_and_outcome_is_sealed(work: Work) -> None:
    status = work.all_steps().step("write_provenance", "begun").write("sealed.json", SEALED).status()

    assert status.outcome == "sealed"


def test_a_refusal_after_the_sealing_outweighs_the_receipt(work: Work) -> None:
    work.write("sealed.json", {**SEALED, "sealed": "2026-11-19T00:00:00Z"})
    work.step("inventory_source", "refused", code="SEA002", message="the object is damaged")

    assert work.status().code == "SEA002"


def test_a_refusal_is_told_with_step_code_message_and_remedy(work: Work) -> None:
    refusal = {"code": "INV004", "message": "truncated: 36 promised, 18 present", "remedy": "fetch it again"}
    work.step("inventory_source", "refused", **refusal)

    status = work.status()

    assert (status.outcome, status.step) == ("refused", "inventory_source")
    assert (status.code, status.message, status.remedy) == tuple(refusal.values())


def test_a_step_begun_and_never_completed_is_interrupted(work: Work) -> None:
    work.step("inventory_source", "success").step("dump_metadata", "begun", ended=None)

    status = work.status()

    assert (status.outcome, status.step, status.remedy) == ("interrupted", "dump_metadata", "run again")


def test_a_step_begun_while_a_run_is_going_on_is_in_work(work: Work) -> None:
    work.step("inventory_source", "begun", ended=None)

    status = work.status(running=True)

    assert (status.outcome, status.message) == ("not reached", "in work")


def test_a_run_that_stopped_between_two_steps_leaves_the_next_one_not_reached(work: Work) -> None:
    work.step("inventory_source", "success")

    status = work.status()

    assert (status.outcome, status.step) == ("not reached", "dump_metadata")


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '"text"', "[" * 100_000])
def test_a_damaged_outcome_counts_as_never_completed_and_is_named(work: Work, damage: str) -> None:
    work.write_text("outcomes/inventory_source.json", damage)

    status = work.status()

    assert (status.outcome, status.step) == ("interrupted", "inventory_source")
    assert status.unreadable[0].startswith("outcomes/inventory_source.json: ")


@pytest.mark.parametrize("content", [{}, {"outcome": 7}, {"outcome": "success", "started": 3, "attempts": "x"}])
def test_a_record_with_odd_values_raises_nothing(work: Work, content: dict[str, object]) -> None:
    work.write("outcomes/inventory_source.json", content)
    work.write("inventory.json", {"files": [3, {"bytes": "many"}], "completeness": 5})
    work.write("sanitised/log.json", {"redactions": [None, {"count": None}], "kept_keys": "all"})

    assert work.status().outcome in ("interrupted", "not reached")


def test_a_folder_in_place_of_a_record_is_named(work: Work) -> None:
    (work.folder / "results/samples/A/sealed.json").mkdir(parents=True)

    assert work.status().unreadable == ("sealed.json: Is a directory",)


def test_facts_come_from_inventory_dump_and_log(work: Work) -> None:
    work.write("inventory.json", {"format": "czi", "files": [{"bytes": 1000}, {"bytes": 24}]})
    work.write_text("metadata/dump.json", '{\n  "reader": "pylibCZIrw",\n  "sources": [ not parsed')
    work.write("sanitised/log.json", {"policy": "strict", "redactions": [{"count": 3}, {}], "kept_keys": 90})

    status = work.status()

    assert (status.format, status.source_bytes, status.reader) == ("czi", 1024, "pylibCZIrw")
    assert (status.policy, status.redacted, status.kept) == ("strict", 4, 90)


def test_a_policy_given_as_a_path_is_named_without_its_folder(tmp_path: Path) -> None:
    row = ROW.model_copy(update={"privacy_policy": "/home/meyer/policies/ours.yaml"})

    assert status_of(tmp_path, row).policy == "ours.yaml"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("cannot open /mnt/scope 7/Dr Meyer/a.czi", "cannot open <source>"),
        ("[Errno 13] Permission denied: '/mnt/scope 9/x y.tif'", "[Errno 13] Permission denied: <path>"),
        ("no such file:/srv/data/x.tif", "no such <path>"),
        ("see file:///mnt/scope%207/Dr%20Meyer/a.czi", "see <source>"),
        ("in C:\\Users\\meyer\\x.czi, line 3", "in <path>, line 3"),
        ("on \\\\nas\\share\\x", "on <path>"),
        ("first at T0/C1/Z5, ratio 3/4", "first at T0/C1/Z5, ratio 3/4"),
        ("the first: ome:/OME/Image[0]/@Name", "the first: ome:/OME/Image[0]/@Name"),
        ("the first: file:/0/name", "the first: file:/0/name"),
        ("see https://www.openmicroscopy.org/Schemas", "see https://www.openmicroscopy.org/Schemas"),
    ],
)
def test_a_message_tells_no_path_of_this_machine(work: Work, message: str, told: str) -> None:
    work.step("inventory_source", "error", message=message)

    assert work.status().message == told


def test_what_was_predicted_is_told_beside_what_came(work: Work) -> None:
    work.all_steps().write("sealed.json", SEALED)
    work.write("prediction.json", {"predicted_bytes": 1000, "predicted_seconds": 55.5})

    status = work.status()

    assert (status.predicted_bytes, status.object_bytes) == (1000, 900)
    assert (status.predicted_seconds, status.seconds) == (55.5, 60)


@pytest.mark.parametrize("damaged", ["NaN", "Infinity", '"soon"', "true", "[]"])
def test_a_damaged_prediction_is_none(work: Work, damaged: str) -> None:
    work.write_text("prediction.json", f'{{"predicted_bytes": {damaged}, "predicted_seconds": {damaged}}}')

    status = work.status()

    assert (status.predicted_bytes, status.predicted_seconds) == (None, None)

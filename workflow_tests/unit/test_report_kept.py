"""What the report before said of a sealed sample is told again, as long as nothing changed; and only what may be."""

import json
from pathlib import Path

import pytest

from browser.built_batch import Batch
from fixative.privacy.secrets import Secret
from fixative.privacy.store import write_secrets
from fixative.report.kept_entries import NAME as ENTRIES
from fixative.report.values_before import NAME as VALUES

PERSON = "Qzvkxwbhmp Ñuñez"


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """Two sealed samples, and one that is refused, after a first report."""
    batch = Batch(tmp_path)
    batch.sealed("A")
    batch.sealed("B")
    batch.refused("C")
    private(batch, "A", "Zuberbühler")
    private(batch, "C", "Wxqzlmnop")
    batch.report()
    return batch


def private(batch: Batch, sample: str, *values: str) -> None:
    folder = batch.work / "results/samples" / sample
    write_secrets(folder / "private/secrets.json", [Secret("people", value) for value in values])


def rewrite(batch: Batch, sample: str, name: str, **fields: object) -> None:
    """Change a record in place, as no step does: neither its folder nor the receipt shows it."""
    path = batch.work / "results/samples" / sample / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_a_sealed_sample_is_told_without_its_records(batch: Batch) -> None:
    rewrite(batch, "A", "verification.json", planes=99)

    batch.report()

    assert "36 planes equal in source and archive" in batch.details()[0]["checks"][1]


def test_it_is_told_anew_when_its_receipt_changes(batch: Batch) -> None:
    rewrite(batch, "A", "sealed.json", bytes=77)

    batch.report()

    assert batch.shown("object_bytes") == [77, 5_000_000, None]
    assert batch.table()[0]["object_bytes"] == "77"


def test_it_is_told_anew_when_a_step_leaves_an_outcome(batch: Batch) -> None:
    batch._outcome(batch.work / "results/samples/A", "more", "success")
    rewrite(batch, "A", "verification.json", planes=99)

    batch.report()

    assert "99 planes equal in source and archive" in batch.details()[0]["checks"][1]


def test_a_sample_that_is_not_sealed_is_always_told_anew(batch: Batch) -> None:
    rewrite(batch, "C", "outcomes/inventory_source.json", message="another")

    batch.report()

    assert batch.table()[2]["message"] == "another"


def test_a_sample_of_another_data_set_is_told_anew(batch: Batch) -> None:
    batch.rows[0] = batch.rows[0].model_copy(update={"dataset": "liver"})

    batch.report()

    assert batch.shown("dataset")[0] == "liver"


def test_the_second_report_is_the_first(batch: Batch) -> None:
    first = batch.page()

    batch.report()

    assert batch.page() == first


@pytest.mark.parametrize("damage", ["", "x", "1\t2\nA\tmark\t[]"])
def test_kept_entries_that_are_damaged_count_for_nothing(batch: Batch, damage: str) -> None:
    first = batch.page()
    (batch.work / ENTRIES).write_text(damage)

    batch.report()

    assert batch.page() == first


def test_values_that_are_damaged_count_for_nothing(batch: Batch) -> None:
    (batch.work / VALUES).write_bytes(b"PK")
    batch.refused("D", message="of Zuberbühler")

    batch.report()

    assert "withheld" in batch.table()[3]["message"]


def test_a_value_of_a_kept_sample_is_found_in_a_new_one(batch: Batch) -> None:
    batch.refused("D", message="of Zuberbühler")

    batch.report()

    assert batch.table()[3]["message"] == "<withheld: people> (SAN002)"
    assert "Zuberbühler" not in batch.page()


def test_a_value_of_a_new_sample_is_found_in_a_kept_one(tmp_path: Path) -> None:
    batch = Batch(tmp_path)
    batch.sealed("A")
    batch.sanitised("A", policy=PERSON)
    batch.report()
    batch.sealed("B")
    private(batch, "B", PERSON)

    summary = batch.report()

    assert summary.withheld > 0
    assert PERSON not in batch.page()


def test_a_value_that_a_kept_sample_gets_is_found_in_another(batch: Batch) -> None:
    batch.sanitised("B", policy=PERSON)
    (batch.work / "results/samples/B/sealed.json").touch()
    batch.report()
    private(batch, "A", PERSON)

    batch.report()

    assert PERSON not in batch.page()


def test_a_value_of_fewer_letters_than_a_run_is_found_as_well(tmp_path: Path) -> None:
    batch = Batch(tmp_path)
    batch.sealed("A")
    private(batch, "A", "Qzvkx", "Xü9")
    batch.report()
    batch.refused("B", message="of Qzvkx")
    batch.refused("C", message="of Xü9")

    batch.report()

    assert [row["message"][:10] for row in batch.table()] == ["", "<withheld:", "<withheld:"]


def test_a_value_is_found_in_the_next_reports_too(batch: Batch) -> None:
    batch.refused("D", message="of Zuberbühler")
    batch.report()

    batch.report()

    assert "Zuberbühler" not in batch.page()
    assert not (batch.work / ENTRIES).exists()


def test_what_is_kept_is_closed_to_others_and_holds_no_value(batch: Batch) -> None:
    kept = [batch.work / ENTRIES, batch.work / VALUES]

    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600, 0o600]
    assert not any("Zuberbühler".encode() in path.read_bytes() for path in kept)

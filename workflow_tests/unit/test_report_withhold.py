"""No private value in a report: what holds one is withheld, named without it, and the run fails for it."""

import csv
import json
import types
from pathlib import Path

import pytest

import require_all_sealed
from browser.built_batch import Batch
from fixative.privacy import search as search_module
from fixative.privacy.secrets import Secret
from fixative.privacy.store import write_secrets
from fixative.report.known_values import values_in, without
from fixative.report.withhold import lines_not_sealed

NAME = "Qzvkxwbhmp Ñuñez"


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


def private(batch: Batch, sample: str, *values: str) -> None:
    folder = batch.work / "results/samples" / sample
    write_secrets(folder / "private/secrets.json", [Secret("people", value) for value in values])


def leaking(batch: Batch, value: str = NAME) -> None:
    batch.refused("A", message=f"the planes of {value} are missing")
    private(batch, "A", value)


def everything(batch: Batch) -> str:
    return "".join(path.read_text("utf-8") for path in (batch.work / "results/reports").iterdir())


def withheld(batch: Batch) -> list[dict[str, str]]:
    with (batch.work / "results/reports/withheld.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, dialect="excel-tab"))


@pytest.mark.parametrize("value", [NAME, "qzvk", 'Jane "JD" Doe & Sons', "<jd@x.org>"])
def test_a_message_that_tells_a_private_value_is_withheld(batch: Batch, value: str) -> None:
    leaking(batch, value)

    batch.report()

    assert batch.table()[0]["message"] == "<withheld: people> (SAN002)"
    assert value.casefold() not in everything(batch).casefold()
    assert json.dumps(value)[1:-1].casefold() not in everything(batch).casefold()


@pytest.mark.parametrize("spelled", [NAME.upper(), NAME.lower(), "QzvkxwbhmpÑuñez".replace("p", "p\n  ")])
def test_it_is_found_in_any_case_and_with_any_blanks(batch: Batch, spelled: str) -> None:
    batch.refused("A", message=f"of {spelled}")
    private(batch, "A", NAME)

    batch.report()

    assert "withheld" in batch.table()[0]["message"]


def test_place_rule_and_code_are_named_and_nothing_else(batch: Batch) -> None:
    leaking(batch)

    batch.report()

    assert {"sample_id": "A", "place": "message", "code": "SAN002", "rule": "people"} in withheld(batch)
    assert "SAN002" in batch.page()


def test_the_batch_is_not_all_sealed_then(batch: Batch) -> None:
    batch.sealed("A")
    batch.sanitised("A", policy=NAME)
    private(batch, "A", NAME)

    summary = batch.report()

    assert summary.outcomes == {"sealed": 1}
    assert not summary.all_sealed
    assert "withheld, SAN002" in summary.line()
    assert lines_not_sealed(batch.work, batch.rows) != []


def test_the_verdict_is_a_failure_though_all_is_sealed(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    batch.sealed("A")
    batch.sanitised("A", policy=NAME)
    private(batch, "A", NAME)
    batch.report()
    rows = [row.model_dump(mode="json") for row in batch.rows]
    (batch.work / "results/batch.json").write_text(json.dumps(rows))
    monkeypatch.chdir(batch.work)
    job = types.SimpleNamespace(log=["verdict.log"], output=types.SimpleNamespace(verdict="verdict.json"))

    with pytest.raises(SystemExit, match="1"):
        require_all_sealed.main(job)

    assert "SAN002: see withheld.tsv" in capsys.readouterr().err
    assert not (batch.work / "verdict.json").exists()


def test_the_line_on_the_terminal_is_withheld_as_well(batch: Batch) -> None:
    leaking(batch)
    batch.report()

    lines = lines_not_sealed(batch.work, batch.rows)

    assert NAME not in "".join(lines)
    assert "withheld" in lines[0]


def test_a_value_of_one_sample_is_withheld_in_the_row_of_another(batch: Batch) -> None:
    batch.refused("A", message=f"like that of {NAME}")
    batch.refused("B")
    private(batch, "B", NAME)

    batch.report()

    assert [row["message"] for row in batch.table()] == ["<withheld: people> (SAN002)", "36 promised, 18 present"]


def test_a_sample_that_is_named_after_a_person_keeps_its_row(batch: Batch) -> None:
    batch.refused("Qzvkxwbhmp_01")
    batch.refused("B")
    private(batch, "B", "Qzvkxwbhmp")

    batch.report()

    assert [row["sample_id"] for row in batch.table()] == ["[withheld: people]_01", "B"]
    assert "Qzvkxwbhmp" not in everything(batch)


def test_the_heading_and_the_table_of_unknown_keys_are_searched_too(batch: Batch) -> None:
    batch.refused("A", code="SAN001")
    private(batch, "A", NAME, "Night shift")
    record = batch.work / "results/samples/A/sanitised/unknown_keys.json"
    record.parent.mkdir()
    record.write_text(json.dumps({f"czi:/for {NAME}": 3}))
    batch.title = "Night shift"

    batch.report()

    assert NAME not in everything(batch)
    assert {line["place"] for line in withheld(batch)} == {"unknown_keys.tsv"}


def test_the_name_of_this_machine_is_withheld(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    batch.sealed("A")
    batch.sanitised("A", policy="scope77")
    monkeypatch.setattr(search_module, "socket", types.SimpleNamespace(gethostname=lambda: "scope77"))

    batch.report()

    assert "scope77" not in everything(batch)
    assert {line["rule"] for line in withheld(batch)} == {"machine"}


@pytest.mark.parametrize("value", ["sealed", "verify_archive", "the planes of", "refused", "2026-11-20", "message"])
def test_a_word_of_the_report_itself_is_no_find(batch: Batch, value: str) -> None:
    batch.refused("A")
    private(batch, "A", value)

    assert batch.report().withheld == 0
    assert not (batch.work / "results/reports/withheld.tsv").exists()


@pytest.mark.parametrize("value", ["smith", "36 promised, 18 presents"])
def test_a_part_of_a_word_is_no_find(batch: Batch, value: str) -> None:
    batch.refused("A", message="36 promised, 18 present by the blacksmith")
    private(batch, "A", value)

    assert batch.report().withheld == 0


def test_an_older_list_goes_when_nothing_is_withheld(batch: Batch) -> None:
    leaking(batch)
    batch.report()
    private(batch, "A", "something else")

    batch.report()

    assert not (batch.work / "results/reports/withheld.tsv").exists()


def test_a_value_in_a_disguise_that_cannot_be_taken_out_leaves_a_page_of_one_line(batch: Batch) -> None:
    batch.refused("A", message=f"of {NAME} and %51zvkxwbhmp%20Ñuñez".replace(f"of {NAME} and ", ""), code="x")
    batch.refused("B", message=f"of {NAME}")
    private(batch, "A", NAME)

    batch.report()

    assert batch.page() == "withheld: SAN002, rule people: see withheld.tsv\n"


def test_values_are_told_by_their_runs_of_letters_and_then_as_they_are() -> None:
    text = "of Ada Lovelace, and abc"
    secrets = [Secret("a", value) for value in ("Ada Lovelace", "Ada Lovelaced", "lovelace", "Love", "Adam", "x" * 9)]

    assert [secret.value for secret in values_in(text, secrets)] == ["Ada Lovelace", "lovelace"]
    assert without(text, Secret("a", "Ada Lovelace"), "?") == "of ?, and abc"

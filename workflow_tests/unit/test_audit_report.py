"""What an audit leaves for people and programs."""

import csv
import json
import stat

import pytest

from audits import Kept
from fixative.audit.report import summary_of, write_audit_report


@pytest.fixture
def kept(tmp_path):
    archive = Kept(tmp_path)
    archive.seal("A", "B")
    return archive


def table(path):
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, dialect="excel-tab"))


def test_a_report_tells_what_was_read_and_what_is_due(kept):
    result = kept.audit(1, share=1)

    path = write_audit_report(result, kept.options(share=1), kept.folder / "audit")

    told = json.loads(path.read_bytes())
    assert path.name == "2026-11-22T030000Z.json"
    assert told["sound"] is True
    assert (told["objects"], told["read"]["copies"], told["forecast"]["never"]) == (2, 1, 1)
    assert [row["object"] for row in table(path.with_suffix(".tsv"))] == ["set1/A"]
    assert [row["state"] for row in table(kept.folder / "audit/copies.tsv")] == ["good", "never checked"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in (kept.folder / "audit").iterdir()} == {0o600}


def test_two_audits_in_one_second_leave_two_reports(kept):
    result = kept.audit(1)

    paths = {write_audit_report(result, kept.options(), kept.folder / "audit") for _ in range(2)}

    assert {path.name for path in paths} == {"2026-11-22T030000Z.json", "2026-11-22T030000Z-2.json"}


def test_the_levels_of_preservation_are_told_with_the_reason_why_not_the_next(kept):
    lines = summary_of(kept.audit(1), kept.options())

    assert "storage level 0 of 4" in "\n".join(lines)
    assert "not 1: two complete copies of every object" in "\n".join(lines)


@pytest.mark.parametrize("name", ["\x1b[2Jgone", "line\nbreak", "tab\there", "caf\udce9"])
def test_a_hostile_name_drives_no_terminal_and_breaks_no_table(kept, name):
    kept.opened(f"data/{name}").write_bytes(b"x")
    result = kept.audit(1)

    path = write_audit_report(result, kept.options(), kept.folder / "audit")

    lines = "".join(summary_of(result, kept.options()))
    assert lines.isprintable()
    assert len(table(path.with_suffix(".tsv"))) == 2
    assert json.loads(path.read_bytes())["sound"] is False

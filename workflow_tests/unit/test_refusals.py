"""Which refusals stand: those that trying again would only repeat."""

import os

import pytest

from fixative.models import StepOutcome
from fixative.records import write_record
from fixative.refusals import cause_of, circumstances_of, keep_cause, standing_refusal
from fixative.settings import Settings
from ome_sources import inventory_of, row_of
from sources import source_file

POLICIES = {"facility": "digest of the policy"}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "storage/a.tif"
    path.parent.mkdir()
    path.write_bytes(b"content")
    return path


@pytest.fixture
def refused(tmp_path, source):
    """Refuse the sample of `source` in run 3, for a reason; returns the folder of its records."""

    def refuse(code="VER007", step="verify_archive", outcome="refused", run="0003-0001"):
        folder = tmp_path / "samples/A"
        keep_cause(folder, asked(source, run=3))
        for before in ("inventory_source", "dump_metadata", "sanitise_metadata", "convert_to_ome_tiff"):
            done = StepOutcome(sample="A", step=before, outcome="success", started="2026-11-20T01:00:00Z", run=run)
            write_record(folder / f"outcomes/{before}.json", done)
        inventory = inventory_of(source).model_copy(update={"files": (source_file(source),)})
        write_record(folder / "inventory.json", inventory)
        found = StepOutcome(
            sample="A", step=step, outcome=outcome, code=code, started="2026-11-20T01:00:00Z", run=run
        )
        write_record(folder / f"outcomes/{step}.json", found)
        return folder

    return refuse


def asked(source, *, run=4, policies=POLICIES, settings=None, **columns):
    return cause_of(row_of(source, **columns), run, circumstances_of(settings or Settings()), policies)


def test_a_refusal_stands_while_nothing_has_changed(refused, source):
    folder = refused()

    standing = standing_refusal(folder, asked(source))

    assert standing.code == "VER007"


def test_it_stands_when_other_files_come_into_the_folder(refused, source):
    folder = refused()
    source.with_name("another.tif").write_bytes(b"")

    assert standing_refusal(folder, asked(source)) is not None


def test_a_source_that_was_written_to_is_tried_again(refused, source):
    folder = refused()
    source.write_bytes(b"contents")

    assert standing_refusal(folder, asked(source)) is None


def test_a_source_that_was_replaced_by_one_of_the_same_size_and_time_is_tried_again(refused, source):
    folder = refused()
    before = source.stat()
    source.with_name("new").write_bytes(b"CONTENT")
    source.with_name("new").replace(source)
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert standing_refusal(folder, asked(source)) is None


def test_another_policy_row_or_setting_is_a_reason_to_try_again(refused, source):
    folder = refused()
    policy = asked(source, policies={"facility": "another digest"})
    row = asked(source, modality="confocal")
    setting = asked(source, settings=Settings(verify={"metadata": "report"}))

    assert [standing_refusal(folder, cause) for cause in (policy, row, setting)] == [None] * 3


def test_a_setting_that_decides_nothing_is_no_reason(refused, source):
    folder = refused()

    assert standing_refusal(folder, asked(source, settings=Settings(report={"title": "Monday"}))) is not None


@pytest.mark.parametrize("code", ["RUN001", "RUN002", "RUN003", "INV002", "INV007", "SEA001", "VLT001", "VER001"])
def test_what_may_go_by_itself_is_tried_again(refused, source, code):
    folder = refused(code=code)

    assert standing_refusal(folder, asked(source)) is None


@pytest.mark.parametrize("outcome", ["error", "interrupted", "begun", "awaiting approval"])
def test_only_a_refusal_stands(refused, source, outcome):
    folder = refused(code=None, outcome=outcome)

    assert standing_refusal(folder, asked(source)) is None


def test_a_missing_member_is_looked_for_again_when_something_came_into_the_folder(refused, source):
    folder = refused(code="INV006", step="inventory_source")
    stands = standing_refusal(folder, asked(source))
    source.with_name("a_member.tif").write_bytes(b"")

    again = standing_refusal(folder, asked(source))

    assert stands is not None
    assert again is None


def test_a_run_that_was_killed_before_it_came_to_the_sample_leaves_no_standing_refusal(refused, source):
    folder = refused(run="0002-0001")

    assert standing_refusal(folder, asked(source)) is None

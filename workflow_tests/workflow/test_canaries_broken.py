"""A redactor that leaves something out is caught: the search before sealing can fail."""

import pytest

from canary_scan import Aviary, birds_of_files
from canary_sources import write_imagej, write_original_metadata
from pipeline import REPOSITORY

SKIPS = f"""
import sys

sys.path.insert(0, {str(REPOSITORY / "scripts")!r})
from fixative.privacy import actions, scrub

carry_out = actions.Actions.carry_out


def skipping(self, rule, value):
    found = carry_out(self, rule, value)
    return actions.Result(value, "K", found.found) if rule and rule.id == "accounts" else found


actions.Actions.carry_out = skipping
scrub.Scrubber._replace = lambda self, number, text: None
"""
"""A rule that is not carried out, and the second line of defence gone as well."""

WRITERS = {"packed.ome.tif": write_original_metadata, "stack.tif": write_imagej}


@pytest.fixture(params=WRITERS)
def broken(batch, monkeypatch, request):
    """A batch of one source, run by such a redactor."""
    (batch.folder / "broken").mkdir()
    (batch.folder / "broken/sitecustomize.py").write_text(SKIPS, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(batch.folder / "broken"), prepend=":")
    WRITERS[request.param](batch.sheet.parent / request.param, Aviary().nest("facility", "x"))
    batch.write({"S1": request.param})
    batch.run(verify='{"metadata": "none"}')
    return batch


def test_a_rule_that_is_skipped_refuses_the_sample(broken):
    row = broken.table()["S1"]

    assert (row["outcome"], row["code"]) == ("refused", "SAN002")
    assert "accounts" in row["message"]


def test_what_it_left_is_in_no_public_byte(broken):
    reports = [broken.work / "results/reports", broken.work / "results/logs"]

    assert birds_of_files([path for path in (broken.archive, *reports) if path.exists()]) == {}

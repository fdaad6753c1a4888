"""Plans for people: each key with its action, and no value."""

import pytest

from fixative.privacy.apply import plan_sample
from fixative.privacy.plan_table import LETTERS, SamplePlan, plan_lines, plan_of, write_plans
from privacy_samples import POLICIES, dump, inventory, policy, row, source


def lines(name, *sources, **columns):
    plan = plan_sample(policy(name), dump(*sources), b"<OME/>", row(**columns), inventory())
    return {line.key: line for line in plan_lines(plan, row(**columns))}


def test_keys_are_counted_without_their_positions():
    found = lines("facility", source("tiff", {"ifd": [{"Artist": "a"}, {"Artist": "b"}]}))

    assert (found["tiff:/ifd/Artist"].action, found["tiff:/ifd/Artist"].count) == ("X", 2)


def test_a_key_without_a_rule_goes_by_the_default():
    line = lines("facility", source("fei", {"Beam": "5 kV"}))["fei:/Beam"]

    assert (line.action, line.rule) == ("C", "default")


def test_a_choice_of_the_policy_is_made_in_the_plan():
    assert lines("facility", source("fei", {"CreationDate": "2020-01-01"}))["fei:/CreationDate"].action == "K"


def test_a_key_without_a_rule_in_a_strict_policy_is_unknown():
    assert lines("dicom_basic", source("tomograph", {"a": "b"}))["tomograph:/a"].action == "unknown"


@pytest.mark.parametrize("key", ["Qanary", "qanary@example.org"])
def test_a_private_value_that_is_a_key_is_not_shown(key):
    found = lines("facility", source("fei", {"UserName": "Qanary", "Steps": {key: "1"}}))

    assert not any(key in shown for shown in found)


def test_a_plan_of_pseudonyms_needs_no_key(monkeypatch):
    monkeypatch.delenv("FIXATIVE_PRIVACY_KEY", raising=False)
    monkeypatch.delenv("FIXATIVE_PRIVACY_KEY_FILE", raising=False)

    assert lines("gdpr_pseudonymous", source("fei", {"UserName": "Qanary"}))["fei:/UserName"].action == "P"


def test_a_sample_whose_metadata_were_not_dumped_says_so(tmp_path):
    plan = plan_of(row(), tmp_path, POLICIES)

    assert (plan.state, plan.message) == ("no metadata", "inventory_source: not reached")


def test_only_their_owner_may_read_plans(tmp_path):
    write_plans([SamplePlan("S1", "facility", "complete")], tmp_path / "plans", tmp_path / "summary.tsv")

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [tmp_path / "plans", *tmp_path.rglob("*.tsv")]}
    assert modes == {"plans": "0o700", "S1.tsv": "0o600", "summary.tsv": "0o600", "summary_unknown.tsv": "0o600"}


def test_the_summary_has_a_column_for_every_action(tmp_path):
    write_plans([SamplePlan("S1", "facility", "complete")], tmp_path / "plans", tmp_path / "summary.tsv")

    head = (tmp_path / "summary.tsv").read_text(encoding="utf-8").splitlines()[0]
    assert head.split("\t") == ["sample_id", "policy", "state", *LETTERS, "unknown", "message"]

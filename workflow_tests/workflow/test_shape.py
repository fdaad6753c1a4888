"""The project's own shape: one name for one thing."""

import re

from fixative.models import STEPS

TARGETS = {"scan", "audit", "catalogue", "crate", "repair", "replicate", "deposit", "curate"}
"""Rules that are names for a person to type, and do nothing themselves."""


def rule_names(repository):
    return {
        name
        for path in (repository / "rules").glob("*.smk")
        for name in re.findall(r"^rule (\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def test_rule_script_and_log_folder_bear_one_name(repository):
    scripts = {path.stem for path in (repository / "scripts").glob("*.py")}

    assert rule_names(repository) - TARGETS == scripts
    assert set(STEPS) <= scripts


def test_only_the_stage_knows_snakemake(repository):
    modules = (repository / "scripts/fixative").rglob("*.py")

    knowing = {
        path.name for path in modules if re.search(r"^\s*(from|import) snakemake", path.read_text("utf-8"), re.M)
    }

    assert knowing <= {"targets.py"}


def test_every_rule_has_a_log_and_an_environment(repository):
    text = "".join(path.read_text(encoding="utf-8") for path in (repository / "rules").glob("*.smk"))

    rules = len(rule_names(repository) - TARGETS)
    assert text.count("\n    log:") == rules
    assert text.count("\n    conda:") == rules

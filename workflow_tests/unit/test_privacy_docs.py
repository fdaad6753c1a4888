"""docs/privacy.md: its examples are policies, its patterns select what it says."""

import re
from pathlib import Path

import pytest

from fixative.privacy.policy import load_policy
from fixative.privacy.rules import PolicyFile
from fixative.privacy.select import Selector
from fixative.privacy.slots import Slot
from privacy_samples import POLICIES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
PATTERNS = re.findall(r"^\| [^|]+ \| `([^`]+)` \| `([a-z]+:/[^`]+)` \|$", TEXT, re.MULTILINE)
TABLES = "".join(re.findall(r"^\| .*$", TEXT, re.MULTILINE))


def test_there_is_something_to_test():
    assert len(EXAMPLES) >= 1
    assert len(PATTERNS) >= 12


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_policy(tmp_path, example):
    path = tmp_path / "mine.yaml"
    path.write_text(example, encoding="utf-8")

    assert load_policy(str(path), POLICIES).rules


@pytest.mark.parametrize(("pattern", "key"), PATTERNS, ids=[pattern for pattern, _ in PATTERNS])
def test_every_pattern_selects_the_key_beside_it(pattern, key):
    selector = Selector([((pattern,), ())])

    found = {selector.first(one, "x") for one in Slot(key, "x", print, alias=key).keys}

    assert 0 in found


@pytest.mark.parametrize("field", PolicyFile.model_fields)
def test_every_key_of_a_policy_is_explained(field):
    assert f"`{field}`" in TABLES or f"`{field}:" in TEXT or field == "rules"


@pytest.mark.parametrize("name", sorted(path.stem for path in POLICIES.glob("*.yaml")))
def test_every_shipped_policy_is_in_the_table(name):
    assert f"`{name}`" in TABLES

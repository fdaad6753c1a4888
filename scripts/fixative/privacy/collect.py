"""What is private in a sample, collected from the results of every rule."""

import re
from collections import defaultdict
from collections.abc import Sequence

from fixative.privacy.actions import DEFAULT_RULE, Result
from fixative.privacy.plan import Step
from fixative.privacy.secrets import Vault

_BETWEEN = re.compile(r"(?<!\s)\s*;\s*|;\s*|(?<!\s)\s+(?:(?:and|und|et)|&|/)\s+|[\r\n]+")
"""Not tried anew at each of many blanks, which would take the square of their number."""

_FIRST = ("first", "given", "fore", "vorname")
_MIDDLE = ("middle",)
_LAST = ("last", "family", "surname", "nachname")


def collect(vault: Vault, steps: Sequence[Step], results: Sequence[Result]) -> None:
    """Note every private value, and the full names that stand in parts beside each other."""
    beside: dict[str, dict[str, str]] = defaultdict(dict)
    rules: dict[str, str] = {}
    for step, result in zip(steps, results, strict=True):
        rule = step.rule.id if step.rule else DEFAULT_RULE
        for found in result.found:
            vault.add(rule, found.value, found.holds, result.replacement)
            if found.holds == "person":
                for name in _several(found.value):
                    vault.add(rule, name, "person", result.replacement)
                parent, _, name = step.slot.key.removesuffix("/#text").rpartition("/")
                name, _, position = name.partition("[")
                if position not in ("", "0]"):
                    # the second first name belongs to the second last name
                    parent = f"{parent}[{position}"
                beside[parent][_part(name)] = found.value
                rules[parent] = rule
    for parent, parts in beside.items():
        first, middle, last = (parts.get(part, "") for part in ("first", "middle", "last"))
        if first and last:
            vault.add(rules[parent], f"{first} {last}", "person")
            if middle:
                vault.add(rules[parent], f"{first} {middle} {last}", "person")


def _several(value: str) -> list[str]:
    """Give each person of a list: ``Jane Doe; John Roe`` is no name of four words."""
    names = [name.strip() for name in _BETWEEN.split(value)]
    return [name for name in names if name] if len(names) > 1 else []


def _part(name: str) -> str:
    plain = name.lstrip("@").casefold()
    for part, words in (("first", _FIRST), ("middle", _MIDDLE), ("last", _LAST)):
        if plain.startswith(words):
            return part
    return plain

"""Which keys a rule speaks of: glob patterns over metadata keys.

A key is ``<kind>:<path>``, its list positions ``[n]`` left out here. ``*`` stands for anything within
one name, ``**`` for any number of names (``czi:**/UserName``, ``tiff:/**/Artist``), ``?`` for one
character. Upper and lower case are the same.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

_POSITION = re.compile(r"\[\d+\]")


def without_positions(key: str) -> str:
    """Leave the ``[n]`` out of a key."""
    return _POSITION.sub("", key) if "[" in key else key


def glob_to_regex(pattern: str) -> str:
    """Translate one glob pattern into a regular expression for the whole key."""
    text = ""
    at = 0
    while at < len(pattern):
        if pattern.startswith("/**/", at):
            text += "/(?:.*/)?"
            at += 4
        elif pattern.startswith("**/", at):
            text += "(?:.*/)?"
            at += 3
        elif pattern.startswith("**", at):
            text += ".*"
            at += 2
        elif pattern[at] == "*":
            text += "[^/:]*" if ":" in pattern[at:] else "[^/]*"  # before the colon: the kind alone
            at += 1
        elif pattern[at] == "?":
            text += "[^/]"
            at += 1
        else:
            text += re.escape(pattern[at])
            at += 1
    return text


def value_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a rule's pattern over values; raises ValueError where it is not one."""
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"not a regular expression: {pattern!r} ({error})") from error


class _LastNames:
    """Patterns of the form ``*:/**/name``, asked by the last name of a key alone."""

    def __init__(self) -> None:
        self._exact: dict[str, set[int]] = defaultdict(set)
        self._endings: dict[str, set[int]] = defaultdict(set)
        self._others: list[tuple[int, re.Pattern[str]]] = []
        self._longest = 0
        self.of = lru_cache(maxsize=65536)(self._of)

    def add(self, number: int, pattern: str) -> None:
        """Enter a pattern."""
        ending = pattern.removeprefix("*")
        if not re.search(r"[*?]", pattern):
            self._exact[pattern].add(number)
        elif not re.search(r"[*?]", ending):
            self._endings[ending].add(number)
            self._longest = max(self._longest, len(ending))
        else:
            self._others.append((number, re.compile(glob_to_regex(pattern), re.DOTALL)))

    def _of(self, name: str) -> frozenset[int]:
        """Give the rules for a last name."""
        found = set(self._exact.get(name, ()))
        for length in range(min(self._longest, len(name)) + 1):
            found |= self._endings.get(name[len(name) - length :], set())
        found.update(number for number, pattern in self._others if pattern.fullmatch(name))
        return frozenset(found)


class Selector:
    """The first of many rules that selects a key and its value.

    Most patterns are ``*:/**/name``: they are asked once for each last name, of which there are few. The
    others are asked only of keys of their kind that hold the pattern's longest text. All that spares time,
    and changes nothing.
    """

    def __init__(self, rules: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        """``rules``: patterns over the key and patterns over the value, of each rule in order."""
        self._values: list[tuple[re.Pattern[str], ...]] = []
        self._any_key: list[int] = []
        self._last = _LastNames()
        self._whole: dict[str, list[tuple[int, str, re.Pattern[str]]]] = defaultdict(list)
        for number, (select, value) in enumerate(rules):
            self._values.append(tuple(value_pattern(pattern) for pattern in value))
            if not select:
                self._any_key.append(number)
            for pattern in select:
                self._enter(number, pattern.lower())
        self._candidates = lru_cache(maxsize=65536)(self._matching)

    def _enter(self, number: int, pattern: str) -> None:
        last = pattern.removeprefix("*:/**/")
        if last != pattern and "/" not in last and "**" not in last:
            self._last.add(number, last)
        else:
            kind = pattern.partition(":")[0]
            literal = max(re.split(r"[*?]+/?", pattern), key=len).removesuffix("/#text")
            entry = (number, literal, re.compile(glob_to_regex(pattern), re.DOTALL))
            self._whole["*" if re.search(r"[*?]", kind) or ":" not in pattern else kind].append(entry)

    def first(self, key: str, value: object) -> int | None:
        """Give the number of the first rule that selects ``key`` and ``value``."""
        for number in self._candidates(without_positions(key)):
            patterns = self._values[number]
            if not patterns:
                return number
            if isinstance(value, str) and any(pattern.search(value) for pattern in patterns):
                return number
        return None

    def _matching(self, key: str) -> list[int]:
        """Give every rule whose key patterns match, up to the first that asks nothing of the value."""
        plain = key.lower()
        if plain.endswith(":"):
            plain += "/"  # the root of a tree that is one value
        # The text of an XML element may be named with or without its `/#text`.
        element = plain.removesuffix("/#text")
        found = {*self._any_key, *self._last.of(element.rpartition("/")[2])}
        if element != plain:
            found |= self._last.of("#text")
        for kind in ("*", plain.partition(":")[0]):
            for number, literal, pattern in self._whole.get(kind, ()):
                if literal in plain and (pattern.fullmatch(element) or pattern.fullmatch(plain)):
                    found.add(number)
        numbers = sorted(found)
        sure = next((place for place, number in enumerate(numbers) if not self._values[number]), None)
        return numbers if sure is None else numbers[: sure + 1]

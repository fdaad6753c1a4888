"""Which keys a rule speaks of: glob patterns over metadata keys.

A key is ``<kind>:<path>``, its list positions ``[n]`` left out here. ``*`` stands for anything within
one name, ``**`` for any number of names (``czi:**/UserName``, ``tiff:/**/Artist``), ``?`` for one
character. Upper and lower case are the same.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_POSITION = re.compile(r"\[\d+\]")


def without_positions(key: str) -> str:
    """Leave the ``[n]`` out of a key."""
    return _POSITION.sub("", key)


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


class Selector:
    """The first of many rules that selects a key and its value.

    Most patterns are ``*:/**/name``: they are asked once for each last name, of which there are few. The
    others are asked only of keys that hold the pattern's longest text. Both spare time, and change nothing.
    """

    def __init__(self, rules: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        """``rules``: patterns over the key and patterns over the value, of each rule in order."""
        self._values: list[tuple[re.Pattern[str], ...]] = []
        self._any_key: list[int] = []
        self._last: list[tuple[int, re.Pattern[str]]] = []
        self._whole: list[tuple[int, str, re.Pattern[str]]] = []
        for number, (select, value) in enumerate(rules):
            self._values.append(tuple(value_pattern(pattern) for pattern in value))
            if not select:
                self._any_key.append(number)
            for pattern in select:
                self._enter(number, pattern.lower())
        self._candidates = lru_cache(maxsize=65536)(self._matching)
        self._by_last_name = lru_cache(maxsize=16384)(self._matching_last)

    def _enter(self, number: int, pattern: str) -> None:
        last = pattern.removeprefix("*:/**/")
        if last != pattern and "/" not in last and "**" not in last:
            self._last.append((number, re.compile(glob_to_regex(last), re.DOTALL)))
        else:
            literal = max(re.split(r"[*?]+/?", pattern), key=len).removesuffix("/#text")
            self._whole.append((number, literal, re.compile(glob_to_regex(pattern), re.DOTALL)))

    def first(self, key: str, value: object) -> int | None:
        """Give the number of the first rule that selects ``key`` and ``value``."""
        for number in self._candidates(without_positions(key)):
            patterns = self._values[number]
            if not patterns or (isinstance(value, str) and any(pattern.search(value) for pattern in patterns)):
                return number
        return None

    def _matching(self, key: str) -> list[int]:
        """Give every rule whose key patterns match, up to the first that asks nothing of the value."""
        plain = key.lower()
        # The text of an XML element may be named with or without its `/#text`.
        element = plain.removesuffix("/#text")
        found = {*self._any_key, *self._by_last_name(element.rpartition("/")[2])}
        if element != plain:
            found |= self._by_last_name("#text")
        for number, literal, pattern in self._whole:
            if literal in plain and (pattern.fullmatch(element) or pattern.fullmatch(plain)):
                found.add(number)
        numbers = sorted(found)
        sure = next((place for place, number in enumerate(numbers) if not self._values[number]), None)
        return numbers if sure is None else numbers[: sure + 1]

    def _matching_last(self, name: str) -> frozenset[int]:
        return frozenset(number for number, pattern in self._last if pattern.fullmatch(name))

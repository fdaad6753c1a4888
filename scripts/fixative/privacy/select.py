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
    """The first of many rules that selects a key and its value."""

    def __init__(self, rules: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        """``rules``: patterns over the key and patterns over the value, of each rule in order."""
        self._keys: list[re.Pattern[str] | None] = []
        self._values: list[tuple[re.Pattern[str], ...]] = []
        for select, value in rules:
            joined = "|".join(glob_to_regex(pattern) for pattern in select)
            self._keys.append(re.compile(joined, re.IGNORECASE | re.DOTALL) if select else None)
            self._values.append(tuple(value_pattern(pattern) for pattern in value))
        self._candidates = lru_cache(maxsize=65536)(self._matching)

    def first(self, key: str, value: object) -> int | None:
        """Give the number of the first rule that selects ``key`` and ``value``."""
        for number in self._candidates(without_positions(key)):
            patterns = self._values[number]
            if not patterns or (
                isinstance(value, str) and any(pattern.search(value) for pattern in patterns)
            ):
                return number
        return None

    def _matching(self, key: str) -> tuple[int, ...]:
        """Give every rule whose key patterns match, up to the first that asks nothing of the value."""
        found = []
        # The text of an XML element may be named with or without its `/#text`.
        element = key.removesuffix("/#text")
        for number, pattern in enumerate(self._keys):
            if pattern is None or pattern.fullmatch(key) or pattern.fullmatch(element):
                found.append(number)
                if not self._values[number]:
                    break
        return tuple(found)

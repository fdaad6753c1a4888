"""Private values: what follows from one, and which are specific enough to be looked for elsewhere.

The rule, in one table (`reason_not_searched`). A value removed from its slot is removed from every other
string too, and looked for in every public byte, unless

================== ==================================================================================
too short          fewer than 4 characters that are letters or digits
a number           digits (and signs, points, spaces) alone, unless a date, or 8 digits or more in a row
a common word      it stands in `COMMON`: words of the field, makers, generic accounts, colours, months;
                   or it is a word of the OME schema, which every archived document says
named on purpose   the sheet publishes it itself, as `owner` or `approver`
too long           more than 400 characters: its e-mails, paths and names are looked for, not the whole
================== ==================================================================================

Such a value is removed from its own slot alone, and counted in the log under the reason.

Where it is looked for, upper and lower case are the same, and it counts only as a whole
(`is_whole`): 8 characters or more count anywhere; shorter ones not inside a longer word or number, where
``Smith`` is whole in ``JohnSmith``, ``smith_01`` and ``smith2021``, and not in ``blacksmith``.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fixative.privacy.common_words import COMMON

Holds = Literal["person", "account", "email", "host", "place", "path", "identifier", "date", "text", "nothing"]

_PLAIN: dict[str, str | int | None] = {
    **{"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D"},
    **{"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe"},
    **{"ı": "i", "İ": "I", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th"},
}
_DOTS: dict[str, str | int | None] = {"ı": "i", "İ": "I"}
"""Turkish and Azeri: in capitals, as other languages make them, both letters are one."""
_UMLAUTS: dict[str, str | int | None] = {
    **{"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"},
    **{"å": "aa", "Å": "Aa", "ø": "oe"},
}

SHORTEST = 4
ANYWHERE = 8
LONGEST = 400
SHORTEST_NUMBER = 8

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_NUMBER = re.compile(r"[\d\s.,:;+\-/xXeE%]+")
_TITLES = frozenset(
    ("dr", "prof", "professor", "mr", "mrs", "ms", "herr", "frau", "mme", "dipl", "ing", "phd", "msc", "md")
) | frozenset(("von", "van", "der", "den", "de", "la"))


@dataclass(frozen=True)
class Secret:
    """One value that must not occur in anything public, and the rule that made it private."""

    rule: str
    value: str

    def __repr__(self) -> str:
        """Name the rule only: a secret that is printed is none."""
        return f"Secret(rule={self.rule!r})"


def folded(text: str) -> str:
    """Text as secrets are compared: NFC, case folded, blanks collapsed."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _spelt(text: str) -> str:
    """Text as spellings are told apart: case folding would make one of ``Groß`` and ``Gross``, and lose one."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def reason_not_searched(value: str) -> str | None:
    """Say why a value is not looked for elsewhere, or None when it is."""
    plain = folded(value)
    solid = sum(character.isalnum() for character in plain)
    digits = sum(character.isdigit() for character in plain)
    if digits and _NUMBER.fullmatch(plain):
        return None if (digits >= SHORTEST_NUMBER and plain.isdigit()) or _is_date(plain) else "a number"
    if solid < SHORTEST:
        return "too short"
    if all(word in COMMON or len(word) == 1 for word in re.findall(r"[^\W_]+", plain)) or _is_of_schema(plain):
        return "a common word"
    return "too long" if len(plain) > LONGEST else None


def _is_of_schema(plain: str) -> bool:
    from fixative.ome.schema import words  # lxml, which every job would wait for

    return plain in words()


def _is_date(plain: str) -> bool:
    return re.match(r"\d{4}[-:./]\d{2}[-:./]\d{2}", plain) is not None


def derived(value: str, holds: Holds) -> Iterator[str]:
    """Give every spelling and part of a private value that is private as well, the value itself first.

    Each is given as it stands and without its diacritics: a file name says ``Brzezinski`` where the account says
    ``Brzeziński``.
    """
    for part in _parts(value.strip(), holds):
        yield part
        yield from _without_diacritics(part)


def _without_diacritics(text: str) -> Iterator[str]:
    """Give the plain spellings of a text: ``Müller`` is written ``Muller`` and ``Mueller``."""
    if text.isascii():
        return
    dotted = unicodedata.normalize("NFC", text).translate(str.maketrans(_DOTS))
    if dotted != text:
        yield dotted
    for table in (_PLAIN, _PLAIN | _UMLAUTS):
        spelt = unicodedata.normalize("NFC", text).translate(str.maketrans(table))
        spelt = "".join(c for c in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(c))
        if spelt != text:
            yield spelt


def _parts(value: str, holds: Holds) -> Iterator[str]:
    if not value or holds == "nothing":
        return
    yield value
    if value.startswith("[") and value.endswith("]"):
        # a list as Java prints it: bfconvert writes `[jdoe]`, `[Jane Doe, John Roe]`
        for item in value[1:-1].split(", "):
            yield from _parts(item.strip(), holds)
        return
    if holds == "person":
        yield from _of_person(value)
    elif holds == "account":
        # DOMAIN\account and account@domain
        for part in re.split(r"[\\@]", value):
            if part != value:
                yield part
            # "Tomasz Brzeziński", "t.brzezinski": an account is often a name
            yield from _of_person(" ".join(re.split(r"[\s._\-]+", part)))
    elif holds == "email":
        local = value.partition("@")[0].removeprefix("mailto:")
        yield local
        yield from _of_person(" ".join(re.split(r"[._+\-]", local)))
    elif holds == "host":
        yield value.split(".")[0]
    elif holds == "date" and (day := re.match(r"\d{4}[-:./]\d{2}[-:./]\d{2}", value)):
        yield from (day[0][:4] + sign + day[0][5:7] + sign + day[0][8:] for sign in "-:./")


def _of_person(value: str) -> Iterator[str]:
    """Give the other spellings of a name, and each of its parts that says who it is."""
    cleaned = re.sub(r"\([^)]*\)|<[^>]*>", " ", value)
    last_first = [part.split() for part in cleaned.split(",")]
    if len(last_first) == 2 and all(last_first):
        words = [*last_first[1], *last_first[0]]
    else:
        words = _WORD.findall(cleaned)
    words = [word.strip(".") for word in words]
    words = [word for word in words if word and word.casefold() not in _TITLES]
    if not 2 <= len(words) <= 5:
        # One word is the value itself; more than five are no name but a sentence.
        return
    first, last = " ".join(words[:-1]), words[-1]
    for sign in (" ", "_", ".", "-", ""):
        yield f"{first}{sign}{last}"
        yield f"{last}{sign}{first}"
    yield f"{last}, {first}"
    yield f"{last},{first}"
    yield from (word for word in words if sum(character.isalpha() for character in word) >= SHORTEST)


def is_whole(before: str, found: str, after: str) -> bool:
    """Whether what was found is whole: not a part of a longer word or number.

    Parameters
    ----------
    before, after : str
        The character beside it, or nothing at an end.
    found : str
        As it stands in the text.
    """
    if found.isdigit():
        return not (before.isdigit() or before == "." or after.isdigit() or after == ".")
    if len(found) >= ANYWHERE:
        return True
    return not _joined(before, found[:1]) and not _joined(found[-1:], after)


def _joined(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word or number."""
    if not left or not right:
        return False
    if left.isdigit() and right.isdigit():
        return True
    if left.isalpha() and right.isalpha():
        return not (left.islower() and right.isupper())
    return False


class Vault:
    """Collects the private values of one sample, and why some of them are not looked for."""

    def __init__(self, on_purpose: tuple[str, ...] = ()) -> None:
        """``on_purpose``: what the sheet publishes itself (owner, approver)."""
        self._rules: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._published = {
            folded(part) for text in on_purpose for part in (*derived(text, "person"), *_contacts(text))
        }
        self._replacements: dict[str, str] = {}
        self.skipped: dict[str, set[str]] = {}

    def add(self, rule: str, value: object, holds: Holds, replacement: str | None = None) -> None:
        """Note a private value with all that follows from it."""
        if not isinstance(value, str) or holds == "nothing":
            return
        common = reason_not_searched(value) == "a common word"
        for part in [value] if common else derived(value, holds):
            key = folded(part)
            reason = "named on purpose" if key in self._published else reason_not_searched(part)
            if reason is not None:
                self.skipped.setdefault(reason, set()).add(key)
            elif (spelt := _spelt(part)) not in self._values:
                self._values[spelt] = unicodedata.normalize("NFC", part)
                self._rules[spelt] = rule
                if replacement is not None:
                    self._replacements[spelt] = replacement

    def secrets(self) -> tuple[Secret, ...]:
        """Give all that are looked for, the longest first."""
        keys = sorted(self._values, key=lambda key: (-len(key), key))
        return tuple(Secret(self._rules[key], self._values[key]) for key in keys)

    def replacement_of(self, secret: Secret) -> str | None:
        """Give what stands for a secret where it was found, or None where it just goes."""
        return self._replacements.get(_spelt(secret.value))

    def not_searched(self) -> dict[str, int]:
        """Count the values that are not looked for, by reason."""
        return {reason: len(values) for reason, values in sorted(self.skipped.items())}


def _contacts(text: str) -> Iterator[str]:
    for word in re.findall(r"[\w.+\-]+@[\w.\-]+", text):
        yield from derived(word, "email")
    without = re.sub(r"<[^>]*>|[\w.+\-]+@[\w.\-]+", " ", text)
    for name in re.split(r"[;/]| and ", without):
        yield from derived(name, "person")

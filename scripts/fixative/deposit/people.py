"""People as the sheet names them: nothing of a name is guessed."""

import re
from dataclasses import dataclass

_ORCID = re.compile(r"\b(\d{4}-\d{4}-\d{4}-\d{3}[\dX])\b")
_EMAIL = re.compile(r"<?\b([^\s<>()@;,]+@[^\s<>()@;,]+\.[^\s<>()@;,]+)>?")
_LINK = re.compile(r"https?://orcid\.org/")


@dataclass(frozen=True)
class Person:
    """One person. Family and given name are known only where a comma parts them."""

    name: str
    """As it was written, without ORCID and e-mail."""
    family: str | None = None
    given: str | None = None
    orcid: str | None = None
    """Checked: its last character is a check digit."""
    email: str | None = None

    @property
    def spoken(self) -> str:
        """``Given Family`` where both are known."""
        return f"{self.given} {self.family}" if self.family and self.given else self.name

    @property
    def initials(self) -> str | None:
        """``JW`` of ``John William``."""
        parts = re.split(r"[\s-]+", self.given or "")
        return "".join(part[0].upper() for part in parts if part[:1].isalpha()) or None


def people_of(text: str | None) -> tuple[Person, ...]:
    """Read a list of people, separated by ``;``."""
    return tuple(person for part in (text or "").split(";") if (person := person_of(part)).name)


def person_of(text: str | None) -> Person:
    """Read one person: ``Family, Given (ORCID) <e-mail>``, each part but the name optional."""
    rest = _LINK.sub("", text or "")
    orcid, email = _ORCID.search(rest), _EMAIL.search(rest)
    rest = _EMAIL.sub("", _ORCID.sub("", rest))
    name = " ".join(re.sub(r"\(\s*\)|<\s*>", "", rest).split()).strip(" ,")
    family, comma, given = (part.strip() for part in name.partition(","))
    known = bool(comma and family and given)
    return Person(
        name=name,
        family=family if known else None,
        given=given if known else None,
        orcid=orcid[1] if orcid and is_orcid(orcid[1]) else None,
        email=email[1] if email else None,
    )


def is_orcid(orcid: str) -> bool:
    """Whether the check digit is right.

    Notes
    -----
    ISO 7064 mod 11-2,
    https://support.orcid.org/hc/en-us/articles/360006897674-Structure-of-the-ORCID-Identifier
    """
    digits = orcid.replace("-", "")
    if len(digits) != 16 or not digits[:15].isdigit():
        return False
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return digits[15] == ("X" if check == 10 else str(check))

"""Who answers for an archive: a person by ORCID, an organisation by ROR; what stands here is public by intent."""

import re
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

ORCID, ROR = "https://orcid.org/", "https://ror.org/"
_ROR = re.compile(r"0[0-9a-hjkmnp-tv-z]{6}[0-9]{2}")
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


class _Named(BaseModel):
    """An agent with a name that is one line of text."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(min_length=1, max_length=200)

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        """Refuse what is no name: control characters, nothing but spaces."""
        if not name.isprintable() or not name.strip():
            raise ValueError("one line of text is expected")
        return name.strip()


class Person(_Named):
    """``provenance.agent``: who runs the archive."""

    orcid: str | None = Field(default=None, description="https://orcid.org/..., or its 16 digits")

    @field_validator("orcid")
    @classmethod
    def _checked(cls, orcid: str | None) -> str | None:
        """Give the address; refuse digits whose last one does not fit the others."""
        return None if orcid is None else orcid_address(orcid)

    @property
    def address(self) -> str | None:
        """The ORCID as an address."""
        return self.orcid


class Organisation(_Named):
    """``provenance.organisation``: for whom."""

    ror: str | None = Field(default=None, description="https://ror.org/..., or what follows")

    @field_validator("ror")
    @classmethod
    def _checked(cls, ror: str | None) -> str | None:
        """Give the address; refuse a name whose last two digits do not fit the others."""
        return None if ror is None else ror_address(ror)

    @property
    def address(self) -> str | None:
        """The ROR as an address."""
        return self.ror


class Provenance(BaseModel):
    """Keys of ``provenance:``. Both stand in every object and crate as they are given here."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    agent: Person | None = None
    organisation: Organisation | None = None

    @field_validator("agent", "organisation", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        """Accept what Snakemake makes of ``null`` on the command line: a text."""
        return None if value in ("null", "none", "") else value

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        """Refuse a person and an organisation of one name: in a record nobody could tell who is meant."""
        if self.agent and self.organisation and self.agent.name == self.organisation.name:
            raise ValueError("agent and organisation have the same name")
        return self


NOBODY = Provenance()
"""Where the configuration names nobody."""


def orcid_address(text: str) -> str:
    """Address of an ORCID.

    Raises
    ------
    ValueError
        When it is none, or its check digit is another.

    Notes
    -----
    ISO 7064, MOD 11-2:
    https://support.orcid.org/hc/en-us/articles/360006897674-Structure-of-the-ORCID-Identifier
    """
    digits = re.sub(r"^https?://orcid\.org/", "", text.strip()).replace("-", "").upper()
    if not re.fullmatch(r"[0-9]{15}[0-9X]", digits):
        raise ValueError("an ORCID is 16 digits, the last perhaps X")
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    expected = "0123456789X"[(12 - total % 11) % 11]
    if digits[15] != expected:
        raise ValueError(f"the last digit of this ORCID would have to be {expected}")
    return ORCID + "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def ror_address(text: str) -> str:
    """Address of an organisation in ROR.

    Raises
    ------
    ValueError
        When it is none, or its check digits are others.

    Notes
    -----
    Six characters of Crockford's base 32 after a 0, and two digits of ISO 7064, MOD 97-10: https://ror.org/facts/
    """
    name = re.sub(r"^https?://ror\.org/", "", text.strip()).lower()
    if not _ROR.fullmatch(name):
        raise ValueError("a ROR is 0, six letters or digits and two digits")
    number = 0
    for letter in name[:7]:
        number = number * 32 + _CROCKFORD.index(letter)
    expected = f"{98 - number * 100 % 97:02}"
    if name[7:] != expected:
        raise ValueError(f"the last two digits of this ROR would have to be {expected}")
    return ROR + name

"""A privacy policy is data: rules that select metadata keys and say what becomes of their values.

The actions are the letters of DICOM PS3.15, chapter E (https://dicom.nema.org/medical/dicom/current/
output/chtml/part15/chapter_E.html), with two of our own: P and S.

====== =======================================================================================
letter what becomes of the value
====== =======================================================================================
``D``  replaced by a dummy, the same for every sample (``dummy``)
``Z``  emptied
``X``  removed with its key, or emptied where the format demands the key
``K``  kept
``C``  cleaned by the named ``cleaners`` (all of them when none is named): same meaning, nobody named
``U``  replaced consistently: equal values stay equal. Not a secret mapping
``P``  replaced by a keyed pseudonym (HMAC-SHA-256); refused without a key
``S``  a date made vaguer, ``how``: as the policy's ``dates`` says, year only, shifted, or removed
====== =======================================================================================

Whatever the action, values removed from one slot are also looked for in all others
(`fixative.privacy.secrets` has the rule).
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fixative.privacy.secrets import Holds
from fixative.privacy.select import value_pattern

Letter = Literal["D", "Z", "X", "K", "C", "U", "P", "S"]
CleanerName = Literal["paths", "emails", "urls", "ips", "macs", "uuid1"]
DatesChoice = Literal["keep", "year", "remove"]
SerialsChoice = Literal["keep", "remove"]
ImageAction = Literal["keep", "blank", "drop"]
HIPAA = frozenset("ABCDEFGHIJKLMNOPQR")


class _Rule(BaseModel):
    """What all rules share: which keys, on what ground, why."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="named in logs and findings")
    select: tuple[str, ...] = Field(
        default=(), description="glob patterns over keys without their [n]; case-insensitive; ** any depth"
    )
    value: tuple[str, ...] = Field(
        default=(), description="regular expressions, case-insensitive: one must occur in the value"
    )
    holds: Holds = Field(
        default="text", description="what stands in these slots: decides what else is looked for elsewhere"
    )
    choice: Literal["serial_numbers"] | None = Field(
        default=None, description="the rule counts only where the policy says `remove` to this choice"
    )
    last: bool = Field(default=False, description="comes after the rules of the extended policy")
    ground: tuple[str, ...] = Field(default=(), description="`HIPAA A` to `HIPAA R`, `GDPR`, `institutional`")
    reason: str = Field(default="", description="why, for a person")

    @field_validator("value")
    @classmethod
    def _patterns_compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            value_pattern(pattern)
        return patterns

    @field_validator("ground")
    @classmethod
    def _grounds_exist(cls, grounds: tuple[str, ...]) -> tuple[str, ...]:
        for ground in grounds:
            letter = ground.removeprefix("HIPAA ")
            if ground not in ("GDPR", "institutional") and (letter == ground or letter not in HIPAA):
                raise ValueError(f"no such ground: {ground!r}; HIPAA A to R, GDPR, institutional")
        return grounds

    @property
    def selects(self) -> bool:
        """Whether the rule says itself what it speaks of."""
        return bool(self.select or self.value)


class RuleD(_Rule):
    """Replace by a dummy."""

    action: Literal["D"]
    dummy: str = Field(min_length=1)


class RuleZ(_Rule):
    """Empty."""

    action: Literal["Z"]


class RuleX(_Rule):
    """Remove."""

    action: Literal["X"]
    whole: bool = Field(
        default=False,
        description="goes whatever further rules say of it; those say only what is looked for elsewhere",
    )


class RuleK(_Rule):
    """Keep."""

    action: Literal["K"]


class RuleC(_Rule):
    """Clean."""

    action: Literal["C"]
    cleaners: tuple[CleanerName, ...] = Field(default=(), description="none named: all")


class RuleU(_Rule):
    """Replace consistently."""

    action: Literal["U"]


class RuleP(_Rule):
    """Replace by a keyed pseudonym."""

    action: Literal["P"]
    domain: str = Field(default="person", description="values of one domain share pseudonyms, two domains never do")


class RuleS(_Rule):
    """Make a date vaguer."""

    action: Literal["S"]
    how: Literal["policy", "year", "shift", "remove"] = "policy"
    holds: Holds = "date"


Rule = Annotated[RuleD | RuleZ | RuleX | RuleK | RuleC | RuleU | RuleP | RuleS, Field(discriminator="action")]


class AssociatedImages(BaseModel):
    """What becomes of a slide's further images, by kind; a kind that is not named is as in the extended policy."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    label: ImageAction | None = Field(default=None, description="the paper label: names, numbers, barcodes")
    macro: ImageAction | None = Field(
        default=None, description="the whole glass, with its label as most scanners see it"
    )
    thumbnail: ImageAction | None = Field(default=None, description="a small copy of the image itself")


class PolicyFile(BaseModel):
    """One YAML file, as it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    version: str
    description: str
    extends: str | None = Field(default=None, description="its rules come after this file's")
    strict: bool | None = Field(default=None, description="a key without a rule refuses the sample")
    default: Literal["K", "C", "X"] | None = Field(
        default=None, description="what a policy that is not strict does with a key without a rule"
    )
    dates: DatesChoice | None = Field(default=None, description="what `S` rules do: keep, year or remove")
    serial_numbers: SerialsChoice | None = Field(
        default=None, description="whether rules with `choice: serial_numbers` count"
    )
    embedded: bool | None = Field(
        default=None, description="look into strings that are XML, JSON or lists of `name = value`"
    )
    original_metadata: bool | None = Field(
        default=None, description="whether the vendor's keys, sanitised, stand in the OME-TIFF as annotations too"
    )
    key_file: Path | None = Field(default=None, description="32 random bytes or more for P and S, mode 0600")
    subject: tuple[str, ...] | None = Field(
        default=None, description="keys whose first value names the subject that S shifts by"
    )
    associated_images: AssociatedImages | None = Field(
        default=None, description="a slide's label, macro and thumbnail: keep, blank or drop"
    )
    burnt_in: Literal["flag", "refuse"] | None = Field(
        default=None,
        description="what an image whose file states that its pixels name somebody is: flagged, or refused",
    )
    approval: Literal["none", "required"] | None = Field(
        default=None,
        description="whether a person approves each sample's plan before anything of it is converted",
    )
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _ids_differ(self) -> "PolicyFile":
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen:
                raise ValueError(f"rule id twice: {rule.id}")
            seen.add(rule.id)
        return self

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

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from fixative.findings import RefusedSample
from fixative.privacy.secrets import Holds
from fixative.privacy.select import Selector, value_pattern

Letter = Literal["D", "Z", "X", "K", "C", "U", "P", "S"]
CleanerName = Literal["paths", "emails", "urls", "ips", "macs", "uuid1"]
DatesChoice = Literal["keep", "year", "remove"]
SerialsChoice = Literal["keep", "remove"]
HIPAA = frozenset("ABCDEFGHIJKLMNOPQR")


class _Rule(BaseModel):
    """What all rules share: which keys, on what ground, why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    domain: str = Field(
        default="person", description="values of one domain share pseudonyms, two domains never do"
    )


class RuleS(_Rule):
    """Make a date vaguer."""

    action: Literal["S"]
    how: Literal["policy", "year", "shift", "remove"] = "policy"
    holds: Holds = "date"


Rule = Annotated[RuleD | RuleZ | RuleX | RuleK | RuleC | RuleU | RuleP | RuleS, Field(discriminator="action")]


class PolicyFile(BaseModel):
    """One YAML file, as it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
    key_file: Path | None = Field(default=None, description="32 random bytes or more for P and S, mode 0600")
    subject: tuple[str, ...] | None = Field(
        default=None, description="keys whose first value names the subject that S shifts by"
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


class Policy:
    """A policy with everything it extends resolved; ask it with `rule_for`."""

    def __init__(self, files: tuple[PolicyFile, ...], sha256: str) -> None:
        """``files``: the policy itself first, then what it extends, in order."""
        self.name = files[0].name
        self.version = files[0].version
        self.description = files[0].description
        self.sha256 = sha256
        self.strict: bool = _first(files, "strict", False)
        self.default: Letter = _first(files, "default", "C")
        self.dates: DatesChoice = _first(files, "dates", "keep")
        self.serial_numbers: SerialsChoice = _first(files, "serial_numbers", "keep")
        self.embedded: bool = _first(files, "embedded", True)
        self.key_file: Path | None = _first(files, "key_file", None)
        self.subject: tuple[str, ...] = _first(files, "subject", ("sheet:/subject", "sheet:/sample_id"))
        self.rules = _resolved(files)
        self._selector = Selector((rule.select, rule.value) for rule in self.rules)

    @property
    def needs_key(self) -> bool:
        """Whether a rule makes pseudonyms or shifts dates."""
        return any(rule.action == "P" or (rule.action == "S" and rule.how == "shift") for rule in self.rules)

    def rule_for(self, key: str, value: object) -> "Rule | None":
        """Give the first rule that selects ``key`` (and ``value``), or None."""
        number = self.number_for(key, value)
        return None if number is None else self.rules[number]

    def number_for(self, key: str, value: object) -> int | None:
        """Give the place of that rule among `rules`, or None."""
        return self._selector.first(key, value)


def _resolved(files: tuple[PolicyFile, ...]) -> tuple[Rule, ...]:
    """Put the rules of a policy and of those it extends in order.

    A rule comes before those of the extended policy (after them, where it says ``last``) and takes the place
    of the one of the same id. A rule that selects nothing itself speaks of the keys of that one, in its place.
    """
    rules: list[Rule] = []
    for file in reversed(files):
        known = {rule.id: place for place, rule in enumerate(rules)}
        for rule in file.rules:
            if not rule.selects and rule.id in known:
                old = rules[known[rule.id]]
                rules[known[rule.id]] = rule.model_copy(update={"select": old.select, "value": old.value})
        own = {rule.id for rule in file.rules if rule.selects}
        inherited = [rule for rule in rules if rule.id not in own]
        first = [rule for rule in file.rules if rule.selects and not rule.last]
        last = [rule for rule in file.rules if rule.selects and rule.last]
        rules = [*first, *inherited, *last]
    without = {rule.id for file in files for rule in file.rules} - {rule.id for rule in rules}
    if without:
        names = ", ".join(sorted(without))
        raise RefusedSample("SAN003", reason=f"{files[0].name}: rules without `select` or `value`: {names}")
    return tuple(rules)


def _first(files: tuple[PolicyFile, ...], field: str, default: Any) -> Any:
    """Give the field of the first file that states it."""
    return next((getattr(file, field) for file in files if getattr(file, field) is not None), default)


def load_policy(name: str, folder: Path) -> Policy:
    """Load a shipped policy by its name, or one by the path of its YAML file.

    Raises
    ------
    RefusedSample
        SAN003, with every problem of the file (and of those it extends) in one message.
    """
    files: list[PolicyFile] = []
    digest = hashlib.sha256()
    seen: set[Path] = set()
    wanted: str | None = name
    near = folder
    while wanted is not None:
        path = _locate(wanted, near, folder)
        if path in seen:
            raise RefusedSample("SAN003", reason=f"{path.name}: extends itself")
        seen.add(path)
        file, content = _read(path)
        digest.update(content)
        files.append(file)
        wanted, near = file.extends, path.parent
    return Policy(tuple(files), digest.hexdigest())


def _locate(name: str, *folders: Path) -> Path:
    """Find a policy file: a path, or a name in one of the folders."""
    if name.endswith((".yaml", ".yml")):
        candidates = [Path(name), *(folder / name for folder in folders)]
    else:
        candidates = [folder / f"{name}.yaml" for folder in folders]
    for candidate in candidates:
        if candidate.is_file():
            return candidate.resolve()
    shipped = sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})
    raise RefusedSample(
        "SAN003", reason=f"no policy {Path(name).name!r}; there are {', '.join(shipped) or 'none'}"
    )


def _read(path: Path) -> tuple[PolicyFile, bytes]:
    try:
        content = path.read_bytes()
        parsed = yaml.safe_load(content)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise RefusedSample("SAN003", reason=f"{path.name}: {reason}") from error
    if not isinstance(parsed, dict):
        raise RefusedSample("SAN003", reason=f"{path.name}: expected a mapping")
    try:
        return PolicyFile.model_validate(parsed), content
    except ValidationError as error:
        problems = list(_problems(error, parsed))
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise RefusedSample("SAN003", reason=f"{path.name}: {len(problems)} problems{lines}") from error


def _problems(error: ValidationError, parsed: dict[str, Any]) -> Iterator[str]:
    """One line a problem, naming a rule by its id rather than its number."""
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        if len(place) > 1 and place[0] == "rules" and place[1].isdigit():
            rules = parsed["rules"]
            rule = rules[int(place[1])] if isinstance(rules, list) else None
            name = rule.get("id") if isinstance(rule, dict) else None
            place[0:2] = [f"rule {name or place[1]}"]
        yield f"{'.'.join(place) or 'file'}: {problem['msg']}"

"""``config/allowed_loss.yaml``: what may be lost or changed on the way into the archive, and why."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fixative.checked_yaml import BadFile, keep, kept, read_checked
from fixative.findings import BadBatch
from fixative.metadata_diff.fields import field_pattern

Kind = Literal["dropped", "changed"]
KEPT = Path("results/allowed_loss.json")
"""What the main process has read, for the processes of the jobs."""


class AllowedLoss(BaseModel):
    """One entry: which values, and why their loss is none. Every condition that is stated must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="name that reports use")
    field: tuple[str, ...] = Field(
        min_length=1,
        description="globs over the field, one or several: `Image/Pixels@PhysicalSize*`, `**@Correction`",
    )
    kind: Literal["dropped", "changed", "both"] = "both"
    readers: tuple[str, ...] = Field(default=(), description="backends; all where none is named")
    formats: tuple[str, ...] = Field(default=(), description="keys of formats; all where none is named")
    not_formats: tuple[str, ...] = Field(default=(), description="formats that the entry is not about")
    value: str | None = Field(default=None, description="regular expression for the whole of the source's value")
    now: str | None = Field(default=None, description="regular expression for the whole of the archive's value")
    file_name: bool = Field(
        default=False, description="the source's value is the name of a file of the set, as a reader puts it in"
    )
    corrected: bool = Field(
        default=False, description="the archive's value is what the digested pixels prove: sizes, type, samples"
    )
    within: float | None = Field(
        default=None,
        gt=0,
        description="largest relative difference of two numbers in one kind of unit; seconds between two dates",
    )
    settled: bool = Field(
        default=False,
        description="the archive's value is that of another source which has the word, as the record of "
        "disagreements says of this very field and image",
    )
    told: bool = Field(
        default=False,
        description="the value is on record as one that OME cannot hold, or that the pixels contradict; where it "
        "stands in the source's own OME-XML it stands in an annotation of the archive",
    )
    other_axes: str | None = Field(
        default=None,
        pattern=r"^[XYZCT]+$",
        description="the reader gives one of these axes another size than was read and digested, or divides the same "
        "pixels into other images: what it says of a plane, a channel or a step is said of something else",
    )
    invented: bool = Field(
        default=False, description="a reader makes the value up, and it is not taken over from it in the first place"
    )
    reason: str = Field(min_length=10)

    @field_validator("field", "readers", "formats", "not_formats", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        """Accept one as well as several."""
        return (value,) if isinstance(value, str) else value

    @field_validator("value", "now")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        """Refuse what is no regular expression."""
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _sensible(self) -> "AllowedLoss":
        """Refuse conditions that never hold."""
        if (self.corrected or self.settled or self.within) and self.kind != "changed":
            raise ValueError("`corrected`, `settled`, `within` speak of changed values: state `kind: changed`")
        if self.now is not None and self.kind != "changed":
            raise ValueError("`now` speaks of changed values: state `kind: changed`")
        return self

    def selects(self, field: str, value: str | None, reader: str | None, fmt: str | None) -> bool:
        """Whether the entry speaks of this value of this reader and format."""
        if (self.readers and reader not in self.readers) or (self.formats and fmt not in self.formats):
            return False
        if fmt in self.not_formats:
            return False
        if not any(field_pattern(glob).fullmatch(field) for glob in self.field):
            return False
        return self.value is None or re.fullmatch(self.value, value or "") is not None

    def allows(self, value: str | None, now: str | None, known: "Facts") -> bool:
        """Whether the conditions hold that need more than the value alone."""
        if self.now is not None and re.fullmatch(self.now, now or "") is None:
            return False
        if self.file_name and not is_file_name(value, known.names):
            return False
        if self.within is not None and (known.apart is None or known.apart > self.within):
            return False
        if self.other_axes and not set(self.other_axes) & set(known.other_axes):
            return False
        conditions = ((self.corrected, known.proven), (self.settled, known.settled), (self.told, known.told))
        return all(holds for asked, holds in conditions if asked)


@dataclass(frozen=True)
class Facts:
    """What decides about a loss besides its two values."""

    names: Collection[str] = ()
    """Names of the source's files."""
    proven: bool = False
    """Whether the digested pixels prove the archive's value."""
    settled: bool = False
    """Whether the record of disagreements says why the archive has another source's value."""
    told: bool = False
    """Whether the record of corrections has the source's value."""
    other_axes: str = ""
    """Axes to which the reader gives other sizes than the archive has; see `AllowedLoss.other_axes`."""
    apart: float | None = None
    """How far the two values are apart: numbers relatively, dates in seconds; None where that says nothing."""


NO_FACTS = Facts()


class AllowedLosses(BaseModel):
    """The whole list; the first entry that fits decides."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    allowed: tuple[AllowedLoss, ...]

    @model_validator(mode="after")
    def _once(self) -> "AllowedLosses":
        """Refuse an id that two entries have."""
        if twice := [name for name, times in Counter(entry.id for entry in self.allowed).items() if times > 1]:
            raise ValueError(f"id used twice: {', '.join(twice)}")
        return self

    def rule_for(
        self,
        field: str,
        value: str | None,
        now: str | None,
        kind: Kind,
        reader: str | None = None,
        fmt: str | None = None,
        facts: "Facts" = NO_FACTS,
    ) -> AllowedLoss | None:
        """Give the entry that allows a loss, or None.

        Parameters
        ----------
        field : str
            As `fixative.metadata_diff.fields.field_name` gives it.
        value, now : str or None
            The source's value and the archive's; a quantity with its unit, ``0.65 µm``.
        kind : {"dropped", "changed"}
        reader, fmt : str, optional
            Backend that looks at both files, and the source's format.
        facts : Facts
            For entries with ``file_name``, ``corrected`` or ``settled``.
        """
        fitting = (
            entry
            for entry in self.allowed
            if entry.kind in ("both", kind)
            and entry.selects(field, value, reader, fmt)
            and entry.allows(value, now, facts)
        )
        return next(fitting, None)

    def invented(
        self,
        field: str,
        value: str | None,
        reader: str | None = None,
        fmt: str | None = None,
        *,
        names: Collection[str] = (),
    ) -> AllowedLoss | None:
        """Give the entry by which a reader makes this value up, or None."""
        made_up = (
            entry
            for entry in self.allowed
            if entry.invented
            and entry.selects(field, value, reader, fmt)
            and (not entry.file_name or is_file_name(value, names))
        )
        return next(made_up, None)


def is_file_name(value: str | None, names: Iterable[str]) -> bool:
    """Whether a value is a file's name as readers make it an image's: with a series, without its ending.

    ``cells.czi``, ``cells``, ``cells.czi #2``, ``cells.czi [scene 1]``, ``cells.czi (series 3)``.
    """
    text = re.sub(r"\s*(#\s*\d+|\(series \d+\)|\[[^\]]*\])$", "", (value or "").strip())
    return bool(text) and any(text in _forms(name.rpartition("/")[2]) for name in names)


def _forms(name: str) -> set[str]:
    """The name of a file, whole and without each of its endings."""
    forms = {name}
    while "." in name.lstrip("."):
        name = name.rpartition(".")[0]
        forms.add(name)
    return forms


def load_allowed_loss(path: Path) -> AllowedLosses:
    """Read the list.

    Raises
    ------
    BadBatch
        With every problem of the file.
    """
    try:
        return read_checked(path, AllowedLosses)
    except BadFile as problem:
        raise BadBatch(str(problem)) from None


def keep_allowed(allowed: AllowedLosses) -> dict[str, Any] | None:
    """Keep the list for the jobs: `fixative.checked_yaml.keep`."""
    return keep(allowed, KEPT)


def kept_allowed() -> dict[str, Any] | None:
    """What `keep_allowed` kept; None before the first run."""
    return kept(KEPT)

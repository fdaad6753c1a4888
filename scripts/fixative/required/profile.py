"""``config/required_metadata.yaml``: which fields each modality must have."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fixative.checked_yaml import BadFile, keep, kept, read_checked
from fixative.models import SampleRow
from fixative.required.fields import ALIKE, FIELDS

DEFAULT = "default"
KEPT = Path("results/required_metadata.json")
REMEDY = "correct it; the names are listed in README.md, under the sample sheet"


class BadChecklist(Exception):
    """The file is wrong: the message lists every problem."""


class Checklist(BaseModel):
    """What images of one modality must have."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    also: tuple[str, ...] = Field(default=(), description="other names of the modality: synonyms, FBbi terms")
    refuse: tuple[str, ...] = Field(default=(), description="fields without which a sample is refused (MET004)")
    warn: tuple[str, ...] = Field(default=(), description="fields whose absence the report names")
    light: bool = Field(default=True, description="whether a light microscope took it: if not, no 4DN-BINA-OME score")

    @field_validator("refuse", "warn")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse fields that do not exist, all at once."""
        if unknown := [_like(name, FIELDS) for name in names if name not in FIELDS]:
            raise ValueError(f"no such field: {', '.join(unknown)}")
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            raise ValueError(f"listed twice: {', '.join(twice)}")
        return names

    @model_validator(mode="after")
    def _once(self) -> "Checklist":
        """Refuse a field that both lists hold."""
        if both := [name for name in self.warn if name in self.refuse]:
            raise ValueError(f"in refuse and in warn: {', '.join(both)}")
        return self


class RequiredMetadata(BaseModel):
    """The whole file: a checklist per modality, and one for rows that name none or another."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    modalities: dict[str, Checklist]

    @model_validator(mode="after")
    def _whole(self) -> "RequiredMetadata":
        """Refuse a file without `default`, and a name that stands for two modalities."""
        if DEFAULT not in self.modalities:
            raise ValueError(f"{DEFAULT}: checklist required, for rows whose modality is not listed")
        names = Counter(_folded(name) for name in self._names())
        if twice := [name for name, times in names.items() if times > 1]:
            raise ValueError(f"named more than once: {', '.join(twice)}")
        return self

    def _names(self) -> Iterator[str]:
        for name, checklist in self.modalities.items():
            yield name
            yield from checklist.also

    def key_of(self, modality: str | None) -> str:
        """The checklist that applies to what the sheet says: upper and lower case, hyphens do not matter."""
        folded = _folded(modality or DEFAULT)
        for name, checklist in self.modalities.items():
            if folded in {_folded(known) for known in (name, *checklist.also)}:
                return name
        return DEFAULT

    def problems(self, rows: Iterable[SampleRow]) -> list[str]:
        """Modalities of the sheet that are nearly, and not quite, one that has a checklist."""
        known = {_folded(name): name for name in self._names()}
        found: dict[str, str] = {}
        for row in rows:
            folded = _folded(row.modality or DEFAULT)
            if folded in known or folded in found:
                continue
            if meant := get_close_matches(folded, known, 1, ALIKE):
                found[folded] = (
                    f"line {row.line}: modality: unknown, and like {known[meant[0]]!r} (got {row.modality!r}): "
                    f"correct it, or list it in required_metadata"
                )
        return list(found.values())


def load_required(path: Path) -> RequiredMetadata:
    """Read the checklists.

    Parameters
    ----------
    path
        YAML, UTF-8.

    Raises
    ------
    BadChecklist
        With every problem.
    """
    try:
        return read_checked(path, RequiredMetadata)
    except BadFile as problem:
        raise BadChecklist(f"{problem}\n  {REMEDY}") from None


def keep_required(required: RequiredMetadata | None) -> dict[str, Any] | None:
    """Keep the checklists for the jobs: `fixative.checked_yaml.keep`."""
    return keep(required, KEPT)


def kept_required() -> dict[str, Any] | None:
    """What `keep_required` kept; None before the first run."""
    return kept(KEPT)


def _like(name: str, known: Iterable[str]) -> str:
    meant = get_close_matches(name.casefold(), list(known), 1, 0.7)
    return f"{name!r} (is {meant[0]} meant?)" if meant else repr(name)


def _folded(name: str) -> str:
    """A modality's name as it is compared: FBbi terms in one form, no hyphens, one blank between words."""
    text = name.strip().casefold()
    if term := re.search(r"fbbi[_:](\d{8})$", text):
        return f"fbbi:{term[1]}"
    return " ".join(re.sub(r"[-_]", " ", text).replace("wide field", "widefield").split())

"""What a repository asks for, and what of it nobody has stated."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fixative.deposit.columns import COLUMNS, STUDY
from fixative.deposit.dataset import Dataset, Sample

Level = Literal["required", "recommended"]


@dataclass(frozen=True)
class Need:
    """One thing that a repository asks for."""

    field: str
    """As the repository calls it."""
    column: str
    """Of the sheet, that states it."""
    level: Level
    why: str
    of: Literal["study", "sample"] = "study"
    study: Callable[[Dataset], bool] | None = None
    """Whether it is known of the data set; by default, whether its column is stated."""
    sample: Callable[[Sample], bool] | None = None
    """Whether it is known of a sample; by default, whether its column or the image states it."""
    applies: Callable[[Dataset], bool] = lambda dataset: True


@dataclass(frozen=True)
class Missing:
    """A need that is not met."""

    field: str
    level: Level
    why: str
    column: str
    samples: tuple[str, ...]
    """Those of which it is missing; all, for what is asked of the study."""

    @property
    def meaning(self) -> str:
        """What the column states."""
        return COLUMNS.get(self.column, "")


def missing_of(dataset: Dataset, needs: Iterable[Need]) -> tuple[Missing, ...]:
    """Go through the needs of a repository."""
    found = (_missing(dataset, need) for need in needs if need.applies(dataset))
    return tuple(missing for missing in found if missing)


def _missing(dataset: Dataset, need: Need) -> Missing | None:
    if need.of == "sample":
        known = need.sample or (lambda sample: bool(sample.value(need.column)))
        without = [sample for sample in dataset.samples if not known(sample)]
        return _told(need, need.why, without) if without else None
    if need.study(dataset) if need.study else dataset.value(need.column):
        return None
    why = need.why
    if need.column in STUDY and (values := dataset.values(need.column))[1:]:
        why = f"{why}; samples state {len(values)} different values"
    return _told(need, why, dataset.samples)


def _told(need: Need, why: str, samples: Sequence[Sample]) -> Missing:
    if any(need.column in sample.taken_out for sample in samples):
        why = f"{why}; the privacy policy has taken out a part of what the sheet stated: give it in deposit.sheet"
    return Missing(need.field, need.level, why, need.column, tuple(sample.name for sample in samples))

"""One criterion and what was found for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fixative.deposit.dataset import Dataset, Sample

State = Literal["met", "not met", "not applicable"]


@dataclass(frozen=True)
class Evidence:
    """Where it stands: a file of the object and a place in it."""

    file: str
    pointer: str = ""
    """JSON pointer (RFC 6901), XPath of the OME-XML, or a heading."""


@dataclass(frozen=True)
class Result:
    """One criterion, judged."""

    scheme: str
    level: str
    """Of a scheme that has levels; else empty."""
    criterion: str
    sample: str
    """Empty where the data set as a whole is judged."""
    state: State
    evidence: tuple[Evidence, ...] = ()
    missing: str = ""
    """What would meet it."""
    column: str = ""
    """Of the sheet, that would state it."""

    def row(self) -> dict[str, Any]:
        """As the tables and the JSON say it."""
        return {
            "scheme": self.scheme,
            "level": self.level,
            "criterion": self.criterion,
            "sample": self.sample,
            "state": self.state,
            "evidence": [{"file": each.file, "pointer": each.pointer} for each in self.evidence],
            "missing": self.missing,
            "column": self.column,
        }


def provenance(sample: Sample, pointer: str) -> Evidence:
    """A place in the provenance of an object."""
    return Evidence(f"{sample.name}.ome.tiff.provenance.json", pointer)


def stated(sample: Sample, column: str) -> Evidence:
    """Where a value stands: in the OME-XML, the object's record of the sheet, or the sheet of the deposition."""
    if any(image.field(column) for image in sample.images):
        return Evidence(f"{sample.name}.ome.tiff", f"OME-XML: {column}")
    if column in sample.added:
        return Evidence("deposit.sheet", column)
    own = column in sample.provenance.get("sample", {})
    return provenance(sample, f"/sample/{column}" if own else f"/sample/further/{column}")


@dataclass(frozen=True)
class Criterion:
    """A criterion of a scheme, asked of each sample."""

    scheme: str
    level: str
    text: str
    columns: tuple[str, ...] = ()
    """Of the sheet or fields of the image: all must be stated."""
    judge: Callable[[Sample], tuple[State, tuple[Evidence, ...], str]] | None = None
    """Where columns do not decide: state, evidence, what is missing."""

    def of(self, sample: Sample) -> Result:
        """Judge a sample."""
        if self.judge is not None:
            state, evidence, missing = self.judge(sample)
            return Result(self.scheme, self.level, self.text, sample.name, state, evidence, missing)
        known = [column for column in self.columns if sample.value(column)]
        without = [column for column in self.columns if column not in known]
        evidence = tuple(stated(sample, column) for column in known)
        columns = (", ".join(without), " ".join(without))
        judged: State = "not met" if without else "met"
        return Result(self.scheme, self.level, self.text, sample.name, judged, evidence, *columns)


Judgement = tuple[State, tuple[Evidence, ...], str]
OfDataset = Callable[[Dataset], list[Result]]

"""The curation of a data set: scores, the table of criteria, the README."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.curation.completeness import QUAREP, completeness, quarep_score
from fixative.curation.cornell import DATASET, OBJECT, cornell
from fixative.curation.criteria import Result
from fixative.curation.fair import SCHEME as FAIR
from fixative.curation.fair import fair
from fixative.curation.practice import SCHEME as DCN
from fixative.curation.practice import level_of, missing_for, next_level, practice
from fixative.curation.readme import Listed, dataset_readme
from fixative.deposit.dataset import Dataset
from fixative.deposit.tables import sheet_tsv
from fixative.files import json_bytes

COLUMNS = ("scheme", "level", "criterion", "sample", "state", "evidence", "missing", "column")


@dataclass(frozen=True)
class Curation:
    """What was found."""

    dataset: Dataset
    results: tuple[Result, ...]
    readme: bytes

    @property
    def level(self) -> str:
        """DCN level that every sample reaches."""
        return level_of(self.of(DCN))

    def of(self, scheme: str) -> list[Result]:
        """Results of one scheme."""
        return [result for result in self.results if result.scheme == scheme]

    def levels(self) -> dict[str, str]:
        """DCN level of each sample."""
        by_sample: dict[str, list[Result]] = {}
        for result in self.of(DCN):
            by_sample.setdefault(result.sample, []).append(result)
        return {sample: level_of(results) for sample, results in by_sample.items()}

    def missing(self) -> list[Result]:
        """What is missing for the next DCN level."""
        return missing_for(self.of(DCN), next_level(self.level))

    def summary(self) -> dict[str, Any]:
        """All of it, for machines."""
        return {
            "format": "fixative-curation-1",
            "dataset": self.dataset.name,
            "identifier": self.dataset.identifier,
            "address": self.dataset.url,
            "dcn": {
                "level": self.level,
                "next": next_level(self.level),
                "missing": [result.row() for result in self.missing()],
                "samples": self.levels(),
            },
            "fair": _counted(self.of(FAIR)),
            "quarep": {sample.name: _score(quarep_score(sample)) for sample in self.dataset.samples},
            "nbo": {sample.name: (sample.completeness or {}).get("nbo", []) for sample in self.dataset.samples},
            "rembi": {sample.name: _rembi(sample.completeness) for sample in self.dataset.samples},
            "readme": _counted(self.of(DATASET)),
            "readme_of_objects": _counted(self.of(OBJECT)),
            "identifiers": {sample.name: sample.identifier for sample in self.dataset.samples},
            "criteria": [result.row() for result in self.results],
        }

    def lines(self) -> list[str]:
        """In a few lines, for the terminal."""
        met, applicable = _met(self.of(FAIR))
        above = next_level(self.level)
        lines = [f"curation: {self.dataset.name}, {len(self.dataset.samples)} samples: DCN level {self.level}"]
        if above:
            wanted = dict.fromkeys(f"{result.criterion} ({result.missing})" for result in self.missing())
            lines += [f"  missing for {above}: {text}" for text in wanted]
        lines.append(f"  FAIR, before publication: {met} of {applicable}")
        quarep_met, quarep_all = _met(self.of(QUAREP))
        lines.append(f"  QUAREP-LiMi minimal reporting: {quarep_met} of {quarep_all} over all samples")
        return lines


def curate(dataset: Dataset, files: Sequence[Listed] | None = None) -> Curation:
    """Judge a data set by every scheme, from what its objects hold."""
    readme = dataset_readme(dataset, files=files)
    results = (*practice(dataset), *fair(dataset), *completeness(dataset), *cornell(dataset, readme))
    return Curation(dataset, results, readme)


def curation_documents(curation: Curation) -> Mapping[str, bytes]:
    """README, table and JSON, by name."""
    rows = [[_cell(value) for value in result.row().values()] for result in curation.results]
    return {
        "README.md": curation.readme,
        "curation.tsv": sheet_tsv([COLUMNS, *rows]),
        "curation.json": json_bytes(curation.summary()),
    }


def write_curation(curation: Curation, folder: Path) -> Path:
    """Write them; each is whole or not there."""
    from fixative.files import write_bytes

    for name, content in curation_documents(curation).items():
        write_bytes(folder / name, content)
    return folder


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(f"{each['file']}{'#' if each['pointer'] else ''}{each['pointer']}" for each in value)
    return str(value)


def _met(results: Sequence[Result]) -> tuple[int, int]:
    applicable = [result for result in results if result.state != "not applicable"]
    return sum(result.state == "met" for result in applicable), len(applicable)


def _counted(results: Sequence[Result]) -> dict[str, int]:
    return _score(_met(results))


def _score(counted: tuple[int, int]) -> dict[str, int]:
    return {"met": counted[0], "applicable": counted[1]}


def _rembi(record: Mapping[str, Any] | None) -> dict[str, int] | None:
    rembi = (record or {}).get("rembi")
    return {"met": rembi["filled"], "applicable": rembi["applicable"]} if rembi else None

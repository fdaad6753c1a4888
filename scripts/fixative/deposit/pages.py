"""What a person reads of a package: what is missing, what the validator said, what to do next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fixative.deposit.dataset import Dataset
from fixative.deposit.needs import Missing
from fixative.deposit.repositories import Kind, Limits
from fixative.deposit.tables import sheet_tsv
from fixative.package.text import markdown_text

if TYPE_CHECKING:
    from fixative.deposit.package import Package

HEADER = ("field", "level", "why", "column", "what the column states", "samples")


def missing_table(missing: Sequence[Missing]) -> bytes:
    """``missing.tsv``: what the repository asks for and nobody states, with the column that would state it."""
    rows = (
        (each.field, each.level, each.why, each.column, each.meaning, "; ".join(each.samples)) for each in missing
    )
    return sheet_tsv([HEADER, *rows])


def verdict_table(package: "Package") -> bytes:
    """``verdict.tsv``: what checked the package, and what it found."""
    rows = [(package.repository, package.validator, package.verdict, "")]
    rows += [(package.repository, package.validator, problem.kind, problem.text) for problem in package.problems]
    return sheet_tsv([("repository", "validator", "verdict", "problem"), *rows])


def next_steps(dataset: Dataset, kind: Kind, limits: Limits, package: "Package", advised: Sequence[str]) -> bytes:
    """``NEXT_STEPS.md``: what is here, and what remains for a person."""
    required = [each for each in package.missing if each.level == "required"]
    recommended = [each for each in package.missing if each.level == "recommended"]
    lines = [
        f"# Deposit of {markdown_text(dataset.name)} at {limits.title}",
        "",
        f"{len(dataset.samples)} samples, {package.files} files, {package.bytes} bytes.",
        f"Checked by: {kind.validator}.",
        f"Verdict: {package.verdict}.",
        "",
        "| here | what it is |",
        "|---|---|",
        "| `upload/` | what is uploaded, as it is; links to sealed objects: change nothing in it |",
        "| `submission/` | forms for the repository's own tool, where there are any |",
        "| `curation/` | README of the data set, and what is known of it, scored |",
        "| `missing.tsv` | what the repository asks for and nobody states, with the column to fill |",
        "| `verdict.tsv` | what the validator found |",
        "| `deposit.json` | what was made of which objects, with digests |",
        "",
        "## What remains to be done",
        "",
        *(f"{number}. {text}" for number, text in enumerate(kind.to_do, 1)),
    ]
    if limits.human:
        lines += ["", f"Of people: {limits.human}. Nobody but you can say whether that is so."]
    for title, items in (("Required, and missing", required), ("Recommended, and missing", recommended)):
        if items:
            lines += ["", f"## {title}", ""]
            lines += [f"- {each.field}: {each.why} (column `{each.column}`)" for each in items]
    notes = [*advised, *_disagreements(dataset)]
    if notes:
        lines += ["", "## Notes", "", *(f"- {note}" for note in notes)]
    lines += ["", f"What the repository takes was read at {limits.source} on {limits.read}: {limits.note}."]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _disagreements(dataset: Dataset) -> list[str]:
    columns = dataset.disagreements()
    return [f"samples state different values of `{column}`: none was taken" for column in columns]

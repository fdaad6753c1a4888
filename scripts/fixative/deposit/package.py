"""A package in the making: all is checked, written under a hidden name, checked again, then renamed whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import fixative
from fixative.deposit.check import advice, preflight
from fixative.deposit.dataset import Dataset
from fixative.deposit.links import put
from fixative.deposit.needs import Missing, missing_of
from fixative.deposit.options import DepositOptions
from fixative.deposit.own import FORMAT, RECORD, not_ours
from fixative.deposit.pages import missing_table, next_steps, verdict_table
from fixative.deposit.repositories import UPLOAD, Context, Documents, Kind, Limits, Placed, Problem, limits_table
from fixative.files import digest_bytes, fsync_folder, json_bytes
from fixative.findings import RefusedSample
from fixative.package.discard import discard


class RefusedPackage(Exception):
    """Nothing was written: every finding, and what is missing."""

    def __init__(self, findings: Sequence[RefusedSample], missing: Sequence[Missing] = ()) -> None:
        self.findings = tuple(findings)
        self.missing = tuple(missing)
        super().__init__("; ".join(str(finding) for finding in findings))


@dataclass(frozen=True)
class Package:
    """A package that is ready."""

    folder: Path
    repository: str
    files: int
    bytes: int
    linked: Mapping[str, int]
    """Files by how they got there: hard, symlink, copy."""
    missing: tuple[Missing, ...]
    problems: tuple[Problem, ...]
    """Of its forms, where `deposit.allow_incomplete` lets them stand."""
    validator: str

    @property
    def verdict(self) -> str:
        """What the validator said."""
        return f"incomplete: {len(self.problems)} problems" if self.problems else "valid"


def make_package(
    dataset: Dataset,
    kind: Kind,
    options: DepositOptions,
    final: Path,
    *,
    limits: Limits | None = None,
    also: Sequence[RefusedSample] = (),
) -> Package:
    """Make a package for one repository.

    Parameters
    ----------
    final
        The folder it becomes; one that an earlier run has made, and nobody has changed, is replaced.
    limits
        What the repository takes; by default, its row of the table.
    also
        Findings that are to be told with those found here.

    Raises
    ------
    RefusedPackage
        With everything that is wrong; nothing stands under ``final`` that did not stand there before.
    """
    limits = limits or limits_table()[kind.name]
    placed = [
        Placed(f"{UPLOAD}/{path}", sample, file)
        for sample in dataset.samples
        for file in sample.files
        if (path := kind.place(sample, file)) is not None
    ]
    missing = missing_of(dataset, kind.needs)
    documents = {**kind.documents(dataset, placed), **_curation(dataset)}
    findings = [*also, *preflight(dataset, placed, missing, limits, options, documents)]
    findings += not_ours(final, options.archive_root)
    if findings:
        raise RefusedPackage(findings, missing)
    partial = final.with_name(f".{final.name}.partial")
    try:
        discard(partial)
        package = _write(partial, final, _Plan(dataset, kind, options, limits, placed, missing, documents))
        _rename(partial, final)
    except OSError as error:
        discard(partial)
        where = Path(error.filename or final).name
        raise RefusedPackage([RefusedSample("DEP016", where=where, reason=error.strerror or str(error))]) from error
    except BaseException:
        discard(partial)
        raise
    return package


@dataclass(frozen=True)
class _Plan:
    """What a package will hold."""

    dataset: Dataset
    kind: Kind
    options: DepositOptions
    limits: Limits
    placed: Sequence[Placed]
    missing: tuple[Missing, ...]
    documents: Documents


def _write(partial: Path, final: Path, plan: _Plan) -> Package:
    """Write everything under the hidden name, and check it there."""
    kind, placed = plan.kind, plan.placed
    linked = _fill(partial, placed, plan.documents, plan.options)
    problems = tuple(kind.problems(partial, Context(empiar_schema=plan.options.empiar_schema)))
    _refuse(problems, plan.missing, plan.options)
    size = sum(each.file.bytes for each in placed)
    package = Package(final, kind.name, len(placed), size, linked, plan.missing, problems, kind.validator)
    pages = {
        "missing.tsv": missing_table(plan.missing),
        "verdict.tsv": verdict_table(package),
        "NEXT_STEPS.md": next_steps(plan.dataset, kind, plan.limits, package, tuple(advice(placed, plan.limits))),
    }
    for name, content in pages.items():
        (partial / name).write_bytes(content)
    record = _record(plan.dataset, kind, placed, {**plan.documents, **pages})
    (partial / RECORD).write_bytes(json_bytes(record))
    return package


def _curation(dataset: Dataset) -> Documents:
    from fixative.curation.write import curate, curation_documents

    return {f"curation/{name}": content for name, content in curation_documents(curate(dataset)).items()}


def _fill(
    partial: Path, placed: Sequence[Placed], documents: Documents, options: DepositOptions
) -> Mapping[str, int]:
    (partial / UPLOAD).mkdir(parents=True)
    linked: dict[str, int] = {}
    findings = []
    for each in placed:
        try:
            how = put(each.file, partial / each.path, object_name=each.sample.name, link=options.link)
            linked[how] = linked.get(how, 0) + 1
        except RefusedSample as finding:
            findings.append(finding)
    if findings:
        raise RefusedPackage(findings)
    for path, content in documents.items():
        target = partial / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return linked


def _refuse(problems: Sequence[Problem], missing: Sequence[Missing], options: DepositOptions) -> None:
    """What is wrong with the package itself refuses it; an incomplete form does unless it is asked for."""
    incomplete = options.allow_incomplete and any(each.level == "required" for each in missing)
    wrong = [each for each in problems if each.kind == "files" or not incomplete]
    if wrong:
        raise RefusedPackage([RefusedSample("DEP015", problem=each.text) for each in wrong], missing)


def _record(dataset: Dataset, kind: Kind, placed: Sequence[Placed], documents: Documents) -> dict[str, object]:
    """What was made here, of what: a later run replaces this and nothing else."""
    made = [
        {"path": path, "bytes": len(content), "sha256": digest_bytes(content).sha256}
        for path, content in sorted(documents.items())
    ]
    linked = [
        {
            "path": each.path,
            "bytes": each.file.bytes,
            "sha256": each.file.sha256,
            "object": f"{dataset.name}/{each.sample.name}",
            "file": f"data/{each.file.path}",
        }
        for each in placed
    ]
    return {
        "format": FORMAT,
        "repository": kind.name,
        "dataset": dataset.name,
        "identifier": dataset.identifier,
        "fixative": fixative.__version__,
        "objects": [
            {
                "name": f"{dataset.name}/{sample.name}",
                "identifier": sample.identifier,
                "manifest_sha256": sample.manifest_sha256,
            }
            for sample in dataset.samples
        ],
        "made": made,
        "linked": linked,
    }


def _rename(partial: Path, final: Path) -> None:
    old = final.with_name(f".{final.name}.old")
    discard(old)
    if final.exists():
        final.rename(old)
    partial.rename(final)
    fsync_folder(final.parent)
    discard(old)

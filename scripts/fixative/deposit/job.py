"""A deposit or a curation as a job: lines for the terminal, and whether all is well."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fixative.deposit.dataset import Dataset, read_dataset
from fixative.deposit.identifiers import dataset_urn, named
from fixative.deposit.licences import licence_of
from fixative.deposit.needs import Missing
from fixative.deposit.options import DepositOptions, deposit_options
from fixative.deposit.package import Package, RefusedPackage, make_package
from fixative.deposit.pages import missing_table
from fixative.deposit.repositories import kind_of, limits_table
from fixative.deposit.sheet import read_deposit_sheet
from fixative.deposit.tables import sheet_tsv
from fixative.files import write_bytes
from fixative.findings import RefusedSample
from fixative.locks import hold_job_lock

DEPOSITS, CURATIONS = Path("results/deposits"), Path("results/curation")
TOLD = Path("results/deposit")
"""Where a refused deposit tells what is wrong: nothing of it is in the package's folder."""


def deposit_job(work: Path, params: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Make the package that is asked for; say what is wrong where it cannot be."""
    hold_job_lock()
    options = deposit_options(params)
    for name in ("findings.tsv", "missing.tsv"):
        (work / TOLD / name).unlink(missing_ok=True)
    try:
        return _made(_deposit(work, options)), True
    except RefusedPackage as refused:
        return _refused(work, refused.findings, refused.missing), False
    except RefusedSample as refused:
        return _refused(work, [refused], ()), False


def curation_job(work: Path, params: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Score a data set and write its README."""
    from fixative.curation.write import curate, write_curation

    hold_job_lock()
    options = deposit_options(params)
    try:
        dataset = read_options_dataset(options)
        if findings := licence_findings(dataset, options):
            return _refused(work, findings, ()), False
        curation = curate(dataset)
        folder = write_curation(curation, work / CURATIONS / dataset.name)
        return [*curation.lines(), f"curation  {folder}"], True
    except RefusedSample as refused:
        return _refused(work, [refused], ()), False


def read_options_dataset(options: DepositOptions) -> Dataset:
    """Read the data set that the options name, with the identifiers that they form."""
    sheet = read_deposit_sheet(options.sheet) if options.sheet else None
    dataset = read_dataset(options.archive_root, options.dataset, sheet)
    urn = dataset_urn(dataset.name, [sample.identifier for sample in dataset.samples])
    whole = named(urn, options.prefix, options.scheme)
    doi = {"doi": whole.bare} if whole.bare and options.scheme == "doi" else {}
    return replace(dataset, identifier=urn, url=whole.url, publisher=options.publisher, extra=doi)


def licence_findings(dataset: Dataset, options: DepositOptions) -> list[RefusedSample]:
    """CUR001 where samples have no licence that is known by its identifier."""
    without = [sample.name for sample in dataset.samples if licence_of(sample.columns.get("license")) is None]
    if not options.require_license or not without:
        return []
    more = len(without) - 20
    names = ", ".join(without[:20]) + (f" and {more} more" if more > 0 else "")
    return [RefusedSample("CUR001", samples=names)]


def _deposit(work: Path, options: DepositOptions) -> Package:
    known = ", ".join(limits_table())
    if options.repository is None:
        raise RefusedSample("DEP002", repository="(none given)", known=known)
    kind = kind_of(options.repository)
    dataset = read_options_dataset(options)
    final = options.to or work / DEPOSITS / kind.name / dataset.name
    wanted = licence_findings(dataset, options) if limits_table()[kind.name].public else []
    return make_package(dataset, kind, options, final, also=wanted)


def _made(package: Package) -> list[str]:
    required = sum(each.level == "required" for each in package.missing)
    recommended = len(package.missing) - required
    how = ", ".join(f"{count} {'copied' if name == 'copy' else name}" for name, count in package.linked.items())
    return [
        f"deposit: {package.repository}: {package.files} files, {package.bytes} bytes{f' ({how})' if how else ''}",
        f"verdict   {package.verdict} ({package.validator})",
        f"missing   {required} required, {recommended} recommended: {package.folder / 'missing.tsv'}",
        f"package   {package.folder}",
    ]


def _refused(work: Path, findings: Sequence[RefusedSample], missing: Sequence[Missing]) -> list[str]:
    """Tell every finding; write them, and what is missing, where nothing is uploaded from."""
    rows = [(finding.code, finding.message, finding.remedy) for finding in findings]
    write_bytes(work / TOLD / "findings.tsv", sheet_tsv([("code", "message", "remedy"), *rows]))
    lines = [f"refused: {len(findings)} finding{'s' if len(findings) > 1 else ''}, nothing was written"]
    lines += [f"  [{code}] {message}\n    {remedy}" for code, message, remedy in rows]
    if missing:
        write_bytes(work / TOLD / "missing.tsv", missing_table(missing))
        lines.append(f"missing   {work / TOLD / 'missing.tsv'}")
    return lines

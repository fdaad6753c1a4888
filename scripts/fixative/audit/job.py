"""An audit or a repair as a job. Each gives lines for the terminal, and says whether all is well."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fixative.audit.holdings import utc_now
from fixative.audit.options import AuditOptions, audit_options
from fixative.audit.repair import run_repair
from fixative.audit.replicate import run_replicate
from fixative.audit.report import plain, summary_of, write_audit_report
from fixative.audit.run import AuditResult, run_audit
from fixative.audit.safe_to_delete import LIST, write_safe_to_delete
from fixative.findings import RefusedSample
from fixative.locks import hold_job_lock
from fixative.models import Receipt
from fixative.planning import read_batch
from fixative.records import read_record

AUDITS = Path("results/audit")


def audit_job(work: Path, params: Mapping[str, Any], log: Path) -> tuple[list[str], bool]:
    """Audit, and write the report and the list of sources that could be deleted."""
    from fixative.catalogue.page import write_page

    hold_job_lock()
    options, told = audit_options(params), _teller(log, "audit_archive")
    # A list from before must not outlive what this audit may find.
    (work / LIST).unlink(missing_ok=True)
    try:
        result = run_audit(options, work / AUDITS, expected=_sealed_here(work, options), told=told)
    except RefusedSample as refused:
        if refused.code != "AUD006":
            told(str(refused))
            return [str(refused), refused.remedy], False
        now = utc_now()
        result = AuditResult(now, now, findings=[refused])
    told(write_page(options.archive.path) or "catalogue.html was written")
    report = write_audit_report(result, options, work / AUDITS)
    lines = [*summary_of(result, options), f"report: {report}"]
    for line in lines:
        told(line)
    if (work / "results/batch.json").is_file():
        lines.append(f"sources: {write_safe_to_delete(work, read_batch(), options, now=utc_now())}")
    return lines, result.sound


def repair_job(params: Mapping[str, Any], log: Path) -> tuple[list[str], bool]:
    """Repair what audits have found."""
    from fixative.catalogue.page import write_page

    hold_job_lock()
    options, told = audit_options(params), _teller(log, "repair_archive")
    try:
        result = run_repair(options, told=told)
    except RefusedSample as refused:
        told(str(refused))
        return [str(refused), refused.remedy], False
    told(write_page(options.archive.path) or "catalogue.html was written")
    head = f"repair: {result.looked_at} objects were not good; {len(result.repaired)} copies repaired"
    lines = [head, *result.repaired, *(f"{finding}: {finding.remedy}" for finding in result.findings)]
    return [plain(line) for line in lines], not result.findings


def replicate_job(params: Mapping[str, Any], log: Path) -> tuple[list[str], bool]:
    """Copy to the replicas what they lack."""
    hold_job_lock()
    options, told = audit_options(params), _teller(log, "replicate_archive")
    try:
        result = run_replicate(options, told=told)
    except RefusedSample as refused:
        told(str(refused))
        return [str(refused), refused.remedy], False
    head = f"replicate: {len(result.copied)} copies made and read back, {result.there} were there"
    lines = [head, *result.copied[:20], *(f"{finding}: {finding.remedy}" for finding in result.findings[:20])]
    return [plain(line) for line in lines], not result.findings


def _sealed_here(work: Path, options: AuditOptions) -> list[str]:
    """Objects for which this work folder has a receipt, where it is one of this archive's."""
    receipts = (read_record(Receipt, path) for path in sorted((work / "results/samples").glob("*/sealed.json")))
    return [receipt.object for receipt in receipts if receipt is not None]


def _teller(path: Path, name: str) -> Callable[[str], None]:
    log = logging.getLogger(f"fixative.{name}")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.FileHandler(path, encoding="utf-8")
    formatter = logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    log.handlers = [handler]
    return lambda line: log.info("%s", plain(line))

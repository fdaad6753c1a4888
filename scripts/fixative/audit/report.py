"""The report of an audit: ``results/audit/<time>.json`` and ``.tsv``, and the table of all copies."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fixative.audit.ndsa import levels_of
from fixative.audit.options import AuditOptions
from fixative.audit.run import AuditResult, CopyStatus
from fixative.files import write_bytes, write_json

COLUMNS = ("object", "copy", "state", "checked", "read_now", "bytes", "codes", "note")
_FORMULA = ("=", "+", "-", "@")


def write_audit_report(result: AuditResult, options: AuditOptions, folder: Path) -> Path:
    """Write the report; returns the JSON file. All files are restricted: they name this machine's roots.

    The dated table holds what was read and what is wrong; ``copies.tsv``, replaced each time, holds every copy.
    """
    stamp = result.started.strftime("%Y-%m-%dT%H%M%SZ")
    number = 1
    while (path := folder / f"{stamp}{f'-{number}' * (number > 1)}.json").exists():
        number += 1
    told = [copy for copy in result.copies if copy.now or copy.bad]
    write_bytes(path.with_suffix(".tsv"), _table(told), mode=0o600)
    write_bytes(folder / "copies.tsv", _table(result.copies), mode=0o600)
    return write_json(path, as_json(result, options), mode=0o600)


def as_json(result: AuditResult, options: AuditOptions) -> dict[str, Any]:
    """Compose the report."""
    plan = result.forecast
    return {
        "format": "fixative-audit-1",
        "started": _time(result.started),
        "ended": _time(result.ended),
        "sound": result.sound,
        "summary": summary_of(result, options),
        "roots": [
            {"path": root.place, "name": root.name, "location": root.location, "medium": root.medium}
            for root in options.roots
        ],
        "objects": result.objects,
        "states": _states(result.copies),
        "read": {"copies": result.read, "bytes": result.bytes},
        "added_to_catalogue": result.added,
        "findings": [
            {"code": finding.code, "message": finding.message, "remedy": finding.remedy}
            for finding in result.findings
        ],
        "notes": result.notes,
        "bad": [asdict(copy) for copy in result.copies if copy.bad],
        "forecast": {**asdict(plan), "next_due": _time(plan.next_due) if plan.next_due else None} if plan else None,
        "ndsa": [asdict(level) for level in levels_of(result, options, repaired=bool(options.replicas))],
    }


def summary_of(result: AuditResult, options: AuditOptions) -> list[str]:
    """Say it in a few lines, for the terminal."""
    seconds = max((result.ended - result.started).total_seconds(), 0)
    states = ", ".join(f"{number} {state}" for state, number in _states(result.copies).items()) or "none"
    lines = [
        f"audit: {'sound' if result.sound else 'NOT SOUND'}: {result.objects} objects; copies: {states}",
        f"read now: {result.read} copies, {result.bytes} bytes in {seconds:.0f} s",
    ]
    if plan := result.forecast:
        due = f"; next due {_time(plan.next_due)}" if plan.next_due else ""
        lines.append(
            f"schedule: {plan.never} never checked, {plan.overdue} overdue; all {plan.bytes} bytes take "
            f"{plan.nights} nights at {plan.share_bytes} bytes a night{due}"
        )
    if result.added:
        lines.append(f"new in the catalogue: {len(result.added)}, the first: {result.added[0]}")
    lines += [level.line() for level in levels_of(result, options, repaired=bool(options.replicas))]
    lines += [str(finding) for finding in result.findings[:20]]
    lines += [f"{copy.state}: {copy.object} ({copy.copy}): {copy.note}" for copy in result.copies if copy.bad][:20]
    return [plain(line) for line in [*lines, *result.notes[:20]]]


def _states(copies: Iterable[CopyStatus]) -> dict[str, int]:
    return dict(Counter(copy.state for copy in copies).most_common())


def _table(copies: Sequence[CopyStatus]) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, "excel-tab", lineterminator="\n")
    writer.writerow(COLUMNS)
    for copy in copies:
        cells = (copy.object, copy.copy, copy.state, copy.checked, "yes" if copy.now else "no", str(copy.bytes))
        writer.writerow(_cell(text) for text in (*cells, " ".join(copy.codes), copy.note))
    return stream.getvalue().encode("utf-8", "backslashreplace")


def _cell(text: str) -> str:
    """One line of printable characters that no spreadsheet takes for a formula."""
    escaped = plain(text)
    return f"'{escaped}" if escaped.startswith(_FORMULA) else escaped


def plain(text: str) -> str:
    """Escape what could drive a terminal: a damaged object may have put anything into a file's name."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _time(when: Any) -> str:
    return str(when.strftime("%Y-%m-%dT%H:%M:%SZ"))

"""``python -m fixative.verify OBJECT...``: check sealed objects, anywhere, with nothing but the objects.

Exit status: 0 when every object is whole, 1 when one is damaged, 2 when none is damaged but one could not be
checked (no object, not readable).
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fixative.files import json_bytes
from fixative.verify.object import NotAnObject, ObjectReport, verify_object

MOST_LINES = 50
STATUS = {"whole": 0, "damaged": 1, "not checked": 2}


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the objects named on the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m fixative.verify", description="Check sealed objects.")
    parser.add_argument("objects", nargs="+", type=Path, metavar="OBJECT", help="folder of a sealed object")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON as well")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads that decode")
    options = parser.parse_args(arguments)
    reports = []
    for folder in options.objects:
        report = _verify(folder, max(1, options.threads))
        _print(folder, report)
        reports.append(_as_json(folder, report))
    if options.json:
        content = {"format": "fixative-verification-1", "objects": reports}
        try:
            options.json.write_bytes(json_bytes(content))
        except OSError as error:
            sys.stderr.write(f"report not written: {error.strerror}: {_plain(str(options.json))}\n")
            reports.append({"outcome": "not checked"})
    outcomes = {report["outcome"] for report in reports}
    # Damage outranks what could not be checked: it is the worse news, and the one that is certain.
    return next(STATUS[outcome] for outcome in ("damaged", "not checked", "whole") if outcome in outcomes)


def _verify(folder: Path, threads: int) -> ObjectReport:
    try:
        return verify_object(folder.absolute(), threads=threads)
    except NotAnObject as reason:
        return ObjectReport(folder.name, unread=[str(reason)])
    except MemoryError:
        return ObjectReport(folder.name, unread=["it promises more than memory can hold"])


def _print(folder: Path, report: ObjectReport) -> None:
    lines = [f"{report.outcome:<11}  {folder}"]
    lines += [
        f"  {check.outcome:<11}  {check.name}" + f"  {check.detail}" * bool(check.detail) for check in report.checks
    ]
    lines += [f"  {finding}" for finding in report.findings[:MOST_LINES]]
    if len(report.findings) > MOST_LINES:
        lines.append(f"  and {len(report.findings) - MOST_LINES} more findings")
    lines += [f"  could not check: {reason}" for reason in report.unread]
    sys.stdout.write("".join(f"{_plain(line)}\n" for line in lines))
    sys.stdout.flush()


def _as_json(folder: Path, report: ObjectReport) -> dict[str, Any]:
    return {
        "object": str(folder),
        "outcome": report.outcome,
        "bytes": report.bytes,
        "planes_of_all_levels": report.planes,
        "checks": [{"name": check.name, "outcome": check.outcome, "detail": check.detail} for check in report.checks],
        "findings": [
            {"code": finding.code, "message": finding.message, "remedy": finding.remedy, **finding.places}
            for finding in report.findings
        ],
        "unread": report.unread,
    }


def _plain(line: str) -> str:
    """Escape what could drive a terminal, whatever a damaged or hostile object has put into a line."""
    return (
        "".join(
            character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode()
            for character in line
        )
        .encode("utf-8", "backslashreplace")
        .decode("utf-8")
    )


if __name__ == "__main__":
    sys.exit(main())

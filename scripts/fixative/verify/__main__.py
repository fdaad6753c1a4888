"""``python -m fixative.verify OBJECT...``: check sealed objects, anywhere, with nothing but the objects.

Exit status: 0 when every object is whole, 1 when one is damaged, 2 when none is damaged but one could not be
checked (no object, not readable, a library that is missing). What is printed: `docs/verifying.md`.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fixative.verification_models import ObjectVerification

LIBRARIES = ("numpy", "lxml.etree", "pydantic", "imagecodecs", "tifffile")
"""All that is needed besides Python and Fixative; and the schema of OME, a file."""

NOT_CHECKED = 2
TIME = "%Y-%m-%dT%H:%M:%SZ"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the objects named on the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    if missing := _missing():
        sys.stderr.write(f"could not check: missing: {', '.join(missing)}\n")
        return NOT_CHECKED
    if options.premis_schema and (problem := _bad_schema(options.premis_schema)):
        sys.stderr.write(f"could not check: {problem}\n")
        return NOT_CHECKED
    from fixative.verify.expand import expand
    from fixative.verify.printed import object_lines, plain, table_lines
    from fixative.verify.reading import Asked
    from fixative.verify.run import check_objects

    started = datetime.now(UTC).strftime(TIME)
    folders = list(dict.fromkeys(folder for place in options.objects for folder in expand(place)))
    jobs = max(1, options.jobs)
    threads = max(1, options.threads or len(os.sched_getaffinity(0)) // jobs)
    found: list[ObjectVerification] = []
    for one in check_objects(folders, Asked(threads, options.histogram, options.premis_schema), jobs=jobs):
        found.append(one)
        if not options.quiet or one.outcome != "whole":
            _write(plain(line) for line in object_lines(one))
        _progress(len(found), len(folders), found)
    if len(found) > 1 or options.quiet:
        _write(plain(line) for line in table_lines(found))
    status = status_of(found)
    if options.json and not _write_json(options.json, found, started, status):
        return status or NOT_CHECKED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fixative.verify",
        description="Check sealed objects.",
        epilog="Exit status: 0 whole, 1 damage, 2 something could not be checked.",
    )
    parser.add_argument(
        "objects", nargs="+", type=Path, metavar="OBJECT", help="a sealed object, a folder of them, or an archive"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON as well")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes, each with an object")
    parser.add_argument("--threads", type=int, metavar="N", help="threads that decode, in each process")
    parser.add_argument("--histogram", action="store_true", help="show how the samples of each channel are spread")
    parser.add_argument(
        "--premis-schema", type=Path, metavar="XSD", help="premis.xsd of PREMIS 3.0, to validate premis.xml with"
    )
    parser.add_argument("--quiet", action="store_true", help="print only objects that are not whole, and the table")
    return parser


def _missing() -> list[str]:
    """Libraries that cannot be imported, and the schema, if that is not there: better told of before than midway."""
    missing = []
    for name in LIBRARIES:
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name.partition(".")[0])
    if not missing:
        from fixative.verify.ome import schema_file

        try:
            schema_file()
        except ImportError as error:
            missing.append(error.msg)
    return missing


def _bad_schema(path: Path) -> str:
    import lxml.etree

    from fixative.verify.premis import load_schema
    from fixative.verify.printed import plain

    try:
        load_schema(path)
    except (OSError, lxml.etree.LxmlError) as error:
        return plain(f"{path} is no schema: {error}")
    return ""


def status_of(found: "Sequence[ObjectVerification]") -> Literal[0, 1, 2]:
    """Give the exit status. Damage outranks what could not be checked: it is worse news, and certain."""
    outcomes = {one.outcome for one in found}
    return 1 if "damaged" in outcomes else 2 if "not checked" in outcomes else 0


def _write(lines: Iterable[str]) -> None:
    try:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except BrokenPipeError:  # `| head`: nobody reads on, and the exit status still counts
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _progress(done: int, total: int, found: "Sequence[ObjectVerification]") -> None:
    """Say on a terminal how far it has come; a log gets none of this."""
    if not sys.stderr.isatty() or total < 2:
        return
    damaged = sum(one.outcome == "damaged" for one in found)
    gigabytes = sum(one.bytes for one in found) / 1e9
    end = "\n" if done == total else "\r"
    sys.stderr.write(f"{done:,} of {total:,} objects, {gigabytes:,.1f} GB read, {damaged:,} damaged{end}")
    sys.stderr.flush()


def _write_json(path: Path, found: "Sequence[ObjectVerification]", started: str, status: Literal[0, 1, 2]) -> bool:
    import fixative
    from fixative.files import json_bytes
    from fixative.verification_models import VerificationReport
    from fixative.verify.printed import plain

    report = VerificationReport(
        program=f"fixative {fixative.__version__}",
        started=started,
        ended=datetime.now(UTC).strftime(TIME),
        status=status,
        objects=tuple(found),
    )
    try:
        path.write_bytes(json_bytes(report.model_dump(mode="json")))
    except OSError as error:
        sys.stderr.write(f"report not written: {error.strerror}: {plain(str(path))}\n")
        return False
    return True


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """End with 2: Python ends with 1 after an error, which here says that an object is damaged."""
    sys.__excepthook__(kind, error, trace)
    sys.stderr.flush()
    os._exit(NOT_CHECKED)


if __name__ == "__main__":
    sys.excepthook = _unforeseen
    sys.exit(main())

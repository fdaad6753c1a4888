"""``python -m fixative.nightly --work DIR``: one night; see docs/nightly.md."""

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fixative.findings import BadBatch
from fixative.nightly.command import Stopped, stopping
from fixative.nightly.lock import AtWork
from fixative.nightly.options import located
from fixative.nightly.run import COULD_NOT_RUN, Asked, run_night
from fixative.report.log_text import harmless

AT_WORK = os.EX_TEMPFAIL


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a night, print its summary; give the exit status."""
    asked = _asked(arguments)
    try:
        with stopping():
            status, lines = run_night(asked)
    except AtWork as who:
        print(f"fixative: not started: {harmless(str(who))} is at work in {asked.work}", file=sys.stderr)  # noqa: T201
        return AT_WORK
    except Stopped as stopped:
        print(f"fixative: the night was stopped ({stopped}); the next one goes on from there", file=sys.stderr)  # noqa: T201
        return 128 + signal.Signals[str(stopped)].value
    except OSError as error:
        print(f"fixative: the night broke off: {error.strerror or type(error).__name__}", file=sys.stderr)  # noqa: T201
        return COULD_NOT_RUN
    except BadBatch as problem:
        status, lines = (
            COULD_NOT_RUN,
            [f"Fixative: the night could not run (exit status {COULD_NOT_RUN})", str(problem)],
        )
    # A path may hold what the locale of cron cannot print.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(*map(harmless, lines), sep="\n")  # noqa: T201  cron mails it
    return status


def _asked(arguments: Sequence[str] | None) -> Asked:
    parser = argparse.ArgumentParser(
        prog="python -m fixative.nightly",
        description="One night: scan, archive what is new, audit what is due, report; prints a summary of ten lines.",
        epilog="What stands behind -- goes to Snakemake.",
    )
    parser.add_argument("--work", type=located, required=True, help="work folder; made where there is none")
    parser.add_argument("--configfile", type=located, help="the facility's configuration, over config/config.yaml")
    parser.add_argument("--archive", type=located, help="archive root (archive_root)")
    parser.add_argument("--sheet", type=located, help="the curator's sheet (sheet)")
    parser.add_argument(
        "--root", type=located, action="append", help="folder to scan (source_roots); may be repeated"
    )
    parser.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="as Snakemake's")
    parser.add_argument("--cores", help="processors to use; all, unless told otherwise")
    parser.add_argument("snakemake", nargs="*", help=argparse.SUPPRESS)
    found = parser.parse_args(arguments)
    config: dict[str, Any] = {}
    if found.archive:
        config["archive_root"] = str(found.archive)
    if found.sheet:
        config["sheet"] = str(found.sheet)
    if found.root:
        config["source_roots"] = list(map(str, found.root))
    cores = ["--cores", found.cores] if found.cores else []
    return Asked(
        work=Path(found.work),
        configfile=found.configfile,
        config=config,
        pairs=tuple(found.config),
        arguments=(*cores, *found.snakemake),
        through=sys.stderr.isatty(),
    )


if __name__ == "__main__":
    sys.exit(main())

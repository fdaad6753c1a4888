"""Run the benchmarks: ``make bench``, or ``make bench ARGS="--only scan,small --runs 1"``."""

import argparse
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cases import CASES
from contenders import discard
from kept import merged, read_kept, write_kept
from measuring import CommandFailed
from plots import write_plots
from report import document, section, summary
from results import CORES, Result, Setup

HERE = Path(__file__).resolve().parent


def parsed(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure Fixative against other converters.")
    parser.add_argument("--only", default="", help=f"cases, separated by commas, of: {', '.join(CASES)}")
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender; the median counts (3)")
    parser.add_argument("--large", action="store_true", help="also inputs of 2.1 and 10 GB, which take long")
    parser.add_argument("--small", type=int, default=200, help="files of the case with many small ones (200)")
    parser.add_argument("--sealed", default="10000", help="samples sealed already, separated by commas (10000)")
    parser.add_argument("--new", default="500,2000", help="batches that Snakemake's share is measured on (500,2000)")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "fixative-benchmarks",
        help="folder for inputs, which are kept, and runs; some 6 GB, 20 with --large",
    )
    parser.add_argument("--output", type=Path, default=HERE, help="folder for results.md, results.json, plots")
    return parser.parse_args(words)


def chosen(only: str) -> list[str]:
    """Names of the cases that were asked for; all when none is named."""
    names = [name.strip() for name in only.split(",") if name.strip()] or list(CASES)
    if unknown := [name for name in names if name not in CASES]:
        raise SystemExit(f"no case {unknown[0]!r}: there are {', '.join(CASES)}")
    return names


def main(words: list[str]) -> int:
    """Run the cases, print their tables, write ``results.md``; 1 when a case could not be run."""
    given = parsed(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    setup = Setup(
        cache=given.cache.expanduser().absolute(),
        runs=given.runs,
        large=given.large,
        small=given.small,
        sealed=tuple(int(count) for count in given.sealed.split(",")),
        new=tuple(int(count) for count in given.new.split(",")),
    )
    results: list[Result] = []
    failed = []
    for name in chosen(given.only):
        print(f"{name}: {CASES[name].__module__}", flush=True)
        try:
            done = CASES[name](setup)
        except CommandFailed as problem:
            print(f"  {problem}", flush=True)
            failed.append(name)
            continue
        finally:
            discard(setup.scratch)
        for result in done:
            result.taken = taken(setup)
            print("\n".join(["", *section(result)]), flush=True)
        results += done
        write(results, given.output)
    print("\n".join(["", *summary(results)]))
    if failed:
        print(f"could not be run: {', '.join(failed)}")
    return 1 if failed else 0


def write(new: list[Result], folder: Path) -> None:
    """Write what there is so far, with earlier results of other cases: a run may be stopped, or be of one case."""
    folder.mkdir(parents=True, exist_ok=True)
    results = merged(read_kept(folder / "results.json"), new, list(CASES))
    write_kept(folder / "results.json", results)
    plots = write_plots([point for result in results for point in result.points], folder)
    (folder / "results.md").write_text(document(results, plots), encoding="utf-8")


def taken(setup: Setup) -> str:
    """When, in how many runs, beside what other load."""
    runs = f"{setup.runs} runs, medians" if setup.runs > 1 else "1 run"
    load = os.getloadavg()[1]
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {runs}, load average {load:.1f} on {CORES} cores"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

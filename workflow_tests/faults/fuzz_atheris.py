"""Fuzz the same parsers as fuzz.py, led by their coverage: atheris (libFuzzer) looks for input that takes new ways.

By hand only, for atheris is not in the locks: it needs an environment of its own that sees this one's libraries.

    python3.11 -m venv /tmp/atheris && /tmp/atheris/bin/pip install atheris
    PYTHONPATH=$(.venv/bin/python -c "import site; print(site.getsitepackages()[0])") \\
        /tmp/atheris/bin/python workflow_tests/faults/fuzz_atheris.py --seconds 3600 --keep folder [--only czi]

Each kind of file has a process of its own and its share of the time. Prints what broke, once for each place in the
code, and leaves the input in ``folder``: that becomes a test.
"""

import argparse
import logging
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

FAULTS = Path(__file__).resolve().parent
sys.path[:0] = [str(FAULTS), str(FAULTS.parents[1] / "scripts"), str(FAULTS.parent)]

PRUDENCE_BYTES = 128 << 20
"""Of the fuzzer itself, beyond what a parser may take."""


def fuzz_one(name: str, seeds: Path, scratch: Path, seconds: int, seed: int, keep: Path | None) -> None:
    """Fuzz the parsers of one kind of file until the time is up; ends the process."""
    import atheris

    with atheris.instrument_imports(include=["fixative"]):
        import fuzz

        from fixative.structure import check_structure  # noqa: F401

        one = fuzz.Fuzz(scratch, keep)
        key = (seeds / "key").read_text()
        content = (seeds / "corpus/seed").read_bytes()
        # Whole first: what is imported on the way is instrumented, and does not count.
        one.one(name, content, key)
    logging.disable(logging.CRITICAL)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + fuzz.LIMIT_BYTES + PRUDENCE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    longest = max(4096, 2 * len(content))
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={longest}",
        f"-seed={seed}",
        "-rss_limit_mb=0",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], str(seeds / "corpus"), *options], lambda data: one.one(name, data, key))
    atheris.Fuzz()


def prepare(folder: Path, corpus: Path, only: str) -> dict[str, Path]:
    """Write each seed into a folder of its own."""
    import mutants

    made = folder / "made"
    made.mkdir()
    found = {**(mutants.corpus_seeds(corpus) if corpus.is_dir() else {}), **mutants.seeds(made)}
    folders = {}
    for number, (name, (content, key)) in enumerate(sorted(found.items())):
        if only in name:
            place = folder / str(number)
            (place / "corpus").mkdir(parents=True)
            (place / "corpus/seed").write_bytes(content)
            (place / "key").write_text(key)
            folders[name] = place
    return folders


def main() -> int:
    """Fuzz each kind of file for its share of the time; 1 where something broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="a part of the names of seeds")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--corpus", type=Path, default=FAULTS.parents[2] / "shared" / "corpus")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fixative-atheris-") as scratch:
        if asked.one:
            name, seeds = asked.one
            fuzz_one(name, Path(seeds), Path(scratch), asked.seconds, asked.seed, asked.keep)
        folders = prepare(Path(scratch), asked.corpus, asked.only)
        share = max(1, asked.seconds // max(1, len(folders)))
        broken = 0
        for name, seeds in folders.items():
            options = ["--seconds", str(share), "--seed", str(asked.seed), "--one", name, str(seeds)]
            options += ["--keep", str(asked.keep)] if asked.keep else []
            # libFuzzer ends its process at once, so what that leaves lies below this folder.
            environment = {**os.environ, "TMPDIR": scratch}
            done = subprocess.run(
                [sys.executable, __file__, *options], capture_output=True, text=True, check=False, env=environment
            )
            lines = [line for line in done.stdout.splitlines() if line.startswith("BROKEN")]
            runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
            executed = f"{runs[1]} inputs" if runs else f"exit status {done.returncode}"
            print("\n".join([f"{name}: {executed}, {len(lines)} places broke", *lines]), flush=True)
            if not runs:
                print(done.stderr[-1500:], flush=True)
            broken += len(lines) + (not runs)
    print(f"{len(folders)} kinds of file, {share} s each: {broken} places broke")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())

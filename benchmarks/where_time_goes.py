"""Where the CPU-seconds of the whole chain go: by step, by function, by line.

``python benchmarks/where_time_goes.py [--cache FOLDER] [--top 25] NAME=SOURCE ...`` archives the sources as one batch
with a sampler in every Python process (``sampler/sitecustomize.py``) and prints tables. A source ending in ``/``
means every file in that folder.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from contenders import HERE, PROJECT, Batch, step_of

THREADS = ("threading.py", "concurrent/futures/thread.py", "sitecustomize.py")


def profiled(batch: Batch, samples: Path, **config: object) -> dict[str, list[dict]]:
    """Run a batch with the sampler; what each process of each step wrote."""
    samples.mkdir(parents=True, exist_ok=True)
    for old in samples.glob("*.json"):
        old.unlink()
    batch.run(config=config, environment={"PYTHONPATH": str(HERE / "sampler"), "FIXATIVE_SAMPLES": str(samples)})
    found: dict[str, list[dict]] = {}
    for path in sorted(samples.glob("*.json")):
        process = json.loads(path.read_text(encoding="utf-8"))
        found.setdefault(step_of(" ".join(process["command"])) or "snakemake", []).append(process)
    return found


def short(frame: str) -> str:
    """A frame with its file from the project's or the library's folder on."""
    path, line, function = frame.rsplit(":", 2)
    for mark in (f"{PROJECT}/scripts/", f"{PROJECT}/", "site-packages/", "lib/python3.11/", "python3.11/"):
        if mark in path:
            return f"{path.split(mark, 1)[1]}:{line} {function}"
    return f"{path}:{line} {function}"


def importing(stack: list[str]) -> bool:
    """Whether the process was importing modules at that moment."""
    return any("<frozen importlib" in frame for frame in stack)


def outermost_import(stack: list[str]) -> str | None:
    """The frame that asked for the first import of a chain of them."""
    chain = [number for number, frame in enumerate(stack) if "<frozen importlib" in frame]
    return stack[chain[-1] + 1] if chain and chain[-1] + 1 < len(stack) else None


def first_own(stack: list[str]) -> str | None:
    """The innermost frame that is Fixative's own."""
    return next((frame for frame in stack if "/scripts/fixative/" in frame), None)


def own_functions(stack: list[str]) -> Iterator[str]:
    """Each of Fixative's functions on a stack, once, without its line."""
    for frame in dict.fromkeys(f for f in stack if "/scripts/fixative/" in f):
        path, _, function = frame.rsplit(":", 2)
        yield f"{path.split('/scripts/', 1)[1]} {function}"


def tables(found: dict[str, list[dict]], top: int) -> None:
    """Print what each step spends, and on what."""
    for step, processes in found.items():
        total = sum(process["cpu_s"] for process in processes)
        sampler = sum(process["sampler_s"] for process in processes)
        stacks = [(entry[0], entry[1:]) for process in processes for entry in process["stacks"]]
        imports = sum(seconds for seconds, stack in stacks if importing(stack))
        print(
            f"\n== {step}: {total:.2f} CPU-s in {len(processes)} processes; imports {imports:.2f}, "
            f"start and sampler {sampler:.2f}"
        )
        threads: Counter[str] = Counter()
        for process in processes:
            for name, seconds in process["threads"]:
                threads[name] += seconds
        _table("threads, by name", threads, top)
        _table("imports asked for by", Counter(_summed(stacks, outermost_import)), top // 2)
        rest = [(seconds, stack) for seconds, stack in stacks if not importing(stack)]
        _table("line (innermost)", Counter(_summed(rest, lambda stack: stack[0])), top)
        _table("innermost line of Fixative", Counter(_summed(rest, first_own)), top)
        inclusive: Counter[str] = Counter()
        for seconds, stack in rest:
            for function in set(own_functions(stack)):
                inclusive[function] += seconds
        _table("function of Fixative, with all it calls", inclusive, top)


def _summed(stacks: list[tuple[float, list[str]]], key) -> dict[str, float]:
    total: dict[str, float] = {}
    for seconds, stack in stacks:
        if name := key(stack):
            total[short(name)] = total.get(short(name), 0.0) + seconds
    return total


def _table(title: str, seconds: Counter, top: int) -> None:
    print(f"-- {title}")
    for name, value in seconds.most_common(top):
        if value >= 0.02:
            print(f"   {value:7.2f}  {name}")


def main() -> int:
    """Profile the chain over the sources that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "fixative-benchmarks")
    parser.add_argument("--top", type=int, default=25)
    parser.add_argument("--witness", choices=("none", "independent"), default="independent")
    parser.add_argument("sources", nargs="+", metavar="NAME=SOURCE")
    given = parser.parse_args()
    sources = {}
    for text in given.sources:
        name, _, path = text.partition("=")
        files = sorted(Path(path).iterdir()) if path.endswith("/") else [Path(path)]
        sources |= {name if len(files) == 1 else f"{name}{number}": file for number, file in enumerate(files)}
    batch = Batch(given.cache / "profiled").write(sources)
    found = profiled(batch, given.cache / "samples", verify=f"{{witness: {given.witness}}}")
    tables(found, given.top)
    return 0


if __name__ == "__main__":
    sys.exit(main())

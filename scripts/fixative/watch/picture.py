"""The live picture of a run, drawn with rich: samples by state, the steps, each process at work, what was refused."""

import time
from typing import TYPE_CHECKING

from fixative.models import STEPS
from fixative.progress.words import counted, rate_word, span_word
from fixative.watch import plain
from fixative.watch.snapshot import WORDS, Job, Setback, Snapshot
from fixative.watch.watcher import Watcher

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

EVERY_S = 0.5
WIDE = 110
"""Columns from which on there is room for longer bars and for how long each sample is in work."""

OTHER_LINES = 13
"""Lines of the picture that are no process: the rest of the window may be filled with those."""

STYLES = {
    "sealed": "green",
    "in work": "bright_cyan",
    "refused": "yellow",
    "error": "bright_red",
    "awaiting approval": "magenta",
    "interrupted": "red",
    "waiting": "bright_black",
}


def show(watcher: Watcher) -> None:
    """Draw the run on this terminal until it ends."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while (seen := watcher.look()).at_work:
            live.update(picture(seen, console), refresh=True)
            time.sleep(EVERY_S)


def picture(seen: Snapshot, console: "Console") -> "RenderableType":
    """Draw one moment, for the size that the console has now."""
    from rich import box
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    if not seen.archives:
        return Text(plain.line(seen))
    plain_signs = console.options.ascii_only
    inner = console.width - 4
    parts: list[RenderableType] = [
        _totals(seen),
        _bar(seen, inner, plain_signs),
        _legend(seen, plain_signs),
        "",
        _steps(seen, inner),
    ]
    if rows := _jobs(seen, inner, max(2, console.height - OTHER_LINES - len(seen.setbacks)), plain_signs):
        parts += ["", rows]
    elif not seen.waiting:
        parts += [
            "",
            Text(
                "all samples have been worked on: the report is next, and what else was asked for",
                style="bright_black",
            ),
        ]
    if seen.setbacks:
        parts += ["", *(_setback(setback, plain_signs) for setback in seen.setbacks)]
    return Panel(
        Group(*parts),
        box=box.ASCII if plain_signs else box.ROUNDED,
        border_style="bright_black",
        title=Text.assemble((" Fixative ", "bold default"), (f"run {seen.run} ", "bright_black")),
        title_align="left",
        subtitle=Text(f" {span_word(seen.elapsed_s)} ", style="bright_black"),
        subtitle_align="right",
        width=console.width,
    )


def states(seen: Snapshot) -> dict[str, int]:
    """Samples of this run by state, those that are done with first; states that no sample is in are left out."""
    ended = {outcome: seen.ended.get(outcome, 0) for outcome in plain.OUTCOMES}
    counts = {"sealed": seen.sealed, **ended, "in work": seen.in_work, "waiting": seen.waiting}
    return {state: count for state, count in counts.items() if count}


def widths(counts: dict[str, int], width: int) -> dict[str, int]:
    """Cut a bar in proportion to counts; each count that is not 0 has one place at least."""
    total = sum(counts.values())
    if not total:
        return {}
    cut = {state: max(1, width * count // total) for state, count in counts.items()}
    largest = max(cut, key=lambda state: cut[state])
    cut[largest] = max(1, cut[largest] + width - sum(cut.values()))
    return cut


def _bar(seen: Snapshot, width: int, plain_signs: bool) -> "Text":
    from rich.text import Text

    text = Text(no_wrap=True, overflow="crop")
    for state, places in widths(states(seen), width).items():
        sign = ("." if plain_signs else "░") if state == "waiting" else ("#" if plain_signs else "█")
        text.append(sign * places, style=STYLES[state])
    return text


def _legend(seen: Snapshot, plain_signs: bool) -> "Text":
    from rich.text import Text

    text = Text()
    for state, count in states(seen).items():
        text.append("* " if plain_signs else "● ", style=STYLES[state])
        text.append(f"{count:,}", style="bold").append(f" {plain.plural(state, count)}   ")
    if seen.before:
        text.append(f"{seen.before:,} sealed before   ", style="bright_black")
    if seen.not_tried:
        text.append(f"{seen.not_tried:,} not tried", style="bright_black")
    text.rstrip()
    return text


def _totals(seen: Snapshot) -> "Text":
    from rich.text import Text

    text = Text(f"{100 * seen.share:.0f} %", style="bold")
    text.append(f"   {plain.size_words(seen).partition(' (')[0]}", style="default not bold")
    if seen.bytes_per_s >= 50_000:
        text.append(f"   {rate_word(seen.bytes_per_s)}", style="bright_cyan not bold")
    if seen.left_s is not None:
        text.append(f"   {plain.left_word(seen.left_s)}", style="not bold")
    return text


def _steps(seen: Snapshot, width: int) -> "Table":
    """How many samples came through each step."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1))
    for _ in STEPS:
        table.add_column(min_width=min(14, width // len(STEPS) - 1))
    table.add_row(*(Text(WORDS[step], style="bright_black") for step in STEPS))
    table.add_row(*(_passed(seen, step) for step in STEPS))
    return table


def _passed(seen: Snapshot, step: str) -> "Text":
    from rich.text import Text

    passed = seen.passed.get(step, 0)
    at_work = any(job.state.rule == step and job.alive for job in seen.jobs)
    return Text(f"{passed:,}", style="bright_cyan" if at_work else "default" if passed else "bright_black")


def _jobs(seen: Snapshot, width: int, most: int, plain_signs: bool) -> "Table | None":
    """A line for each process at work, as many as the window has room for."""
    from rich.table import Table
    from rich.text import Text

    if not seen.jobs:
        return None
    wide = width > WIDE
    told, free = (30, width - 59) if wide else (16, width - 45)
    bar = max(6, free // 2 if wide else free // 3)
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True, style="bright_black", width=10)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1, style="bold")
    table.add_column(no_wrap=True, justify="right", width=6, style="bright_black")
    table.add_column(width=bar)
    table.add_column(no_wrap=True, overflow="ellipsis", width=told)
    table.add_column(no_wrap=True, justify="right", width=8, style="bright_cyan")
    for job in seen.jobs[:most]:
        state = job.state
        table.add_row(
            WORDS.get(state.rule, state.rule),
            state.sample,
            f"{state.number}/{state.total}",
            _job_bar(job, bar, plain_signs),
            Text(_told(job, wide), style="default" if job.alive else "yellow"),
            " ".join(plain.rate_words(job)),
        )
    if len(seen.jobs) > most:
        table.add_row("", Text(f"and {len(seen.jobs) - most} more", style="bright_black not bold"))
    return table


def _told(job: Job, wide: bool) -> str:
    if not job.alive:
        return plain.silence_words(job) if wide else f"silent {span_word(job.silent_s)}"
    if not wide and job.state.total_planes:
        return f"{job.state.planes}/{counted(job.state.total_planes, 'plane')}"
    return " ".join(plain.planes_words(job))


def _job_bar(job: Job, width: int, plain_signs: bool) -> "Text":
    """How far a sample is in its step; how far the shard is, where nobody counts planes."""
    from rich.text import Text

    share = job.share if job.share is not None else job.share_of_shard
    done = round(width * share)
    style = "yellow" if not job.alive else "bright_cyan" if job.share is not None else "cyan"
    full, empty = ("#", ".") if plain_signs else ("━", "─")
    return Text(full * done, style=style).append(empty * (width - done), style="bright_black")


def _setback(setback: Setback, plain_signs: bool) -> "Text":
    from rich.text import Text

    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("x " if plain_signs else "✗ ", style=STYLES.get(setback.outcome, "yellow"))
    text.append(setback.sample, style="bold")
    text.append(f"  {setback.code or setback.outcome}", style=STYLES.get(setback.outcome, "yellow"))
    return text.append(f"  {setback.message}")

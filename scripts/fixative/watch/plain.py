"""How far a run is, in plain words: one line for a log, a few for ``--once``."""

from fixative.progress.words import counted, rate_word, span_word
from fixative.watch.snapshot import WORDS, Job, Setback, Snapshot

OUTCOMES = ("refused", "error", "awaiting approval", "interrupted")


def line(seen: Snapshot) -> str:
    """Say it in one line.

    Examples
    --------
    ``fixative: 12 of 40 sealed, 3 refused, 2 in work, 85 MB/s, about 4 min left``
    """
    if seen.at_work and not seen.archives:
        return "fixative: a run is at work that has no samples to archive"
    parts = [f"{seen.before + seen.sealed} of {seen.rows} sealed", *counts(seen)]
    if seen.in_work:
        parts.append(f"{seen.in_work} in work")
    if seen.bytes_per_s >= 50_000:
        parts.append(rate_word(seen.bytes_per_s))
    if seen.left_s is not None:
        parts.append(left_word(seen.left_s))
    return f"fixative: {', '.join(parts)}"


def block(seen: Snapshot) -> str:
    """Say it in a few lines: the run, each process at work, the latest samples that did not come through."""
    if not seen.at_work:
        return "\n".join([idle(seen), *_last(seen)])
    if not seen.archives:
        return line(seen)
    lines = [
        line(seen),
        f"run {seen.run}, for {span_word(seen.elapsed_s)}: {size_words(seen)}",
        *(f"  {job_line(job)}" for job in seen.jobs),
        *(f"  {setback_line(setback)}" for setback in seen.setbacks),
    ]
    return "\n".join(lines)


def idle(seen: Snapshot) -> str:
    """Say that no run is at work, and since when, if the last did not end as runs do."""
    if seen.silent_s is None:
        return "fixative: no run is at work here"
    return f"fixative: no run is at work here: no sign of life for {span_word(seen.silent_s)}"


def counts(seen: Snapshot) -> list[str]:
    """Say how many did not come through, by outcome."""
    return [
        f"{seen.ended[outcome]} {plural(outcome, seen.ended[outcome])}"
        for outcome in OUTCOMES
        if outcome in seen.ended
    ]


def plural(outcome: str, number: int) -> str:
    """Word an outcome for so many samples."""
    return "errors" if outcome == "error" and number != 1 else outcome


def job_line(job: Job) -> str:
    """Say what one process is at.

    Examples
    --------
    ``convert   stack-7, sample 3 of 12: 120 of 400 planes (30 %), 85 MB/s``
    """
    state = job.state
    parts = [f"{WORDS.get(state.rule, state.rule):10} {state.sample}, sample {state.number} of {state.total}"]
    if told := [*planes_words(job), *rate_words(job)]:
        parts.append(", ".join(told))
    if not job.alive:
        parts.append(silence_words(job))
    return ": ".join(parts)


def planes_words(job: Job) -> list[str]:
    """Say how many planes are done."""
    state = job.state
    if state.total_planes:
        share = f" ({100 * job.share:.0f} %)" if job.share is not None else ""
        return [f"{state.planes} of {counted(state.total_planes, 'plane')}{share}"]
    if state.total_bytes:
        return [f"{bytes_word(min(state.bytes, state.total_bytes))} of {bytes_word(state.total_bytes)}"]
    return []


def rate_words(job: Job) -> list[str]:
    """Say how fast a process is, where bytes are counted."""
    return [rate_word(1e6 * job.state.mb_per_s)] if job.state.mb_per_s >= 0.05 else []


def silence_words(job: Job) -> str:
    """Say for how long nothing was heard of a process."""
    return f"no sign of life for {span_word(job.silent_s)}"


def setback_line(setback: Setback) -> str:
    """Say what became of a sample that did not come through."""
    code = f" {setback.code}" if setback.code else ""
    return f"{setback.sample}: {setback.outcome}{code}" + (f": {setback.message}" if setback.message else "")


def size_words(seen: Snapshot) -> str:
    """Say how much of the bytes is worked through."""
    return f"about {bytes_word(seen.share * seen.bytes)} of {bytes_word(seen.bytes)} ({100 * seen.share:.0f} %)"


def bytes_word(size: float) -> str:
    """Word a size: ``512 kB``, ``4.2 GB``."""
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}" if size < 9.95 * unit else f"{size / unit:.0f} {name}"
    return f"{size:.0f} B"


def left_word(seconds: float) -> str:
    """Word a time that is only guessed: ``about 4 min left``."""
    if seconds < 10:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds, -1):.0f} s left"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"about {minutes} min left"
    return f"about {minutes // 60} h {minutes % 60 // 10 * 10} min left"


def _last(seen: Snapshot) -> list[str]:
    """Say what the last run had come to."""
    if not seen.run:
        return []
    told = ", ".join([f"{seen.before + seen.sealed} of {seen.rows} sealed", *counts(seen)])
    return [f"run {seen.run}: {told}", *(f"  {setback_line(setback)}" for setback in seen.setbacks)]

"""The summary of a night: about ten lines of plain text for cron's mail, which say what has changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from fixative.nightly.record import Failing, Night
from fixative.report.log_text import harmless

MOST_NAMES = 4
WIDTH = 12
OWN_WORDS = "root archive vault night nights killed power worked look audit scan disk forecast"
"""Words of the summary that an account or a host may be called by."""


def changed(night: Night, last: Night | None) -> bool:
    """Whether anything is other than the night before."""
    if last is None:
        return True
    told = (night.sealed, night.fixed, night.unended, night.could_not_run_before, night.gone)
    return any(told) or _standing(night) != _standing(last)


def summary_lines(night: Night, last: Night | None, *, until_full: int | None, report: Path | None) -> list[str]:
    """Compose the summary; `clean_lines` takes out what must not be told."""
    told = [
        _sealed(night, last),
        _refused(night, last),
        _awaiting(night, last),
        _failing(night),
        _audit(night, last),
        _copies(night),
        _scan(night, last),
        _disk(night, last, until_full),
        _forecast(night),
        _deletable(night, last),
        _before(night, last),
    ]
    lines = [_head(night), *(f"{name:{WIDTH}}{text}" for name, text in told if text)]
    return [*lines, f"{'report':{WIDTH}}{report}"] if report else lines


def clean_lines(work: Path, lines: Sequence[str], samples: Iterable[str]) -> list[str]:
    """Give lines without the private values of samples, or this machine's names.

    Where it cannot be read what is private, nothing is told that could be: the first line alone.
    """
    from fixative.report.batch import own_words
    from fixative.report.known_values import values_in, without
    from fixative.report.withhold import secrets_of_batch

    try:
        found = values_in("\n".join(lines), secrets_of_batch(work, samples))
    except (OSError, ValueError):
        return [
            harmless(lines[0]),
            "what is private of a sample cannot be read; all else stands in the night's record",
        ]
    own = {secret.value for secret in values_in(f"{own_words()} {OWN_WORDS}", found)} if found else set()
    cleaned = list(lines)
    for secret in found:
        if secret.value not in own:
            cleaned = [without(line, secret, f"[withheld: {secret.rule}]") for line in cleaned]
    return [harmless(line).replace("\n", " ") for line in cleaned]


def size_text(size: float) -> str:
    """A size for a person: ``1.2 GB``; powers of ten."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(size) < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} PB"


def time_text(seconds: float) -> str:
    """A time for a person: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _head(night: Night) -> str:
    when = night.started.replace("T", " ").removesuffix(":00Z").removesuffix("Z")
    verdict = {0: "all is well", 1: "somebody has to look"}.get(night.exit_status or 0, "could not run")
    return f"Fixative, night of {when} UTC: {verdict} (exit status {night.exit_status})"


def _sealed(night: Night, last: Night | None) -> tuple[str, str]:
    text = f"{_count(len(night.sealed), 'sample')}, {size_text(night.sealed_bytes)}"
    if night.fixed:
        text += f"; {len(night.fixed)} of them refused before: {_names(night.fixed)}"
    if last is not None:
        text += f" (the night before: {len(last.sealed)}, {size_text(last.sealed_bytes)})"
    return "sealed", text


def _refused(night: Night, last: Night | None) -> tuple[str, str]:
    now = [one for one in night.failing if not one.held]
    if not now:
        return "refused", "none"
    reasons = Counter(one.code or one.outcome for one in now)
    earlier = last.failing_by_sample() if last else {}
    known = {name: one.code or one.outcome for name, one in earlier.items()}
    new = Counter(one.code or one.outcome for one in now if known.get(one.sample) != (one.code or one.outcome))
    parts = [
        f"{reason} x {number}{f' ({new[reason]} new)' if new[reason] else ''}"
        for reason, number in reasons.most_common()
    ]
    return "refused", f"{_count(len(now), 'sample')}: {', '.join(parts)}"


def _awaiting(night: Night, last: Night | None) -> tuple[str, str]:
    if not night.awaiting:
        return "waiting", ""
    new = set(night.awaiting) - set(last.awaiting if last else ())
    return (
        "waiting",
        f"{_count(len(night.awaiting), 'sample')} for approval, {len(new)} new: {_names(night.awaiting)}",
    )


def _failing(night: Night) -> tuple[str, str]:
    told = [one for one in night.failing if one.nights > 1 or one.held]
    parts = [_failing_one(one) for one in told[:MOST_NAMES]]
    more = f", and {len(told) - MOST_NAMES} more" if len(told) > MOST_NAMES else ""
    gone = f"; {_count(night.gone, 'source')} gone since" if night.gone else ""
    return "failing", f"{', '.join(parts)}{more}{gone}".removeprefix("; ")


def _failing_one(one: Failing) -> str:
    held = ", not tried: its source is being written, or out of reach" if one.held else ""
    return f"{one.sample} {one.code or one.outcome} for {_count(one.nights, 'night')}{held}"


def _copies(night: Night) -> tuple[str, str]:
    if night.replicated is None:
        return "copies", ""
    told = "every replica holds every object" if night.replicated else "NOT GOOD: see the log of replicate_archive"
    return "copies", told


def _audit(night: Night, last: Night | None) -> tuple[str, str]:
    if night.audit is None:
        return "audit", "none" if night.exit_status == 0 else "did not come to its end"
    audit = night.audit
    text = (
        f"{_count(audit.read, 'copy', 'copies')} read, {size_text(audit.bytes)}, of {_count(audit.objects, 'object')}"
    )
    if audit.bad:
        new = set(audit.bad) - set(last.audit.bad if last and last.audit else ())
        text += f"; NOT GOOD: {len(audit.bad)} ({len(new)} new): {_names(audit.bad)}"
    elif audit.findings:
        text += f"; NOT SOUND: {', '.join(audit.findings)}"
    else:
        was = last is not None and last.audit is not None and not last.audit.sound
        text += "; sound" + (", unlike the night before" if was else "")
    return "audit", text


def _scan(night: Night, last: Night | None) -> tuple[str, str]:
    scan = night.scan
    if scan is None:
        return "scan", ""
    if scan.failed:
        return "scan", "FAILED: only what was known before was worked on; the log says why"
    text = f"{_count(scan.new, 'sample')} to archive found; {scan.still_written} left out, still being written"
    if scan.changed:
        new = set(scan.changed) - set(last.scan.changed if last and last.scan else ())
        text += f"; changed after sealing: {len(scan.changed)} ({len(new)} new): {_names(scan.changed)}"
    if scan.roots_missing:
        numbers = ", ".join(map(str, scan.roots_missing))
        text += f"; NOT THERE: source root {numbers} of {scan.roots}"
    return "scan", text


def _disk(night: Night, last: Night | None, until_full: int | None) -> tuple[str, str]:
    parts = []
    for name, disk in night.disks.items():
        share = f" ({disk.free / disk.total:.0%})" if disk.total else ""
        before = last.disks.get(name) if last else None
        taken = f", {size_text(before.free - disk.free)} less" if before and before.free > disk.free else ""
        parts.append(f"{name} {size_text(disk.free)} free{share}{taken}")
    if until_full is not None and parts:
        parts.append(f"as the last nights went, full in {_count(until_full, 'night')}")
    return "disk", "; ".join(parts)


def _forecast(night: Night) -> tuple[str, str]:
    left = len([one for one in night.failing if not one.held]) + len(night.awaiting)
    text = f"{_count(left, 'sample')} to do" if left else "nothing left to do"
    if (told := night.expected) is not None:
        text += (
            f"; before the run: {_count(told.samples, 'sample')}, {size_text(told.bytes)}, {time_text(told.seconds)}"
        )
        text += f", NOT FITTING: {told.not_fitting}" if told.not_fitting else ""
    return "forecast", text


def _deletable(night: Night, last: Night | None) -> tuple[str, str]:
    """What the list of sources that could be deleted has come to, where it names any."""
    now, before = night.deletable, last.deletable if last else None
    if now is None or not (now.files or (before and before.files)):
        return "deletable", ""
    was = f" (the night before: {before.files})" if before and before.files != now.files else ""
    return "deletable", f"{_count(now.files, 'source file')}, {size_text(now.bytes)}{was}: see safe_to_delete.tsv"


def _before(night: Night, last: Night | None) -> tuple[str, str]:
    parts = []
    if night.unended:
        times = ", ".join(_short(start) for start in night.unended[-MOST_NAMES:])
        parts.append(f"{times} did not end (killed, or the power failed); its work was taken up")
    if night.could_not_run_before:
        parts.append(f"{_count(night.could_not_run_before, 'night')} could not run")
    if not parts and last is None:
        parts.append("none: this is the first")
    return "before", "; ".join(parts)


def _short(start: str) -> str:
    return start.replace("T", " ").removesuffix("Z")


def _names(names: Sequence[str]) -> str:
    more = f", and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def _standing(night: Night) -> tuple[object, ...]:
    """What should be told of when it becomes another."""
    failing = frozenset((one.sample, one.code, one.held) for one in night.failing)
    scan = (night.scan.changed, night.scan.roots_missing, night.scan.failed) if night.scan else None
    audit = (night.audit.bad, night.audit.findings) if night.audit else None
    return failing, frozenset(night.awaiting), scan, audit, night.exit_status

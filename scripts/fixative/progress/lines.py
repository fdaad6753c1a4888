"""How far a long piece of work is: plain lines in its log, one rewritten line on a terminal, and its board."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from fixative.progress import board
from fixative.progress.words import LastMinute, counted, rate_word, span_word

Log = logging.Logger | TextIO | Callable[[str], object]
"""Where plain lines go: a logger (at level INFO), an open text stream, or a function."""

LOG_EVERY_S = 5.0
TERMINAL_EVERY_S = 0.2
PLAIN_EVERY_S = 30.0

WATCHED = "FIXATIVE_WATCHED"
"""In a job's environment where its run shows a `PICTURE` or lines of its own: then the job keeps to its log."""

PICTURE = "picture"
LINES = "lines"

_ERASE_TO_END = "\x1b[K"


class _Terminal:
    """The person's end: one line rewritten in place, or a plain line now and then where none watches."""

    def __init__(self, stream: TextIO | None, clock: Callable[[], float]) -> None:
        self.stream = stream
        self.clock = clock
        self.in_place = stream is not None and _is_terminal(stream)
        self.every_s = TERMINAL_EVERY_S if self.in_place else PLAIN_EVERY_S
        self.shown_at = clock()
        self.shown = False

    def show(self, line: str, *, last: bool = False) -> None:
        """Show ``line`` if it is time for one; the last one only where others went before it."""
        due = self.clock() - self.shown_at >= self.every_s
        if not (self.shown if last else due):
            return
        self._write(f"\r{line}{_ERASE_TO_END}" + "\n" * last if self.in_place else f"{line}\n")
        self.shown_at = self.clock()
        self.shown = True

    def leave(self) -> None:
        """End a line that stands unfinished, so that the next message does not run on in it."""
        if self.in_place and self.shown:
            self._write("\n")

    def _write(self, text: str) -> None:
        if self.stream is None:
            return
        # A terminal that was closed is no reason to stop archiving.
        with suppress(OSError, ValueError):
            self.stream.write(text)
            self.stream.flush()


class Progress:
    """Progress of one sample, by planes and bytes; safe to advance from several threads.

    Parameters
    ----------
    log : Logger, TextIO or callable
        Gets a plain line at most every `LOG_EVERY_S` seconds, and one at the end.
    label : str
        What is worked on, for example the sample's id.
    total_planes, total_bytes : int
        What there is to do; 0 where it is not known, which leaves the share and the time left unsaid.
    clock : callable
        Seconds that never go backwards.
    terminal : TextIO, optional
        Where a person may be watching; by default the error stream that the process was started with,
        even where ``sys.stderr`` leads to a log by now.

    Examples
    --------
    ``A_czi: 120 of 400 planes (30 %), 85 MB/s, 42 s left``
    """

    def __init__(
        self,
        log: Log,
        *,
        label: str,
        total_planes: int,
        total_bytes: int,
        clock: Callable[[], float] = time.monotonic,
        terminal: TextIO | None = None,
    ) -> None:
        self.label = label
        self.total_planes = total_planes
        self.total_bytes = total_bytes
        self.planes = 0
        self.bytes = 0
        self._log = log
        self._clock = clock
        self._terminal = _Terminal(_where_a_person_looks(log, terminal), clock)
        self._started = self._logged_at = clock()
        self._minute = LastMinute(self._started)
        self._lock = threading.Lock()
        self._finished = False
        board.begin_work(total_planes, total_bytes)

    def advance(self, planes: int, bytes: int) -> None:
        """Count what was done since the last call; part of a plane counts as bytes alone."""
        with self._lock:
            self.planes += planes
            self.bytes += bytes
            board.count_done(planes, bytes)
            now = self._clock()
            self._minute.remember(now, self.bytes)
            if now - self._logged_at >= LOG_EVERY_S:
                self._logged_at = now
                _put(self._log, self.line())
            self._terminal.show(self.line())

    def done(self) -> None:
        """Say what was done altogether; further calls say nothing."""
        with self._lock:
            if self._finished:
                return
            self._finished = True
            spent = self._clock() - self._started
            rate = f", {rate_word(self.bytes / spent)}" if spent > 0 and self.bytes else ""
            line = f"{self.label}: {counted(self.planes, 'plane')} in {span_word(spent)}{rate}"
            _put(self._log, line)
            self._terminal.show(line, last=True)

    def line(self) -> str:
        """How far it is, in one line."""
        parts = [self._planes_done()]
        rate = self._minute.rate()
        if self.bytes:
            parts.append(rate_word(rate))
        if rate and self.total_bytes > self.bytes:
            parts.append(f"{span_word((self.total_bytes - self.bytes) / rate)} left")
        return f"{self.label}: {', '.join(parts)}"

    def _planes_done(self) -> str:
        if not self.total_planes:
            return counted(self.planes, "plane")
        done, total = (self.bytes, self.total_bytes) if self.total_bytes else (self.planes, self.total_planes)
        share = min(100, 100 * done // total)
        return f"{self.planes} of {counted(self.total_planes, 'plane')} ({share} %)"

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.done()
        else:
            self._terminal.leave()


def shard_progress(
    log: Log,
    *,
    step: str,
    sample: str,
    number: int,
    total: int,
    shard: str | None = None,
    clock: Callable[[], float] = time.monotonic,
    terminal: TextIO | None = None,
) -> None:
    """Say which sample of a shard is next, before it is worked on.

    Every sample has its line in the log. A terminal shows each in place of the one before; where the
    error stream is no terminal, a line appears there at most every `PLAIN_EVERY_S` seconds. A ``shard`` that has
    a name has its board as well.

    Examples
    --------
    ``convert_to_ome_tiff: sample 3 of 12 (B_lif)``
    """
    line = f"{step}: sample {number} of {total} ({sample})"
    _put(log, line)
    if shard is not None:
        board.begin_sample(step, shard, sample, number, total)
    stream = _where_a_person_looks(log, terminal)
    if stream is None:
        return
    screen = _screens.get(step)
    if screen is None or screen.stream is not stream:
        screen = _screens[step] = _Terminal(stream, clock)
    screen.show(line)


def on_a_picture() -> bool:
    """Whether the run that this process is a job of is drawn: the picture says what it would say."""
    return os.environ.get(WATCHED) == PICTURE


_screens: dict[str, _Terminal] = {}
"""What each step of this process has shown last."""


def _where_a_person_looks(log: Log, terminal: TextIO | None) -> TextIO | None:
    if terminal is None and WATCHED in os.environ:
        return None
    stream = terminal if terminal is not None else sys.__stderr__
    return None if stream is None or _same_file(stream, log) else stream


def _same_file(stream: TextIO, log: Log) -> bool:
    """Whether the terminal stream leads to the log itself, which would then hold every line twice."""
    files = [handler.stream for handler in _stream_handlers(log)] if isinstance(log, logging.Logger) else [log]
    return any(stream is file or _same_descriptor(stream, file) for file in files)


def _stream_handlers(log: logging.Logger) -> list[logging.StreamHandler[TextIO]]:
    return [handler for handler in log.handlers if isinstance(handler, logging.StreamHandler)]


def _same_descriptor(stream: TextIO, file: object) -> bool:
    try:
        return os.path.sameopenfile(stream.fileno(), file.fileno())  # type: ignore[attr-defined]
    except (OSError, ValueError, AttributeError):
        return False


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _put(log: Log, line: str) -> None:
    if isinstance(log, logging.Logger):
        log.info("%s", line)
    elif callable(log):
        log(line)
    else:
        log.write(f"{line}\n")
        log.flush()

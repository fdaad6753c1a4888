"""The process that draws a run on the terminal that it was started on: ``python -m fixative.watch.screen WORK``.

Its standard input is a pipe that takes all that Snakemake and its jobs would have written on the terminal: each line
is put above the picture. A second pipe ends with the main process. Whatever happens here, what came through the pipe
is written out and the cursor is shown again; the run itself does not depend on this process (`fixative.watch.start`
takes over where it is gone).
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from fixative.watch.watcher import Watcher

if TYPE_CHECKING:
    from rich.console import Console

EVERY_S = 0.25
"""For as long a line waits to be passed on."""

LOOK_EVERY = 2
"""So many times are lines passed on before the picture is drawn anew."""

READ_BYTES = 65536
SHOW_CURSOR = b"\x1b[?25h"


class Lines:
    """What comes through the pipe, line by line, and whether the main process is still there."""

    def __init__(self, pipe: int, main_process: int) -> None:
        self._pipe, self._main_process = pipe, main_process
        self._chunks: SimpleQueue[bytes] = SimpleQueue()
        self._rest = b""
        self.ended = threading.Event()
        """The main process has ended, or has said that it wants the terminal back."""
        self.dry = threading.Event()
        """Nobody can write into the pipe any more, and all of it was read."""
        for work in (self._read, self._wait):
            threading.Thread(target=work, daemon=True).start()

    def _read(self) -> None:
        while chunk := os.read(self._pipe, READ_BYTES):
            self._chunks.put(chunk)
        self.dry.set()

    def _wait(self) -> None:
        os.read(self._main_process, 1)
        self.ended.set()

    def whole(self) -> bytes:
        """Take the whole lines that have come."""
        lines, newline, self._rest = (self._rest + self._taken()).rpartition(b"\n")
        return lines + newline

    def everything(self) -> bytes:
        """Take all that has come, the begun line as well."""
        rest, self._rest = self._rest + self._taken(), b""
        return rest

    def _taken(self) -> bytes:
        chunks = []
        while True:
            try:
                chunks.append(self._chunks.get_nowait())
            except Empty:
                return b"".join(chunks)


def main() -> int:
    """Draw until the main process has ended."""
    work, main_process = Path(sys.argv[1]), int(sys.argv[2])
    # Ctrl-C reaches every process of the terminal; this one ends after the others.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    lines = Lines(sys.stdin.fileno(), main_process)
    try:
        _draw(Watcher(work), lines)
    finally:
        _write(lines.everything() + SHOW_CURSOR)
    _copy(lines)
    return 0


def _draw(watcher: Watcher, lines: Lines) -> None:
    from rich.console import Console
    from rich.live import Live

    from fixative.watch.picture import picture

    console = Console(force_terminal=True)
    with (
        Live(picture(watcher.look(), console), console=console, auto_refresh=False, transient=True) as live,
        _stopping(console),
    ):
        number = 0
        while not lines.ended.wait(EVERY_S):
            number += 1
            _print_above(console, lines.whole())
            if number % LOOK_EVERY == 0:
                live.update(picture(watcher.look(), console), refresh=True)
        # What was written before the end may still be on its way.
        lines.dry.wait(EVERY_S)
        _print_above(console, lines.everything())


def _print_above(console: "Console", content: bytes) -> None:
    """Print what others have written, as it is, above the picture."""
    from rich.text import Text

    if content:
        text = content.decode("utf-8", "replace").removesuffix("\n")
        console.print(Text.from_ansi(text), soft_wrap=True)


@contextmanager
def _stopping(console: "Console") -> Iterator[None]:
    """Let the shell have its cursor while this process is stopped (Ctrl-Z)."""

    def stop(number: int, frame: object) -> None:
        console.show_cursor(True)
        os.kill(os.getpid(), signal.SIGSTOP)
        console.show_cursor(False)

    before = signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


def _copy(lines: Lines) -> None:
    """Pass on what is still written by jobs that have outlived a main process that was killed."""
    while not lines.dry.wait(EVERY_S):
        _write(lines.everything())
    _write(lines.everything())


def _write(content: bytes) -> None:
    while content:
        content = content[os.write(sys.stdout.fileno(), content) :]


if __name__ == "__main__":
    sys.exit(main())

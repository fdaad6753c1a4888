"""What the main process of a run does for those who watch: says that it is alive, and gives up its terminal.

On a terminal the picture is drawn by a process of its own (`fixative.watch.screen`), into whose pipe this process and
its jobs write what they would have written on the terminal: nothing tears the picture, and nothing is lost. If that
process goes, whatever the reason, this one writes on the terminal again and passes on what its jobs write.

Where the error stream is no terminal, a thread says a line now and then. Who asked for quiet gets none of this.
"""

import atexit
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fixative.progress.board import Board, open_run
from fixative.progress.lines import LINES, PICTURE, WATCHED
from fixative.watch.quiet import let_chatter, quieten_chatter

SCRIPTS = Path(__file__).resolve().parents[2]
LINE_EVERY_S = 30.0
PATIENCE_S = 5.0
"""For the process that draws to make an end."""

READ_BYTES = 65536
PICTURE_IS_GONE = b"\x1b[?25h\r\n\x1b[J"
"""The cursor is shown again, on a line of its own, and what of the picture stands below it is erased."""


@dataclass(frozen=True)
class Asked:
    """What is asked for: by the configuration, by the command line."""

    live: Literal["auto", "never"] = "auto"
    quiet: bool = False
    """Whether Snakemake is to be quiet, verbose, or logs in a way of its own."""
    archives: bool = True
    """Whether the run has samples to archive: of a scan or an audit there is nothing to be seen here."""


class Watched:
    """A run that is watched, from its first job to its end."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._board: Board | None = None
        self._screen: Screen | None = None
        self._ended = threading.Event()

    def begin(self, asked: Asked) -> None:
        """Say that the run is alive; show the picture, or say a line now and then, where that is wanted."""
        self._board = open_run(archives=asked.archives)
        atexit.register(self.end)
        if not wants_words(asked):
            return
        if wants_picture(asked):
            self._screen = Screen(self._work)
            self._screen.begin()
        elif not sys.stderr.isatty():
            os.environ[WATCHED] = LINES
            threading.Thread(target=self._lines, name="watch", daemon=True).start()

    def end(self) -> None:
        """Give the terminal back: what is said from now on is said as ever."""
        self._ended.set()
        if self._screen is not None:
            self._screen.end()
        if self._board is not None:
            self._board.close()
        atexit.unregister(self.end)

    def _lines(self) -> None:
        from fixative.watch.plain import line
        from fixative.watch.watcher import Watcher

        watcher = Watcher(self._work)
        while not self._ended.wait(LINE_EVERY_S):
            with suppress(OSError, ValueError):
                print(line(watcher.look()), file=sys.stderr, flush=True)  # noqa: T201


class Screen:
    """The process that draws, and the pipe into which all else is written meanwhile."""

    def __init__(self, work: Path) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._given_up = False
        self._saved: dict[int, int] = {}

    def begin(self) -> None:
        """Start to draw."""
        _flush()
        self._pipe, into = os.pipe()
        of_this_process, self._end_of_this_process = os.pipe()
        terminal = os.dup(2)
        self._terminal = terminal
        modules = [str(SCRIPTS), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-P", "-m", "fixative.watch.screen", str(self._work), str(of_this_process)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=self._pipe,
                stdout=terminal,
                stderr=subprocess.DEVNULL,
                pass_fds=(of_this_process,),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(modules)},
            )
        except OSError:
            self._given_up = True
            os.close(into)
            return
        finally:
            os.close(of_this_process)
        for stream in (1, 2):
            if os.isatty(stream):
                self._saved[stream] = os.dup(stream)
                os.dup2(into, stream)
        os.close(into)
        os.environ[WATCHED] = PICTURE
        quieten_chatter()
        self._helper = threading.Thread(target=self._stand_in, name="watch", daemon=True)
        self._helper.start()

    def end(self) -> None:
        """Take the terminal back and let the other process make an end."""
        # Not under the lock: with the other process gone, a full pipe is emptied by who needs the lock first.
        _flush()
        self._take_back()
        with suppress(OSError):
            os.close(self._end_of_this_process)
        if self._given_up:
            return
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        # Where the other process is gone, what was said last may still be on its way.
        self._helper.join(PATIENCE_S)

    def _take_back(self) -> None:
        with self._lock:
            for stream, saved in self._saved.items():
                os.dup2(saved, stream)
                os.close(saved)
            self._saved.clear()
            os.environ.pop(WATCHED, None)

    def _stand_in(self) -> None:
        """Where the other process is gone, pass on what jobs at work still write into the pipe."""
        self._process.wait()
        if self._process.returncode == 0:
            return
        self._take_back()
        let_chatter()
        _write(self._terminal, PICTURE_IS_GONE)
        while content := os.read(self._pipe, READ_BYTES):
            _write(self._terminal, content)


def wants_words(asked: Asked) -> bool:
    """Whether there is something to be said, and nobody has asked for silence."""
    silent = asked.quiet or asked.live == "never" or os.environ.get("FIXATIVE_LIVE") == "0"
    return asked.archives and not silent


def wants_picture(asked: Asked) -> bool:
    """Whether a person is likely to look at the error stream, and has asked for nothing else."""
    if not wants_words(asked):
        return False
    if os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    try:
        # A run in the background must not draw over what its terminal is used for meanwhile.
        return sys.stderr.isatty() and os.tcgetpgrp(2) == os.getpgrp()
    except (OSError, ValueError):
        return False


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()


def _write(terminal: int, content: bytes) -> None:
    with suppress(OSError):
        while content:
            content = content[os.write(terminal, content) :]


_watched: list[Watched] = []


def begin_watch(asked: Asked) -> None:
    """Let people see from now on how far this process's run is; the work folder is the current one."""
    if not _watched:
        _watched.append(Watched(Path.cwd()))
        _watched[0].begin(asked)


def end_watch() -> None:
    """The run has ended: what comes now is said last."""
    while _watched:
        _watched.pop().end()

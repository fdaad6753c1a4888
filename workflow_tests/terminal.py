"""A terminal for tests: a pseudo-terminal that a command runs on, and what its window shows in the end."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_CODES = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+|\x1b")
DUMB = {"TERM", "NO_COLOR", "FIXATIVE_LIVE", "COLUMNS", "LINES", "CI"}
"""Of the environment that the tests run in, what would decide how a terminal is drawn on."""

SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"


@dataclass(frozen=True)
class Shown:
    """What came out of a command that ran on a terminal."""

    returncode: int
    raw: str

    @property
    def lines(self) -> list[str]:
        """The lines of the window and what has scrolled out of it, as they stand in the end."""
        return window(self.raw)

    @property
    def said(self) -> str:
        """All that was ever written, without colours and moves of the cursor."""
        return re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", self.raw)


def window(raw: str) -> list[str]:
    """Play what was written: new lines, returns, the cursor upwards, lines erased."""
    lines, row, column = [""], 0, 0
    for found in _CODES.finditer(raw):
        text, number = found[0], int(found[1]) if found[1] and found[1].isdecimal() else 1
        if text == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif text == "\r":
            column = 0
        elif found[2] == "A":
            row = max(0, row - number)
        elif found[2] == "J":
            lines[row:] = [lines[row][:column]]
        elif found[2] == "K":
            lines[row] = "" if found[1] == "2" else lines[row][:column]
        elif not text.startswith("\x1b"):
            lines[row] = lines[row][:column].ljust(column) + text + lines[row][column + len(text) :]
            column += len(text)
    return [line.rstrip() for line in lines]


class Session:
    """A command on a terminal, and a person who can type."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], columns: int = 100, lines: int = 40
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(columns), str(lines), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=cwd,
            env={"TERM": "xterm-256color", **{name: env[name] for name in env if name not in DUMB}},
        )
        self._raw = b""

    def wait_for(self, text: str) -> None:
        """Wait until something is written."""
        while text not in self._raw.decode("utf-8", "replace"):
            assert self._read(), f"never written: {text}\n{self._raw.decode('utf-8', 'replace')}"

    def type(self, keys: str) -> None:
        """Press keys: ``\x03`` is Ctrl-C."""
        assert self._process.stdin
        self._process.stdin.write(keys.encode())
        self._process.stdin.flush()

    def end(self) -> Shown:
        """Wait for the command to end."""
        with self._process:
            while self._read():
                pass
        return Shown(self._process.returncode, self._raw.decode("utf-8"))

    def _read(self) -> bool:
        assert self._process.stdout
        chunk = os.read(self._process.stdout.fileno(), 65536)
        self._raw += chunk
        return bool(chunk)


def on_terminal(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], columns: int = 100, lines: int = 40
) -> Shown:
    """Run a command on a terminal of its own to its end."""
    return Session(command, cwd=cwd, env=env, columns=columns, lines=lines).end()


def _main() -> int:
    """Run a command on a pseudo-terminal; this process's pipes are its keys and its window."""
    columns, lines, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    size = struct.pack("HHHH", lines, columns, 0, 0)
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, size)
        # A key that is shown would move what is drawn.
        settings = termios.tcgetattr(0)
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(0, termios.TCSANOW, settings)
        os.execvp(command[0], command)
    keys: list[int] = [0]
    while True:
        ready, _, _ = select.select([terminal, *keys], [], [])
        if terminal in ready:
            try:
                content = os.read(terminal, 65536)
            except OSError:  # what Linux says when nobody has the terminal open any more
                break
            os.write(1, content)
        elif content := os.read(0, 1024):
            os.write(terminal, content)
        else:
            keys = []
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) % 256


if __name__ == "__main__":
    sys.exit(_main())

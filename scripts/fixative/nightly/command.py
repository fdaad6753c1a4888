"""Running Snakemake: to a log that is kept, or through to the terminal of whoever watches."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from fixative.places import PROJECT

LOGS = Path("results/nights/logs")
"""Not with the jobs' logs, which may be shown: Snakemake names the host, the account and paths."""
KEPT_LOGS = 90
TOLD_LINES = 12
HEADING = "== snakemake "
STOP_S = 60


class Stopped(BaseException):
    """A signal has ended the night; its name."""


@contextmanager
def stopping() -> Iterator[None]:
    """Turn the signals that ask a process to end into `Stopped`."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(signal.Signals(number).name)

    wanted = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Workflow:
    """Snakemake, on one work folder, configuration and log.

    Parameters
    ----------
    work, log, config : Path
        Absolute. ``log`` is added to.
    arguments : sequence of str
        Further ones of Snakemake's.
    through : bool
        Whether what it says goes to the terminal, and to no log.
    """

    def __init__(
        self, work: Path, log: Path, config: Path, arguments: Sequence[str] = (), *, through: bool = False
    ) -> None:
        self.work, self.log, self._config, self._through = work, log, config, through
        self._arguments = list(arguments)

    def run(self, target: str) -> int:
        """Make a target; give Snakemake's exit status.

        Raises
        ------
        Stopped
            When a signal ends Snakemake; when one comes to this process, once Snakemake has ended for it.
        """
        command = [
            *(sys.executable, "-m", "snakemake", target, "-s", str(PROJECT / "Snakefile")),
            *("--directory", str(self.work), "--workflow-profile", str(PROJECT / "profiles/nightly")),
            *("--configfile", str(self._config), *self._arguments),
        ]
        # Cron gives a bare PATH; Snakemake calls its own Python by name where its path holds spaces.
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        if self._through:
            return self._wait(subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:
            log.write(f"{HEADING}{target}\n".encode())
            log.flush()
            return self._wait(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
                )
            )

    def last_lines(self, count: int = TOLD_LINES) -> list[str]:
        """The end of the log, to tell why nothing ran."""
        try:
            text = self.log.read_text("utf-8", "replace")
        except FileNotFoundError:
            return []
        _, _, last = text.rpartition(HEADING)
        return [line for line in last.splitlines()[1:] if line.strip()][-count:]

    @staticmethod
    def _wait(process: "subprocess.Popen[bytes]") -> int:
        try:
            status = process.wait()
        except BaseException:
            # Snakemake ends its jobs when it is asked to; what does not end is killed.
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        if status < 0:
            raise Stopped(signal.Signals(-status).name)
        return status


def discard_old_logs(work: Path) -> None:
    """Keep the logs of the last nights."""
    for path in sorted((work / LOGS).glob("2*.log"))[:-KEPT_LOGS]:
        path.unlink(missing_ok=True)

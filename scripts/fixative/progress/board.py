"""Where a process writes how far it is, for who watches from another process, or another host.

What changes is noted in memory, which costs nothing; a thread writes it down, once a second at most, and now and then
though nothing has changed, as a sign of life. A job that ends takes its file away; one that is killed leaves it, and
its age tells.
"""

import atexit
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fixative.clock import utc_text
from fixative.files import write_bytes
from fixative.models import StepOutcome
from fixative.progress.state import FOLDER, OTHER, RUN, Failed, JobState, state_path
from fixative.progress.words import LastMinute

WRITE_EVERY_S = 1.0
ALIVE_EVERY_S = 5.0
MOST_FAILED = 20
"""Samples that are named; the counts have them all."""

_NO_SAMPLE = {
    **{"sample": "", "number": 0, "total": 0, "sample_started": None},
    **{"planes": 0, "bytes": 0, "total_planes": 0, "total_bytes": 0},
}


class Board:
    """The state of this process.

    Parameters
    ----------
    rule, shard
        What the process does; the main process of a run is `RUN`, without a shard.
    clock
        Seconds that never go backwards.
    """

    def __init__(self, rule: str, shard: str = "", *, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = state_path(FOLDER, rule, shard).absolute()
        self._clock = clock
        # Every key from the start: the thread goes through them while others change what they say.
        self._known: dict[str, Any] = {"rule": rule, "shard": shard, "started": utc_text(), **_NO_SAMPLE}
        self._outcomes: dict[str, int] = {}
        self._failed: list[Failed] = []
        self._bytes_of_job = 0
        self._minute = LastMinute(clock())
        self._changed = True
        self._written_at = float("-inf")
        self._counting = threading.Lock()
        self._writing = threading.Lock()
        self._closed = threading.Event()

    def open(self) -> "Board":
        """Begin to write it down."""
        self.write()
        threading.Thread(target=self._keep, name="progress", daemon=True).start()
        atexit.register(self.close)
        return self

    def begin_sample(self, sample: str, number: int, total: int) -> None:
        """The next sample of the shard is in work."""
        self._known |= {"sample": sample, "number": number, "total": total, "sample_started": utc_text()}
        self.begin_work(0, 0)

    def begin_work(self, total_planes: int, total_bytes: int) -> None:
        """What there is to do of this sample, 0 where it is not known; nothing of it is done yet."""
        self._known |= {"planes": 0, "bytes": 0, "total_planes": total_planes, "total_bytes": total_bytes}
        self._changed = True

    def advance(self, planes: int, bytes: int) -> None:
        """Count what was done since the last call; several threads may."""
        with self._counting:
            self._known["planes"] += planes
            self._known["bytes"] += bytes
            self._bytes_of_job += bytes
        self._changed = True

    def end_sample(self, outcome: StepOutcome) -> None:
        """Count what became of a sample."""
        self._outcomes[outcome.outcome] = self._outcomes.get(outcome.outcome, 0) + 1
        if outcome.outcome != "success":
            failed = Failed(sample=outcome.sample, outcome=outcome.outcome, code=outcome.code)
            self._failed = [*self._failed, failed][-MOST_FAILED:]
        self._changed = True

    def state(self) -> JobState:
        """How far it is now."""
        self._minute.remember(self._clock(), self._bytes_of_job)
        return JobState(
            **self._known,
            mb_per_s=round(self._minute.rate() / 1e6, 3),
            outcomes=dict(self._outcomes),
            failed=tuple(self._failed),
            updated=utc_text(),
        )

    def write(self) -> None:
        """Write the state down where there is something to say; what cannot be written is no reason to stop."""
        with self._writing:
            if self._closed.is_set() or not (self._changed or self._clock() - self._written_at >= ALIVE_EVERY_S):
                return
            self._changed = False
            self._written_at = self._clock()
            with suppress(OSError):
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_bytes(self.path, self.state().model_dump_json().encode(), 0o600, durable=False)

    def close(self) -> None:
        """Take the file away: the work is done."""
        self._closed.set()
        with self._writing, suppress(OSError):
            self.path.unlink(missing_ok=True)
        atexit.unregister(self.close)

    def _keep(self) -> None:
        while not self._closed.wait(WRITE_EVERY_S):
            self.write()


_of_this_job: list[Board] = []
"""The board of the shard that this process works through, if any."""


def begin_sample(rule: str, shard: str, sample: str, number: int, total: int) -> None:
    """Say which sample of a shard is in work; the first opens the board."""
    if not _of_this_job:
        _of_this_job.append(Board(rule, shard))
        _of_this_job[0].begin_sample(sample, number, total)
        _of_this_job[0].open()
    else:
        _of_this_job[0].begin_sample(sample, number, total)


def begin_work(total_planes: int, total_bytes: int) -> None:
    """Say what there is to do of the sample in work, where a shard is worked through."""
    for board in _of_this_job:
        board.begin_work(total_planes, total_bytes)


def count_done(planes: int, bytes: int) -> None:
    """Count what was done of the sample in work since the last call; nothing where no shard is worked through."""
    for board in _of_this_job:
        board.advance(planes, bytes)


def tell_outcome(outcome: StepOutcome) -> None:
    """Say what became of the sample in work."""
    for board in _of_this_job:
        board.end_sample(outcome)


def end_shard() -> None:
    """Say that the shard is done."""
    while _of_this_job:
        _of_this_job.pop().close()


def open_run(*, archives: bool) -> Board:
    """Say that a run is alive, for as long as its main process is, and whether it has samples to archive."""
    return Board(RUN if archives else OTHER).open()

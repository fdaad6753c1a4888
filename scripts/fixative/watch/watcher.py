"""Watches one run from its work folder, whoever started it and wherever its jobs are."""

import re
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path

from fixative.models import STEPS
from fixative.progress.state import FOLDER, OTHER, Failed, JobState
from fixative.records import read_record
from fixative.sheet import IDENTIFIER
from fixative.watch.estimate import seconds_left, work_of
from fixative.watch.records import Planned, Shard, read_new_steps, read_plan, read_shards, tell
from fixative.watch.snapshot import SHARES, Job, Setback, Snapshot

LATEST_SETBACKS = 5
REMEMBERED_S = 300.0
"""Time left goes by the pace of these last seconds, once there are as many."""


class Watcher:
    """Reads a work folder again and again; each look reads what is new.

    Parameters
    ----------
    work
        The work folder.
    now, clock
        The time of day in s, which the files' times are compared with, and seconds that never go backwards.
    """

    def __init__(
        self,
        work: Path,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.work = work.absolute()
        self._results = self.work / "results"
        self._now = now
        self._clock = clock
        self._plan_state: tuple[int, int] | None = None
        self._plan: Planned | None = None
        self._heard: dict[Path, tuple[int, float]] = {}
        self._begin()

    def _begin(self) -> None:
        """Forget the run before."""
        self._shards: dict[str, Shard] = {}
        self._failed: list[tuple[str, Failed]] = []
        self._told: dict[tuple[str, str], Setback] = {}
        self._paces: deque[tuple[float, float]] = deque()

    def look(self) -> Snapshot:
        """How far the run is now."""
        self._read_plan()
        self._failed += read_new_steps(self._results, self._shards)
        processes = self._processes()
        alive = {process.state.rule for process in processes if process.alive}
        jobs = tuple(process for process in processes if self._counts(process.state))
        plan = self._plan or Planned()
        share = self._share(jobs)
        elapsed_s = max(0.0, self._now() - self._plan_state[0] / 1e9) if self._plan and self._plan_state else 0.0
        return Snapshot(
            at_work=bool(alive),
            archives=alive != {OTHER},
            silent_s=min((process.silent_s for process in processes), default=None),
            run=plan.run,
            rows=plan.rows,
            before=plan.sealed,
            pending=sum(shard.samples for shard in self._shards.values()),
            ended=self._ended(jobs),
            passed=self._passed(jobs),
            jobs=jobs,
            setbacks=self._setbacks(jobs),
            bytes=sum(shard.bytes for shard in self._shards.values()),
            share=share,
            elapsed_s=elapsed_s,
            left_s=self._left(share, elapsed_s) if alive else None,
        )

    def _read_plan(self) -> None:
        try:
            stat = (self._results / "plan.json").stat()
        except OSError:
            return
        state = (stat.st_mtime_ns, stat.st_ino)
        if state == self._plan_state:
            return
        self._begin()
        self._plan_state, self._plan = state, read_plan(self._results)
        if self._plan is not None:
            self._shards = read_shards(self._results, self._plan)

    def _processes(self) -> list[Job]:
        """The processes that have left word, the main one among them."""
        processes = []
        for path in sorted((self.work / FOLDER).glob("*.json")):
            if path.name.startswith("."):
                continue
            state = read_record(JobState, path)
            silent_s = self._silence(path)
            if state is not None and silent_s is not None:
                processes.append(Job(state, silent_s))
        return processes

    def _silence(self, path: Path) -> float | None:
        """Seconds since a file was written: by its time, or, where hosts differ about that, as seen from here."""
        try:
            written_ns = path.stat().st_mtime_ns
        except OSError:
            return None
        seen = self._heard.get(path)
        by_time = max(0.0, self._now() - written_ns / 1e9)
        if seen is None or seen[0] != written_ns:
            # Of the first look nothing is known but the file's time.
            self._heard[path] = (written_ns, self._clock() - (by_time if seen is None else 0.0))
        return max(0.0, min(by_time, self._clock() - self._heard[path][1]))

    def _counts(self, state: JobState) -> bool:
        """Whether a process is of this run, its step not done, and its sample's name one that a sheet may give."""
        shard = self._shards.get(state.shard)
        if shard is None or state.rule not in STEPS or state.rule in shard.steps:
            return False
        return re.fullmatch(IDENTIFIER, state.sample) is not None

    def _ended(self, jobs: tuple[Job, ...]) -> Counter[str]:
        ended = Counter(failed.outcome for _, failed in self._failed)
        for job in jobs:
            ended.update({outcome: n for outcome, n in job.state.outcomes.items() if outcome != "success"})
        ended["success"] = self._passed(jobs)[STEPS[-1]]
        return +ended

    def _passed(self, jobs: tuple[Job, ...]) -> Counter[str]:
        passed = Counter(dict.fromkeys(STEPS, 0))
        for shard in self._shards.values():
            passed.update({step: outcomes["success"] for step, outcomes in shard.steps.items()})
        for job in jobs:
            passed[job.state.rule] += job.state.outcomes.get("success", 0)
        return passed

    def _share(self, jobs: tuple[Job, ...]) -> float:
        total = sum(work_of(shard) for shard in self._shards.values())
        done = sum(work_of(shard) * sum(SHARES[step] for step in shard.steps) for shard in self._shards.values())
        done += sum(
            work_of(self._shards[job.state.shard]) * SHARES[job.state.rule] * job.share_of_shard for job in jobs
        )
        return min(1.0, done / total) if total else 0.0

    def _left(self, share: float, elapsed_s: float) -> float | None:
        now = self._clock()
        self._paces.append((now, share))
        while len(self._paces) > 2 and now - self._paces[1][0] >= REMEMBERED_S:
            self._paces.popleft()
        return seconds_left(self._paces, share, elapsed_s, self._results)

    def _setbacks(self, jobs: tuple[Job, ...]) -> tuple[Setback, ...]:
        """The latest of the samples that did not come through; those of running jobs are in no record yet."""
        running = [(job.state.rule, failed) for job in jobs for failed in job.state.failed]
        latest = [*self._failed, *running][-LATEST_SETBACKS:]
        for step, failed in latest:
            key = (step, failed.sample)
            if key not in self._told:
                self._told[key] = tell(self.work, step, failed)
        return tuple(self._told[step, failed.sample] for step, failed in latest)

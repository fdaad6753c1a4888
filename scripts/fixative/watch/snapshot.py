"""How far a run is at one moment: what the picture and the lines are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fixative.models import STEPS
from fixative.progress.state import STALE_S, JobState

WORDS = dict(zip(STEPS, ("inventory", "metadata", "sanitise", "convert", "verify", "provenance"), strict=True))
"""What a step is called where there is little room: as the folder of its records."""

SHARES = dict(zip(STEPS, (0.05, 0.15, 0.05, 0.25, 0.4, 0.1), strict=True))
"""What part of a sample's time each step takes, roughly: measured on 60 small stacks alone."""


@dataclass(frozen=True)
class Job:
    """One process at work on a shard, and for how many seconds nothing was heard of it."""

    state: JobState
    silent_s: float = 0.0

    @property
    def alive(self) -> bool:
        """Whether it has said something of late."""
        return self.silent_s < STALE_S

    @property
    def share(self) -> float | None:
        """Part of the sample that is done in this step; None where that is not known."""
        state = self.state
        done, total = (state.bytes, state.total_bytes) if state.total_bytes else (state.planes, state.total_planes)
        return min(1.0, done / total) if total else None

    @property
    def share_of_shard(self) -> float:
        """Part of the shard that is done in this step."""
        done = max(0, self.state.number - 1) + (self.share or 0.0)
        return min(1.0, done / self.state.total) if self.state.total else 0.0


@dataclass(frozen=True)
class Setback:
    """A sample that did not come through: its code, and a message without anything private."""

    sample: str
    outcome: str
    code: str | None
    message: str = ""


@dataclass(frozen=True)
class Snapshot:
    """One run at one moment."""

    at_work: bool
    silent_s: float | None = None
    """Seconds since anything was heard of a run that did not end; None where it ended, or there was none."""
    archives: bool = True
    """False where what is at work has no samples to archive."""
    run: int = 0
    rows: int = 0
    """Samples of the sheet."""
    before: int = 0
    """Samples that were sealed when the run began."""
    pending: int = 0
    """Samples that this run works on."""
    ended: Mapping[str, int] = field(default_factory=dict)
    """Samples that are done with, by outcome; the sealed ones are ``success``."""
    passed: Mapping[str, int] = field(default_factory=dict)
    """Samples that came through each step."""
    jobs: tuple[Job, ...] = ()
    setbacks: tuple[Setback, ...] = ()
    """The latest last."""
    bytes: int = 0
    """Of the sources of what was to do."""
    share: float = 0.0
    """Part of the work that is done, each step counted for what it takes."""
    elapsed_s: float = 0.0
    left_s: float | None = None

    @property
    def sealed(self) -> int:
        """Samples sealed in this run."""
        return self.ended.get("success", 0)

    @property
    def not_tried(self) -> int:
        """Samples that this run leaves alone: they stand refused, would not fit, or were not asked for."""
        return max(0, self.rows - self.before - self.pending)

    @property
    def in_work(self) -> int:
        """Samples that a process works on now."""
        return sum(1 for job in self.jobs if job.state.sample and job.alive)

    @property
    def waiting(self) -> int:
        """Samples that wait for their next step."""
        return max(0, self.pending - sum(self.ended.values()) - self.in_work)

    @property
    def bytes_per_s(self) -> float:
        """What all processes together got through in a second, over the last minute."""
        return 1e6 * sum(job.state.mb_per_s for job in self.jobs if job.alive)

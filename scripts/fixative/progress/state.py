"""What a process at work leaves for those who watch: one small file, ``results/progress/<rule>-<shard>.json``."""

from pathlib import Path

from pydantic import Field

from fixative.models import Record

FOLDER = Path("results/progress")
RUN = "run"
"""Rule under which the main process of a run says that it is alive."""

OTHER = "other"
"""The same of a run that archives nothing: a scan, an audit, a night with nothing new."""

STALE_S = 30.0
"""A file that is older has nobody behind it, or nobody who gets to write."""


class Failed(Record):
    """A sample that did not come through a step; its message stands in the sample's own record."""

    sample: str
    outcome: str
    code: str | None = None


class JobState(Record):
    """How far one process is. Names of samples and numbers, nothing that a source says."""

    rule: str
    shard: str = ""
    sample: str = ""
    number: int = Field(default=0, description="of the sample in its shard, from 1")
    total: int = Field(default=0, description="samples of the shard that came this far")
    planes: int = 0
    total_planes: int = 0
    bytes: int = Field(default=0, description="of this sample, in this step")
    total_bytes: int = 0
    mb_per_s: float = Field(default=0.0, description="10^6 bytes a second, over the last minute")
    outcomes: dict[str, int] = Field(default={}, description="samples of the shard this step is done with")
    failed: tuple[Failed, ...] = ()
    started: str = Field(description="UTC; the process")
    sample_started: str | None = Field(default=None, description="UTC")
    updated: str = Field(description="UTC")


def state_path(folder: Path, rule: str, shard: str) -> Path:
    """Where one process leaves its state."""
    return folder / (f"{rule}-{shard}.json" if shard else f"{rule}.json")

"""What each step of a shard asks of a cluster: memory, minutes, disk, by what its samples are expected to come to.

On one machine nothing is held to these figures, but that half of a step's memory is Java's. A job that was killed
asks for twice as much the next time, of everything: nobody says for certain what had run out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Any

from fixative.forecast import Expected

MEMORY_MB = {
    "inventory_source": 1000,
    "dump_metadata": 1100,
    "sanitise_metadata": 600,
    "convert_to_ome_tiff": 1300,
    "verify_archive": 1500,
    "write_provenance": 600,
}
"""Measured over a shard of 62 files of as many formats, beside a Java heap of 500 MB, which steps without Java do not
have: 74, 260, 161, 430, 570 and 228 MB. Half of it all is Java's heap, and 160 MB are for Snakemake's own two
processes on the node. An image's size hardly counts: 10 GB were converted in 69 MB."""

MEMORY_PER_THREAD_MB = 50
"""For each further thread: rows of tiles in work. An estimate."""

STEP_SHARE = {
    "inventory_source": 0.15,
    "dump_metadata": 0.2,
    "sanitise_metadata": 0.15,
    "convert_to_ome_tiff": 0.4,
    "verify_archive": 0.5,
    "write_provenance": 0.2,
}
"""Of the time of all steps, generously: as seen in one run over 62 formats, rounded up to more than the whole."""

SECONDS_PER_SAMPLE = 2
"""What a sample of no size takes in all steps, where there is no experience (1.3 s, seen over 62 formats)."""

TIME_SAFETY = 4
"""Times as long as is expected: a file system that others use as well, a slower processor."""

LEAST_MINUTES = 5
"""Of each step: Python, Java and a hundred libraries are read from a shared file system first."""

DISK_SAFETY = 2
LEAST_DISK_MB = 1000


@dataclass(frozen=True)
class Load:
    """What a shard is expected to come to."""

    samples: int = 1
    seconds: float = 0.0
    """In all steps."""
    staged_bytes: int = 0
    """Of its objects, which all lie in the staging folder before the first is sealed."""
    threads: int = 1


Ask = Callable[[Any, int], int]
"""A resource as a rule takes it: of the job's wildcards, and the attempt, 1 for the first."""


@dataclass(frozen=True)
class Needs:
    """What the jobs of a run ask for, by shard."""

    loads: Mapping[str, Load] = field(default_factory=dict)

    def mem_mb(self, step: str) -> Ask:
        """Memory of a step, in 10^6 bytes."""

        def ask(wildcards: Any, attempt: int) -> int:
            threads = self._of(wildcards.shard).threads
            return (MEMORY_MB[step] + MEMORY_PER_THREAD_MB * (threads - 1)) * _times(attempt)

        return ask

    def runtime(self, step: str) -> Ask:
        """Time of a step, in minutes."""

        def ask(wildcards: Any, attempt: int) -> int:
            load = self._of(wildcards.shard)
            seconds = STEP_SHARE[step] * (load.seconds + SECONDS_PER_SAMPLE * load.samples)
            return (LEAST_MINUTES + ceil(TIME_SAFETY * seconds / 60)) * _times(attempt)

        return ask

    def disk_mb(self) -> Ask:
        """Room in the staging folder, in 10^6 bytes."""

        def ask(wildcards: Any, attempt: int) -> int:
            staged = self._of(wildcards.shard).staged_bytes
            return (LEAST_DISK_MB + ceil(DISK_SAFETY * staged / 10**6)) * _times(attempt)

        return ask

    def _of(self, shard: str) -> Load:
        return self.loads.get(shard, Load())

    def as_record(self) -> dict[str, Any]:
        """For ``results/plan.json``: the jobs' own processes read it there."""
        return {shard: asdict(load) for shard, load in self.loads.items()}


def load_of(expected: Sequence[Expected], threads: int) -> Load:
    """Sum up what the samples of a shard are expected to come to."""
    return Load(
        samples=len(expected),
        seconds=round(sum(one.seconds for one in expected), 1),
        staged_bytes=sum(one.bytes for one in expected),
        threads=threads,
    )


def read_needs(record: Mapping[str, Mapping[str, Any]]) -> Needs:
    """Read what `Needs.as_record` wrote."""
    return Needs({shard: Load(**load) for shard, load in record.items()})


def _times(attempt: int) -> int:
    return int(2 ** (attempt - 1))

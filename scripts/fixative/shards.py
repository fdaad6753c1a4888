"""How a batch is cut into shards, the slices of the sheet that one job works through."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from fixative.forecast import source_bytes
from fixative.models import SampleRow

if TYPE_CHECKING:
    from fixative.sections import Shards

LEAST_SAMPLES = 16
"""Samples of a shard that are not split further for the sake of idle cores: starting a shard's jobs costs as much."""

BYTES_PER_THREAD = 64_000_000
MOST_THREADS = 8
"""A large sample is worked on by several threads; shards of small ones run beside each other, with one each."""


def cut_into_shards(rows: Sequence[SampleRow], limits: "Shards", cores: int = 1) -> Iterator[list[SampleRow]]:
    """Slices of at most ``max_samples`` and ``max_bytes``; a sample larger than that stands alone.

    They are smaller where that gives each of ``cores`` a slice of `LEAST_SAMPLES` or more.
    """
    most = min(limits.max_samples, max(LEAST_SAMPLES, -(-len(rows) // max(1, cores))))
    shard: list[SampleRow] = []
    shard_bytes = 0
    for row in rows:
        size = source_bytes(row)
        if shard and (len(shard) == most or shard_bytes + size > limits.max_bytes):
            yield shard
            shard, shard_bytes = [], 0
        shard.append(row)
        shard_bytes += size
    if shard:
        yield shard


def threads_of(shard: Iterable[SampleRow]) -> int:
    """Threads that the steps which read all pixels of a shard may use."""
    largest = max(source_bytes(row) for row in shard)
    return max(1, min(MOST_THREADS, largest // BYTES_PER_THREAD))

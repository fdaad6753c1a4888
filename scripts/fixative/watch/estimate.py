"""About how long a run will still take: by its own pace, and before it has one, by what was predicted."""

import json
from collections.abc import Sequence
from pathlib import Path

from fixative.watch.records import Shard

BYTES_OF_A_SAMPLE = 4_000_000
"""What a sample costs however small it is, as bytes of a large one."""

LEAST_SHARE = 0.02
LEAST_S = 5.0
"""Before so much is done, or so much time has gone by, a pace says nothing."""

LEAST_PREDICTED_S = 30.0


def work_of(shard: Shard) -> float:
    """How much work a shard is."""
    return shard.bytes + BYTES_OF_A_SAMPLE * shard.samples


def seconds_left(paces: Sequence[tuple[float, float]], share: float, elapsed_s: float, results: Path) -> float | None:
    """Seconds that are left; None where nobody can say.

    Parameters
    ----------
    paces
        What share was done at what time, in s, lately.
    share
        Part of the work that is done.
    elapsed_s
        Since the run was planned.
    results
        Where the prediction stands, if there is one.
    """
    (since, before), (now, _) = paces[0], paces[-1]
    if now - since >= 60 and share > before:
        return (1 - share) * (now - since) / (share - before)
    if share >= LEAST_SHARE and elapsed_s >= LEAST_S:
        return (1 - share) * elapsed_s / share
    predicted = _predicted_s(results)
    # Less than that is said of bytes that are few; the samples may be many.
    return None if predicted is None or predicted < LEAST_PREDICTED_S else predicted * (1 - share)


def _predicted_s(results: Path) -> float | None:
    """What the run was expected to take; None where it was not, or says so in other words."""
    try:
        forecast = json.loads((results / "forecast.json").read_bytes())
        return float(forecast["seconds"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None

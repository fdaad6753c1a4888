"""How large a sample will be and how long it will take, by what earlier ones of its kind were.

What the samples of the last run came to is learned when the next is planned: a few numbers for each, of the latest
samples of each format and type, in ``results/experience.json``. No run reads more records than the last one wrote.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from fixative.files import write_json
from fixative.models import STEPS, Receipt, Record, StepOutcome
from fixative.records import read_record

EXPERIENCE = "experience.json"
LATEST = 100
"""Samples of one format and type that are remembered."""

USUAL_SHARE = 0.7
"""Bytes of an object for each of its pixels', where there is no experience: deflated, a third more for the levels."""

USUAL_BYTES_PER_S = 20_000_000
"""Bytes of pixels that all steps together get through in a second, where there is no experience."""

Basis = Literal["format and type", "format", "all", "none"]

Learned = tuple[int, int, float]
"""Bytes of the pixels, bytes of the object, seconds in all steps."""


class Prediction(Record):
    """What a sample was expected to come to, before it was converted (`prediction.json`)."""

    format: str
    dtype: str
    pixel_bytes: int = Field(description="uncompressed, full size")
    predicted_bytes: int = Field(description="of the object")
    predicted_seconds: float = Field(description="in all steps, the waiting between them not counted")
    basis: Basis = Field(description="what the earlier samples share")
    samples: int = Field(description="earlier samples it goes by")


def predict(results: Path, fmt: str, dtype: str, pixel_bytes: int) -> Prediction:
    """Predict one sample: medians over the samples that are most like it."""
    from statistics import median

    known = read_experience(results / EXPERIENCE)
    of_format = [entry for kind, entries in known.items() if kind.split()[0] == fmt for entry in entries]
    everything = [entry for entries in known.values() for entry in entries]
    choices: tuple[tuple[Basis, Sequence[Learned]], ...] = (
        ("format and type", known.get(f"{fmt} {dtype}", ())),
        ("format", of_format),
        ("all", everything),
        ("none", ()),
    )
    basis, entries = next((choice for choice in choices if choice[1]), choices[-1])
    share = median(written / pixels for pixels, written, _ in entries) if entries else USUAL_SHARE
    pace = median(seconds / pixels for pixels, _, seconds in entries) if entries else 1 / USUAL_BYTES_PER_S
    return Prediction(
        format=fmt,
        dtype=dtype,
        pixel_bytes=pixel_bytes,
        predicted_bytes=round(share * pixel_bytes),
        predicted_seconds=round(pace * pixel_bytes, 1),
        basis=basis,
        samples=len(entries),
    )


def learn(results: Path, samples: Sequence[str]) -> None:
    """Remember what samples of the last run came to, those of them that were sealed."""
    add_experience(
        results / EXPERIENCE, [one for sample in samples for one in _came_to(results / "samples" / sample)]
    )


def add_experience(path: Path, found: Sequence[tuple[str, Learned]]) -> None:
    """Add what samples came to, by kind, to what a file remembers: of each kind the latest."""
    known: dict[str, list[Learned]] = {kind: list(entries) for kind, entries in read_experience(path).items()}
    for kind, entry in found:
        known.setdefault(kind, []).append(entry)
    if found:
        latest = {kind: entries[-LATEST:] for kind, entries in sorted(known.items())}
        write_json(path, latest, durable=False)


def _came_to(folder: Path) -> Iterator[tuple[str, Learned]]:
    """Yield what one sample came to; nothing where a record is missing."""
    receipt = read_record(Receipt, folder / "sealed.json")
    predicted = read_record(Prediction, folder / "prediction.json")
    if receipt is None or receipt.adopted or predicted is None or predicted.pixel_bytes <= 0:
        return
    outcomes = [read_record(StepOutcome, folder / f"outcomes/{step}.json") for step in STEPS]
    spans = [seconds_in(outcome) for outcome in outcomes if outcome is not None]
    yield f"{predicted.format} {predicted.dtype}", (predicted.pixel_bytes, receipt.bytes, sum(spans))


def seconds_in(outcome: StepOutcome) -> float:
    """Seconds a step took; 0 where its end is not recorded."""
    started, ended = datetime.fromisoformat(outcome.started), datetime.fromisoformat(outcome.ended or outcome.started)
    return max(0.0, (ended - started).total_seconds())


def read_experience(path: Path) -> dict[str, list[Learned]]:
    """Read what was learned, by kind; what is damaged is forgotten."""
    try:
        known = json.loads(path.read_bytes())
        return {
            str(kind): [
                (int(pixels), int(written), float(seconds)) for pixels, written, seconds in entries if pixels > 0
            ]
            for kind, entries in known.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}

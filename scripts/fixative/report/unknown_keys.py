"""Metadata keys for which a strict policy has no rule, over a batch: a curator adds one rule and runs again."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from fixative.files import write_bytes

UNKNOWN_KEYS = "unknown_keys.tsv"


def unknown_keys_of(work: Path, refused: Iterable[str]) -> bytes:
    """Give the table ``unknown_keys.tsv``: key, samples it stands in, how often; most samples first.

    Parameters
    ----------
    work
        The work folder.
    refused
        Ids of the samples that were refused with SAN001. Without any, the table is empty.
    """
    samples: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for sample_id in refused:
        record = work / "results/samples" / sample_id / "sanitised/unknown_keys.json"
        if not record.is_file():
            continue
        for key, count in json.loads(record.read_text(encoding="utf-8")).items():
            samples[key] += 1
            times[key] += count
    if not samples:
        return b""
    text = io.StringIO(newline="")
    writer = csv.writer(text, "excel-tab", lineterminator="\n")
    writer.writerow(["key", "samples", "times"])
    writer.writerows([key, samples[key], times[key]] for key in sorted(samples, key=lambda key: (-samples[key], key)))
    return text.getvalue().encode("utf-8", "backslashreplace")


def write_unknown_keys(work: Path, content: bytes) -> Path | None:
    """Write ``results/reports/unknown_keys.tsv``, or remove an older one where there is nothing to say."""
    path = work / "results/reports" / UNKNOWN_KEYS
    if not content:
        path.unlink(missing_ok=True)
        return None
    return write_bytes(path, content)

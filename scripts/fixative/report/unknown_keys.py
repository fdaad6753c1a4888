"""Metadata keys for which a strict policy has no rule, over a batch: a curator adds one rule and runs again."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from fixative.files import write_bytes


def write_unknown_keys(work: Path, refused: Iterable[str]) -> Path | None:
    """Write ``results/reports/unknown_keys.tsv``: key, samples it stands in, how often; most samples first.

    Parameters
    ----------
    work
        The work folder.
    refused
        Ids of the samples that were refused with SAN001. Without any, an older table is removed.
    """
    path = work / "results/reports/unknown_keys.tsv"
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
        path.unlink(missing_ok=True)
        return None
    text = io.StringIO(newline="")
    writer = csv.writer(text, "excel-tab", lineterminator="\n")
    writer.writerow(["key", "samples", "times"])
    writer.writerows([key, samples[key], times[key]] for key in sorted(samples, key=lambda key: (-samples[key], key)))
    return write_bytes(path, text.getvalue().encode("utf-8", "backslashreplace"))

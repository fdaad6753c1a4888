"""What became of metadata values in a finished batch, by format and reader, as a table for people.

    python workflow_tests/metadata_table.py --work FOLDER

Reads ``results/samples/<sample>/{inventory,metadata_diff}.json`` of the work folder.
"""

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

from fixative.metadata_diff.gate import WHOLE
from fixative.models import Inventory
from fixative.records import read_record
from fixative.verification_models import MetadataDiff

COLUMNS = ("files", "values", "kept", "changed", "dropped", "added", "redacted", "refused")
Row = tuple[str, str]
"""Format, and the reader that looked at both files."""


def diffs_of(work: Path) -> list[tuple[str, str, MetadataDiff]]:
    """Sample, format and diff of every sample that has one."""
    found = []
    for folder in sorted((work / "results/samples").iterdir()):
        diff = read_record(MetadataDiff, folder / WHOLE)
        inventory = read_record(Inventory, folder / "inventory.json")
        if diff is not None and inventory is not None:
            found.append((folder.name, inventory.format, diff))
    return found


def counts_of(diffs: list[tuple[str, str, MetadataDiff]]) -> dict[Row, Counter[str]]:
    """Counts by format and reader, and of all."""
    rows: dict[Row, Counter[str]] = defaultdict(Counter)
    for _, fmt, diff in diffs:
        numbers = {"files": 1, **{name: getattr(diff, name) for name in COLUMNS[1:]}}
        rows[fmt, diff.reader or "none"].update(numbers)
        rows["all", ""].update(numbers)
    return rows


def table(rows: dict[Row, Counter[str]]) -> list[str]:
    """Lines of a Markdown table, the sum last."""
    lines = [f"| format | reader | {' | '.join(COLUMNS)} |", f"|---|---|{'---:|' * len(COLUMNS)}"]
    for fmt, reader in sorted(rows, key=lambda row: (row[0] == "all", row)):
        numbers = " | ".join(f"{rows[fmt, reader][name]:,}" for name in COLUMNS)
        lines.append(f"| {fmt} | {reader} | {numbers} |")
    return lines


def allowed_lines(diffs: list[tuple[str, str, MetadataDiff]]) -> list[str]:
    """Each entry of the list of allowed losses with its count and formats."""
    counts: Counter[str] = Counter()
    formats: dict[str, set[str]] = defaultdict(set)
    for _, fmt, diff in diffs:
        counts.update(diff.allowed)
        for rule in diff.allowed:
            formats[rule].add(fmt)
    return [f"- {rule}: {number:,} ({', '.join(sorted(formats[rule]))})" for rule, number in counts.most_common()]


def refused_lines(diffs: list[tuple[str, str, MetadataDiff]]) -> list[str]:
    """Each field of which values are lost for no listed reason, with the samples."""
    counts: Counter[tuple[str, str]] = Counter()
    samples: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sample, _, diff in diffs:
        for loss in diff.losses:
            if loss.rule is None:
                counts[loss.fate, loss.field] += loss.count
                samples[loss.fate, loss.field].add(sample)
    return [
        f"- {fate} {field}: {number:,} ({len(samples[fate, field])} samples, first {min(samples[fate, field])})"
        for (fate, field), number in counts.most_common()
    ]


def main() -> None:
    """Print the table, the allowed losses and what is refused."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="work folder of the batch")
    diffs = diffs_of(parser.parse_args().work)
    lines = [*table(counts_of(diffs)), "", "Allowed:", *allowed_lines(diffs)]
    lines += ["", "Refused:", *refused_lines(diffs)]
    print("\n".join(lines))


if __name__ == "__main__":
    main()

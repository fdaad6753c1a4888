"""Archive the corpus with the real pipeline and print what became of each file (`make corpus`).

    python workflow_tests/corpus_table.py [--corpus FOLDER] [--work FOLDER] [--only PATTERN] [--policy NAME]

A row per file: path, format, what the catalogue says opens it, reader, witness, what the witness said, outcome,
code, planes, message. With --tried, what became of each format is written where `make formats` reads it.
Exit status 0 when no sample ended in `error` and every file is sealed or refused with a code.
"""

import argparse
import csv
import fnmatch
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "scripts"))


def catalogue(corpus: Path) -> list[dict[str, str]]:
    """Rows of CATALOGUE.tsv that are images of their own (chunks of a Zarr are not)."""
    with (corpus / "CATALOGUE.tsv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, dialect="excel-tab"))
    kept, roots = [], set()
    for row in rows:
        if ".zarr/" in row["path"]:
            root = row["path"].split(".zarr/")[0] + ".zarr"
            if root not in roots:
                roots.add(root)
                kept.append({**row, "path": root})
        else:
            kept.append(row)
    return kept


def opened_by_us(row: dict[str, str]) -> bool:
    """Whether the catalogue says that bioio or tifffile opens it."""
    opens = row["opens_with"].split("||")[0]
    return ("NOTHING" not in opens and bool(re.search(r"bioio-|tifffile", opens))) or ".zarr" in row["path"]


def write_sheet(rows: list[dict[str, str]], corpus: Path, sheet: Path) -> dict[str, dict[str, str]]:
    """One sample per file; returns catalogue rows by sample id."""
    samples = {}
    sheet.parent.mkdir(parents=True, exist_ok=True)
    with sheet.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, "excel-tab")
        writer.writerow(["sample_id", "source", "dataset"])
        for number, row in enumerate(rows, start=1):
            name = re.sub(r"[^A-Za-z0-9]+", "_", Path(row["path"]).name).strip("_")
            sample = f"S{number:03d}_{name}"[:100]
            samples[sample] = row
            writer.writerow([sample, corpus / row["path"], "corpus"])
    return samples


def run(sheet: Path, work: Path, policy: str, witness: str) -> int:
    """Run the pipeline as a person would."""
    command = [
        *(sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile"), "--cores", "2"),
        *("--directory", str(work / "work"), "--config", f"sheet={sheet}"),
        *(f"archive_root={work / 'archive'}", f"privacy_policy={policy}", f"verify={{witness: {witness}}}"),
    ]
    return subprocess.run(command, check=False).returncode


def record_of(work: Path, sample: str, name: str) -> dict[str, Any]:
    """A record of a sample, empty where it has none."""
    path = work / "work/results/samples" / sample / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def witness_of(work: Path, sample: str) -> tuple[str, str]:
    """The witness that agreed, and in a few words what there is to say of it and of the others."""
    found = record_of(work, sample, "verification.json").get("witness")
    if not found:
        return "", ""
    words = list(found["rules"])
    words += [f"{dissent['reader']} differs {dissent['finding']}" for dissent in found["dissents"]]
    words += [f"{trial['backend']} not able: {trial['error']}" for trial in found["tried"]]
    return found["reader"] or "none", "; ".join(words)


def write_tried(table: list[dict[str, str]], path: Path) -> None:
    """What became of each format, as the table of formats shows it."""
    groups: dict[tuple[str, str, str, str], int] = Counter(
        (row["format"], row["reader"], row["witness"], row["outcome"]) for row in table if row["format"]
    )
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, "excel-tab", lineterminator="\n")
        writer.writerow(["format", "reader", "witness", "outcome", "files"])
        writer.writerows([*group, count] for group, count in sorted(groups.items()))


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=REPOSITORY.parent / "shared/corpus")
    parser.add_argument("--work", type=Path, help="kept; a temporary folder that is removed when not given")
    parser.add_argument("--only", default="*")
    parser.add_argument("--policy", default="facility")
    parser.add_argument("--witness", default="independent")
    parser.add_argument("--tried", type=Path, help="write docs/formats_tried.tsv")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        print(f"no corpus at {arguments.corpus}", file=sys.stderr)
        return 2
    if arguments.work:
        return archive_and_print(arguments, arguments.work.absolute())
    with tempfile.TemporaryDirectory(prefix="fixative-corpus-") as folder:
        status = archive_and_print(arguments, Path(folder))
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
    return status


def archive_and_print(arguments: argparse.Namespace, work: Path) -> int:
    """Archive every file of the corpus below ``work`` and print the table; returns the exit status."""
    rows = [row for row in catalogue(arguments.corpus) if fnmatch.fnmatch(row["path"], arguments.only)]
    samples = write_sheet(rows, arguments.corpus.absolute(), work / "samples.tsv")
    status = run(work / "samples.tsv", work, arguments.policy, arguments.witness)
    with (work / "work/results/reports/batch.tsv").open(newline="", encoding="utf-8") as stream:
        outcomes = {row["sample_id"]: row for row in csv.DictReader(stream, dialect="excel-tab")}
    table = []
    for sample, row in samples.items():
        found = outcomes[sample]
        opens = "bioio/tifffile" if opened_by_us(row) else "other" if "Bio-Formats" in row["opens_with"] else "none"
        witness, said = witness_of(work, sample)
        table.append(
            {
                "path": row["path"],
                "format": found["format"],
                "opens": opens,
                "reader": record_of(work, sample, "metadata/dump.json").get("reader", ""),
                "witness": witness,
                "said": said,
                **{name: found[name] for name in ("outcome", "code", "planes", "message")},
            }
        )
    writer = csv.DictWriter(sys.stdout, list(table[0]), dialect="excel-tab")
    writer.writeheader()
    writer.writerows(table)
    if arguments.tried:
        write_tried(table, arguments.tried)
    ours = [sample for sample, row in samples.items() if opened_by_us(row)]
    print("\nall files            ", dict(Counter(outcomes[sample]["outcome"] for sample in samples)))
    print("bioio/tifffile open  ", dict(Counter(outcomes[sample]["outcome"] for sample in ours)))
    sealed = [row for row in table if row["outcome"] == "sealed"]
    print("witness of the sealed", dict(Counter(row["witness"] for row in sealed)))
    print("exit status of the run", status)
    bad = [sample for sample in samples if outcomes[sample]["outcome"] not in ("sealed", "refused")]
    print("neither sealed nor refused:", bad or "none")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

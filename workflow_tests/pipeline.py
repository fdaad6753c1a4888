"""Runs the real pipeline, as a person would, in an empty folder."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


class Batch:
    """A sample sheet, a work folder and an archive below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sheet = folder / "sheet/samples.tsv"
        self.work = folder / "work"
        self.archive = folder / "archive"
        self.sheet.parent.mkdir()
        self.work.mkdir()

    def write(self, samples: dict[str, object], **columns: str) -> None:
        """Write the sheet: sample id to source; further columns are the same for every row."""
        with self.sheet.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, "excel-tab")
            writer.writerow(["sample_id", "source", *columns])
            writer.writerows([sample, source, *columns.values()] for sample, source in samples.items())

    def command(self, *targets: str, **config: object) -> list[str]:
        settings = {"sheet": self.sheet, "archive_root": self.archive, "privacy_policy": "facility", **config}
        return [
            *(sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile"), "--cores", "2"),
            *("--directory", str(self.work)),
            *targets,
            *("--config", *(f"{key}={value}" for key, value in settings.items())),
        ]

    def run(self, *targets: str, **config: object) -> subprocess.CompletedProcess[str]:
        """Run the pipeline to its end."""
        return subprocess.run(
            self.command(*targets, **config),
            capture_output=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.environment,
        )

    def start(self, **config: object) -> subprocess.Popen[bytes]:
        """Start the pipeline in a process group of its own."""
        with (self.folder / "output.txt").open("ab") as output:
            return subprocess.Popen(
                self.command(**config),
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self.folder,
                env=self.environment,
            )

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def table(self) -> dict[str, dict[str, str]]:
        """`batch.tsv`, by sample."""
        with (self.work / "results/reports/batch.tsv").open(newline="", encoding="utf-8") as stream:
            return {row["sample_id"]: row for row in csv.DictReader(stream, dialect="excel-tab")}

    def outcomes(self) -> dict[str, str]:
        return {sample: row["outcome"] for sample, row in self.table().items()}

    def object(self, sample: str) -> Path:
        return self.archive / "unassigned" / sample

    def image(self, sample: str) -> Path:
        return self.object(sample) / f"data/{sample}.ome.tiff"

    def manifest_of(self, sample: str) -> str:
        return (self.object(sample) / "manifest-sha256.txt").read_text()

    def objects(self) -> list[str]:
        """Everything under the archive root outside of sealed objects, and the objects; not the catalogue."""
        found = (path for path in self.archive.glob("*/*") if path.parent.name != ".fixative")
        return sorted(str(path.relative_to(self.archive)) for path in found)

    def record(self, sample: str, name: str) -> dict[str, object]:
        return json.loads((self.work / "results/samples" / sample / name).read_text())

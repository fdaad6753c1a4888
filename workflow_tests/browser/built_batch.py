"""A work folder with the records of a batch, built sample by sample, and its report."""

import csv
import json
import re
from pathlib import Path
from typing import Any

from fixative.models import STEPS, SampleRow
from fixative.report.batch import BatchSummary, write_batch_report


class Batch:
    """A work folder and its sheet."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.rows: list[SampleRow] = []

    def sample(self, sample_id: str, *, dataset: str = "kidney") -> Path:
        source = self.work / "private scope" / "Dr Meyer" / f"{sample_id}.czi"
        self.rows.append(
            SampleRow(
                line=len(self.rows) + 2,
                sample_id=sample_id,
                source=source,
                dataset=dataset,
                privacy_policy="facility",
                owner="Erika Meyer",
            )
        )
        folder = self.work / "results/samples" / sample_id
        (folder / "outcomes").mkdir(parents=True)
        return folder

    def sealed(self, sample_id: str, thumbnail: bytes = b"") -> None:
        folder = self.sample(sample_id)
        source = str(self.rows[-1].source)
        [self._outcome(folder, step, "success") for step in STEPS]
        receipt = {"source": source, "object": f"kidney/{sample_id}", "bytes": 5_000_000, "planes": 36}
        (folder / "sealed.json").write_text(json.dumps(receipt))
        verification = {"planes": 36, "private_values_searched": 3}
        (folder / "verification.json").write_text(json.dumps(verification))
        (folder / "thumbnail.png").write_bytes(thumbnail)

    def sanitised(self, sample_id: str, **fields: object) -> None:
        """Give a sample the public record of its sanitising."""
        path = self.work / "results/samples" / sample_id / "sanitised/log.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"policy": "facility", "redactions": [], "kept_keys": 5, **fields}))

    def refused(self, sample_id: str, code: str = "INV004", message: str = "36 promised, 18 present") -> None:
        self._outcome(
            self.sample(sample_id),
            "inventory_source",
            "refused",
            code=code,
            message=message,
            remedy="fetch it",
        )

    def _outcome(self, folder: Path, step: str, outcome: str, **more: str) -> None:
        record = {"step": step, "outcome": outcome, "started": "2026-11-20T23:00:00Z", **more}
        (folder / "outcomes" / f"{step}.json").write_text(json.dumps(record), encoding="utf-8")

    def report(self, **options: Path) -> BatchSummary:
        return write_batch_report(self.work, self.rows, title="Night", archive_root_name="archive", **options)

    def table(self) -> list[dict[str, str]]:
        with (self.work / "results/reports/batch.tsv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, dialect="excel-tab"))

    def page(self) -> str:
        return (self.work / "results/reports/index.html").read_text(encoding="utf-8")

    def data(self) -> dict[str, Any]:
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', self.page(), re.DOTALL)
        assert found
        return dict(json.loads(found[1]))

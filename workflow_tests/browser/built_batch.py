"""A work folder with the records of a batch, built sample by sample, and its report."""

import base64
import csv
import json
from pathlib import Path
from typing import Any

from fixative.models import STEPS, SampleRow
from fixative.report.batch import BatchSummary, write_batch_report
from pages import details_of, script_of


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

    def sealed(self, sample_id: str, thumbnail: bytes = b"", *, day: str = "2026-11-20") -> None:
        folder = self.sample(sample_id)
        source = str(self.rows[-1].source)
        times = {"started": f"{day}T23:00:00Z", "ended": f"{day}T23:00:04Z"}
        [self._outcome(folder, step, "success", **times) for step in STEPS]
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

    def sampled(self, sample_id: str, *, archive: tuple[int, ...] | None = None) -> None:
        """Give a sample histograms of source and archive, one channel of two bins, and a legend of 100 µm."""
        source = (9, *[0] * 62, 4)
        channel = {"image": 0, "channel": 0, "planes": 2, "planes_of": 9, "step": 3, "samples": 13, "minimum": 7}
        for name, counts in (("source", source), ("archive", archive or source)):
            record = {"measured_in": f"{name} read", "channels_of": 1}
            record["channels"] = [{**channel, "maximum": 1234, "counts": counts}]
            self._write(sample_id, f"histogram_{name}.json", record)
        channels = [{"name": "DAPI", "colour": [0, 0, 255]}]
        self._write(sample_id, "picture.json", {"image": 0, "size_x": 200, "um_per_px": 0.5, "channels": channels})

    def described(self, sample_id: str, *, model: str, acquired: str) -> None:
        """Give a sample the sanitised OME-XML of an instrument and a date."""
        path = self.work / "results/samples" / sample_id / "sanitised/ome.xml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument ID="Instrument:0">'
            f'<Microscope Manufacturer="Zeiss" Model="{model}"/></Instrument>'
            f"<Image><AcquisitionDate>{acquired}</AcquisitionDate></Image></OME>"
        )

    def _write(self, sample_id: str, name: str, record: object) -> None:
        (self.work / "results/samples" / sample_id / name).write_text(json.dumps(record), encoding="utf-8")

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
        """Give the table of the page."""
        return dict(json.loads(self._script("data")))

    def shown(self, name: str) -> list[Any]:
        """Give a column of the page."""
        data = self.data()
        pool = data["pools"].get(name)
        return [pool[place] if pool else place for place in data["columns"][name]]

    def details(self) -> list[dict[str, Any]]:
        """Give what the page tells of each sample once it is opened."""
        return details_of(self.work / "results/reports/index.html")

    def thumbnails(self) -> dict[str, bytes]:
        """Give the pictures of the page by sample."""
        lines = [line.split() for line in self._script("thumbnails").splitlines()]
        samples = self.shown("sample_id")
        return {samples[int(row)]: base64.b64decode(content) for row, content in lines}

    def _script(self, name: str) -> str:
        return script_of(self.work / "results/reports/index.html", name)

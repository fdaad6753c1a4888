"""A batch with a canary in every slot of every class, once under each policy, and where they are afterwards."""

import csv
from pathlib import Path

from canary_scan import Aviary, Nest, Slot, birds_of_files
from canary_sources import PIXELS, WRITERS, sidecars
from pipeline import Batch

POLICIES = ("facility", "gdpr_pseudonymous", "hipaa_safe_harbor")
"""``strict`` is the last as it is shipped: it refuses what the others archive."""
CLASSES = (*WRITERS, "names", "sidecars", "sheet")
COLUMNS = ("notes", "instrument", "operator", "experiment", "remark", "study_title", "study_description")
SIDECARS = """name: with_sidecars
version: "1"
description: what a site adds to the strict policy for its own sidecars, columns and tags
extends: hipaa_safe_harbor
rules:
  - {id: site, select: ["sidecar:/**", "sheet:/experiment", "sheet:/remark"], action: X, whole: true}
  - {id: site-tags, select: ["tiff:/**"], action: X, last: true}
"""


class CanaryBatch(Batch):
    """The batch of all classes under all policies; `found` says where canaries are in what is public."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.aviary = Aviary()
        self.site = folder / "with_sidecars.yaml"
        self.site.write_text(SIDECARS, encoding="utf-8")
        rows = [self._row(policy, name) for policy in POLICIES for name in CLASSES]
        rows += [self._row("strict", name) for name in ("sidecars", "tiff")]
        header = ["sample_id", "source", "sidecars", "privacy_policy", *COLUMNS]
        with self.sheet.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, header, dialect="excel-tab")
            writer.writeheader()
            writer.writerows(rows)
        self.done = self.run()
        self.described = self.run("crate")
        self.found = birds_of_files([self.archive, self.work / "results/reports", self.work / "results/logs"])

    def _row(self, policy: str, name: str) -> dict[str, str]:
        nest = self.aviary.nest(policy, name)
        folder = self.sheet.parent / policy / name
        folder.mkdir(parents=True)
        named = {"hipaa_safe_harbor": str(self.site), "strict": "hipaa_safe_harbor"}.get(policy, policy)
        row = {"sample_id": sample(policy, name), "privacy_policy": named}
        if name in WRITERS:
            file, write = WRITERS[name]
            write(folder / file, nest)
            return {**row, "source": str(folder / file)}
        source = self._named(folder, nest) if name == "names" else self._plain(folder)
        row["source"] = str(source)
        if name == "sidecars":
            row["sidecars"] = ";".join(map(str, sidecars(folder, nest)))
        if name == "sheet":
            row |= {column: nest.text(column) for column in COLUMNS}
        return row

    def _named(self, folder: Path, nest: Nest) -> Path:
        inner = folder / nest.bird("folder name", "path")
        inner.mkdir()
        return self._plain(inner, f"{nest.bird('file name')}.tif")

    @staticmethod
    def _plain(folder: Path, name: str = "plain.tif") -> Path:
        import tifffile

        tifffile.imwrite(folder / name, PIXELS, metadata=None, software=False)
        return folder / name

    def leaks(self, policy: str, source: str) -> dict[str, tuple[Slot, list[str]]]:
        """Give the canaries of a source that are public, with their slots and places."""
        slots = self.aviary.slots
        return {
            bird: (slots[bird], places)
            for bird, places in self.found.items()
            if bird in slots and (slots[bird].policy, slots[bird].source) == (policy, source)
        }


def sample(policy: str, name: str) -> str:
    """Sample id of a class under a policy."""
    return f"{policy}-{name}"

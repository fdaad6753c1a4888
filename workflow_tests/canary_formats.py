"""A batch of further formats, a canary in each of their slots, under each policy and under the one that keeps all.

Two kinds of slots: one whose key says that it names a person, an account, a place or a computer (`Nest.person`),
which no policy but `keep_all` leaves; and one of free text (`Nest.text`), whose bare canary only the strict
policies take out. Under `keep_all` every canary arrives in the archive, or the dump has lost it.
"""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path

from canary_scan import Aviary, Nest, Slot, birds_of_files
from pipeline import Batch

Writer = Callable[[Path, Nest], object]
POLICIES = ("keep_all", "facility", "gdpr_pseudonymous", "hipaa_safe_harbor")
SITE = """name: site
version: "1"
description: what a site adds to a strict policy for its own sidecars and tags
extends: {extends}
rules:
  - {{id: site, select: ["sidecar:/**"], action: X, whole: true}}
  - {{id: site-tags, select: ["tiff:/**"], action: X, last: true}}
"""


class FormatBatch(Batch):
    """Each writer's source under each policy, in one run; ``found`` says where canaries are in what is public."""

    def __init__(
        self, folder: Path, writers: Mapping[str, tuple[str, Writer]], policies: Mapping[str, tuple[str, ...]]
    ) -> None:
        super().__init__(folder)
        self.aviary = Aviary()
        self.sites = {name: self._site(name) for name in ("hipaa_safe_harbor", "dicom_basic")}
        rows = [self._row(policy, name, *writers[name]) for name in writers for policy in policies[name]]
        with self.sheet.open("w", newline="", encoding="utf-8") as stream:
            table = csv.DictWriter(stream, ["sample_id", "source", "sidecars", "privacy_policy"], dialect="excel-tab")
            table.writeheader()
            table.writerows(rows)
        self.done = self.run(verify='{"witness": "none", "metadata": "none"}')
        self.rows = self.table()
        self.found = birds_of_files([self.archive, self.work / "results/reports", self.work / "results/logs"])

    def _site(self, extends: str) -> str:
        path = self.folder / f"site_{extends}.yaml"
        path.write_text(SITE.format(extends=extends), encoding="utf-8")
        return str(path)

    def _row(self, policy: str, name: str, file: str, write: Writer) -> dict[str, str]:
        nest = self.aviary.nest(policy, name)
        folder = self.sheet.parent / policy / name
        folder.mkdir(parents=True)
        sidecars = write(folder / file, nest)
        return {
            "sample_id": sample(policy, name),
            "source": str(folder / file),
            "sidecars": ";".join(map(str, sidecars)) if isinstance(sidecars, list) else "",
            "privacy_policy": self.sites.get(policy, policy),
        }

    def planted(self, policy: str, source: str) -> dict[str, Slot]:
        """Give every canary of a source under a policy."""
        mine = (policy, source)
        return {bird: slot for bird, slot in self.aviary.slots.items() if (slot.policy, slot.source) == mine}

    def public(self, policy: str, source: str, *how: str) -> dict[str, set[str]]:
        """Give the slots, of some kinds, whose canaries are public, and the names of the files they are in."""
        found: dict[str, set[str]] = {}
        for bird, slot in self.planted(policy, source).items():
            if slot.how in how and bird in self.found:
                places = {place.rpartition("/")[2] for place in self.found[bird]}
                found.setdefault(slot.name, set()).update(places)
        return found

    def lost(self, policy: str, source: str) -> set[str]:
        """Give the slots whose canaries did not arrive."""
        return {slot.name for bird, slot in self.planted(policy, source).items() if bird not in self.found}


def everything() -> dict[str, tuple[str, Writer]]:
    """Give every source there is a writer for."""
    from canary_dialects import DIALECTS
    from canary_documents import DOCUMENTS
    from canary_pictures import PICTURES
    from canary_volumes import VOLUMES

    return {**DOCUMENTS, **DIALECTS, **PICTURES, **VOLUMES}


def sample(policy: str, name: str) -> str:
    """Sample id of a source under a policy."""
    return f"{policy}-{name}"

"""One sample that is planned, waits and is approved, without running the pipeline."""

import json
from pathlib import Path

import yaml

from fixative.approve import main
from fixative.findings import AwaitingApproval
from fixative.models import MetadataDump
from fixative.privacy.approval import Gate, gate_of
from fixative.privacy.policy import Policy, load_policy
from privacy_samples import POLICIES, dump, inventory, row, source

TIMES = {"started": "2026-11-20T23:00:00Z", "ended": "2026-11-20T23:00:10Z"}


class WaitingSample:
    """Sample S1 in a work folder, and a policy that asks for approval."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.results = self.work / "results"
        self.folder = self.results / "samples/S1"
        self.folder.mkdir(parents=True)
        self.policy_file = folder / "signed.yaml"
        self.row = row(privacy_policy=str(self.policy_file))
        self.inventory = inventory()
        self.dump: MetadataDump = dump(source("tiff", {"ifd": [{"Artist": "Qanary"}]}))
        self.write_policy()
        self.write_batch("S1")

    def write_policy(self, **keys: object) -> None:
        content = {
            "name": "signed",
            "version": "1",
            "description": "d",
            "extends": "facility",
            "approval": "required",
        }
        self.policy_file.write_text(yaml.safe_dump({**content, **keys}), encoding="utf-8")

    def write_batch(self, *samples: str) -> None:
        rows = [self.row.model_copy(update={"sample_id": name}).model_dump(mode="json") for name in samples]
        (self.results / "batch.json").write_text(json.dumps(rows), encoding="utf-8")

    @property
    def policy(self) -> Policy:
        return load_policy(str(self.policy_file), POLICIES)

    def gate(self) -> Gate:
        return gate_of(self.policy, self.row, self.folder, self.dump, b"<OME/>", self.inventory)

    def wait(self) -> AwaitingApproval:
        """Come to the gate, as the step does, and be stopped there."""
        try:
            self.gate().require()
        except AwaitingApproval as waits:
            self.outcome("awaiting approval", code=waits.code, message=waits.message, remedy=waits.remedy)
            return waits
        raise AssertionError("it did not wait")

    def outcome(self, outcome: str, **more: object) -> None:
        (self.folder / "outcomes").mkdir(exist_ok=True)
        for step in ("inventory_source", "dump_metadata"):
            self._write(step, {"outcome": "success"})
        self._write("sanitise_metadata", {"outcome": outcome, **more})

    def _write(self, step: str, content: dict[str, object]) -> None:
        record = {"sample": "S1", "step": step, **TIMES, **content}
        (self.folder / "outcomes" / f"{step}.json").write_text(json.dumps(record), encoding="utf-8")

    def approve(self, *arguments: str, approver: str = "Jane Doe <jane@example.org>") -> int:
        """Run the command; returns its exit status."""
        return main(["--work", str(self.work), "--approver", approver, *(arguments or ("S1",))])

    def command(self, *arguments: str) -> int:
        return main(["--work", str(self.work), *arguments])

    @property
    def approval(self) -> Path:
        return self.results / "approvals/S1.json"

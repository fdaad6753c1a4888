"""Approval: a policy may ask that a person approves a sample's plan before anything of the sample is converted.

What is approved is the plan (`fixative.privacy.plan_table`), under one version of the policy, of one state of the
source. When any of the three changes, the approval is void and the sample waits again. A name in the sheet's
column ``approver`` approves whatever the sheet's row leads to: it is a standing consent, and bound to nothing.

Who approved is treated as the sheet's ``approver`` is, whichever way the name came: the policy's rule for
``sheet:/approver`` decides what is published of it.
"""

from dataclasses import dataclass
from pathlib import Path

from fixative.files import digest_bytes, digest_file
from fixative.findings import AwaitingApproval, RefusedSample
from fixative.models import Approval, Inventory, MetadataDump, Record, SampleRow, SanitisationLog
from fixative.privacy.plan_table import SamplePlan, plan_bytes, sample_plan, write_plan
from fixative.privacy.policy import Policy, load_policy
from fixative.records import key_of, read_record, write_record

WAITING = "sanitised/waiting.json"
"""Within the sample's folder, while it waits."""
SHEET = "sample sheet"
"""The command of an approval that stands in the sheet."""
MODE = 0o600


class Asked(Record):
    """What there is to approve."""

    sample: str
    policy: str
    policy_sha256: str
    fileset_sha256: str
    plan_sha256: str

    @property
    def sha256(self) -> str:
        """Digest of all that an approval is bound to."""
        return key_of(policy=self.policy_sha256, source=self.fileset_sha256, plan=self.plan_sha256)

    def changed_since(self, earlier: "Asked") -> tuple[str, ...]:
        """Name what differs from an earlier question."""
        parts = {"policy": "policy_sha256", "source": "fileset_sha256", "plan": "plan_sha256"}
        return tuple(part for part, field in parts.items() if getattr(self, field) != getattr(earlier, field))


class Waiting(Asked):
    """A sample that waits (restricted)."""

    void: tuple[str, ...] = ()
    """What has changed since an approval that therefore counts no more."""


class Given(Asked):
    """An approval by command (`results/approvals/<sample>.json`, restricted)."""

    approver: str
    when: str
    command: str
    approved_sha256: str

    def covers(self, asked: Asked) -> bool:
        """Whether it was this that was approved."""
        return self.sample == asked.sample and self.approved_sha256 == self.sha256 == asked.sha256


def approval_file(results: Path, sample_id: str) -> Path:
    """Where the approval of a sample by command is recorded."""
    return results / "approvals" / f"{sample_id}.json"


def plan_file(results: Path, sample_id: str) -> Path:
    """Where the approver reads what is to be approved."""
    return results / "plans" / f"{sample_id}.tsv"


@dataclass(frozen=True)
class Gate:
    """What stands between the plan of one sample and its execution."""

    row: SampleRow
    """The sheet's row, with the approver of a command in its column."""
    folder: Path
    """``results/samples/<sample>``."""
    plan: SamplePlan | None = None
    """None where the policy asks for no approval."""
    asked: Asked | None = None
    given: Given | None = None
    """The approval by command, whether or not it still holds."""

    @property
    def by_command(self) -> Given | None:
        """The approval by command that holds."""
        return self.given if self.given and self.asked and self.given.covers(self.asked) else None

    def require(self) -> None:
        """Write the plan where a person can read it, and stop here unless it is approved.

        Raises
        ------
        AwaitingApproval
            APP001.
        """
        (self.folder / WAITING).unlink(missing_ok=True)
        if self.plan is None or self.asked is None:
            return
        write_plan(self.plan, self.folder.parents[1] / "plans")
        if self.row.approver:
            return
        void = self.asked.changed_since(self.given) if self.given else ()
        waiting = Waiting(**self.asked.model_dump(), void=void)
        write_record(self.folder / WAITING, waiting, MODE)
        raise AwaitingApproval("APP001", policy=self.asked.policy, sample=self.asked.sample)

    def told(self, approver: str | None) -> Approval | None:
        """Give the public record; ``approver`` is what the policy made of the name."""
        if self.asked is None:
            return None
        plan = self.asked.plan_sha256
        if given := self.by_command:
            return Approval(
                approver=approver, how="command", when=given.when, command=given.command, plan_sha256=plan
            )
        return Approval(approver=approver, how="sheet", command=SHEET, plan_sha256=plan)


def gate_of(
    policy: Policy, row: SampleRow, folder: Path, dump: MetadataDump, ome_xml: bytes, inventory: Inventory
) -> Gate:
    """Plan a sample, if its policy asks for approval, and look for one: in the sheet, then by command.

    Raises
    ------
    RefusedSample
        SAN003 where no image would be left.
    """
    if policy.approval == "none":
        return Gate(row, folder)
    plan = sample_plan(policy, dump, ome_xml, row, inventory)
    asked = Asked(
        sample=row.sample_id,
        policy=policy.name,
        policy_sha256=policy.sha256,
        fileset_sha256=inventory.fileset_sha256,
        plan_sha256=digest_bytes(plan_bytes(plan)).sha256,
    )
    if row.approver:
        return Gate(row, folder, plan, asked)
    gate = Gate(row, folder, plan, asked, read_record(Given, approval_file(folder.parents[1], row.sample_id)))
    if given := gate.by_command:
        row = row.model_copy(update={"approver": given.approver})
        return Gate(row, folder, plan, asked, given)
    return gate


def still_waits(row: SampleRow, folder: Path, policies: Path) -> bool:
    """Whether a sample that waited in an earlier run waits for the same still: then it need not be planned again.

    That the source, the dump and the sheet's row are as they were is seen to by the step's key.
    """
    waiting = read_record(Waiting, folder / WAITING)
    results = folder.parents[1]
    plan = plan_file(results, row.sample_id)
    try:
        policy = load_policy(row.privacy_policy, policies)
    except RefusedSample:  # the step itself says so, of this sample alone
        return False
    if waiting is None or waiting.policy_sha256 != policy.sha256 or not plan.is_file():
        return False
    given = read_record(Given, approval_file(results, row.sample_id))
    approved = given is not None and given.covers(waiting)
    return not approved and digest_file(plan).sha256 == waiting.plan_sha256


def still_holds(row: SampleRow, folder: Path, policies: Path) -> bool:
    """Whether what was sanitised in an earlier run was so under the policy as it is now, and is still approved."""
    log = read_record(SanitisationLog, folder / "sanitised/log.json")
    try:
        policy = load_policy(row.privacy_policy, policies)
    except RefusedSample:  # the step itself says so, of this sample alone
        return False
    if log is None or log.policy_sha256 != policy.sha256:
        return False
    if log.approval is None or log.approval.how == "sheet":
        return True
    given = read_record(Given, approval_file(folder.parents[1], row.sample_id))
    return given is not None and (given.when, given.plan_sha256) == (log.approval.when, log.approval.plan_sha256)

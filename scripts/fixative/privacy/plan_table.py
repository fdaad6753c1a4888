"""Plans for people: what a policy would do to each key of a sample, and none of the values."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fixative.files import write_bytes
from fixative.findings import RefusedSample
from fixative.models import Inventory, MetadataDump, SampleRow, StepOutcome
from fixative.privacy.actions import DEFAULT_RULE, Actions
from fixative.privacy.apply import plan_sample
from fixative.privacy.cleaners import Found, clean
from fixative.privacy.plan import Plan, Step
from fixative.privacy.policy import load_policy
from fixative.privacy.rules import RuleC
from fixative.privacy.scrub import Scrubber
from fixative.privacy.secrets import Vault
from fixative.privacy.select import without_positions
from fixative.records import read_record

LETTERS = "KCSPUDZX"
UNKNOWN = "unknown"
"""Action of a key that no rule of a strict policy covers: sanitising would refuse the sample."""


@dataclass(frozen=True)
class PlanLine:
    """One key, its list positions left out."""

    key: str
    action: str
    rule: str
    ground: str
    reason: str
    count: int


@dataclass(frozen=True)
class SamplePlan:
    """What would become of one sample."""

    sample_id: str
    policy: str
    state: str
    """``complete``, ``incomplete`` (keys without a rule), ``no metadata`` or ``refused``."""
    message: str = ""
    lines: tuple[PlanLine, ...] = field(default=(), repr=False)

    @property
    def unknown(self) -> dict[str, int]:
        """Keys without a rule, and how often each stands."""
        return {line.key: line.count for line in self.lines if line.action == UNKNOWN}

    def keys_with(self, action: str) -> int:
        """Count the keys of an action."""
        return len({line.key for line in self.lines if line.action == action})


def plan_of(row: SampleRow, folder: Path, policies: Path) -> SamplePlan:
    """Plan one sample from its records.

    Parameters
    ----------
    row : SampleRow
    folder : Path
        ``results/samples/<sample>``; its metadata may not have been dumped.
    policies : Path
        Folder of the shipped policies.
    """
    outcome = read_record(StepOutcome, folder / "outcomes/dump_metadata.json")
    inventory = read_record(Inventory, folder / "inventory.json")
    dump = read_record(MetadataDump, folder / "metadata/dump.json")
    if outcome is None or outcome.outcome != "success" or inventory is None or dump is None:
        return SamplePlan(row.sample_id, row.privacy_policy, "no metadata", _why(folder))
    try:
        policy = load_policy(row.privacy_policy, policies)
        plan = plan_sample(policy, dump, (folder / "metadata/ome.xml").read_bytes(), row, inventory)
    except RefusedSample as refused:
        return SamplePlan(row.sample_id, row.privacy_policy, "refused", str(refused))
    lines = plan_lines(plan, row)
    state = "incomplete" if plan.unknown_keys else "complete"
    return SamplePlan(row.sample_id, policy.name, state, "", lines)


def plan_lines(plan: Plan, row: SampleRow) -> tuple[PlanLine, ...]:
    """Give the lines of a plan, by key; a private value within a key is taken out as the sanitised log does."""
    actions = Actions(plan.policy)
    scrubber = Scrubber(_vault(plan, actions, row))
    unknown = {without_positions(key) for key in plan.unknown_keys}
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    for step in plan.steps:
        key = without_positions(step.slot.name)
        if step.part_of_removed or (step.copied and not key.startswith("file:")):
            continue
        shown = scrubber.text(clean(key, ("emails", "macs", "uuid1"))[0])
        if not step.covered and key in unknown:
            counts[(shown, UNKNOWN, "", "", "")] += 1
        elif step.rule is None:
            counts[(shown, actions.letter(None), DEFAULT_RULE, "", "")] += 1
        else:
            rule = step.rule
            counts[(shown, actions.letter(rule), rule.id, ", ".join(rule.ground), rule.reason)] += 1
    return tuple(PlanLine(*told, count=count) for told, count in sorted(counts.items()))


def write_plans(plans: Sequence[SamplePlan], folder: Path, summary: Path) -> None:
    """Write ``<sample>.tsv`` of each plan into a folder, the summary, and beside it the keys without a rule.

    The tables hold keys of metadata that no policy has been applied to yet: only their owner may read them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for plan in plans:
        rows = [(x.key, x.action, x.rule, x.ground, x.reason, x.count) for x in plan.lines]
        _write(folder / f"{plan.sample_id}.tsv", ("key", "action", "rule", "ground", "reason", "count"), rows)
    head = ("sample_id", "policy", "state", *LETTERS, UNKNOWN, "message")
    told = [
        (p.sample_id, p.policy, p.state, *(p.keys_with(x) for x in LETTERS), len(p.unknown), p.message) for p in plans
    ]
    _write(summary, head, told)
    samples: Counter[tuple[str, str]] = Counter((plan.policy, key) for plan in plans for key in plan.unknown)
    times: Counter[tuple[str, str]] = Counter()
    for plan in plans:
        times.update({(plan.policy, key): count for key, count in plan.unknown.items()})
    unknown = [(*key, samples[key], times[key]) for key in sorted(samples, key=lambda key: (-samples[key], key))]
    _write(summary.with_name(f"{summary.stem}_unknown.tsv"), ("policy", "key", "samples", "times"), unknown)


def _vault(plan: Plan, actions: Actions, row: SampleRow) -> Vault:
    """Collect what is private, from the values themselves: a plan needs no key for pseudonyms."""
    vault = Vault(tuple(contact for contact in (row.owner, row.approver) if contact))
    for step in plan.steps:
        rule = step.rule.id if step.rule else DEFAULT_RULE
        for found in _found(step, actions):
            vault.add(rule, found.value, found.holds)
    return vault


def _found(step: Step, actions: Actions) -> list[Found]:
    letter, value = actions.letter(step.rule), step.slot.value
    if letter == "K" or not isinstance(value, str) or not value:
        return []
    if letter == "C":
        return clean(value, step.rule.cleaners if isinstance(step.rule, RuleC) else ())[1]
    return [Found(value, step.rule.holds if step.rule else "text")]


def _why(folder: Path) -> str:
    """Say which step before the plan did not succeed, by its code alone: messages may name a private thing."""
    for step in ("inventory_source", "dump_metadata"):
        outcome = read_record(StepOutcome, folder / f"outcomes/{step}.json")
        if outcome is None or outcome.outcome != "success":
            return f"{step}: {(outcome.code or outcome.outcome) if outcome else 'not reached'}"
    return "its records do not hold any more: run again"


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, "excel-tab", lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    write_bytes(path, text.getvalue().encode("utf-8", "backslashreplace"), mode=0o600)

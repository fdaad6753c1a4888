"""Plans for people: what a policy would do to each key of a sample, and none of the values."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fixative.files import write_bytes
from fixative.findings import RefusedSample
from fixative.models import BurntIn, ImageTreatment, Inventory, MetadataDump, SampleRow, StepOutcome
from fixative.privacy.actions import DEFAULT_RULE, Actions
from fixative.privacy.apply import plan_sample
from fixative.privacy.burnt_in import burnt_in
from fixative.privacy.cleaners import Found, clean
from fixative.privacy.images import treatments
from fixative.privacy.plan import Plan, Step
from fixative.privacy.policy import Policy, load_policy
from fixative.privacy.rules import RuleC
from fixative.privacy.scrub import Scrubber
from fixative.privacy.secrets import Vault
from fixative.privacy.select import without_positions
from fixative.records import read_record

LETTERS = "KCSPUDZX"
UNKNOWN = "unknown"
"""Action of a key that no rule of a strict policy covers: sanitising would refuse the sample."""
SOME_APPROVER = "approver"
"""Stands for a person yet unknown; never written anywhere."""


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
        return sample_plan(policy, dump, (folder / "metadata/ome.xml").read_bytes(), row, inventory)
    except RefusedSample as refused:
        return SamplePlan(row.sample_id, row.privacy_policy, "refused", str(refused))


def sample_plan(
    policy: Policy, dump: MetadataDump, ome_xml: bytes, row: SampleRow, inventory: Inventory
) -> SamplePlan:
    """Plan one sample: a line for every key, one for each associated image, one for text in the pixels.

    Under a policy that asks for approval, the plan speaks of the approver as well, whoever it will be: the plan
    that is approved and the one that is carried out are the same.
    """
    if policy.approval == "required":
        row = row.model_copy(update={"approver": row.approver or SOME_APPROVER})
    plan = plan_sample(policy, dump, ome_xml, row, inventory)
    decided = treatments(policy, dump, inventory.format)
    pixels, reason = burnt_in(dump, decided)
    lines = (*plan_lines(plan, row), *image_lines(decided), pixels_line(policy, pixels, reason))
    state = "incomplete" if plan.unknown_keys else "complete"
    if pixels == "stated" and policy.burnt_in == "refuse":
        refused = RefusedSample("SAN005", policy=policy.name, reason=reason)
        return SamplePlan(row.sample_id, policy.name, "refused", str(refused), lines)
    return SamplePlan(row.sample_id, policy.name, state, "", lines)


def image_lines(decided: Sequence[ImageTreatment]) -> tuple[PlanLine, ...]:
    """Give a line for each associated image of a slide: ``keep``, ``blank`` or ``drop``."""
    return tuple(PlanLine(f"image:/{one.index}", one.action, one.rule, "", one.kind, 1) for one in decided)


def pixels_line(policy: Policy, state: BurntIn, reason: str | None) -> PlanLine:
    """Say what is known of text in the pixels that stay, and what follows: ``keep``, ``flag`` or ``refuse``."""
    action = {"stated": policy.burnt_in, "likely": "flag"}.get(state, "keep")
    told = f"text in the pixels: {state}" + (f" ({reason})" if reason else "")
    return PlanLine("image:/**", action, "burnt_in", "", told, 1)


def plan_lines(plan: Plan, row: SampleRow) -> tuple[PlanLine, ...]:
    """Give the lines of a plan, by key; a private value within a key is taken out as the sanitised log does."""
    actions = Actions(plan.policy)
    scrubber = Scrubber(_vault(plan, actions, row))
    unknown = {without_positions(key) for key in plan.unknown_keys}
    counts: Counter[tuple[str, str, str, str, str]] = Counter()
    told = {without_positions(step.slot.name) for step in plan.steps if not step.copied}
    for step in plan.steps:
        key = without_positions(step.slot.name)
        if step.part_of_removed or (step.copied and key in told and not key.startswith("file:")):
            continue
        shown = scrubber.text(clean(key, ("emails", "macs", "uuid1"))[0])
        if not step.covered and key in unknown:
            counts[(shown, UNKNOWN, "", "", "")] += 1
        elif step.rule is None:
            counts[(shown, actions.letter(None), DEFAULT_RULE, "", "")] += 1
        else:
            rule = step.rule
            counts[(shown, actions.letter(rule), rule.id, ", ".join(rule.ground), rule.reason)] += 1
    return tuple(PlanLine(*line, count=count) for line, count in sorted(counts.items()))


def write_plans(plans: Sequence[SamplePlan], folder: Path, summary: Path) -> None:
    """Write ``<sample>.tsv`` of each plan into a folder, the summary, and beside it the keys without a rule.

    The tables hold keys of metadata that no policy has been applied to yet: only their owner may read them.
    """
    for plan in plans:
        write_plan(plan, folder)
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


def write_plan(plan: SamplePlan, folder: Path) -> Path:
    """Write ``<sample>.tsv`` of one plan; only its owner may read it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return write_bytes(folder / f"{plan.sample_id}.tsv", plan_bytes(plan), mode=0o600)


def plan_bytes(plan: SamplePlan) -> bytes:
    """Give a plan as a table, UTF-8."""
    rows = [(x.key, x.action, x.rule, x.ground, x.reason, x.count) for x in plan.lines]
    return _table(("key", "action", "rule", "ground", "reason", "count"), rows)


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
    write_bytes(path, _table(head, rows), mode=0o600)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, "excel-tab", lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")

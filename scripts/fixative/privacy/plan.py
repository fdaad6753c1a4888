"""The plan: every key gets an action before anything is written."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from fixative.findings import RefusedSample
from fixative.privacy.cleaners import clean
from fixative.privacy.embedded import document_in
from fixative.privacy.policy import Policy
from fixative.privacy.rules import Rule, RuleX
from fixative.privacy.select import without_positions
from fixative.privacy.slots import Document, Slot

_KNOWN = re.compile(r"sheet:/(?:sample_id|dataset|privacy_policy)|file:/\d+/name")
"""Keys that every sample has and that need no rule: `fixative.privacy.apply` looks after them by itself."""


class UnknownKeys(RefusedSample):
    """SAN001, with every key that no rule covers and how often it stands; never a value."""

    def __init__(self, policy: str, keys: dict[str, int]) -> None:
        super().__init__("SAN001", count=len(keys), policy=policy, key=next(iter(keys)))
        self.keys = keys


@dataclass
class Step:
    """What becomes of one slot."""

    slot: Slot
    rule: Rule | None
    covered: bool
    """Whether a rule speaks of the key, or of the string that the slot is a part of."""
    part_of_removed: bool = False
    """Whether the string around it goes as a whole: then the slot is not written, only remembered."""
    copied: bool = False
    """Whether it stands in the dump as well: then the log counts it there."""


@dataclass
class Plan:
    """The actions for one sample, in order."""

    policy: Policy
    steps: list[Step] = field(default_factory=list)
    inner: list[tuple[Slot, Document]] = field(default_factory=list)
    """Strings that are documents themselves, outer before inner."""

    @property
    def unknown_keys(self) -> dict[str, int]:
        """Count the keys without a rule (list positions left out), in a strict policy, as they come."""
        if not self.policy.strict:
            return {}
        unknown: Counter[str] = Counter()
        for step in self.steps:
            key = without_positions(step.slot.name)
            if step.covered:
                continue
            # a program or a person made up the last name: a path or an address may be in it
            key = clean(key)[0]
            if not _KNOWN.fullmatch(key) and not (step.copied and key in unknown):
                unknown[key] += 1
        return dict(unknown)

    def require_complete(self) -> None:
        """Refuse a sample that a strict policy does not cover.

        Raises
        ------
        RefusedSample
            SAN001, with the number of keys and the first of them; never a value.
        """
        unknown = self.unknown_keys
        if unknown:
            raise UnknownKeys(self.policy.name, unknown)


def make_plan(policy: Policy, documents: Iterable[Document], copies: Iterable[Document] = ()) -> Plan:
    """Give every slot of every document its rule; ``copies`` hold what stands in the others as well."""
    plan = Plan(policy)
    for document in documents:
        _plan_document(plan, document, None, None, 0)
    originals = len(plan.steps)
    for document in copies:
        _plan_document(plan, document, None, None, 0)
    for step in plan.steps[originals:]:
        step.copied = True
    return plan


def _plan_document(plan: Plan, document: Document, around: Rule | None, removed_by: Rule | None, depth: int) -> None:
    """Plan the slots of a document.

    ``around`` is the rule of the string that the document stands in, ``removed_by`` the one by which that
    string goes as a whole: then the slots are only asked what they say about other places.
    """
    removed = removed_by is not None
    for slot in document.slots():
        rule = _rule_of(plan.policy, slot, within=removed)
        if rule is removed_by:
            # The string goes by this rule whatever stands in it: that does not make each part of it private.
            rule = None
        rule = rule or around
        if isinstance(rule, RuleX) and rule.whole:
            _plan_whole(plan, slot, rule, depth)
            continue
        inner = document_in(slot.key, slot.value, depth) if plan.policy.embedded else None
        if inner is None:
            covered = removed or rule is not None or not _states_something(slot)
            plan.steps.append(Step(slot, rule, covered, removed))
        elif rule is None or rule.action == "C":
            slot.inner = inner
            if not removed:
                plan.inner.append((slot, inner))
            _plan_document(plan, inner, rule, removed_by, depth + 1)
        else:
            plan.steps.append(Step(slot, rule, True, removed))
            if rule.action != "K":
                _plan_document(plan, inner, None, rule, depth + 1)


def _plan_whole(plan: Plan, slot: Slot, rule: Rule, depth: int) -> None:
    """Plan a slot that goes whatever it is; the rules within are asked what is to be looked for elsewhere."""
    plan.steps.append(Step(slot, rule, True))
    within = _rule_of(plan.policy, slot, within=True)
    inner = document_in(slot.key, slot.value, depth) if plan.policy.embedded else None
    plan.steps.append(Step(slot, within, True, part_of_removed=True))
    if inner is not None:
        _plan_document(plan, inner, None, rule, depth + 1)


def _states_something(slot: Slot) -> bool:
    return slot.value is not None and slot.value != ""


def _rule_of(policy: Policy, slot: Slot, *, within: bool = False) -> Rule | None:
    """Give the rule for a slot, by its own key or one that its neighbour or its name gives it: the first in order.

    ``within``: the slot is part of what goes as a whole; the rules that say so are not asked.
    """
    ask = policy.number_within if within else policy.number_for
    found = [number for key in slot.keys if (number := ask(key, slot.value)) is not None]
    return policy.rules[min(found)] if found else None

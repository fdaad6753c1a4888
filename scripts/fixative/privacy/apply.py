"""Sanitising: a policy applied to all metadata of one sample, in two passes.

The first pass gives every slot its result and collects what is private; the second takes the private values
out of every string that stays, whichever slot it stands in, and writes. So no order of rules or slots can
leave behind what another slot has given up.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.models import Inventory, MetadataDump, SampleRow, SanitisationLog
from fixative.privacy.actions import DEFAULT_RULE, Actions, Result
from fixative.privacy.collect import collect
from fixative.privacy.embedded import JsonDocument
from fixative.privacy.ledger import Ledger, Line, changed_messages
from fixative.privacy.loose_text import clean_name, public_dump
from fixative.privacy.marks import Marks
from fixative.privacy.names import public_names
from fixative.privacy.ome_document import OmeDocument
from fixative.privacy.plan import Plan, Step, make_plan
from fixative.privacy.policy import Policy
from fixative.privacy.pseudonyms import load_pseudonyms
from fixative.privacy.rules import Letter, RuleX
from fixative.privacy.scrub import Scrubber
from fixative.privacy.secrets import Secret, Vault
from fixative.privacy.select import Selector, without_positions
from fixative.privacy.slots import REMOVE, TreeDocument, copied

SHEET_IDENTITY = ("sample_id", "dataset")
"""Columns that name the object itself: they are published as they stand, or the sample is refused."""

_ROW_COLUMNS = ("organism", "modality", "instrument", "license", "owner", "approver", "notes")
_PUBLISHED = ("owner", "approver", "study_authors")
_OF_A_SCHEMA = ("ome:", "tiff:", "sheet:", "file:")
"""Kinds of keys whose names are a standard's or the sheet's own."""
_FOREIGN = re.compile(r"(/XMLAnnotation/Value)/.*")
"""Elements within an annotation are nobody's standard, whoever wrote the document."""


@dataclass(frozen=True)
class Sanitised:
    """One sample's metadata as it may be seen, and what was taken out of it."""

    dump: MetadataDump
    ome_xml: bytes
    log: SanitisationLog
    row: SampleRow
    """``source`` and ``sidecars`` are the files' public names."""
    names: dict[str, str]
    """Name of each file within the source's set to its public name."""
    secrets: tuple[Secret, ...]
    unknown_keys: dict[str, int]
    mapping: dict[str, Any]
    """What leads back from the public to what stood there: for the vault. Empty where there is none."""


@dataclass
class _Sample:
    """The documents of one sample, and the plan over them."""

    policy: Policy
    ome: OmeDocument
    trees: list[TreeDocument]
    row: TreeDocument
    files: TreeDocument
    plan: Plan

    @property
    def named(self) -> list[TreeDocument | JsonDocument]:
        """What has keys that a program or a person made up: they may hold private values themselves."""
        return [*self.trees, *(inner for _, inner in self.plan.inner if isinstance(inner, JsonDocument))]

    @classmethod
    def of(
        cls, policy: Policy, dump: MetadataDump, ome_xml: bytes, row: SampleRow, inventory: Inventory
    ) -> "_Sample":
        trees = [TreeDocument(source.kind, copied(source.tree)) for source in dump.sources]
        columns: dict[str, Any] = {name: getattr(row, name) for name in (*SHEET_IDENTITY, *_ROW_COLUMNS)}
        columns = {name: value for name, value in {**row.extra, **columns}.items() if value is not None}
        names = {str(number): {"name": file.name} for number, file in enumerate(inventory.files)}
        ome, sheet, files = OmeDocument(ome_xml), TreeDocument("sheet", columns), TreeDocument("file", names)
        plan = make_plan(policy, [ome, *trees], copies=[sheet, files])
        return cls(policy, ome, trees, sheet, files, plan)


def plan_sample(policy: Policy, dump: MetadataDump, ome_xml: bytes, row: SampleRow, inventory: Inventory) -> Plan:
    """Plan what `sanitise` would do, and do none of it; the plan lists unknown keys and refuses nothing."""
    return _Sample.of(policy, dump, ome_xml, row, inventory).plan


def sanitise(
    policy: Policy,
    dump: MetadataDump,
    ome_xml: bytes,
    row: SampleRow,
    inventory: Inventory,
    marks: Marks | None = None,
) -> Sanitised:
    """Apply a policy to everything that a sample says.

    Parameters
    ----------
    policy : Policy
    dump : MetadataDump
        Not changed.
    ome_xml : bytes
        Valid OME-XML 2016-06; stays so.
    row : SampleRow
        The sheet's row. ``owner`` and ``approver`` are published where the policy keeps them: they are
        contacts given on purpose, so that these very names are not looked for afterwards.
    inventory : Inventory
    marks : Marks, optional
        Of the vault that keeps what is removed; None: nothing of it is kept, and the log bears no marks.

    Raises
    ------
    RefusedSample
        SAN001 where a strict policy has no rule for a key, SAN003 where a key for pseudonyms is missing,
        SAN004 where the sample's own name holds a private value.
    """
    sample = _Sample.of(policy, dump, ome_xml, row, inventory)
    sample.plan.require_complete()
    actions = (
        Actions(policy, _subject(sample, row), load_pseudonyms(policy.key_file))
        if policy.needs_key
        else Actions(policy)
    )
    results = [actions.carry_out(step.rule, step.slot.value) for step in sample.plan.steps]
    vault = Vault(_published(sample, actions))
    collect(vault, sample.plan.steps, results)
    for name in sorted({name for document in sample.named for name in document.names()}):
        for found in clean_name(name, policy)[1]:
            vault.add(DEFAULT_RULE, found.value, found.holds)
    scrubber = Scrubber(vault)
    names = _names(sample, results, row, inventory, scrubber)
    for name, public in names.items():
        if name != public:
            vault.add("file-name", name, "identifier", public)
    scrubber = Scrubber(vault)
    _require_public_identity(row, names.values(), scrubber)
    ledger = Ledger(marks)
    kept = _write(sample, results, actions, scrubber, ledger)
    renamed = _rename(sample, scrubber)
    public_words = public_dump(dump, sample.trees, names, policy, scrubber)
    log = SanitisationLog(
        policy=policy.name,
        policy_version=policy.version,
        policy_sha256=policy.sha256,
        strict=policy.strict,
        redactions=ledger.redactions(),
        hmac_key=ledger.key_id,
        pseudonym_key_id=actions.pseudonyms.key_id if actions.pseudonyms else None,
        kept_keys=kept,
        approver=_column(sample, "approver"),
        not_searched=vault.not_searched(),
    )
    return Sanitised(
        dump=public_words,
        ome_xml=sample.ome.serialised(),
        log=log,
        row=_row(sample, row, names, inventory),
        names=names,
        secrets=vault.secrets(),
        unknown_keys=sample.plan.unknown_keys,
        mapping=ledger.mapping(names, renamed, changed_messages(dump, public_words)),
    )


def _subject(sample: _Sample, row: SampleRow) -> str:
    """Give the value that dates are shifted by."""
    for pattern in sample.policy.subject:
        selector = Selector([((pattern,), ())])
        for step in sample.plan.steps:
            if step.slot.value and selector.first(step.slot.key, step.slot.value) is not None:
                return str(step.slot.value)
    return row.sample_id


def _published(sample: _Sample, actions: Actions) -> tuple[str, ...]:
    """Give what the sheet publishes on purpose: owner, approver and authors, where the policy keeps them."""
    keys = {f"sheet:/{name}" for name in _PUBLISHED}
    return tuple(
        str(step.slot.value)
        for step in sample.plan.steps
        if step.slot.key in keys
        and not step.part_of_removed
        and step.rule is not None
        and actions.letter(step.rule) == "K"
    )


def _names(
    sample: _Sample, results: Sequence[Result], row: SampleRow, inventory: Inventory, scrubber: Scrubber
) -> dict[str, str]:
    """Give every file its public name, by what the policy made of ``file:/<n>/name``."""
    made = {
        step.slot.key: result.value
        for step, result in zip(sample.plan.steps, results, strict=True)
        if step.slot.key.startswith("file:/")
    }
    allowed: dict[str, str | None] = {}
    for number, file in enumerate(inventory.files):
        new = made.get(f"file:/{number}/name", file.name)
        allowed[file.name] = scrubber.text(new) if isinstance(new, str) else None
    return public_names(allowed, row.sample_id, lambda text: scrubber.text(text) == text)


def _require_public_identity(row: SampleRow, names: Iterable[str], scrubber: Scrubber) -> None:
    # the image's own name may spell out a file's where the id alone does not: `scan.ome.tif` in `scan.ome.tiff`;
    # so may the public name that the id gives a file: `case7.czi` of sample `case7`
    told = [(SHEET_IDENTITY[0], f"{row.sample_id}.ome.tiff"), (SHEET_IDENTITY[1], row.dataset)]
    for column, text in (*told, *((SHEET_IDENTITY[0], name) for name in names)):
        _, secret = scrubber.scrub(text)
        if secret is not None:
            raise RefusedSample("SAN004", column=column, rule=secret.rule)


def _write(sample: _Sample, results: Sequence[Result], actions: Actions, scrubber: Scrubber, ledger: Ledger) -> int:
    """Write every result and note each change; give the number of keys that stay as they were."""
    kept = 0
    for step, result in zip(sample.plan.steps, results, strict=True):
        if step.part_of_removed:
            continue
        value, letter, rule = result.value, result.letter, step.rule.id if step.rule else DEFAULT_RULE
        if isinstance(value, str) and letter in ("K", "C"):
            before = scrubber.before_cleaning(str(step.slot.value))
            value = actions.carry_out(step.rule, before).value if before != step.slot.value else value
            value, secret = scrubber.scrub(value)
            if secret is not None and result.value == step.slot.value:
                letter, rule = "C", secret.rule
        if value is REMOVE or value != step.slot.value:
            step.slot.write(value)
            ledger.note(step, _line(step, letter, rule, scrubber), value)
        elif not step.copied:
            kept += 1
    return kept


def _rename(sample: _Sample, scrubber: Scrubber) -> dict[str, str]:
    """Rename what has a private name, and write documents within strings back; give old names and new."""
    renamed: dict[str, str] = {}

    def rename(name: str) -> str:
        if name not in renamed:
            renamed[name] = scrubber.text(clean_name(name, sample.policy)[0])
        return renamed[name]

    for slot, inner in reversed(sample.plan.inner):
        if isinstance(inner, JsonDocument):
            inner.rename_keys(rename)
        # the names of lines and elements are text as well: looked through even where no value has changed
        text = scrubber.text(str(inner.content()))
        if text != slot.value:
            slot.write(text)
    for tree in sample.trees:
        # a tree with new keys is a new one: nothing is written to its slots any more
        tree.rename_keys(rename)
    return renamed


def _line(step: Step, letter: Letter, rule: str, scrubber: Scrubber) -> Line:
    """Give what identifies a line of the log: the key without positions, which may itself hold a name."""
    key = scrubber.text(without_positions(step.slot.name))
    if isinstance(step.rule, RuleX) and step.rule.whole:
        # names that programs and people made up may identify somebody, where even free text may
        key = f"{key.partition(':')[0]}:/**" if not key.startswith(_OF_A_SCHEMA) else _FOREIGN.sub(r"\1/**", key)
    ground = ", ".join(step.rule.ground) if step.rule and step.rule.ground else None
    return Line(key, letter, rule, ground, (step.rule.reason or None) if step.rule else None)


def _column(sample: _Sample, name: str) -> str | None:
    value = sample.row.content().get(name)
    return value if isinstance(value, str) and value else None


def _row(sample: _Sample, row: SampleRow, names: dict[str, str], inventory: Inventory) -> SampleRow:
    """Give the row with its private columns treated, and public names for paths."""
    columns = sample.row.content()
    by_path = {file.path: Path(names[file.name]) for file in inventory.files}
    return row.model_copy(
        update={
            **{name: columns.get(name) or None for name in _ROW_COLUMNS},
            "extra": {name: str(columns[name]) for name in row.extra if columns.get(name)},
            "source": Path(names[inventory.main.name]),
            "sidecars": tuple(by_path[path] for path in row.sidecars if path in by_path),
            "remote": None,
            "remote_sidecars": {},
        }
    )

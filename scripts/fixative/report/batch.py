"""The batch report: a table for machines and spreadsheets, a page for people."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fixative.files import write_bytes
from fixative.findings import FINDINGS
from fixative.models import STEPS, SampleRow
from fixative.privacy.search import machine_secrets
from fixative.report.detail import detail_of
from fixative.report.entry import COLUMNS, Entry, Told, entry_of, told_of, tsv_line
from fixative.report.kept_entries import KeptEntries
from fixative.report.ome_facts import OmeFacts
from fixative.report.page import batch_page
from fixative.report.private_values import PrivateValues
from fixative.report.shell import Page
from fixative.report.status import OUTCOMES, Outcome, SampleStatus
from fixative.report.unknown_keys import UNKNOWN_KEYS, unknown_keys_of, write_unknown_keys
from fixative.report.withhold import CODE, NAME, Withholder, withheld_texts

__all__ = ["COLUMNS", "BatchSummary", "read_batch_report", "write_batch_report"]

TABLE, PAGE = "batch.tsv", "index.html"

Ended = tuple[Outcome, str]
"""Outcome and code of a sample."""


@dataclass(frozen=True)
class BatchSummary:
    """The verdict on a batch."""

    total: int
    outcomes: dict[Outcome, int]
    """Samples per outcome, in the order of `OUTCOMES`; outcomes that did not occur are left out."""
    codes: dict[Outcome, dict[str, int]]
    """Samples per finding code of an outcome, the most frequent first."""
    table: Path
    page: Path
    withheld: int = 0
    """Texts that held a private value and are not shown: see `fixative.report.withhold`."""

    @property
    def all_sealed(self) -> bool:
        """Whether every sample of the sheet is sealed, and no report would have told a private value."""
        return self.outcomes.get("sealed", 0) == self.total and not self.withheld

    def line(self) -> str:
        """Say it in one line: ``7 samples: 6 sealed, 1 refused (INV004)``."""
        head = f"{self.total} sample{'' if self.total == 1 else 's'}"
        parts = [f"{number} {outcome}{self._reasons(outcome)}" for outcome, number in self.outcomes.items()]
        line = f"{head}: {', '.join(parts)}" if parts else head
        return f"{line}; {withheld_words(self.withheld)}" if self.withheld else line

    def _reasons(self, outcome: Outcome) -> str:
        codes = self.codes.get(outcome, {})
        named = [code if number == 1 else f"{code} x {number}" for code, number in codes.items()]
        return f" ({', '.join(named)})" if named else ""


def write_batch_report(
    work: Path,
    rows: Sequence[SampleRow],
    *,
    title: str,
    archive_root_name: str,
    archive_root: Path | None = None,
) -> BatchSummary:
    """Write ``results/reports/batch.tsv`` and ``index.html``, each whole or not at all.

    Both may be handed on: neither holds a path of this machine, its name, or an account's. Before they are put in
    place they are searched for the private values of every sample: see `fixative.report.withhold`.

    Parameters
    ----------
    work : Path
        The work folder, the one that holds ``results``.
    rows : sequence of SampleRow
        The sheet; the table keeps its order.
    title : str
        Heading of the page.
    archive_root_name : str
        What to call the archive on the page: the root's name, not its path.
    archive_root : Path, optional
        Where thumbnails of sealed objects are looked for when the work folder has none. Not written.
    """
    reports = work / "results" / "reports"

    def page_of(entries: Sequence[Entry], heading: str) -> Page:
        return batch_page(
            work, entries, title=heading, archive_root_name=archive_root_name, archive_root=archive_root
        )

    kept = KeptEntries(work, (secret.value for secret in machine_secrets()))
    entries = [kept.of(row) or entry_of(told_of(work, row)) for row in rows]
    page = page_of(entries, title)
    files = {TABLE: tsv_of(entries), UNKNOWN_KEYS: _unknown_keys(work, entries)}
    searched = PrivateValues(work, kept, entries)
    found = searched.found([page.shell, files[UNKNOWN_KEYS]])
    withholder = Withholder(found, own_words)
    searched.keep(nothing_withheld=not withholder.values)
    if withholder.values:
        entries = [entry_of(withholder.told(told_of(work, row))) for row in rows]
        files = {name: withholder.file(name, text) for name, text in {**files, TABLE: tsv_of(entries)}.items()}
        withholder.page(PAGE, page_of(entries, title))
        content = withholder.page(PAGE, page_of(entries, f"{title} ({withheld_words(len(withholder.withheld))})"))
    else:
        content = page.content()
    withholder.write(reports)
    write_unknown_keys(work, _encoded(files[UNKNOWN_KEYS]))
    ended = [(entry.shown.outcome, entry.shown.code or "") for entry in entries]
    return BatchSummary(
        total=len(ended),
        outcomes=_outcomes(ended),
        codes=_codes(ended),
        table=write_bytes(reports / TABLE, _encoded(files[TABLE])),
        page=write_bytes(reports / PAGE, content),
        withheld=len(withholder.withheld),
    )


def read_batch_report(work: Path) -> BatchSummary | None:
    """Read from ``results/reports/batch.tsv`` what it says of the batch; None where there is none."""
    reports = work / "results" / "reports"
    try:
        with (reports / TABLE).open(encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream, dialect="excel-tab")
            outcome, code = map(next(lines, list(COLUMNS)).index, ("outcome", "code"))
            told = [(cast(Outcome, line[outcome]), line[code]) for line in lines]
    except FileNotFoundError:
        return None
    return BatchSummary(
        total=len(told),
        outcomes=_outcomes(told),
        codes=_codes(told),
        table=reports / TABLE,
        page=reports / PAGE,
        withheld=withheld_texts(reports),
    )


def withheld_words(count: int) -> str:
    """Say that texts are withheld: ``1 text withheld, SAN002``."""
    return f"{count} text{'' if count == 1 else 's'} withheld, {CODE}: see {NAME}"


def own_words() -> str:
    """Give Fixative's own words: the reports of a sample of which nothing is known, and every finding."""
    nothing = Path("x")
    unknown = [SampleStatus("x", "x", outcome) for outcome in OUTCOMES]
    entries = [entry_of(Told(status, OmeFacts(), detail_of(nothing, status))) for status in unknown]
    page = batch_page(nothing, entries, title="x", archive_root_name="x")
    findings = (f"{finding.summary}\n{finding.remedy}" for finding in FINDINGS.values())
    return "\n".join((*page.texts, tsv_of(entries), *findings, *STEPS))


def tsv_of(entries: Sequence[Entry]) -> str:
    """Give the table, one line per sample, safe to open in a spreadsheet."""
    return "\n".join((tsv_line(list(COLUMNS)), *(entry.line for entry in entries), ""))


def _unknown_keys(work: Path, entries: Sequence[Entry]) -> str:
    refused = [entry.shown.sample_id for entry in entries if entry.shown.code == "SAN001"]
    return unknown_keys_of(work, refused).decode("utf-8")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _outcomes(told: Sequence[Ended]) -> dict[Outcome, int]:
    counted = Counter(outcome for outcome, _ in told)
    return {outcome: counted[outcome] for outcome in OUTCOMES if counted[outcome]}


def _codes(told: Sequence[Ended]) -> dict[Outcome, dict[str, int]]:
    counted: dict[Outcome, Counter[str]] = {}
    for outcome, code in told:
        if code and outcome not in ("sealed", "awaiting approval"):
            counted.setdefault(outcome, Counter())[code] += 1
    return {outcome: dict(codes.most_common()) for outcome, codes in counted.items()}

"""The batch report: a table for machines and spreadsheets, a page for people."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fixative.files import write_bytes
from fixative.findings import FINDINGS
from fixative.models import STEPS, SampleRow
from fixative.report.page import render_page
from fixative.report.status import OUTCOMES, Outcome, SampleStatus, status_of
from fixative.report.unknown_keys import UNKNOWN_KEYS, unknown_keys_of, write_unknown_keys
from fixative.report.withhold import CODE, NAME, Withholder, secrets_of_batch, texts_of, withheld_texts

COLUMNS = (
    "sample_id",
    "dataset",
    "outcome",
    "step",
    "code",
    "message",
    "remedy",
    "object",
    "format",
    "source_bytes",
    "object_bytes",
    "planes",
    "reader",
    "policy",
    "redacted",
    "kept",
    "started",
    "ended",
    "seconds",
    "unreadable",
    "required_missing",
    "supplied_by_person",
    "nbo_tier1",
    "nbo_tier1_of",
    "rembi",
    "rembi_of",
    "predicted_bytes",
    "predicted_seconds",
)
"""Columns of ``batch.tsv``, in this order for good: further ones are added at the end."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; the wide forms do so in East Asian editions."""


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
    statuses = [status_of(work, row) for row in rows]
    unknown = unknown_keys_of(work, [status.sample_id for status in statuses if status.code == "SAN001"])
    reports = work / "results" / "reports"

    def page_of(shown: Sequence[SampleStatus], heading: str) -> bytes:
        return render_page(work, shown, title=heading, archive_root_name=archive_root_name, archive_root=archive_root)

    page = page_of(statuses, title)
    cells = (text for status in statuses for text in texts_of(status))
    texts = [page.decode("utf-8"), tsv_of(statuses).decode("utf-8"), unknown.decode("utf-8"), *cells]
    withholder = Withholder(texts, secrets_of_batch(work, [row.sample_id for row in rows]), own_words)
    shown = withholder.statuses(statuses)
    contents = {
        name: withholder.file(name, content)
        for name, content in (("batch.tsv", tsv_of(shown)), (UNKNOWN_KEYS, unknown))
    }
    if withholder.values:
        page = withholder.file("index.html", page_of(shown, title))
        page = withholder.file("index.html", page_of(shown, f"{title} ({withheld_words(len(withholder.withheld))})"))
    withholder.write(reports)
    write_unknown_keys(work, contents[UNKNOWN_KEYS])
    return BatchSummary(
        total=len(statuses),
        outcomes=_outcomes(statuses),
        codes=_codes(statuses),
        table=write_bytes(reports / "batch.tsv", contents["batch.tsv"]),
        page=write_bytes(reports / "index.html", page),
        withheld=len(withholder.withheld),
    )


def read_batch_report(work: Path) -> BatchSummary | None:
    """Read from ``results/reports/batch.tsv`` what it says of the batch; None where there is none."""
    reports = work / "results" / "reports"
    try:
        with (reports / "batch.tsv").open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream, dialect="excel-tab")
            told = [SampleStatus("", "", cast(Outcome, row["outcome"]), code=row["code"] or None) for row in rows]
    except FileNotFoundError:
        return None
    return BatchSummary(
        total=len(told),
        outcomes=_outcomes(told),
        codes=_codes(told),
        table=reports / "batch.tsv",
        page=reports / "index.html",
        withheld=withheld_texts(reports),
    )


def withheld_words(count: int) -> str:
    """Say that texts are withheld: ``1 text withheld, SAN002``."""
    return f"{count} text{'' if count == 1 else 's'} withheld, {CODE}: see {NAME}"


def own_words() -> str:
    """Give Fixative's own words: the reports of a sample of which nothing is known, and every finding."""
    unknown = [SampleStatus("x", "x", outcome) for outcome in OUTCOMES]
    page = render_page(Path("x"), unknown, title="x", archive_root_name="x")
    findings = "\n".join(f"{finding.summary}\n{finding.remedy}" for finding in FINDINGS.values())
    return f"{page.decode('utf-8')}\n{tsv_of(unknown).decode('utf-8')}\n{findings}\n{' '.join(STEPS)}"


def tsv_of(statuses: Sequence[SampleStatus]) -> bytes:
    """Give the table as UTF-8, one line per sample, safe to open in a spreadsheet."""
    stream = io.StringIO()
    # A carriage return would end up in the last column of `cut`, `awk` and `join`.
    writer = csv.writer(stream, "excel-tab", lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(list(_cells(status)) for status in statuses)
    return stream.getvalue().encode("utf-8", "backslashreplace")


def _cells(status: SampleStatus) -> Iterator[str]:
    for column in COLUMNS:
        value = status.told(column)
        if isinstance(value, float):
            yield f"{value:g}" if value < 1e6 else f"{value:.0f}"
        elif isinstance(value, tuple):
            yield _cell("; ".join(value))
        else:
            yield "" if value is None else _cell(str(value))


def _cell(text: str) -> str:
    """Fold a text into one line of printable characters that no spreadsheet takes for a formula."""
    folded = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return f"'{folded}" if text.startswith(_FORMULA) or folded.startswith(_FORMULA) else folded


def _outcomes(statuses: Sequence[SampleStatus]) -> dict[Outcome, int]:
    counted = Counter(status.outcome for status in statuses)
    return {outcome: counted[outcome] for outcome in OUTCOMES if counted[outcome]}


def _codes(statuses: Sequence[SampleStatus]) -> dict[Outcome, dict[str, int]]:
    counted: dict[Outcome, Counter[str]] = {}
    for status in statuses:
        if status.code and status.outcome not in ("sealed", "awaiting approval"):
            counted.setdefault(status.outcome, Counter())[status.code] += 1
    return {outcome: dict(codes.most_common()) for outcome, codes in counted.items()}

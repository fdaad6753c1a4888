"""No private value in a public report: what holds one is withheld, and the run fails for it.

The records of the steps are public by themselves, so a value in them is a defect: of a message, or of the sheet that
calls a sample by a name. The report appears all the same, since a facility needs it in the morning; the value does
not. In its place stands ``<withheld: RULE>``: for the whole text of a cell, and in what is drawn from elsewhere for
the value itself. ``withheld.tsv`` beside the report names each place and rule with the code SAN002, the heading of
the page counts them, and `require_all_sealed` exits with status 1. Should a page hold a value still, in a disguise
that cannot be taken out, a page of one line stands for it.

What is Fixative's own word is no find: what the report would say of a sample of which nothing is known.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fixative.files import write_bytes
from fixative.models import SampleRow
from fixative.privacy.secrets import Secret
from fixative.privacy.store import read_secrets
from fixative.report.status import SampleStatus, status_of

if TYPE_CHECKING:
    from fixative.report.entry import Told
    from fixative.report.shell import Page

CODE = "SAN002"
NAME = "withheld.tsv"

_OWN = frozenset(
    ("sample_id", "dataset", "object", "outcome", "step", "code", "started", "ended", "format", "reader")
)
"""Fields that are of a fixed vocabulary, or by which a row is known: of these the value alone is taken out."""

Status = TypeVar("Status", bound=SampleStatus)


@dataclass(frozen=True)
class Withheld:
    """One text of a report that is not shown."""

    sample: str
    place: str
    rule: str


class _Disguised(Exception):
    """A value that cannot be taken out: the line that stands for the whole report."""


class Withholder:
    """The private values that stand in the reports of a batch; nearly always none."""

    def __init__(self, found: Sequence[Secret], own: Callable[[], str]) -> None:
        """``own``: gives what stands in the reports whatever the samples are; asked where it matters."""
        from fixative.report.known_values import values_in

        said = {secret.value for secret in values_in(own(), found)} if found else set()
        self.values = [secret for secret in found if secret.value not in said]
        self.withheld: dict[Withheld, None] = {}

    def statuses(self, statuses: Sequence[Status]) -> list[Status]:
        """Give the statuses without the texts that hold a value."""
        if not self.values:
            return list(statuses)
        return [self._told(status, status.sample_id, "") for status in statuses]

    def told(self, told: "Told") -> "Told":
        """Give a sample without the texts that hold a value."""
        parts = {field.name: getattr(told, field.name) for field in fields(told)}
        return replace(told, **{name: self._told(part, told.status.sample_id, "") for name, part in parts.items()})

    def text(self, name: str, text: str) -> str:
        """Give a report, or a part of one, without what is left in it, as the last before it is put in place."""
        if not self.values:
            return text
        from fixative.privacy.search import Search
        from fixative.report.known_values import without

        for secret in self.values:
            shown = text
            text = without(text, secret, f"[withheld: {secret.rule}]")
            if text != shown:
                self.withheld[Withheld("", name, secret.rule)] = None
        search = Search(self.values, machine=False)
        search.bytes(name, text.encode("utf-8", "backslashreplace"))
        for hit in search.hits:
            self.withheld[Withheld("", hit.where, hit.rule)] = None
        if search.hits:
            raise _Disguised(f"withheld: {CODE}, rule {search.hits[0].rule}: see {NAME}\n")
        return text

    def page(self, name: str, page: "Page") -> bytes:
        """Give a page put together, without what is left in its texts."""
        try:
            return page.with_texts([self.text(name, text) for text in page.texts]).content()
        except _Disguised as disguised:
            return str(disguised).encode()

    def file(self, name: str, text: str) -> str:
        """Give a table without what is left in it."""
        try:
            return self.text(name, text)
        except _Disguised as disguised:
            return str(disguised)

    def cell(self, sample: str, place: str, text: str) -> str:
        """Give one text, or what stands for it."""
        from fixative.report.known_values import values_in

        found = values_in(text, self.values)
        if not found:
            return text
        self.withheld[Withheld(sample, place, found[0].rule)] = None
        return f"<withheld: {found[0].rule}> ({CODE})"

    def _told(self, value: Any, sample: str, place: str) -> Any:
        if isinstance(value, str):
            return self.cell(sample, place, value)
        if isinstance(value, tuple):
            return tuple(self._told(item, sample, place) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value) if field.name not in _OWN]
            told = {name: self._told(getattr(value, name), sample, f"{place} {name}".strip()) for name in names}
            return replace(value, **told)
        return value

    def write(self, reports: Path) -> Path | None:
        """Write ``withheld.tsv``, or remove an older one where nothing is withheld."""
        path = reports / NAME
        if not self.withheld:
            path.unlink(missing_ok=True)
            return None
        from fixative.report.known_values import without

        text = io.StringIO(newline="")
        writer = csv.writer(text, "excel-tab", lineterminator="\n")
        writer.writerow(["sample_id", "place", "code", "rule"])
        writer.writerows([one.sample, one.place, CODE, one.rule] for one in self.withheld)
        content = text.getvalue()
        for secret in self.values:
            content = without(content, secret, "[withheld]")
        return write_bytes(path, content.encode("utf-8", "backslashreplace"))


def secrets_of_batch(work: Path, samples: Iterable[str]) -> Iterator[Secret]:
    """Give this machine's names, and the private values of every sample of which they are known."""
    from fixative.privacy.search import machine_secrets

    yield from machine_secrets()
    for sample in samples:
        yield from secrets_of_sample(work, sample)


def secrets_of_sample(work: Path, sample: str) -> tuple[Secret, ...]:
    """Give the private values of a sample, as far as they are known."""
    try:
        return read_secrets(work / "results/samples" / sample / "private/secrets.json")
    except FileNotFoundError:
        return ()


def texts_of(value: Any) -> Iterator[str]:
    """Give every text of a status."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts_of(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from texts_of(getattr(value, field.name))


def lines_not_sealed(work: Path, rows: Sequence[SampleRow]) -> list[str]:
    """Say, for a terminal and a log, what became of each sample not sealed, and whether texts are withheld."""
    sealed = _sealed_by_report(work)
    in_question = (row for row in rows if row.sample_id not in sealed)
    unsealed = [status for row in in_question if (status := status_of(work, row)).outcome != "sealed"]
    lines = _told_lines(work, unsealed, [row.sample_id for row in rows]) if unsealed else []
    if count := withheld_texts(work / "results/reports"):
        lines.append(f"{count} texts of the report withheld, {CODE}: see {NAME}")
    from fixative.report.log_text import harmless

    return [harmless(line).replace("\n", " ") for line in lines]


def _sealed_by_report(work: Path) -> set[str]:
    """Give the samples that the table calls sealed and whose receipts are there: they need not be told of anew."""
    samples = f"{work}/results/samples"
    try:
        with (work / "results/reports/batch.tsv").open(encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream, dialect="excel-tab")
            sample, outcome = map(next(lines).index, ("sample_id", "outcome"))
            told = [line[sample] for line in lines if line[outcome] == "sealed"]
    except (OSError, ValueError, IndexError, StopIteration):
        return set()
    return {name for name in told if Path(f"{samples}/{name}/sealed.json").exists()}


def withheld_texts(reports: Path) -> int:
    """Count the texts that the reports in a folder withhold."""
    listed = reports / NAME
    return len(listed.read_text("utf-8").splitlines()) - 1 if listed.is_file() else 0


def _told_lines(work: Path, statuses: Sequence[SampleStatus], samples: Sequence[str]) -> list[str]:
    """Give a line for each status, without the private values of any sample of the batch."""
    from fixative.report.batch import own_words
    from fixative.report.known_values import values_in_texts, without

    texts = [text for status in statuses for text in texts_of(status)]
    withholder = Withholder(values_in_texts(texts, secrets_of_batch(work, samples)), own_words)
    told = withholder.statuses(statuses)
    lines = [f"{one.sample_id}: {one.outcome} {one.code or ''} {one.message or ''}" for one in told]
    for secret in withholder.values:
        lines = [without(line, secret, f"[withheld: {secret.rule}]") for line in lines]
    return lines

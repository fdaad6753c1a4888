"""What there should be and what there is: every object that anything knows of, in every root."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from fixative.audit.check import CopyCheck
from fixative.audit.fixity_log import append_event, event, log_path
from fixative.audit.history import Histories, History, parse_time
from fixative.audit.options import AuditOptions
from fixative.audit.pace import Pace
from fixative.audit.roots import Copies, Root, Wanted
from fixative.audit.schedule import Item
from fixative.catalogue import Catalogue, Entry
from fixative.catalogue.update import enter_into
from fixative.findings import RefusedSample
from fixative.sealed import HIDDEN


@dataclass
class Holdings:
    """The objects of an archive, their copies, and what is known of both."""

    options: AuditOptions
    catalogue: Catalogue
    histories: Histories
    clock: Callable[[], datetime]
    roots: tuple[Copies, ...]
    """Those that can be reached."""
    unreachable: list[RefusedSample]
    entries: dict[str, Entry] = field(default_factory=dict)
    """Every object there should be, by name."""
    added: list[str] = field(default_factory=list)
    """Objects that the catalogue did not know."""

    @property
    def now(self) -> datetime:
        """The present: an audit may take days."""
        return self.clock()

    def items(self) -> list[Item]:
        """Every copy that is there and could be read."""
        return [
            self._item(entry, root)
            for entry in self.entries.values()
            for root in self.roots
            if root.holds(entry.name)
        ]

    def missing(self) -> Iterator[tuple[str, Copies]]:
        """Every copy that is gone."""
        for name in self.entries:
            for root in self.roots:
                if not root.holds(name):
                    yield name, root

    def wanted(self, name: str) -> Wanted:
        """What is asked of every copy of an object."""
        audit = self.options.audit
        return Wanted(self.entries[name].manifest_sha256, modes=audit.modes, decode=audit.decode)

    def check(self, name: str, root: Copies, pace: Pace) -> CopyCheck:
        """Check a copy and log it; when this returns, the check counts, whatever happens next."""
        found = root.check(name, self.wanted(name), pace)
        self.log(found, root)
        if found.whole and self.entries[name].manifest_sha256 is None:
            self.entries[name] = replace(root.describe(name), manifest_sha256=found.manifest_sha256)
            self.catalogue.add([self.entries[name]])
        return found

    def log(self, found: CopyCheck, root: Copies) -> None:
        """Append a check to the object's fixity log; an object that stays missing is logged once."""
        if found.state == "missing" and self.histories.of(found.object).of(root.name).state == "missing":
            return
        level = "every plane decoded, every document checked" if found.decoded else "bag complete"
        detail = f"{level}; {found.algorithms} of {found.files} files, {found.bytes} bytes"
        entry = event(
            "fix",
            found.object,
            outcome={"good": "success", "unlocked": "warning"}.get(found.state, "failure"),
            note=found.note,
            copy=root.name,
            detail=detail if found.state != "missing" else "looked for",
            extension={"state": found.state, "bytes": found.bytes, "manifest_sha256": found.manifest_sha256},
            codes=sorted({finding.code for finding in found.findings}),
            now=self.now,
        )
        append_event(log_path(self.options.archive.path, found.object), entry)
        self.histories.read_again(found.object)

    def _item(self, entry: Entry, root: Copies) -> Item:
        history = self.histories.of(entry.name).of(root.name)
        sealed, good = parse_time(entry.sealed), history.last_good(self.now)
        wanted = False
        if sealed is not None:
            since = sealed + timedelta(days=self.options.safe_to_delete.after_days)
            wanted = since <= self.now and (good is None or good < since)
        bad = history.state not in ("good", "never checked")
        # One that was gone and came back is as good as new.
        checked = None if history.state == "missing" else history.last_checked(self.now)
        return Item(entry.name, root.name, entry.bytes, checked, wanted and not bad, bad)


def utc_now() -> datetime:
    """The present."""
    return datetime.now(UTC)


@contextmanager
def open_holdings(
    options: AuditOptions, expected: Iterable[str] = (), *, clock: Callable[[], datetime] = utc_now
) -> Iterator[Holdings]:
    """Open an archive for an audit or a repair; one at a time.

    Parameters
    ----------
    expected
        Objects that somebody else knows to be sealed: the receipts of a work folder.

    Raises
    ------
    RefusedSample
        AUD006 when there is no archive, AUD008 when it cannot be written beside it, AUD009 when another audit is
        at work there.
    """
    if problem := options.archive.problem():
        raise problem
    with _lock(options.archive), Catalogue(options.archive.path) as catalogue:
        found = [(root, root.problem()) for root in options.roots]
        holdings = Holdings(
            options=options,
            catalogue=catalogue,
            histories=Histories(options.archive.path, catalogue, clock),
            clock=clock,
            roots=tuple(root for root, problem in found if problem is None),
            unreachable=[problem for _, problem in found if problem is not None],
        )
        _take_stock(holdings, expected)
        try:
            yield holdings
        finally:
            # The logs say it; what the catalogue does not learn now, the next audit reads there.
            with suppress(RefusedSample, OSError):
                holdings.histories.keep()


def _take_stock(holdings: Holdings, expected: Iterable[str]) -> None:
    known = holdings.catalogue.entries()
    present: dict[str, Copies] = {}
    for root in reversed(holdings.roots):
        present |= dict.fromkeys(root.objects(), root)
    new = [
        _as_logged(root.describe(name), holdings.histories.of(name))
        for name, root in sorted(present.items())
        if name not in known
    ]
    others = {*holdings.histories.names(), *expected} - known.keys() - present.keys()
    withdrawn = {name for name in others if holdings.histories.of(name).withdrawn}
    holdings.added = [entry.name for entry in new]
    holdings.catalogue.add(new)
    enter_into(holdings.catalogue, holdings.options.archive.path, holdings.added)
    entries = {**known, **{entry.name: entry for entry in new}, **{name: Entry(name) for name in others - withdrawn}}
    holdings.entries = dict(sorted(entries.items()))


def _as_logged(entry: Entry, history: History) -> Entry:
    """Take the manifest from the log where the catalogue was lost: the object may have changed since."""
    return replace(entry, manifest_sha256=history.manifest_sha256 or entry.manifest_sha256)


@contextmanager
def _lock(root: Root) -> Iterator[None]:
    """Hold the archive for as long as this lasts; a killed process holds nothing."""
    try:
        (root.path / HIDDEN).mkdir(exist_ok=True)
        handle = os.open(root.path / HIDDEN / "audit.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RefusedSample("AUD008", where=HIDDEN, reason=error.strerror) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusedSample("AUD009") from None
        except OSError:  # a file system without locks: two audits at once read twice, and do no harm
            pass
        yield
    finally:
        os.close(handle)

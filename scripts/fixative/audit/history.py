"""What the fixity logs say of each copy: when it was last checked, when it was last good, what it is now."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixative.audit.fixity_log import EVENT_TYPES, FIXITY, Event, log_path, read_events
from fixative.catalogue import Catalogue

FIX, DEACCESSION = EVENT_TYPES["fix"], EVENT_TYPES["dea"]


@dataclass(frozen=True)
class CopyHistory:
    """The checks of one copy of one object."""

    state: str = "never checked"
    """Of the last line: the order of lines is the truth, whatever the clock did."""
    checked: tuple[str, ...] = ()
    """Times (UTC) of the two latest checks, the latest first."""
    good: tuple[str, ...] = ()
    """Times of the two latest checks that found every byte right."""
    manifest_sha256: str | None = None
    """Of the copy when it was last found good."""
    note: str = ""
    codes: tuple[str, ...] = ()

    def last_checked(self, now: datetime) -> datetime | None:
        """When it was last checked; a time to come says nothing, or a wrong clock would postpone checks for ever."""
        return _latest(self.checked, now)

    def last_good(self, now: datetime) -> datetime | None:
        """When it was last found good."""
        return _latest(self.good, now)


@dataclass(frozen=True)
class History:
    """The log of one object."""

    copies: dict[str, CopyHistory] = field(default_factory=dict)
    withdrawn: bool = False
    """The last that was said of the object is that it was removed on purpose."""
    unreadable: int = 0
    """Lines that are no events: torn by a crash, or damaged."""

    @property
    def manifest_sha256(self) -> str | None:
        """Of the first copy that was once found good."""
        return next((copy.manifest_sha256 for copy in self.copies.values() if copy.manifest_sha256), None)

    def of(self, copy: str) -> CopyHistory:
        """Give the history of one copy."""
        return self.copies.get(copy, CopyHistory())


def history_of(events: Iterable[Event], unreadable: int = 0, now: datetime | None = None) -> History:
    """Sum up the events of a log."""
    now = now or datetime.now(UTC)
    copies: dict[str, CopyHistory] = {}
    withdrawn = False
    for entry in events:
        try:
            kind = entry["eventType"]["value"]
            when = entry["eventDateTime"]
            parsed = parse_time(when)
            detail = entry["eventDetailInformation"][0]["eventDetailExtension"]
            copy, state = str(detail["copy"]), str(detail.get("state", ""))
            told = entry["eventOutcomeInformation"][0]["eventOutcomeDetail"][0]
            note, codes = str(told["eventOutcomeDetailNote"]), tuple(told["eventOutcomeDetailExtension"]["codes"])
        except (KeyError, IndexError, TypeError, ValueError):
            unreadable += 1
            continue
        if kind == DEACCESSION:
            # What comes after it under this name is another object.
            copies, withdrawn = {}, True
        elif kind == FIX:
            withdrawn = False
            before = copies.get(copy, CopyHistory())
            read = parsed is not None and parsed <= now and state not in ("missing", "not readable")
            copies[copy] = CopyHistory(
                state=state,
                checked=_two_latest(before.checked, when) if read else before.checked,
                good=_two_latest(before.good, when) if read and state in ("good", "unlocked") else before.good,
                manifest_sha256=_manifest(detail, state) or before.manifest_sha256,
                note=note,
                codes=codes,
            )
    return History(copies, withdrawn, unreadable)


def parse_time(text: object) -> datetime | None:
    """Read a time of the log; one without a zone is UTC, and what is no time is None."""
    try:
        parsed = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _manifest(detail: dict[str, Any], state: str) -> str | None:
    found = detail.get("manifest_sha256")
    return found if isinstance(found, str) and state in ("good", "unlocked") else None


def _two_latest(times: tuple[str, ...], new: str) -> tuple[str, ...]:
    return tuple(sorted({*times, new}, reverse=True)[:2])


def _latest(times: Iterable[str], now: datetime) -> datetime | None:
    parsed = (parse_time(text) for text in times)
    return max((when for when in parsed if when is not None and when <= now), default=None)


class Histories:
    """The histories of all objects, by name; a log that has not changed since it was last read is not read again.

    What was read is kept in the catalogue, which may be removed at any time: the logs are the truth.
    """

    def __init__(self, root: Path, catalogue: Catalogue, clock: Callable[[], datetime]) -> None:
        self._root, self._catalogue, self._clock = root, catalogue, clock
        self._read: set[str] = set()
        self._histories: dict[str, History] = {}
        kept, fresh = catalogue.logs(), []
        for path in sorted((root / FIXITY).glob("*/*.jsonl")):
            name = f"{path.parent.name}/{path.stem}"
            status = path.stat()
            known = kept.get(name)
            if known and known[:2] == (status.st_size, status.st_mtime_ns) and (read := _unpack(known[2])):
                self._histories[name] = read
            else:
                self._histories[name] = history_of(*read_events(path), now=clock())
                fresh.append((name, status.st_size, status.st_mtime_ns, _pack(self._histories[name])))
        catalogue.keep_logs(fresh)

    def of(self, name: str) -> History:
        """Give the history of one object."""
        return self._histories.get(name, History())

    def names(self) -> set[str]:
        """Objects that have a log, and were not withdrawn."""
        return {name for name, history in self._histories.items() if not history.withdrawn}

    def read_again(self, name: str) -> History:
        """Read a log that was just appended to."""
        self._histories[name] = history_of(*read_events(log_path(self._root, name)), now=self._clock())
        self._read.add(name)
        return self._histories[name]

    def keep(self) -> None:
        """Tell the catalogue of the logs that were appended to; a kill before that costs the next audit a read."""
        read = [(name, log_path(self._root, name).stat()) for name in sorted(self._read)]
        self._catalogue.keep_logs(
            [(name, at.st_size, at.st_mtime_ns, _pack(self._histories[name])) for name, at in read]
        )
        self._read.clear()


def _pack(history: History) -> str:
    return json.dumps(asdict(history))


def _unpack(text: str) -> History | None:
    try:
        read: dict[str, Any] = json.loads(text)
        copies = {
            copy: CopyHistory(
                **{**said, **{key: tuple(said[key]) for key in ("checked", "good", "codes")}},
            )
            for copy, said in read["copies"].items()
        }
        return History(copies, read["withdrawn"], read["unreadable"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None

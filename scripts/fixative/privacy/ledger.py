"""The account of what was done to one sample's metadata: lines for the public, the mapping for the vault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fixative.models import MetadataDump, Redaction
from fixative.privacy.actions import DEFAULT_RULE
from fixative.privacy.marks import MOST_MARKS, Marks
from fixative.privacy.plan import Step
from fixative.privacy.rules import Letter
from fixative.privacy.slots import REMOVE

MAPPING_FORMAT = "fixative-mapping-1"


class Line(NamedTuple):
    """What identifies a line of the public log."""

    key: str
    letter: Letter
    rule: str
    ground: str | None
    reason: str | None


@dataclass
class _Tally:
    count: int = 0
    marks: set[str] = field(default_factory=set)


class Ledger:
    """Notes every change as it is made.

    Parameters
    ----------
    marks : Marks, optional
        None where there is no vault: then values are not kept, and lines bear no marks.
    """

    def __init__(self, marks: Marks | None = None) -> None:
        self._marks = marks
        self._lines: dict[Line, _Tally] = {}
        self._changes: list[dict[str, Any]] = []

    @property
    def key_id(self) -> str | None:
        """Which vault key the marks were made with."""
        return self._marks.key_id if self._marks else None

    def note(self, step: Step, line: Line, now: object) -> None:
        """Note that what a step's slot said is now ``now``.

        What stands in the dump as well (`Step.copied`: columns, names of files) is counted there in the log.
        """
        mark = self._marks.of(line.key, step.slot.value) if self._marks else None
        if not step.copied:
            tally = self._lines.setdefault(line, _Tally())
            tally.count += 1
            if mark:
                tally.marks.add(mark)
        if mark:
            self._changes.append(
                {
                    "key": step.slot.name,
                    "value": step.slot.value,
                    "now": None if now is REMOVE else now,
                    "removed": now is REMOVE,
                    "action": line.letter,
                    "rule": line.rule,
                    "line": line.key,
                    "copied": step.copied,
                    "hmac": mark,
                }
            )

    def redactions(self) -> tuple[Redaction, ...]:
        """Give the lines of the public log, in order."""
        return tuple(
            Redaction(
                key=line.key,
                action=line.letter,
                rule=line.rule,
                ground=line.ground,
                reason=line.reason,
                count=tally.count,
                **self._marked(line, tally),
            )
            for line, tally in sorted(self._lines.items(), key=lambda item: item[0][:3])
        )

    def _marked(self, line: Line, tally: _Tally) -> dict[str, Any]:
        if self._marks is None or len(tally.marks) <= MOST_MARKS:
            return {"values_hmac": tuple(sorted(tally.marks))}
        return {"values_hmac": (self._marks.over(line.key, tally.marks),), "values_hmac_of": "all"}

    def mapping(
        self, names: Mapping[str, str], renamed: Mapping[str, str], messages: Sequence[tuple[str, str, str]]
    ) -> dict[str, Any]:
        """Give the table that leads back from what is public to what stood there; without a vault, an empty one.

        Parameters
        ----------
        names
            Name of each file of the set to its public name.
        renamed
            Old to new names of keys, for which no rule speaks.
        messages
            Place, text as it was, text as it is: what libraries said, and the names of files in the dump.
        """
        if self._marks is None:
            return {"format": MAPPING_FORMAT, "hmac_key": None}
        return {
            "format": MAPPING_FORMAT,
            "hmac_key": self.key_id,
            "fileset_sha256": self._marks.fileset_sha256,
            "names": [{"public": public, "name": name} for name, public in names.items()],
            "changes": self._changes,
            "renamed_keys": [{"key": old, "now": new} for old, new in sorted(renamed.items()) if old != new],
            "messages": [
                {"key": place, "value": old, "now": new, "action": "C", "rule": DEFAULT_RULE}
                for place, old, new in messages
            ],
        }


def changed_messages(before: MetadataDump, after: MetadataDump) -> list[tuple[str, str, str]]:
    """Give the texts of a dump that stand in no tree and have changed: place, as it was, as it is."""
    sources = enumerate(zip(before.sources, after.sources, strict=True))
    tried = enumerate(zip(before.tried, after.tried, strict=True))
    notes = enumerate(zip(before.notes, after.notes, strict=True))
    texts = [
        *((f"dump:/sources[{number}]/file", old.file, new.file) for number, (old, new) in sources),
        *((f"dump:/tried[{number}]/error", old.error, new.error) for number, (old, new) in tried),
        *((f"dump:/notes[{number}]", old, new) for number, (old, new) in notes),
    ]
    return [text for text in texts if text[1] != text[2]]

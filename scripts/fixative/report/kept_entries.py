"""Sealed samples of which nothing has changed are told as in the last report: what it said is kept, and read back.

Reading the dozen records of a sample again costs half a millisecond, at each night and for each that was ever sealed.
An entry is taken over where the receipt and the folders of the sample's records are as they were: every step leaves
its outcome there under a new name. Only what was found to hold no private value is kept: see `report.withhold`.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from fixative import __version__
from fixative.files import write_bytes
from fixative.models import SampleRow
from fixative.report.entry import Entry, Shown

NAME = "results/report_entries.tsv"
_FORM = "1"


class KeptEntries:
    """Entries of the report before, by sample.

    Parameters
    ----------
    work
        The work folder.
    known
        What else an entry depends on: names of this machine, which are left out of messages. Entries that were
        kept under others are not taken over.
    """

    def __init__(self, work: Path, known: Iterable[str]) -> None:
        self._path = work / NAME
        self._samples = f"{work}/results/samples/"
        digest = blake2b("\n".join(known).encode("utf-8", "replace"), digest_size=16).hexdigest()
        self._head = "\t".join((_FORM, __version__, digest, *Shown._fields))
        self._marks: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self.token = ""
        """What the entries of the report before are known by; empty where there are none."""
        self.outdated = False
        """Whether a sample has changed whose entry was kept."""
        self._kept = self._read()

    def of(self, row: SampleRow) -> Entry | None:
        """Give the entry of a sample, or None where there is none or something has changed."""
        mark = self._mark(row)
        kept = self._kept.get(row.sample_id)
        if mark is None or kept is None:
            return None
        was, text = kept.split("\t", 1)
        if was != mark:
            self.outdated = True
            return None
        shown, detail, line = text.split("\t", 2)
        self._texts[row.sample_id] = text
        return Entry(Shown(*json.loads(shown)), detail, line)

    @property
    def texts(self) -> dict[str, str]:
        """The text of each entry that was taken over, by sample."""
        return self._texts

    def keeps(self, entry: Entry) -> bool:
        """Whether an entry will be kept for the next report."""
        return entry.shown.outcome == "sealed" and entry.shown.sample_id in self._marks

    def write(self, entries: Sequence[Entry], token: str) -> None:
        """Keep the entries of sealed samples for the next report; as private as the records they are made from."""
        lines = [f"{self._head}\t{token}"]
        for entry in filter(self.keeps, entries):
            sample = entry.shown.sample_id
            text = self._texts.get(sample) or text_of_entry(entry)
            lines.append(f"{sample}\t{self._marks[sample]}\t{text}")
        lines.append("")
        write_bytes(self._path, "\n".join(lines).encode("utf-8", "backslashreplace"), 0o600, durable=False)

    def forget(self) -> None:
        """Keep nothing."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            head, *lines = self._path.read_text("utf-8").split("\n")
        except (OSError, ValueError):
            return {}
        known, _, token = head.rpartition("\t")
        if known != self._head or not lines or lines.pop():
            return {}
        self.token = token
        return dict(line.split("\t", 1) for line in lines)

    def _mark(self, row: SampleRow) -> str | None:
        """What is compared: the receipt, the folders of the records, and what of the row the entry says or needs."""
        folder = self._samples + row.sample_id
        try:
            # A Path for each would take as long as the rest.
            states = [os.stat(folder + name) for name in ("/sealed.json", "", "/outcomes")]  # noqa: PTH116
        except OSError:
            return None
        times = ".".join(f"{state.st_mtime_ns:x}" for state in (*states, *_private(folder)))
        said = f"{row.dataset}\n{row.origin}\n{row.privacy_policy}".encode("utf-8", "surrogateescape")
        mark = f"{times}.{states[0].st_ino:x}.{blake2b(said, digest_size=8).hexdigest()}"
        self._marks[row.sample_id] = mark
        return mark


def _private(folder: str) -> Iterator[os.stat_result]:
    """Give the state of the folder of the values that no report may tell, where there is one."""
    with suppress(OSError):
        yield os.stat(f"{folder}/private")  # noqa: PTH116


def text_of_entry(entry: Entry) -> str:
    """Give an entry as one line: all that is told of a sample."""
    shown = json.dumps(entry.shown, ensure_ascii=False, separators=(",", ":"))
    return "\t".join((shown, entry.detail, entry.line))

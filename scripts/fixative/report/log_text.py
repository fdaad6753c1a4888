"""What a step's log may say: messages and tracebacks of libraries quote paths, names and values of the source.

Every line is cleaned as it is written. This machine's and the sample's paths go, as in a report; file names and
folders of the source, which are people's names often enough; e-mails and addresses. Once the private values of a
sample are known, they go as well. A traceback keeps what a developer needs: files of the code relative to their
package, line numbers, functions, types of exceptions.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from fixative.models import Inventory, SampleRow
from fixative.privacy.cleaners import clean
from fixative.privacy.scrub import Scrubber
from fixative.privacy.secrets import Vault, folded, reason_not_searched
from fixative.privacy.store import read_secrets
from fixative.records import read_record
from fixative.report.public import known_paths, without_names, without_paths

CLEANERS = ("urls", "emails", "macs", "ips")
MOST_FILES = 500
"""Names of a file set that are looked for; of larger ones (a plane a file) the first."""

_DRIVES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters, but for tab and line feed."""

_CODE = re.compile(r"""(?P<before>File "|^)(?P<path>/[^"\n]*?\.py)(?=["':])""", re.MULTILINE)


def harmless(text: str) -> str:
    """Escape what could drive the terminal in which a text is read: the name of a file may hold anything."""
    return _DRIVES.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class LogText(logging.Formatter):
    """Formats lines of a log without what must not stand in it."""

    converter = staticmethod(time.gmtime)

    def __init__(self, work: Path) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self._work = work
        self._code = sorted({str(Path(place).absolute()) for place in sys.path if place}, key=len, reverse=True)
        self._paths = known_paths(None, work)
        self._row: SampleRow | None = None
        self._folder: Path | None = None
        self._read: tuple[float | None, ...] = ()
        self._scrubber: Scrubber | None = None

    def begin(self, row: SampleRow, folder: Path) -> None:
        """Say which sample the next lines are about, and where its records are."""
        self._row, self._folder, self._read, self._scrubber = row, folder, (), None
        self._paths = known_paths(row, self._work)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line, cleaned."""
        return self.clean(super().format(record))

    def clean(self, text: str) -> str:
        """Give a text without what must not stand in a log."""
        text = _CODE.sub(self._relative, text)
        for path, word in self._paths:
            text = text.replace(path, word)
        scrubber = self._known_values()
        text = scrubber.text(text) if scrubber else text
        text = clean(without_paths(text), CLEANERS)[0]
        return harmless(without_names(text))

    def _relative(self, match: "re.Match[str]") -> str:
        """Name a file of code from its package on."""
        path = match["path"]
        place = next((place for place in self._code if path.startswith(f"{place}/")), None)
        return match["before"] + (path.removeprefix(f"{place}/") if place else Path(path).name)

    def _known_values(self) -> Scrubber | None:
        """What is private of the sample so far; read again where a step has written more of it."""
        if self._row is None or self._folder is None:
            return None
        files = (self._folder / "inventory.json", self._folder / "private/secrets.json")
        read = tuple(file.stat().st_mtime if file.is_file() else None for file in files)
        if self._scrubber is None or read != self._read:
            vault = Vault()
            if files[1].is_file():
                for secret in read_secrets(files[1]):
                    vault.add(secret.rule, secret.value, "text", f"<private: {secret.rule}>")
            for name, word in _names_of_source(self._row, read_record(Inventory, files[0])):
                vault.add("source", name, "text", word)
            self._read, self._scrubber = read, Scrubber(vault)
        return self._scrubber

    def uncaught(self, kind: type[BaseException], error: BaseException, frames: TracebackType | None) -> None:
        """Print an exception that ends the process (`sys.excepthook`)."""
        print(self.clean("".join(traceback.format_exception(kind, error, frames))), file=sys.stderr)  # noqa: T201


def _names_of_source(row: SampleRow, inventory: Inventory | None) -> Iterator[tuple[str, str]]:
    """Give names of files and folders of the source that say something, each with the word that stands for it.

    A name that is within the sample's own, or that of its data set, is public already.
    """
    said = folded(f"{row.sample_id} {row.dataset}")
    names = {path.name: "<source name>" for path in (row.source, *row.sidecars)}
    for file in inventory.files[:MOST_FILES] if inventory else ():
        for part in Path(file.name).parts:
            names.setdefault(part, "<source name>")
    for path in (row.source, *row.sidecars):
        for part in path.absolute().parent.parts:
            names.setdefault(part, "<folder>")
    for name, word in names.items():
        if reason_not_searched(name) is None and folded(name) not in said:
            yield name, word

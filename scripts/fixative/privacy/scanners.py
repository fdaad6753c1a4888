"""Second scanners: what exiftool and Bio-Formats read from a public file, searched as text.

They decode what the search of the bytes does not: text in encodings of its own (XMP in UTF-32, JIS in EXIF), values
that a maker scrambles. Their values are searched, not the names of their tags, which are their own words. A scanner
that is absent, or does not open a file, is recorded as such and is no reason to refuse: the search of the bytes is
complete without it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fixative.findings import RefusedSample
from fixative.privacy.search import Search

if TYPE_CHECKING:
    from fixative.readers.options import ReaderOptions

OWN = "fixative"
MOST_DIRECTORIES = 1500
"""Of a TIFF that exiftool is given: it takes 1.1 ms for each. The bytes of all of them are searched in any case."""


class Scanners:
    """Lets the second scanners read files for one search; keeps who has read, and who has not."""

    def __init__(self, search: Search, folder: Path) -> None:
        """``folder``: where the files lie for now; a scanner that names it tells nothing of the file."""
        self._search, self._folder = search, str(folder.absolute())
        self._used: dict[str, str] = {OWN: OWN}

    @property
    def used(self) -> tuple[str, ...]:
        """Names and versions: ``exiftool 12.57``; or why one was not used: ``exiftool: not on this machine``."""
        return tuple(self._used.values())

    @property
    def bioformats_has_read(self) -> bool:
        """Whether Bio-Formats was one of them."""
        return "bioformats" in self._used

    def exiftool(self, where: str, path: Path, *, directories: int = 1) -> None:
        """Search what exiftool reads of a file; one of very many ``directories`` is not given to it."""
        from fixative.metadata.exiftool import ExiftoolFailed, exiftool_session

        if directories > MOST_DIRECTORIES:
            self._used["exiftool of the image"] = f"exiftool: not asked of {directories} TIFF directories"
            return
        with exiftool_session() as session:
            if not session.available:
                self._used["exiftool"] = "exiftool: not on this machine"
                return
            try:
                tags, version = session.everything(path)
            except ExiftoolFailed as error:
                self._used["exiftool"] = f"exiftool: {error}"
                return
        self._used.setdefault("exiftool", f"exiftool {version}")
        self._read(f"{where}, as exiftool reads it", tags)

    def bioformats(self, where: str, version: str, ome_xml: str, tables: Any) -> None:
        """Search what Bio-Formats has read of a file: its OME-XML and its original metadata."""
        self._used["bioformats"] = f"bioformats {version}"
        self._read(f"{where}, as Bio-Formats reads it", [ome_xml, tables])

    def bioformats_if_running(self, where: str, path: Path, options: "ReaderOptions") -> None:
        """Open the archived file with Bio-Formats, where its Java machine runs already in this job.

        To start one for this alone would cost 2.5 s, which a job of small samples does not take altogether.
        """
        from fixative.readers.bioformats.jvm import is_running

        if self.bioformats_has_read:
            return
        if not is_running():
            self._used["bioformats"] = "bioformats: not running in this job"
            return
        from fixative.metadata_diff.speakers import bioformats_words

        try:
            self.bioformats(where, *bioformats_words(path, options))
        except RefusedSample:
            self._used["bioformats"] = "bioformats: does not open the file"

    def _read(self, where: str, value: Any) -> None:
        self._search.text(where, "\n".join(_texts(value)).replace(self._folder, ""))


def _texts(value: Any) -> Iterator[str]:
    """Give every text and number in a tree, its names left out."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
        elif one is not None and not isinstance(one, bool):
            yield one if isinstance(one, str) else json.dumps(one)

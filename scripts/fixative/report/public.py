"""Text that may stand in a public report: no path of this machine, no host, no user name."""

import os
import re
import socket
from contextlib import suppress
from getpass import getuser
from pathlib import Path

from fixative.models import SampleRow

_PATH = re.compile(
    r"""
    (?P<keep>                       # a metadata key (`ome:/OME/Image[0]/@Name`), a web address
        \b(?:czi|dv|exiftool|imagej|lif|micromanager|nd2|ome|sidecar|sheet|tiff|zarr):/[^\s'"`]*
      | \bfile:/\d+(?:/[^\s'"`/]+)? (?![\w/])
      | \bhttps?://[^\s'"`]*
      | </[A-Za-z][\w:.-]*>         # an XML end tag
    )
  | (?P<quote>['"`]) (?:file://)? (?:/|[A-Za-z]:[\\/]|\\\\) [^'"`\n]* (?P=quote)
  | file:/[^\s'"`<>]*
  | (?<![\w./\\>)\]]) (?:/|[A-Za-z]:[\\/]|\\\\) [^\s'"`<>|,;()]+   # not inside `T/C/Z` or `../x`
    """,
    re.VERBOSE,
)
_COMMON = frozenset({"root", "localhost", "user", "data", "image", "images", "nobody", "runner"})
"""Account and host names that are also ordinary words: replacing them would falsify messages."""


def public_text(text: str, row: SampleRow, work: Path) -> str:
    """Replace what a message tells of this machine by what it means to a reader elsewhere.

    Messages of findings are written for the public; those of other exceptions are whatever a library
    said, which is often a whole path. Known paths go first, since they may hold spaces.

    Parameters
    ----------
    text : str
        A message of an outcome record.
    row : SampleRow
        The sample; its source and sidecars are known paths.
    work : Path
        The work folder.
    """
    for path, word in known_paths(row, work):
        text = text.replace(path, word)
    return without_names(without_paths(text))


def without_paths(text: str) -> str:
    """Replace whatever reads as an absolute path."""
    return _PATH.sub(lambda found: found["keep"] or "<path>", text)


def without_names(text: str) -> str:
    """Replace the names of this machine and of its account."""
    for name, word in _names():
        text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", word, text)
    return text


def known_paths(row: SampleRow | None, work: Path) -> list[tuple[str, str]]:
    """Give the paths that are known, in every spelling, each with the word that stands for it; longest first."""
    named = [(work, "<work folder>")]
    if row is not None:
        named = [(row.source, "<source>"), (row.source.parent, "<source folder>"), *named]
        named += [(sidecar, "<sidecar>") for sidecar in row.sidecars]
    named += [(Path.home(), "<home>")]
    spelled: dict[str, str] = {}
    for path, word in named:
        # Not `Path.resolve`, which raises where links go in a circle.
        for form in (path, path.absolute(), Path(os.path.realpath(path))):
            # Short ones ("/", "/data", ".") are left to the patterns: replaced as text they hit words.
            if form.is_absolute() and len(form.parts) > 2:
                spelled[str(form)] = word
                spelled[form.as_uri()] = word
    return sorted(spelled.items(), key=lambda item: -len(item[0]))


def _names() -> tuple[tuple[str, str], ...]:
    found = {socket.gethostname(): "<host>", socket.gethostname().partition(".")[0]: "<host>"}
    with suppress(KeyError, OSError):  # an account without a name: containers
        found[getuser()] = "<user>"
    named = [(name, word) for name, word in found.items() if len(name) > 2 and name not in _COMMON]
    return tuple(sorted(named, key=lambda item: -len(item[0])))

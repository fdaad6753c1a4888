"""Privacy, looked at once more without the secrets: places and machines that no public file should name.

What was redacted nobody knows here; that it was looked for, and by whom, the record says. These patterns are a second
look. What they find may be what a policy keeps, so it is a note, and never told word for word.
"""

import re
import socket
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from fixative.verify.report import Note

MOST_TEXT_BYTES = 64 * 1024 * 1024
"""Of a file that is searched; what is larger is cut off, and told of."""

_ROOTS = "home|Users|mnt|media|root|tmp|scratch|srv|opt|var|gpfs|lustre|nfs|Volumes|private"
_HEX = r"[0-9a-fA-F]"
# Lengths are bounded: what is searched may be hostile, and a run of a million letters must not cost their square.
PATTERNS: Mapping[str, re.Pattern[str]] = {
    "an absolute path": re.compile(rf"(?<![\w./:~-])/(?:{_ROOTS})/[^\s\"'<>]"),
    "a path with a drive letter": re.compile(r"(?<![A-Za-z0-9])[A-Za-z]:(?:\\|/(?!/))[A-Za-z0-9_ .-]{1,255}(?:\\|/)"),
    "a path on a server": re.compile(r"(?<![\\\w])\\\\[A-Za-z0-9_.-]{2,255}\\"),
    "a file address": re.compile(r"\bfile:/"),
    "an e-mail address": re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}\.[A-Za-z]{2,24}"),
    "a UUID of version 1, which holds a network address": re.compile(
        rf"\b{_HEX}{{8}}-{_HEX}{{4}}-1{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}\b"
    ),
    "a network (MAC) address": re.compile(rf"(?<![\w:-])(?:{_HEX}{{2}}[:-]){{5}}{_HEX}{{2}}(?![\w:-])"),
}
LEAST_NAME = 5
"""Letters of a machine's name that is looked for: shorter ones stand in ordinary words."""

ORDINARY = frozenset(("localhost", "debian", "ubuntu", "fedora", "docker", "linux", "server"))
EXPECTED = "nothing that names a place, a person or a machine"


def privacy_notes(files: Mapping[str, bytes]) -> Iterator[Note]:
    """Look for places and machines in the texts of an object.

    Parameters
    ----------
    files
        Text by file: documents, OME-XML, tag files.

    Yields
    ------
    Note
        One for each file and pattern, with the number of places; never the text itself.
    """
    patterns = {**PATTERNS, **this_machine()}
    for name, content in files.items():
        text = content[:MOST_TEXT_BYTES].decode("utf-8", "replace")
        if name.endswith(".json"):
            text = _unescaped(text)
        for what, pattern in patterns.items():
            if first := pattern.search(text):
                count = sum(1 for _ in pattern.finditer(text))
                line = text.count("\n", 0, first.start()) + 1
                yield Note(name, EXPECTED, f"{what}, {count} times, first in line {line}")
        if len(content) > MOST_TEXT_BYTES:
            yield Note(name, f"at most {MOST_TEXT_BYTES:,} bytes to search for names of places", f"{len(content):,}")


def _unescaped(text: str) -> str:
    """Undo what JSON does to backslashes and quotes; line breaks within a value become spaces, so lines count on."""
    for escaped, plain in (("\\\\", "\0"), ("\\n", " "), ("\\t", " "), ('\\"', '"'), ("\0", "\\")):
        text = text.replace(escaped, plain)
    return text


@cache
def this_machine() -> dict[str, re.Pattern[str]]:
    """Names of the machine and of the user that check: they are those of the archiving ones, more often than not."""
    found = {}
    host = socket.gethostname().partition(".")[0]
    if len(host) >= LEAST_NAME and host.lower() not in ORDINARY:
        found["the name of this machine"] = re.compile(rf"(?<!\w){re.escape(host)}(?!\w)", re.IGNORECASE)
    try:
        home = str(Path.home())
    except RuntimeError:  # an account without a home folder
        home = "/"
    if home.count("/") > 1:
        found["the home folder of this account"] = re.compile(re.escape(home) + r"(?!\w)")
        user = home.rpartition("/")[2]
        if len(user) >= LEAST_NAME:
            found["the name of this account"] = re.compile(rf"(?<!\w){re.escape(user)}(?!\w)")
    return found

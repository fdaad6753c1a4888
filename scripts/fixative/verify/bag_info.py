"""bag-info.txt: its fields (RFC 8493, section 2.2.2), and what file systems and tools stumble over in a manifest."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from fixative.findings import RefusedSample
from fixative.verify.report import Note

_FIELD = re.compile(r"\A([^\s:](?:[^:]*[^\s:])?)([ \t]*):([ \t]*)(.*)\Z")
_OXUM = re.compile(r"\A\d+\.\d+\Z")
SYSTEM_FILES = frozenset((".ds_store", "thumbs.db", "desktop.ini", ".localized"))
"""Files that systems make, change and delete by themselves."""


def info_fields(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Split lines into labels and values; a line that begins with a space goes on with the one before."""
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            label, value = fields[-1]
            fields[-1] = label, f"{value} {line.strip()}".strip()
        elif match := _FIELD.match(line):
            fields.append((match[1], match[4].strip()))
    return fields


def info_findings(name: str, lines: Iterable[str], version: tuple[int, int]) -> Iterator[RefusedSample]:
    """Say where a bag-info.txt of BagIt 1.0 is not what the RFC defines; drafts before it were loose."""
    if version < (1, 0):
        return
    listed = list(lines)
    for number, line in enumerate(listed, start=1):
        match = _FIELD.match(line)
        if line[:1] in (" ", "\t") and number > 1:
            continue
        if match is None or match[2] or (match[4] and not match[3]):
            yield _damaged(f"{name} line {number}", "a label, a colon, a space and a value", repr(line))
    sums = [value for label, value in info_fields(listed) if label.lower() == "payload-oxum"]
    if len(sums) > 1:
        yield _damaged(name, "Payload-Oxum once", f"{len(sums)} times")
    for value in sums:
        if not _OXUM.match(value):
            yield _damaged(name, "Payload-Oxum as bytes.files", repr(value))


def name_notes(manifest: str, written: Iterable[tuple[str, str, bool]]) -> Iterator[Note]:
    """Tell of names in a manifest that other systems or tools take for something else.

    Parameters
    ----------
    manifest
        Name of the manifest.
    written
        Of each line the path as it is written, the path it means, and whether an asterisk stands before it.
    """
    seen: dict[str, str] = {}
    for raw, path, starred in written:
        if starred:
            yield Note(manifest, f"a path without asterisk: {path}", "a line as md5sum -b writes it")
        if raw.startswith("./"):
            yield Note(manifest, f"a path that begins with data/: {path}", "one that begins with ./")
        folded = same_name(path)
        if folded in seen:
            kind = "the same" if seen[folded] == path else "one that some file systems take for the same"
            yield Note(manifest, f"one line for {path}", f"another line for {kind}")
        seen.setdefault(folded, path)
        last = path.rpartition("/")[2].lower()
        if last in SYSTEM_FILES or last.startswith("._"):
            yield Note(manifest, "files of a person's making", f"{path}, which systems make and delete by themselves")


def same_name(path: str) -> str:
    """Fold what makes two names of one name on some file systems only: Unicode form and case."""
    return unicodedata.normalize("NFC", path).casefold()


def _damaged(name: str, expected: object, found: object) -> RefusedSample:
    return RefusedSample("VER004", name=name, expected=expected, found=found)

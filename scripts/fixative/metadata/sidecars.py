"""Sidecar files, parsed: XML, JSON, YAML, key-value text, tables. Others stand as digest and size."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from fixative.columns import columns
from fixative.trees import decode_text, digest_of, is_binary, safe_text, to_tree

MOST_BYTES = 64 * 1024 * 1024
"""A longer sidecar is data, not description."""

MOST_ROWS = 1000
"""Rows of a table that stand as trees; of more, the columns do."""

MOST_VALUES = 200_000
"""A sidecar with more values is a table of data: its first lines and its digest stand."""

FIRST_LINES = 100

_PAIR = re.compile(r"^\s*([^:=\t]{1,120}?)\s*(?:[:=]|\t)\s*(.*?)\s*$")
_SECTION = re.compile(r"^\s*\[([^\]]+)\]\s*$")


def sidecar_tree(path: Path) -> Any:
    """Parse a sidecar by its name's ending; one that is not what its name says is read as text.

    Returns
    -------
    dict, list or str
        A tree; ``{"sha256", "bytes"}`` for what is no text.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        return {"bytes": size, "note": f"longer than {MOST_BYTES} bytes, not read"}
    content = path.read_bytes()
    ending = path.suffix.lower()
    tree = _xml(content) if ending == ".xml" or _begins_as_xml(content) else None
    if tree is None:
        text = _text_of(content)
        if text is None:
            return digest_of(content)
        tree = _parsed(ending, text) if ending in _PARSERS else _plain_text(text)
    return tree if _leaves(tree, MOST_VALUES) <= MOST_VALUES else _shortened(content)


def _begins_as_xml(content: bytes) -> bool:
    start = content[:512].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return start.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\0<"))


def _text_of(content: bytes) -> str | None:
    """Text, or None where it is none; UTF-16 is known by its mark, or by zeros at every second byte of its start."""
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")) and len(content) > 1 and len(content) % 2 == 0:
        for encoding, zeros, letters in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
            if not any(content[zeros:512:2]) and all(content[letters:512:2]):
                return safe_text(content.decode(encoding, "replace"))
    return None if is_binary(content) else decode_text(content)


def _leaves(tree: Any, most: int) -> int:
    """Number of values of a tree, counted no further than a little beyond ``most``."""
    number, stack = 0, [tree]
    while stack and number <= most:
        node = stack.pop()
        if isinstance(node, dict):
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
        else:
            number += 1
    return number


def _shortened(content: bytes) -> dict[str, Any]:
    text = _text_of(content) or ""
    note = f"more than {MOST_VALUES} values: the first {FIRST_LINES} lines stand"
    return {"Content": digest_of(content), "note": note, "#lines": text.splitlines()[:FIRST_LINES]}


def _parsed(ending: str, text: str) -> Any:
    tree = _PARSERS[ending](text)
    return _plain_text(text) if tree is None else tree


def _xml(content: bytes) -> Any:
    from fixative.xml_tree import BadXml, parse_xml, xml_tree

    try:
        return xml_tree(parse_xml(content))
    except BadXml:
        return None


def _json(text: str) -> Any:
    try:
        return to_tree(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _yaml(text: str) -> Any:
    import yaml

    # An alias bomb grows without bound when it is written out: a file with aliases is kept as text
    if re.search(r"(?m)(?:^|[\s\[{,:-])\*[A-Za-z0-9_]", text):
        return None
    try:
        return to_tree(yaml.safe_load(text))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _json_lines(text: str) -> Any:
    """One JSON value in each line."""
    found = [_json(line) for line in text.splitlines() if line.strip()]
    return None if None in found else found


def _table(text: str) -> Any:
    """Rows by column name, where the first row names columns, or columns where they are many; else rows as lists."""
    try:
        dialect: Any = csv.Sniffer().sniff(text[:8192], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row]
    except csv.Error:
        return None
    if not rows:
        return None
    header = rows[0]
    if len(header) == 2 and _are_pairs(rows):
        tree: dict[str, Any] = {}
        for name, value in rows:
            _add(tree, name, value)
        return tree
    named = len(rows) > 1 and len(set(header)) == len(header) and all(name.strip() for name in header)
    if named and all(len(row) == len(header) for row in rows):
        found = [dict(zip(header, row, strict=True)) for row in rows[1:]]
        return found if len(found) <= MOST_ROWS else columns(found)
    return rows


def _are_pairs(rows: list[list[str]]) -> bool:
    """Whether two columns are names and values: no name twice, nor the first line a head over many numbers.

    Taken for a head, the first pair would make a name of its value, which no rule of a policy speaks of.
    """
    names = [name for name, *_ in rows]
    words = sum(not _NUMBER.fullmatch(name.strip()) for name in names)
    return all(len(row) == 2 for row in rows) and len(set(names)) == len(names) and 2 * words > len(names) > 0


def _plain_text(text: str) -> Any:
    """``key: value`` and ``key = value`` lines by key, under their ``[section]``; other lines as they are."""
    tree: dict[str, Any] = {}
    lines: list[str] = []
    place = tree
    for line in text.splitlines():
        if section := _SECTION.match(line):
            place = tree.setdefault(section.group(1), {})
            if not isinstance(place, dict):
                place = tree
                lines.append(line)
        elif (pair := _PAIR.match(line)) and pair.group(1):
            _add(place, pair.group(1), pair.group(2))
        elif line.strip():
            lines.append(line)
    if lines:
        tree["#lines"] = lines
    return to_tree(tree)


def _add(place: dict[str, Any], name: str, value: str) -> None:
    """Set a value; a name that stands again makes a list."""
    if name not in place:
        place[name] = value
    elif isinstance(place[name], list):
        place[name].append(value)
    else:
        place[name] = [place[name], value]


_NUMBER = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?")
_PARSERS = {
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".csv": _table,
    ".tsv": _table,
}

"""Sidecar files, parsed: XML, JSON, YAML, key-value text, tables. Others stand as digest and size."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from fixative.trees import decode_text, digest_of, is_binary, to_tree

MOST_BYTES = 64 * 1024 * 1024
"""A longer sidecar is data, not description."""

MOST_ROWS = 100_000

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
    if ending == ".xml" or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        tree = _xml(content)
        if tree is not None:
            return tree
    if is_binary(content):
        return digest_of(content)
    text = decode_text(content)
    return _parsed(ending, text) if ending in _PARSERS else _plain_text(text)


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


def _table(text: str) -> Any:
    """Rows by column name, where the first row names columns; else rows as lists."""
    try:
        dialect: Any = csv.Sniffer().sniff(text[:8192], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row]
    except csv.Error:
        return None
    if not rows or len(rows) > MOST_ROWS:
        return None
    header = rows[0]
    named = len(rows) > 1 and len(set(header)) == len(header) and all(name.strip() for name in header)
    if named and all(len(row) == len(header) for row in rows):
        return [dict(zip(header, row, strict=True)) for row in rows[1:]]
    return rows


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


_PARSERS = {
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
    ".csv": _table,
    ".tsv": _table,
}

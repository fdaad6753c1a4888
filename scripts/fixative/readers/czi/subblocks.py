"""What each subblock of a CZI says of itself: its place in the directory, and the tags of its metadata.

A subblock is one tile of one plane; its ``METADATA`` XML holds when and where it was taken. Thousands of them
have the same tags, so they stand as columns: a row for each subblock that says something.

Notes
-----
Layout: ZISRAW, documented with libCZI (https://zeiss.github.io/libczi/).
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from fixative.columns import columns
from fixative.structure.czi import HEADER_BYTES, Subblock, part_name, read_directory
from fixative.structure.window import Window
from fixative.trees import digest_of, safe_text
from fixative.xml_tree import BadXml, compact_tree, local_name, parse_xml

PIXEL_TYPES = {
    0: "Gray8",
    1: "Gray16",
    2: "Gray32Float",
    3: "Bgr24",
    4: "Bgr48",
    8: "Bgr96Float",
    9: "Bgra32",
    10: "Gray64ComplexFloat",
    11: "Bgr192ComplexFloat",
    12: "Gray32",
    13: "Gray64",
}
COMPRESSIONS = {0: "Uncompressed", 1: "Jpg", 2: "Lzw", 4: "JpgXr", 5: "Zstd0", 6: "Zstd1"}
PYRAMIDS = {0: "None", 1: "SingleSubBlock", 2: "MultiSubBlock"}


def subblocks(path: Path) -> dict[str, Any]:
    """Directory of subblocks, summarised, and their metadata.

    Returns
    -------
    dict
        ``Count``; ``PixelType``, ``Compression`` and ``PyramidType`` with the number of subblocks of each;
        ``Dimension``: for each letter its first ``Start``, its ``Size`` over all subblocks; ``Metadata``: columns
        with the place (letter to start) and the tags of each subblock that has any.
    """
    with Window(path) as window:
        part, entries = read_directory(window)
        rows = list(_rows(window, [entry for entry in entries if entry.part == part]))
    for other in sorted({entry.part for entry in entries} - {part}):
        beside = path.with_name(part_name(path, other))
        if beside.is_file():
            with Window(beside) as window:
                rows += _rows(window, [entry for entry in entries if entry.part == other])
    found: dict[str, Any] = {
        "Count": len(entries),
        "PixelType": _counted((entry.pixel_type for entry in entries), PIXEL_TYPES),
        "Compression": _counted((entry.compression for entry in entries), COMPRESSIONS),
        "PyramidType": _counted((entry.pyramid for entry in entries), PYRAMIDS),
        "Dimension": _dimensions(entries),
    }
    if rows:
        found["Metadata"] = columns(rows)
    return found


def _counted(values: Iterator[int], names: dict[int, str]) -> dict[str, int]:
    return {names.get(value, str(value)): number for value, number in sorted(Counter(values).items())}


def _dimensions(entries: list[Subblock]) -> dict[str, Any]:
    found: dict[str, list[int]] = {}
    for entry in entries:
        for letter, start in entry.starts.items():
            first, end = found.get(letter, [start, start])
            found[letter] = [min(first, start), max(end, start + max(1, entry.sizes[letter]))]
    return {letter: {"Start": first, "Size": end - first} for letter, (first, end) in found.items()}


def _rows(window: Window, entries: list[Subblock]) -> Iterator[dict[str, Any]]:
    """Place and tags of each subblock that says something, in the order of the directory."""
    for entry in entries:
        where = f"subblock at byte {entry.position}"
        metadata, attachment, data = window.unpack("<iiq", entry.position + HEADER_BYTES, where)
        start = entry.position + HEADER_BYTES + max(256, 16 + entry.bytes)
        tags = _tags(window.read(start, metadata, where)) if metadata > 0 else {}
        if attachment > 0:
            content = window.read(start + metadata + data, attachment, where)
            tags["Attachment"] = digest_of(content)
        if tags:
            place = {letter: value for letter, value in entry.starts.items() if value or letter not in "BHIRV"}
            yield place | tags


def _tags(content: bytes) -> dict[str, Any]:
    """Tags of a subblock by name; what stands beside ``Tags`` as a tree; what is no XML as its digest."""
    try:
        root = parse_xml(content)
    except BadXml:
        return {"METADATA": digest_of(content)}
    found: dict[str, Any] = {}
    for part in root:
        name = local_name(part) if isinstance(part.tag, str) else ""
        if name == "Tags":
            for tag in part:
                if isinstance(tag.tag, str):
                    found[local_name(tag)] = _value(tag)
        elif name and (len(part) or part.attrib or (part.text or "").strip()):
            found[name] = _value(part)
    return found


def _value(element: "etree._Element") -> Any:
    """Text of a tag; one with elements in it, or with XML as its text (``DetectorState``), as a tree."""
    if len(element) or element.attrib:
        return compact_tree(etree.tostring(element, with_tail=False)).popitem()[1]
    text = safe_text((element.text or "").strip())
    if text.startswith("<"):
        try:
            return compact_tree(text)
        except BadXml:
            return text
    return text

"""Leica LIF and LOF: a memory block, whole, for each one that the XML speaks of.

Notes
-----
A block is the number 0x70, a length, then fields that each begin with 0x2A; numbers are little-endian, texts
UTF-16. The first block of a LIF is its XML; each further one names a memory block and gives its length, the
data follow. A LOF has its data first and its XML last.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.window import Window

MARK, FIELD = 0x70, 0x2A
METHOD = "memory blocks of the XML against the file's"


def check_lif(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the memory blocks that a LIF's XML names with those in the file.

    Raises
    ------
    RefusedSample
        INV004 where one is missing or short, INV005 where the structure is damaged.
    """
    with Window(path) as window:
        text, at = _text_block(window, 0, "XML header")
        if text.startswith("LMS_Object_File"):
            return _check_lof(window, at)
        version = re.search(r'<LMSDataContainerHeader\b[^>]*\bVersion="(\d+)"', text)
        wide = version is not None and int(version[1]) >= 2
        present = _blocks(window, at, wide=wide)
    promised = _promised(text)
    for name, size in promised.items():
        if size > present.get(name, 0):
            raise RefusedSample(
                "INV004",
                promised=f"{size} bytes",
                present=f"{present.get(name, 0)}",
                where=f"memory block {name}",
            )
    return _complete(len(promised), sum(promised.values()))


def _check_lof(window: Window, at: int) -> Completeness:
    """Check a LOF: one memory block, then the XML that describes it."""
    major, minor = window.unpack("<BiBi", at, "LOF header")[1::2]
    mark, size = window.unpack("<BQ", at + 10, "LOF header")
    if mark != FIELD or major < 0 or minor < 0:
        raise RefusedSample("INV005", reason="LOF header is not as it must be")
    window.require(at + 19, size, "LOF memory block")
    _text_block(window, at + 19 + size, "LOF XML")
    return _complete(1, size)


def _complete(blocks: int, size: int) -> Completeness:
    return Completeness(checked=True, method=f"{METHOD} ({blocks})", promised_bytes=size, present_bytes=size)


def _text_block(window: Window, at: int, where: str) -> tuple[str, int]:
    """Text of a block, and where the next field begins."""
    mark, length, field, letters = window.unpack("<iiBI", at, where)
    if mark != MARK or field != FIELD:
        raise RefusedSample("INV005", reason=f"{where} is not where it must be")
    # The length stated counts the fields up to the next block; of a LOF's header also those after the text.
    window.require(at + 8, max(length, 0), where)
    text = window.read(at + 13, letters * 2, where).decode("utf-16-le", "replace")
    return text, at + 13 + letters * 2


def _blocks(window: Window, at: int, *, wide: bool) -> dict[str, int]:
    """Bytes of each memory block by its name."""
    blocks: dict[str, int] = {}
    while at < window.bytes:
        where = f"memory block {len(blocks)}"
        layout = "<iiBqBI" if wide else "<iiBiBI"
        mark, _, field, size, second, letters = window.unpack(layout, at, where)
        if mark != MARK or field != FIELD or second != FIELD or size < 0:
            raise RefusedSample("INV005", reason=f"{where} does not begin where it must")
        at += 22 if wide else 18
        name = window.read(at, letters * 2, where).decode("utf-16-le", "replace")
        at += letters * 2
        window.require(at, size, where)
        blocks[name] = size
        at += size
    return blocks


def _promised(text: str) -> dict[str, int]:
    """Bytes of each memory block that the XML speaks of; empty ones have no block."""
    promised = {}
    for element in re.findall(r"<Memory\b[^>]*>", text):
        size = re.search(r'\bSize="(\d{1,18})"', element)
        name = re.search(r'\bMemoryBlockID="([^"]*)"', element)
        if size and name and int(size[1]):
            promised[name[1]] = int(size[1])
    return promised

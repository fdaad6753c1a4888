"""NRRD: the sizes of the header against the data, in the file itself or in those that it names; all encodings.

Notes
-----
http://teem.sourceforge.net/nrrd/format.html
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.members import Folder
from fixative.models import Completeness
from fixative.structure.promise import complete, product, require_inflated, require_planes
from fixative.structure.window import BLOCK_BYTES, Window

MAX_HEADER_BYTES = 16 * 1024 * 1024
MAX_FILES = 100_000
WHERE = "sizes of the NRRD header"
BYTES = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), 2),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), 2),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t"), 4),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "signed long long int"), 8),
    **dict.fromkeys(("int64", "int64_t", "ulonglong", "unsigned long long", "unsigned long long int"), 8),
    **dict.fromkeys(("uint64", "uint64_t", "double"), 8),
    "float": 4,
}
"""Bytes of a sample by the name of its type; ``block`` has a size of its own."""
ENCODINGS = {"gz": "gzip", "gzip": "gzip", "bz2": "bzip2", "bzip2": "bzip2", "txt": "text", "text": "text"}
ENCODINGS |= {"ascii": "text", "hex": "hex", "raw": "raw"}


def check_nrrd(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the header's sizes with the data.

    Raises
    ------
    RefusedSample
        INV004, INV005; INV006 where a file of the data is missing.
    """
    with Window(path) as window:
        fields, names, end = header_of(window)
    sizes = _sizes(fields)
    sample = _sample_bytes(fields)
    total = product([*sizes, sample], WHERE)
    encoding = ENCODINGS.get(fields.get("encoding", "").casefold())
    if encoding is None:
        raise RefusedSample("INV005", reason="NRRD encoding is unknown")
    data = [path] if names is None else [Folder(path.parent).member(name) for name in names]
    if total % len(data):
        raise RefusedSample("INV005", reason=f"NRRD data do not divide into {len(data)} files")
    for file in data:
        with Window(file) as window:
            start = _start(window, fields, end if names is None else 0, encoding, total // len(data))
            plane = sizes[0] * (sizes[1] if len(sizes) > 1 else 1) * sample
            _require(window, start, encoding, total // len(data), sample, plane)
    return complete(f"{WHERE} against {encoding} data", size=total)


def header_of(window: Window) -> tuple[dict[str, str], list[str] | None, int]:
    """Fields, names of the files of the data (None: this one), and where the data begin."""
    text = window.read(0, min(window.bytes, MAX_HEADER_BYTES), "NRRD header")
    blank = re.search(rb"\r?\n\r?\n", text)
    lines = text[: blank.start() if blank else len(text)].decode("latin-1").splitlines()
    fields: dict[str, str] = {}
    names: list[str] | None = None
    for number, line in enumerate(lines[1:], 1):
        name, colon, value = line.partition(":")
        if line.startswith("#") or not colon or value.startswith("="):
            continue
        fields.setdefault(name.strip().casefold(), value.strip())
        if name.strip().casefold() in ("data file", "datafile"):
            names = _names(value.strip(), lines[number + 1 :])
            if value.strip().upper().startswith("LIST"):
                break
    if names is None and blank is None:
        raise RefusedSample("INV004", promised="data after the header", present="none", where="NRRD header")
    return fields, names, blank.end() if blank else len(text)


def _names(value: str, following: Sequence[str]) -> list[str]:
    """Names of the files that ``data file`` speaks of: one, a list, or a numbered pattern."""
    if value.upper().startswith("LIST"):
        found = [line.strip() for line in following if line.strip()]
    elif match := re.fullmatch(r"(.*%\d*d.*?)\s+(-?\d{1,9})\s+(-?\d{1,9})\s+(-?\d{1,9})(?:\s+\d+)?", value):
        first, last, step = (int(match[n]) for n in (2, 3, 4))
        if step == 0 or not 0 <= (last - first) // step < MAX_FILES or len(re.findall("%", match[1])) != 1:
            raise RefusedSample("INV005", reason="NRRD pattern of data files is not as it must be")
        width = re.search(r"%(0?)(\d{0,2})d", match[1])
        if width is None:
            raise RefusedSample("INV005", reason="NRRD pattern of data files is not as it must be")
        numbers = range(first, last + (1 if step > 0 else -1), step)
        fill, wide = width[1] or " ", int(width[2] or 0)
        found = [match[1].replace(width[0], str(number).rjust(wide, fill)) for number in numbers]
    else:
        found = [value]
    if not 0 < len(found) <= MAX_FILES:
        raise RefusedSample("INV005", reason="NRRD names no data file, or too many")
    return found


def _sizes(fields: dict[str, str]) -> list[int]:
    words = fields.get("sizes", "").split()
    if not words:
        raise RefusedSample("INV004", promised="sizes", present="none", where="NRRD header")
    if len(words) > 16 or not all(re.fullmatch(r"\d{1,15}", word) for word in words):
        raise RefusedSample("INV005", reason="NRRD sizes are not as they must be")
    return [int(word) for word in words]


def _sample_bytes(fields: dict[str, str]) -> int:
    name = fields.get("type", "").casefold()
    size = fields.get("block size", fields.get("blocksize", ""))
    found = int(size) if name == "block" and re.fullmatch(r"\d{1,9}", size) else BYTES.get(name, 0)
    if not found:
        raise RefusedSample("INV005", reason="NRRD type is unknown")
    return found


def _start(window: Window, fields: dict[str, str], start: int, encoding: str, needed: int) -> int:
    """Where the data begin, lines and bytes skipped."""
    skips = [fields.get(name, fields.get(name.replace(" ", ""), "0")) for name in ("line skip", "byte skip")]
    if not all(re.fullmatch(r"-?\d{1,12}", skip) for skip in skips):
        raise RefusedSample("INV005", reason="NRRD skips are not as they must be")
    lines, skipped = int(skips[0]), int(skips[1])
    if skipped == -1 and encoding == "raw":
        return max(start, window.bytes - needed)
    for _ in range(max(0, lines)):
        start = _after_line(window, start)
    # A skip of bytes counts inflated ones where the data are compressed: then it is no place in the file.
    return start + (max(0, skipped) if encoding not in ("gzip", "bzip2") else 0)


def _after_line(window: Window, at: int) -> int:
    while at < window.bytes:
        block = window.read(at, min(BLOCK_BYTES, window.bytes - at), "NRRD data")
        found = block.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(block)
    raise RefusedSample("INV004", promised="lines to skip", present="fewer", where="NRRD data")


def _require(window: Window, start: int, encoding: str, needed: int, sample: int, plane: int) -> None:
    if encoding == "raw":
        if needed % plane == 0:
            require_planes(window.bytes - start, plane, needed // plane, WHERE)
        else:
            window.require(start, needed, WHERE)
    elif encoding == "hex":
        _require_count(window, start, 2 * needed, "hexadecimal digits", _hex_digits)
    elif encoding == "text":
        _require_count(window, start, needed // sample, "numbers", _numbers)
    else:
        require_inflated(window, start, needed, encoding, f"{encoding} data of the NRRD")


def _require_count(window: Window, at: int, needed: int, what: str, count: Callable[[bytes], int]) -> None:
    found, carried = 0, b""
    while at < window.bytes:
        block = window.read(at, min(BLOCK_BYTES, window.bytes - at), "NRRD data")
        at += len(block)
        # A number may go on in the next block: count up to the last white space only.
        cut = max(block.rfind(white) for white in (b" ", b"\n", b"\t", b"\r", b","))
        if cut < 0:
            carried = (carried + block)[-BLOCK_BYTES:]
            continue
        found += count(carried + block[:cut])
        carried = block[cut:]
    found += count(carried)
    if found < needed:
        raise RefusedSample("INV004", promised=f"{needed} {what}", present=f"{found}", where=WHERE)


def _numbers(text: bytes) -> int:
    return len(text.replace(b",", b" ").split())


def _hex_digits(text: bytes) -> int:
    return len(text) - len(text.translate(None, b"0123456789abcdefABCDEF"))

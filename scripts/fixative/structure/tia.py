"""FEI/Thermo Fisher TIA: the elements of each SER file, and the EMI file that describes them.

Notes
-----
http://www.er-c.org/cbb/info/TIAformat/: an offset for each element's data and tag. An element is its
calibration, type and sizes, then its values. Fewer valid elements than the total: the acquisition was stopped.
"""

from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete, product
from fixative.structure.window import BLOCK_BYTES, Window

BYTES = {1: 1, 2: 2, 3: 4, 4: 1, 5: 2, 6: 4, 7: 4, 8: 8, 9: 8, 10: 16}
SPECTRA, IMAGES = 0x4120, 0x4122
TAG_BYTES = {0x4152: 8, 0x4142: 24}
EMI_END = b"\x03M\0\x08"
WHERE = "elements of the SER file"


def check_ser(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the offsets of the elements.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    return _complete(path.name, [_elements(path)])


def check_emi(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Check each SER file of the set, and that the description in the EMI reaches its end.

    Raises
    ------
    RefusedSample
        INV004, INV005; INV006 where there is no SER file.
    """
    series = [file for file in files if file.suffix.casefold() == ".ser"]
    if not series:
        raise RefusedSample("INV006", name=f"{path.stem}_1.ser")
    with Window(path) as window:
        opened, closed = _count(window, b"<ObjectInfo>"), _count(window, b"</ObjectInfo>")
        end = window.read(max(0, window.bytes - 8), min(8, window.bytes), "end of the EMI")
    if closed < max(1, opened):
        raise RefusedSample("INV004", promised=f"{max(1, opened)} descriptions", present=f"{closed}", where="EMI")
    if not end.startswith(EMI_END):
        raise RefusedSample("INV004", promised="an end mark", present="none", where="EMI")
    return _complete(path.name, [_elements(file) for file in series])


def _complete(name: str, found: Sequence[tuple[int, int, int]]) -> Completeness:
    valid, total = sum(one[0] for one in found), sum(one[1] for one in found)
    note = f"; {total - valid} of {total} elements were never acquired" if valid < total else ""
    return complete(f"{WHERE} against the file's size{note}", size=sum(one[2] for one in found), planes=valid)


def _elements(path: Path) -> tuple[int, int, int]:
    """Valid elements, total elements and bytes of their values; each element is in the file."""
    with Window(path) as window:
        order, series, version, kind, tag, total, valid = window.unpack("<2sHHIIII", 0, "SER header")
        if order != b"II" or series != 0x0197 or kind not in (SPECTRA, IMAGES):
            raise RefusedSample("INV005", reason="SER header is not as it must be")
        wide = version >= 0x220
        (table,) = window.unpack("<Q" if wide else "<I", 22, "SER header")
        width = 8 if wide else 4
        window.require(table, 2 * total * width, f"offsets of {total} {WHERE}")
        if valid > total:
            raise RefusedSample("INV005", reason="SER header with more valid elements than elements")
        if not valid:
            raise RefusedSample("INV004", promised=f"{total} planes", present="0", where=WHERE)
        stored = present = 0
        for number in range(valid):
            letter = "Q" if wide else "I"
            (data,) = window.unpack(f"<{letter}", table + number * width, WHERE)
            (mark,) = window.unpack(f"<{letter}", table + (total + number) * width, WHERE)
            size = _element(window, data, kind)
            if size is None or not window.holds(mark, TAG_BYTES.get(tag, 2)):
                continue
            stored, present = stored + size, present + 1
    if present < valid:
        raise RefusedSample("INV004", promised=f"{valid} planes", present=f"{present}", where=WHERE)
    return valid, total, stored


def _element(window: Window, at: int, kind: int) -> int | None:
    """Bytes of an element's values; None where they are not all in the file."""
    head = 20 if kind == SPECTRA else 40
    sizes = 1 if kind == SPECTRA else 2
    if not window.holds(at, head + 2 + 4 * sizes):
        return None
    values, *shape = window.unpack(f"<H{sizes}I", at + head, WHERE)
    if values not in BYTES:
        raise RefusedSample("INV005", reason="SER element of an unknown type")
    size = product([*shape, BYTES[values]], "SER element")
    return size if window.holds(at + head + 2 + 4 * sizes, size) else None


def _count(window: Window, mark: bytes) -> int:
    found, at, before = 0, 0, b""
    while at < window.bytes:
        block = window.read(at, min(BLOCK_BYTES, window.bytes - at), "EMI")
        found += (before + block).count(mark)
        before, at = block[-(len(mark) - 1) :], at + len(block)
    return found

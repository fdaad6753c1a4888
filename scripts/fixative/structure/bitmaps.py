"""Plain bitmaps: PNM, SGI, PCX, TGA, Sun raster: the rows that the header promises.

Notes
-----
Netpbm manual pages pnm, pam; The SGI Image File Format 1.00; ZSoft PCX; Truevision TGA 2.0; Sun rasterfile(5).
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete, product, require_planes
from fixative.structure.window import BLOCK_BYTES, Window

Run = Callable[[Window, int], tuple[int, int]]
"""From a place in the file to the values that its run stands for, and the bytes it takes."""


def check_pnm(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare width x height x depth of each image of a PBM, PGM, PPM or PAM with the file.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    at = images = stored = 0
    with Window(path) as window:
        while at < window.bytes:
            head = window.read(at, min(BLOCK_BYTES, window.bytes - at), "PNM header")
            if images and not re.match(rb"P[4-7]\s", head):
                break
            needed, data = _pnm(head)
            if needed is None:
                return _plain_pnm(window, head, data)
            require_planes(window.bytes - at - data, needed, 1, "rows of the PNM header")
            images, stored, at = images + 1, stored + needed, at + data + needed
    return complete("rows of the PNM header against the file's size", size=stored, planes=images)


def _pnm(head: bytes) -> tuple[int | None, int]:
    """Bytes of an image (None where its values are text), and where they begin."""
    if head[:2] == b"P7":
        end = head.find(b"ENDHDR\n")
        fields = dict(re.findall(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL)\s+(\d{1,9})\s*$", head[: max(end, 0)], re.M))
        if end < 0 or len(fields) < 4:
            raise RefusedSample("INV004", promised="a header", present="part of it", where="PAM header")
        sample = 2 if int(fields[b"MAXVAL"]) > 255 else 1
        sizes = [int(fields[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH")]
        return product([*sizes, sample], "PAM header"), end + 7
    gap = rb"(?:\s|#[^\n]*\n)+"
    number = 2 if head[1:2] in b"14" else 3
    match = re.match(rb"P([1-6])" + (gap + rb"(\d{1,9})") * number + (rb"\s"), head)
    if match is None:
        raise RefusedSample("INV004", promised="a header", present="part of it", where="PNM header")
    kind, width, height = int(match[1]), int(match[2]), int(match[3])
    if kind in (1, 2, 3):
        return None, match.end()
    if kind == 4:
        return product([-(-width // 8), height], "PNM header"), match.end()
    sample = 2 if int(match[4]) > 255 else 1
    return product([width, height, sample, 3 if kind == 6 else 1], "PNM header"), match.end()


def _plain_pnm(window: Window, head: bytes, at: int) -> Completeness:
    """Count the values of an image that is text."""
    kind, width, height = head[1:2], *(int(n) for n in re.findall(rb"\d+", re.sub(rb"#[^\n]*", b"", head))[1:3])
    needed, found, carried = product([width, height, 3 if kind == b"3" else 1], "PNM header"), 0, b""
    while at < window.bytes:
        block = carried + window.read(at, min(BLOCK_BYTES, window.bytes - at), "PNM values")
        at += min(BLOCK_BYTES, window.bytes - at)
        if kind == b"1":
            found += block.count(b"0") + block.count(b"1")
            continue
        words = block.split()
        # The last word may go on in the next block.
        carried = words.pop() if words and not block[-1:].isspace() and at < window.bytes else b""
        found += len(words)
    if found < needed:
        raise RefusedSample("INV004", promised=f"{needed} values", present=f"{found}", where="PNM values")
    return complete("values of the PNM against its header", size=window.bytes, planes=1)


def check_sgi(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare rows, or the table of compressed rows, with the file.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        mark, storage, sample, dimensions, width, height, channels = window.unpack(">HBBHHHH", 0, "SGI header")
        height = height if dimensions > 1 else 1
        channels = channels if dimensions > 2 else 1
        if mark != 474 or sample not in (1, 2) or storage not in (0, 1):
            raise RefusedSample("INV005", reason="SGI header is not as it must be")
        rows = product([height, channels], "SGI header")
        size = product([width, sample], "SGI header") * rows
        if storage == 0:
            window.require(512, size, "rows of the SGI header")
            return complete("rows of the SGI header against the file's size", size=size)
        window.require(512, 8 * rows, "table of SGI rows")
        present = sum(
            window.holds(
                window.unpack(">I", 512 + 4 * row, "SGI rows")[0],
                window.unpack(">I", 512 + 4 * (rows + row), "SGI rows")[0],
            )
            for row in range(rows)
        )
    if present < rows:
        raise RefusedSample("INV004", promised=f"{rows} rows", present=f"{present}", where="table of SGI rows")
    return complete("table of SGI rows against the file's size", size=size)


def check_sun(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the rows, or the stated length, with the file.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        _, width, height, bits, length, kind, _, colours = window.unpack(">8I", 0, "Sun raster header")
        size = length if kind == 2 else product([-(-width * bits // 16) * 2, height], "Sun raster header")
        window.require(32 + colours, size, "rows of the Sun raster header")
    return complete("rows of the Sun raster header against the file's size", size=size)


def check_pcx(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Decode the run lengths as far as the header's rows need.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        _, _, encoding, bits, left, top, right, bottom = window.unpack("<4B4H", 0, "PCX header")
        planes, line = window.unpack("<BH", 65, "PCX header")
        product([bottom - top + 1, right - left + 1, planes, line, bits], "PCX header")
        needed = (bottom - top + 1) * planes * line
        if encoding != 1:
            window.require(128, needed, "rows of the PCX header")
        else:
            _require_runs(window, 128, needed, _pcx_runs)
    return complete("rows of the PCX header against its data", size=needed, planes=1)


def check_tga(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Decode the run lengths as far as the header's rows need.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    with Window(path) as window:
        comment, mapped, kind = window.unpack("<3B", 0, "TGA header")
        colours, depth = window.unpack("<HB", 5, "TGA header")
        width, height, bits = window.unpack("<HHB", 12, "TGA header")
        if kind not in (1, 2, 3, 9, 10, 11) or bits not in (8, 15, 16, 24, 32):
            raise RefusedSample("INV005", reason="TGA header of an unknown kind")
        pixel = -(-bits // 8)
        start = 18 + comment + (colours * -(-depth // 8) if mapped else 0)
        pixels = product([width, height], "TGA header")
        if kind < 8:
            window.require(start, pixels * pixel, "rows of the TGA header")
        else:
            _require_runs(window, start, pixels, lambda window, at: _tga_run(window, at, pixel))
    return complete("rows of the TGA header against its data", size=pixels * pixel, planes=1)


def _require_runs(window: Window, at: int, needed: int, run: Run) -> None:
    """Follow runs until they stand for ``needed`` values; the file's end comes first in a shortened one."""
    held = 0
    if needed > (window.bytes - at) * 128:
        raise RefusedSample("INV004", promised=f"{needed} values", present="fewer", where="run lengths")
    while held < needed:
        if at >= window.bytes:
            raise RefusedSample("INV004", promised=f"{needed} values", present=f"{held}", where="run lengths")
        length, size = run(window, at)
        window.require(at, size, "run lengths")
        held, at = held + length, at + size


def _pcx_runs(window: Window, at: int) -> tuple[int, int]:
    (value,) = window.unpack("B", at, "run lengths")
    return (value & 63, 2) if value >= 0xC0 else (1, 1)


def _tga_run(window: Window, at: int, pixel: int) -> tuple[int, int]:
    (value,) = window.unpack("B", at, "run lengths")
    count = (value & 127) + 1
    return (count, 1 + pixel) if value & 128 else (count, 1 + count * pixel)

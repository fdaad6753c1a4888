"""FITS: the data of every header-and-data unit within the file.

Notes
-----
FITS Standard 4.0, 3.1 to 4.4: blocks of 2,880 bytes; a unit's data are
``|BITPIX| / 8 x GCOUNT x (PCOUNT + NAXIS1 x ... )`` bytes, filled up to whole blocks.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete
from fixative.structure.window import Window

BLOCK, CARD = 2880, 80
MAX_HEADER_BLOCKS = 100_000
_VALUE = re.compile(rb"([A-Z0-9_-]{1,8}) *= *([+-]?\d{1,18}|[TF])(?=[ /]|$)")


def check_fits(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Follow the units to the end of the file.

    Raises
    ------
    RefusedSample
        INV004 where a header or its data are not whole, INV005 where a header makes no sense.
    """
    at, units, stored, short, promised_units = 0, 0, 0, 0, None
    with Window(path) as window:
        while at < window.bytes:
            if units and not _begins_unit(window, at):
                # Special records, or what something appended: no unit.
                break
            where = f"FITS unit {units}"
            cards, at = _header(window, at, where)
            if units == 0:
                promised_units = cards.get("NEXTEND")
            size = _data_bytes(cards, where)
            window.require(at, size, f"data of {where}")
            stored, units, at = stored + size, units + 1, at + -(-size // BLOCK) * BLOCK
            short = max(0, at - window.bytes)
    if promised_units is not None and units - 1 < promised_units:
        raise RefusedSample(
            "INV004", promised=f"{promised_units} extensions", present=f"{units - 1}", where="NEXTEND of the FITS"
        )
    if not stored:
        raise RefusedSample("INV004", promised="data", present="none", where="FITS units")
    note = f"; {short} bytes of filling after the last data are missing" if short else ""
    return complete(f"data of {units} FITS units against the file's size{note}", size=stored)


def _begins_unit(window: Window, at: int) -> bool:
    """Whether an extension begins here; one of which only the first letters are left does."""
    head = window.read(at, min(8, window.bytes - at), "FITS unit")
    return b"XTENSION".startswith(head)


def _header(window: Window, at: int, where: str) -> tuple[dict[str, int], int]:
    """Integer and logical values of a header, and where it ends; END must be there."""
    cards: dict[str, int] = {}
    for _ in range(MAX_HEADER_BLOCKS):
        held = min(BLOCK, window.bytes - at)
        if held <= 0:
            break
        block = window.read(at, held, f"header of {where}")
        for start in range(0, held, CARD):
            card = block[start : start + CARD]
            if card.rstrip() == b"END":
                return cards, at + BLOCK
            if match := _VALUE.match(card):
                value = match[2]
                cards.setdefault(match[1].decode(), int(value == b"T") if value in (b"T", b"F") else int(value))
        at += BLOCK
    raise RefusedSample("INV004", promised="the END of the header", present="none", where=where)


def _data_bytes(cards: dict[str, int], where: str) -> int:
    naxis, bits = cards.get("NAXIS"), cards.get("BITPIX")
    if naxis is None or bits is None or not 0 <= naxis <= 999 or abs(bits) not in (8, 16, 32, 64):
        raise RefusedSample("INV005", reason=f"header of {where} without BITPIX and NAXIS")
    if naxis == 0:
        return 0
    sizes = [cards.get(f"NAXIS{number}", -1) for number in range(1, naxis + 1)]
    if min(sizes) < 0:
        raise RefusedSample("INV005", reason=f"header of {where} without the size of an axis")
    if sizes[0] == 0 and cards.get("GROUPS") == 1:
        sizes = sizes[1:]
    number = 1
    for size in sizes:
        number *= size
    parameters, groups = cards.get("PCOUNT", 0), cards.get("GCOUNT", 1)
    if parameters < 0 or groups < 0:
        raise RefusedSample("INV005", reason=f"header of {where} with negative counts")
    return abs(bits) // 8 * groups * (parameters + number)

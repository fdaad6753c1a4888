"""Time and stage position of each element of a TIA series (SER), and the extended header of an MRC.

Notes
-----
SER: https://personal.ntu.edu.sg/cbb/info/TIAformat/index.html. MRC: https://www.ccpem.ac.uk/mrc_format/mrc2014.php.
"""

import struct
from pathlib import Path
from typing import Any

from fixative.columns import columns
from fixative.trees import digest_of

_WITH_POSITION = 0x4142
_WIDE_OFFSETS = 0x220
_MOST = 1_000_000


def ser_elements(path: Path) -> dict[str, Any]:
    """Columns ``Time`` (seconds since 1970, as the file has it), ``PositionX``, ``PositionY`` (metres)."""
    with path.open("rb") as stream:
        head = stream.read(30)
        if head[:2] != b"II":
            return {}
        version, _, kind, _, valid, low = struct.unpack_from("<HIIIII", head, 4)
        wide = version >= _WIDE_OFFSETS
        (offset,) = struct.unpack_from("<Q", head, 22) if wide else (low,)
        total = struct.unpack_from("<I", head, 14)[0]
        form, size = ("Q", 8) if wide else ("I", 4)
        count = min(valid, total, _MOST)
        stream.seek(offset + total * size)
        table = stream.read(count * size)
        places = struct.unpack(f"<{len(table) // size}{form}", table[: len(table) // size * size])
        rows = []
        for place in places:
            stream.seek(place)
            tag = stream.read(24)
            if len(tag) < (24 if kind == _WITH_POSITION else 8):
                break
            row: dict[str, Any] = {"Time": struct.unpack_from("<I", tag, 4)[0]}
            if kind == _WITH_POSITION:
                row["PositionX"], row["PositionY"] = struct.unpack_from("<dd", tag, 8)
            rows.append(row)
    return columns(rows)


def mrc_extended(path: Path) -> dict[str, Any]:
    """Kind (``EXTTYP``) and digest of the extended header; empty where there is none."""
    with path.open("rb") as stream:
        head = stream.read(1024)
        if len(head) < 1024:
            return {}
        order = ">" if head[212:214] == b"\x11\x11" else "<"
        (length,) = struct.unpack_from(f"{order}i", head, 92)
        if not 0 < length <= path.stat().st_size - 1024 or length > 64 * 1024 * 1024:
            return {}
        kind = head[104:108].rstrip(b"\0 ").decode("ascii", "replace")
        return {"EXTTYP": kind, "Content": digest_of(stream.read(length))}

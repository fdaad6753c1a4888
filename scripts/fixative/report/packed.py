"""The data of a page, small enough for a hundred thousand rows: columns, and details unpacked one block at a time."""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BLOCK_ROWS = 128
PNG = b"\x89PNG\r\n\x1a\n"


def packed_columns(
    names: Sequence[str], rows: Sequence[Sequence[Any]], pooled: Iterable[str], pools: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Give the columns of a table, and the pools of those in which values recur.

    Parameters
    ----------
    names
        Of the columns, in the order of each row.
    pooled
        Columns that hold places in a list of their values.
    pools
        Lists that are given, in an order that means something.

    Returns
    -------
    dict
        ``count``, ``columns`` by name, ``pools`` by name. A column in which nothing stands is empty.
    """
    columns: dict[str, Any] = {}
    made: dict[str, list[Any]] = {}
    recurring = set(pooled)
    for name, values in zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True):
        if name in recurring:
            places = {value: place for place, value in enumerate(pools.get(name, ()))}
            columns[name] = [places.setdefault(value, len(places)) for value in values]
            made[name] = list(places)
        else:
            columns[name] = list(values) if any(value is not None for value in values) else []
    return {"count": len(rows), "columns": columns, "pools": made}


def detail_blocks(details: Sequence[str]) -> list[str]:
    """Join details, each a JSON text, to blocks of `BLOCK_ROWS`."""
    return [f"[{','.join(details[at : at + BLOCK_ROWS])}]" for at in range(0, len(details), BLOCK_ROWS)]


def packed_blocks(blocks: Iterable[str]) -> str:
    """Pack blocks with deflate (RFC 1951), a line of base64 each."""
    return "\n".join(
        base64.b64encode(_deflated(block.encode("utf-8", "backslashreplace"))).decode() for block in blocks
    )


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def thumbnail_lines(thumbnails: Mapping[int, bytes]) -> str:
    """Give thumbnails as lines of row and base64."""
    return "\n".join(f"{row} {base64.b64encode(content).decode()}" for row, content in thumbnails.items())


def embeddable(data: object) -> str:
    """Give JSON for a ``script`` element: nothing in it can end the element or start a comment."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        # ten times as fast as a translation
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text

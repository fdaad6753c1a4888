"""Pixels that stand in OME-XML itself: as many bytes in each ``BinData`` as its planes need.

Notes
-----
https://docs.openmicroscopy.org/ome-model/latest/ome-xml/: base64 of samples, or of what zlib or bzip2 made of
them. ``Length`` counts letters of base64 by the schema, bytes in what some writers make of it: it is not used.
"""

import base64
import binascii
import bz2
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fixative.findings import RefusedSample

if TYPE_CHECKING:
    from lxml.etree import _Element

BITS = {"bit": 1, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32}
BITS |= {"float": 32, "double": 64, "complex": 64, "double-complex": 128}
"""Bits of a sample by OME's type; ``bit`` is packed by some writers and takes a byte of others."""


def inline_planes(elements: Sequence["_Element"], sizes: dict[str, int], kind: str) -> int | None:
    """Count the planes that are whole; None where there is no ``BinData``.

    Raises
    ------
    RefusedSample
        INV005 where one is not base64, or not what its compression says.
    """
    if not elements:
        return None
    plane = -(-sizes["X"] * sizes["Y"] * BITS.get(kind.casefold(), 8) // 8)
    promised = sizes["Z"] * sizes["C"] * sizes["T"]
    # One element a plane, or all planes in one: each holds what divides the planes among them.
    return sum(min(_held(element, plane * promised) // plane, promised) for element in elements)


def _held(element: "_Element", most: int) -> int:
    """Bytes of samples in one element; no more than ``most`` and a little are inflated."""
    text = "".join((element.text or "").split())
    compression = element.get("Compression") or "none"
    if compression == "none":
        return len(text) * 3 // 4 - text[-2:].count("=") if len(text) % 4 == 0 else len(text) // 4 * 3
    try:
        data = base64.b64decode(text, validate=True)
        if compression == "bzip2":
            stream = bz2.BZ2Decompressor()
            return len(stream.decompress(data, most + 1))
        return len(zlib.decompressobj().decompress(data, most + 1))
    except (binascii.Error, zlib.error, OSError, ValueError, EOFError):
        raise RefusedSample("INV005", reason=f"BinData of OME-XML is not {compression[:16]} in base64") from None

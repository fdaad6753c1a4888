"""Blocks of a Zeiss LSM that tifffile leaves aside: overlays and regions, factors, settings of the microscope.

Notes
-----
A block begins with a number of drawing elements and its size in bytes (overlays, regions) or with its size alone;
"Image File Description, Release 6.0 for LSM 510/LSM 710", Carl Zeiss.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fixative.trees import digest_of

_OVERLAYS = (
    "VectorOverlay",
    "Roi",
    "BleachRoi",
    "MeanOfRoisOverlay",
    "TopoIsolineOverlay",
    "TopoProfileOverlay",
    "LinescanOverlay",
)
_SIZED = ("ChannelFactors", "UnmixParameters", "AcquisitionParameters", "Characteristics", "KsData", "Palette")
_HEADER = struct.Struct("<iiiiI")
MOST_BYTES = 16 * 1024 * 1024


def lsm_blocks(path: Path, lsm: Mapping[str, Any]) -> dict[str, Any]:
    """Digest of each block that lies in the file, with what its header says.

    Parameters
    ----------
    path : Path
    lsm : mapping
        The ``CZ_LSMINFO`` of tifffile's ``lsm_metadata``: where each block lies is ``Offset<name>``.
    """
    found: dict[str, Any] = {}
    size = path.stat().st_size
    with path.open("rb") as stream:
        for name in (*_OVERLAYS, *_SIZED):
            offset = int(lsm.get(f"Offset{name}", 0) or 0)
            if name in lsm or not 0 < offset < size:
                continue
            stream.seek(offset)
            head = stream.read(_HEADER.size)
            if len(head) < _HEADER.size:
                continue
            elements, second, width, measure, _ = _HEADER.unpack(head)
            overlay = name in _OVERLAYS
            length = second if overlay else elements
            if not 0 < length <= min(MOST_BYTES, size - offset):
                continue
            stream.seek(offset)
            content = digest_of(stream.read(length))
            header = {"NumberDrawingElements": elements, "LineWidth": width, "Measure": measure} if overlay else {}
            found[name] = header | {"Content": content}
    return found

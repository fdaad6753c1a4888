"""NIfTI-1, NIfTI-2 and Analyze 7.5: the volumes of the header against the file, or the pair's ``.img``.

Notes
-----
https://nifti.nimh.nih.gov/nifti-1, https://nifti.nimh.nih.gov/nifti-2; Analyze has NIfTI-1's sizes and types.
"""

import struct
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete, inflated, product, require_inflated, require_planes
from fixative.structure.window import Window

WHERE = "volumes of the NIfTI header"


def check_nifti(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare dim x bitpix and vox_offset with the file of the data.

    Raises
    ------
    RefusedSample
        INV004, INV005; INV006 where the pair's ``.img`` is not in the set.
    """
    head = _head(path)
    sizes, bits, offset, own = layout_of_header(head)
    plane = -(-product([*sizes[:2], bits], WHERE) // 8)
    planes = product([1, *sizes[2:]], WHERE)
    data = path if own else _pair(path, files)
    with Window(data) as window:
        if window.bytes > 1 and window.read(0, 2, WHERE) == b"\x1f\x8b":
            require_inflated(window, 0, offset + plane * planes, "gzip", "gzip data of the NIfTI")
        else:
            require_planes(window.bytes - offset, plane, planes, WHERE)
    return complete(f"{WHERE} against the data", size=plane * planes, planes=planes)


def _head(path: Path) -> bytes:
    """Return the first 540 bytes, inflated where the file is compressed."""
    with Window(path) as window:
        if window.bytes > 1 and window.read(0, 2, "header") == b"\x1f\x8b":
            head = b""
            for part in inflated(window, 0, "gzip", "NIfTI header"):
                head += part
                if len(head) >= 540:
                    break
            return head[:540]
        return window.read(0, min(540, window.bytes), "header")


def layout_of_header(head: bytes) -> tuple[list[int], int, int, bool]:
    """Sizes, bits of a voxel, where the data begin, and whether that is in the same file."""
    for order in "<>":
        if len(head) >= 4 and struct.unpack_from(f"{order}i", head)[0] == 540:
            return _version_2(head, order)
    if len(head) < 348:
        raise RefusedSample("INV004", promised="348 bytes", present=f"{len(head)}", where="NIfTI header")
    for order in "<>":
        dimensions = struct.unpack_from(f"{order}8h", head, 40)
        (bits,) = struct.unpack_from(f"{order}h", head, 72)
        (offset,) = struct.unpack_from(f"{order}f", head, 108)
        if 1 <= dimensions[0] <= 7 and bits > 0:
            own = head[344:348] == b"n+1\0"
            offset = max(offset, 352.0 if own else 0.0) if 0 <= offset < 1e15 else 352.0 if own else 0.0
            return list(dimensions[1 : dimensions[0] + 1]), bits, int(offset), own
    raise RefusedSample("INV005", reason="NIfTI header without a number of dimensions")


def _version_2(head: bytes, order: str) -> tuple[list[int], int, int, bool]:
    if len(head) < 540:
        raise RefusedSample("INV004", promised="540 bytes", present=f"{len(head)}", where="NIfTI header")
    dimensions = struct.unpack_from(f"{order}8q", head, 16)
    (bits,) = struct.unpack_from(f"{order}h", head, 14)
    (offset,) = struct.unpack_from(f"{order}q", head, 168)
    if not 1 <= dimensions[0] <= 7 or bits < 1 or offset < 0:
        raise RefusedSample("INV005", reason="NIfTI header without a number of dimensions")
    return list(dimensions[1 : dimensions[0] + 1]), bits, offset, head[4:7] == b"n+2"


def _pair(path: Path, files: Sequence[Path]) -> Path:
    names = (f"{path.stem}.img".casefold(), f"{path.stem}.img.gz".casefold())
    found = next((file for file in files if file.name.casefold() in names), None)
    if found is None:
        raise RefusedSample("INV006", name=f"{path.stem}.img")
    return found

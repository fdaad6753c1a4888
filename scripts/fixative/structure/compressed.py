"""Files that are compressed whole: the stream to its end with its check sums, and the promise of what is inside.

Of NIfTI and MRC the header says how long the content is, so it is inflated in memory, part by part, once, and
inflating stops where there is far more than was promised. What other formats promise stands at places within them:
those are unpacked into the temporary folder and checked there.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.packed import compression_of, inflated, unpacked
from fixative.structure.density import promise_of_header
from fixative.structure.nifti import layout_of_header
from fixative.structure.promise import product, require_planes

MOST_SURPLUS_BYTES = 64 << 20
"""Bytes after the pixels beyond which a stream is not inflated further: something else than an image."""
_HEAD_BYTES = 1024


def check_packed(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Inflate a compressed file once and compare its content with what that promises.

    Raises
    ------
    RefusedSample
        INV004 where the stream, or its content, ends early; INV005 where either is damaged, or the content is
        longer by far than promised.
    """
    with path.open("rb") as stream:
        kind = compression_of(stream.read(8))
    if fmt in _PROMISES:
        found = _in_memory(path, _PROMISES[fmt])
    else:
        found = _unpacked(path, fmt)
    method = f"{kind} stream to its end with its check sums; inside it: {found.method}"
    return found.model_copy(update={"checked": True, "method": method})


def _unpacked(path: Path, fmt: str) -> Completeness:
    from fixative.structure import check_structure

    with unpacked(path) as plain:
        return check_structure(plain, fmt, [plain])


def _in_memory(path: Path, promise: Callable[[bytes], tuple[int, int, int]]) -> Completeness:
    held, head, where = 0, b"", "planes of the header inside the stream"
    limit = MOST_SURPLUS_BYTES
    for part in inflated(path):
        if len(head) < _HEAD_BYTES:
            head += part
            if len(head) >= _HEAD_BYTES:
                offset, plane, planes = promise(head)
                limit = offset + plane * planes + MOST_SURPLUS_BYTES
        held += len(part)
        if held > limit:
            raise RefusedSample("INV005", reason=f"{where} end {MOST_SURPLUS_BYTES} bytes and more before the stream")
    offset, plane, planes = promise(head)
    require_planes(held - offset, plane, planes, where)
    return Completeness(
        checked=True,
        method=where,
        promised_planes=planes,
        present_planes=planes,
        promised_bytes=plane * planes,
        present_bytes=plane * planes,
    )


def _nifti(head: bytes) -> tuple[int, int, int]:
    """Where the data begin, bytes of a plane, planes."""
    sizes, bits, offset, _ = layout_of_header(head[:540])
    where = "volumes of the NIfTI header"
    return offset, -(-product([*sizes[:2], bits], where) // 8), product([1, *sizes[2:]], where)


_PROMISES: dict[str, Callable[[bytes], tuple[int, int, int]]] = {
    "nifti": _nifti,
    "mrc": promise_of_header,
    "dv": promise_of_header,
}
"""Format to a function of its first bytes: where the data begin, bytes of a plane, planes."""

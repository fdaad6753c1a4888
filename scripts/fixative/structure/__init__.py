"""Promised against present: what a file says it holds, compared with what it holds.

Every module parses its container's bytes itself, without the reader that will convert, so that a reader that
makes up blank planes cannot vouch for them. No size, count or offset of a file is trusted: each is compared
with the file's length before anything is read or reserved by it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from fixative.models import Completeness

Check = Callable[[Path, str, Sequence[Path]], Completeness]


def check_structure(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare what the main file promises with what the set holds.

    Parameters
    ----------
    path : Path
        The set's main file, or the folder of a Zarr store.
    fmt : str
        Key of `fixative.identify.FORMATS`; the container is recognised by its first bytes, so that a wrong
        key does no harm.
    files : sequence of Path
        The file set, main file first.

    Raises
    ------
    RefusedSample
        INV004 where something promised is not there, INV005 where the structure is damaged.
    """
    check = _check_of(path, fmt)
    if check is None:
        return Completeness(checked=False, method="no structure check for this format")
    return check(path, fmt, files)


def _check_of(path: Path, fmt: str) -> Check | None:
    with path.open("rb") as stream:
        head = stream.read(512)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        from fixative.structure.tiff import check_tiff

        return check_tiff
    if head[:10] == b"ZISRAWFILE":
        from fixative.structure.czi import check_czi

        return check_czi
    return None

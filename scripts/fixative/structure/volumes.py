"""MetaImage, GIPL, legacy VTK, MGH: the voxels of the header against the data.

Notes
-----
MetaImage: https://itk.org/Wiki/MetaIO/Documentation. GIPL: a big-endian header of 256 bytes. VTK legacy files:
https://docs.vtk.org/en/latest/design_documents/VTKFileFormats.html. MGH: https://surfer.nmr.mgh.harvard.edu/fswiki/
FsTutorial/MghFormat. ITK fills what a GIPL or VTK file does not hold.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete, product, require_inflated, require_planes
from fixative.structure.window import Window

HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 1024 * 1024
_META_BYTES = {
    "CHAR": 1,
    "UCHAR": 1,
    "SHORT": 2,
    "USHORT": 2,
    "INT": 4,
    "UINT": 4,
    "LONG": 4,
    "ULONG": 4,
    "LONG_LONG": 8,
    "ULONG_LONG": 8,
    "FLOAT": 4,
    "DOUBLE": 8,
}
_GIPL_BITS = {1: 1, 7: 8, 8: 8, 15: 16, 16: 16, 31: 32, 32: 32, 64: 32, 65: 64, 144: 32, 160: 64, 192: 64, 193: 128}
_VTK_BITS = {
    b"bit": 1,
    b"char": 8,
    b"unsigned_char": 8,
    b"short": 16,
    b"unsigned_short": 16,
    b"int": 32,
    b"unsigned_int": 32,
    b"long": 64,
    b"unsigned_long": 64,
    b"vtktypeint64": 64,
    b"vtktypeuint64": 64,
    b"float": 32,
    b"double": 64,
}
_MGH_BYTES = {0: 1, 1: 4, 3: 4, 4: 2}
_MGH_HEADER, _GIPL_HEADER = 284, 256


def check_metaimage(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare DimSize, ElementType and channels with the data, in this file or the one it names.

    Raises
    ------
    RefusedSample
        INV004, INV005; INV006 where the named file is not in the set.
    """
    where = "voxels of the MetaImage header"
    with Window(path) as window:
        head = window.read(0, min(HEAD_BYTES, window.bytes), "header")
    fields = {
        match[1].lower(): match[2].strip().decode("latin-1")
        for match in re.finditer(rb"^[ \t]*(\w+)[ \t]*=([^\r\n]*)", head, re.MULTILINE)
    }
    ending = re.search(rb"^[ \t]*ElementDataFile[ \t]*=[^\r\n]*\r?\n", head, re.MULTILINE | re.IGNORECASE)
    kind = fields.get(b"elementtype", "").upper().removeprefix("MET_").removesuffix("_ARRAY")
    name = fields.get(b"elementdatafile", "")
    if kind not in _META_BYTES or not name:
        raise RefusedSample("INV005", reason="MetaImage header without a type of voxels or a place of the data")
    if name.upper() == "LIST" or "%" in name:
        return Completeness(checked=False, method="no structure check for a MetaImage of many files")
    sizes = _numbers(fields.get(b"dimsize", ""))
    voxel = _META_BYTES[kind] * int((_numbers(fields.get(b"elementnumberofchannels", "1")) or [1])[0])
    plane, planes = product([*sizes[:2], voxel], where), product([1, *sizes[2:]], where)
    local = name.upper() == "LOCAL"
    data = path if local else _member(name, files)
    with Window(data) as window:
        start = ending.end() if local and ending else _header_size(fields, window.bytes, plane * planes)
        if fields.get(b"binarydata", "true").lower() in ("false", "0"):
            _require_numbers(window, start, plane * planes // _META_BYTES[kind], where)
        elif fields.get(b"compresseddata", "false").lower() in ("true", "1"):
            _require_deflated(window, start, plane * planes, where)
        else:
            require_planes(window.bytes - start, plane, planes, where)
    return complete(f"{where} against the data", size=plane * planes, planes=planes)


def check_gipl(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the four sizes and the type of the header with the file.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    where = "voxels of the GIPL header"
    with Window(path) as window:
        *sizes, kind = window.unpack(">5H", 0, "GIPL header")
        if kind not in _GIPL_BITS:
            raise RefusedSample("INV005", reason="GIPL header without a known type of voxels")
        # Sizes of axes that are not there are 0 or 1
        sizes = sizes[:2] + [max(1, size) for size in sizes[2:]]
        plane = -(-product([*sizes[:2], _GIPL_BITS[kind]], where) // 8)
        planes = product(sizes[2:], where)
        require_planes(window.bytes - _GIPL_HEADER, plane, planes, where)
    return complete(f"{where} against the file's size", size=plane * planes, planes=planes)


def check_vtk(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare DIMENSIONS and the first array of values with the file: its bytes, or its numbers where it is text.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    where = "points of the VTK header"
    with Window(path) as window:
        head = window.read(0, min(HEAD_BYTES, window.bytes), "header")
        dimensions = re.search(rb"^[ \t]*DIMENSIONS[ \t]+(\d+)[ \t]+(\d+)[ \t]+(\d+)", head, re.MULTILINE | re.I)
        array = re.search(
            rb"^[ \t]*(SCALARS|VECTORS|NORMALS|TENSORS|COLOR_SCALARS)[ \t]+\S+[ \t]+(\w+)(?:[ \t]+(\d+))?[ \t]*\r?\n"
            rb"(?:[ \t]*LOOKUP_TABLE[ \t]+\S+[ \t]*\r?\n)?",
            head,
            re.MULTILINE | re.IGNORECASE,
        )
        if dimensions is None or array is None:
            raise RefusedSample("INV005", reason="VTK header without dimensions or values")
        bits, components = _vtk_values(array)
        sizes = [int(size) for size in dimensions.groups()]
        text = re.search(rb"^[ \t]*ASCII[ \t]*\r?$", head[: array.start()], re.MULTILINE | re.IGNORECASE)
        plane = product([*sizes[:2], components], where)
        if text:
            _require_numbers(window, array.end(), plane * sizes[2], where)
        else:
            require_planes((window.bytes - array.end()) * 8, plane * bits, product(sizes[2:], where), where)
    return complete(f"{where} against the values", size=plane * sizes[2] * bits // 8, planes=sizes[2])


def check_mgh(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare width, height, depth and frames with the file, inflated where it is compressed.

    Raises
    ------
    RefusedSample
        INV004, INV005.
    """
    where = "voxels of the MGH header"
    with Window(path) as window:
        packed = window.read(0, 2, "header") == b"\x1f\x8b"
        head = window.read(0, min(HEAD_BYTES, window.bytes), "header")
        if packed:
            try:
                head = zlib.decompressobj(31).decompress(head, HEAD_BYTES)
            except zlib.error as error:
                raise RefusedSample("INV005", reason="gzip data of the MGH cannot be inflated") from error
        if len(head) < _MGH_HEADER:
            raise RefusedSample("INV004", promised=f"{_MGH_HEADER} bytes", present=len(head), where="MGH header")
        width, height, depth, frames, kind = (
            int.from_bytes(head[at : at + 4], "big", signed=True) for at in range(4, 24, 4)
        )
        if kind not in _MGH_BYTES:
            raise RefusedSample("INV005", reason="MGH header without a known type of voxels")
        plane, planes = product([width, height, _MGH_BYTES[kind]], where), product([depth, frames], where)
        if packed:
            require_inflated(window, 0, _MGH_HEADER + plane * planes, "gzip", "gzip data of the MGH")
        else:
            require_planes(window.bytes - _MGH_HEADER, plane, planes, where)
    return complete(f"{where} against the data", size=plane * planes, planes=planes)


CHECKS: dict[str, Callable[[Path, str, Sequence[Path]], Completeness]] = {
    "metaimage": check_metaimage,
    "gipl": check_gipl,
    "vtk": check_vtk,
    "mgh": check_mgh,
}
"""By format key."""


def _numbers(text: str) -> list[int]:
    words = text.split()
    if not all(word.isdigit() for word in words):
        raise RefusedSample("INV005", reason="a size in the header that is no number")
    return [int(word) for word in words]


def _member(name: str, files: Sequence[Path]) -> Path:
    found = next((file for file in files if file.name == name.replace("\\", "/").rpartition("/")[2]), None)
    if found is None:
        raise RefusedSample("INV006", name=name)
    return found


def _header_size(fields: dict[bytes, str], held: int, needed: int) -> int:
    """Bytes before the data of a file of its own; -1 means that the data lie at its end."""
    stated = fields.get(b"headersize", "0")
    return max(0, held - needed) if stated == "-1" else int((_numbers(stated) or [0])[0])


def _vtk_values(array: re.Match[bytes]) -> tuple[int, int]:
    """Bits of a number and numbers of a point."""
    word, second, third = array[1].upper(), array[2].lower(), array[3]
    if word == b"COLOR_SCALARS":
        # One byte each where the file is binary, a number between 0 and 1 where it is text
        return 8, int(second)
    if second not in _VTK_BITS:
        raise RefusedSample("INV005", reason="VTK header without a known type of values")
    components = {b"VECTORS": 3, b"NORMALS": 3, b"TENSORS": 9}.get(word, int(third or 1))
    return _VTK_BITS[second], components


def _chunks(window: Window, start: int, where: str) -> Iterator[bytes]:
    for at in range(start, window.bytes, CHUNK_BYTES):
        yield window.read(at, min(CHUNK_BYTES, window.bytes - at), where)


def _require_numbers(window: Window, start: int, count: int, where: str) -> None:
    """Refuse where text holds fewer numbers than promised."""
    found, inside = 0, False
    for chunk in _chunks(window, start, where):
        words = chunk.split()
        found += len(words) - (1 if inside and words and not chunk[:1].isspace() else 0)
        inside = not chunk[-1:].isspace()
    if found < count:
        raise RefusedSample("INV004", promised=f"{count} numbers", present=found, where=where)


def _require_deflated(window: Window, start: int, needed: int, where: str) -> None:
    """Refuse where a zlib or gzip stream does not end, or holds less than promised; nothing of it is kept."""
    inflater, held = zlib.decompressobj(47), 0
    for chunk in _chunks(window, start, where):
        while chunk and not inflater.eof:
            try:
                held += len(inflater.decompress(chunk, CHUNK_BYTES))
            except zlib.error as error:
                raise RefusedSample("INV005", reason=f"{where}: compressed data cannot be inflated") from error
            chunk = inflater.unconsumed_tail
    if not inflater.eof or held < needed:
        raise RefusedSample("INV004", promised=f"{needed} bytes", present=held, where=where)

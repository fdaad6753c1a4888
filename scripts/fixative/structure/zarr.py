"""Zarr: a chunk for every place of every array's grid, as far as can be known.

A reader returns the fill value for a chunk that is not there, so a lost chunk reads as black. Whether it was
lost or left out cannot be seen in the store; it can be judged by what writers do:

- Zarr v2 (OME-Zarr to 0.4): writers store every chunk (zarr-python 2, bioformats2raw). A gap is refused.
- Zarr v3 (OME-Zarr from 0.5): zarr-python 3 and tensorstore leave out chunks that equal the fill value, as
  documented (``write_empty_chunks=False``). Gaps are counted in the record; an array without any chunk is
  refused.

Notes
-----
https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html,
https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html
"""

import json
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.models import Completeness

MAX_JSON_BYTES = 64 * 1024 * 1024
MOST_CHUNK_BYTES = 2**31 - 1
"""Of a compressed chunk: neither Blosc nor numcodecs take more."""

CODEC_BYTES = 64 * 1024
"""What codecs may add to a chunk of any size."""


@dataclass(frozen=True)
class Array:
    """One array: its grid, and how a chunk's file is named."""

    where: str
    folder: Path
    grid: tuple[int, ...]
    """Number of chunks (of shards, where sharded) along each axis."""
    prefix: str
    separator: str
    may_omit: bool
    """Whether writers of this kind leave out chunks that hold nothing but the fill value."""
    raw_bytes: int = 0
    """Bytes of a chunk's file where chunks are stored as they are; 0 where not, or not known."""
    most_bytes: int | None = None
    """Bytes beyond which no codec stores a chunk, where its size is known: what is longer holds something else."""
    blosc: bool = False
    """Whether a chunk's file begins with Blosc's header, which states its length."""

    @property
    def chunks(self) -> int:
        """Chunks promised."""
        return math.prod(self.grid)


def check_zarr(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the chunks that each array's shape promises with the files of the store.

    Raises
    ------
    RefusedSample
        INV004 where chunks are missing, INV005 where an array's description cannot be read.
    """
    arrays = list(_arrays(path))
    _levels(path, {array.folder for array in arrays})
    if not arrays:
        raise RefusedSample("INV004", promised="arrays", present="none", where="Zarr store")
    promised = absent = 0
    for array in arrays:
        present = _present(array)
        promised, absent = promised + array.chunks, absent + array.chunks - present
        if present < array.chunks and (not array.may_omit or present == 0):
            raise RefusedSample("INV004", promised=f"{array.chunks} chunks", present=f"{present}", where=array.where)
    gaps = f"; {absent} are not stored and read as the fill value, as Zarr v3 allows" if absent else ""
    return Completeness(checked=True, method=f"{promised} chunks of {len(arrays)} Zarr arrays{gaps}")


def _arrays(root: Path) -> Iterator[Array]:
    """Every array of the store; folders of chunks are not walked."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        where = folder.relative_to(root).as_posix()
        if (folder / ".zarray").is_file():
            yield _v2(folder, where, _load(folder / ".zarray", where))
            continue
        if (folder / "zarr.json").is_file():
            content = _load(folder / "zarr.json", where)
            if content.get("node_type") == "array":
                yield _v3(folder, where, content)
                continue
        waiting += sorted((Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()), reverse=True)


def _levels(root: Path, arrays: set[Path]) -> None:
    """Refuse where the root's ``multiscales`` names a resolution level that is not there."""
    content: dict[str, Any] = {}
    for name in (".zattrs", "zarr.json"):
        if (root / name).is_file():
            content = _load(root / name, "root")
    attributes = content.get("attributes", content)
    scales = attributes.get("ome", attributes).get("multiscales", []) if isinstance(attributes, dict) else []
    levels = [str(level.get("path")) for scale in scales for level in scale.get("datasets", [])]
    present = [level for level in levels if root / level in arrays]
    if len(present) < len(levels):
        raise RefusedSample(
            "INV004",
            promised=f"{len(levels)} resolution levels",
            present=f"{len(present)}",
            where="multiscales",
        )


def _v2(folder: Path, where: str, content: dict[str, Any]) -> Array:
    separator = content.get("dimension_separator", ".")
    grid = _grid(content.get("shape"), content.get("chunks"), where)
    array = _array(folder, where, grid, "", separator, may_omit=False)
    compressor, kind = content.get("compressor"), re.fullmatch(r"[<>|][biufc](\d{1,2})", str(content.get("dtype")))
    if compressor is not None and kind and not content.get("filters"):
        array = replace(array, most_bytes=_most_bytes(math.prod(content["chunks"]) * int(kind[1]), where))
    if compressor is None and not content.get("filters") and kind:
        return replace(array, raw_bytes=math.prod(content["chunks"]) * int(kind[1]))
    return replace(array, blosc=isinstance(compressor, dict) and compressor.get("id") == "blosc")


def _v3(folder: Path, where: str, content: dict[str, Any]) -> Array:
    chunk_grid, encoding = content.get("chunk_grid", {}), content.get("chunk_key_encoding", {})
    if chunk_grid.get("name") != "regular":
        raise RefusedSample("INV005", reason=f"Zarr array {where}: chunk grid of an unknown kind")
    grid = _grid(content.get("shape"), chunk_grid.get("configuration", {}).get("chunk_shape"), where)
    plain = encoding.get("name") == "v2"
    separator = encoding.get("configuration", {}).get("separator", "." if plain else "/")
    array = _array(folder, where, grid, "" if plain else "c", separator, may_omit=True)
    codecs = [codec.get("name") for codec in content.get("codecs", []) if isinstance(codec, dict)]
    kind = re.fullmatch(r"(?:u?int|float|complex)(\d{1,3})", str(content.get("data_type")))
    if kind and codecs[1:] and "sharding_indexed" not in codecs:
        whole = math.prod(chunk_grid["configuration"]["chunk_shape"]) * (int(kind[1]) // 8)
        array = replace(array, most_bytes=_most_bytes(whole, where))
    if codecs == ["bytes"] and kind:
        chunk = chunk_grid["configuration"]["chunk_shape"]
        return replace(array, raw_bytes=math.prod(chunk) * (int(kind[1]) // 8))
    return replace(array, blosc=codecs[-1:] == ["blosc"])


def _most_bytes(chunk: int, where: str) -> int:
    """Longest file of a compressed chunk: readers inflate a chunk whole, whatever it was promised to be."""
    if chunk > MOST_CHUNK_BYTES:
        raise RefusedSample("INV005", reason=f"Zarr array {where}: chunks of more bytes than a codec can hold")
    return chunk + chunk // 8 + CODEC_BYTES


def _array(folder: Path, where: str, grid: tuple[int, ...], prefix: str, separator: str, *, may_omit: bool) -> Array:
    if separator not in (".", "/"):
        raise RefusedSample("INV005", reason=f"Zarr array {where}: chunk names with an unknown separator")
    return Array(where, folder, grid, prefix, separator, may_omit)


def _grid(shape: Any, chunks: Any, where: str) -> tuple[int, ...]:
    valid = (
        isinstance(shape, list)
        and isinstance(chunks, list)
        and len(shape) == len(chunks)
        and all(isinstance(size, int) and size >= 0 for size in shape)
        and all(isinstance(size, int) and size > 0 for size in chunks)
    )
    if not valid:
        raise RefusedSample("INV005", reason=f"Zarr array {where}: shape or chunks are not as they must be")
    return tuple(-(-size // chunk) for size, chunk in zip(shape, chunks, strict=True))


def _present(array: Array) -> int:
    """Chunks of the grid that have a file with something in it; the grid itself is never enumerated."""
    if not array.grid:
        names = [array.prefix] if array.prefix else ["0"]
        return sum((array.folder / name).is_file() for name in names)
    pattern = re.compile(re.escape(array.separator).join([r"(0|[1-9]\d*)"] * len(array.grid)))
    lead = f"{array.prefix}{array.separator}" if array.prefix else ""
    count = 0
    for name in _file_names(array.folder):
        match = pattern.fullmatch(name.removeprefix(lead)) if name.startswith(lead) else None
        if match and all(int(part) < size for part, size in zip(match.groups(), array.grid, strict=True)):
            _require_whole(array, name)
            count += 1
    return count


def _require_whole(array: Array, name: str) -> None:
    """Refuse a chunk whose file is shorter or longer than it can be, where that is known without decoding it."""
    file = array.folder / name
    promised, size = array.raw_bytes, file.stat().st_size
    if array.most_bytes is not None and size > array.most_bytes:
        raise RefusedSample("INV005", reason=f"chunk {name} of {array.where} is longer than what it promises to hold")
    if array.blosc:
        with file.open("rb") as stream:
            head = stream.read(16)
        # https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst: the length stands at byte 12.
        promised = int.from_bytes(head[12:], "little") if len(head) == 16 else 16
    if size < promised:
        raise RefusedSample(
            "INV004", promised=f"{promised} bytes", present=f"{size}", where=f"chunk {name} of {array.where}"
        )


def _file_names(folder: Path) -> Iterator[str]:
    """POSIX names, relative to ``folder``, of files that are not empty."""
    for place, _, names in os.walk(folder):
        base = Path(place).relative_to(folder).as_posix()
        for name in names:
            if os.path.getsize(os.path.join(place, name)):  # noqa: PTH118, PTH202  many files
                yield name if base == "." else f"{base}/{name}"


def _load(path: Path, where: str) -> dict[str, Any]:
    if path.stat().st_size > MAX_JSON_BYTES:
        raise RefusedSample("INV005", reason=f"Zarr description of {where} is implausibly long")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise RefusedSample("INV005", reason=f"Zarr description of {where} is not JSON") from None
    if not isinstance(content, dict):
        raise RefusedSample("INV005", reason=f"Zarr description of {where} is not an object")
    return content

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
from fixative.structure.zarr_chunks import CODECS, Inside, most_stored, shards_of

MAX_JSON_BYTES = 64 * 1024 * 1024
MOST_CHUNK_BYTES = 2**31 - 1
"""Of a compressed chunk: neither Blosc nor numcodecs take more."""

HARMLESS = {"bytes", "endian", "transpose", "crc32c", "delta", "shuffle", "bitround", "fixedscaleoffset", "astype"}
HARMLESS |= {"quantize", "packbits", "adler32", "crc32", "fletcher32", "bitshuffle", "cast_value", "scale_offset"}
"""Codecs that change the length of a chunk by a factor of 8 at most."""

AS_LONG = {"bytes", "endian", "transpose", "crc32c", "delta", "shuffle", "bitround"}
"""Those of them that do not, or by a few bytes."""

MOST_UNFOLDED_BYTES, MOST_UNFOLDED = 1 << 40, 20_000
"""What a store may stand for: beyond both, the bytes and so many times its own length, it is a bomb."""


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
    inside: Inside | None = None
    """How its chunks are compressed, where that is known."""
    unfolded_bytes: int = 0
    """Of the whole array, decoded; 0 where not known."""

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
    promised = absent = unfolded = stored = 0
    for array in arrays:
        present, held = _present(array)
        unfolded, stored = unfolded + array.unfolded_bytes, stored + held
        promised, absent = promised + array.chunks, absent + array.chunks - present
        if present < array.chunks and (not array.may_omit or present == 0):
            raise RefusedSample("INV004", promised=f"{array.chunks} chunks", present=f"{present}", where=array.where)
    if unfolded > max(MOST_UNFOLDED_BYTES, MOST_UNFOLDED * stored):
        raise RefusedSample("INV005", reason=f"Zarr store of {stored} bytes would unfold to {unfolded}")
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
    raw = math.prod(content["chunks"]) * int(kind[1]) if kind else 0
    array = replace(array, unfolded_bytes=math.prod(content["shape"]) * int(kind[1]) if kind else 0)
    filters = [_name(codec) for codec in content.get("filters") or []]
    if compressor is None and not filters:
        return replace(array, raw_bytes=raw)
    codecs = [*filters, *([_name(compressor)] if compressor is not None else [])]
    return replace(_compressed(array, codecs, raw, where), blosc=codecs[-1:] == ["blosc"])


def _v3(folder: Path, where: str, content: dict[str, Any]) -> Array:
    chunk_grid, encoding = content.get("chunk_grid", {}), content.get("chunk_key_encoding", {})
    if chunk_grid.get("name") != "regular":
        raise RefusedSample("INV005", reason=f"Zarr array {where}: chunk grid of an unknown kind")
    grid = _grid(content.get("shape"), chunk_grid.get("configuration", {}).get("chunk_shape"), where)
    plain = encoding.get("name") == "v2"
    separator = encoding.get("configuration", {}).get("separator", "." if plain else "/")
    array = _array(folder, where, grid, "" if plain else "c", separator, may_omit=True)
    codecs = [_name(codec) for codec in content.get("codecs", [])]
    kind = re.fullmatch(r"(?:u?int|float|complex)(\d{1,3})", str(content.get("data_type")))
    item, chunk = int(kind[1]) // 8 if kind else 0, chunk_grid["configuration"]["chunk_shape"]
    array = replace(array, unfolded_bytes=math.prod(content["shape"]) * item)
    if codecs == ["bytes"]:
        return replace(array, raw_bytes=math.prod(chunk) * item)
    if "sharding_indexed" in codecs:
        return _sharded(array, content["codecs"], chunk, item, where)
    return replace(_compressed(array, codecs, math.prod(chunk) * item, where), blosc=codecs[-1:] == ["blosc"])


def _sharded(array: Array, codecs: list[dict[str, Any]], shard: list[int], item: int, where: str) -> Array:
    """Add how the chunks within a shard are compressed."""
    named = {_name(codec): codec.get("configuration", {}) for codec in codecs if isinstance(codec, dict)}
    configuration = named["sharding_indexed"]
    if not isinstance(configuration, dict) or named.keys() - HARMLESS - {"sharding_indexed"}:
        raise RefusedSample("INV005", reason=f"Zarr array {where}: shards are not as they must be")
    shards = shards_of(shard, configuration, where)
    inner = _compressed(
        replace(array, most_bytes=None),
        [_name(codec) for codec in configuration.get("codecs", [])],
        math.prod(shard) // shards.chunks * item,
        where,
    )
    return replace(inner, most_bytes=None, inside=inner.inside and replace(inner.inside, shards=shards))


def _compressed(array: Array, codecs: list[str], raw: int, where: str) -> Array:
    """Add what is known of an array's compressed chunks: their codec, and the longest that a file may be.

    Raises
    ------
    RefusedSample
        INV005 for chunks that no codec can hold, or that are compressed twice: what the inner one gives is known to
        nobody before it is inflated.
    """
    packing = [name for name in codecs if name not in HARMLESS]
    if len(packing) > 1:
        raise RefusedSample("INV005", reason=f"Zarr array {where}: chunks are compressed more than once")
    if raw > MOST_CHUNK_BYTES:
        raise RefusedSample("INV005", reason=f"Zarr array {where}: chunks of more bytes than a codec can hold")
    if not raw:
        return array
    # Filters may widen what they are given.
    raw *= 8 if set(codecs) - set(packing) - AS_LONG else 1
    codec = packing[0] if packing and packing[0] in CODECS else "none"
    if packing and set(codecs[codecs.index(packing[0]) + 1 :]) - {"crc32c"}:
        codec = "none"  # something stands before its header
    return replace(array, most_bytes=most_stored(raw), inside=Inside(codec, raw))


def _name(codec: Any) -> str:
    """Name of a codec, in either version of the format; `numcodecs.zlib` is `zlib`."""
    named = (codec.get("name") or codec.get("id")) if isinstance(codec, dict) else codec
    return str(named).removeprefix("numcodecs.")


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


def _present(array: Array) -> tuple[int, int]:
    """Chunks of the grid that have a file with something in it, and their bytes; the grid is never enumerated."""
    if not array.grid:
        name = array.prefix or "0"
        found = (array.folder / name).is_file()
        return int(found), _require_whole(array, name) if found else 0
    pattern = re.compile(re.escape(array.separator).join([r"(0|[1-9]\d*)"] * len(array.grid)))
    lead = f"{array.prefix}{array.separator}" if array.prefix else ""
    count = held = 0
    for name in _file_names(array.folder):
        match = pattern.fullmatch(name.removeprefix(lead)) if name.startswith(lead) else None
        if match and all(int(part) < size for part, size in zip(match.groups(), array.grid, strict=True)):
            held += _require_whole(array, name)
            count += 1
    return count, held


def _require_whole(array: Array, name: str) -> int:
    """Refuse a chunk whose file is shorter or longer than it can be, or a bomb; its length."""
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
    if array.inside:
        array.inside.check(file, f"chunk {name} of {array.where}")
    return size


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

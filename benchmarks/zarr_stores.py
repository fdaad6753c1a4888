"""What a converter to OME-Zarr has written: read from the store's metadata, without a library.

Of two layouts: Zarr 2 (OME-Zarr 0.4) and Zarr 3 (0.5), https://zarr-specs.readthedocs.io.
"""

import json
from dataclasses import dataclass
from math import ceil, prod
from pathlib import Path
from typing import Any

from measuring import CommandFailed

METADATA = (".zarray", ".zattrs", "zarr.json")
SHUFFLES = {0: "", 1: "shuffle", 2: "bitshuffle", "noshuffle": ""}
"""Zarr 2 has Blosc's numbers, Zarr 3 words."""


class UnlikePromise(CommandFailed):
    """A store that is not what was asked for: what it cost means nothing either."""


@dataclass(frozen=True)
class Level:
    """One resolution level."""

    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    codec: str
    written: int
    """Files of chunks: there is none for a chunk that holds nothing but zeros."""


def described(folder: Path, shape: tuple[int, ...], *, levels: int, tile: int) -> str:
    """Say in words what the one store of a folder holds.

    Parameters
    ----------
    folder
        Folder that was empty before the conversion.
    shape
        C, Z, Y and X of level 0; each further level halves Y and X. None of the chunks holds only zeros.
    levels, tile
        How many levels there are to be, in chunks of one tile of one plane.

    Raises
    ------
    UnlikePromise
        With what was expected and what was found.
    """
    stores = sorted(folder.glob("*.zarr"))
    if len(stores) != 1:
        raise UnlikePromise(f"expected one store, found {len(stores)}")
    (store,) = stores
    names = sorted(path.name for path in store.iterdir() if path.name.isdigit())
    if names != [str(number) for number in range(levels)]:
        raise UnlikePromise(f"expected {levels} levels, found {', '.join(names) or 'none'}")
    found = [read_level(store / name) for name in names]
    for number, level in enumerate(found):
        _compare(f"level {number}", level, (*shape[:-2], shape[-2] >> number, shape[-1] >> number), tile)
    size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    smallest = " x ".join(str(length) for length in found[-1].shape[-2:])
    chunks = f"chunks of {tile} x {tile}, {levels} levels down to {smallest}"
    return f"OME-Zarr {_version(store)}, {found[0].codec}, {chunks}, {size / 1e6:.0f} MB"


def read_level(folder: Path) -> Level:
    """Read the metadata of an array and count its chunks."""
    written = sum(path.is_file() and path.name not in METADATA for path in folder.rglob("*"))
    if (folder / "zarr.json").is_file():
        array = _json(folder / "zarr.json")
        chunk = array["chunk_grid"]["configuration"]["chunk_shape"]
        codecs = [codec for codec in array["codecs"] if codec["name"] not in ("bytes", "transpose")]
        words = " and ".join(_codec(codec["name"], codec.get("configuration", {})) for codec in codecs)
    else:
        array = _json(folder / ".zarray")
        chunk, codec = array["chunks"], array["compressor"]
        words = _codec(codec["id"], codec) if codec else ""
    return Level(tuple(array["shape"]), tuple(chunk), words or "no codec", written)


def _compare(name: str, level: Level, shape: tuple[int, ...], tile: int) -> None:
    """Refuse a level of another shape, of other chunks, or with chunks missing; leading axes of length 1 are free."""
    lead = (1,) * (len(level.shape) - len(shape))
    if level.shape != lead + shape:
        raise UnlikePromise(f"{name}: expected the shape {shape}, found {level.shape}")
    one = (1,) * (len(level.shape) - 2)
    if level.chunk != (*one, tile, tile):
        raise UnlikePromise(f"{name}: expected chunks of {tile} x {tile}, found {level.chunk}")
    wanted = prod(ceil(length / size) for length, size in zip(level.shape, level.chunk, strict=True))
    if level.written != wanted:
        raise UnlikePromise(f"{name}: expected {wanted} chunks, found {level.written}")


def _codec(name: str, settings: dict[str, Any]) -> str:
    """As in ``blosc zstd 3 with bitshuffle``."""
    words = [name, *(str(settings[key]) for key in ("cname", "clevel", "level") if key in settings)]
    shuffle = settings.get("shuffle", 0)
    named = SHUFFLES.get(shuffle, shuffle)
    return " ".join(words) + (f" with {named}" if named else "")


def _version(store: Path) -> str:
    """Version of OME-Zarr that the store states."""
    if (store / "zarr.json").is_file():
        return str(_json(store / "zarr.json")["attributes"]["ome"]["version"])
    return str(_json(store / ".zattrs")["multiscales"][0]["version"])


def _json(path: Path) -> Any:
    if not path.is_file():
        raise UnlikePromise(f"expected {path.name} in {path.parent.name}, found none")
    return json.loads(path.read_bytes())

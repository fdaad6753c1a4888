"""HDF5 (Imaris, EMD, MINC 2, Bruker and others): the end of the file, and each dataset's pieces within it.

h5py is used as a walker of the container here, not as a reader: it says where a dataset's bytes lie. A chunk
that was never written reads as the dataset's fill value, which is how HDF5 means it: such chunks are counted
in the record, and a chunked dataset without any chunk is noted, but neither is refused.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.readers.guard import decoding
from fixative.structure.containers import check_hdf5
from fixative.structure.promise import complete

MAX_CHUNKS_LOOKED_AT = 1_000_000


@dataclass
class _Sum:
    """What the datasets hold."""

    datasets: int = 0
    stored: int = 0
    unwritten: int = 0


def check_datasets(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the end of file of the superblock, and where datasets lie, with the file's size.

    Raises
    ------
    RefusedSample
        INV004 where something lies beyond the end, INV005 where the structure is damaged.
    """
    check_hdf5(path, fmt, files)
    size = path.stat().st_size
    found = _Sum()
    with decoding(lambda error: RefusedSample("INV005", reason=f"HDF5 structure: {type(error).__name__}")):
        for dataset in _datasets(path):
            _look_at(dataset, size, found)
    gaps = f"; {found.unwritten} chunks were never written and read as the fill value" if found.unwritten else ""
    return complete(f"HDF5 superblock and {found.datasets} datasets against the file's size{gaps}", size=found.stored)


def _datasets(path: Path) -> Iterator[Any]:
    """Every dataset of the file, each once; links that lead out of it are not followed."""
    import h5py

    with h5py.File(path, "r") as file:
        found: list[str] = []
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in found:
            yield file[name]


def _look_at(dataset: Any, size: int, found: _Sum) -> None:
    import h5py

    found.datasets += 1
    name = f"HDF5 dataset {found.datasets}"
    if dataset.external or dataset.is_virtual:
        raise RefusedSample("INV005", reason=f"{name} keeps its values in other files")
    if dataset.shape is None or 0 in dataset.shape:
        return
    if dataset.chunks is not None:
        _chunks(dataset, size, found, name)
        return
    if dataset.id.get_create_plist().get_layout() == h5py.h5d.CONTIGUOUS:
        offset, stored = dataset.id.get_offset(), dataset.id.get_storage_size()
        if offset is None:
            found.unwritten += 1
        elif offset + stored > size:
            raise _short(name, offset + stored, size)
        found.stored += stored


def _chunks(dataset: Any, size: int, found: _Sum, name: str) -> None:
    """Chunks of the grid; each that is allocated lies within the file."""
    grid = math.prod(-(-length // chunk) for length, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    number = dataset.id.get_num_chunks()
    found.unwritten += max(0, grid - number)
    found.stored += dataset.id.get_storage_size()
    if number > MAX_CHUNKS_LOOKED_AT:
        # The superblock's end of file covers them.
        return

    def within(info: Any) -> None:
        if info.byte_offset is not None and info.byte_offset + info.size > size:
            raise _short(name, info.byte_offset + info.size, size)

    if hasattr(dataset.id, "chunk_iter"):
        dataset.id.chunk_iter(within)
    else:
        for index in range(number):
            within(dataset.id.get_chunk_info(index))


def _short(name: str, promised: int, size: int) -> RefusedSample:
    return RefusedSample("INV004", promised=f"{promised} bytes", present=f"{size}", where=name)

"""A signal as RosettaSciIO delivers it, compared with its own description, and what loading it whole may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from fixative.findings import RefusedSample


@dataclass(frozen=True)
class Signal:
    """One signal: its array (dask or numpy) and everything said about it."""

    data: Any
    axes: list[dict[str, Any]]
    metadata: Any
    original_metadata: Any
    acquired: int | None = None
    """Planes taken before the acquisition stopped, counted in the order of the array; None: all."""

    @property
    def name(self) -> str | None:
        """Title, where it has one that says something."""
        general = self.metadata.get("General") if isinstance(self.metadata, Mapping) else None
        title = str((general or {}).get("title") or "").strip()
        return None if title in ("", "__unnamed__") else title


@dataclass
class Opened:
    """What a plugin made of a file."""

    plugin: str
    signals: list[Signal]
    files: list[Path]
    beside: dict[str, Any] = field(default_factory=dict)
    """Metadata that lie beside the signals: objects of an EMI, a text file with the microscope's settings."""


def load(plugin: str, path: Path, **options: Any) -> list[Signal]:
    """Signals of a file by one plugin (the name of its module), each compared with its description."""
    reader = import_module(f"rsciio.{plugin}").file_reader
    return [signal_of(found) for found in reader(str(path), **options)]


def signal_of(found: Mapping[str, Any]) -> Signal:
    """Check a plugin's description against what it delivers."""
    axes = [dict(axis) for axis in found["axes"]]
    if all("index_in_array" in axis for axis in axes):
        axes.sort(key=lambda axis: int(axis["index_in_array"]))
    data, sizes = found["data"], tuple(_size(axis) for axis in axes)
    if tuple(data.shape) != sizes:
        raise RefusedSample("CNV003", expected=sizes, found=tuple(data.shape), where="axes of a signal")
    return Signal(data, axes, found.get("metadata") or {}, found.get("original_metadata") or {})


def _size(axis: Mapping[str, Any]) -> int:
    return int(axis["size"]) if "size" in axis else len(axis["axis"])


def require_budget(nbytes: int, budget_bytes: int, what: str) -> None:
    """Refuse what would have to be loaded whole and is too large for that.

    Raises
    ------
    RefusedSample
        CNV001 with the memory that the job needs.
    """
    if nbytes > budget_bytes:
        raise RefusedSample(
            "CNV001",
            where=what,
            reason=f"its reader loads it whole: raise mem_mb to {2 * nbytes // 1_000_000 + 1} or more",
        )


def loaded(signal: Signal, budget_bytes: int) -> Signal:
    """Load a signal whose lazy array reads the whole file for any region of it."""
    require_budget(signal.data.size * signal.data.dtype.itemsize, budget_bytes, "a signal")
    data = signal.data
    if not isinstance(data, np.ndarray):
        data = data.compute(scheduler="synchronous")
    return Signal(data, signal.axes, signal.metadata, signal.original_metadata, signal.acquired)

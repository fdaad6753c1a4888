"""Opening a source that is incomplete: only with readers that know which of its planes are whole.

Any other reader may fill in what is missing; so the order of backends that is set for whole sources does not
count here.
"""

from dataclasses import replace
from importlib import import_module

from fixative.findings import RefusedSample
from fixative.models import Inventory, ReaderTrial
from fixative.packed import is_packed
from fixative.readers.guard import decoding, describe
from fixative.readers.ome_types import in_ome_types
from fixative.readers.opening import open_source
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.protocol import Reader
from fixative.structure import PLANES_APART

_RAW = {"dv", "mrc", "nifti", "nrrd", "spe", "ics"}


def module_of(fmt: str) -> str:
    """Name the module that reads the whole planes of a truncated source of a format."""
    if fmt in _RAW:
        return "volumes.raw_planes"
    own = {"lif": "lif", "ome_zarr": "zarr.reader", "zarr": "zarr.reader", "metaxpress_plate": "plates.metaxpress"}
    return own.get(fmt, "tiff.reader")


def open_inventoried(inventory: Inventory, options: ReaderOptions) -> tuple[Reader, tuple[ReaderTrial, ...]]:
    """Open a source as its inventory found it: whole, or for the planes that are.

    Raises
    ------
    RefusedSample
        As `fixative.readers.open_source`; INV004 where no plane is whole, or the whole ones cannot be told.
    """
    if inventory.completeness.whole:
        return open_source(inventory.opens, inventory.format, replace(options, whole_planes_only=False))
    request = Request(inventory.opens, inventory.format, "", replace(options, whole_planes_only=True))
    if inventory.format not in PLANES_APART:
        raise _not_told("its format")
    if not inventory.folder and is_packed(inventory.opens):
        raise _not_told("it is compressed whole")
    with decoding(lambda error: _not_told(describe(error, inventory.opens))):
        module = import_module(f"fixative.readers.{module_of(inventory.format)}")
        return in_ome_types(module.open_reader(request)), ()


def _not_told(reason: str) -> RefusedSample:
    where = f"which planes are whole cannot be told: {reason}"
    return RefusedSample("INV004", promised="all planes", present="fewer", where=where)

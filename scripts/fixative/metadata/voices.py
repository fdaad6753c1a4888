"""What each reader says of a source: the one that converts it, and every other that speaks of metadata.

A reader is asked for its words alone here, not for a pixel: opening a file for its metadata costs Bio-Formats some
20 ms once its Java machine runs. What one cannot open is a note in the dump, never a reason to refuse.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from fixative.findings import RefusedSample
from fixative.formats import FORMATS
from fixative.models import Inventory
from fixative.readers.backends import BACKENDS
from fixative.readers.guard import decoding, describe
from fixative.readers.options import ReaderOptions, Request
from fixative.readers.protocol import Reader
from fixative.readers.unpacked import open_plain
from fixative.recognise import require_known_files

SPEAKERS = frozenset(("bioformats", "tifffile", "nd2", "pylibCZIrw", "ome-xml", "zarr", "metaxpress_plate"))
"""Backends that make or find OME-XML of a source. Not bioio's and aicsimageio's: where they say more than nothing,
they say it with the style sheet or the library of one of these, and take 2 to 3 s to start."""

VERBATIM = frozenset(("tifffile", "ome-xml", "zarr"))
"""Backends whose OME-XML stands in the source itself, word for word."""

TABLES = "bioformats"
"""Kind of Bio-Formats' tables of original metadata, which say what no other reader does of many formats."""


@dataclass(frozen=True)
class Voice:
    """What one reader says of a source."""

    backend: str
    version: str
    ome_xml: str | None
    vendor: dict[str, Any]
    """The vendor's metadata by kind."""
    converts: bool = False
    """Whether it is the reader that serves the sample."""

    @property
    def verbatim(self) -> bool:
        """Whether its OME-XML stands in the source itself."""
        return self.backend in VERBATIM


def voice_of(reader: Reader) -> Voice:
    """Ask the reader that serves the sample."""
    return Voice(reader.backend, reader.version, reader.ome_xml(), reader.vendor_metadata(), converts=True)


def other_voices(reader: Reader, inventory: Inventory, options: ReaderOptions, notes: list[str]) -> Iterator[Voice]:
    """Ask every other reader of the format that speaks of metadata; why one is silent goes into ``notes``.

    Parameters
    ----------
    reader : Reader
        The one that serves the sample; it is not asked again.
    inventory : Inventory
        The source. A reader that uses files which are not in it is not heard.
    options : ReaderOptions
        Settings of the readers.
    notes : list of str
        Gets a line for each reader that has nothing to say; no values, no paths.
    """
    form = FORMATS[inventory.format]
    candidates = dict.fromkeys((*form.backends, *form.witnesses, "bioformats"))
    for backend in candidates:
        if backend == reader.backend or backend not in SPEAKERS:
            continue
        voice = _heard(Request(inventory.opens, inventory.format, backend, options), inventory, notes)
        if voice is not None:
            yield voice


def _heard(request: Request, inventory: Inventory, notes: list[str]) -> Voice | None:
    backend = request.backend

    def silent(error: Exception) -> RefusedSample:
        return RefusedSample("MET002", reason=describe(error, request.path))

    try:
        with decoding(silent):
            module = import_module(f"fixative.readers.{BACKENDS[backend].module.partition(':')[0]}")
            with closing(open_plain(request, module.open_reader)) as reader:
                require_known_files(reader.files(), inventory)
                vendor = reader.vendor_metadata() if backend == TABLES else {}
                return Voice(backend, reader.version, reader.ome_xml() or None, vendor)
    except RefusedSample as refusal:
        reason = refusal.places.get("reason") or refusal.message
        notes.append(f"{backend} has nothing to say: {reason}")
        return None


def voices(reader: Reader, inventory: Inventory, options: ReaderOptions) -> tuple[Sequence[Voice], tuple[str, ...]]:
    """Every reader's words, those of the one that serves the sample first; and notes about the silent ones."""
    notes: list[str] = []
    return (voice_of(reader), *other_voices(reader, inventory, options, notes)), tuple(notes)

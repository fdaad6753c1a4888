"""NDTiff (Micro-Manager, pycro-manager): every image of the index lies within the stack that it names.

Notes
-----
https://github.com/micro-manager/NDTiffStorage: ``NDTiff.index`` is a run of entries: length and text of the
axes, length and text of the stack's name, then eight 32-bit numbers (pixel offset, width, height, pixel type,
pixel compression, metadata offset, length, compression), all little-endian.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.tiff import survey_tiff
from fixative.structure.window import Window

INDEX = "NDTiff.index"
PIXEL_BYTES = {0: 1, 1: 2, 2: 3, 3: 2, 4: 2, 5: 2, 6: 2}


@dataclass(frozen=True)
class Image:
    """One entry of the index."""

    stack: str
    offset: int
    bytes: int
    metadata_offset: int
    metadata_bytes: int


def stack_names(index: Path) -> list[str]:
    """Names of the stacks that an index refers to, each once."""
    return list(dict.fromkeys(image.stack for image in _images(index)))


def check_ndtiff(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the index with the stacks.

    Raises
    ------
    RefusedSample
        INV004 where a stack is shorter than the index says, INV006 where one is not in the set.
    """
    by_name = {file.name.casefold(): file for file in files}
    index = by_name.get(INDEX.casefold())
    if index is None:
        raise RefusedSample("INV006", name=INDEX)
    images = list(_images(index))
    promised = present = promised_bytes = 0
    sizes: dict[str, int] = {}
    for image in images:
        name = image.stack.casefold()
        if name not in by_name:
            raise RefusedSample("INV006", name=image.stack)
        size = sizes.setdefault(name, by_name[name].stat().st_size)
        promised, promised_bytes = promised + 1, promised_bytes + image.bytes
        ends = (image.offset + image.bytes, image.metadata_offset + image.metadata_bytes)
        present += max(ends) <= size
    if present < promised or not images:
        raise RefusedSample("INV004", promised=f"{promised} planes", present=f"{present}", where=INDEX)
    directories = 0
    for name in sizes:
        survey = survey_tiff(by_name[name])
        if survey.problem:
            raise survey.problem
        directories += len(survey.whole)
    if promised < directories:
        # Each image has a directory of its own: the index lost its end.
        raise RefusedSample("INV004", promised=f"{directories} planes", present=f"{promised}", where=INDEX)
    return Completeness(
        checked=True,
        method="images of the NDTiff index against the stacks, and the directories of the stacks",
        promised_planes=promised,
        present_planes=present,
        promised_bytes=promised_bytes,
        present_bytes=promised_bytes,
    )


def _images(index: Path) -> Iterator[Image]:
    with Window(index) as window:
        at = 0
        while at < window.bytes:
            (length,) = window.unpack("<I", at, INDEX)
            (name_length,) = window.unpack("<I", at + 4 + length, INDEX)
            name = window.read(at + 8 + length, name_length, INDEX).decode("utf-8", "replace")
            numbers = window.unpack("<8I", at + 8 + length + name_length, INDEX)
            offset, width, height, pixel_type, compression, metadata, metadata_bytes, _ = numbers
            stored = width * height * PIXEL_BYTES.get(pixel_type, 1) if compression == 0 else 1
            yield Image(name, offset, stored, metadata, metadata_bytes)
            at += 8 + length + name_length + 32

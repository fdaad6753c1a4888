"""Sources that are compressed whole, opened through a plain copy in the temporary folder; see `fixative.packed`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt

from fixative.packed import is_packed, remove, unpack
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo, Reader

_OWN = frozenset({"elid"})
"""Formats that are a compressed stream by themselves, and whose readers inflate it."""


class UnpackedReader:
    """A reader of the plain copy, which is removed when it closes; the source is what it names."""

    def __init__(self, reader: Reader, source: Path, plain: Path) -> None:
        self._reader, self._source, self._plain = reader, source, plain
        self.backend, self.library, self.version = reader.backend, reader.library, reader.version
        self.images: Sequence[ImageInfo] = reader.images

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region; see `protocol.Reader`."""
        return self._reader.read_region(image, t, c, z, y, x, height, width, level)

    def ome_xml(self) -> str | None:
        """OME-XML of the reader."""
        xml = self._reader.ome_xml()
        return None if xml is None else self._named(xml)

    def vendor_metadata(self) -> dict[str, Any]:
        """Metadata of the reader, where the copy's place is named the source's."""
        found: dict[str, Any] = self._named(self._reader.vendor_metadata())
        return found

    def files(self) -> list[Path]:
        """Files of the reader, the source in place of the copy."""
        return [self._source if path == self._plain else path for path in self._reader.files()]

    def close(self) -> None:
        """Close the reader and remove the copy."""
        try:
            self._reader.close()
        finally:
            remove(self._plain)

    def _named(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._named(key): self._named(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._named(item) for item in value]
        if isinstance(value, str):
            return value.replace(str(self._plain.parent), str(self._source.parent))
        return value


def open_plain(request: Request, open_reader: Callable[[Request], Reader]) -> Reader:
    """Open a source with a backend; one that is compressed whole, unpacked.

    Raises
    ------
    RefusedSample
        As `fixative.packed.unpack` and the backend.
    """
    if request.fmt in _OWN or not is_packed(request.path):
        return open_reader(request)
    plain = unpack(request.path)
    try:
        return UnpackedReader(open_reader(replace(request, path=plain)), request.path, plain)
    except BaseException:
        remove(plain)
        raise

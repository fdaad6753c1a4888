"""Andor SIF through sif_parser: every acquisition of the file, frame by frame from the mapped file.

A SIF has places for a signal, a reference, a background, a live and a source acquisition, each behind a flag
that says whether it is there. sif_parser reads the first; here it is shown the others in turn, as files of
their own. Values are 32-bit floats in all of them.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo
from fixative.trees import decode_text, digest_of, to_tree
from fixative.xml_tree import compact_tree

PLACES = ("Signal", "Reference", "Background", "Live", "Source")
_BEGIN = b"Andor Technology Multi-Channel File\n65538 1\n"
_END = b"SIFX"
_TOO_LONG = 1024 * 1024
"""No header is longer: sif_parser looks for the ends of lines in whatever follows."""


class _View:
    """An acquisition as if its file began with it; the end of the file is an error.

    sif_parser goes on for ever where a header ends in the middle.
    """

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream, self._start, self._at = stream, start, 0
        stream.seek(start)
        self._head = _BEGIN + stream.read(_TOO_LONG)

    def read(self, count: int) -> bytes:
        if self._at + count > len(self._head):
            raise EOFError("header ends in the middle")
        self._at += count
        return self._head[self._at - count : self._at]

    def readline(self) -> bytes:
        end = self._head.find(b"\n", self._at)
        if end < 0:
            raise EOFError("header ends in the middle")
        return self.read(end + 1 - self._at)

    def seek(self, offset: int) -> None:
        self._at = offset

    def tell(self) -> int:
        return self._at

    def place(self, offset: int) -> int:
        """Offset in the file of an offset in the view."""
        return offset - len(_BEGIN) + self._start


@dataclass(frozen=True)
class _Acquisition:
    name: str
    info: dict[str, Any]
    header: list[Any]
    offset: int
    shape: tuple[int, int, int]


class SifReader:
    """An open SIF."""

    backend = "sif_parser"
    library = "sif_parser"

    def __init__(self, path: Path) -> None:
        import sif_parser

        self.version = str(sif_parser.__version__)
        self.path = path
        with path.open("rb") as stream:
            self._found, self._tail = _acquisitions(stream, path.stat().st_size)
        self._pixels = [np.memmap(path, "<f4", mode="r", offset=one.offset, shape=one.shape) for one in self._found]
        self.images: Sequence[ImageInfo] = tuple(_info(index, one) for index, one in enumerate(self._found))

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one frame; see `protocol.Reader`."""
        require_region(self.images[image], level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        with decoding(undecodable(where, self.path)):
            return np.array(self._pixels[image][t, y : y + height, x : x + width], dtype=np.float32, order="C")

    def ome_xml(self) -> str | None:
        """A SIF carries no OME-XML."""
        return None

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what sif_parser understands of each header, the headers' lines, and the XML at the end."""
        found: dict[str, Any] = {
            one.name: {"info": to_tree(one.info), "header": to_tree(one.header)} for one in self._found
        }
        if self._tail:
            # Several elements follow one another; a document has one.
            _, _, body = self._tail.rpartition(b"?>")
            found["xml"] = compact_tree(b"<sifx>" + body + b"</sifx>")
        return {"sif": found}

    def files(self) -> list[Path]:
        """Return the SIF itself."""
        return [self.path]

    def close(self) -> None:
        """Let go of the mapped pixels."""
        self._pixels = []


def open_reader(request: Request) -> SifReader:
    """Open a SIF."""
    return SifReader(request.path)


def _acquisitions(stream: BinaryIO, size: int) -> tuple[list[_Acquisition], bytes]:
    """Acquisitions of a file, and the XML behind them.

    Raises
    ------
    RefusedSample
        INV004 where pixels or the end are missing.
    """
    at, found = stream.seek(0, 0), list[_Acquisition]()
    if stream.readline() != _BEGIN.partition(b"\n")[0] + b"\n":
        raise ValueError("not a SIF")
    for name in PLACES:
        flag = stream.readline()
        # The first line of flags begins with the version.
        if flag.split()[-1:] not in ([b"0"], [b"1"]) or not flag.endswith(b"\n"):
            raise RefusedSample(
                "INV004", promised=f"a flag for {name}", present="none", where="end of an acquisition"
            )
        at = stream.tell()
        if flag.split()[-1] == b"1":
            one = _acquisition(_View(stream, at), name)
            at = one.offset + int(np.prod(one.shape, dtype=np.int64)) * 4
            if at > size:
                raise RefusedSample("INV004", promised=f"{at} bytes", present=f"{size}", where=f"pixels of {name}")
            found.append(one)
        stream.seek(at)
    return found, _xml(stream.read())


def _xml(tail: bytes) -> bytes:
    """XML behind the last flag; its length and a mark end the file."""
    if not tail:
        return b""
    body, mark = tail[:-12], tail[-12:]
    if not mark.endswith(_END) or struct.unpack("<Q", mark[:8])[0] != len(body):
        raise RefusedSample(
            "INV004", promised="XML with its length and SIFX", present="no such end", where="end of file"
        )
    return body


def _acquisition(view: _View, name: str) -> _Acquisition:
    from sif_parser._sif_open import _open as read_header

    _, (width, height), frames, info = read_header(view)
    parts = int(info["NumberOfSubImages"])
    if info["ImageLength"] != width * height or info["TotalLength"] != width * height * frames:
        raise RefusedSample(
            "CNV003", expected=f"{info['TotalLength']} values", found=f"{frames} x {height} x {width}", where=name
        )
    view.seek(len(_BEGIN))
    header = view.read(info["offset"] - len(_BEGIN))
    kept = {key: value for key, value in info.items() if key not in ("tile", "offset")}
    kept = {key: decode_text(value) if isinstance(value, bytes) else value for key, value in kept.items()}
    lines = [_line(line) for line in header.split(b"\n")]
    if parts < 1 or not frames:
        raise ValueError(f"{name} without frames")
    return _Acquisition(name, kept, lines, view.place(info["offset"]), (frames, height, width))


def _line(line: bytes) -> Any:
    """A line as text without its control characters; what Solis dumps from its memory as a digest."""
    bare = line.translate(None, bytes(range(9)))
    return bare.decode("ascii") if bare.isascii() and bare.decode("ascii").isprintable() else digest_of(line)


def _info(index: int, one: _Acquisition) -> ImageInfo:
    frames, height, width = one.shape
    return ImageInfo(
        index=index,
        name=one.name,
        size_t=frames,
        size_c=1,
        size_z=1,
        size_y=height,
        size_x=width,
        samples=1,
        dtype="float32",
        source_axes="TYX",
    )

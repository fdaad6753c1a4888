"""aicsimageio 4.14 in an environment of its own, as a second reader; see ``scripts/witness/serve_aicsimageio.py``.

Its packages are years older than Fixative's, so that it runs as a process of another Python, which ``make witness``
installs under ``.witness``. Pixels come through a pipe, plane by plane; the process ends when the reader is closed,
and with this one in any case.
"""

import contextlib
import json
import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.backends import BACKENDS
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo

_PROJECT = Path(__file__).resolve().parents[3]
_PROGRAM = _PROJECT / "scripts" / "witness" / "serve_aicsimageio.py"
OWN_PYTHON = _PROJECT / ".witness" / "bin" / "python"

LIBRARIES = {"lif": "readlif", "czi": "libCZI", "nd2": "nd2"}
"""aicsimageio's reader to the code base that decodes."""
IMAGEIO_LIBRARIES = {
    "jpeg": "libjpeg-turbo",
    "webp": "libwebp",
    "jp2": "OpenJPEG",
    "j2k": "OpenJPEG",
    "avi": "FFmpeg",
    "mp4": "FFmpeg",
    "tiff": "tifffile",
}
"""Format to what imageio decodes it with; other raster files are decoded by Pillow's own code."""

MOST_SECONDS = 300
"""Longest wait for one answer: opening takes 4 seconds, a plane less than one."""
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_MIB = 1024 * 1024


class WitnessError(Exception):
    """What the other process could not do, in its own words."""


class _Process:
    """The other process, asked one thing at a time."""

    def __init__(self, python: Path) -> None:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._running = subprocess.Popen(
            [python, "-B", "-E", "-s", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            # No home: nothing of the user's settings reaches it, and it leaves nothing there.
            env=kept | {"HOME": "/nonexistent", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        self._buffer = bytearray()

    def ask(self, **request: object) -> tuple[dict[str, Any], bytes]:
        """Send a request; returns the answer and the bytes that follow it.

        Raises
        ------
        WitnessError
            Where the answer is an error, or none comes.
        """
        assert self._running.stdin is not None
        try:
            self._running.stdin.write(json.dumps(request).encode("ascii") + b"\n")
            self._running.stdin.flush()
        except BrokenPipeError:
            raise WitnessError("the process has ended") from None
        until = time.monotonic() + MOST_SECONDS
        while (end := self._buffer.find(b"\n")) < 0:
            self._receive(until)
        answer = json.loads(self._buffer[:end])
        del self._buffer[: end + 1]
        if not answer["ok"]:
            raise WitnessError(f"{answer['kind']}: {answer['error']}")
        while len(self._buffer) < answer["bytes"]:
            self._receive(until)
        data = bytes(self._buffer[: answer["bytes"]])
        del self._buffer[: answer["bytes"]]
        return answer, data

    def _receive(self, until: float) -> None:
        """Take what has come, waiting for it; only one answer is ever under way."""
        assert self._running.stdout is not None
        ready, _, _ = select.select([self._running.stdout], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            self.end()
            raise WitnessError(f"no answer within {MOST_SECONDS} s")
        data = os.read(self._running.stdout.fileno(), _MIB)
        if not data:
            raise WitnessError("the process has ended")
        self._buffer += data

    def end(self) -> None:
        """End the process, whatever it is doing: it only reads."""
        self._running.kill()
        self._running.wait()
        for pipe in (self._running.stdin, self._running.stdout):
            if pipe is not None:
                # A request that was never taken is still in the pipe's buffer.
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


class AicsReader:
    """A file that aicsimageio has opened in its own process."""

    def __init__(self, request: Request, python: Path) -> None:
        reader = BACKENDS[request.backend].module.partition(":")[2]
        self.backend = request.backend
        self.library = LIBRARIES.get(reader) or IMAGEIO_LIBRARIES.get(request.fmt, "Pillow")
        self.path = request.path
        self._process = _Process(python)
        try:
            opened, _ = self._process.ask(op="open", path=str(request.path.resolve()), reader=reader)
            self.version = " / ".join(f"{name} {number}" for name, number in opened["versions"].items())
            self._xml: str | None = opened["ome_xml"]
            self._stated: list[dict[str, Any]] = opened["images"]
            self.images: Sequence[ImageInfo] = tuple(_info(n, stated) for n, stated in enumerate(self._stated))
            if request.fmt == "jpeg" and any(info.samples == 4 for info in self.images):
                raise ValueError("CMYK in JPEG, whose values Pillow inverts or not by a marker")
            _check_memory(self.images, request.options.memory_mb)
        except BaseException:
            self.close()
            raise

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        where = f"image {image} T{t} C{c} Z{z} Y{y} X{x}"
        shape = (height, width, info.samples) if info.samples > 1 else (height, width)
        dtype = np.dtype(info.dtype)
        with decoding(undecodable(where, self.path)):
            _, data = self._process.ask(op="read", image=image, t=t, c=c, z=z, y=y, x=x, height=height, width=width)
        if len(data) != int(np.prod(shape)) * dtype.itemsize:
            expected = f"{shape} {info.dtype}"
            raise RefusedSample("CNV003", where=where, expected=expected, found=f"{len(data)} bytes")
        return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(shape)

    def ome_xml(self) -> str | None:
        """OME-XML as aicsimageio makes it, for CZI and ND2; None for other formats."""
        return self._xml

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what aicsimageio states of each image: its axes, and sizes of a pixel in micrometres."""
        return {"aicsimageio": {"images": self._stated}}

    def files(self) -> list[Path]:
        """Return the file."""
        return [self.path]

    def close(self) -> None:
        """End the process."""
        self._process.end()


def open_reader(request: Request) -> AicsReader:
    """Open a file with the reader of aicsimageio that the backend names.

    Raises
    ------
    FileNotFoundError
        Where the environment with aicsimageio has not been made.
    """
    python = request.options.aicsimageio or OWN_PYTHON
    if not python.is_file():
        raise FileNotFoundError("aicsimageio's own environment is not there: 'make witness' makes it")
    return AicsReader(request, python)


def _info(index: int, stated: dict[str, Any]) -> ImageInfo:
    sizes = stated["sizes"]
    samples = sizes["S"]
    photometric: Literal["rgb", "minisblack"] = "rgb" if samples in (3, 4) else "minisblack"
    tile = f" #{stated['tile'] + 1}" if stated["tile"] else ""
    return ImageInfo(
        index=index,
        name=f"{stated['name']}{tile}" or None,
        size_t=sizes["T"],
        size_c=sizes["C"],
        size_z=sizes["Z"],
        size_y=sizes["Y"],
        size_x=sizes["X"],
        samples=samples,
        dtype=stated["dtype"],
        source_axes=stated["order"],
        photometric=photometric,
        extra_samples=(2,) if samples in (2, 4) else (),
    )


def _check_memory(images: Sequence[ImageInfo], memory_mb: int) -> None:
    """Refuse planes that would not fit: aicsimageio decodes a plane whole, and it passes a pipe."""
    for info in images:
        plane = info.size_y * info.size_x * info.samples * np.dtype(info.dtype).itemsize
        if plane > memory_mb * _MIB / 2:
            reason = f"a plane of {plane // _MIB} MB, which aicsimageio decodes whole: raise mem_mb"
            raise RefusedSample("CNV001", where=f"image {info.index}", reason=reason)

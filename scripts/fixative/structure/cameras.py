"""Cameras' own formats: Princeton Instruments SPE and Andor SIF.

Notes
-----
SPE 2.x and 3.0 File Format Specification (Princeton Instruments). SIF is not published; as sif_parser and
Bio-Formats read it and real files bear out.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete, product, require_planes
from fixative.structure.window import Window

SPE_HEADER = 4100
SPE_BYTES = {0: 4, 1: 4, 2: 2, 3: 2, 5: 8, 6: 1, 8: 4}
SPE_WHERE = "frames of the SPE header"
MAX_XML_BYTES = 64 * 1024 * 1024
MAX_SIF_HEADER = 1024 * 1024


def check_spe(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare frames x size with the file; of version 3 also the XML behind the frames.

    Raises
    ------
    RefusedSample
        INV004 where frames or the XML are not whole, INV005 where the header makes no sense.
    """
    with Window(path) as window:
        window.require(0, SPE_HEADER, "SPE header")
        (kind,) = window.unpack("<h", 108, "SPE header")
        (width,), (height,) = window.unpack("<H", 42, "SPE header"), window.unpack("<H", 656, "SPE header")
        (frames,), (version,) = window.unpack("<i", 1446, "SPE header"), window.unpack("<f", 1992, "SPE header")
        if kind not in SPE_BYTES:
            raise RefusedSample("INV005", reason="SPE header without a known type of pixels")
        frame, end = product([width, height, SPE_BYTES[kind]], "SPE header"), window.bytes
        if version >= 3:
            frame, frames, end = _spe_3(window, frame, frames)
        frames = product([frames], "SPE header")
        require_planes(end - SPE_HEADER, frame, frames, SPE_WHERE)
    return complete(f"{SPE_WHERE} against the file's size", size=frame * frames, planes=frames)


def _spe_3(window: Window, frame: int, frames: int) -> tuple[int, int, int]:
    """Bytes of a frame with its metadata, number of frames, and where they end, by the XML at the end."""
    (start,) = window.unpack("<Q", 678, "SPE header")
    if start < SPE_HEADER:
        raise RefusedSample("INV004", promised="XML after the frames", present="none", where="SPE 3 header")
    text = window.read(start, min(MAX_XML_BYTES, max(1, window.bytes - start)), "XML of the SPE")
    if b"</SpeFormat>" not in text:
        raise RefusedSample("INV004", promised="the end of the XML", present="none", where="XML of the SPE")
    block = re.search(rb'<DataBlock\b[^>]*\btype="Frame"[^>]*>', text)
    if block:
        found = {name: int(value) for name, value in re.findall(rb'\b(count|stride|size)="(\d{1,15})"', block[0])}
        frame = found.get(b"stride", found.get(b"size", frame)) or frame
        frames = found.get(b"count", frames)
    return frame, frames, start


def check_sif(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the frames that the text header promises with what follows it.

    Raises
    ------
    RefusedSample
        INV004 where frames are missing, INV005 where the header cannot be understood.
    """
    at, images, stored, planes = 0, 0, 0, 0
    with Window(path) as window:
        while True:
            found = _sif_image(window, at)
            if found is None:
                break
            start, plane, frames = found
            require_planes(window.bytes - start, plane, frames, f"frames of SIF image {images}")
            stored, planes, images = stored + plane * frames, planes + frames, images + 1
            at = start + plane * frames
        if not images:
            raise RefusedSample("INV004", promised="an image", present="none", where="SIF header")
        _sif_rest(window, at, images)
    return complete(f"frames of {images} SIF images against the file's size", size=stored, planes=planes)


def _sif_image(window: Window, at: int) -> tuple[int, int, int] | None:
    """Where an image's data begin, bytes of a frame (float32), number of frames; None where no image follows."""
    text = window.read(at, min(MAX_SIF_HEADER, window.bytes - at), "SIF header")
    line = rb"\d{5} +\d+ +\d+ +\d+ +\d+ +(\d{1,9}) +(\d{1,9}) +(\d{1,15}) +(\d{1,15}) *\n"
    match = re.search(rb"Pixel number" + line, text) or re.search(rb"\n\d{0,9}?\D{0,40}?(?<!\d)" + line, text)
    if match is None:
        return None
    frames, parts, total, frame = (int(match[n]) for n in (1, 2, 3, 4))
    if frames < 1 or frame < 1 or parts < 1 or total != frame * frames:
        raise RefusedSample("INV005", reason="SIF header: frames x size is not the length that it states")
    here, end = match.end(), len(text)
    for _ in range(parts + frames):
        here = text.find(b"\n", here) + 1
        if here == 0 or here > end:
            raise RefusedSample("INV004", promised=f"{frames} frames", present="0", where="SIF header")
    # One more line of a flag in files of later versions; after a 1, a further number for each frame.
    if flag := re.match(rb" *([01])\n", text[here : here + 16]):
        here += flag.end()
        if flag[1] == b"1":
            for _ in range(frames):
                more = re.match(rb" *\d{1,20}\n", text[here : here + 32])
                here += more.end() if more else 0
    return at + here, 4 * frame, frames


def _sif_rest(window: Window, at: int, images: int) -> None:
    """After the last image stand a flag for each further one, and of later versions XML that ends in SIFX."""
    rest = window.read(at, min(MAX_SIF_HEADER, window.bytes - at), "SIF footer")
    if b"<?xml" in rest[:4096] and not rest.endswith(b"SIFX"):
        raise RefusedSample("INV004", promised="the end of the XML", present="none", where="SIF footer")

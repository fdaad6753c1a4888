"""One still picture, decoded by a decoder of FFmpeg's own that is asked for by its name."""

import struct
from pathlib import Path
from typing import Any

import av
import av.error

from fixative.findings import RefusedSample
from fixative.readers.films.film import STRICT, complaints

DECODERS = {
    **{
        "jp2": "jpeg2000",
        "j2k": "jpeg2000",
        "png": "png",
        "bmp": "bmp",
        "qoi": "qoi",
        "sgi": "sgi",
        "sun": "sunrast",
    },
    **{"pcx": "pcx", "tga": "targa"},
}
"""Format to FFmpeg's decoder. libopenjpeg and libwebp, which FFmpeg may be linked with, are never among them."""

_SIZ = b"\xff\x4f\xff\x51"


def decode_still(path: Path, fmt: str, memory_bytes: int) -> tuple[Any, Any, int | None]:
    """Decode a picture whole.

    Returns
    -------
    av.VideoFrame, av.VideoCodecContext, int or None
        The frame, the decoder that made it, and the bits of a sample where only the codestream says.

    Raises
    ------
    RefusedSample
        CNV001 where it is too large for the job's memory, INV004 where it is cut.
    ValueError
        For several pictures, and for samples that the decoder would scale.
    """
    data = path.read_bytes()
    bits = _bits_of_codestream(data) if DECODERS[fmt] == "jpeg2000" else None
    if fmt == "png":
        _require_whole_samples(data)
    _require_end(data, fmt)
    if fmt == "tga" and data[2] in (3, 11) and data[16] != 8:
        raise ValueError("grey with alpha, which FFmpeg takes for colours of 5 bits")
    decoder: Any = av.CodecContext.create(DECODERS[fmt], "r")
    decoder.thread_type, decoder.thread_count = "NONE", 1
    # Half of the memory, at up to eight bytes a pixel and as much again inside the decoder.
    decoder.options = {**STRICT, "max_pixels": str(max(1, memory_bytes // 32))}
    frames: list[Any] = []
    with complaints() as said:
        try:
            frames = decoder.decode(av.Packet(data)) + decoder.decode(None)
        except av.error.FFmpegError:
            if any("max pixel count" in text for _, _, text in said):
                reason = "FFmpeg decodes pictures whole, and this one is too large; raise mem_mb"
                raise RefusedSample("CNV001", where="image 0", reason=reason) from None
            raise
    if said:
        raise ValueError(f"FFmpeg's decoder found errors: {said[0][2].strip()}")
    if len(frames) != 1:
        raise ValueError(f"{len(frames)} pictures")
    if frames[0].is_corrupt:
        raise ValueError("a picture that its decoder calls corrupt")
    return frames[0], decoder, bits


def _bits_of_codestream(data: bytes) -> int:
    """Bits of every sample (SIZ marker, ISO/IEC 15444-1, A.5.1).

    FFmpeg scales samples of fewer than 8 bits, and of several depths; and it moves signed ones. Those of 9 to 15 bits
    it shifts to the upper end of 16, which the reader takes back.
    """
    if data[4:8] == b"jP  " and _codestreams(data) != 1:
        raise ValueError("several codestreams, of which FFmpeg decodes the first")
    at = data.find(_SIZ)
    if at < 0:
        raise ValueError("no JPEG 2000 codestream")
    (count,) = struct.unpack_from(">H", data, at + 40)
    depths = {data[at + 42 + 3 * n] for n in range(count)}
    if len(depths) != 1:
        raise ValueError("components of several depths")
    depth = depths.pop()
    if depth & 0x80 or not 8 <= depth + 1 <= 16:
        raise ValueError(f"{'signed ' * (depth >> 7)}samples of {(depth & 0x7F) + 1} bits, which FFmpeg alters")
    return depth + 1


def _codestreams(data: bytes) -> int:
    """Number of codestreams among the boxes."""
    at = found = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
        found += kind == b"jp2c"
        if length < 8:
            break
        at += length
    return found


def _require_whole_samples(data: bytes) -> None:
    """FFmpeg spreads 2 and 4 grey bits over the 8 that it delivers, and takes the first frame of an animation."""
    if b"acTL" in data[: max(0, data.find(b"IDAT"))]:
        raise ValueError("an animation")
    if data[24] < 8 and data[25] == 0:
        raise ValueError(f"grey samples of {data[24]} bits, which FFmpeg scales")


def _require_end(data: bytes, fmt: str) -> None:
    """Refuse a cut QOI or Sun raster: FFmpeg fills in what is missing. QOI ends with a mark, Sun states a length."""
    if fmt == "qoi" and not data.endswith(bytes(7) + b"\1"):
        raise RefusedSample("INV004", promised="an end mark", present="none", where="end of the QOI")
    if fmt == "sun":
        length, colours = (int.from_bytes(data[at : at + 4], "big") for at in (16, 28))
        if len(data) < 32 + colours + length:
            raise RefusedSample(
                "INV004", promised=f"{32 + colours + length} bytes", present=f"{len(data)}", where="Sun raster"
            )

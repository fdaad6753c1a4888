"""The frames of one video stream of a film: counted at opening, decoded in order, none made up."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import av
import av.logging

from fixative.findings import RefusedSample
from fixative.readers.films.matroska import blocks_of_video
from fixative.readers.guard import decoding, undecodable

FORMATS = {"avi": "avi", "mp4": "mov", "matroska": "matroska"}
"""Format to FFmpeg's demuxer: asked for by name, so that none is guessed that opens further files."""

EXTERNAL = {"libdav1d": "dav1d", "libvpx": "libvpx", "libvpx-vp9": "libvpx", "libaom-av1": "libaom"}
"""FFmpeg's name of a decoder that is not its own code, to that code base."""

_ONE_FRAME = frozenset(
    {"h264", "hevc", "vvc", "av1", "libdav1d", "vp9", "ffv1", "png", "qtrle", "ffvhuff", "jpeg2000"}
)
"""Decoders beside those without prediction of which every packet is one frame that is shown; frames of the others
are counted by decoding them."""

STRICT = {"err_detect": "crccheck+bitstream+buffer+explode"}
"""Errors end the decoding. Concealment stays on, since without it (``ec=0``) every frame of several slices is called
corrupt: a frame in which something was concealed bears a flag, and the reader refuses it."""


@dataclass(frozen=True)
class Plan:
    """What a pass over the packets, and where needed over the frames, has found of one stream."""

    stream: int
    frames: int
    pts: tuple[int, ...] | None
    """Time of every frame in ``time_base``, as they are shown; None where the film does not say."""
    time_base: Fraction | None
    rate: Fraction | None
    """Frames a second, where all frames keep to it within a tick of ``time_base``."""
    keys: tuple[int, ...]
    """Times of the key frames; empty where frames are only read from the first."""


def open_film(stream: BinaryIO, fmt: str) -> Any:
    """Open a film. Edit lists are not applied: they leave out frames that are there."""
    options = {"ignore_editlist": "1"} if fmt == "mp4" else {}
    return av.open(stream, "r", format=FORMATS[fmt], container_options=options, metadata_errors="replace")


def plans_of(path: Path, fmt: str) -> tuple[Plan, ...]:
    """Count the frames of every video stream.

    Raises
    ------
    RefusedSample
        INV004 where packets are cut or fewer than the tables say, INV005 for a damaged container, CNV001 where
        frames have to be decoded to be counted and cannot be.
    """
    blocks = blocks_of_video(path) if fmt == "matroska" else []
    if fmt == "avi":
        _require_riff(path)
    with path.open("rb") as source, open_film(source, fmt) as film:
        streams = film.streams.video
        packets: dict[int, list[tuple[int | None, bool]]] = {one.index: [] for one in streams}
        for packet in film.demux(*streams) if streams else ():
            if packet.size:
                if packet.is_corrupt:
                    raise _cut(packet.stream_index, "a whole packet", "a part of it")
                packets[packet.stream_index].append((packet.pts, packet.is_keyframe))
        # Pictures that stand for the film are attachments in Matroska: streams after those of the tracks.
        promised = blocks + [0] * (len(streams) - len(blocks)) if blocks else [one.frames for one in streams]
        facts = [
            (one.index, one.codec_context.codec, count, one.time_base, one.average_rate)
            for one, count in zip(streams, promised, strict=False)
        ]
    return tuple(_plan(path, fmt, fact, packets[fact[0]]) for fact in facts)


def _require_riff(path: Path) -> None:
    """Refuse an AVI whose first chunk goes beyond the file, or was never given its length."""
    with path.open("rb") as stream:
        promised = int.from_bytes(stream.read(8)[4:], "little") + 8
    present = path.stat().st_size
    if promised == 8 or promised > present:
        promise = f"{promised} bytes" if promised > 8 else "a length"
        raise RefusedSample("INV004", promised=promise, present=f"{present} bytes", where="RIFF of the AVI")


def _cut(stream: int, promised: str, present: str) -> RefusedSample:
    return RefusedSample("INV004", promised=promised, present=present, where=f"video stream {stream}")


def _plan(path: Path, fmt: str, fact: tuple[Any, ...], packets: Sequence[tuple[int | None, bool]]) -> Plan:
    index, codec, promised, base, rate = fact
    # An AVI counts frames that were dropped among its own; `structure` counts its chunks.
    if fmt != "avi" and len(packets) < promised:
        raise _cut(index, f"{promised} frames", f"{len(packets)}")
    if not packets:
        raise _cut(index, "frames", "none")
    times = [pts for pts, _ in packets]
    shown = [time for time in times if time is not None]
    if codec.intra_only or (codec.name in _ONE_FRAME and len(shown) == len(times)):
        # Decoders deliver frames in the order of their times.
        shown.sort()
    else:
        times = _shown(path, fmt, index)
        shown = [time for time in times if time is not None]
    pts = tuple(shown) if len(shown) == len(times) else None
    rising = pts is not None and all(after > before for before, after in pairwise(pts))
    keys = tuple(sorted(time for time, key in packets if key and time is not None)) if rising else ()
    return Plan(index, len(times), pts, base, _constant(pts, base, rate), keys)


def _shown(path: Path, fmt: str, index: int) -> list[int | None]:
    """Time of every frame, by decoding all of them."""
    with decoding(undecodable(f"video stream {index}", path)), Frames(path, fmt, index) as frames:
        return [frame.pts for frame in frames]


def _constant(pts: Sequence[int] | None, base: Fraction | None, stated: Fraction | None) -> Fraction | None:
    """Frames a second: one step throughout, or the stated rate within a tick."""
    if pts is None or not base or len(pts) < 2 or len(set(pts)) < len(pts):
        return None
    steps = {after - before for before, after in pairwise(pts)}
    if len(steps) == 1:
        return 1 / (steps.pop() * base)
    if stated and all(abs((at - pts[0]) * base - n / stated) <= base for n, at in enumerate(pts)):
        return Fraction(stated)
    return None


class Frames:
    """The frames of one stream in the order they are shown, from the first or from a key frame."""

    def __init__(self, path: Path, fmt: str, stream: int) -> None:
        self._file = path.open("rb")
        try:
            self._film = open_film(self._file, fmt)
            self._stream = self._film.streams[stream]
            context = self._stream.codec_context
            context.thread_type, context.thread_count = "NONE", 1
            context.options = dict(STRICT)
        except BaseException:
            self._file.close()
            raise

    @property
    def decoder(self) -> str:
        """FFmpeg's name of the decoder."""
        return str(self._stream.codec_context.codec.name)

    @property
    def is_cover(self) -> bool:
        """Whether the stream is a picture that stands for the film."""
        return bool(self._stream.disposition & av.stream.Disposition.attached_pic)

    def seek(self, pts: int) -> None:
        """Go to the key frame at or before a time."""
        self._film.seek(pts, stream=self._stream, backward=True)

    def __iter__(self) -> Iterator[Any]:
        for packet in self._film.demux(self._stream):
            with complaints() as said:
                frames = packet.decode()
            if said:
                raise ValueError(f"FFmpeg's decoder found errors: {said[0][2].strip()}")
            yield from frames

    def __enter__(self) -> "Frames":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the film."""
        self._film.close()
        self._file.close()


@contextmanager
def complaints() -> Iterator[list[tuple[int, str, str]]]:
    """Collect what FFmpeg reports as errors: several decoders report damage, and deliver a frame all the same."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as said:
            yield said
    finally:
        av.logging.set_level(before)

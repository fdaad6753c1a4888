"""Films, and pictures as a second reader, through PyAV and FFmpeg's own decoders: the samples that are stored.

Frames become T. RGB, grey and palette samples are delivered as they are. The samples of most films are luma and two
chroma planes, often of half its size, which OME does not know: the planes that share a size become the channels of
one image. A film of 4:2:0 is an image ``Y`` and an image of the channels ``Cb`` and ``Cr``, each with the values that
the decoder gives; a film of 4:4:4 is one image of three channels. RGB made of them would not be what is stored: it
takes a choice of matrix, range and interpolation, of which the metadata name what the film states.

No frame is made up. A film's frames are counted at opening (`av_film`), and each that is read must bear the time that
was counted; an error that a decoder reports ends the reading, concealed or not; a container that is cut is refused.
Damage that leaves a valid stream cannot be seen: codecs have no check sums. A Matroska file of unknown length, as
live recorders leave, may be cut between two blocks unseen.

Decoding is in order; going back begins at a key frame where the film's times tell which, else with the first frame.
The last frame is kept. Edit lists of MPEG-4 are not applied. Audio is described and not archived.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from fixative.findings import RefusedSample
from fixative.readers.films.film import EXTERNAL, FORMATS, Frames, Plan, plans_of
from fixative.readers.films.pixels import Part, palette_of, parts_of
from fixative.readers.films.still import decode_still
from fixative.readers.films.tree import film_tree, picture_tree
from fixative.readers.guard import decoding, undecodable
from fixative.readers.levels import require_region
from fixative.readers.options import Request
from fixative.readers.protocol import ImageInfo


class _Base:
    """What films and pictures share."""

    backend = "av"
    library = "FFmpeg"
    version = av.__version__

    def __init__(self, path: Path) -> None:
        self.path = path
        self.images: Sequence[ImageInfo] = ()

    def ome_xml(self) -> str | None:
        """Films and pictures carry no OME-XML."""
        return None

    def files(self) -> list[Path]:
        """Return the file itself."""
        return [self.path]

    def _crop(
        self, part: Part, frame: Any, info: ImageInfo, c: int, y: int, x: int, height: int, width: int
    ) -> npt.NDArray[Any]:
        found = part.extract(frame, c)[y : y + height, x : x + width]
        return np.ascontiguousarray(found, dtype=info.dtype)


class PictureReader(_Base):
    """A decoded picture."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.path)
        memory = request.options.memory_mb * 1024 * 1024
        with decoding(undecodable("image 0", request.path)):
            self._frame, self._decoder, self._bits = decode_still(request.path, request.fmt, memory)
        parts = parts_of(self._frame, alpha=True)
        if "Y" in parts[0].channels and len(parts[0].channels) + len(parts) > 2:
            raise ValueError(f"pixel format {self._frame.format.name}: luma and chroma, where others deliver RGB")
        self._part = parts[0]
        self.images = (_info(0, None, 1, self._part, self._frame, self._bits),)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region; see `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        found = self._crop(self._part, self._frame, info, c, y, x, height, width)
        shift = 16 - self._bits if self._bits and info.dtype == "uint16" else 0
        if shift and (found & (1 << shift) - 1).any():
            raise RefusedSample(
                "CNV003", where=f"image {image}", expected=f"samples of {self._bits} bits", found="lower bits in use"
            )
        return found >> shift if shift else found

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what FFmpeg tells of the picture: ``{"av": tree}``."""
        return {"av": picture_tree(self._decoder, self._frame, self._bits)}

    def close(self) -> None:
        """Let the pixels go."""
        self._frame = None


class FilmReader(_Base):
    """An open film; one of its streams is decoded at a time."""

    def __init__(self, request: Request) -> None:
        super().__init__(request.path)
        self._fmt = request.fmt
        self._frames: Frames | None = None
        self._coming: Iterator[Any] = iter(())
        self._at: tuple[int, int] | None = None
        self._frame: Any = None
        plans = plans_of(request.path, request.fmt)
        if not plans:
            raise ValueError("no video stream")
        self._plans = {plan.stream: plan for plan in plans}
        self._parts: list[tuple[Plan, Part]] = []
        self._firsts: dict[int, tuple[str, int, int, bytes]] = {}
        try:
            self._describe()
        except BaseException:
            self.close()
            raise

    def _describe(self) -> None:
        infos: list[ImageInfo] = []
        libraries = set()
        for number, plan in enumerate(self._plans.values()):
            with decoding(undecodable(f"video stream {plan.stream} T0", self.path)):
                first = self._go(plan, 0)
            assert self._frames is not None
            decoder = self._frames.decoder
            libraries.add(EXTERNAL.get(decoder, "FFmpeg"))
            # Nobody knows what the fourth byte of an uncompressed pixel holds.
            parts = parts_of(first, alpha=decoder != "rawvideo")
            self._firsts[plan.stream] = _form(first)
            for part in parts:
                words = [f"stream {number}"] if len(self._plans) > 1 else []
                words += [" ".join(part.channels)] if any(part.channels) and len(parts) > 1 else []
                kind = "thumbnail" if self._frames.is_cover else "image"
                infos.append(_info(len(infos), " ".join(words) or None, plan.frames, part, first, None, kind))
                self._parts.append((plan, part))
        self.library = " and ".join(sorted(libraries))
        self.images = tuple(infos)

    def read_region(
        self, image: int, t: int, c: int, z: int, y: int, x: int, height: int, width: int, level: int = 0
    ) -> npt.NDArray[Any]:
        """Read a region of one plane; see `protocol.Reader`."""
        info = self.images[image]
        require_region(info, level, y, x, height, width)
        plan, part = self._parts[image]
        if self._at != (plan.stream, t):
            where = f"image {image} T{t}"
            with decoding(undecodable(where, self.path)):
                frame = self._go(plan, t)
            self._require_alike(plan.stream, frame, where)
        return self._crop(part, self._frame, info, c, y, x, height, width)

    def _require_alike(self, stream: int, frame: Any, where: str) -> None:
        expected, found = self._firsts[stream], _form(frame)
        if found != expected:
            self._at = None
            same = found[:3] == expected[:3]
            raise RefusedSample(
                "CNV003",
                where=where,
                expected="one palette" if same else "{} of {} rows of {}".format(*expected),
                found="another" if same else "{} of {} rows of {}".format(*found),
            )

    def _go(self, plan: Plan, t: int) -> Any:
        """Decode frame ``t``, from where the decoder stands or from a key frame."""
        if self._at is None or self._at[0] != plan.stream or t < self._at[1]:
            self._start(plan, t)
        while self._at is None or self._at[1] < t:
            self._next(plan)
        return self._frame

    def _start(self, plan: Plan, t: int) -> None:
        """Begin again: at the key frame before a frame, or with the first of all."""
        self._stop()
        self._frames = Frames(self.path, self._fmt, plan.stream)
        self._coming = iter(self._frames)
        earlier = [] if plan.pts is None else [key for key in plan.keys if plan.pts[0] < key <= plan.pts[t]]
        if not earlier or plan.pts is None:
            return
        self._frames.seek(earlier[-1])
        # Frames shown before the key frame may need those of the group before it: they are passed over.
        for frame in self._coming:
            if frame.pts == earlier[-1]:
                self._take(plan, frame, plan.pts.index(frame.pts))
                return
            if frame.pts is None or frame.pts > earlier[-1]:
                break
        self._start_first(plan)

    def _start_first(self, plan: Plan) -> None:
        self._stop()
        self._frames = Frames(self.path, self._fmt, plan.stream)
        self._coming = iter(self._frames)

    def _next(self, plan: Plan) -> None:
        number = 0 if self._at is None else self._at[1] + 1
        frame = next(self._coming, None)
        if frame is None:
            present = f"{number} that can be decoded"
            raise RefusedSample(
                "INV004", promised=f"{plan.frames} frames", present=present, where=f"video stream {plan.stream}"
            )
        self._take(plan, frame, number)

    def _take(self, plan: Plan, frame: Any, number: int) -> None:
        if frame.is_corrupt:
            raise RefusedSample(
                "INV004", promised="whole frames", present="one that its decoder calls corrupt", where=f"T{number}"
            )
        if plan.pts is not None and frame.pts != plan.pts[number]:
            raise RefusedSample(
                "INV004",
                promised=f"a frame at {plan.pts[number]} ticks",
                present=f"the next at {frame.pts}",
                where=f"video stream {plan.stream} T{number}",
            )
        self._at, self._frame = (plan.stream, number), frame

    def vendor_metadata(self) -> dict[str, Any]:
        """Return what FFmpeg tells of the film: ``{"av": tree}``; see `av_tree`."""
        with decoding(lambda error: RefusedSample("MET002", reason=type(error).__name__)):
            return {"av": film_tree(self.path, self._fmt, self._plans, self._parts)}

    def _stop(self) -> None:
        self._coming, self._at, self._frame = iter(()), None, None
        if self._frames is not None:
            self._frames.close()
            self._frames = None

    def close(self) -> None:
        """Close the film and let the frame go."""
        self._stop()


def open_reader(request: Request) -> PictureReader | FilmReader:
    """Open a film or a picture."""
    return FilmReader(request) if request.fmt in FORMATS else PictureReader(request)


def _form(frame: Any) -> tuple[str, int, int, bytes]:
    """What all frames of a film share: pixel format, rows, columns, palette."""
    palette = bytes(frame.planes[1]) if frame.format.name == "pal8" else b""
    return frame.format.name, frame.height, frame.width, palette


def _info(
    index: int, name: str | None, frames: int, part: Part, frame: Any, bits: int | None, kind: Any = "image"
) -> ImageInfo:
    """Describe one image; ``bits`` are those that the codestream states where the pixel format does not."""
    significant = part.bits or (bits if bits and part.dtype == "uint16" and bits < 16 else None)
    axes = ("T" if frames > 1 else "") + ("C" if len(part.channels) > 1 else "") + "YX" + "S" * (part.samples > 1)
    return ImageInfo(
        index=index,
        name=name,
        size_t=frames,
        size_c=len(part.channels),
        size_z=1,
        size_y=part.height,
        size_x=part.width,
        samples=part.samples,
        dtype=part.dtype,
        kind=kind,
        source_axes=axes,
        byte_order="big" if frame.format.is_big_endian else "little",
        significant_bits=significant,
        photometric=part.photometric,
        extra_samples=part.extra,
        palette=palette_of(frame) if part.photometric == "palette" else None,
    )

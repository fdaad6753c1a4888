"""What FFmpeg knows of a film beside its frames, as a tree; audio and data streams are described, not archived."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import av

from fixative.readers.films.film import Plan, open_film
from fixative.readers.films.pixels import Part

_CONTEXT = (
    *("bit_rate", "bits_per_coded_sample", "color_primaries", "color_range", "color_trc", "colorspace"),
    *("field_order", "has_b_frames", "sample_aspect_ratio", "display_aspect_ratio", "sample_rate", "profile"),
)
_STREAM = ("average_rate", "base_rate", "duration", "start_time", "time_base", "id")


def film_tree(path: Path, fmt: str, plans: Mapping[int, Plan], images: Sequence[tuple[Plan, Part]]) -> dict[str, Any]:
    """Container, streams with their tags, chapters, the time of every frame, and which image is of which stream."""
    with path.open("rb") as source, open_film(source, fmt) as film:
        return {
            "ffmpeg": av.ffmpeg_version_info,
            "container": {
                "format": film.format.long_name,
                "bit_rate": film.bit_rate,
                "duration": film.duration,
                "start_time": film.start_time,
                "metadata": dict(film.metadata),
                "chapters": [_plain(chapter) for chapter in film.chapters()],
            },
            "images": [{"stream": plan.stream, "channels": list(part.channels)} for plan, part in images],
            "streams": [_stream(one, plans.get(one.index)) for one in film.streams],
        }


def picture_tree(decoder: Any, frame: Any, bits: int | None) -> dict[str, Any]:
    """The decoder of a still picture, its pixel format and its tags."""
    return {
        "ffmpeg": av.ffmpeg_version_info,
        "streams": [
            {
                "decoder": decoder.name,
                "pixel_format": frame.format.name,
                "bits_of_codestream": bits,
                "width": frame.width,
                "height": frame.height,
                "metadata": dict(frame.metadata),
            }
        ],
    }


def _stream(stream: Any, plan: Plan | None) -> dict[str, Any]:
    found: dict[str, Any] = {"type": stream.type, "archived": plan is not None}
    context: Any = getattr(stream, "codec_context", None)
    if context is not None:
        found |= {
            "decoder": context.codec.name,
            "codec": context.codec.canonical_name,
            "codec_tag": context.codec_tag,
        }
        found |= {name: getattr(context, name, None) for name in _CONTEXT}
        found["extradata"] = context.extradata
    found |= {name: getattr(stream, name, None) for name in _STREAM}
    found["frames_stated"] = stream.frames
    found["disposition"] = str(stream.disposition)
    found["metadata"] = dict(stream.metadata)
    if plan is not None:
        found |= {"pixel_format": context.pix_fmt, "width": context.width, "height": context.height}
        found |= {"frames": plan.frames, "constant_rate": plan.rate, "pts": times(plan.pts)}
    return _plain(found)


def times(pts: Sequence[int] | None) -> dict[str, Any] | None:
    """Times of all frames in ticks of ``time_base``, in few words: the first, and runs of equal steps."""
    if pts is None:
        return None
    steps = (after - before for before, after in pairwise(pts))
    return {"first": pts[0], "steps": [[step, len(list(run))] for step, run in groupby(steps)]}


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """Rational numbers as ``25/1``, which the tree would print as such or as an integer."""
    return {
        key: f"{item.numerator}/{item.denominator}" if isinstance(item, Fraction) else item
        for key, item in value.items()
    }

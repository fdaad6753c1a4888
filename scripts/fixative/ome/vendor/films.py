"""Facts out of films: the time between frames, and what the channels are."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, PlaneFacts, Quantity, at, items, number, text_of
from fixative.ome.vendor.planes import places_of
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]


def film(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """FFmpeg: seconds from frame to frame where all frames keep to one rate; luma and chroma by their names."""
    listed, streams = items(at(tree, "images")), items(at(tree, "streams"))
    if len(listed) != len(images):
        return [None] * len(images)
    found: list[ImageFacts | None] = []
    for image, one in zip(images, listed, strict=True):
        channels = [name for name in items(at(one, "channels")) if name]
        found.append(
            ImageFacts(
                time_increment=_step(at(streams[one["stream"]], "constant_rate")) if image.size_t > 1 else None,
                channels=tuple(ChannelFacts(name=name) for name in channels) if len(channels) == image.size_c else (),
                planes=_times(streams[one["stream"]], image),
            )
        )
    return found


def _step(rate: Any) -> Quantity | None:
    """Seconds of one frame, from frames a second as a quotient."""
    frames, _, seconds = str(rate or "").partition("/")
    step = number([seconds, frames])
    return Quantity(text_of(step), "s") if step else None


def _times(stream: Any, image: ImageInfo) -> PlaneFacts:
    """Seconds since the first frame, of frames that keep to no rate: ticks of the stream's time base."""
    tick = number(str(at(stream, "time_base") or "").split("/"))
    first, runs = at(stream, "pts", "first"), items(at(stream, "pts", "steps"))
    if at(stream, "constant_rate") or not tick or not isinstance(first, int) or image.size_t < 2:
        return PlaneFacts()
    ticks = [0, *accumulate(step for step, count in runs for _ in range(count))]
    if len(ticks) != image.size_t or min(ticks) < 0:
        return PlaneFacts()
    seconds = [text_of(count * tick) for count in ticks]
    places = places_of(image)
    return PlaneFacts(tuple(places), {"DeltaT": ("s", tuple(seconds[t] for t, _, _ in places))})

"""Facts out of cameras' own formats: Andor SIF and Princeton Instruments SPE."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fixative.ome.facts import ChannelFacts, Component, ImageFacts, Quantity, Settings, at, items, stated
from fixative.ome.values import number, positive, text
from fixative.ome.vocabulary import binning
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]


def sif(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Andor: seconds of exposure and of a cycle, the camera, the moment as seconds since 1970.

    The gain is that of the amplifier of an EMCCD and the detector's temperature is no environment's.
    """
    return [_signal(at(tree, image.name or "", "info"), image) for image in images]


def _signal(info: Any, image: ImageInfo) -> ImageFacts | None:
    if not isinstance(info, Mapping):
        return None
    cycle, model = positive(at(info, "StackCycleTime")), text(at(info, "DetectorType"))
    binned = binning(at(info, "xbin"), at(info, "ybin"))
    camera = Component("Detector", model or "", stated(Manufacturer="Andor", Model=model))
    exposure = positive(at(info, "ExposureTime"))
    return ImageFacts(
        acquisition_date=_date(at(info, "ExperimentTime")),
        exposure=Quantity(exposure, "s") if exposure else None,
        time_increment=Quantity(cycle, "s") if cycle and image.size_t > 1 else None,
        channels=(ChannelFacts(detector=Settings(camera, stated(Binning=binned))),)
        if image.size_c == 1 and model
        else (),
    )


def _date(seconds: Any) -> str | None:
    """A moment counted since 1970, UTC."""
    found = number(seconds)
    if found is None or not 0 < found < 2**33:
        return None
    return datetime.fromtimestamp(int(found), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def spe(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Princeton Instruments: exposure of the frames, in seconds, where the header states one."""
    exposure = at(tree, "exposure_sec") if isinstance(tree, Mapping) else None
    found = positive(items(exposure)[0]) if exposure else None
    return [ImageFacts(exposure=Quantity(found, "s")) if found else None for _ in images]

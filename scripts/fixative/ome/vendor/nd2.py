"""Facts out of ND2: only what the nd2 library's own OME-XML does not say.

Notes
-----
The library states times, places, exposures and optics of planes itself; the texts name the cameras.
"""

import re
from collections.abc import Sequence
from typing import Any

from fixative.ome.facts import ChannelFacts, Component, ImageFacts, Settings, at, items, stated
from fixative.ome.values import number, positive, quantity, text, text_of
from fixative.ome.vocabulary import binning_of, objective_of
from fixative.readers.protocol import ImageInfo

_CAMERA = re.compile(r"(?:^|\n)[^\S\n]*(?:Camera Name:\s*)?([^\n:,]{2,60}), SN:\s*([\w-]+)")
_BINNING = re.compile(r"Binning:\s*(\d+)\s*x\s*(\d+)")


def nd2(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Objective, channels and camera; one camera only where the texts name a single one."""
    channels = items(at(tree, "metadata", "channels"))
    optics = at(channels[0], "microscope") if channels else None
    settings = _camera(at(tree, "text_info", "capturing"))
    name = text(at(optics, "objectiveName")) or text(at(tree, "text_info", "optics"))
    objective = {
        **(objective_of(name) if name else {}),
        **stated(
            LensNA=positive(at(optics, "objectiveNumericalAperture")),
            NominalMagnification=positive(at(optics, "objectiveMagnification")),
        ),
    }
    index = positive(at(optics, "immersionRefractiveIndex"))
    return [
        ImageFacts(
            channels=tuple(_channel(item, settings) for item in channels) if len(channels) == image.size_c else (),
            objective=objective,
            objective_settings=stated(RefractiveIndex=index) if objective else {},
        )
        for image in images
    ]


def _channel(item: Any, settings: Settings | None) -> ChannelFacts:
    found = number(at(item, "microscope", "pinholeDiameterUm"))
    return ChannelFacts(
        name=text(at(item, "channel", "name")),
        excitation_nm=positive(at(item, "channel", "excitationLambdaNm")),
        emission_nm=positive(at(item, "channel", "emissionLambdaNm")),
        pinhole=quantity(text_of(found), "µm") if found else None,
        detector=settings,
    )


def _camera(capturing: Any) -> Settings | None:
    """The camera and how it was set, where the text names one camera."""
    told = str(capturing or "").replace("\r", "")
    cameras, binnings = set(_CAMERA.findall(told)), set(_BINNING.findall(told))
    if len(cameras) != 1:
        return None
    model, serial = cameras.pop()
    binning = "x".join(binnings.pop()) if len(binnings) == 1 else None
    component = Component("Detector", serial, stated(Model=model.strip(), SerialNumber=serial))
    return Settings(component, stated(Binning=binning_of(binning) if binning else None))

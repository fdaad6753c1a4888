"""Facts out of whole slides: Aperio's own words, Hamamatsu's tags, and what OpenSlide states for every vendor.

Positions on the slide are no positions of a stage; they stay in the dump.

Notes
-----
https://openslide.org/api/python/#standard-properties: ``openslide.mpp-x`` in micrometres per pixel of level 0,
``openslide.objective-power`` the magnification of the objective. https://openslide.org/formats/hamamatsu/.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fixative.ome.facts import ImageFacts, Quantity, at, length, number, sizes, stated
from fixative.ome.values import positive, text, text_of
from fixative.ome.vendor.dates import moment_of
from fixative.ome.vendor.tags import first_ifd
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

_ZONE = re.compile(r"GMT([+-])(\d{2}):?(\d{2})$")


def openslide(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Size of a pixel and objective of the slide itself, the first image; label and macro have other sizes."""
    known = at(tree, "properties", "openslide")
    size = sizes(length(at(known, "mpp-x"), "µm"), length(at(known, "mpp-y"), "µm"))
    return [ImageFacts(size=size, objective=stated(NominalMagnification=positive(at(known, "objective-power"))))]


def svs(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Aperio, as tifffile reads it: ``MPP`` micrometres per pixel, ``AppMag`` the objective's magnification."""
    return [_aperio(tree)] if isinstance(tree, Mapping) else []


def tagged(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Aperio, where its description is all there is."""
    description = str(first_ifd(tree).get("ImageDescription", ""))
    if not description.startswith("Aperio"):
        return []
    pairs = (part.partition("=") for part in description.split("|")[1:])
    return [_aperio({name.strip(): value.strip() for name, _, value in pairs})]


def ndpi(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Hamamatsu, by its tags' names: the scanner, and the objective of the slide itself."""
    known = ImageFacts(
        objective=stated(NominalMagnification=positive(at(tree, "Magnification"))),
        microscope=stated(
            Manufacturer=text(at(tree, "Make")),
            Model=text(at(tree, "Model")),
            SerialNumber=text(at(tree, "ScannerSerialNumber")),
        ),
    )
    return [known if image.kind == "image" else replace(known, objective={}) for image in images]


def _aperio(pairs: Mapping[str, Any]) -> ImageFacts:
    size = length(pairs.get("MPP"), "µm")
    time, scale = number(pairs.get("Exposure Time")), number(pairs.get("Exposure Scale"))
    return ImageFacts(
        acquisition_date=_aperio_date(pairs),
        size=sizes(size, size),
        exposure=Quantity(text_of(time * scale), "s") if time and scale and time * scale > 0 else None,
        objective=stated(NominalMagnification=positive(pairs.get("AppMag"))),
        microscope=stated(SerialNumber=text(pairs.get("ScanScope ID"))),
    )


def _aperio_date(pairs: Mapping[str, Any]) -> str | None:
    """Date and time, only where the day cannot be a month; the offset from UTC where one is stated."""
    moment = moment_of(pairs.get("Date"), pairs.get("Time"))
    if moment is None:
        return None
    zone = _ZONE.match(str(pairs.get("Time Zone") or ""))
    offset = f"{zone[1]}{zone[2]}:{zone[3]}" if zone else ""
    return f"{moment}{offset}"

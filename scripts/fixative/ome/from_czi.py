"""Facts out of a CZI's XML, for what its OME-XML does not say or where no OME-XML could be made."""

import re
from collections.abc import Sequence
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, at, colour, items, length, number, sizes, text_of
from fixative.readers.protocol import ImageInfo

_COLOUR = re.compile(r"^#([0-9A-Fa-f]{8})$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$")


def czi(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Scaling (metres), channels, date and objective, which a CZI states once for all its scenes."""
    metadata = at(tree, "ImageDocument", "Metadata")
    image = at(metadata, "Information", "Image")
    size = {str(at(item, "@Id")): at(item, "Value") for item in items(at(metadata, "Scaling", "Items", "Distance"))}
    x, y, z = (length(size.get(axis), "µm", scale=6) for axis in "XYZ")
    date = at(image, "AcquisitionDateAndTime")
    facts = ImageFacts(
        acquisition_date=date if isinstance(date, str) and _DATE.match(date) else None,
        size=sizes(x, y),
        channels=_channels(metadata),
        objective=_objective(metadata),
    )
    deep = ImageFacts(**{**vars(facts), "size": sizes(x, y, z)})
    return [deep if info.size_z > 1 else facts for info in images if info.kind == "image"]


def _channels(metadata: Any) -> tuple[ChannelFacts, ...]:
    """Channels as acquired, with the colours of the display settings."""
    shown = {
        str(at(item, "@Id")): at(item, "Color")
        for item in items(at(metadata, "DisplaySetting", "Channels", "Channel"))
    }
    found = items(at(metadata, "Information", "Image", "Dimensions", "Channels", "Channel"))
    return tuple(
        ChannelFacts(
            name=_text(at(item, "@Name")),
            colour=_argb(at(item, "Color") or shown.get(str(at(item, "@Id")))),
            excitation_nm=_wavelength(at(item, "ExcitationWavelength")),
            emission_nm=_wavelength(at(item, "EmissionWavelength")),
            fluor=_text(at(item, "Fluor")),
        )
        for item in found
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _argb(value: Any) -> int | None:
    match = _COLOUR.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    alpha, red, green, blue = bytes.fromhex(match.group(1))
    return colour(red, green, blue, alpha)


def _wavelength(value: Any) -> str | None:
    found = number(value)
    return text_of(found) if found is not None and found > 0 else None


def _objective(metadata: Any) -> dict[str, str]:
    """The objective, where the file knows a single one."""
    found = items(at(metadata, "Information", "Instrument", "Objectives", "Objective"))
    if len(found) != 1:
        return {}
    stated = {
        "Model": _text(at(found[0], "Manufacturer", "Model")) or _text(at(found[0], "@Name")),
        "LensNA": _wavelength(at(found[0], "LensNA")),
        "NominalMagnification": _wavelength(at(found[0], "NominalMagnification")),
    }
    return {name: value for name, value in stated.items() if value}

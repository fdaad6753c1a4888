"""Facts out of a CZI's XML, for what its OME-XML does not say or where no OME-XML could be made.

Notes
-----
Zeiss's ImageMetadata schema: lengths of Scaling in metres, WorkingDistance and stage positions in micrometres,
ExposureTime in nanoseconds, wavelengths in nanometres.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, Settings, Stated, at, items, length, number, sizes, stated
from fixative.ome.values import Quantity, colour, positive, quantity, scaled, text, text_of
from fixative.ome.vendor.czi_instrument import Instrument
from fixative.ome.vendor.planes import everywhere
from fixative.ome.vocabulary import binning_of, word
from fixative.readers.protocol import ImageInfo

_COLOUR = re.compile(r"^#([0-9A-Fa-f]{8})$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$")


def czi(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Scaling, channels, instrument and date, which a CZI states once for all its scenes; each scene's place."""
    metadata = at(tree, "ImageDocument", "Metadata")
    instrument = Instrument(at(metadata, "Information", "Instrument"))
    image = at(metadata, "Information", "Image")
    size = {str(at(item, "@Id")): at(item, "Value") for item in items(at(metadata, "Scaling", "Items", "Distance"))}
    x, y, z = (length(size.get(axis), "µm", scale=6) for axis in "XYZ")
    objective = instrument.objective(at(image, "ObjectiveSettings", "ObjectiveRef", "@Id"))
    facts = ImageFacts(
        acquisition_date=started(at(image, "AcquisitionDateAndTime")),
        channels=_channels(metadata, instrument),
        microscope=instrument.microscope(),
        objective=objective,
        objective_settings=_objective_settings(at(image, "ObjectiveSettings")) if objective else {},
        experimenter=_experimenter(at(metadata, "Information")),
    )
    scenes = items(at(image, "Dimensions", "S", "Scenes", "Scene"))
    found = [info for info in images if info.kind == "image"]
    return [
        replace(facts, size=sizes(x, y, z if info.size_z > 1 else None), **_place(scenes, n, info, len(found)))
        for n, info in enumerate(found)
    ]


def started(value: Any) -> str | None:
    """A moment as the file states it; the year 1 stands for none."""
    return value if isinstance(value, str) and _DATE.match(value) and value[:4] > "0001" else None


def _channels(metadata: Any, instrument: Instrument) -> tuple[ChannelFacts, ...]:
    """Channels as acquired, with the colours of the display settings."""
    shown = items(at(metadata, "DisplaySetting", "Channels", "Channel"))
    found = items(at(metadata, "Information", "Image", "Dimensions", "Channels", "Channel"))
    by_id = {str(at(item, "@Id")): item for item in shown}
    return tuple(
        _channel(
            item, by_id.get(str(at(item, "@Id"))) or (shown[n] if len(shown) == len(found) else None), instrument
        )
        for n, item in enumerate(found)
    )


def _channel(item: Any, shown: Any, instrument: Instrument) -> ChannelFacts:
    """One channel; its name and colour on the screen where the acquisition gave it none."""
    return ChannelFacts(
        name=text(at(item, "@Name")) or text(at(shown, "@Name")),
        colour=_argb(at(item, "Color") or at(shown, "Color")),
        excitation_nm=positive(at(item, "ExcitationWavelength")),
        emission_nm=positive(at(item, "EmissionWavelength")),
        fluor=text(at(item, "Fluor")),
        pinhole=quantity(at(item, "PinholeSize"), "µm"),
        contrast=word("Channel", "ContrastMethod", at(item, "ContrastMethod")),
        acquisition_mode=word("Channel", "AcquisitionMode", at(item, "AcquisitionMode")),
        illumination=word("Channel", "IlluminationType", at(item, "IlluminationType")),
        nd_filter=_fraction(at(item, "NDFilter")),
        exposure=quantity(at(item, "ExposureTime"), "ms", scale=-6),
        detector=_detector(at(item, "DetectorSettings"), instrument),
        light_source=_light_source(at(item, "LightSourcesSettings", "LightSourceSettings"), instrument),
        filter_set=instrument.filter_set(at(item, "FilterSetRef", "@Id") or at(item, "FilterSet", "@Id")),
    )


def _argb(value: Any) -> int | None:
    match = _COLOUR.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    alpha, red, green, blue = bytes.fromhex(match.group(1))
    return colour(red, green, blue, alpha)


def _fraction(value: Any) -> str | None:
    found = number(value)
    return text_of(found) if found is not None and 0 <= found <= 1 else None


def _detector(settings: Any, instrument: Instrument) -> Settings | None:
    component = instrument.detector(at(settings, "Detector", "@Id"))
    if component is None:
        return None
    return Settings(
        component,
        stated(
            Gain=scaled(at(settings, "Gain")),
            Offset=scaled(at(settings, "Offset")),
            Voltage=quantity(at(settings, "Voltage"), "V"),
            ReadOutRate=quantity(at(settings, "ReadOutRate"), "MHz"),
            Binning=binning_of(at(settings, "Binning")),
        ),
    )


def _light_source(settings: Any, instrument: Instrument) -> Settings | None:
    """The one light source of a channel; OME has no room for several, and none for an intensity."""
    found = items(settings)
    if len(found) != 1:
        return None
    wavelength = quantity(at(found[0], "Wavelength"), "nm")
    component = instrument.light_source(at(found[0], "LightSource", "@Id"))
    if component is None:
        return None
    return Settings(component, stated(Attenuation=_fraction(at(found[0], "Attenuation")), Wavelength=wavelength))


def _objective_settings(settings: Any) -> Stated:
    return stated(
        RefractiveIndex=positive(at(settings, "RefractiveIndex")),
        Medium=word("ObjectiveSettings", "Medium", at(settings, "Medium")),
        CorrectionCollar=positive(at(settings, "CorrectionCollar")),
    )


def _experimenter(information: Any) -> Stated:
    """The account of the document; names where the file has slots for them."""
    user = at(information, "User")
    return stated(
        UserName=text(at(information, "Document", "UserName")),
        FirstName=text(at(user, "FirstName")),
        MiddleName=text(at(user, "MiddleName")),
        LastName=text(at(user, "LastName")),
        Email=text(at(user, "Email")),
        Institution=text(at(user, "Institution")),
    )


def _place(scenes: Sequence[Any], n: int, info: ImageInfo, count: int) -> dict[str, Any]:
    """Where a scene lies: its name with its centre; the stage's position where it was taken at one."""
    scene = next((each for each in scenes if at(each, "@Index") == str(n)), None)
    if scene is None or len(scenes) != count:
        return {}
    positions = items(at(scene, "Positions", "Position"))
    found: dict[str, Any] = {}
    centre = [number(part) for part in str(at(scene, "CenterPosition") or "").split(",")]
    if len(centre) == 2 and None not in centre and (name := text(at(scene, "@Name"))):
        x, y = (text_of(part) for part in centre if part is not None)
        found["stage_label"] = stated(Name=name, X=Quantity(x, "µm"), Y=Quantity(y, "µm"))
    if len(positions) == 1 and not info.unimaged_px:
        where = {f"Position{axis}": scaled(at(positions[0], f"@{axis}")) for axis in "XYZ"}
        found["planes"] = everywhere(info, {name: ("µm", value) for name, value in where.items()})
    return found

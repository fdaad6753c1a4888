"""Facts out of Olympus FluoView OIB and OIF: the main file's channels and the settings of the first frame.

Notes
-----
Wavelengths are nanometres. ``9999`` as a working distance, and empty names, stand for what is not known. What
``LaserNDLevel`` and ``LaserTransmissivity`` count, the file does not say; they stay in the dump.
"""

import re
from collections.abc import Sequence
from typing import Any

from fixative.ome.facts import ChannelFacts, Component, ImageFacts, Quantity, Settings, Stated, at, stated
from fixative.ome.values import length, number, positive, quantity, scaled, sizes, text, unit_of
from fixative.ome.vocabulary import objective_of, word
from fixative.readers.protocol import ImageInfo

DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?")
_BAND = re.compile(r"(?:BA|BP)(\d{3,4})-(\d{3,4})$")


def oif(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Olympus: settings of the first frame, channels and date of the main file."""
    frame = next(
        (part for name, part in _files(tree) if at(part, "ProfileSaveInfo", "Name") == "COFAFrameImage"), None
    )
    main = at(tree, "main")
    picture, optics = at(frame, "Image Parameters"), at(frame, "Acquisition Parameters Common")
    x = _stated(at(picture, "WidthConvertValue"), at(picture, "WidthUnit"))
    y = _stated(at(picture, "HeightConvertValue"), at(picture, "HeightUnit"))
    return [
        ImageFacts(
            description=text(at(main, "File Info", "UserComment")),
            acquisition_date=_date(main),
            size=sizes(x, y, _interval(main, "Z") if image.size_z > 1 else None),
            time_increment=_time_step(main) if image.size_t > 1 else None,
            channels=_channels(main, image),
            microscope=stated(Model=text(at(main, "Acquisition Parameters Common", "Acquisition Device"))),
            objective=_objective(optics),
            components=_lasers(at(main, "Acquisition Parameters Common")),
            experimenter=stated(UserName=text(at(main, "File Info", "UserName"))),
        )
        if image.kind == "image"
        else None
        for image in images
    ]


def _files(tree: Any) -> list[tuple[str, Any]]:
    found = at(tree, "files")
    return sorted(found.items()) if isinstance(found, dict) else []


def _stated(value: Any, unit: Any) -> Quantity | None:
    known = unit_of(unit)
    return length(value, known) if known else None


def _date(main: Any) -> str | None:
    """Date and time of the clock on the wall, with its milliseconds."""
    common = at(main, "Acquisition Parameters Common")
    date = DATE.fullmatch(str(at(common, "ImageCaputreDate") or ""))
    if date is None:
        return None
    thousandths = number(at(common, "ImageCaputreDate+MilliSec"))
    fraction = f".{int(thousandths):03d}" if thousandths is not None and 0 < thousandths < 1000 else ""
    return f"{date[1]}T{date[2]}{fraction}"


def _axis(main: Any, code: str) -> Any:
    axes = (at(main, f"Axis {n} Parameters Common") for n in range(16))
    return next((axis for axis in axes if at(axis, "AxisCode") == code), None)


def _interval(main: Any, code: str) -> Quantity | None:
    """Distance of the planes, where the main file gives it to the axis."""
    axis = _axis(main, code)
    return _stated(at(axis, "Interval"), at(axis, "PixUnit"))


def _time_step(main: Any) -> Quantity | None:
    axis = _axis(main, "T")
    unit = at(axis, "PixUnit")
    return quantity(at(axis, "Interval"), unit) if unit in ("ms", "s") else None


def _objective(optics: Any) -> Stated:
    name = text(at(optics, "ObjectiveLens Name"))
    distance = number(at(optics, "ObjectiveLens WDValue"))
    return {
        **(objective_of(name) if name else {}),
        **stated(
            LensNA=positive(at(optics, "ObjectiveLens NAValue")),
            NominalMagnification=positive(at(optics, "Magnification")),
            WorkingDistance=quantity(distance, "µm") if distance and distance < 9999 and _in_um(optics) else None,
        ),
    }


def _in_um(optics: Any) -> bool:
    return unit_of(at(optics, "ObjectiveLens WDUnit")) == "µm"


def _channels(main: Any, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    """Channels that were recorded, where they are the image's (not folded with a lambda scan)."""
    parts = [at(main, f"Channel {n} Parameters") for n in range(1, 17)]
    found = [_channel(part, n) for n, part in enumerate(parts, 1) if part is not None]
    return tuple(found) if len(found) == image.size_c else ()


def _channel(part: Any, n: int) -> ChannelFacts:
    band = _filter(text(at(part, "BF Name")), n)
    name = text(at(part, "ExcitationDM Name"))
    return ChannelFacts(
        name=text(at(part, "CH Name")),
        excitation_nm=positive(at(part, "ExcitationWavelength")),
        emission_nm=positive(at(part, "EmissionWavelength")),
        fluor=text(at(part, "DyeName")),
        illumination=word("Channel", "IlluminationType", at(part, "LightType")),
        contrast=word("Channel", "ContrastMethod", at(part, "LightType")),
        detector=_detector(part, n),
        dichroic=Component("Dichroic", f"channel {n}", stated(Model=name)) if name and name != "(null)" else None,
        emission_filters=(band,) if band else (),
    )


def _detector(part: Any, n: int) -> Settings | None:
    """Settings of the photomultiplier, which is read by its current or by counting.

    Which number of PMTDetectingMode means which is not documented: only what both say alike is certain.
    """
    ways = [
        {name: scaled(at(part, f"{way}PMT{name}")) for name in ("Gain", "Offset", "Voltage")}
        for way in ("Analog", "Counting")
    ]
    alike = {name: value for name, value in ways[0].items() if value == ways[1][name] and value is not None}
    if not alike:
        return None
    voltage = alike.pop("Voltage", None)
    settings = stated(**alike, Voltage=Quantity(voltage, "V") if voltage and voltage != "0" else None)
    return Settings(Component("Detector", f"channel {n}", stated(Type="PMT")), settings)


def _lasers(common: Any) -> tuple[Component, ...]:
    """Lasers in use, by their wavelengths."""
    count = number(at(common, "Number of use Laser"))
    lines = (quantity(at(common, f"LaserWavelength{n:02d}"), "nm") for n in range(1, 1 + min(int(count or 0), 99)))
    return tuple(Component("Laser", line.value, stated(Wavelength=line)) for line in lines if line is not None)


def _filter(name: str | None, n: int) -> Component | None:
    """The barrier filter; its name is its band."""
    match = _BAND.match(name) if name else None
    if name is None or name == "(null)":
        return None
    band = stated(CutIn=Quantity(match[1], "nm"), CutOut=Quantity(match[2], "nm")) if match else {}
    return Component("Filter", f"channel {n}", stated(Model=name), band)

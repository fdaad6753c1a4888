"""Facts out of Olympus OIB and OIF, Imaris, Andor SIF and Princeton Instruments SPE."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fixative.ome.facts import (
    ChannelFacts,
    ImageFacts,
    Quantity,
    at,
    colour,
    length,
    number,
    sizes,
    text_of,
    unit_of,
)
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.\d+)?")


def oif(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Olympus: settings of the first frame, channels and date of the main file."""
    frame = next(
        (part for name, part in _files(tree) if at(part, "ProfileSaveInfo", "Name") == "COFAFrameImage"), None
    )
    main = at(tree, "main")
    picture, optics = at(frame, "Image Parameters"), at(frame, "Acquisition Parameters Common")
    date = _DATE.fullmatch(str(at(main, "Acquisition Parameters Common", "ImageCaputreDate") or ""))
    x = _stated(at(picture, "WidthConvertValue"), at(picture, "WidthUnit"))
    y = _stated(at(picture, "HeightConvertValue"), at(picture, "HeightUnit"))
    stated = {
        "Model": at(optics, "ObjectiveLens Name"),
        "LensNA": _positive(at(optics, "ObjectiveLens NAValue")),
        "NominalMagnification": _positive(at(optics, "Magnification")),
    }
    return [
        ImageFacts(
            acquisition_date=f"{date[1]}T{date[2]}" if date else None,
            size=sizes(x, y, _interval(main) if image.size_z > 1 else None),
            channels=_olympus_channels(main, image),
            objective={name: value for name, value in stated.items() if isinstance(value, str) and value.strip()},
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


def _positive(value: Any) -> str | None:
    found = number(value)
    return text_of(found) if found is not None and found > 0 else None


def _interval(main: Any) -> Quantity | None:
    """Distance of the planes, where the main file gives it to the axis Z."""
    for n in range(16):
        axis = at(main, f"Axis {n} Parameters Common")
        if at(axis, "AxisCode") == "Z":
            return _stated(at(axis, "Interval"), at(axis, "PixUnit"))
    return None


def _olympus_channels(main: Any, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    """Channels that were recorded, where they are the image's (not folded with a lambda scan)."""
    found = []
    for n in range(1, 17):
        part = at(main, f"Channel {n} Parameters")
        if part is not None:
            dye = at(part, "DyeName")
            found.append(
                ChannelFacts(
                    name=str(at(part, "CH Name") or "") or None,
                    excitation_nm=_positive(at(part, "ExcitationWavelength")),
                    emission_nm=_positive(at(part, "EmissionWavelength")),
                    fluor=dye if isinstance(dye, str) and dye not in ("", "None") else None,
                )
            )
    return tuple(found) if len(found) == image.size_c else ()


def imaris(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Imaris: extents over sizes, channels' names, colours and wavelengths, date."""
    info = at(tree, "DataSetInfo/Image")
    unit = unit_of(at(info, "Unit"))
    date = _DATE.fullmatch(str(at(info, "RecordingDate") or ""))
    found: list[ImageFacts | None] = []
    for image in images:
        counts = (image.size_x, image.size_y, image.size_z)
        extents = [_extent(info, n, count, unit) for n, count in enumerate(counts)]
        facts = ImageFacts(
            acquisition_date=f"{date[1]}T{date[2]}" if date else None,
            size=sizes(extents[0], extents[1], extents[2] if image.size_z > 1 else None),
            channels=tuple(_imaris_channel(at(tree, f"DataSetInfo/Channel {c}")) for c in range(image.size_c)),
        )
        found.append(facts if image.kind == "image" else None)
    return found


def _extent(info: Any, n: int, count: int, unit: str | None) -> Quantity | None:
    low, high = number(at(info, f"ExtMin{n}")), number(at(info, f"ExtMax{n}"))
    return length((high - low) / count, unit) if unit and low is not None and high is not None else None


def _imaris_channel(part: Any) -> ChannelFacts:
    levels = [number(text) for text in str(at(part, "Color") or "").split()]
    rgb = [round(float(level) * 255) for level in levels if level is not None and 0 <= level <= 1]
    return ChannelFacts(
        name=str(at(part, "Name") or "").strip() or None,
        colour=colour(rgb[0], rgb[1], rgb[2]) if len(rgb) == 3 else None,
        excitation_nm=_positive(at(part, "LSMExcitationWavelength")),
        emission_nm=_positive(at(part, "LSMEmissionWavelength")),
    )


def sif(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Andor: exposure of the frames, in seconds."""
    return [_exposed(at(tree, image.name or "", "info", "ExposureTime")) for image in images]


def spe(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Princeton Instruments: exposure of the frames, in seconds, where the header states one."""
    exposure = at(tree, "exposure_sec") if isinstance(tree, Mapping) else None
    return [_exposed(exposure) for _ in images]


def _exposed(seconds: Any) -> ImageFacts | None:
    found = _positive(seconds)
    return ImageFacts(exposure=Quantity(found, "s")) if found else None

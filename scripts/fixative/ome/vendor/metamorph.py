"""Facts out of MetaMorph and MetaXpress: the metadata of MetaSeries planes, STK, plates.

Notes
-----
Exposures name their unit ("100 ms"). Positions are micrometres where MetaXpress gives them under names of its own
too; MetaMorph states no unit, for which OME's word is "reference frame".
``wavelength`` does not say of which light: it stays in the dump.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, Component, ImageFacts, PlaneFacts, Quantity, Settings, Stated, at, stated
from fixative.ome.values import length, number, positive, quantity, scaled, sizes, text, text_of, unit_of
from fixative.ome.vendor.dates import moment_from
from fixative.ome.vendor.planes import by_place, everywhere
from fixative.ome.vendor.rows import Row, rows_of
from fixative.ome.vocabulary import binning, degrees, objective_of
from fixative.readers.protocol import ImageInfo

_EXPOSURE = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|msec|s|sec)$", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?)$")


def metaseries(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """One plane, as MetaMorph and MetaXpress write it: ``PlaneInfo``."""
    if not images:
        return []
    known = _plane(at(tree, "PlaneInfo"), images[0], single=len(images) == 1 and images[0].size_c == 1)
    # Where the stage was at the first page says nothing of the others
    return [known if images[0].planes == 1 else replace(known, planes=PlaneFacts(), stage_label={})]


def metaxpress(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Plates: what the first plane of each field says, of that field's site; thumbnails say nothing."""
    by_image: dict[str, list[Row]] = {}
    for row in rows_of(at(tree, "planes")):
        by_image.setdefault(str(row.get("image")), []).append(row)
    facts: list[ImageFacts | None] = []
    for image in images:
        plane = at(tree, "images", str(image.name), "first plane", "PlaneInfo")
        if plane is None or image.kind != "image":
            facts.append(None)
            continue
        known = _plane(plane, image, single=image.planes == 1)
        facts.append(_with_planes(known, by_image.get(str(image.name), []), image))
    return facts


def _with_planes(known: ImageFacts, rows: Sequence[Row], image: ImageInfo) -> ImageFacts:
    """What every plane of a field says: its exposure and position, its time since the first one's."""
    if image.planes == 1 or not rows:
        return known
    told = [row["PlaneInfo"] if isinstance(row.get("PlaneInfo"), Row) else {} for row in rows]
    dates = [_date(plane.get("acquisition-time-local")) for plane in told]
    begin = min((date for date in dates if date), default=None)
    unit = next((unit for name, (unit, _) in known.planes.columns.items() if name == "PositionX"), "reference frame")
    units = {"DeltaT": "s", "ExposureTime": "ms", **dict.fromkeys(("PositionX", "PositionY", "PositionZ"), unit)}
    found = [
        (
            (row.get("T", 0), row.get("C", 0), row.get("Z", 0)),
            {
                "DeltaT": _seconds(begin, date),
                "ExposureTime": _milliseconds(_exposure(plane.get("Exposure Time"))),
                "PositionX": scaled(plane.get("stage-position-x")),
                "PositionY": scaled(plane.get("stage-position-y")),
                "PositionZ": scaled(plane.get("z-position")),
            },
        )
        for row, plane, date in zip(rows, told, dates, strict=True)
    ]
    return replace(known, acquisition_date=begin, planes=by_place(units, found, image))


def _seconds(begin: str | None, date: str | None) -> str | None:
    """Seconds between two moments of one clock."""
    first, second = moment_from(begin or ""), moment_from(date or "")
    if first is None or second is None:
        return None
    passed = second - first
    return text_of(Decimal(passed.days * 86_400 + passed.seconds) + Decimal(passed.microseconds).scaleb(-6))


def _milliseconds(exposure: Quantity | None) -> str | None:
    found = number(exposure.value) if exposure is not None else None
    if found is None or exposure is None:
        return None
    return text_of(found.scaleb(3)) if exposure.unit == "s" else exposure.value


def _plane(plane: Any, image: ImageInfo, *, single: bool) -> ImageFacts:
    """Facts of one plane; those of a channel or of the moment only where the image has no other."""
    calibrated = at(plane, "spatial-calibration-state") in (True, "on", "yes")
    unit = unit_of(at(plane, "spatial-calibration-units"))
    size: dict[str, Quantity] = {}
    if calibrated and unit:
        size = sizes(*(length(at(plane, f"spatial-calibration-{axis}"), unit) for axis in "xy"))
    return ImageFacts(
        size=size,
        channels=(_channel(plane),) if single and image.size_c == 1 else (),
        acquisition_date=_date(at(plane, "acquisition-time-local")) if image.planes == 1 else None,
        exposure=_exposure(at(plane, "Exposure Time")) if image.planes == 1 else None,
        planes=_position(plane, image),
        objective=_objective(plane),
        objective_settings=_medium(plane),
        microscope=stated(SerialNumber=text(at(plane, "Instrument Serial Number"))),
        environment=stated(Temperature=degrees(at(plane, "_Temperature_"))),
        stage_label=_stage_label(plane),
    )


def _channel(plane: Any) -> ChannelFacts:
    name = text(at(plane, "_IllumSetting_")) or text(at(plane, "image-name"))
    binned = binning(at(plane, "camera-binning-x"), at(plane, "camera-binning-y"))
    settings = Settings(Component("Detector", "camera"), stated(Binning=binned)) if binned else None
    return ChannelFacts(name=name, detector=settings)


def _exposure(value: Any) -> Quantity | None:
    match = _EXPOSURE.match(value.strip()) if isinstance(value, str) else None
    return quantity(match[1], "ms" if match[2].casefold().startswith("ms") else "s") if match else None


def _date(value: Any) -> str | None:
    """The clock on the wall, as the name of the key says."""
    match = _DATE.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    clock = match[4].rstrip("0").rstrip(".") if "." in match[4] else match[4]
    return f"{match[1]}-{match[2]}-{match[3]}T{clock}"


def _position(plane: Any, image: ImageInfo) -> PlaneFacts:
    """Where the stage was; all planes of a site have that in common, the focus only the one."""
    x, y = scaled(at(plane, "stage-position-x")), scaled(at(plane, "stage-position-y"))
    # MetaXpress gives the same positions once more, under names of its own: those are its stage's micrometres
    own = any(at(plane, f"ImageXpress Micro {axis}") is not None for axis in "XY")
    unit = "µm" if own else "reference frame"
    if not own and (x, y) == ("0", "0"):
        return PlaneFacts()
    where: dict[str, tuple[str, str | None]] = {"PositionX": (unit, x), "PositionY": (unit, y)}
    if image.planes == 1:
        where["PositionZ"] = (unit, scaled(at(plane, "z-position")))
    return everywhere(image, where)


def _stage_label(plane: Any) -> Stated:
    name = text(at(plane, "stage-label"))
    return stated(Name=name) if name else {}


def _objective(plane: Any) -> Stated:
    """The objective that MetaXpress names, with the numerical aperture of the magnification in use."""
    name = text(at(plane, "ImageXpress Micro Objective")) or text(at(plane, "_MagSetting_"))
    return {**objective_of(name), **stated(LensNA=positive(at(plane, "_MagNA_")))} if name else {}


def _medium(plane: Any) -> Stated:
    named = text(at(plane, "ImageXpress Micro Objective")) or text(at(plane, "_MagSetting_"))
    return stated(RefractiveIndex=positive(at(plane, "_MagRI_"))) if named else {}


def metamorph(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """MetaMorph STK: calibration where it is on, one unit for both axes."""
    unit = unit_of(at(tree, "CalibrationUnits"))
    if not unit or not at(tree, "SpatialCalibration"):
        return []
    x, y = (length(at(tree, f"{axis}Calibration"), unit) for axis in "XY")
    return [ImageFacts(size=sizes(x, y))]

"""Facts out of TIFF dialects: ImageJ, LSM, slides, electron microscopes, MetaMorph, Micro-Manager, tags.

Each function takes the dialect's tree, the tree of the main file's tags, and the images.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import (
    ChannelFacts,
    ImageFacts,
    Quantity,
    at,
    colour,
    items,
    length,
    number,
    sizes,
    text_of,
    unit_of,
)
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

FINEST_PRINT_DPI = 2400
"""Resolutions up to this are those of printers, scanners and defaults; a microscope's pixels are smaller."""


def _first_ifd(tiff: Any) -> dict[str, Any]:
    ifds = at(tiff, "ifd")
    return ifds[0] if isinstance(ifds, list) and ifds else {}


def _full_size(tiff: Any, images: Sequence[ImageInfo]) -> bool:
    """Whether the first IFD's tags are about the first image."""
    ifd = _first_ifd(tiff)
    return bool(images) and (ifd.get("ImageWidth"), ifd.get("ImageLength")) == (
        images[0].size_x,
        images[0].size_y,
    )


def imagej(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """ImageJ: the resolution tags are pixels per ``unit``; ``spacing`` is between slices."""
    if not images:
        return []
    image, ifd = images[0], _first_ifd(tiff)
    unit = unit_of(at(tree, "unit"))
    size: dict[str, Quantity] = {}
    if unit:
        x, y = (_reciprocal(ifd.get(f"{axis}Resolution"), unit) for axis in "XY")
        z = length(at(tree, "spacing"), unit) if image.size_z > 1 else None
        size = sizes(x, y, z)
    interval = number(at(tree, "finterval"))
    step = None
    if interval is not None and interval > 0 and image.size_t > 1:
        step = Quantity(text_of(interval), "s") if at(tree, "tunit") in (None, "s", "sec", "") else None
    return [ImageFacts(size=size, time_increment=step, channels=_imagej_channels(tree, image))]


def _reciprocal(resolution: Any, unit: str, scale: int = 0) -> Quantity | None:
    """Size of a pixel from pixels per unit."""
    per_unit = number(resolution)
    if per_unit is None or per_unit <= 0:
        return None
    return length(Decimal(1) / per_unit, unit, scale=scale)


def _imagej_channels(tree: Any, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    """Colours of the lookup tables, where they are shown in colour; labels, where each is a channel's."""
    tables, labels = items(at(tree, "LUTs")), items(at(tree, "Labels"))
    coloured = at(tree, "mode") in ("composite", "color") and len(tables) == image.size_c
    named = image.size_z == image.size_t == 1 < image.size_c == len(labels)
    if not (coloured or named):
        return ()
    return tuple(
        ChannelFacts(
            name=str(labels[c]).splitlines()[0][:256] if named and str(labels[c]).strip() else None,
            colour=_ramp(tables[c]) if coloured else None,
        )
        for c in range(image.size_c)
    )


def _ramp(table: Any) -> int | None:
    """Colour of a lookup table that runs from black to one colour."""
    if not (isinstance(table, list) and len(table) == 3 and all(len(part) == 256 for part in table)):
        return None
    if any(part[0] for part in table):
        return None
    return colour(*(int(part[255]) for part in table))


def lsm(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Zeiss LSM: sizes in metres; Z only where there are slices."""
    if not images:
        return []
    image = images[0]
    z = length(at(tree, "VoxelSizeZ"), "µm", scale=6) if image.size_z > 1 else None
    size = sizes(length(at(tree, "VoxelSizeX"), "µm", scale=6), length(at(tree, "VoxelSizeY"), "µm", scale=6), z)
    interval = number(at(tree, "TimeIntervall"))
    step = Quantity(text_of(interval), "s") if interval and interval > 0 and image.size_t > 1 else None
    names = items(at(tree, "ChannelColors", "ColorNames"))
    colours = items(at(tree, "ChannelColors", "Colors"))
    channels = tuple(
        ChannelFacts(
            name=str(names[c]) if c < len(names) and names[c] else None,
            colour=_rgb(colours[c]) if c < len(colours) else None,
        )
        for c in range(image.size_c)
        if names or colours
    )
    return [ImageFacts(size=size, time_increment=step, channels=channels)]


def _rgb(value: Any) -> int | None:
    """Colour of ``[r, g, b, ...]``; black, which shows nothing, stands for none."""
    if not isinstance(value, list) or len(value) < 3 or not any(value[:3]):
        return None
    red, green, blue = (int(part) & 255 for part in value[:3])
    return colour(red, green, blue)


def svs(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Aperio SVS: ``MPP`` micrometres per pixel, ``AppMag`` the objective's magnification."""
    size = length(at(tree, "MPP"), "µm")
    magnification = number(at(tree, "AppMag"))
    objective = {"NominalMagnification": text_of(magnification)} if magnification else {}
    return [ImageFacts(size=sizes(size, size), objective=objective)]


def fei(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """FEI and Thermo Fisher SEM and FIB: ``Scan.PixelWidth`` in metres."""
    section = next((name for name in ("Scan", "EScan", "IScan") if number(at(tree, name, "PixelWidth"))), "Scan")
    size = sizes(*(length(at(tree, section, f"Pixel{axis}"), "nm", scale=9) for axis in ("Width", "Height")))
    model = at(tree, "System", "SystemType")
    microscope = {"Manufacturer": "FEI", "Model": str(model)} if model else {}
    return [ImageFacts(size=size, microscope=microscope)]


def zeiss_sem(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Zeiss SEM: ``ap_image_pixel_size`` or ``ap_pixel_size`` as (label, value, unit)."""
    for name in ("ap_image_pixel_size", "ap_pixel_size"):
        stated = at(tree, name)
        if isinstance(stated, list) and len(stated) == 3 and (unit := unit_of(stated[2])):
            size = length(stated[1], unit)
            return [ImageFacts(size=sizes(size, size), microscope={"Manufacturer": "Zeiss"})]
    return []


def olympus_sis(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Olympus SIS: ``pixelsizex`` in metres; 1.0 is what it writes when it does not know."""
    size = sizes(*(length(at(tree, f"pixelsize{axis}"), "µm", scale=6) for axis in "xy"))
    return [ImageFacts(size=size)]


def metaseries(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """MetaMorph and MetaXpress: ``PlaneInfo`` with its calibration and wavelength."""
    plane = at(tree, "PlaneInfo")
    calibrated = at(plane, "spatial-calibration-state") in (True, "on", "yes")
    unit = unit_of(at(plane, "spatial-calibration-units"))
    size: dict[str, Quantity] = {}
    if calibrated and unit:
        size = sizes(*(length(at(plane, f"spatial-calibration-{axis}"), unit) for axis in "xy"))
    single = len(images) == 1 and images[0].size_c == 1
    name = at(plane, "_IllumSetting_") or at(plane, "image-name")
    channels = (ChannelFacts(name=str(name)),) if single and name else ()
    return [ImageFacts(size=size, channels=channels)]


def metamorph(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """MetaMorph STK: calibration where it is on, one unit for both axes."""
    unit = unit_of(at(tree, "CalibrationUnits"))
    if not unit or not at(tree, "SpatialCalibration"):
        return []
    x, y = (length(at(tree, f"{axis}Calibration"), unit) for axis in "XY")
    return [ImageFacts(size=sizes(x, y))]


def micromanager(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Micro-Manager's summary; a pixel size of 1 is what it writes when nobody has calibrated."""
    summary = at(tree, "Summary")
    stated = number(at(summary, "PixelSize_um"))
    pixel = length(stated, "µm") if stated not in (None, Decimal(1)) else None
    facts = []
    for image in images:
        z = length(at(summary, "z-step_um"), "µm") if image.size_z > 1 else None
        interval = number(at(summary, "Interval_ms"))
        step = Quantity(text_of(interval), "ms") if interval and interval > 0 and image.size_t > 1 else None
        names = items(at(summary, "ChNames"))
        channels = tuple(ChannelFacts(name=str(name)) for name in names) if len(names) == image.size_c else ()
        facts.append(ImageFacts(size=sizes(pixel, pixel, z), time_increment=step, channels=channels))
    return facts


def resolution(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """Plain resolution tags, where their unit is a length and they are no printing default.

    ImageJ's, whose unit stands elsewhere, are not read here.
    """
    ifd = _first_ifd(tree)
    if not _full_size(tree, images) or str(ifd.get("ImageDescription", "")).startswith("ImageJ="):
        return []
    centimetres = {2: Decimal("2.54"), 3: Decimal(1)}.get(ifd.get("ResolutionUnit", 2))
    found = [number(ifd.get(f"{axis}Resolution")) for axis in "XY"]
    if centimetres is None or None in found or "ResolutionUnit" not in ifd:
        return []
    per_cm = [value / centimetres for value in found if value is not None]
    if any(value * Decimal("2.54") <= FINEST_PRINT_DPI for value in per_cm):
        return []
    x, y = (_reciprocal(value, "µm", scale=4) for value in per_cm)
    return [ImageFacts(size=sizes(x, y))]

"""Facts out of scanning electron microscopes' TIFFs: FEI and Thermo Fisher, Zeiss, Olympus SIS.

Voltages, magnifications and detectors of electrons have no place in OME; they stay in the dump.
"""

import re
from collections.abc import Sequence
from typing import Any

from fixative.ome.facts import ImageFacts, PlaneFacts, at, length, number, sizes, stated, unit_of
from fixative.ome.values import scaled, text
from fixative.ome.vendor.planes import everywhere
from fixative.readers.protocol import ImageInfo

Facts = Sequence[ImageFacts | None]

_CREATED = re.compile(r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}:\d{2}:\d{2})$")


def fei(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Facts:
    """FEI and Thermo Fisher SEM and FIB: ``Scan.PixelWidth`` in metres."""
    section = next((name for name in ("Scan", "EScan", "IScan") if number(at(tree, name, "PixelWidth"))), "Scan")
    size = sizes(*(length(at(tree, section, f"Pixel{axis}"), "nm", scale=9) for axis in ("Width", "Height")))
    model = text(at(tree, "System", "SystemType"))
    return [
        ImageFacts(
            acquisition_date=_fei_date(tree),
            size=size,
            planes=everywhere(images[0], _fei_stage(tree)) if images else PlaneFacts(),
            microscope=stated(Manufacturer="FEI", Model=model) if model else {},
            experimenter=stated(UserName=text(at(tree, "User", "User"))),
        )
    ]


def _fei_stage(tree: Any) -> dict[str, tuple[str, str | None]]:
    """Where the stage was, in metres."""
    return {f"Position{axis}": ("m", scaled(at(tree, "Stage", f"Stage{axis}"))) for axis in "XYZ"}


def _fei_date(tree: Any) -> str | None:
    """The moment of creation, whose form names day and month; the user's date has the order of a locale."""
    match = _CREATED.match(str(at(tree, "PrivateFei", "TimeOfCreation") or ""))
    return f"{match[3]}-{match[2]}-{match[1]}T{match[4]}" if match else None


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

"""Facts out of DICOM attributes, as `readers.pydicom_tree` names them.

Lengths are millimetres there and micrometres in OME-XML. PixelSpacing is the spacing within the patient or the
specimen; ImagerPixelSpacing, at the detector, is no size of a pixel and stays in the dump.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

from fixative.ome.facts import ChannelFacts, ImageFacts, Quantity, at, items, length, number, sizes, text_of
from fixative.ome.values import text
from fixative.readers.protocol import ImageInfo

_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_TIME = re.compile(r"(\d{2})(\d{2})(\d{2})(\.\d{1,6})?$")
_MOMENT = re.compile(r"(\d{8})(\d{6}(?:\.\d{1,6})?)([+-]\d{4})?$")
_OFFSET = re.compile(r"([+-]\d{2})(\d{2})$")
_ILLUMINATIONS = {"111741": "Darkfield", "111743": "Fluorescence", "111744": "Brightfield"}
"""DICOM's codes (CID 8123) of which OME's ContrastMethod has the very word."""
_CHROMA = ("Y", "Cb", "Cr")


def dicom(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Spacing, time, instrument and optical paths of the one image of a DICOM file."""
    if len(images) != 1:
        return []
    image = images[0]
    slide = at(tree, "SOPClassUID") == _SLIDE
    return [
        ImageFacts(
            acquisition_date=_date(tree),
            size=_sizes(tree, image),
            time_increment=_time_increment(tree, image),
            channels=_channels(tree, image),
            microscope=_microscope(tree) if slide else {},
            objective=_objective(tree) if slide else {},
            exposure=_exposure(tree) if slide else None,
        )
    ]


def _sizes(tree: Any, image: ImageInfo) -> dict[str, Quantity]:
    """Rows first in PixelSpacing; of enhanced images from the measures that all frames share."""
    measures = at(tree, "SharedFunctionalGroupsSequence", "PixelMeasuresSequence")
    spacing = items(at(tree, "PixelSpacing") or at(measures, "PixelSpacing"))
    row, column = (length(value, "µm", scale=3) for value in (spacing if len(spacing) == 2 else (None, None)))
    z = None
    if image.size_z > 1:
        between = at(tree, "SpacingBetweenSlices") or at(measures, "SpacingBetweenSlices")
        z = length(between, "µm", scale=3) or _step(tree)
    return sizes(column, row, z)


def _step(tree: Any) -> Quantity | None:
    """Distance of slices from GridFrameOffsetVector, where it is the same throughout."""
    offsets = [number(value) for value in items(at(tree, "GridFrameOffsetVector"))]
    steps = {abs(b - a) for a, b in pairwise(offsets) if a is not None and b is not None}
    return length(steps.pop(), "µm", scale=3) if len(steps) == 1 and None not in offsets else None


def _time_increment(tree: Any, image: ImageInfo) -> Quantity | None:
    """FrameTime in milliseconds, where frames are counted by it."""
    if image.size_t < 2 or "FrameTime" not in image.folded or image.folded["FrameTime"] != "T":
        return None
    step = number(at(tree, "FrameTime"))
    return Quantity(text_of(step), "ms") if step is not None and step > 0 else None


def _date(tree: Any) -> str | None:
    """Date and time of acquisition, with the stated offset from UTC."""
    moment = _MOMENT.match(str(at(tree, "AcquisitionDateTime") or ""))
    if moment:
        day, time, offset = moment.groups()
    else:
        day, time = str(at(tree, "AcquisitionDate") or ""), str(at(tree, "AcquisitionTime") or "")
        offset = None
    date, clock = _DATE.match(day), _TIME.match(time)
    if not date or not clock:
        return None
    shift = _OFFSET.match(offset or str(at(tree, "TimezoneOffsetFromUTC") or ""))
    zone = f"{shift[1]}:{shift[2]}" if shift else ""
    return f"{date[1]}-{date[2]}-{date[3]}T{clock[1]}:{clock[2]}:{clock[3]}{clock[4] or ''}{zone}"


def _microscope(tree: Any) -> dict[str, str]:
    """The scanner; of other modalities the equipment is no microscope."""
    known = {
        "Manufacturer": text(at(tree, "Manufacturer")),
        "Model": text(at(tree, "ManufacturerModelName")),
        "SerialNumber": text(at(tree, "DeviceSerialNumber")),
    }
    return {name: value for name, value in known.items() if value}


def _exposure(tree: Any) -> Quantity | None:
    """ExposureTime in milliseconds, which is that of light only in optical imaging."""
    found = _positive(at(tree, "ExposureTime"))
    return Quantity(text_of(found), "ms") if found is not None else None


def _objective(tree: Any) -> dict[str, str]:
    """The objective, where all optical paths share one."""
    found = []
    for path in items(at(tree, "OpticalPathSequence")):
        stated = {
            "NominalMagnification": _positive(at(path, "ObjectiveLensPower")),
            "LensNA": _positive(at(path, "ObjectiveLensNumericalAperture")),
        }
        found.append({name: text_of(value) for name, value in stated.items() if value is not None})
    return found[0] if found and all(one == found[0] for one in found) else {}


def _positive(value: Any) -> Decimal | None:
    found = number(value)
    return found if found is not None and found > 0 else None


def _channels(tree: Any, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    """Optical paths; or luma and chroma, where those are what the channels are."""
    if (
        image.size_c == len(_CHROMA)
        and image.samples == 1
        and str(at(tree, "PhotometricInterpretation")).startswith("YBR")
    ):
        return tuple(ChannelFacts(name=name) for name in _CHROMA)
    paths = items(at(tree, "OpticalPathSequence"))
    if len(paths) != image.size_c:
        return ()
    return tuple(
        ChannelFacts(
            name=_text(at(path, "OpticalPathDescription")) or _text(at(path, "OpticalPathIdentifier")),
            excitation_nm=_wavelength(path),
            contrast=_contrast(path),
        )
        for path in paths
    )


def _wavelength(path: Any) -> str | None:
    """IlluminationWaveLength, in nanometres."""
    found = _positive(at(path, "IlluminationWaveLength"))
    return text_of(found) if found is not None else None


def _contrast(path: Any) -> str | None:
    """The illumination, by its code, where OME has a word of that meaning."""
    codes = {str(at(code, "CodeValue")) for code in items(at(path, "IlluminationTypeCodeSequence"))}
    found = {_ILLUMINATIONS[code] for code in codes & _ILLUMINATIONS.keys()}
    return found.pop() if len(found) == 1 and len(codes) == 1 else None


def _text(value: Any) -> str | None:
    return str(value).strip() or None if isinstance(value, (str, int)) else None

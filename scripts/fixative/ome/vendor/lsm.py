"""Facts out of Zeiss LSM: sizes, times, and what ScanInformation says of lasers, detectors and the objective.

Notes
-----
Zeiss's LSM 5 file format: sizes and wavelength bands of spectral channels in metres, pinhole diameters in
micrometres, time stamps in seconds of the scanner's own clock, Sample0time in days since 1899-12-30.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, Component, ImageFacts, PlaneFacts, Quantity, Settings, at, items, stated
from fixative.ome.values import colour, length, number, positive, quantity, scaled, sizes, text, text_of
from fixative.ome.vendor.planes import places_of
from fixative.ome.vocabulary import objective_of
from fixative.readers.protocol import ImageInfo

_DAY_ZERO = datetime(1899, 12, 30)


def lsm(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Facts of the one image; of Z and T only where there are slices and time points."""
    if not images:
        return []
    image, scan = images[0], at(tree, "ScanInformation")
    z = length(at(tree, "VoxelSizeZ"), "µm", scale=6) if image.size_z > 1 else None
    size = sizes(length(at(tree, "VoxelSizeX"), "µm", scale=6), length(at(tree, "VoxelSizeY"), "µm", scale=6), z)
    interval = number(at(tree, "TimeIntervall"))
    objective = text(at(scan, "Objective"))
    return [
        ImageFacts(
            name=text(at(scan, "Name")),
            description=text(at(scan, "Description")),
            acquisition_date=_date(at(scan, "Sample0time")),
            size=size,
            time_increment=Quantity(text_of(interval), "s")
            if interval and interval > 0 and image.size_t > 1
            else None,
            channels=_channels(tree, image),
            planes=_times(tree, image),
            objective=objective_of(objective) if objective else {},
            components=(*_lasers(scan), *_dichroics(scan)),
            experimenter=stated(UserName=text(at(scan, "User"))),
        )
    ]


def _date(days: Any) -> str | None:
    """A date in days, to the second where it is one to a hundredth of it; no offset from UTC is stated."""
    found = number(days)
    if found is None or not 20_000 < found < 80_000:
        return None
    seconds = found * 86_400
    whole = seconds.quantize(Decimal(1))
    if abs(seconds - whole) > Decimal("0.01"):
        whole = Decimal(int(seconds))
    return (_DAY_ZERO + timedelta(seconds=int(whole))).isoformat()


def _times(tree: Any, image: ImageInfo) -> PlaneFacts:
    """Seconds since the first time stamp; the clock's own zero means nothing."""
    stamps = [number(value) for value in items(at(tree, "TimeStamps"))]
    if len(stamps) != image.size_t or image.size_t < 2 or stamps[0] is None or image.folded:
        return PlaneFacts()
    seconds = [text_of(stamp - stamps[0]) if stamp is not None and stamp >= stamps[0] else None for stamp in stamps]
    places = places_of(image)
    return PlaneFacts(tuple(places), {"DeltaT": ("s", tuple(seconds[t] for t, _, _ in places))})


def _channels(tree: Any, image: ImageInfo) -> tuple[ChannelFacts, ...]:
    names = items(at(tree, "ChannelColors", "ColorNames"))
    colours = items(at(tree, "ChannelColors", "Colors"))
    detected = _detected(at(tree, "ScanInformation"), image)
    bands = items(at(tree, "ChannelWavelength")) if at(tree, "SpectralScan") == 1 else []
    if not (names or colours or detected):
        return ()
    detected = detected or [ChannelFacts()] * image.size_c
    return tuple(
        ChannelFacts(
            name=str(names[c]) if c < len(names) and names[c] else None,
            colour=_rgb(colours[c]) if c < len(colours) else None,
            fluor=known.fluor,
            excitation_nm=known.excitation_nm,
            pinhole=known.pinhole,
            detector=known.detector,
            emission_filters=_band(c, bands[c]) if len(bands) == image.size_c else (),
        )
        for c, known in enumerate(detected)
    )


def _rgb(value: Any) -> int | None:
    """Colour of ``[r, g, b, ...]``; black, which shows nothing, stands for none."""
    if not isinstance(value, list) or len(value) < 3 or not any(value[:3]):
        return None
    red, green, blue = (int(part) & 255 for part in value[:3])
    return colour(red, green, blue)


def _detected(scan: Any, image: ImageInfo) -> list[ChannelFacts]:
    """Detection channels that were on, in the order of tracks, where they are the image's channels.

    A spectral scan has one detector for all its channels.
    """
    found = [
        (track, channel)
        for track in items(at(scan, "Tracks"))
        for channel in items(at(track, "DetectionChannels"))
        if at(track, "Acquire") and at(channel, "Acquire")
    ]
    if len(found) == 1 and at(found[0][1], "SpectralScanChannels") == image.size_c:
        found *= image.size_c
    return [_detection(*each) for each in found] if len(found) == image.size_c else []


def _detection(track: Any, channel: Any) -> ChannelFacts:
    model = text(at(channel, "PointDetectorName"))
    lines = [line for line in items(at(track, "IlluminationChannels")) if at(line, "Aquire")]
    detector = Component(
        "Detector",
        model or str(at(channel, "ChannelName")),
        stated(
            Model=model,
            Type="PMT" if (model or "").casefold().startswith("pmt") else None,
            AmplificationGain=positive(at(channel, "AmplifierGainFirst")),
        ),
    )
    settings = stated(Gain=scaled(at(channel, "DetectorGainFirst")), Offset=scaled(at(channel, "AmplifierOffsFirst")))
    return ChannelFacts(
        fluor=text(at(channel, "DyeName")),
        excitation_nm=positive(at(lines[0], "Wavelength")) if len(lines) == 1 else None,
        pinhole=quantity(at(channel, "PinholeDiameter"), "µm"),
        detector=Settings(detector, settings),
    )


def _band(c: int, band: Any) -> tuple[Component, ...]:
    """The band of a spectral channel."""
    ends = items(band)
    low, high = (quantity(value, "nm", scale=9) for value in (ends if len(ends) == 2 else (None, None)))
    if low is None or high is None:
        return ()
    return (Component("Filter", f"band {c}", {}, stated(CutIn=low, CutOut=high)),)


def _lasers(scan: Any) -> list[Component]:
    """Lasers that were on; which line is whose, the file does not say."""
    return [
        Component("Laser", name, stated(Model=name))
        for laser in items(at(scan, "Lasers"))
        if at(laser, "Acquire") and (name := text(at(laser, "Name")))
    ]


def _dichroics(scan: Any) -> list[Component]:
    """Beam splitters in the path; the empty places of their wheels are named None."""
    names = dict.fromkeys(
        text(at(splitter, "Filter"))
        for track in items(at(scan, "Tracks"))
        for splitter in items(at(track, "BeamSplitters"))
    )
    return [Component("Dichroic", name, stated(Model=name)) for name in names if name and not name.startswith("None")]

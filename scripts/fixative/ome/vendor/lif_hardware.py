"""What the hardware settings of a LIF say of one image: objective, detectors, lasers, pinhole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fixative.ome.facts import ChannelFacts, Component, Quantity, Settings, Stated, at, items, stated
from fixative.ome.values import positive, quantity, scaled, text
from fixative.ome.vocabulary import binning_of, objective_of, word

_DEFINITIONS = ("ATLConfocalSettingDefinition", "ATLCameraSettingDefinition")


@dataclass(frozen=True)
class Hardware:
    """Facts of one settings definition."""

    microscope: Stated = field(default_factory=dict)
    objective: Stated = field(default_factory=dict)
    objective_settings: Stated = field(default_factory=dict)
    pinhole: Quantity | None = None
    stage: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """PositionX and PositionY: unit and value."""
    channels: tuple[ChannelFacts, ...] = ()
    """One for each detector that was on."""
    lasers: tuple[Component, ...] = ()


def hardware(image: Any) -> Hardware:
    """Facts of the first settings attached to an image that name an objective."""
    for attached in items(at(image, "Attachment")):
        for name in _DEFINITIONS:
            definition = at(attached, name)
            if isinstance(definition, dict) and text(at(definition, "@ObjectiveName")):
                return _hardware(definition)
    return Hardware()


def _hardware(definition: Any) -> Hardware:
    model = text(at(definition, "@MicroscopeModel"))
    inverse = at(definition, "@IsInverseMicroscopeModel") == "1"
    medium = at(definition, "@Immersion")
    said = objective_of(str(at(definition, "@ObjectiveName")))
    own = stated(
        LensNA=positive(at(definition, "@NumericalAperture")),
        NominalMagnification=positive(at(definition, "@Magnification")),
        Immersion=word("Objective", "Immersion", medium),
    )
    cameras = _cameras(definition)
    return Hardware(
        microscope=stated(
            Manufacturer="Leica" if model else None,
            Model=model,
            SerialNumber=text(at(definition, "@SystemSerialNumber")),
            Type="Inverted" if model and inverse else None,
        ),
        objective={**said, **own},
        objective_settings=stated(
            RefractiveIndex=positive(at(definition, "@RefractionIndex")),
            Medium=word("ObjectiveSettings", "Medium", medium),
        ),
        pinhole=quantity(at(definition, "@Pinhole"), "µm", scale=6),
        stage=_stage(definition),
        channels=cameras or _detectors(definition),
        lasers=_lasers(items(at(definition, "LaserArray", "Laser"))),
    )


def _stage(definition: Any) -> dict[str, tuple[str, str | None]]:
    """Where the stage was, where its axes are those of the image: not flipped, not exchanged."""
    turned = [at(definition, name) for name in ("@FlipX", "@FlipY", "@SwapXY")]
    if turned != ["0", "0", "0"]:
        return {}
    return {f"Position{axis}": ("m", scaled(at(definition, f"@StagePos{axis}"))) for axis in "XY"}


def _detectors(definition: Any) -> tuple[ChannelFacts, ...]:
    """Detectors that were on, with the band of the spectrum that each was given."""
    bands = {str(at(band, "@Channel")): band for band in items(at(definition, "Spectro", "MultiBand"))}
    found = []
    for detector in items(at(definition, "DetectorList", "Detector")):
        if at(detector, "@IsActive") != "1":
            continue
        # Only what is detected inside the scan head passes the spectrometer
        band = bands.get(str(at(detector, "@Channel"))) if at(detector, "@ScanType") == "Internal" else None
        name = text(at(detector, "@Name")) or text(at(detector, "@ChannelName"))
        known = stated(Model=name, Type=word("Detector", "Type", at(detector, "@Type")))
        found.append(
            ChannelFacts(
                fluor=text(at(band, "@DyeName")),
                detector=Settings(
                    Component("Detector", name or str(at(detector, "@Channel")), known),
                    stated(Gain=scaled(at(detector, "@Gain")), Offset=scaled(at(detector, "@Offset"))),
                ),
                emission_filters=_band(band),
            )
        )
    return tuple(found)


def _band(band: Any) -> tuple[Component, ...]:
    """The band in front of a detector, as a filter that lets it through."""
    low, high = quantity(at(band, "@LeftWorld"), "nm"), quantity(at(band, "@RightWorld"), "nm")
    if low is None or high is None:
        return ()
    return (Component("Filter", f"band of {at(band, '@ChannelName')}", {}, stated(CutIn=low, CutOut=high)),)


def _cameras(definition: Any) -> tuple[ChannelFacts, ...]:
    """Channels of a camera; exposures are seconds."""
    camera = text(at(definition, "@CameraName"))
    component = Component("Detector", camera or "camera", stated(Model=camera))
    found: Sequence[Any] = items(at(definition, "WideFieldChannelConfigurator", "WideFieldChannelInfo"))
    return tuple(
        ChannelFacts(
            name=text(at(item, "@UserDefName")),
            emission_nm=positive(at(item, "@EmissionWavelength")),
            contrast=word("Channel", "ContrastMethod", at(item, "@ContrastingMethodName")),
            exposure=quantity(at(item, "@ExposureTime"), "s"),
            detector=Settings(
                component, stated(Gain=scaled(at(item, "@Gain")), Binning=binning_of(at(item, "@CameraBinning")))
            ),
        )
        for item in found
    )


def _lasers(listed: Sequence[Any]) -> tuple[Component, ...]:
    """Lasers that were on; one that can be tuned states no wavelength of its own."""
    return tuple(
        Component(
            "Laser",
            text(at(laser, "@LightSourceName")) or text(at(laser, "@LaserName")) or "",
            stated(
                Model=text(at(laser, "@LaserName")),
                Wavelength=quantity(at(laser, "@Wavelength"), "nm"),
                Tuneable="true" if at(laser, "@CanDoChangeWavelength") == "1" else None,
            ),
        )
        for laser in listed
        if at(laser, "@PowerState") == "On"
    )

"""Facts out of Micro-Manager: its summary, and the metadata in each page of its TIFFs.

Notes
-----
https://micro-manager.org/Micro-Manager_File_Formats: ElapsedTime-ms, Exposure-ms, positions in micrometres.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from fixative.ome.facts import ChannelFacts, Component, ImageFacts, PlaneFacts, Quantity, Settings, at, items, stated
from fixative.ome.values import length, number, scaled, sizes, text, text_of
from fixative.ome.vendor.planes import Place, by_place
from fixative.ome.vendor.rows import rows_of
from fixative.ome.vocabulary import binning_of, objective_of
from fixative.readers.protocol import ImageInfo

_UNITS = {"DeltaT": "ms", "ExposureTime": "ms", "PositionX": "µm", "PositionY": "µm", "PositionZ": "µm"}
_KEYS = {
    "DeltaT": ("ElapsedTime-ms",),
    "ExposureTime": ("Exposure-ms", "Exposure"),
    "PositionX": ("XPositionUm", "XPosition_um_Intended"),
    "PositionY": ("YPositionUm", "YPosition_um_Intended"),
    "PositionZ": ("ZPositionUm", "ZPosition_um_Intended"),
}


def micromanager(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Summary and pages; a pixel size of 1 is what it writes when nobody has calibrated."""
    summary = at(tree, "Summary")
    stated_size = number(at(summary, "PixelSize_um"))
    pixel = length(stated_size, "µm") if stated_size not in (None, Decimal(1)) else None
    pages: Sequence[Mapping[str, Any]] = ()
    if len(images) == 1:
        pages = rows_of(at(tree, "planes")) or list(_pages(tiff))
    facts = []
    for image in images:
        z = length(at(summary, "z-step_um"), "µm") if image.size_z > 1 else None
        interval = number(at(summary, "Interval_ms"))
        step = Quantity(text_of(interval), "ms") if interval and interval > 0 and image.size_t > 1 else None
        facts.append(
            ImageFacts(
                size=sizes(pixel, pixel, z),
                time_increment=step,
                channels=_channels(items(at(summary, "ChNames")), pages, image),
                planes=_planes(pages, image),
                objective=_objective(pages),
                experimenter=stated(UserName=text(at(summary, "UserName"))),
            )
        )
    return facts


def _pages(tiff: Any) -> Iterator[Mapping[str, Any]]:
    """Metadata of each page, in the order of the file, out of its tags."""
    for ifd in items(at(tiff, "ifd")):
        written = at(ifd, "MicroManagerMetadata")
        if isinstance(written, str):
            try:
                written = json.loads(written)
            except ValueError:
                continue
        if isinstance(written, Mapping):
            yield written


def _planes(pages: Sequence[Mapping[str, Any]], image: ImageInfo) -> PlaneFacts:
    """Values of the pages whose place among the planes is certain."""
    axes = _Axes(pages, image)
    rows = []
    for page in pages:
        place = axes.place(page)
        if place is not None:
            rows.append((place, {name: _value(name, page, keys) for name, keys in _KEYS.items()}))
    return by_place(_UNITS, rows, image)


def _value(name: str, page: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    found = next((page[key] for key in keys if key in page), None)
    value = scaled(found)
    if name == "ExposureTime" and value is not None and (number(value) or 0) <= 0:
        return None
    return value


class _Axes:
    """Place of a page: by the axes of an NDTiff, else by the indices of an image stack."""

    def __init__(self, pages: Sequence[Mapping[str, Any]], image: ImageInfo) -> None:
        axes = [page["Axes"] for page in pages if isinstance(page.get("Axes"), Mapping)]
        self._names = {
            name: list(dict.fromkeys(each.get(name) for each in axes)) for name in ("time", "channel", "z")
        }
        self._image = image
        self._by_axes = len(axes) == len(pages)

    def place(self, page: Mapping[str, Any]) -> Place | None:
        """(t, c, z), or None for a page of another position or without indices."""
        if self._by_axes:
            axes = page["Axes"]
            if set(axes) - set(self._names) - {"position"} or axes.get("position", 0) != 0:
                return None
            t, c, z = (self._index(name, axes.get(name)) for name in ("time", "channel", "z"))
        else:
            if page.get("PositionIndex", 0) not in (0, -1):
                return None
            t, c, z = (_whole(page.get(f"{name}Index")) for name in ("Frame", "Channel", "Slice"))
        return None if t is None or c is None or z is None else (t, c, z)

    def _index(self, name: str, value: Any) -> int | None:
        """A number counts by itself; a name by its first appearance, as the reader counts."""
        if value is None:
            return 0
        if isinstance(value, int):
            return value
        return self._names[name].index(value)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _channels(names: Sequence[Any], pages: Sequence[Mapping[str, Any]], image: ImageInfo) -> tuple[ChannelFacts, ...]:
    """Names of the summary, else of the axes; the camera and its binning, where all pages tell of the same."""
    if len(names) != image.size_c:
        seen = dict.fromkeys(at(page, "Axes", "channel") for page in pages)
        names = [name for name in seen if isinstance(name, str)]
    camera = _camera(pages)
    if len(names) != image.size_c:
        return (ChannelFacts(detector=camera),) * image.size_c if camera else ()
    return tuple(ChannelFacts(name=str(name), detector=camera) for name in names)


def _camera(pages: Sequence[Mapping[str, Any]]) -> Settings | None:
    """The camera that took every page, and its binning."""
    cameras = {text(page.get("Camera") or page.get("Core-Camera")) for page in pages}
    binnings = {binning_of(page.get("Binning") or page.get(f"{page.get('Camera')}-Binning")) for page in pages}
    label = cameras.pop() if len(cameras) == 1 else None
    if not pages or not label:
        return None
    models = {text(page.get(f"{label}-CameraName")) or text(page.get(f"{label}-Name")) for page in pages}
    serials = {text(page.get(f"{label}-CameraID")) for page in pages}
    known = stated(
        Model=models.pop() if len(models) == 1 else None, SerialNumber=serials.pop() if len(serials) == 1 else None
    )
    return Settings(
        Component("Detector", label, known), stated(Binning=binnings.pop() if len(binnings) == 1 else None)
    )


def _objective(pages: Sequence[Mapping[str, Any]]) -> Mapping[str, str | Quantity]:
    """The label of a device that is called Objective, the same on every page."""
    labels = {text(page.get("Objective-Label")) for page in pages}
    label = labels.pop() if len(labels) == 1 else None
    return objective_of(label) if label else {}

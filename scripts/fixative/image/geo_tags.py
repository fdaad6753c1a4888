"""Tags that say where a raster lies on Earth, carried from the source into the archived file.

GeoTIFF 1.1 (https://docs.ogc.org/is/19-008r4/19-008r4.html) and GDAL's own: what GDAL needs to give the archived
file the coordinate reference system, transform, ground control points and nodata value of its source. What is
carried has been through the privacy policy: a tag whose key the policy removed is not carried, a text that it
cleaned is carried clean.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fixative.image.geo_xml import bands_of
from fixative.image.tiff_file import ASCII
from fixative.metadata.tag_values import decode_value, tag_name
from fixative.models import Inventory, MetadataDump, MetadataSource
from fixative.pixel_models import planes_present
from fixative.readers.protocol import ImageInfo
from fixative.structure.tiff_ifd import Entry, Ifd, Tiff
from fixative.structure.window import Window
from fixative.tiff_dialect import FIELD_BYTES
from fixative.verification_models import CarriedRun, CarriedTag, CarriedTags

PIXEL_SCALE, TIEPOINT, TRANSFORMATION = 33550, 33922, 34264
GEO_KEYS, GEO_DOUBLES, GEO_TEXT = 34735, 34736, 34737
GDAL_METADATA, GDAL_NODATA, RPC = 42112, 42113, 50844
CODES = (
    *(PIXEL_SCALE, TIEPOINT, TRANSFORMATION, GEO_KEYS, GEO_DOUBLES, GEO_TEXT),
    *(GDAL_METADATA, GDAL_NODATA, RPC),
)
_TEXTS = (GDAL_METADATA, GDAL_NODATA)
"""Tags whose text may be carried as the policy left it; `GEO_TEXT` is pointed into, so a changed one is not."""

_NUMPY = {3: "u2", 4: "u4", 12: "f8", 16: "u8"}
_REDUCED, _MASK = 1, 4

Tags = Mapping[int, tuple[int, bytes]]
"""Code to TIFF type and value, little-endian; text without its final NUL."""


@dataclass(frozen=True)
class _Carrier:
    """A directory or dataset of the source, and what it hands on."""

    size: tuple[int, int]
    bands: int
    tags: Tags


def carried_tags(
    images: Sequence[ImageInfo], inventory: Inventory, dump: MetadataDump, sanitised: MetadataDump
) -> list[Tags]:
    """Work out the tags of every plane of the archived file.

    Parameters
    ----------
    images
        As they are written.
    inventory
        The source's files; a set of several has no one directory for a plane, and carries nothing.
    dump, sanitised
        The source's metadata as it stands, and as the policy has left it.

    Returns
    -------
    list
        One for each directory of the main chain, in order; empty where nothing is carried at all.
    """
    if sum(file.role != "sidecar" for file in inventory.files) == 1 and inventory.main.path.is_file():
        places = [number for number, source in enumerate(dump.sources) if _is_main_tiff(source, inventory)]
        if places:
            before, after = dump.sources[places[0]].tree, sanitised.sources[places[0]].tree
            return _for_planes(images, list(_of_tiff(inventory.main.path, before, after)))
    trees = [source.tree for source in sanitised.sources if source.kind == "gdal" and source.tool == "rasterio"]
    if trees and isinstance(trees[0], dict):
        from fixative.image.geo_dataset import tags_of_dataset

        return _for_planes(images, [_Carrier(*found) for found in tags_of_dataset(trees[0])])
    return []


def record_of(planes: Sequence[Tags]) -> CarriedTags:
    """Make the record by which the written file is verified."""
    runs: list[CarriedRun] = []
    for number, tags in enumerate(planes):
        record = tuple(_record(code, *tags[code]) for code in sorted(tags))
        if runs and runs[-1].tags == record and runs[-1].first + runs[-1].directories == number:
            runs[-1] = runs[-1].model_copy(update={"directories": runs[-1].directories + 1})
        elif record:
            runs.append(CarriedRun(first=number, directories=1, tags=record))
    return CarriedTags(runs=tuple(runs))


def _record(code: int, kind: int, value: bytes) -> CarriedTag:
    value = value + b"\0" if kind == ASCII else value
    count = len(value) // FIELD_BYTES[kind]
    return CarriedTag(code=code, type=kind, count=count, sha256=hashlib.sha256(value).hexdigest())


def _is_main_tiff(source: MetadataSource, inventory: Inventory) -> bool:
    return source.kind == "tiff" and source.file == inventory.main.name


def _of_tiff(path: Path, before: Any, after: Any) -> Iterator[_Carrier]:
    """Full-size directories of a TIFF's main chain, with the tags that the policy left."""
    clean = list(_expanded(before, after))
    with Window(path) as window:
        tiff = Tiff(window)
        for number, ifd in enumerate(tiff.chain(tiff.first, "ifd")):
            if number >= len(clean):
                return
            if tiff.value(ifd, 254, 0) & (_REDUCED | _MASK):
                continue
            size = tiff.value(ifd, 257, 0), tiff.value(ifd, 256, 0)
            yield _Carrier(size, tiff.value(ifd, 277, 1), _left(tiff, ifd, clean[number]))


def _expanded(before: Any, after: Any) -> Iterator[Any]:
    """Directories of the sanitised tree, one by one; which of them stand for several, the unsanitised one says."""
    ifds = after.get("ifd") if isinstance(after, dict) else None
    if not isinstance(ifds, list) or len(ifds) != len(before["ifd"]):
        return
    for raw, clean in zip(before["ifd"], ifds, strict=True):
        for _ in range(raw.get("repeats", 1)):
            yield clean if isinstance(clean, dict) else {}


def _left(tiff: Tiff, ifd: Ifd, clean: dict[str, Any]) -> Tags:
    tags: dict[int, tuple[int, bytes]] = {}
    for code in CODES:
        entry = ifd.entries.get(code)
        now = clean.get(tag_name(code))
        if entry is None or now is None:
            continue
        raw = tiff.window.read(entry.offset, entry.bytes, f"tag {code}")
        if now == decode_value(code, entry.type, raw, tiff.order):
            tags[code] = entry.type, _little_endian(entry, raw, tiff.order)
        elif code in _TEXTS and isinstance(now, str):
            tags[code] = ASCII, now.encode("utf-8")
    return _without_lost_texts(tags)


def _little_endian(entry: Entry, raw: bytes, order: str) -> bytes:
    if entry.type == ASCII:
        return raw.rstrip(b"\0")
    if entry.type not in _NUMPY:
        return raw
    return np.frombuffer(raw, order + _NUMPY[entry.type]).astype("<" + _NUMPY[entry.type]).tobytes()


def _without_lost_texts(tags: dict[int, tuple[int, bytes]]) -> Tags:
    """Take the keys that point into tags which are not carried out of the directory of keys."""
    if GEO_KEYS not in tags or tags[GEO_KEYS][0] != 3:
        return tags
    values = np.frombuffer(tags[GEO_KEYS][1], "<u2")
    keys = values[4 : 4 + 4 * int(values[3])].reshape(-1, 4) if len(values) > 3 else values.reshape(-1, 4)[:0]
    kept = [key for key in keys if key[1] in (0, GEO_KEYS) or int(key[1]) in tags]
    if len(kept) == len(keys):
        return tags
    directory = np.concatenate([values[:3], [len(kept)], *kept]).astype("<u2")
    return tags | {GEO_KEYS: (3, directory.tobytes())}


def _for_planes(images: Sequence[ImageInfo], carriers: Sequence[_Carrier]) -> list[Tags]:
    """Give each plane the tags of the directory that it comes from: the one of its size, page by page."""
    if not any(carrier.tags for carrier in carriers):
        return []
    planes: list[Tags] = []
    for image in images:
        size = image.size_y, image.size_x
        alike = [other.index for other in images if (other.size_y, other.size_x) == size]
        mine = [carrier for carrier in carriers if carrier.size == size]
        if len(alike) > 1:
            at = alike.index(image.index)
            mine = [mine[at]] if len(mine) == len(alike) else mine[:1]
        planes += _of_image(image, mine)
    return planes


def _of_image(image: ImageInfo, carriers: Sequence[_Carrier]) -> Iterator[Tags]:
    pages = len(carriers) if carriers and image.planes % len(carriers) == 0 else 1
    made: dict[tuple[int, int | None], Tags] = {}
    for t, c, z in planes_present(image.size_t, image.size_c, image.size_z, image.left_out):
        if not carriers:
            yield {}
            continue
        page = ((t * image.size_c + c) * image.size_z + z) * pages // image.planes
        carrier = carriers[page]
        one_band = carrier.bands > 1 and image.samples == 1 and carrier.bands == image.size_c
        band = c if one_band else None
        if (page, band) not in made:
            made[page, band] = _of_band(carrier.tags, band)
        yield made[page, band]
    if image.left_out:
        # The blank page that stands for them
        yield {}


def _of_band(tags: Tags, band: int | None) -> Tags:
    """Tags of a plane that holds one band of several: GDAL's metadata of the other bands are not its own."""
    if band is None or GDAL_METADATA not in tags:
        return tags
    text = bands_of(tags[GDAL_METADATA][1], band)
    kept = {code: value for code, value in tags.items() if code != GDAL_METADATA}
    return kept | ({GDAL_METADATA: (ASCII, text)} if text else {})

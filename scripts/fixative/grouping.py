"""Grouping what a scan met: which image leads each set, and which texts describe it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.readers.options import READER_DEFAULTS, ReaderOptions
from fixative.storage import Look
from fixative.structure.ome_xml import parse_ome, read_ome
from fixative.vendor_sets import READER_KNOWS, RULES

SIDECAR_SUFFIXES = (".xml", ".txt", ".json", ".csv", ".yaml", ".yml")
LEADING = {
    *("companion_ome", "oif", "vsi", "mrxs", "metamorph_nd", "metaxpress_plate", "xlef", "ics", "emi"),
    *("nrrd", "metaimage", "analyze", "nifti"),
    *READER_KNOWS,
    *RULES,
}
"""Formats whose file describes others: it leads their set."""


@dataclass(frozen=True)
class Image:
    """An image that a scan recognised."""

    look: Look
    format: str
    members: tuple[Path, ...] = ()
    """The set, main file first."""
    alone: bool = False
    """Known to be its whole set, whatever lies beside it (`fixative.filesets.stands_alone`)."""


def group(images: Iterable[Image], options: ReaderOptions = READER_DEFAULTS) -> list[Image]:
    """Keep the image that leads each set, with its members; sorted by path.

    A set that cannot be put together (a member is missing) is kept with its main file alone: the inventory
    will refuse it and say why, which a scan that passed it over would not.
    """
    claimed: set[Path] = set()
    leaders = []
    for image in sorted(images, key=lambda image: (_rank(image), image.look.relative)):
        if image.look.path in claimed:
            continue
        members = _members(image, options)
        claimed.update(members)
        leaders.append(replace(image, members=members))
    within = {path for image in leaders for path in image.members[1:]}
    kept = (image for image in leaders if image.look.path not in within or _leads(image, leaders))
    return sorted(kept, key=lambda image: image.look.relative)


def _leads(image: Image, leaders: list[Image]) -> bool:
    """Whether an image that another set also names has files that no such set has."""
    mine = set(image.members)
    return not any(
        image.look.path in other.members and mine < set(other.members) for other in leaders if other is not image
    )


class Sidecars:
    """Texts by folder and name, to be found by the images that they describe."""

    def __init__(self, texts: Iterable[Look]) -> None:
        self._by_name: dict[tuple[Path, str], Look] = {}
        for look in texts:
            self._by_name.setdefault((look.path.parent, look.path.name.casefold()), look)
        self._folders = {folder for folder, _ in self._by_name}

    def of(self, image: Image) -> list[Look]:
        """Texts with the image's name, whole or less its suffixes, and ``.xml``, ``_metadata.txt``, ..."""
        path, found = image.look.path, dict[Path, Look]()
        if path.parent not in self._folders:
            return []
        for stem in stems(path.name):
            for suffix in SIDECAR_SUFFIXES:
                for middle in ("", "_metadata"):
                    look = self._by_name.get((path.parent, f"{stem}{middle}{suffix}".casefold()))
                    if look and look.path not in image.members:
                        found[look.path] = look
        return [found[path] for path in sorted(found)]


def stems(name: str) -> list[str]:
    """``a.ome.tif``, ``a.ome`` and ``a``; of ``scan.1.czi`` not ``scan``."""
    stems = [name, Path(name).stem]
    if stems[1].casefold().endswith((".ome", ".companion")):
        stems.append(Path(stems[1]).stem)
    return stems


def _rank(image: Image) -> int:
    """Order in which images may lead a set."""
    name = image.look.path.name
    if image.format in LEADING and not name.casefold().endswith((".xlif", ".xlcf")):
        return 0
    if image.format == "czi" and re.search(r" ?\(\d+\)\.czi$", name, re.IGNORECASE):
        return 2
    if image.format == "ome_tiff" and not image.alone and _is_binary_only(image.look.path):
        return 2
    return 1


def _is_binary_only(path: Path) -> bool:
    """Whether an OME-TIFF leaves its metadata to another file."""
    try:
        text = read_ome(path)
        return b"BinaryOnly" in text and parse_ome(text).metadata_file is not None
    except (RefusedSample, OSError):
        return False


def _members(image: Image, options: ReaderOptions) -> tuple[Path, ...]:
    if image.look.store or image.alone:
        return (image.look.path,)
    try:
        return tuple(file_set(image.look.path, image.format, options))
    except (RefusedSample, OSError):
        return (image.look.path,)

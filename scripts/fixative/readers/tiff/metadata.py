"""What TIFF dialects say of themselves beyond their tags, as trees."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fixative.columns import MOST_VALUES
from fixative.readers.attempt import attempt
from fixative.readers.tiff import pages
from fixative.readers.tiff.imagej_roi import roi_tree
from fixative.readers.tiff.lsm import lsm_blocks
from fixative.readers.tiff.ndtiff import ndtiff
from fixative.trees import to_tree
from fixative.xml_tree import BadXml, compact_tree

_PER_PLANE = 2
"""Axes of a table with a row for each plane."""

KINDS = {
    "imagej_metadata": "imagej",
    "lsm_metadata": "lsm",
    "stk_metadata": "metamorph",
    "metaseries_metadata": "metaseries",
    "micromanager_metadata": "micromanager",
    "fluoview_metadata": "fluoview",
    "nih_metadata": "nih",
    "fei_metadata": "fei",
    "sem_metadata": "sem",
    "sis_metadata": "sis",
    "mdgel_metadata": "mdgel",
    "scanimage_metadata": "scanimage",
    "andor_metadata": "andor",
    "epics_metadata": "epics",
    "tvips_metadata": "tvips",
    "scn_metadata": "scn",
    "philips_metadata": "philips",
    "pilatus_metadata": "pilatus",
    "astrotiff_metadata": "astrotiff",
    "streak_metadata": "streak",
    "shaped_metadata": "shaped",
    "geotiff_metadata": "geotiff",
    "gdal_metadata": "gdal",
    "gdal_structural_metadata": "gdal_structure",
    "eer_metadata": "eer",
    "avs_metadata": "avs",
    "nuvu_metadata": "nuvu",
    "indica_metadata": "indica",
}
"""tifffile's attribute to our kind."""


_PLANES = {
    "micromanager": ("planes", pages.MICROMANAGER),
    "scanimage": ("frames", pages.DESCRIPTION),
    "metaseries": ("planes", pages.DESCRIPTION),
}
"""Dialects in which every plane describes itself: the name of the columns, and the tag."""
_ARRAYS = frozenset(("LUTs", "Thumbnail"))
"""Arrays of a dialect that are no lists of numbers by plane: a long one stands as its digest."""


def vendor_trees(tif: Any, files: Sequence[Path] = ()) -> dict[str, Any]:
    """Every dialect's metadata that tifffile finds, by kind; what it leaves in the pages themselves beside it.

    Parameters
    ----------
    tif : TiffFile
        The first file.
    files : sequence of Path
        Every TIFF of the set, in order; the first file alone where there is none.
    """
    path = Path(tif.filehandle.path)
    found: dict[str, Any] = {}
    for attribute, kind in KINDS.items():
        value = attempt(lambda name=attribute: _tree(getattr(tif, name, None)))  # type: ignore[misc]
        if value not in (None, {}, []):
            found[kind] = value
    if "imagej" in found:
        _add_rois(found["imagej"], tif)
    if tif.is_lsm and isinstance(found.get("lsm"), dict):
        found["lsm"] |= attempt(lambda: lsm_blocks(path, tif.lsm_metadata))
    found |= _of_pages(tif, path, found, list(files) or [path])
    if tif.is_ndtiff:
        found["micromanager"] = found.get("micromanager", {}) | attempt(lambda: ndtiff(path.parent))
    return {kind: tree for kind, tree in found.items() if tree}


def _of_pages(tif: Any, path: Path, known: dict[str, Any], files: Sequence[Path]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, (name, tag) in _PLANES.items():
        stated = known.get(kind, {})
        several = kind != "metaseries" or len(tif.pages) > 1
        if isinstance(stated, dict) and (stated or getattr(tif, f"is_{kind}")) and several:
            table = attempt(lambda tag=tag: pages.plane_columns(files, tag))  # type: ignore[misc]
            found[kind] = stated | ({name: table} if table else {})
    if "scanimage" in found and "FrameData" not in found["scanimage"]:
        found["scanimage"] |= attempt(lambda: pages.scanimage_header(path))
    trees: dict[str, tuple[bool, Callable[[], Any]]] = {
        "svs": (tif.is_svs, lambda: pages.aperio(path)),
        "ndpi": (tif.is_ndpi, lambda: pages.hamamatsu(tif.pages)),
        "qpi": (tif.is_qpi, lambda: pages.page_trees(path, pages.DESCRIPTION)),
        "bif": (tif.is_bif, lambda: pages.page_trees(path, pages.XMP)),
    }
    return found | {kind: attempt(part) for kind, (there, part) in trees.items() if there}


def _add_rois(tree: Any, tif: Any) -> None:
    """Geometry of ImageJ's regions beside their digests."""
    stated = tif.imagej_metadata
    if not isinstance(tree, dict) or not isinstance(stated, dict):
        return
    overlays = stated.get("Overlays", [])
    parts = {"ROI": stated.get("ROI"), "Overlays": overlays if isinstance(overlays, list) else [overlays]}
    for name, value in parts.items():
        if isinstance(value, bytes):
            tree[f"{name} geometry"] = attempt(lambda value=value: roi_tree(value))  # type: ignore[misc]
        elif value:
            tree[f"{name} geometry"] = [attempt(lambda one=one: roi_tree(one)) for one in value]  # type: ignore[misc]


def _tree(value: Any) -> Any:
    """XML as a tree, where it is well-formed; anything else as plain values, arrays by plane as lists."""
    if isinstance(value, str) and value.lstrip().startswith("<"):
        try:
            return compact_tree(value)
        except BadXml:
            return value
    return to_tree(_listed(value, ""))


def _listed(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item, str(key)) for key, item in value.items()}
    if (
        isinstance(value, np.ndarray)
        and name not in _ARRAYS
        and value.ndim <= _PER_PLANE
        and value.size <= MOST_VALUES
    ):
        return value.tolist()
    return value

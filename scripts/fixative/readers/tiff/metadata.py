"""What TIFF dialects say of themselves beyond their tags, as trees."""

from typing import Any

from fixative.trees import to_tree
from fixative.xml_tree import BadXml, compact_tree

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
    "svs_metadata": "svs",
    "scn_metadata": "scn",
    "ndpi_metadata": "ndpi",
    "philips_metadata": "philips",
    "bif_metadata": "bif",
    "qpi_metadata": "qpi",
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
    "sciio_metadata": "sciio",
}
"""tifffile's attribute to our kind."""


def vendor_trees(tif: Any) -> dict[str, Any]:
    """Every dialect's metadata that tifffile finds, by kind."""
    found: dict[str, Any] = {}
    for attribute, kind in KINDS.items():
        value = getattr(tif, attribute, None)
        if value is None or (isinstance(value, (dict, tuple, list)) and not value):
            continue
        found[kind] = _tree(value)
    return found


def _tree(value: Any) -> Any:
    """XML as a tree, where it is well-formed; anything else as plain values."""
    if isinstance(value, str) and value.lstrip().startswith("<"):
        try:
            return compact_tree(value)
        except BadXml:
            return value
    return to_tree(value)

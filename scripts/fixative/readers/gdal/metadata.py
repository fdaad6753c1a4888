"""All that GDAL knows of a raster, as a tree: where it lies on Earth, its bands, its metadata domains."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from fixative.trees import digest_of, to_tree
from fixative.xml_tree import BadXml, compact_tree

NOT_THE_FILES_OWN = ("SUBDATASETS", "DERIVED_SUBDATASETS")
"""Domains that GDAL makes up: names under which it opens parts of the file, with the path in them."""

LONGEST_TABLE = 64
"""Entries of a colour table that are written out; a longer one stands as its digest."""

_LONGEST_TEXT = 65536


def gdal_tree(driver: str, datasets: Iterable[Any]) -> dict[str, Any]:
    """Tree of a file.

    Parameters
    ----------
    driver : str
        Short name of GDAL's driver.
    datasets : iterable
        Open datasets of rasterio's: the pages of a TIFF, the subdatasets of another format.

    Returns
    -------
    dict
        ``driver`` and ``dataset``, one entry for each: ``crs`` (``wkt`` is WKT2:2019, ``projjson``, ``epsg``),
        ``geotransform`` (GDAL's six numbers: x of the corner, pixel width, rotation, y of the corner, rotation,
        pixel height, negative for north up), ``gcps``, ``rpcs``, ``tags`` by domain, ``band``. Equal neighbours
        stand once, with ``repeats``.
    """
    found: list[dict[str, Any]] = []
    for dataset in datasets:
        tree = to_tree(_dataset(dataset))
        if found and {name: value for name, value in found[-1].items() if name != "repeats"} == tree:
            found[-1]["repeats"] = found[-1].get("repeats", 1) + 1
        else:
            found.append(tree)
    return {"driver": driver, "dataset": found}


def _dataset(dataset: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {"width": dataset.width, "height": dataset.height}
    if dataset.crs:
        tree["crs"] = crs_tree(dataset.crs)
    if not dataset.transform.is_identity:
        tree["geotransform"] = list(dataset.transform.to_gdal())
    points, crs = dataset.gcps
    if points:
        tree["gcps"] = {"crs": crs_tree(crs) if crs else None, "point": [point.asdict() for point in points]}
    if dataset.rpcs:
        tree["rpcs"] = dataset.rpcs.to_dict()
    tree["tags"] = _domains(dataset, 0)
    tree["band"] = [_band(dataset, number) for number in range(1, dataset.count + 1)]
    return {name: value for name, value in tree.items() if value not in (None, {}, [])}


def crs_tree(crs: Any) -> dict[str, Any]:
    """Coordinate reference system in the forms that others read; what PROJ cannot write is left out."""
    from rasterio.errors import CRSError

    tree: dict[str, Any] = {}
    for name, write in (
        ("wkt", lambda: crs.to_wkt(version="WKT2_2019")),
        ("wkt1", crs.to_wkt),
        ("projjson", lambda: crs.to_dict(projjson=True)),
        ("epsg", crs.to_epsg),
        ("linear_unit", lambda: list(crs.linear_units_factor) if crs.is_projected else None),
    ):
        try:
            tree[name] = write()
        except CRSError:
            continue
    return {name: value for name, value in tree.items() if value is not None}


def _band(dataset: Any, number: int) -> dict[str, Any]:
    at = number - 1
    meaning = dataset.colorinterp[at].name
    tree = {
        "dtype": dataset.dtypes[at],
        "block": list(dataset.block_shapes[at]),
        "nodata": dataset.nodatavals[at],
        "description": dataset.descriptions[at],
        "unit": dataset.units[at],
        "scale": dataset.scales[at],
        "offset": dataset.offsets[at],
        "colour_interpretation": meaning,
        "mask": [flag.name for flag in dataset.mask_flag_enums[at]],
        "overviews": list(dataset.overviews(number)),
        "tags": _domains(dataset, number),
    }
    if meaning == "palette":
        tree["colour_table"] = _table(dataset.colormap(number))
    return {name: value for name, value in tree.items() if value not in (None, {}, [], "")}


def _table(colours: dict[int, tuple[int, ...]]) -> Any:
    """Red, green, blue and alpha by value, of 8 bits each."""
    if len(colours) <= LONGEST_TABLE:
        return {str(value): list(colour) for value, colour in colours.items()}
    flat = np.array([(value, *colour) for value, colour in sorted(colours.items())], "<i4")
    return {**digest_of(flat.tobytes()), "count": len(colours)}


def _domains(dataset: Any, band: int) -> dict[str, Any]:
    """Tags of every metadata domain of a dataset (``band`` 0) or of a band; the default one is ``default``."""
    found: dict[str, Any] = {}
    for domain in dict.fromkeys(["", *dataset.tag_namespaces(band)]):
        if domain in NOT_THE_FILES_OWN:
            continue
        tags = dataset.tags(band, ns=domain) if domain else dataset.tags(band)
        if tags:
            found[domain or "default"] = _xml(tags) if domain.startswith("xml:") else _texts(tags)
    return found


def _texts(tags: dict[str, str]) -> dict[str, Any]:
    return {
        name: value if len(value) <= _LONGEST_TEXT else digest_of(value.encode("utf-8", "surrogateescape"))
        for name, value in tags.items()
    }


def _xml(tags: dict[str, str]) -> Any:
    """A domain of XML: GDAL hands it over as one text, cut at its first ``=`` into name and value."""
    name, value = next(iter(tags.items()))
    text = value if value.lstrip().startswith("<") and not name.lstrip().startswith("<") else f"{name}={value}"
    try:
        return compact_tree(text)
    except BadXml:
        return text

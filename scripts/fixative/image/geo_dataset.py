"""GeoTIFF's tags for a source that is no TIFF, by GDAL's own hand: a file of one pixel, in memory."""

import io
from collections.abc import Iterator
from typing import Any

from fixative.findings import RefusedSample
from fixative.image.tiff_file import ASCII
from fixative.readers.guard import decoding

Found = tuple[tuple[int, int], int, dict[int, tuple[int, bytes]]]


def tags_of_dataset(tree: dict[str, Any]) -> Iterator[Found]:
    """Write georeferencing as tags.

    Parameters
    ----------
    tree
        What `readers.rasterio_metadata.gdal_tree` has made, sanitised.

    Returns
    -------
    iterator
        Of each dataset: rows and columns, number of bands, tags as `geo_tags.Tags` has them.

    Raises
    ------
    RefusedSample
        MET002 where GDAL cannot write what it has read.
    """
    for dataset in tree.get("dataset") or ():
        size = dataset.get("height", 0), dataset.get("width", 0)
        bands = len(dataset.get("band") or ())
        tags = _tags(dataset)
        for _ in range(dataset.get("repeats", 1)):
            yield size, bands, tags


def _tags(dataset: dict[str, Any]) -> dict[int, tuple[int, bytes]]:
    profile = _profile(dataset)
    if not profile:
        return {}
    import tifffile

    from fixative.image.geo_tags import CODES

    with decoding(lambda error: RefusedSample("MET002", reason=f"georeferencing: {type(error).__name__}")):
        content = _one_pixel(profile)
        with tifffile.TiffFile(io.BytesIO(content)) as tiff:
            tags = {}
            for tag in tiff.pages.first.tags:
                if tag.code in CODES:
                    raw = content[tag.valueoffset : tag.valueoffset + tag.valuebytecount]
                    tags[tag.code] = int(tag.dtype), raw.rstrip(b"\0") if tag.dtype == ASCII else raw
    return tags


def _profile(dataset: dict[str, Any]) -> dict[str, Any]:
    """What is georeferencing in a dataset's tree, as rasterio's writer takes it; empty where there is none."""
    from rasterio.control import GroundControlPoint
    from rasterio.rpc import RPC
    from rasterio.transform import Affine

    found: dict[str, Any] = {}
    points = dataset.get("gcps") or {}
    crs = points.get("crs") if points else dataset.get("crs")
    if isinstance(crs, dict) and isinstance(crs.get("wkt"), str):
        found["crs"] = crs["wkt"]
    if _numbers(dataset.get("geotransform"), 6) and not points:
        found["transform"] = Affine.from_gdal(*dataset["geotransform"])
    if points:
        found["gcps"] = [GroundControlPoint(**point) for point in points.get("point") or ()]
    if isinstance(dataset.get("rpcs"), dict):
        found["rpcs"] = RPC(**dataset["rpcs"])
    nodata = {band.get("nodata") for band in dataset.get("band") or ()}
    if len(nodata) == 1 and (value := nodata.pop()) is not None:
        found["nodata"] = float(value)
    return found


def _numbers(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(isinstance(item, int | float) for item in value)


def _one_pixel(profile: dict[str, Any]) -> bytes:
    from rasterio.io import MemoryFile

    from fixative.readers.gdal.env import gdal

    with gdal(), MemoryFile() as memory:
        with memory.open(driver="GTiff", width=1, height=1, count=1, dtype="float64", **profile):
            pass
        return bytes(memory.read())

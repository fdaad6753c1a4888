"""Plates of OME-Zarr: rows, columns, wells and fields as the metadata state them, and OME-XML made of them.

A well that the plate lists and that has no field was not imaged: it stays a Well without WellSample. A well or
a field that is listed and not in the store is missing, which is a finding, and not a hole.

Notes
-----
https://ngff.openmicroscopy.org/0.5/#plate-md
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from fixative.readers.plates.ome_elements import add, new_document, xml_text
from fixative.readers.protocol import ImageInfo

_TYPES = {
    "float32": "float",
    "float64": "double",
    "bool": "bit",
    "complex64": "complex",
    "complex128": "double-complex",
}


def wells_of(plate: dict[str, Any]) -> list[str]:
    """Paths of the wells, row by row."""
    places = {str(well["path"]): _place(plate, well) for well in plate["wells"]}
    return sorted(places, key=lambda path: (places[path], path))


def plate_ome(
    plate: dict[str, Any], wells: Sequence[tuple[str, list[dict[str, Any]]]], images: Sequence[ImageInfo]
) -> str:
    """Describe a plate in OME-XML 2016-06.

    Parameters
    ----------
    plate : dict
        The ``plate`` of the root group.
    wells : sequence of (path, fields)
        Each well, with the ``images`` of its metadata.
    images : sequence of ImageInfo
        Fields are named by their path; other images (labels) stand beside the plate.
    """
    root = new_document()
    element = add(
        root,
        "Plate",
        ID="Plate:0",
        Name=plate.get("name"),
        Rows=len(plate["rows"]),
        Columns=len(plate["columns"]),
        RowNamingConvention=_convention(plate["rows"]),
        ColumnNamingConvention=_convention(plate["columns"]),
    )
    samples = _add_wells(element, plate, wells, images)
    for acquisition in plate.get("acquisitions", []):
        _add_acquisition(element, acquisition, samples)
    for info in images:
        _add_image(root, info)
    return etree.tostring(root, encoding="unicode")


def _place(plate: dict[str, Any], well: dict[str, Any]) -> tuple[int, int]:
    """Row and column: as stated (0.4 and later), or by the names in the path."""
    if "rowIndex" in well and "columnIndex" in well:
        return int(well["rowIndex"]), int(well["columnIndex"])
    row, _, column = str(well["path"]).partition("/")
    rows, columns = ([str(one["name"]) for one in plate[axis]] for axis in ("rows", "columns"))
    return rows.index(row), columns.index(column)


def _add_wells(
    element: "etree._Element",
    plate: dict[str, Any],
    wells: Sequence[tuple[str, list[dict[str, Any]]]],
    images: Sequence[ImageInfo],
) -> list[tuple[str, Any]]:
    """Add wells and their samples; ID and acquisition of each sample."""
    by_name = {info.name: info for info in images}
    places = {str(well["path"]): _place(plate, well) for well in plate["wells"]}
    samples: list[tuple[str, Any]] = []
    for number, (path, fields) in enumerate(wells):
        row, column = places[path]
        well = add(element, "Well", ID=f"Well:{number}", Row=row, Column=column)
        for field in fields:
            identifier = f"WellSample:{len(samples)}"
            sample = add(well, "WellSample", ID=identifier, Index=len(samples))
            name = f"{path}/{field['path']}"
            add(sample, "ImageRef", ID=f"Image:{by_name[name].index}")
            samples.append((identifier, field.get("acquisition")))
    return samples


def _add_acquisition(
    element: "etree._Element", acquisition: dict[str, Any], samples: Sequence[tuple[str, Any]]
) -> None:
    identifier = acquisition["id"]
    added = add(
        element,
        "PlateAcquisition",
        ID=f"PlateAcquisition:{identifier}",
        Name=acquisition.get("name"),
        MaximumFieldCount=acquisition.get("maximumfieldcount"),
        StartTime=_time(acquisition.get("starttime")),
        EndTime=_time(acquisition.get("endtime")),
    )
    if text := acquisition.get("description"):
        add(added, "Description").text = xml_text(str(text))
    for sample, taken_in in samples:
        if taken_in == identifier:
            add(added, "WellSampleRef", ID=sample)


def _add_image(root: "etree._Element", info: ImageInfo) -> None:
    image = add(root, "Image", ID=f"Image:{info.index}", Name=info.name)
    pixels = add(
        image,
        "Pixels",
        ID=f"Pixels:{info.index}",
        DimensionOrder="XYZCT",
        Type=_TYPES.get(info.dtype, info.dtype),
        SizeX=info.size_x,
        SizeY=info.size_y,
        SizeZ=info.size_z,
        SizeC=info.size_c,
        SizeT=info.size_t,
    )
    for number in range(info.size_c):
        add(pixels, "Channel", ID=f"Channel:{info.index}:{number}", SamplesPerPixel=1)
    add(pixels, "MetadataOnly")


def _convention(names: Sequence[dict[str, Any]]) -> str | None:
    """How rows or columns are named, where the names are all of one kind."""
    texts = [str(one.get("name", "")) for one in names]
    if texts and all(text.isdecimal() for text in texts):
        return "number"
    return "letter" if texts and all(text.isalpha() for text in texts) else None


def _time(stated: Any) -> str | None:
    """Milliseconds since 1970 as a time in UTC."""
    if isinstance(stated, bool) or not isinstance(stated, int | float):
        return None
    try:
        return datetime.fromtimestamp(stated / 1000, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):
        return None

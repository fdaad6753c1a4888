"""What Bio-Formats knows of a source besides pixels: its OME-XML and its tables of original metadata."""

from typing import Any

from fixative.readers.bioformats.jvm import java_class


def new_store() -> Any:
    """Make a metadata store that a reader fills while it opens a source."""
    return _service().createOMEXMLMetadata()


def xml_of(store: Any) -> str | None:
    """Return the OME-XML of a store; None where Bio-Formats makes none of it."""
    xml = _service().getOMEXML(store)
    return None if xml is None else str(xml)


def global_and_series(reader: Any) -> dict[str, Any]:
    """Return the original metadata: ``format``, ``reader``, ``global`` and, in the order of images, ``series``.

    The tables of a series' further resolutions follow under ``resolutions`` where a reader keeps any.
    """
    series = []
    for number in range(reader.getSeriesCount()):
        reader.setSeries(number)
        tables = []
        for resolution in range(reader.getResolutionCount()):
            reader.setResolution(resolution)
            tables.append(_table(reader.getSeriesMetadata()))
        reader.setResolution(0)
        further = [table for table in tables[1:] if table and table != tables[0]]
        series.append({**tables[0], "resolutions": further} if further else tables[0])
    return {
        "format": str(reader.getFormat()),
        "reader": str(reader.getClass().getSimpleName()),
        "global": _table(reader.getGlobalMetadata()),
        "series": series,
    }


def _service() -> Any:
    return java_class("loci.formats.services.OMEXMLServiceImpl")()


def _table(table: Any) -> dict[str, Any]:
    if table is None:
        return {}
    found = {str(entry.getKey()): _plain(entry.getValue()) for entry in table.entrySet().toArray()}
    return dict(sorted(found.items()))


def _plain(value: Any) -> Any:
    """Python value of a Java one: text, numbers and truth as such, arrays as lists, the rest as it prints."""
    if value is None:
        return None
    kind = type(value).__name__
    if kind == "java.lang.Boolean":
        return bool(value)
    if isinstance(value, int):
        return int(value)
    if kind == "java.lang.Float":
        # The shortest number that is this one in 32 bits, not its 64-bit neighbour
        return float(str(value.toString()))
    if isinstance(value, float):
        return float(value)
    if kind.endswith("[]"):
        return [_plain(item) for item in value]
    return str(value)

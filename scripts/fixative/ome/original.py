"""The vendor's keys inside the OME-XML, as bfconvert writes them: one XMLAnnotation for each key.

Made from the *sanitised* dump, so that a policy has seen every value. Bio-Formats reads them back as the
original metadata of the OME-TIFF (`OMEXMLService.getOriginalMetadata`). Names are those of Bio-Formats' tables,
whose values bfconvert writes by two other rules: what stands there as ``Name #1``, ``Name #2`` it joins into
``[a, b]``, which cannot be taken apart again, and a value that is empty it leaves out, as we do.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from fixative.metadata.keys import is_stand_in
from fixative.models import MetadataDump, MetadataSource
from fixative.ome.complete import serialised
from fixative.ome.correct import printable
from fixative.ome.ids import Ids
from fixative.ome.place import put
from fixative.ome.schema import ome
from fixative.xml_tree import parse_xml

NAMESPACE = "openmicroscopy.org/OriginalMetadata"

LONGEST = 8192
"""Characters of a key or a value: what is longer stands in ``.meta.json`` alone, as bfconvert leaves it out."""

_TABLES = "bioformats"
_NO_VENDOR = frozenset(
    ("ome", "tiff", "exiftool", "sheet", "sidecar", "file", "correction", "disagreement", "stored_types")
)


@dataclass(frozen=True)
class Embedded:
    """The document, and what became of the vendor's keys."""

    ome_xml: bytes
    written: int
    """Annotations that were added."""
    left_out: str | None
    """Why none was."""


def embed_original_metadata(ome_xml: bytes, dump: MetadataDump, *, allowed: bool, most: int) -> Embedded:
    """Add the vendor's keys to a document, unless that is not wanted or they are too many.

    Parameters
    ----------
    ome_xml : bytes
        OME-XML 2016-06, sanitised. What it says of original metadata already stays.
    dump : MetadataDump
        Sanitised.
    allowed : bool
        Whether the privacy policy lets them in (``original_metadata``).
    most : int
        Number of keys up to which they go in; 0: never.

    Notes
    -----
    https://docs.openmicroscopy.org/ome-model/6.3.1/developers/original-metadata.html
    """
    if not allowed:
        return Embedded(ome_xml, 0, "the privacy policy keeps the vendor's keys out of the image file")
    root = parse_xml(ome_xml)
    found = original_metadata(dump, [element.get("Name") for element in root.findall(ome("Image"))])
    there = set(_stated(root))
    new = [pair for pair in found if pair not in there]
    if not new:
        return Embedded(ome_xml, 0, None if found else "the source has no keys of a vendor")
    if len(found) > most:
        return Embedded(ome_xml, 0, f"{len(found)} keys, more than ome_tiff.original_metadata_keys ({most})")
    _add(root, new)
    return Embedded(serialised(root), len(new), None)


def original_metadata(dump: MetadataDump, names: Sequence[str | None] = ()) -> list[tuple[str, str]]:
    """Keys and values of the vendor, sorted, none twice.

    Bio-Formats' tables where there are any, else the trees of the reader that converts.

    Parameters
    ----------
    dump : MetadataDump
    names : sequence of str or None
        Names of the images, where Bio-Formats' own document is not in the dump.
    """
    tables = [source for source in dump.sources if source.kind == _TABLES]
    if tables:
        pairs = (pair for source in tables for pair in _of_tables(source.tree, _names_for(source, dump, names)))
    else:
        trees = [one for one in dump.sources if one.kind not in _NO_VENDOR and one.tool == dump.reader]
        pairs = (pair for source in trees for pair in _of_tree((), source.tree))
    clean = ((printable(key).strip(), printable(value)) for key, value in pairs)
    return sorted({pair for pair in clean if all(text.strip() and len(text) <= LONGEST for text in pair)})


def _names_for(source: MetadataSource, dump: MetadataDump, names: Sequence[str | None]) -> list[str]:
    """What Bio-Formats puts before the keys of each series: the image's name where that tells them apart."""
    count = len(source.tree.get("series") or ())
    own = (one for one in dump.sources if one.kind == "ome" and (one.tool, one.file) == (source.tool, source.file))
    for document in own:
        images = document.tree.get("OME", {}).get("Image") if isinstance(document.tree, dict) else None
        names = [image.get("@Name") for image in images or ()]
    if len(names) != count:
        names = [None] * count
    often = Counter(names)
    return [
        name.strip() if name and name.strip() and often[name] == 1 else f"Series {number}"
        for number, name in enumerate(names)
    ]


def _of_tables(tree: Any, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of Bio-Formats' tables; those of a lower resolution bear its number."""
    yield from _of_table("", tree.get("global"))
    for name, table in zip(names, tree.get("series") or (), strict=True):
        own = {key: value for key, value in (table or {}).items() if key != "resolutions"}
        yield from _of_table(f"{name} ", own)
        for number, lower in enumerate((table or {}).get("resolutions") or (), start=1):
            yield from _of_table(f"{name} Resolution {number} ", lower)


def _of_table(prefix: str, table: Any) -> Iterator[tuple[str, str]]:
    for key, value in (table or {}).items():
        text = _text(value)
        if text is not None:
            yield f"{prefix}{key}", text


def _of_tree(path: tuple[str, ...], value: Any) -> Iterator[tuple[str, str]]:
    """Pairs of a vendor's tree: names joined by ``|``, the place in a list as `` #2`` behind its name."""
    if isinstance(value, dict):
        if not is_stand_in(value):
            for name, item in value.items():
                plain = name.removeprefix("@")
                below = path if name == "#text" else (*path, name if plain in value else plain)
                yield from _of_tree(below, item)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        last = path[-1] if path else ""
        for number, item in enumerate(value, start=1):
            yield from _of_tree((*path[:-1], f"{last} #{number}".strip()), item)
    elif (text := _text(value)) is not None:
        yield "|".join(path), text


def _text(value: Any) -> str | None:
    """Give a value as Java prints it; None where nothing is stated."""
    if isinstance(value, dict) or value is None:
        return None
    if isinstance(value, list):
        return f"[{', '.join(_text(item) or '' for item in value)}]" if value else None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _stated(root: "etree._Element") -> Iterator[tuple[str, str]]:
    """Give the pairs that a document has already."""
    for found in root.iter("{*}OriginalMetadata"):
        key, value = found.find("{*}Key"), found.find("{*}Value")
        if key is not None and value is not None:
            yield (key.text or "").strip(), value.text or ""


def _add(root: "etree._Element", pairs: Sequence[tuple[str, str]]) -> None:
    ids = Ids(root)
    holder = root.find(ome("StructuredAnnotations"))
    if holder is None:
        holder = put(root, "StructuredAnnotations")
    for key, value in pairs:
        annotation = etree.SubElement(holder, ome("XMLAnnotation"), ID=ids.take("XMLAnnotation"))
        annotation.set("Namespace", NAMESPACE)
        stated = etree.SubElement(etree.SubElement(annotation, ome("Value")), ome("OriginalMetadata"))
        etree.SubElement(stated, ome("Key")).text = key
        etree.SubElement(stated, ome("Value")).text = value

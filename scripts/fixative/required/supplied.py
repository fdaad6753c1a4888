"""Values that a person supplies in the sheet: taken where the source says nothing, and marked as a person's."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from fixative.findings import RefusedSample
from fixative.models import MetadataSource, SampleRow
from fixative.ome.correct import printable
from fixative.ome.ids import Ids
from fixative.ome.place import put
from fixative.ome.schema import ome
from fixative.ome.values import number
from fixative.readers.protocol import ImageInfo
from fixative.required.fields import SEPARATOR, Field, Values, stated
from fixative.required.places import Scope, applies, find, scopes
from fixative.required.write import write

SUPPLIED_NAMESPACE = "urn:fixative:supplied-by-person"
"""Of the annotation that lists what a person, and not the instrument, has stated."""

SAME = Decimal("0.01")
"""Numbers that differ by less, of the larger one, are taken for one and the same, rounded."""


@dataclass(frozen=True)
class Supplied:
    """One field that the sheet states."""

    field: str
    text: str
    """As it stands in the annotation, values of channels separated by ``;``. Restricted, as all of the sheet."""
    images: int = 0
    """Images that got it; none where the source states the field itself, or none can have it."""
    differs: bool = False
    """Whether the source states something else, which stands."""


def supply(
    root: "etree._Element",
    row: SampleRow,
    images: Sequence[ImageInfo] | None = None,
    vendor: Sequence[MetadataSource] = (),
) -> tuple[Supplied, ...]:
    """Put what the sheet states into an OME document, only where that says nothing, and mark it.

    Parameters
    ----------
    root
        A valid document of 2016-06, one Image for each of ``images``; it is changed, and stays valid.
    row
        The sheet's row; its cells have been checked.
    images
        What the reader delivers, in the document's order; labels, macros and thumbnails get nothing.
    vendor
        The dump's sources, for what OME has no place for.

    Returns
    -------
    tuple of Supplied
        One for each field that the sheet states.

    Raises
    ------
    RefusedSample
        MET005 where the number of values is not that of the channels.
    """
    ids, places = Ids(root), scopes(root, images, vendor)
    given: dict[int, Scope] = {}
    found = [_field(field, _printable(values), places, ids, given) for field, values in stated(row.extra)]
    _mark(root, list(given.values()), [each for each in found if each.images], ids)
    return tuple(found)


def _printable(values: Values) -> Values:
    return tuple(value and printable(value) for value in values)


def _field(field: Field, values: Values, places: Sequence[Scope], ids: Ids, given: dict[int, Scope]) -> Supplied:
    """Supply one field to every image that can have it; those that got it are noted in ``given``."""
    wanted = [(position, scope) for position, scope in enumerate(places) if _can_have(field, scope)]
    # Asked of all images before any is written to: images may share an instrument
    before = [(position, scope, find(field.name, scope)) for position, scope in wanted]
    images, differs = 0, False
    for position, scope, there in before:
        own = _fitting(field, values, len(there))
        missing = tuple(value if found is None else None for value, found in zip(own, there, strict=True))
        differs |= any(_differ(value, found) for value, found in zip(own, there, strict=True))
        if any(value is not None for value in missing):
            write(field.name, scope, missing, ids)
            given[position] = scope
            images += 1
    return Supplied(field.name, f"{SEPARATOR} ".join(value or "" for value in values), images, differs)


def _can_have(field: Field, scope: Scope) -> bool:
    return applies(field.name, scope) and bool(scope.channels or not field.per_channel)


def _fitting(field: Field, values: Values, wanted: int) -> Values:
    """Values for as many channels as the image has."""
    if len(values) == wanted:
        return values
    if field.repeats and len(values) == 1:
        return values * wanted
    raise RefusedSample("MET005", column=field.name, expected=wanted, found=len(values))


def _differ(person: str | None, source: str | None) -> bool:
    if person is None or source is None or source == "stated":
        return False
    one, other = number(person), number(source)
    if one is not None and other is not None:
        return abs(one - other) > SAME * max(abs(one), abs(other))
    if person[:4].isdigit() and "-" in person[4:5] and len(person) == 10:  # a day, of a day and time
        return not source.startswith(person)
    return " ".join(person.split()).casefold() != " ".join(source.split()).casefold()


def _mark(root: "etree._Element", given: Sequence[Scope], supplied: Sequence[Supplied], ids: Ids) -> None:
    """One annotation that lists fields and values; every image that got one of them refers to it."""
    if not supplied:
        return
    holder = root.find(ome("StructuredAnnotations"))
    holder = put(root, "StructuredAnnotations") if holder is None else holder
    annotation = put(holder, "MapAnnotation")
    annotation.set("ID", ids.take("MapAnnotation"))
    annotation.set("Namespace", SUPPLIED_NAMESPACE)
    value = put(annotation, "Value")
    for each in supplied:
        etree.SubElement(value, ome("M"), K=each.field).text = each.text
    for scope in given:
        put(scope.image, "AnnotationRef").set("ID", str(annotation.get("ID")))

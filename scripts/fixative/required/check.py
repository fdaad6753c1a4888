"""The checklist gone through on the finished OME-XML of a sample, and how complete the whole is."""

from collections.abc import Sequence

from lxml import etree

from fixative.findings import RefusedSample
from fixative.models import MetadataSource, SampleRow
from fixative.ome.complete import serialised
from fixative.ome.schema import problems
from fixative.readers.protocol import ImageInfo
from fixative.required.fields import FIELDS
from fixative.required.places import Scope, applies, find, scopes
from fixative.required.profile import Checklist, RequiredMetadata
from fixative.required.records import FieldState, RequiredReport, State
from fixative.required.rembi import rembi_score
from fixative.required.supplied import Supplied, supply
from fixative.required.tiers import tier_scores
from fixative.xml_tree import parse_xml


def check_required(
    root: "etree._Element",
    profile: RequiredMetadata | None,
    row: SampleRow,
    images: Sequence[ImageInfo] | None = None,
    *,
    supplied: Sequence[Supplied] = (),
    vendor: Sequence[MetadataSource] = (),
) -> RequiredReport:
    """Say of each field who states it, and score the document.

    Parameters
    ----------
    root
        The finished document, supplied values in it.
    profile
        The checklists; None where none are configured: then nothing is required, and the scores stand alone.
    row
        The sheet's row: its modality chooses the checklist.
    images
        What the reader delivers, in the document's order.
    supplied
        What `supply` has done.
    vendor
        The dump's sources, for what OME has no place for.

    Returns
    -------
    RequiredReport
        Names and states, no values. `refuse_missing` makes a refusal of it.
    """
    places = scopes(root, images, vendor)
    persons = {each.field for each in supplied if each.images}
    states = {name: _state(name, places, row, persons) for name in FIELDS}
    key = profile.key_of(row.modality) if profile else None
    checklist = profile.modalities[key] if profile and key else Checklist()
    nbo, nbo_missing = tier_scores(root, places) if checklist.light and places else ((), ())
    return RequiredReport(
        checklist=key,
        fields=tuple(
            FieldState(
                name=name,
                state=state,
                level="refuse" if name in checklist.refuse else "warn" if name in checklist.warn else None,
            )
            for name, state in states.items()
        ),
        disagreements=tuple(each.field for each in supplied if each.differs),
        nbo=nbo,
        nbo_missing=nbo_missing,
        rembi=rembi_score(row, [name for name, state in states.items() if state in ("source", "person")]),
    )


def refuse_missing(report: RequiredReport) -> None:
    """Refuse a sample that lacks what its checklist insists on.

    Raises
    ------
    RefusedSample
        MET004, naming every such field.
    """
    if missing := report.names("missing", level="refuse"):
        raise RefusedSample("MET004", fields=", ".join(missing), checklist=report.checklist)


def _state(name: str, places: Sequence[Scope], row: SampleRow, persons: set[str]) -> State:
    """Who states a field for every image that can have it."""
    wanted = [scope for scope in places if applies(name, scope)]
    if not wanted:
        return "not applicable"
    found = [find(name, scope) for scope in wanted]
    whole = all(values and all(value is not None for value in values) for values in found)
    if name in persons:
        # What OME has no place for stands in the annotation alone
        return "person" if whole or not any(any(values) for values in found) else "missing"
    if whole:
        return "source"
    return "person" if getattr(row, name, None) else "missing"


def complete_from_sheet(
    ome_xml: bytes,
    profile: RequiredMetadata | None,
    row: SampleRow,
    images: Sequence[ImageInfo],
    vendor: Sequence[MetadataSource] = (),
) -> tuple[bytes, RequiredReport]:
    """Supply what the sheet states, then go through the checklist.

    Parameters
    ----------
    ome_xml
        Valid 2016-06, corrected to ``images``.
    profile, row, images, vendor
        See `check_required`.

    Returns
    -------
    bytes
        The document, changed only where the sheet supplied something.
    RequiredReport
        Of the document as it now is.

    Raises
    ------
    RefusedSample
        MET005 where the sheet does not go with the image.
    """
    root = parse_xml(ome_xml)
    supplied = supply(root, row, images, vendor)
    report = check_required(root, profile, row, images, supplied=supplied, vendor=vendor)
    if not any(each.images for each in supplied):
        return ome_xml, report
    completed = serialised(root)
    if wrong := problems(completed):
        raise RefusedSample("MET003", reason=f"values of the sheet: {len(wrong)} problems with the schema")
    return completed, report

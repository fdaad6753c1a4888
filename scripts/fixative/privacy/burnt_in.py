"""Whether pixels show text that may name people: what the source says of itself, and what is usual of its kind.

Nobody looks at the pixels here; what cannot be known is said to be unknown.

Notes
-----
BurnedInAnnotation (0028,0301), RecognizableVisualFeatures (0028,0302):
https://dicom.nema.org/medical/dicom/current/output/chtml/part03/sect_C.7.6.html
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fixative.models import BurntIn, ImageTreatment, MetadataDump

Found = tuple[BurntIn, str | None]

LIKELY_MODALITIES = {
    "US": "ultrasound",
    "IVUS": "ultrasound",
    "ES": "endoscopy",
    "XA": "angiography",
    "XC": "photographs",
    "GM": "photographs",
    "OT": "of no stated kind",
    "SC": "captured from a screen",
    "DOC": "a document",
    "SR": "a report",
}
"""Modalities (0008,0060) whose devices paint names and dates into the picture."""

LIKELY_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.7": "captured from a screen",
    "1.2.840.10008.5.1.4.1.1.6": "ultrasound",
    "1.2.840.10008.5.1.4.1.1.3": "ultrasound",
    "1.2.840.10008.5.1.4.1.1.12.": "angiography",
    "1.2.840.10008.5.1.4.1.1.77.1.1": "endoscopy",
    "1.2.840.10008.5.1.4.1.1.104.": "a document",
}
"""SOP classes, with those whose UID begins so."""

_TABLES = ("exiftool", "bioformats")
"""Kinds of source that are asked about a DICOM file which another reader than pydicom has opened."""

_LETTERS = re.compile("[^a-z]")
_STATED: dict[str, Found] = {
    "YES": ("stated", "BurnedInAnnotation is YES"),
    "NO": ("no", "BurnedInAnnotation is NO"),
}

_SHOWN = {"LABEL": ("label",), "OVERVIEW": ("macro",)}
_ORDER: tuple[BurntIn, ...] = ("stated", "likely", "unknown", "no")


def burnt_in(dump: MetadataDump, treatments: Sequence[ImageTreatment]) -> Found:
    """Say whether the pixels that stay may show text, and what that goes by.

    Parameters
    ----------
    dump : MetadataDump
        As the source says it.
    treatments : sequence of ImageTreatment
        What becomes of associated images: a label that is kept shows its text, one that is dropped nothing.
    """
    found = [_of_kept(one) for one in treatments if one.action == "keep" and one.kind in ("label", "macro")]
    gone = {one.kind for one in treatments if one.action != "keep"}
    data_sets = [tree for source in dump.sources if source.kind == "dicom" for tree in _data_sets(source.tree)]
    found += [_of_dicom(tree) for tree in data_sets if not gone.intersection(_SHOWN.get(_flavour(tree), ()))]
    if not data_sets:
        said = (text for source in dump.sources if source.kind in _TABLES for text in _said(source.tree))
        found += [_STATED[text] for text in said if text in _STATED]
    return min(found, key=lambda one: _ORDER.index(one[0])) if found else ("unknown", None)


def _said(tree: Any) -> Iterator[str]:
    """Values of BurnedInAnnotation in the tables of a tool that spells its name its own way."""
    for name, value in tree.items() if isinstance(tree, dict) else ():
        if isinstance(value, str):
            if _LETTERS.sub("", name.lower()).endswith("burnedinannotation"):
                yield value.strip().upper()
        else:
            yield from _said(value)
    for item in tree if isinstance(tree, list) else ():
        yield from _said(item)


def _of_kept(image: ImageTreatment) -> Found:
    what = "is kept, and shows what is written on it" if image.kind == "label" else "is kept, and may show the label"
    return "likely", f"the {image.kind} of the slide {what}"


def _data_sets(tree: Any) -> Iterator[dict[str, Any]]:
    """Give every data set of a tree that says what image it is: one, or one a file."""
    if isinstance(tree, list):
        for item in tree:
            yield from _data_sets(item)
    elif isinstance(tree, dict):
        if {"SOPClassUID", "Modality", "BurnedInAnnotation", "PixelData"} & tree.keys():
            yield tree
            return
        for item in tree.values():
            yield from _data_sets(item)


def _of_dicom(tree: dict[str, Any]) -> Found:
    if _text(tree, "RecognizableVisualFeatures") == "YES":
        return "stated", "RecognizableVisualFeatures is YES"
    if (stated := _text(tree, "BurnedInAnnotation")) in _STATED:
        return _STATED[stated]
    modality, sop_class = _text(tree, "Modality"), _text(tree, "SOPClassUID")
    likely = LIKELY_MODALITIES.get(modality) or next(
        (what for uid, what in LIKELY_CLASSES.items() if sop_class == uid or _within(sop_class, uid)), None
    )
    if likely or _flavour(tree) == "LABEL":
        return "likely", f"BurnedInAnnotation is not stated, and the image is {likely or 'a label'}"
    return "unknown", "BurnedInAnnotation is not stated"


def _within(uid: str, root: str) -> bool:
    return uid.startswith(root if root.endswith(".") else f"{root}.")


def _text(tree: dict[str, Any], keyword: str) -> str:
    value = tree.get(keyword)
    return value.strip().upper() if isinstance(value, str) else ""


def _flavour(tree: dict[str, Any]) -> str:
    """Third value of ImageType: LABEL, OVERVIEW, THUMBNAIL, VOLUME."""
    values = tree.get("ImageType")
    return str(values[2]).upper() if isinstance(values, list) and len(values) > 2 else ""

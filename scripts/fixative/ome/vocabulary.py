"""Words of vendors that mean exactly one word of OME's enumerations, and what the name of an objective says."""

import re
from functools import cache
from typing import Any

from fixative.ome.facts import Quantity, Stated, number, positive, stated, text_of
from fixative.ome.schema import schema_tree

_XS = "{http://www.w3.org/2001/XMLSchema}"

_SAME = {
    "Immersion": {"glyc": "Glycerol", "glycerine": "Glycerol", "dry": "Air", "wtr": "Water"},
    "Medium": {"glyc": "Glycerol", "glycerine": "Glycerol", "dry": "Air", "wtr": "Water"},
    "ContrastMethod": {"differentialinterferencecontrast": "DIC", "phasecontrast": "Phase"},
    "IlluminationType": {"transmittedlight": "Transmitted"},
    "AcquisitionMode": {"spinningdisk": "SpinningDiskConfocal"},
}
"""Abbreviations and synonyms, in lower case without blanks and hyphens."""


@cache
def _enumeration(element: str, attribute: str) -> dict[str, str]:
    """Words that the schema lists for an attribute, but Other, which says nothing."""
    root = schema_tree().getroot()
    found = next(
        (
            node
            for holder in root.findall(f"{_XS}element")
            if holder.get("name") == element
            for node in holder.iter(f"{_XS}attribute")
            if node.get("name") == attribute
        ),
        None,
    )
    if found is None:
        return {}
    named = root.find(f"{_XS}simpleType[@name='{found.get('type')}']")
    words = [str(node.get("value")) for node in (found if named is None else named).iter(f"{_XS}enumeration")]
    return {_plain(word): word for word in words if word != "Other"}


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", "", word).casefold()


def word(element: str, attribute: str, value: Any) -> str | None:
    """OME's word for what a source says, or None where it is not one of OME's words in another spelling."""
    if not isinstance(value, str) or not value.strip():
        return None
    known = _enumeration(element, attribute)
    plain = _plain(value)
    return known.get(plain) or _SAME.get(attribute, {}).get(plain)


def binning(across: Any, down: Any) -> str | None:
    """Binning as OME has it: 1x1, 2x2, 4x4, 8x8, and Other for what is stated and is none of these."""
    counts = number(across), number(down)
    if counts[0] is None or counts[1] is None or min(counts[0], counts[1]) < 1:
        return None
    written = f"{text_of(counts[0])}x{text_of(counts[1])}"
    return written if written in _enumeration("DetectorSettings", "Binning").values() else "Other"


def binning_of(value: Any) -> str | None:
    """Binning from a text (``2x2``, ``1,1``, ``2``) or a number of pixels along both axes."""
    counts = re.findall(r"\d+", str(value)) if isinstance(value, (str, int)) and not isinstance(value, bool) else []
    if not counts or len(counts) > 2:
        return None
    return binning(counts[0], counts[-1])


_MAGNIFICATION = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*[xX×](?:\s*/\s*(\d+[.,]\d+))?(?![\w])")
_NA = re.compile(r"\bNA\s*[:=]?\s*(\d*[.,]\d+)", re.IGNORECASE)
_CORRECTIONS = (
    (re.compile(r"plan[\s-]*neofluar", re.IGNORECASE), "PlanNeofluar"),
    (re.compile(r"\bpl(?:an)?[\s-]*apo(?:chromat)?\b", re.IGNORECASE), "PlanApo"),
    (re.compile(r"\bplan[\s-]*fluor\b", re.IGNORECASE), "PlanFluor"),
    (re.compile(r"\bfluar\b", re.IGNORECASE), "Fluar"),
    (re.compile(r"\bfluotar\b", re.IGNORECASE), "Fluotar"),
)
_IMMERSIONS = re.compile(r"\b(oil|water|glycerol|glyc)\b", re.IGNORECASE)


def objective_of(name: str) -> Stated:
    """What an objective's name states in so many words: ``Plan-Apochromat 63x/1.4 Oil DIC M27``."""
    magnification, aperture = _MAGNIFICATION.search(name), _NA.search(name)
    power = aperture[1] if aperture else (magnification[2] if magnification else None)
    immersions = {word("Objective", "Immersion", found) for found in _IMMERSIONS.findall(name)}
    return stated(
        Model=name.strip(),
        NominalMagnification=positive(magnification[1]) if magnification else None,
        LensNA=positive(power.replace(",", ".")) if power else None,
        Correction=next((known for pattern, known in _CORRECTIONS if pattern.search(name)), None),
        Immersion=immersions.pop() if len(immersions) == 1 else None,
    )


def degrees(value: Any) -> Quantity | None:
    """A temperature in degrees Celsius."""
    found = number(value)
    return None if found is None else Quantity(text_of(found), "°C")

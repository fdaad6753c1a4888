"""Who has the word where two sources state the same field differently: one table.

Sources are ranked by what they are, not by name: ``file`` is OME-XML that stands in the source word for word;
``vendor`` the vendor's own metadata as Fixative reads them; ``reader`` OME-XML that the reader which delivers the
pixels has made; ``bioformats`` and ``other`` what further readers have made.
"""

from dataclasses import dataclass
from typing import Literal

Rank = Literal["file", "vendor", "reader", "bioformats", "other"]


@dataclass(frozen=True)
class Rule:
    """The order in which sources are believed about a field, and why."""

    name: str
    order: tuple[Rank, ...]
    reason: str


@dataclass(frozen=True)
class Disagreement:
    """Two sources that state one value differently. Restricted, like the dump."""

    image: int | None
    """Index of the image in the reader's order; None for what belongs to no single image."""
    field: str
    """Element and attribute: ``Channel@Color``, ``Image/AcquisitionDate``."""
    place: str
    """Which of several: ``Channel 1``, ``T0 C1 Z4``, an ID; empty where there is one."""
    kept: str
    kept_from: str
    """Tool whose value stands."""
    overruled: str
    overruled_from: str
    rule: str
    """Name of the rule that decided."""


DEFAULT = Rule(
    "file, vendor, reader",
    ("file", "vendor", "reader", "bioformats", "other"),
    "what stands in the source comes before what somebody made of it, and the reader that knows the format best "
    "before one that knows many",
)

RULES: dict[str, Rule] = {
    "Image@Name": Rule(
        "names with the pixels",
        ("file", "reader", "vendor", "bioformats", "other"),
        "the reader that delivers the pixels knows which scene they are of; others have been seen to swap names "
        "of scenes of one size",
    ),
}
"""Fields that another order holds for; `DEFAULT` for all others."""

UNIT_BEATS_NONE = Rule(
    "a unit beats none",
    (),
    "a position in `reference frame` or a size in `pixel` has no unit; the same quantity with one says more",
)


WORD_BEATS_NONE = Rule(
    "a word beats none",
    (),
    "`Other` and `Unknown` say that a reader found no word of the list; another did",
)


def rule_for(field: str) -> Rule:
    """Rule for a field named ``Element@Attribute``."""
    return RULES.get(field, DEFAULT)

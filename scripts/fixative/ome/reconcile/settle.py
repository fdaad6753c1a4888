"""The values of one thing that several sources describe: who says something, and who has the word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from fixative.ome.reconcile.precedence import UNIT_BEATS_NONE, WORD_BEATS_NONE, Disagreement, Rank, rule_for
from fixative.ome.schema import default_units
from fixative.xml_tree import local_name

if TYPE_CHECKING:
    from lxml import etree

SAME = Decimal("1e-6")
"""Relative difference up to which two numbers are one value in two roundings."""

NO_UNITS = frozenset(("reference frame", "pixel"))
NOT_STATED = frozenset(("Other", "Unknown"))
_UNIT_POWERS = {
    **{"m": 0, "cm": -2, "mm": -3, "µm": -6, "nm": -9, "pm": -12, "fm": -15, "Å": -10},
    **{"s": 0, "ms": -3, "µs": -6, "ns": -9},
}
_TIMES = frozenset(("s", "ms", "µs", "ns"))
_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})?$")
_NOT_SETTLED = frozenset(("ID", "TheZ", "TheC", "TheT"))


@dataclass(frozen=True)
class Speaker:
    """A source among those that are merged."""

    tool: str
    rank: Rank


@dataclass(frozen=True)
class Place:
    """Where an element stands, for the record."""

    image: int | None
    name: str = ""


def settle(
    target: "etree._Element",
    own: Speaker,
    further: Sequence[tuple[Speaker, "etree._Element"]],
    place: Place,
    record: list[Disagreement],
    *,
    fixed: frozenset[str] = frozenset(),
) -> None:
    """Complete an element's attributes from others that describe the same thing; in place.

    Parameters
    ----------
    target : element
        Of the document that is completed.
    own : Speaker
        Whose words ``target`` holds.
    further : sequence of (Speaker, element)
        The same thing in other documents.
    place : Place
        For the record of disagreements.
    record : list
        Gets a line for each value that was stated otherwise by another.
    fixed : frozenset of str
        Attributes that the delivered pixels decide.
    """
    element = local_name(target)
    names = dict.fromkeys(str(name) for _, other in [(own, target), *further] for name in other.attrib)
    units = {name for name in names if name.endswith("Unit") and name.removesuffix("Unit") in names}
    for name in names:
        if name in units or name in fixed or name in _NOT_SETTLED:
            continue
        holder = own
        for speaker, other in further:
            value = other.get(name)
            if value is None:
                continue
            stands = target.get(name)
            if stands is None:
                _take(target, other, name)
                holder = speaker
                continue
            holder = _decide(target, other, name, (holder, speaker), f"{element}@{name}", place, record)


def _take(target: "etree._Element", other: "etree._Element", name: str) -> None:
    """Take a value over, with its unit."""
    target.set(name, str(other.get(name)))
    unit = other.get(f"{name}Unit")
    if unit is not None:
        target.set(f"{name}Unit", unit)
    else:
        target.attrib.pop(f"{name}Unit", "")


def _decide(
    target: "etree._Element",
    other: "etree._Element",
    name: str,
    speakers: tuple[Speaker, Speaker],
    where: str,
    place: Place,
    record: list[Disagreement],
) -> Speaker:
    """Decide between two values of a field; returns whose stands."""
    holder, speaker = speakers
    stands, says = _stated(target, name), _stated(other, name)
    if _same(stands, says):
        return holder
    rule = rule_for(where)
    wins = rule.order.index(speaker.rank) < rule.order.index(holder.rank)
    if (stands[1] in NO_UNITS) != (says[1] in NO_UNITS):
        rule, wins = UNIT_BEATS_NONE, stands[1] in NO_UNITS
    elif (stands[0] in NOT_STATED) != (says[0] in NOT_STATED):
        rule, wins = WORD_BEATS_NONE, stands[0] in NOT_STATED
    if wins:
        _take(target, other, name)
    kept, lost = ((says, speaker), (stands, holder)) if wins else ((stands, holder), (says, speaker))
    record.append(
        Disagreement(
            image=place.image,
            field=where,
            place=place.name,
            kept=_worded(kept[0]),
            kept_from=kept[1].tool,
            overruled=_worded(lost[0]),
            overruled_from=lost[1].tool,
            rule=rule.name,
        )
    )
    return kept[1]


def settle_text(
    target: "etree._Element",
    own: Speaker,
    further: Sequence[tuple[Speaker, "etree._Element"]],
    place: Place,
    record: list[Disagreement],
) -> None:
    """Decide the text of an element that several sources state: a date, a description."""
    where, holder = f"{local_name(target)}#", own
    for speaker, other in further:
        stands, says = (target.text or "").strip(), (other.text or "").strip()
        if not says or stands == says:
            continue
        if more := _more_exact(stands, says):
            target.text, holder = more, speaker if more == says else holder
            continue
        rule = rule_for(where)
        wins = rule.order.index(speaker.rank) < rule.order.index(holder.rank)
        kept, lost = ((says, speaker), (stands, holder)) if wins else ((stands, holder), (says, speaker))
        target.text = kept[0]
        record.append(
            Disagreement(place.image, where, place.name, kept[0], kept[1].tool, lost[0], lost[1].tool, rule.name)
        )
        holder = kept[1]


def _more_exact(first: str, second: str) -> str | None:
    """The more exact of two dates that are one instant as far as the less exact says; None where they are not."""
    one, two = _DATE.match(first), _DATE.match(second)
    if one is None or two is None or one.group(1) != two.group(1):
        return None
    fractions = ((one.group(2) or "").rstrip("0"), (two.group(2) or "").rstrip("0"))
    zones = (one.group(3), two.group(3))
    if zones[0] and zones[1] and zones[0] != zones[1]:
        return None
    if not (fractions[0].startswith(fractions[1]) or fractions[1].startswith(fractions[0])):
        return None
    return second if (len(fractions[1]), bool(zones[1])) > (len(fractions[0]), bool(zones[0])) else first


Stated = tuple[str, str]
"""Value and unit, the schema's default where none is stated; empty for what has none."""


def _stated(element: "etree._Element", name: str) -> Stated:
    unit = element.get(f"{name}Unit") or default_units().get(f"{name}Unit") or ""
    return str(element.get(name)), str(unit)


def _worded(stated: Stated) -> str:
    return " ".join(part for part in stated if part)


def _same(one: Stated, two: Stated) -> bool:
    """Whether two statements are one value: in other digits, in another unit of one kind."""
    if one[0].strip() == two[0].strip() and one[1] == two[1]:
        return True
    first, second = _number(one), _number(two)
    if first is None or second is None:
        return False
    if one[1] != two[1] and not _one_kind(one[1], two[1]):
        return False
    return abs(first - second) <= SAME * max(abs(first), abs(second))


def _one_kind(one: str, two: str) -> bool:
    return one in _UNIT_POWERS and two in _UNIT_POWERS and (one in _TIMES) == (two in _TIMES)


def _number(stated: Stated) -> Decimal | None:
    try:
        value = Decimal(stated[0].strip())
    except InvalidOperation:
        return None
    return value.scaleb(_UNIT_POWERS.get(stated[1], 0)) if value.is_finite() else None

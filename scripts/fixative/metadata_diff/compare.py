"""Every value of the source's document against the archive's: kept, changed, dropped, added or redacted."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from fixative.metadata_diff.kinds import DEFAULTS, FOREIGN, kind_of
from fixative.metadata_diff.nodes import Node
from fixative.metadata_diff.pairs import AXES, Pairs, sizes_of
from fixative.metadata_diff.values import same

Fate = Literal["kept", "changed", "dropped", "redacted", "exposed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not what it was. Holds nothing that was redacted."""

    fate: Fate
    field: str
    node: Node
    name: str
    source: str | None = None
    archive: str | None = None
    image: int | None = None
    """Number of the archive's image that it belongs to."""
    other_axes: str = ""
    """Axes of that image that have other sizes in the source's document; all, where it divides the same pixels
    into other images."""


@dataclass
class Comparison:
    """What became of all values."""

    kept: int = 0
    added: Counter[str] = field(default_factory=Counter)
    """By field."""
    differences: list[Difference] = field(default_factory=list)


_XML = "XMLAnnotation"
_ORIGINAL = "openmicroscopy.org/OriginalMetadata"

_WENT_ALONG = frozenset(("@Namespace", "@K", "@ID", "@Annotator"))
"""What says nothing without the value that was taken out beside it."""


def compare(source: Node, archive: Node) -> Comparison:
    """Compare two documents; `fixative.metadata_diff.nodes.document` makes them."""
    pairs = Pairs(source, archive)
    result = Comparison()
    for node in source.below():
        partner = pairs.of.get(node)
        if partner is None:
            result.differences += _of_lost(node, pairs)
        else:
            _of_pair(node, partner, pairs, result)
    result.differences = _with_axes(result.differences, source, archive, pairs)
    known = set(pairs.of.values()) | _vendors_own(archive)
    for node in archive.below():
        if node not in known:
            result.added.update(field_of(node, name) for name in (*node.values, *node.links))
    return result


def _vendors_own(archive: Node) -> set[Node]:
    """What holds the vendor's keys as Bio-Formats writes them: counted by sanitising, and no value of OME's."""
    annotations = (
        one for holder in archive.children.get("StructuredAnnotations", ()) for one in holder.children.get(_XML, ())
    )
    return {node for one in annotations if one.values.get("@Namespace") == _ORIGINAL for node in one.below()}


def field_of(node: Node, name: str) -> str:
    """Name of the field of a value, ``@Attribute`` or ``#``."""
    return f"{node.path or 'OME'}{name}"


def _of_pair(node: Node, partner: Node, pairs: Pairs, result: Comparison) -> None:
    theirs = partner.values
    for name, text in node.values.items():
        now = theirs.get(name)
        if now == text and name not in node.clean:
            result.kept += 1
            continue
        found = _of_value(node, name, text, theirs.get(name, _default(node, name)))
        if found is None:
            result.kept += 1
        else:
            result.differences.append(_at(found, partner))
    for name, text in theirs.items():
        if name not in node.values and text != _default(node, name):
            result.added[field_of(node, name)] += 1
    for link in node.links:
        if pairs.same_link(node, partner, link):
            result.kept += 1
        elif not _leads_nowhere(node, link, pairs):
            result.differences.append(_at(_of_link(node, link, pairs, partner), partner))


def _of_value(node: Node, name: str, text: str, now: str | None) -> Difference | None:
    """Say what became of a value; None where it is kept."""
    kind, field = kind_of(node.path, name), field_of(node, name)
    clean = node.clean.get(name, text)
    if clean is None or not same(kind, clean, text):
        exposed = now is not None and same(kind, now, text)
        return Difference("exposed" if exposed else "redacted", field, node, name)
    if now is None:
        return Difference("dropped", field, node, name, clean)
    return None if same(kind, now, clean) else Difference("changed", field, node, name, clean, now)


def _of_link(node: Node, link: str, pairs: Pairs, partner: Node | None) -> Difference:
    """Say what became of a reference that does not lead where it did."""
    target = pairs.leads_to(node, link)
    field, was = field_of(node, link), pairs.target_name(node, link, archived=False)
    now = None if partner is None else pairs.target_name(partner, link, archived=True)
    if target is not None and _is_redacted(target) and (target not in pairs.of or now is None):
        return Difference("redacted", field, node, link)
    return Difference("dropped" if now is None else "changed", field, node, link, was, now)


def _leads_nowhere(node: Node, link: str, pairs: Pairs) -> bool:
    """Whether a reference is to nothing, or to what says nothing: an Experimenter without a name."""
    target = pairs.leads_to(node, link)
    return target is None or not any(below.values or below.links for below in target.below())


def _of_lost(node: Node, pairs: Pairs) -> Iterator[Difference]:
    """Say what became of the values of an element that the archive has not."""
    redacted = node.gone is not None or _is_redacted(node)
    for name, text in node.values.items():
        if text == _default(node, name):
            continue
        found = _of_value(node, name, text, None)
        if found is not None:
            along = (redacted and name in _WENT_ALONG) or _is_key_of_redacted(node)
            yield Difference("redacted", found.field, node, name) if along else _at(found, None)
    for link in node.links:
        if _leads_nowhere(node, link, pairs):
            continue
        found = _of_link(node, link, pairs, None)
        along = redacted or _is_in_redacted(node, pairs)
        yield Difference("redacted", found.field, node, link) if along else found


def _is_in_redacted(node: Node, pairs: Pairs) -> bool:
    """Whether an element went with one around it of which a value was taken out."""
    above = node.parent
    while above is not None and above.parent is not None and above not in pairs.of:
        if _is_redacted(above):
            return True
        above = above.parent
    return False


def _is_key_of_redacted(node: Node) -> bool:
    """Whether an element is the name of a vendor's value that was taken out: the two go together."""
    pair = node.parent
    return node.name == "Key" and pair is not None and pair.name == "OriginalMetadata" and _is_redacted(pair)


def _is_redacted(node: Node) -> bool:
    """Whether sanitising took out a value of an element or of what it holds."""
    return any(below.cut or value is None for below in node.below() for value in (*below.clean.values(), ""))


def _at(found: Difference, partner: Node | None) -> Difference:
    """Note the archive's image that a difference is in."""
    image = _image_of(partner)
    return found if image is None else replace(found, image=image.number)


def _with_axes(differences: Sequence[Difference], source: Node, archive: Node, pairs: Pairs) -> list[Difference]:
    """Note which differences are of images to which the two documents give different sizes."""
    mine, theirs = (root.children.get("Image", []) for root in (source, archive))
    regrouped = len(mine) != len(theirs) and sum(map(_pixels, mine)) == sum(map(_pixels, theirs))
    axes: dict[Node | None, str] = {
        image: _other_axes(image, pairs.of.get(image), regrouped=regrouped) for image in mine
    }
    if not any(axes.values()):
        return list(differences)
    return [replace(one, other_axes=axes.get(_image_of(one.node), "")) for one in differences]


def _other_axes(image: Node, partner: Node | None, *, regrouped: bool) -> str:
    if partner is None:
        return AXES if regrouped else ""
    sizes = zip(AXES, sizes_of(image) or (), sizes_of(partner) or (), strict=False)
    return "".join(axis for axis, one, two in sizes if one != two)


def _pixels(image: Node) -> int:
    """Number of samples of an image; 0 where it does not say."""
    sizes = sizes_of(image) or ("0",)
    return math.prod(int(size) if size and size.isdecimal() else 0 for size in sizes)


def _image_of(node: Node | None) -> Node | None:
    while node is not None and node.path != "Image":
        node = node.parent
    return node


def _default(node: Node, name: str) -> str | None:
    """What an absent attribute means."""
    return None if node.path.startswith(FOREIGN) else DEFAULTS.get(name[1:])

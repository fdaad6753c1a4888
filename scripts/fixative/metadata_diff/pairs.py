"""Which element of the archived document is which of the source's."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from fixative.metadata_diff.alike import Pair, Weak, alike, equal, settle_weak
from fixative.metadata_diff.kinds import FOREIGN, is_reference, kind_of
from fixative.metadata_diff.nodes import Node
from fixative.metadata_diff.values import same

_KEYS: dict[str, tuple[str, ...]] = {"M": ("@K",), "Well": ("@Row", "@Column"), "WellSample": ("@Index",)}
"""Values by which elements are told from their siblings."""

_STRICT = frozenset(("ROI", "Point", "Line", "Rectangle", "Ellipse", "Polygon", "Polyline", "Mask", "Label", "M"))
AXES = "XYZCT"
_LOOKED_AT = 200
"""Elements of an image that are compared to see which order of images is meant."""


class Pairs:
    """Pairs of two documents, and where their references lead."""

    def __init__(self, source: Node, archive: Node) -> None:
        self.of: dict[Node, Node] = {}
        """Element of the source to that of the archive."""
        self._source, self._archive = _by_id(source), _by_id(archive)
        self._referring: list[tuple[list[Node], list[Node]]] = []
        self._weak: Weak = []
        self._pair(source, archive)
        self._pair_weak()
        for left, right in self._referring:
            self._pair_references(left, right)

    def leads_to(self, node: Node, link: str) -> Node | None:
        """Element of the source that one of it refers to."""
        return self._source.get(node.links[link])

    def same_link(self, node: Node, partner: Node, link: str) -> bool:
        """Whether both refer to the same thing; an ID that leads nowhere only to itself."""
        target = self._source.get(node.links[link])
        other = self._archive.get(partner.links.get(link, ""))
        if target is None:
            return other is None and node.links[link] == partner.links.get(link)
        return other is not None and self.of.get(target) is other

    def target_name(self, node: Node, link: str, *, archived: bool) -> str | None:
        """Say what a reference leads to, by kind and place."""
        if link not in node.links:
            return None
        target = (self._archive if archived else self._source).get(node.links[link])
        return "nothing" if target is None else f"{target.name} {target.number}"

    def _pair(self, source: Node, archive: Node) -> None:
        self.of[source] = archive
        for name, nodes in source.children.items():
            others = archive.children.get(name, [])
            if is_reference(name, source.path) and not name.endswith("Settings"):
                self._referring.append((nodes, others))
                continue
            for one, two in _partners(nodes, others, self._weak):
                self._pair(one, two)

    def _pair_weak(self) -> None:
        """Pair what shares no value with anything: a detector that settings on both sides refer to."""
        votes: dict[Node, Counter[Node]] = defaultdict(Counter)
        for node, partner in self._refer_each_other():
            one, two = self._source.get(node.links["@ID"]), self._archive.get(partner.links["@ID"])
            if one is not None and two is not None:
                votes[one][two] += 1
        while self._weak:
            source, archive = self._weak.pop()
            for one, two in settle_weak(source, archive, votes):
                self._pair(one, two)

    def _refer_each_other(self) -> Iterator[Pair]:
        """References that stand in the same place of both documents."""
        for node, partner in self.of.items():
            if "@ID" in node.links and "@ID" in partner.links:
                yield node, partner
        for left, right in self._referring:
            if len(left) == len(right):
                pairs = zip(left, right, strict=True)
                yield from (pair for pair in pairs if "@ID" in pair[0].links and "@ID" in pair[1].links)

    def _pair_references(self, source: Sequence[Node], archive: Sequence[Node]) -> None:
        """Pair references to the same things; of one left on each side, the one stands where the other did."""
        free: dict[Node | str, list[Node]] = defaultdict(list)
        for node in archive:
            link = node.links.get("@ID", "")
            free[self._archive.get(link, link)].append(node)
        left = []
        for node in source:
            link = node.links.get("@ID", "")
            target = self._source.get(link)
            wanted = free.get(link if target is None else self.of.get(target, link))
            if wanted:
                self._pair(node, wanted.pop(0))
            else:
                left.append(node)
        remaining = [node for nodes in free.values() for node in nodes]
        if len(left) == len(remaining) == 1:
            self._pair(left[0], remaining[0])


def _by_id(root: Node) -> dict[str, Node]:
    return {node.id: node for node in root.below() if node.id and not node.links.get("@ID") and node.name != "Plane"}


def _partners(source: Sequence[Node], archive: Sequence[Node], weak: Weak) -> Iterator[Pair]:
    """Pair elements of one name whose parents are a pair; what sanitising has left out is paired with nothing."""
    source = [node for node in source if node.gone is None]
    if not source or not archive:
        return
    name, path = source[0].name, source[0].path
    if path == "Image":
        yield from _images(source, archive)
    elif path == "Image/Pixels/Channel":
        yield from zip(source, archive, strict=False)
    elif name == "Plane":
        yield from equal(source, archive, lambda node: node.id)[0]
    else:
        yield from _by_content(source, archive, name, path, weak)


def _by_content(source: Sequence[Node], archive: Sequence[Node], name: str, path: str, weak: Weak) -> Iterator[Pair]:
    strict = name in _STRICT or path.endswith("Annotation")
    if len(source) > 1 and path.startswith(f"{FOREIGN}/") and len(source) == len(archive):
        # foreign XML: what stands in a row means something there
        yield from zip(source, archive, strict=True)
        return
    keys = _KEYS.get(name)
    if keys is None:
        yield from alike(source, archive, strict=strict, weak=weak)
        return
    found, left, right = equal(source, archive, lambda node: tuple(_public(node, key) for key in keys))
    yield from found
    yield from alike(left, right, strict=strict, weak=weak)


def _images(source: Sequence[Node], archive: Sequence[Node]) -> Iterator[Pair]:
    """Pair images: in their order where the sizes agree, unless names make a better one; else by name and size."""
    if [sizes_of(image) for image in source] == [sizes_of(image) for image in archive]:
        in_order = list(zip(source, archive, strict=True))
        by_name = _by_name(source, archive)
        if len(by_name) == len(in_order) and by_name != in_order and _shared(by_name) > _shared(in_order):
            yield from by_name
        else:
            yield from in_order
        return
    left, right = list(source), list(archive)
    for key in (_name_and_size, sizes_of, _name):
        found, left, right = equal(left, right, key)
        yield from found
    # other axes, another number of images: what stands first is compared with what stands first
    yield from zip(left, right, strict=False)


def _by_name(source: Sequence[Node], archive: Sequence[Node]) -> list[Pair]:
    by_name = {_name(image): image for image in archive}
    pairs = [(image, by_name[_name(image)]) for image in source if _name(image) and _name(image) in by_name]
    return pairs if len({partner for _, partner in pairs}) == len(pairs) else []


def _shared(pairs: Sequence[Pair]) -> int:
    """Number of equal values besides the name, looking at the first elements of each image."""
    return sum(_shared_of(one, two) for one, two in pairs)


def _shared_of(source: Node, archive: Node) -> int:
    count, stack, looked = 0, [(source, archive)], 0
    while stack and looked < _LOOKED_AT:
        one, two = stack.pop()
        looked += 1
        for name in one.values.keys() & two.values.keys() - {"@Name"}:
            count += same(kind_of(one.path, name), one.public(name) or "", two.values[name])
        for kind, children in one.children.items():
            stack.extend(zip(children[:_LOOKED_AT], two.children.get(kind, ()), strict=False))
    return count


def _name_and_size(image: Node) -> object:
    return _name(image) and (_name(image), sizes_of(image))


def _name(image: Node) -> str | None:
    return _public(image, "@Name")


def _public(node: Node, name: str) -> str | None:
    return node.public(name) if name in node.values else None


def sizes_of(image: Node) -> tuple[str | None, ...] | None:
    """Give the sizes of an image along `AXES`."""
    pixels = image.children.get("Pixels")
    if not pixels:
        return None
    return tuple(pixels[0].values.get(f"@Size{axis}") for axis in AXES)

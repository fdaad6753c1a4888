"""Elements of one kind in two documents, paired by what they say; each document names them as it likes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from fixative.metadata_diff.kinds import kind_of
from fixative.metadata_diff.nodes import Node
from fixative.metadata_diff.values import rough

Pair = tuple[Node, Node]
Weak = list[tuple[list[Node], list[Node]]]

COMMON = 20
"""What more elements than this say tells none of them from the others."""

_WEAK = frozenset(("@Namespace",))
"""Values that any number of annotations share: alone, they make none of them the same."""


def alike(source: Sequence[Node], archive: Sequence[Node], *, strict: bool, weak: Weak) -> Iterator[Pair]:
    """Pair elements: those that say the same, then those that share most.

    Parameters
    ----------
    source, archive
        Elements of one name, in the order of their documents.
    strict
        Whether only elements that share a value are paired: an annotation that is gone and another one that is
        new are not one that has changed.
    weak
        Gets what is left on both sides: what refers to it may tell, else its ID and its order do.
    """
    if not strict and len(source) == len(archive) == 1:
        yield source[0], archive[0]
        return
    said = _Said()
    same, left, right = equal(source, archive, lambda node: (node.id, said.whole(node)))
    more, left, right = equal(left, right, said.whole)
    shared, left, right = _most_shared(left, right, said)
    pairs = [*same, *more, *shared]
    yield from pairs
    if strict:
        return
    # three instruments that say the same are one in the archive: nothing that they say is lost
    partners = {said.whole(one): two for one, two in pairs}
    yield from ((node, partners[said.whole(node)]) for node in left if said.whole(node) in partners)
    weak.append(([node for node in left if said.whole(node) not in partners], right))


def settle_weak(source: Sequence[Node], archive: Sequence[Node], votes: Mapping[Node, Counter[Node]]) -> list[Pair]:
    """Pair what shares no value: by what refers to it, by ID, and by order where as many are left on each side."""
    free = set(archive)
    pairs = []
    for node in source:
        for partner, _ in votes.get(node, Counter[Node]()).most_common():
            if partner in free:
                free.discard(partner)
                pairs.append((node, partner))
                break
    known = {node for node, _ in pairs}
    left = [node for node in source if node not in known]
    found, left, right = equal(left, [node for node in archive if node in free], lambda node: node.id)
    return [*pairs, *found, *(zip(left, right, strict=True) if len(left) == len(right) else ())]


class _Said:
    """What elements say, each looked at once."""

    def __init__(self) -> None:
        self._whole: dict[Node, Hashable] = {}

    def whole(self, node: Node) -> Hashable:
        """Give all that an element says, references and IDs aside."""
        if node not in self._whole:
            below = (self.whole(child) for children in node.children.values() for child in children)
            counted = frozenset(Counter(below).items())
            self._whole[node] = hash((node.name, frozenset(_own(node)), counted))
        return self._whole[node]

    def facts(self, node: Node) -> set[Hashable]:
        """Give the single things that it says."""
        return {(one.path, *fact) for one in node.below() for fact in _own(one) if fact[0] not in _WEAK}


def _own(node: Node) -> Iterator[tuple[str, object]]:
    for name in node.values:
        text = node.public(name)
        if text:
            yield name, rough(kind_of(node.path, name), text)


def equal(
    source: Sequence[Node], archive: Sequence[Node], key: Callable[[Node], object]
) -> tuple[list[Pair], list[Node], list[Node]]:
    """Pair elements of equal keys in their order, None being no key; give the pairs and what is left on each side."""
    free: dict[object, list[Node]] = defaultdict(list)
    for node in reversed(archive):
        free[key(node)].append(node)
    pairs, left = [], []
    for node in source:
        wanted = key(node)
        same = None if wanted is None else free.get(wanted)
        if same:
            pairs.append((node, same.pop()))
        else:
            left.append(node)
    taken = {partner for _, partner in pairs}
    return pairs, left, [node for node in archive if node not in taken]


def _most_shared(
    source: Sequence[Node], archive: Sequence[Node], said: _Said
) -> tuple[list[Pair], list[Node], list[Node]]:
    """Pair elements that share most, beginning with the best."""
    holders: dict[Hashable, list[int]] = defaultdict(list)
    for place, node in enumerate(archive):
        for fact in said.facts(node):
            holders[fact].append(place)
    most = max(COMMON, 40 - len(archive))
    found = []
    for number, node in enumerate(source):
        shared: Counter[int] = Counter()
        for fact in said.facts(node):
            having = holders.get(fact, ())
            if len(having) <= most or len(source) * len(archive) <= most**2:
                shared.update(having)
        for place, times in shared.items():
            found.append((-times, node.id != archive[place].id, abs(number - place), number, place))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for *_, number, place in sorted(found):
        if number not in pairs and place not in taken:
            pairs[number] = place
            taken.add(place)
    return (
        [(source[number], archive[place]) for number, place in pairs.items()],
        [node for number, node in enumerate(source) if number not in pairs],
        [node for place, node in enumerate(archive) if place not in taken],
    )

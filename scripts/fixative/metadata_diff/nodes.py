"""An OME-XML as nodes that hold values: from the dump's tree, raw and sanitised side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from fixative.metadata_diff.fields import element_path, quantity_text
from fixative.metadata_diff.kinds import LAYOUT, LINKS, is_link, role_of
from fixative.models import REDACTED

_LINKS = ("@ID", *(f"@{name}" for name in LINKS))
_NONE: Mapping[str, Any] = MappingProxyType({})
_NO_CHILDREN: Mapping[str, list["Node"]] = MappingProxyType({})


@dataclass(slots=True, eq=False)
class Node:
    """One element."""

    name: str
    path: str
    """Names of it and of what it stands in, without ``OME/``."""
    id: str
    values: dict[str, str]
    """``@Attribute`` or ``#`` to what is said: a quantity with its unit; nothing empty, no reference."""
    links: Mapping[str, str]
    """``@ID`` of a reference, ``@Annotator``: IDs of other elements."""
    clean: Mapping[str, str | None]
    """What sanitising made of values, where it made something else of them; None where it took them out."""
    children: Mapping[str, list["Node"]]
    parent: "Node | None"
    number: int
    """Its place among its siblings of one name."""
    gone: str | None = None
    """Rule of the policy by which the element was left out as a whole: a slide's label."""
    cut: bool = False
    """Whether sanitising changed bytes that the element embeds."""

    def public(self, name: str) -> str | None:
        """Give a value as it may be shown."""
        return self.clean[name] if name in self.clean else self.values[name]

    def below(self) -> Iterator["Node"]:
        """Give itself and everything in it, in order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            for children in reversed(list(node.children.values())):
                stack.extend(reversed(children))

    def place(self) -> str:
        """Say which of several it is: ``Image 0, Channel 1``, ``Image 0, T0 C1 Z4``."""
        steps = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            siblings = node.parent.children[node.name]
            if node.name == "Plane":
                steps.append(node.id)
            elif len(siblings) > 1 or node.name == "Image":
                steps.append(f"{node.name} {node.number}")
            node = node.parent
        return ", ".join(reversed(steps))


def document(tree: Any, clean: Any = None) -> Node:
    """Make nodes of an OME-XML as `fixative.xml_tree.xml_tree` gives it.

    Parameters
    ----------
    tree
        ``{"OME": {...}}``.
    clean
        The same tree after sanitising, position by position; None where nothing was sanitised.

    Raises
    ------
    ValueError
        Where it is no OME-XML.
    """
    if not isinstance(tree, dict) or not isinstance(tree.get("OME"), dict):
        raise ValueError("no OME-XML")
    root = tree["OME"]
    other = clean.get("OME", {}) if isinstance(clean, dict) else root
    return _node("OME", "", root, other, None, 0)


def _node(name: str, above: str, tree: dict[str, Any], clean: Any, parent: Node | None, number: int) -> Node:
    path = f"{above}/{name}" if above else element_path(above, name)
    label, links = _label(path, name, tree)
    node = Node(name, path, label, _values(path, tree), links, _NONE, _NO_CHILDREN, parent, number)
    if clean is not tree:
        clean = clean if isinstance(clean, dict) else {}
        rule = clean.get(REDACTED)
        node.gone = rule if isinstance(rule, str) else parent.gone if parent else None
        after = {} if node.gone else _values(path, clean)
        # Bytes of an embedded file are no value of OME's, but what was taken out of them takes the file with it
        node.cut = name in ("BinData", "BinaryFile") and tree.get("#text") != clean.get("#text")
        node.clean = {key: after.get(key) for key, value in node.values.items() if after.get(key) != value}
    children: dict[str, list[Node]] = {}
    for child, items in tree.items():
        if child[0] in "@#" or not isinstance(items, list) or (path == "Image/Pixels" and child in LAYOUT):
            continue
        # an element whose very name was taken out is not named here either
        shown = child if clean is tree or child in clean or node.gone else "?"
        others = items if clean is tree else _aligned(clean.get(child), len(items))
        children[shown] = [
            _node(shown, path, item, item if clean is tree or item == cleaned else cleaned, node, place)
            for place, (item, cleaned) in enumerate(zip(items, others, strict=True))
            if isinstance(item, dict)
        ]
    if children:
        node.children = children
    return node


def _aligned(cleaned: Any, length: int) -> list[Any]:
    return cleaned if isinstance(cleaned, list) and len(cleaned) == length else [None] * length


def _label(path: str, name: str, tree: dict[str, Any]) -> tuple[str, Mapping[str, str]]:
    """Give what tells an element from its siblings, which is no value; and what it refers to."""
    if name == "Plane":
        return plane_label(tree.get("@TheT"), tree.get("@TheC"), tree.get("@TheZ")), _NONE
    links = [(key, str(tree[key])) for key in _LINKS if key in tree and is_link(path, name, key)]
    return str(tree.get("@ID", "")), dict(links) if links else _NONE


def plane_label(t: Any, c: Any, z: Any) -> str:
    """Name of a plane."""
    return f"T{t} C{c} Z{z}"


def _values(path: str, tree: dict[str, Any]) -> dict[str, str]:
    """Attributes and text of one element that are values."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        if key[0] in "@#" and (role := role_of(path, key)) is not None:
            text = value if isinstance(value, str) else _text(value)
            if text and not text.isspace():
                name = key if key[0] == "@" else "#"
                found[name] = quantity_text(text, tree.get(f"{key}Unit") or role) if role else text
    return found


def _text(value: Any) -> str:
    """Text of a leaf that is none; a binary value by its digest."""
    if isinstance(value, dict):
        return str(value.get("sha256", ""))
    return "" if value is None else str(value)

"""Slots: every place of a sample's metadata that holds a value, whatever it is written in.

A `Slot` knows its key and how to write a new value. A document (`TreeDocument`, `XmlDocument`,
`LinesDocument`) gives the slots of one tree, XML text or list of ``name = value`` lines; a string
that is itself such a document gives further slots (`fixative.privacy.embedded`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from fixative.metadata.keys import key_of
from fixative.privacy.emptied import without_emptied
from fixative.privacy.key_words import further_keys, joined_keys, steps_of


class Removed:
    """What is written to a slot whose value goes with its key."""


REMOVE = Removed()


@dataclass
class Slot:
    """One place that holds a value."""

    key: str
    value: Any
    write: Callable[[Any], None]
    alias: str | None = None
    """A key that says more: named by a neighbour (``<Key>UserName</Key><Value>jdoe</Value>``)."""
    inner: "Document | None" = field(default=None, repr=False)
    """The document that the value itself is, if any."""

    @property
    def name(self) -> str:
        """The key that rules and logs go by."""
        return self.alias or self.key

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key by which a rule may select it."""
        if self.alias is None:
            return joined_keys(self.key)
        return (self.key, self.alias, *further_keys(self.alias))


class Document(Protocol):
    """A whole that has slots."""

    def slots(self) -> Iterator[Slot]:
        """Give every slot, in order."""
        ...

    def content(self) -> Any:
        """Give the whole, with what was written to its slots."""
        ...


FLAT = "bioformats"
"""Kind of source whose tables are flat: levels, numbers and the series' name all stand in one name."""

_NAMES = ("key", "k", "name", "id", "identifier", "prop", "label", "tag", "parameter", "property")
_VALUES = ("value", "v", "#text", "variant", "content", "data", "attributevalue", "text")


def pair_of(siblings: Mapping[str, Any]) -> tuple[str, str] | None:
    """Find, among neighbours, a name and its value: ``{"@Name": "UserName", "@Value": "jdoe"}``.

    Returns
    -------
    tuple of str, or None
        What the one neighbour calls the other, and the other's own name.
    """
    if len(siblings) < 2:
        return None
    # OME's `ID` links elements and names nothing
    plain = {name.lstrip("@").casefold(): name for name in siblings if name not in ("ID", "@ID")}
    label = next((plain[name] for name in _NAMES if name in plain), None)
    held = next((plain[name] for name in _VALUES if name in plain and plain[name] != label), None)
    if label is None or held is None:
        return None
    named = siblings[label]
    if not isinstance(named, str) or not 0 < len(named) <= 200 or "\n" in named:
        return None
    return named, held


def alias_key(parent: str, named: str) -> str:
    """Key of a value that its neighbour, or a line, names: see `fixative.privacy.key_words.steps_of`."""
    kind, colon, path = parent.partition(":")
    return f"{kind}{colon}{path}{key_of('', steps_of(named))[1:]}"


class TreeDocument:
    """The tree of a metadata source; edited in place, so hand over a deep copy."""

    def __init__(self, kind: str, tree: Any, prefix: str = "") -> None:
        """``prefix``: key under which the tree stands, when it was found within a string."""
        self._prefix = prefix or f"{kind}:"
        self._flat = kind == FLAT
        self._root = {"": tree}
        self._removed: list[tuple[Any, Any]] = []
        self._emptied: set[int] = set()

    def slots(self) -> Iterator[Slot]:
        """Give every scalar."""
        yield from self._under(self._prefix, self._root, "", None)

    def _under(self, key: str, parent: Any, step: Any, alias: str | None) -> Iterator[Slot]:
        value = parent[step]
        if isinstance(value, dict):
            pair = None if self._flat else pair_of({name: _text_of(item) for name, item in value.items()})
            for name in value:
                inner = alias_key(key, pair[0]) if pair and name == pair[1] else alias if name == "#text" else None
                if self._flat:
                    # `Information|User|Name #2` is one name there: its parts are what rules speak of
                    below = inner = alias_key(key, name)
                else:
                    below = key + key_of("", (name,))[1:]
                yield from self._under(below, value, name, inner)
        elif isinstance(value, list):
            for n in range(len(value)):
                yield from self._under(f"{key}[{n}]", value, n, f"{alias}[{n}]" if alias else None)
        else:
            yield Slot(key, value, lambda new: self._write(parent, step, new), alias)

    def _write(self, parent: Any, step: Any, new: Any) -> None:
        if new is REMOVE:
            self._emptied.add(id(parent))
        if new is REMOVE and isinstance(parent, dict) and parent is not self._root:
            self._removed.append((parent, step))
        else:
            # in a list, None keeps the places of the others
            parent[step] = None if new is REMOVE else new

    def content(self) -> Any:
        """Give the tree; keys that were removed are gone."""
        for parent, step in self._removed:
            parent.pop(step, None)
        self._removed.clear()
        if not self._prefix.startswith("tiff:"):  # its names are a standard's, its lists are directories
            without_emptied(self._root[""], self._emptied)
        self._emptied.clear()
        return self._root[""]

    def names(self) -> set[str]:
        """Give the keys of all dicts."""
        return set(_names(self._root[""]))

    def rename_keys(self, rename: Callable[[str], str]) -> None:
        """Rename the keys of dicts; equal new names get a number."""
        self._root[""] = _renamed(self.content(), rename)


def copied(tree: Any) -> Any:
    """Copy a tree; five times faster than `copy.deepcopy`, which looks for what a tree never holds."""
    if isinstance(tree, dict):
        return {name: copied(item) for name, item in tree.items()}
    return [copied(item) for item in tree] if isinstance(tree, list) else tree


def _text_of(value: Any) -> Any:
    """Give the text of an element that has nothing else, as `fixative.xml_tree.xml_tree` writes it."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return value[0].get("#text", value)
    return value


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)


def _renamed(value: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_renamed(item, rename) for item in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for name, item in value.items():
        new, number = rename(name), 2
        while new in result:
            new, number = f"{rename(name)} ({number})", number + 1
        result[new] = _renamed(item, rename)
    return result

"""The record of a metadata diff: what became of the values, by which rule; nothing that was redacted."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixative.metadata_diff.allowed_loss import AllowedLosses, Facts
from fixative.metadata_diff.compare import Comparison, Difference, compare
from fixative.metadata_diff.kinds import kind_of
from fixative.metadata_diff.nodes import Node, document
from fixative.metadata_diff.values import apart, same
from fixative.models import Redaction
from fixative.pixel_models import Pixels
from fixative.verification_models import MetadataDiff, MetadataLoss, RedactedField

NO_LOSSES = AllowedLosses(allowed=())
_TYPES = {"bool": "bit", "float32": "float", "float64": "double", "complex64": "complex"}
_TYPES["complex128"] = "double-complex"


@dataclass(frozen=True)
class Known:
    """What the diff knows of a sample besides its documents."""

    allowed: AllowedLosses = NO_LOSSES
    redactions: Sequence[Redaction] = ()
    """The log of sanitising."""
    pixels: Pixels | None = None
    """Of the archive: what `corrected` losses are measured by."""
    names: Collection[str] = ()
    """Names of the source's files."""
    format: str | None = None
    corrections: Sequence[Mapping[str, Any]] = ()
    """What of the document was not valid or not true: `fixative.ome.corrections`."""
    disagreements: Sequence[Mapping[str, Any]] = ()
    """What several sources state differently, and whose word stands: `fixative.ome.reconcile.precedence`."""


def diff_documents(
    source: Any,
    sanitised: Any,
    archive: Any,
    known: Known | None = None,
    *,
    reader: str | None = None,
    version: str | None = None,
) -> MetadataDiff:
    """Compare two OME-XML documents, value by value.

    Parameters
    ----------
    source
        Tree of the source's document, as `fixative.xml_tree.xml_tree` gives it.
    sanitised
        The same tree after sanitising; None where nothing was sanitised.
    archive
        Tree of the archived file's document.
    known : Known, optional
        Allowed losses, the log of sanitising, and what else the diff is decided by.
    reader, version : str, optional
        Who made both documents.

    Raises
    ------
    ValueError
        Where one of them is no OME-XML.
    """
    known = known or Known()
    found = compare(document(source, sanitised), document(archive))
    fates = Counter(difference.fate for difference in found.differences)
    losses = _losses(found, known, reader)
    allowed: Counter[str] = Counter()
    for loss in losses:
        if loss.rule is not None:
            allowed[loss.rule] += loss.count
    return MetadataDiff(
        reader=reader,
        version=version,
        values=found.kept + len(found.differences),
        kept=found.kept,
        changed=fates["changed"],
        dropped=fates["dropped"],
        added=found.added.total(),
        redacted=fates["redacted"],
        exposed=fates["exposed"],
        refused=sum(loss.count for loss in losses if loss.rule is None),
        allowed=dict(sorted(allowed.items())),
        losses=losses,
        redactions=_redactions(found, known.redactions),
        added_fields=dict(sorted(found.added.items())),
    )


def _losses(found: Comparison, known: Known, reader: str | None) -> tuple[MetadataLoss, ...]:
    """Count equal losses together, those that nothing allows first."""
    counts: Counter[tuple[Any, ...]] = Counter()
    places: dict[tuple[Any, ...], Difference] = {}
    facts = _Facts(known, reader)
    for one in found.differences:
        if one.fate != "redacted":
            line = (one.fate, one.field, one.source, one.archive, _rule(one, known, reader, facts))
            counts[line] += 1
            places.setdefault(line, one)
    lines = [
        MetadataLoss(
            fate=fate,
            field=field,
            place=places[fate, field, was, now, rule].node.place(),
            source=was,
            archive=now,
            count=count,
            rule=rule,
        )
        for (fate, field, was, now, rule), count in counts.items()
    ]
    return tuple(sorted(lines, key=lambda line: line.rule is not None))


def _rule(one: Difference, known: Known, reader: str | None, facts: "_Facts") -> str | None:
    """Entry that allows a loss; nothing allows a redacted value in the archive."""
    if one.fate not in ("changed", "dropped"):
        return None
    entry = known.allowed.rule_for(
        one.field,
        one.source,
        one.archive,
        "changed" if one.fate == "changed" else "dropped",
        reader,
        known.format,
        facts=facts.of(one),
    )
    return None if entry is None else entry.id


class _Facts:
    """What decides about single losses."""

    def __init__(self, known: Known, reader: str | None) -> None:
        self._names = known.names
        self._proven = {} if known.pixels is None else proven_by(known.pixels)
        self._kept: dict[tuple[Any, str], set[str]] = defaultdict(set)
        self._overruled: dict[tuple[Any, str], set[str]] = defaultdict(set)
        self._told: dict[str, list[str]] = defaultdict(list)
        for line in known.corrections:
            if line["described"] is not None:
                self._told[line["field"].removesuffix("text")].append(line["described"])
        for line in known.disagreements:
            self._kept[line["image"], line["field"]].add(line["kept"])
            if line["overruled_from"] == reader:
                self._overruled[line["image"], line["field"]].add(line["overruled"])

    def of(self, one: Difference) -> Facts:
        """Give the facts about one loss."""
        proven = self._proven.get((one.image, one.name))
        both = one.source is not None and one.archive is not None
        return Facts(
            self._names,
            proven=proven is not None and proven == one.archive,
            settled=self._is_settled(one),
            told=self._is_told(one),
            other_axes=one.other_axes,
            apart=apart(kind_of(one.node.path, one.name), one.source or "", one.archive or "") if both else None,
        )

    def _is_settled(self, one: Difference) -> bool:
        """Whether this reader's value was overruled in this field and image, and the archive has the other one."""
        if one.source is None or one.archive is None:
            return False
        kind, where = kind_of(one.node.path, one.name), (one.image, f"{one.node.name}{one.name}")
        return any(same(kind, old, one.source) for old in self._overruled.get(where, ())) and any(
            same(kind, new, one.archive) for new in self._kept.get(where, ())
        )

    def _is_told(self, one: Difference) -> bool:
        """Whether a correction of this field, or of an element that it stands in, has the value."""
        if one.source is None:
            return False
        names = [f"{one.node.name}{one.name}", *([one.node.name] if one.name == "#" else [])]
        value = one.source.split(" ")[0] if kind_of(one.node.path, one.name) == "quantity" else one.source
        if any(_is_said(value, text) for name in names for text in self._told.get(name, ())):
            return True
        node: Node | None = one.node
        while node is not None:
            if any(_is_said(value, part) for text in self._told.get(node.name, ()) for part in _parts(text)):
                return True
            node = node.parent
        return False


def _is_said(value: str, text: str) -> bool:
    """Whether a reader's value is that of a text: in other digits, or a date that it has completed."""
    if value == text or value.startswith(f"{text}T"):
        return True
    try:
        return float(value) == float(text)
    except ValueError:
        return False


def _parts(text: str) -> list[str]:
    """Values of an element as a correction lists them, ``Name=a b LensNA=1.4``, and its text."""
    return [text, *(part.partition("=")[2] for part in re.split(r"\s(?=[A-Za-z]+=)", text) if "=" in part)]


def proven_by(pixels: Pixels) -> dict[tuple[int | None, str], str]:
    """Give what the digested pixels prove: image and attribute to its value."""
    found: dict[tuple[int | None, str], str] = {}
    for image in pixels.images:
        sizes = {"X": image.size_x, "Y": image.size_y, "Z": image.size_z, "T": image.size_t}
        sizes["C"] = image.size_c * image.samples
        found |= {(image.index, f"@Size{axis}"): str(size) for axis, size in sizes.items()}
        found[image.index, "@Type"] = _TYPES.get(image.dtype, image.dtype)
        found[image.index, "@SamplesPerPixel"] = str(image.samples)
    return found


def _redactions(found: Comparison, log: Sequence[Redaction]) -> tuple[RedactedField, ...]:
    """Count redacted values by field and rule."""
    rules = {line.key: (line.rule, line.action) for line in log if line.key.startswith("ome:")}
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in found.differences:
        if one.fate == "redacted":
            counts[(one.field, *_rule_of(one, rules))] += 1
    return tuple(
        RedactedField(field=field, rule=rule, action=action, count=count)
        for (field, rule, action), count in sorted(counts.items())
    )


def _rule_of(one: Difference, rules: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """Rule and action of a redacted value: its own, that of a document in it, of what it stands beside or names."""
    if one.node.gone:
        return one.node.gone, "X"
    node: Node | None = one.node
    while node is not None and node.path:
        above = f"ome:/OME/{node.path}/"
        key = above + ("#text" if one.name == "#" and node is one.node else one.name)
        if key in rules:
            return rules[key]
        if (within := _within(key, rules) or _within(above.rstrip("/"), rules)) is not None:
            return within
        node = node.parent
    target = one.node.links and one.node.name.removesuffix("Ref").removesuffix("Settings")
    named = next((rule for key, rule in rules.items() if target and f"/{target}/" in key), None)
    return named or ("?", "?")


def _within(key: str, rules: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    return next((rule for name, rule in rules.items() if name.startswith(f"{key}/")), None)

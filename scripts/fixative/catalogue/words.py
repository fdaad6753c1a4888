"""What a person may look for: an object's texts made ready for the index, and what else its facts are called."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from fixative.catalogue.records import Facts, Image, Words

MOST_TEXT_BYTES = 200_000
"""Of one object's metadata in the index, each value once. On the corpus an object has 5 kB, the largest 200 kB."""
MOST_VALUE_BYTES = 4_000
"""Of one value: what is longer is a table or a picture in letters."""

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})T(?=\d)")
_TIMES_SIGN = re.compile(r"(?<=\d)\s?×")
_EDGE = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])")
_PROTEIN = re.compile(r"(?:GFP|YFP|CFP|RFP|BFP)", re.IGNORECASE)


def plain_words(text: str) -> str:
    """Write a text as the index has it: one form of each letter, dates apart from times, 63× as 63x."""
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode()).replace("\0", " ")
    return _TIMES_SIGN.sub("x", _TIME.sub(r"\1 ", text))


def words_of(name: str, facts: Facts, images: Iterable[Image], said: Iterable[str], trees: list[Any]) -> Words:
    """Compose what is indexed of one object.

    Parameters
    ----------
    said
        What the sheet says of it.
    trees
        The sanitised metadata, a tree for each source of metadata. Where all is too much, the longest is cut.
    """
    told = [facts.instrument, facts.modality, facts.organism, facts.format, facts.licence, facts.acquired, *said]
    lines = dict.fromkeys(plain_words(text) for text in (*told, *_of_images(images)) if text)
    text, cut = _text_of(trees, set(lines))
    return Words(plain_words(name), "\n".join(lines), text, cut)


def _of_images(images: Iterable[Image]) -> Iterator[str]:
    for image in images:
        yield image.name or ""
        yield (image.acquired or "")
        yield " ".join(_of_objective(image))
        yield _of_type(image.pixel_type)
        for channel in image.channels:
            wavelengths = (channel.excitation_nm, channel.emission_nm)
            named = [text for text in (channel.name, channel.fluor) if text]
            parts = [*named, *(part for text in named for part in _other_names(text))]
            yield " ".join([*dict.fromkeys(parts), *(_wavelength(value) for value in wavelengths if value)])


def _of_objective(image: Image) -> Iterator[str]:
    if image.objective:
        yield image.objective
    if image.magnification:
        yield f"{image.magnification:g}x"
    if image.na:
        yield f"{image.na:g} NA {image.na:g}NA"
    if image.immersion:
        yield image.immersion


def _of_type(name: str | None) -> str:
    bits = re.fullmatch(r"u?int(\d+)", name or "")
    return f"{name} {bits[1]}bit {bits[1]}-bit" if bits else name or ""


def _wavelength(value: float) -> str:
    return f"{value:g} nm {value:g}nm"


def _other_names(text: str) -> Iterator[str]:
    """AlexaFluor488 is looked for as "Alexa 488", EGFP as GFP."""
    parts = _EDGE.sub(" ", text)
    if parts != text:
        yield parts
    yield from (found.upper() for found in _PROTEIN.findall(text))


def _text_of(trees: list[Any], known: set[str]) -> tuple[str, bool]:
    """Every value of the trees, each once, the short trees first: what is cut is the end of the longest."""
    values = sorted(([plain_words(leaf) for leaf in leaves(tree)] for tree in trees), key=_length)
    kept: dict[str, None] = {}
    spent = 0
    for value in (value for tree in values for value in tree):
        if value in kept or value in known:
            continue
        size = len(value.encode())
        if size > MOST_VALUE_BYTES:
            value = value.encode()[:MOST_VALUE_BYTES].decode("utf-8", "ignore")
            size = MOST_VALUE_BYTES
        if spent + size > MOST_TEXT_BYTES:
            return "\n".join(kept), True
        kept[value] = None
        spent += size + 1
    return "\n".join(kept), False


def _length(values: list[str]) -> int:
    return sum(map(len, values))


def leaves(tree: Any) -> Iterator[str]:
    """Every text and number of a tree, in its order; without recursion, since a damaged file may nest at will."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, str):
            if text := node.strip():
                yield text
        elif node is not None and not isinstance(node, bool):
            yield str(node)


def lines_of(words: Words) -> Iterator[str]:
    """Lines of what is indexed, in the order in which a match in them counts."""
    yield from (words.name, *words.facts.split("\n"), *words.text.split("\n"))

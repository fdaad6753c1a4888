"""Facts out of MetaXpress plates: what the first plane of each image states."""

from collections.abc import Sequence
from typing import Any

from fixative.ome import from_tiff
from fixative.ome.facts import ImageFacts, at
from fixative.readers.protocol import ImageInfo


def metaxpress(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Plates: the calibration in the first plane's metadata; thumbnails, which are smaller, have none."""
    facts: list[ImageFacts | None] = []
    for image in images:
        first = at(tree, "images", str(image.name), "first plane")
        stated = from_tiff.metaseries(first, tiff, [image]) if image.kind == "image" else []
        facts.append(ImageFacts(size=stated[0].size) if stated and stated[0] else None)
    return facts

"""Facts out of OpenSlide's own properties, which it states alike for every vendor of whole slides.

Notes
-----
https://openslide.org/api/python/#standard-properties: ``openslide.mpp-x`` in micrometres per pixel of level 0,
``openslide.objective-power`` the magnification of the objective.
"""

from collections.abc import Sequence
from typing import Any

from fixative.ome.facts import ImageFacts, at, length, number, sizes, text_of
from fixative.readers.protocol import ImageInfo


def openslide(tree: Any, tiff: Any, images: Sequence[ImageInfo]) -> Sequence[ImageFacts | None]:
    """Size of a pixel and objective of the slide itself, the first image; label and macro have other sizes."""
    stated = at(tree, "properties", "openslide")
    power = number(at(stated, "objective-power"))
    objective = {"NominalMagnification": text_of(power)} if power is not None and power > 0 else {}
    size = sizes(length(at(stated, "mpp-x"), "µm"), length(at(stated, "mpp-y"), "µm"))
    return [ImageFacts(size=size, objective=objective)]

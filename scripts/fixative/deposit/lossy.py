"""Sources that had lost something before anybody archived them."""

from collections.abc import Iterator
from typing import Any

_TIFF = {6: "JPEG", 7: "JPEG", 34892: "lossy JPEG", 50001: "WebP"}
"""Values of the tag Compression; JPEG 2000 and JPEG XL may be without loss, and are not named."""

_FORMATS = ("jpeg", "mp4", "avi", "webp")


def lossy_codec(form: str, metadata: Any) -> str | None:
    """Codec that has cost the source samples, as far as its format or its TIFF tags tell.

    Parameters
    ----------
    form
        Key of the source's format.
    metadata
        The object's ``.meta.json``.
    """
    if form in _FORMATS:
        return form
    sources = (metadata.get("dump") or {}).get("sources") or ()
    codes = (code for source in sources if source.get("kind") == "tiff" for code in _compressions(source.get("tree")))
    return next((_TIFF[code] for code in codes if code in _TIFF), None)


def _compressions(tree: Any) -> Iterator[int]:
    if isinstance(tree, dict):
        if isinstance(tree.get("Compression"), int):
            yield tree["Compression"]
        tree = list(tree.values())
    if isinstance(tree, list):
        for value in tree:
            yield from _compressions(value)

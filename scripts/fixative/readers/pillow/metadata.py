"""All that Pillow's reader has found in a file beside pixels, as a tree."""

from collections.abc import Iterator
from typing import Any

from PIL import ExifTags

from fixative.trees import decode_text, to_tree
from fixative.xml_tree import BadXml, compact_tree

_SUMMARY = "\x05SummaryInformation"


def pillow_tree(image: Any) -> dict[str, Any]:
    """Tree of an open image.

    Returns
    -------
    dict
        ``format``, ``mode`` and ``size`` as Pillow names them, ``info`` (its own dictionary: resolution, comments,
        texts), ``exif`` by tag name, ``xmp``, ``header`` of SPIDER, and ``ole``: every property set of a compound
        file, by stream and hexadecimal property number. Binary values are digests.
    """
    info = {str(name): value for name, value in image.info.items()}
    tree: dict[str, Any] = {
        "format": image.format,
        "mode": image.mode,
        "size": list(image.size),
        "frames": getattr(image, "n_frames", 1),
    }
    if xmp := info.pop("xmp", info.pop("XML:com.adobe.xmp", None)):
        tree["xmp"] = _xml(xmp)
    tree["info"] = {name: _plain(value) for name, value in info.items()}
    tree["exif"] = _exif(image)
    header = getattr(image, "imageDimensions", None) or getattr(image, "hdrlen", None)
    if header:
        tree["header"] = header
    if ole := getattr(image, "ole", None):
        tree["ole"] = dict(_property_sets(ole))
    found: dict[str, Any] = to_tree({name: value for name, value in tree.items() if value not in ({}, None)})
    return found


def _xml(text: str | bytes) -> Any:
    try:
        return compact_tree(text)
    except BadXml:
        return decode_text(text) if isinstance(text, bytes) else text


def _exif(image: Any) -> dict[str, Any]:
    """EXIF by names of tags, its sub-directories inside it."""
    exif = image.getexif()
    found: dict[str, Any] = {}
    for code, value in exif.items():
        name = ExifTags.TAGS.get(code, str(code))
        if code in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop):
            names = ExifTags.GPSTAGS if code == ExifTags.IFD.GPSInfo else ExifTags.TAGS
            value = {names.get(key, str(key)): _plain(item) for key, item in exif.get_ifd(code).items()}
        found[name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    """A rational as numerator and denominator; what Pillow has already turned into numbers and texts as it is."""
    if hasattr(value, "numerator") and hasattr(value, "limit_rational"):
        return [value.numerator, value.denominator]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _property_sets(ole: Any) -> Iterator[tuple[str, Any]]:
    """Property sets of a compound file; the summary by the names of its properties."""
    for path in ole.listdir():
        if not path[-1].startswith("\x05"):
            continue
        name = "/".join(part.lstrip("\x05") for part in path)
        properties = ole.getproperties(path, convert_time=True)
        if path == [_SUMMARY]:
            names = dict(enumerate(ole.get_metadata().SUMMARY_ATTRIBS, start=1))
            yield name, {names.get(key, f"{key:#010x}"): value for key, value in properties.items()}
        else:
            yield name, {f"{key:#010x}": value for key, value in properties.items()}

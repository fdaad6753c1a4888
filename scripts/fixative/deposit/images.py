"""What an archived image says of itself: its OME-XML, read back from the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixative.required.fields import FIELDS, Values

_NOT_IN_OME = ("organism", "modality", "accelerating_voltage_kv")
_TYPES = {"float": "float32", "double": "float64", "complex": "complex64", "double-complex": "complex128"}


@dataclass(frozen=True)
class ImageFacts:
    """One image of an archived file."""

    index: int
    name: str | None
    dtype: str
    size_x: int
    size_y: int
    size_z: int
    size_c: int
    """Channels, each sample of a colour image counted."""
    size_t: int
    fields: Mapping[str, Values]
    """By name of the field (`fixative.required.fields`), in its unit: one value, or one per channel."""

    def field(self, name: str) -> str | None:
        """A field's value; of channels, all of them, separated by ``;``. None where no channel has one."""
        values = self.fields.get(name, ())
        return ";".join(value or "" for value in values) if any(values) else None


def image_facts(tiff: Path) -> tuple[ImageFacts, ...]:
    """Read the OME-XML of an archived OME-TIFF, its first page only.

    Raises
    ------
    ValueError
        When there is no OME-XML that could be read.
    """
    import tifffile

    from fixative.ome.schema import ome
    from fixative.required.places import scopes
    from fixative.xml_tree import BadXml, parse_xml

    try:
        with tifffile.TiffFile(tiff) as file:
            root = parse_xml(file.pages.first.description)
    except (OSError, BadXml, tifffile.TiffFileError) as error:
        raise ValueError(f"no OME-XML: {type(error).__name__}") from None
    images = [scope for scope in scopes(root) if scope.image.find(ome("Pixels")) is not None]
    return tuple(_facts(index, scope) for index, scope in enumerate(images))


def _facts(index: int, scope: Any) -> ImageFacts:
    from fixative.required.places import find

    pixels = scope.pixels
    sizes = {f"size_{axis}": int(pixels.get(f"Size{axis.upper()}", "1")) for axis in "xyzct"}
    kind = pixels.get("Type", "")
    return ImageFacts(
        index=index,
        name=scope.image.get("Name"),
        dtype=_TYPES.get(kind, kind),
        fields={name: find(name, scope) for name in FIELDS if name not in _NOT_IN_OME},
        **sizes,
    )

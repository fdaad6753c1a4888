"""What the first directory of an archived image says: its OME-XML, and how its samples are stored."""

import re
from dataclasses import dataclass
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.quality import COMPRESSIONS
from fixative.verify.layout import Layout
from fixative.verify.ome import OME
from fixative.verify.tiff_structure import read_structure
from fixative.verify.xml import BadXml, parse_xml


@dataclass(frozen=True)
class ImageFacts:
    """For the checklist: nothing here is a check."""

    ome_xml: bytes
    layout: Layout
    significant_bits: dict[int, int]
    """By image, where the OME-XML states fewer than the type has."""

    @property
    def compression(self) -> str:
        """Name of the codec."""
        return COMPRESSIONS.get(self.layout.compression, str(self.layout.compression))


def image_facts(path: Path) -> ImageFacts | None:
    """Read the header and the first directory; None where they are damaged.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as stream:
            structure = read_structure(stream, most_planes=0)
        layout = structure.planes[0][0].layout
    except (RefusedSample, LookupError):
        return None
    return ImageFacts(structure.description, layout, _significant_bits(structure.description))


def _significant_bits(xml: bytes) -> dict[int, int]:
    try:
        root = parse_xml(xml)
    except BadXml:
        return {}
    stated = (pixels.get("SignificantBits", "") for pixels in root.iterfind(f"{OME}Image/{OME}Pixels"))
    return {number: int(bits) for number, bits in enumerate(stated) if re.fullmatch(r"[0-9]{1,3}", bits)}

"""OME-XML 2016-06 of a source: the reader's own where it has one, completed from the vendor's metadata,
corrected to the pixels that were delivered.
"""  # noqa: D205  one sentence, longer than a line

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from fixative.findings import RefusedSample
from fixative.models import Inventory, MetadataDump
from fixative.ome.annotate import annotate_axes
from fixative.ome.complete import complete_for_tiff, serialised
from fixative.ome.correct import correct_images, hold_metadata_only
from fixative.ome.corrections import Correction
from fixative.ome.fill import fill_facts
from fixative.ome.from_vendor import facts_of
from fixative.ome.repair import repair
from fixative.ome.schema import NAMESPACES, ome, problems
from fixative.ome.upgrade import CannotUpgrade, upgraded
from fixative.readers.protocol import ImageInfo, Reader
from fixative.xml_tree import BadXml, parse_xml

__all__ = ["BuiltOme", "build_ome_xml", "complete_for_tiff"]


@dataclass(frozen=True)
class BuiltOme:
    """OME-XML with ``<MetadataOnly/>`` in each Pixels, and what was changed to make it true and valid."""

    xml: bytes
    corrections: tuple[Correction, ...]


def build_ome_xml(reader: Reader, dump: MetadataDump, inventory: Inventory) -> BuiltOme:
    """Describe a source in OME-XML 2016-06.

    Parameters
    ----------
    reader : Reader
        Its images are what the document must be true of.
    dump : MetadataDump
        The vendor's metadata, for what the reader's OME-XML does not say.
    inventory : Inventory
        The source's files.

    Raises
    ------
    RefusedSample
        CNV002 for a pixel type that OME does not know, MET003 where no valid document results.

    Notes
    -----
    Nothing is invented: what neither the reader's OME-XML nor the vendor's metadata states is absent.
    """
    root, corrections = _start(reader.ome_xml())
    corrections += _describe(root, reader.images, dump)
    xml = serialised(root)
    if problems(xml):
        # Never an invalid document: the source's own is whole in the dump
        root, _ = _start(None)
        corrections = [Correction(None, "OME-XML", "cannot be made valid", "built anew")]
        corrections += _describe(root, reader.images, dump)
        xml = serialised(root)
    if wrong := problems(xml):
        raise RefusedSample("MET003", reason=f"{inventory.format}: {len(wrong)} problems with the schema")
    return BuiltOme(xml, tuple(corrections))


def _start(xml: str | None) -> tuple["etree._Element", list[Correction]]:
    """The reader's document, brought to a valid 2016-06, or an empty one."""
    if xml is not None:
        try:
            root = upgraded(parse_xml(xml))
        except (BadXml, CannotUpgrade) as error:
            return _empty(), [Correction(None, "OME-XML", f"cannot be read: {error}", "built anew")]
        root.attrib.pop("UUID", "")
        for pointer in root.findall(ome("BinaryOnly")):
            root.remove(pointer)
        for pixels in root.findall(f"{ome('Image')}/{ome('Pixels')}"):
            hold_metadata_only(pixels)
        return root, repair(root)
    return _empty(), []


def _empty() -> "etree._Element":
    return etree.Element(ome("OME"), nsmap=NAMESPACES)


def _describe(root: "etree._Element", images: Sequence[ImageInfo], dump: MetadataDump) -> list[Correction]:
    """Make a document describe the images, and repair what that leaves."""
    corrections = correct_images(root, images)
    fill_facts(root, facts_of(dump, images))
    annotate_axes(root, images)
    return corrections + repair(root)

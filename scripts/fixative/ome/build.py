"""OME-XML 2016-06 of a source: what its readers and its vendor's metadata say, as one document, true of the pixels.

Each reader's words and the vendor's own become a document of the same form; `fixative.ome.reconcile` makes one of
them. What OME has no place for is annotated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from fixative import __version__
from fixative.findings import RefusedSample
from fixative.metadata.voices import Voice, voice_of
from fixative.models import Inventory, MetadataDump, MetadataSource
from fixative.ome.annotate import annotate_axes, annotate_corrections
from fixative.ome.complete import complete_for_tiff, serialised
from fixative.ome.corrections import Correction
from fixative.ome.fill import facts_document
from fixative.ome.from_vendor import facts_of
from fixative.ome.reconcile import Disagreement, Document, Losses, NothingInvented, document_of, reconcile
from fixative.ome.repair import repair
from fixative.ome.schema import problems
from fixative.readers.protocol import ImageInfo, Reader
from fixative.xml_tree import xml_tree

__all__ = ["BuiltOme", "build_ome_xml", "complete_for_tiff", "with_vendor_document"]


@dataclass(frozen=True)
class BuiltOme:
    """OME-XML with ``<MetadataOnly/>`` in each Pixels, what was changed to make it true, and who said otherwise."""

    xml: bytes
    corrections: tuple[Correction, ...]
    disagreements: tuple[Disagreement, ...] = ()


def build_ome_xml(
    reader: Reader,
    dump: MetadataDump,
    inventory: Inventory,
    *,
    words: Sequence[Voice] | None = None,
    losses: Losses | None = None,
) -> BuiltOme:
    """Describe a source in OME-XML 2016-06.

    Parameters
    ----------
    reader : Reader
        Its images are what the document must be true of.
    dump : MetadataDump
        The vendor's metadata, for what no reader's OME-XML says.
    inventory : Inventory
        The source's files.
    words : sequence of Voice, optional
        What each reader says; that of ``reader`` alone where not given.
    losses : Losses, optional
        Knows what readers make up; nothing where not given.

    Raises
    ------
    RefusedSample
        CNV002 for a pixel type that OME does not know, MET003 where no valid document results.

    Notes
    -----
    Nothing is invented: what neither a reader's OME-XML nor the vendor's metadata states is absent.
    """
    heard = (voice_of(reader),) if words is None else words
    found = (document_of(voice, reader.images, losses or NothingInvented()) for voice in heard)
    documents = [document for document in found if document is not None]
    documents.append(vendor_document(dump, reader.images))
    merged = reconcile(documents)
    corrections = [*merged.base.corrections, *_finish(merged.root, reader.images)]
    if merged.base.rank == "file":
        annotate_corrections(merged.root, corrections)
    corrections += merged.corrections
    xml = serialised(merged.root)
    disagreements = merged.disagreements
    if problems(xml):
        # Never an invalid document: the readers' own are whole in the dump
        plain = vendor_document(dump, reader.images)
        corrections = [Correction(None, "OME-XML", "cannot be made valid", "built anew")]
        corrections += _finish(plain.root, reader.images)
        xml, disagreements = serialised(plain.root), ()
    if wrong := problems(xml):
        raise RefusedSample("MET003", reason=f"{inventory.format}: {len(wrong)} problems with the schema")
    return BuiltOme(xml, tuple(corrections), disagreements)


def vendor_document(dump: MetadataDump, images: Sequence[ImageInfo]) -> Document:
    """Say in OME's terms what the vendor's metadata surely state."""
    root = facts_document(facts_of(dump, images), images)
    return Document("fixative", "vendor", root, [], len(images))


def with_vendor_document(dump: MetadataDump, images: Sequence[ImageInfo]) -> MetadataDump:
    """The dump with the vendor's metadata in OME's terms, where no reader makes OME-XML of the source.

    The metadata diff goes by it: somebody's words there must be.
    """
    if any(source.kind == "ome" for source in dump.sources):
        return dump
    source = MetadataSource(
        kind="ome",
        file=dump.sources[0].file if dump.sources else "",
        tool="fixative",
        version=__version__,
        tree=xml_tree(vendor_document(dump, images).root),
    )
    return dump.model_copy(update={"sources": (*dump.sources, source)})


def _finish(root: "etree._Element", images: Sequence[ImageInfo]) -> list[Correction]:
    """Annotate what OME has no place for, and repair what merging may have left."""
    annotate_axes(root, images)
    return repair(root)

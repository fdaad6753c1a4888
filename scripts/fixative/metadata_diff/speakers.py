"""Who looks at both files: Bio-Formats where it has looked at the source, else the next."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from fixative.findings import RefusedSample
from fixative.models import MetadataDump, MetadataSource
from fixative.pixel_models import Pixels
from fixative.readers.backends import BACKENDS
from fixative.readers.guard import decoding, describe
from fixative.readers.options import ReaderOptions, Request
from fixative.xml_tree import parse_xml, xml_tree

ARCHIVED = "ome_tiff"
"""Format of every archived file."""

OWN = "fixative"
"""Tool that makes OME-XML of the vendor's metadata: the last to be asked."""


@dataclass(frozen=True)
class Speaker:
    """The reader whose words about source and archive are compared."""

    backend: str
    version: str
    place: int
    """Number of its document among the sources of the dump."""


def speaker_of(dump: MetadataDump, pixels: Pixels) -> Speaker | None:
    """Choose: Bio-Formats, then the reader that converts, then Fixative's own reading of the vendor's metadata.

    Bio-Formats knows neither of OME's two complex pixel types, and opens no OME-TIFF that has them.
    """
    for backend in dict.fromkeys(("bioformats", dump.reader, OWN)):
        if backend == "bioformats" and _complex(pixels):
            continue
        for place, source in enumerate(dump.sources):
            if source.kind == "ome" and source.tool == backend and _is_document(source):
                return Speaker(backend, source.version, place)
    return None


def _complex(pixels: Pixels) -> bool:
    return any(image.dtype.startswith("complex") for image in pixels.images)


def _is_document(source: MetadataSource) -> bool:
    return isinstance(source.tree, dict) and isinstance(source.tree.get("OME"), dict)


def why_silent(dump: MetadataDump, pixels: Pixels) -> str:
    """Say why no reader's words can be compared."""
    if _complex(pixels) and any(source.tool == "bioformats" for source in dump.sources):
        return "Bio-Formats opens no OME-TIFF of complex pixels, and no other reader makes OME-XML of this source"
    if any(source.kind == "ome" for source in dump.sources):
        return "the OME-XML of the source is not well-formed"
    return "no reader makes OME-XML of this source"


Listen = Callable[[str, str, Any], None]
"""Is told what Bio-Formats says of the archived file: its version, its OME-XML, its original metadata."""


def archived_tree(
    path: Path, speaker: Speaker, options: ReaderOptions, listen: Listen | None = None
) -> dict[str, Any]:
    """Let the same reader look at the archived file.

    Readers that know their vendor's format alone cannot: for them the document in the file is taken as tifffile
    reads it.

    Parameters
    ----------
    path, speaker, options
        The file, and who looks at it.
    listen
        Is told where it is Bio-Formats that looks.

    Raises
    ------
    RefusedSample
        VER007 where it does not open the archived file.
    """
    if speaker.backend == "bioformats":
        words = bioformats_words(path, options)
        if listen is not None:
            listen(*words)
        return xml_tree(parse_xml(words[1]))
    backend = "tifffile"

    def unreadable(error: Exception) -> RefusedSample:
        return RefusedSample("VER007", what=f"{backend} does not open the archived file: {describe(error, path)}")

    with decoding(unreadable):
        module = import_module(f"fixative.readers.{BACKENDS[backend].module.partition(':')[0]}")
        with closing(module.open_reader(Request(path, ARCHIVED, backend, options))) as reader:
            return xml_tree(parse_xml(reader.ome_xml() or ""))


def bioformats_words(path: Path, options: ReaderOptions) -> tuple[str, str, Any]:
    """Give what Bio-Formats says of an archived file: its version, its OME-XML, its original metadata.

    Raises
    ------
    RefusedSample
        VER007 where it does not open the file.
    """

    def unreadable(error: Exception) -> RefusedSample:
        return RefusedSample("VER007", what=f"bioformats does not open the archived file: {describe(error, path)}")

    with decoding(unreadable):
        from fixative.readers.bioformats.reader import open_reader

        with closing(open_reader(Request(path, ARCHIVED, "bioformats", options))) as reader:
            return reader.version, reader.ome_xml() or "", reader.vendor_metadata()


def tree_at(sources: Sequence[MetadataSource], speaker: Speaker) -> Any:
    """Give the speaker's document among the sources of a dump, raw or sanitised."""
    return sources[speaker.place].tree

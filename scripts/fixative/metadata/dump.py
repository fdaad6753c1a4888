"""The dump: everything a source says, value by value, with the file and the tool that it comes from."""

from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import fixative
from fixative.metadata.exiftool import ExiftoolFailed, Session, exiftool_session
from fixative.metadata.sidecars import sidecar_tree
from fixative.metadata.tiff_columns import number_of_ifds
from fixative.metadata.tiff_tags import is_tiff, tiff_tree
from fixative.metadata.voices import Voice, voice_of
from fixative.models import (
    DeliveredImage,
    Inventory,
    MetadataDump,
    MetadataSource,
    ReaderTrial,
    SampleRow,
    SourceFile,
)
from fixative.readers.protocol import Reader
from fixative.readers.staying import kind_of
from fixative.trees import digest_of, safe_text, to_tree
from fixative.xml_tree import BadXml, parse_xml, xml_tree

REPEATED_TEXT = 4096
"""A text longer than this that another file of the set has given already stands as its digest."""

MOST_IFDS_FOR_EXIFTOOL = 1000
"""exiftool's time grows with the square of the pages (10,000: 42 s); their tags stand in the source ``tiff``."""

OWN_KINDS = frozenset(
    ("czi_subblocks", "czi_attachments", "hdf5", "zarr_arrays", "svs", "ndpi", "qpi", "bif", "ifds")
)
"""Kinds that a backend hands over and Fixative itself has read, since the library does not."""

_WHERE_FILES_LIE = {"source", "sidecars", "remote", "remote_sidecars"}
"""Columns of the sheet that say nothing of the image."""

_IMAGE_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\xff\xd8\xff", b"\x89PNG", b"\0\0\0\x0cjP  ")


def dump_metadata(
    reader: Reader,
    inventory: Inventory,
    row: SampleRow,
    tried: Sequence[ReaderTrial] = (),
    *,
    words: Sequence[Voice] | None = None,
    silent: Sequence[str] = (),
    exiftool: str = "auto",
) -> MetadataDump:
    """Gather the metadata of a source.

    Parameters
    ----------
    reader : Reader
        The reader that serves the sample.
    inventory : Inventory
        Its files.
    row : SampleRow
        What the sheet says about it.
    tried : sequence of ReaderTrial
        Readers that failed before.
    words : sequence of Voice, optional
        What each reader says, that of ``reader`` first; its words alone where not given.
    silent : sequence of str
        Notes about readers that have nothing to say.
    exiftool : str
        ``auto``, ``none`` or a path; see `exiftool_session`, inside which it is not looked at.

    Returns
    -------
    MetadataDump
        Sources in the order: the readers', TIFF tags, exiftool, sidecars, sheet, file names.
    """
    notes = list(silent)
    sources: list[MetadataSource] = []
    for voice in (voice_of(reader),) if words is None else words:
        sources += _of_reader(voice, inventory, notes)
    tiffs = list(_of_tiffs(inventory))
    sources += tiffs
    long = {tiff.file for tiff in tiffs if number_of_ifds(tiff.tree) > MOST_IFDS_FOR_EXIFTOOL}
    with exiftool_session(exiftool) as session:
        sources += _of_exiftool(inventory, session, long, notes)
    sources += _of_sidecars(inventory)
    sources += _of_sheet(inventory, row)
    return MetadataDump(
        reader=reader.backend,
        reader_version=reader.version,
        reader_library=reader.library,
        tried=tuple(tried),
        sources=tuple(sources),
        images=tuple(
            DeliveredImage(index=image.index, kind=kind_of(image), size_y=image.size_y, size_x=image.size_x)
            for image in reader.images
        ),
        notes=tuple(notes),
    )


def _of_reader(voice: Voice, inventory: Inventory, notes: list[str]) -> Iterator[MetadataSource]:
    """OME-XML and the vendor's metadata, as a reader gives them."""

    def source(kind: str, tree: Any) -> MetadataSource:
        return MetadataSource(
            kind=kind, file=inventory.main.name, tool=voice.backend, version=voice.version, tree=tree
        )

    if voice.ome_xml is not None:
        try:
            yield source("ome", xml_tree(parse_xml(voice.ome_xml)))
        except BadXml as error:
            notes.append(f"{voice.backend}'s OME-XML is not well-formed: {error}")
            yield source("ome", {"unparsed": safe_text(voice.ome_xml)})
    for kind, vendor in voice.vendor.items():
        if vendor and kind in OWN_KINDS:
            yield _own(kind, inventory.main.name, to_tree(vendor))
        elif vendor:
            yield source(kind, to_tree(vendor))


def _of_tiffs(inventory: Inventory) -> Iterator[MetadataSource]:
    """Tags of every TIFF of the set."""
    texts: set[str] = set()
    for file in inventory.files:
        if file.role != "sidecar" and file.path.is_file() and is_tiff(file.path):
            tree = _without_repeats(tiff_tree(file.path), texts)
            yield _own("tiff", file.name, tree)


def _without_repeats(tree: Any, texts: set[str]) -> Any:
    """Replace long texts that stood in an earlier file: the OME-XML of a set stands in each of its files."""
    if isinstance(tree, dict):
        return {name: _without_repeats(value, texts) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_without_repeats(value, texts) for value in tree]
    if isinstance(tree, str) and len(tree) > REPEATED_TEXT:
        digest = digest_of(tree.encode("utf-8"))
        if digest["sha256"] in texts:
            return digest
        texts.add(digest["sha256"])
    return tree


def _of_exiftool(
    inventory: Inventory, session: Session, long: set[str], notes: list[str]
) -> Iterator[MetadataSource]:
    """Exiftool's reading of the main file and of each further image of the set."""
    if not session.available:
        notes.append("no exiftool: EXIF, XMP and IPTC as the readers give them only")
        return
    for number, file in enumerate(inventory.files):
        if not _for_exiftool(file):
            continue
        if file.name in long:
            notes.append(
                f"exiftool not asked about file {number} of the set: more than {MOST_IFDS_FOR_EXIFTOOL} pages"
            )
            continue
        try:
            tree, tool_version = session.read(file.path)
        except ExiftoolFailed as error:
            notes.append(f"exiftool failed on file {number} of the set: {error}")
            continue
        if tree:
            yield MetadataSource(kind="exiftool", file=file.name, tool="exiftool", version=tool_version, tree=tree)


def _for_exiftool(file: SourceFile) -> bool:
    if file.role == "sidecar" or not file.path.is_file():
        return False
    if file.role == "main":
        return True
    with file.path.open("rb") as stream:
        return stream.read(132).startswith(_IMAGE_STARTS)


def _of_sidecars(inventory: Inventory) -> Iterator[MetadataSource]:
    """Each sidecar; its tree stands under its number, so that its keys are its own."""
    sidecars = [file for file in inventory.files if file.role == "sidecar"]
    for number, file in enumerate(sidecars):
        yield _own("sidecar", file.name, {str(number): sidecar_tree(file.path)})


def _of_sheet(inventory: Inventory, row: SampleRow) -> Iterator[MetadataSource]:
    """The sheet's row, but for what only says where files lie, and the names of the set's files."""
    columns = row.model_dump(mode="json", exclude=_WHERE_FILES_LIE | {"line", "extra"}, exclude_none=True)
    yield _own("sheet", "", to_tree({**columns, **row.extra}))
    names = {str(number): {"name": file.name} for number, file in enumerate(inventory.files)}
    yield _own("file", "", to_tree(names))


def _own(kind: str, file: str, tree: Any) -> MetadataSource:
    """A source that Fixative itself has read."""
    return MetadataSource(kind=kind, file=file, tool="fixative", version=_own_version(), tree=tree)


def _own_version() -> str:
    try:
        return str(getattr(fixative, "__version__", "") or version("fixative"))
    except PackageNotFoundError:
        return "unknown"

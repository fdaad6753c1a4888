"""Bio-Formats as it recognises files: which reader claims one, which files it would open, which readers it has.

The readers come in the order of the jar's own ``readers.txt``. Some are left out everywhere, since what they
deliver is not what one image file holds.
"""

import os
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from fixative.readers.bioformats.jvm import java_class, machine
from fixative.readers.guard import decoding, undecodable
from fixative.readers.options import ReaderOptions

EXCLUDED: dict[str, str] = {
    "FilePatternReader": "follows a pattern to other files",
    "URLReader": "follows an address",
    "ZipReader": "opens what is inside an archive",
    "FakeReader": "makes images up from a file name",
    "ScreenReader": "follows a list to other files",
    "TextReader": "takes any table of numbers for an image",
    "IMODReader": "draws a picture of a model",
    "SlideBook6Reader": "needs a library of the vendor's",
    "SlideBook7Reader": "needs a library of the vendor's",
    "ZarrReader": "a reader outside the jar",
    "ZeissQuickStartCZIReader": "a second reader of CZI, outside the jar",
}
"""Readers that are never asked, with the reason."""


def recognised_by(path: Path, options: ReaderOptions) -> str | None:
    """Name the reader that claims a file by its content.

    Parameters
    ----------
    path : Path
        The file; it is opened.
    options : ReaderOptions
        The jar and the heap.

    Returns
    -------
    str or None
        Simple class name (``GatanReader``); None where no reader claims it.

    Notes
    -----
    Some readers take a matching suffix for proof although they could look inside. They are asked to look,
    and their claim by name counts only where no reader claims the content.
    """
    named: str | None = None
    if zipfile.is_zipfile(path) and path.suffix.lower() == ".zip":
        # Bio-Formats would look into it, and take what is inside for the file itself.
        return None
    with decoding(undecodable("recognition", path)):
        for name, reader in _readers(options).items():
            try:
                if not reader.isThisType(str(path), True):
                    continue
                if not _trusts_names(reader) or _knows_content(reader, path):
                    return name
            except _java_exception():
                # A reader that stumbles over a file does not claim it, as in Bio-Formats itself.
                continue
            finally:
                reader.close()
            named = named or name
    return named


def used_files(path: Path, options: ReaderOptions) -> list[Path]:
    """List the files that Bio-Formats would open with this one, itself included; sorted.

    Raises
    ------
    RefusedSample
        CNV001 where no reader claims the file, or the one that does cannot open it.
    """
    with decoding(undecodable("file set", path)):
        name = recognised_by(path, options)
        if name is None:
            raise ValueError("no Bio-Formats reader claims it")
        reader = new_reader(name, options)
        try:
            reader.setGroupFiles(True)
            reader.setOriginalMetadataPopulated(False)
            reader.setId(str(path.absolute()))
            return named_as(path, {str(used) for used in reader.getUsedFiles()})
        finally:
            reader.close()


def all_readers(options: ReaderOptions) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """List (class name, format name, suffixes, domains) of every reader that is asked, in the jar's order."""
    return [
        (
            name,
            str(reader.getFormat()),
            tuple(str(suffix) for suffix in reader.getSuffixes()),
            tuple(str(domain) for domain in reader.getPossibleDomains("")),
        )
        for name, reader in _readers(options).items()
    ]


def new_reader(name: str, options: ReaderOptions) -> Any:
    """Make a reader of a class by its simple name; close it."""
    machine(options)
    return java_class(_class_names()[name])()


def named_as(path: Path, used: set[str], link: Path | None = None) -> list[Path]:
    """Files that Java names, named as ``path`` is; sorted.

    Parameters
    ----------
    path : Path
        The source as it was asked for: relative perhaps.
    used : set of str
        Names that a Bio-Formats reader gives.
    link : Path, optional
        What was opened instead of ``path``.
    """
    if link is not None:
        return [path]
    # Not resolved: the set keeps the names it has here, links included.
    folder = os.path.abspath(path.parent)  # noqa: PTH100
    found = set()
    for name in used:
        full = Path(os.path.abspath(name))  # noqa: PTH100
        found.add(path.parent / full.relative_to(folder) if full.is_relative_to(folder) else full)
    return sorted(found)


def _readers(options: ReaderOptions) -> dict[str, Any]:
    """One instance of each reader, kept for asking; they hold no file between two questions."""
    machine(options)
    return _instances()


@cache
def _class_names() -> dict[str, str]:
    """Full names of the reader classes by their simple ones, in the jar's order; no class is loaded for it."""
    loader = java_class("java.lang.ClassLoader").getSystemClassLoader()
    text = bytes(loader.getResourceAsStream("loci/formats/readers.txt").readAllBytes()).decode()
    # A class, its options in brackets, a comment; each may be absent.
    names = (re.split(r"[\[#]", line)[0].strip() for line in text.splitlines())
    found = {name.rpartition(".")[2]: name for name in names if name}
    return {name: full for name, full in found.items() if name not in EXCLUDED}


@cache
def _class_list() -> dict[str, Any]:
    """Classes of all readers, as Java loads them: those of its list that are in the jar, and that it can load."""
    found = {}
    for reader in java_class("loci.formats.ImageReader").getDefaultReaderClasses().getClasses():
        name = str(reader.getSimpleName())
        if name not in EXCLUDED:
            found[name] = java_class(str(reader.getName()))
    return found


@cache
def _instances() -> dict[str, Any]:
    return {name: reader() for name, reader in _class_list().items()}


def _trusts_names(reader: Any) -> bool:
    """Whether the reader takes a suffix for proof, and has a test of the content that it does not ask."""
    return _field(reader, "suffixSufficient") and _has_content_test(str(reader.getClass().getName()))


@cache
def _has_content_test(name: str) -> bool:
    stream = java_class("loci.common.RandomAccessInputStream").class_
    test = java_class(name).class_.getMethod("isThisType", stream)
    return str(test.getDeclaringClass().getSimpleName()) != "FormatReader"


def _field(reader: Any, name: str) -> bool:
    field = java_class("loci.formats.FormatReader").class_.getDeclaredField(name)
    field.setAccessible(True)
    return bool(field.getBoolean(reader))


def _knows_content(reader: Any, path: Path) -> bool:
    stream = java_class("loci.common.RandomAccessInputStream")(str(path))
    try:
        return bool(reader.isThisType(stream))
    finally:
        stream.close()


def _java_exception() -> Any:
    import jpype

    return jpype.JException

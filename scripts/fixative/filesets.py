"""File sets: which files belong to one image, found from the file that a person names.

Names inside files are looked up in the set's own folder only (`fixative.members`). Of formats that only
Bio-Formats reads, it is asked which files it would open.
"""

import re
from collections.abc import Callable
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.members import MAX_MEMBERS, Folder, tree
from fixative.metaxpress import plate_members
from fixative.readers.options import READER_DEFAULTS, ReaderOptions
from fixative.vendor_sets import READER_KNOWS, RULES
from fixative.vendor_sets import settings_text as _text

MOST_DIGITS = 12
"""Of a number in the name of a slice."""

OME_FORMATS = {"ome_tiff", "micromanager", "companion_ome"}
"""Formats whose OME-XML may name the files that hold its planes."""


def file_set(path: Path, fmt: str, options: ReaderOptions = READER_DEFAULTS) -> list[Path]:
    """List the files of the set that ``path`` is the main file of.

    Parameters
    ----------
    path : Path
        The file that a reader opens, or the folder of a Zarr store.
    fmt : str
        Key of `fixative.identify.FORMATS`.
    options : ReaderOptions
        For formats whose file set only a reader knows.

    Returns
    -------
    list of Path
        The main file first (of a Zarr store the file that describes its root), then the others by name.

    Raises
    ------
    RefusedSample
        INV006 where a member is missing, INV005 where a name leads out of the folder.
    """
    if path.is_dir():
        return _store(path)
    members = {member: None for rule in _rules(path, fmt) for member in rule(path)}
    if fmt in READER_KNOWS:
        members.update(dict.fromkeys(_used_by_bioformats(path, options)))
    members.pop(path, None)
    return [path, *sorted(members)]


def stands_alone(path: Path, fmt: str) -> bool:
    """Whether an image is its whole set whatever lies beside it: no rule applies, or its OME-XML names no other."""
    if path.is_dir():
        return True
    if fmt in READER_KNOWS:
        return False
    rules = _rules(path, fmt)
    return not rules or (rules == [_ome] and _names_no_other(path))


def _names_no_other(path: Path) -> bool:
    """Whether the OME-XML in a file speaks of that file alone."""
    from fixative.structure.ome_xml import parse_ome, read_ome

    try:
        text = read_ome(path)
        if b"FileName" not in text and b"BinaryOnly" not in text:
            return True
        document = parse_ome(text)
    except (RefusedSample, OSError):
        return False
    return document.metadata_file is None and not document.others(path.name)


def _used_by_bioformats(path: Path, options: ReaderOptions) -> list[Path]:
    """Files that Bio-Formats would open; none where it cannot open the image: opening it will say why."""
    from fixative.readers.bioformats.catalogue import used_files

    try:
        used = used_files(path.absolute(), options)
    except RefusedSample as refusal:
        if refusal.code.startswith("INV"):
            raise
        return []
    # Names as the sheet gives them: Java's are absolute.
    folder, root = Folder(path.parent), path.parent.absolute()
    if any(not file.is_relative_to(root) for file in used):
        raise RefusedSample("INV005", reason="its reader opens files outside the folder of the set")
    return [folder.member(file.relative_to(root).as_posix()) for file in used]


def _rules(path: Path, fmt: str) -> list[Callable[[Path], list[Path]]]:
    """Rules for this kind of file: by its suffix, as the formats themselves find their members."""
    name = path.name.casefold()
    rules = [rule for suffix, rule in _BY_SUFFIX.items() if name.endswith(suffix)]
    if fmt in OME_FORMATS:
        rules += [_ome]
    if fmt == "ndtiff":
        rules += [_ndtiff]
    if fmt == "metaxpress_plate":
        rules += [plate_members]
    if fmt in RULES:
        rules += [RULES[fmt]]
    return rules


def _store(path: Path) -> list[Path]:
    """Every file of a Zarr store, its root's own description first."""
    files = tree(path, path)
    for name in ("zarr.json", ".zattrs", ".zgroup", ".zarray", ".zmetadata"):
        if (main := path / name) in files:
            return [main, *(file for file in files if file != main)]
    if not files:
        raise RefusedSample("INV009", name=path.name)
    return files


def _ome(path: Path) -> list[Path]:
    """TIFFs of one OME-TIFF set, and the companion that describes them."""
    from fixative.structure.ome_xml import parse_ome, read_ome

    text = read_ome(path)
    if b"FileName" not in text and b"BinaryOnly" not in text:
        # Most OME-TIFFs stand alone: no need to parse what names no other file.
        return []
    document, folder = parse_ome(text), Folder(path.parent)
    found: list[Path] = []
    if document.metadata_file:
        found.append(folder.member(document.metadata_file))
        text = read_ome(found[0])
        document = parse_ome(text) if text else document
    carrier = (found or [path])[0]
    others = document.others(carrier.name)
    if len(others) == 1 and not found and document.names_one_file() and folder.find(others[0]) is None:
        # The only file it names is itself under an earlier name, unless the document is no TIFF.
        others = others if path.suffix.casefold() == ".ome" else []
    return found + [folder.member(name) for name in others]


def _ndtiff(path: Path) -> list[Path]:
    """NDTiff: the stacks that the index beside them names."""
    from fixative.structure.ndtiff import INDEX, stack_names

    folder = Folder(path.parent)
    index = folder.find(INDEX)
    if index is None:
        raise RefusedSample("INV006", name=INDEX)
    settings = folder.find("display_settings.txt")
    return [index, *([settings] if settings else []), *(folder.member(name) for name in stack_names(index))]


def _olympus_oif(path: Path) -> list[Path]:
    name = f"{path.name}.files"
    folder = Folder(path.parent).subfolder(name)
    if folder is None:
        raise RefusedSample("INV006", name=name)
    return tree(path.parent, folder)


def _cellsens(path: Path) -> list[Path]:
    """``name.vsi`` has its pixels in ``_name_/stack*/frame_t*.ets``; alone it holds a thumbnail only."""
    name = f"_{path.stem}_"
    folder = Folder(path.parent).subfolder(name)
    if folder is None:
        raise RefusedSample("INV006", name=name)
    files = tree(path.parent, folder)
    if not any(file.suffix.casefold() == ".ets" for file in files):
        raise RefusedSample("INV006", name=f"{name}/stack1/frame_t.ets")
    return files


def _mirax(path: Path) -> list[Path]:
    """3DHISTECH: a folder of the same name, whose ``Slidedat.ini`` names the index and the data files."""
    found = Folder(path.parent).subfolder(path.stem)
    if found is None:
        raise RefusedSample("INV006", name=path.stem)
    folder = Folder(found)
    settings = _text(folder.member("Slidedat.ini"))
    for name in re.findall(r"^\s*(?:INDEXFILE|FILE_\d+)\s*=\s*(.+?)\s*$", settings, re.MULTILINE):
        folder.member(name)
    return tree(path.parent, found)


def _ics(path: Path) -> list[Path]:
    """ICS 1.0 keeps its pixels in ``name.ids``; ICS 2 in itself or in the file it names."""
    head = _text(path, 65536)
    folder = Folder(path.parent)
    if named := re.search(r"^source[ \t]+file[ \t]+(.+?)\s*$", head, re.MULTILINE):
        return [folder.member(named[1])]
    pixels = folder.find(f"{path.stem}.ids")
    if pixels is None and re.search(r"^ics_version[ \t]+1\.", head, re.MULTILINE):
        raise RefusedSample("INV006", name=f"{path.stem}.ids")
    return [pixels] if pixels else []


def _leica_project(path: Path) -> list[Path]:
    """XLEF and its collections name one another and, at last, the LOF or TIFF files that hold pixels."""
    root, found, waiting = Folder(path.parent), {path: None}, [path]
    while waiting:
        document = waiting.pop()
        base = document.parent.relative_to(path.parent).as_posix()
        for name in re.findall(r'<(?:\w+:)?Reference\b[^>]*?\bFile="([^"]+)"', _xml_text(document)):
            member = root.member(f"{base}/{_unescape(name)}")
            if member not in found:
                found[member] = None
                if member.suffix.casefold() in (".xlef", ".xlcf", ".xlif"):
                    waiting.append(member)
    return list(found)


def _zeiss_parts(path: Path) -> list[Path]:
    from fixative.structure.czi import part_name, parts_of

    folder = Folder(path.parent)
    return [folder.member(part_name(path, part)) for part in sorted(parts_of(path))]


def _detached_nrrd(path: Path) -> list[Path]:
    return _named_data(path, r"^data ?file:\s*(.+?)\s*$")


def _metaimage(path: Path) -> list[Path]:
    return _named_data(path, r"^ElementDataFile\s*=\s*(.+?)\s*$")


def _named_data(path: Path, pattern: str) -> list[Path]:
    """Header files that name the files that hold their pixels: one, a list, or a pattern with numbers.

    MetaImage and NRRD write lists and patterns alike: ``LIST`` and a name a line, ``slice%03d.raw 1 20 1``.
    """
    text = _text(path)
    named = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
    if named is None or named[1].casefold() == "local":
        return []
    folder = Folder(path.parent)
    if re.match(r"list\b", named[1], re.IGNORECASE):
        return [folder.member(line.strip()) for line in text[named.end() :].splitlines() if line.strip()]
    if numbered := re.fullmatch(r"(.*)%0?(\d*)d(\S*)\s+(-?\d+)\s+(-?\d+)(?:\s+(\d+))?(?:\s+\d+)?", named[1]):
        before, width, after, first, last, step = numbered.groups()
        long = max(map(len, (width, first, last, step or ""))) > MOST_DIGITS
        numbers = range(0) if long else range(int(first), int(last) + 1, int(step or 1) or 1)
        if long or (width and int(width) > MOST_DIGITS) or len(numbers) > MAX_MEMBERS:
            raise RefusedSample("INV005", reason="a header names more files, or longer names, than any set has")
        return [folder.member(f"{before}{number:0{width or 1}d}{after}") for number in numbers]
    return [folder.member(named[1])]


def _analyze(path: Path) -> list[Path]:
    """NIfTI or Analyze pair; a header of 348 bytes tells it from other ``.hdr`` files."""
    with path.open("rb") as stream:
        size = stream.read(4)
    if size not in (b"\x5c\x01\0\0", b"\0\0\x01\x5c"):
        return []
    return [Folder(path.parent).member(f"{path.stem}.img")]


def _tia(path: Path) -> list[Path]:
    """FEI TIA: ``name.emi`` describes ``name_1.ser`` and its successors."""
    series = [file for file, _ in Folder(path.parent).matching(re.escape(path.stem) + r"_\d+\.ser")]
    if not series:
        raise RefusedSample("INV006", name=f"{path.stem}_1.ser")
    return series


def _metamorph(path: Path) -> list[Path]:
    from fixative.metamorph import nd_members

    return nd_members(path, _text(path))


_BY_SUFFIX: dict[str, Callable[[Path], list[Path]]] = {
    ".oif": _olympus_oif,
    ".vsi": _cellsens,
    ".mrxs": _mirax,
    ".nd": _metamorph,
    ".ics": _ics,
    ".xlef": _leica_project,
    ".xlif": _leica_project,
    ".czi": _zeiss_parts,
    ".nhdr": _detached_nrrd,
    ".mhd": _metaimage,
    ".hdr": _analyze,
    ".emi": _tia,
}


def _xml_text(path: Path) -> str:
    data = _text(path)
    return data.replace("\0", "") if "\0" in data[:200] else data


def _unescape(name: str) -> str:
    from html import unescape
    from urllib.parse import unquote

    return unquote(unescape(name))

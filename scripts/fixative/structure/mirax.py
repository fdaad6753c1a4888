"""3DHISTECH MIRAX: the data files that Slidedat.ini lists, and every tile of Index.dat within them.

Notes
-----
https://openslide.org/formats/mirax/: the index begins with its version and the slide's identifier, then the
places of two tables (of levels, of everything else); each entry leads to linked pages of items. An item of a
level is image number, offset, length, file number; others have two zeros more.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.members import Folder
from fixative.models import Completeness
from fixative.structure.promise import complete
from fixative.structure.window import Window

VERSION_BYTES = 5
MAX_INI_BYTES = 16 * 1024 * 1024
WHERE = "tiles of the MIRAX index"


def check_mirax(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the index with the lengths of the data files.

    Raises
    ------
    RefusedSample
        INV004 where a tile is not whole, INV005 where the index makes no sense, INV006 where a file is missing.
    """
    root = Folder(path.parent).subfolder(path.stem)
    if root is None:
        raise RefusedSample("INV006", name=path.stem)
    folder = Folder(root)
    ini = _settings(folder.member("Slidedat.ini"))
    data = _data_files(ini, folder)
    sizes = [file.stat().st_size for file in data]
    promised = present = stored = 0
    with Window(folder.member(ini.get("HIERARCHICAL.INDEXFILE", "Index.dat"))) as window:
        for offset, length, number in _items(window, ini):
            if not 0 <= number < len(sizes) or offset < 0 or length < 0:
                raise RefusedSample("INV005", reason="MIRAX index names a file or place that cannot be")
            promised, stored = promised + 1, stored + length
            present += offset + length <= sizes[number]
    if present < promised or not promised:
        raise RefusedSample("INV004", promised=f"{promised} tiles", present=f"{present}", where=WHERE)
    return complete(f"{promised} {WHERE} against {len(data)} data files", size=stored)


def _settings(path: Path) -> dict[str, str]:
    """Values of Slidedat.ini by ``SECTION.KEY``."""
    with Window(path) as window:
        text = window.read(0, min(window.bytes, MAX_INI_BYTES), "Slidedat.ini").decode("utf-8-sig", "replace")
    found, section = {}, ""
    for line in text.splitlines():
        if match := re.fullmatch(r"\s*\[(.+?)\]\s*", line):
            section = match[1].upper()
        elif "=" in line:
            key, _, value = line.partition("=")
            found[f"{section}.{key.strip().upper()}"] = value.strip()
    return found


def _data_files(ini: dict[str, str], folder: Folder) -> list[Path]:
    count = _integer(ini.get("DATAFILE.FILE_COUNT", ""), "FILE_COUNT")
    names = [ini.get(f"DATAFILE.FILE_{number}") for number in range(min(count, len(ini)))]
    if count != len(names) or None in names or not names:
        raise RefusedSample("INV004", promised=f"{count} data files", present="fewer names", where="Slidedat.ini")
    return [folder.member(str(name)) for name in names]


def _integer(text: str, name: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise RefusedSample("INV005", reason=f"Slidedat.ini: {name} is not a count")
    return int(text)


def _items(window: Window, ini: dict[str, str]) -> Iterator[tuple[int, int, int]]:
    """Offset, length and file of every item of both tables."""
    identifier = ini.get("GENERAL.SLIDE_ID", "").encode()
    start = VERSION_BYTES + len(identifier)
    if window.read(0, VERSION_BYTES, "MIRAX index")[2:3] != b".":
        raise RefusedSample("INV005", reason="MIRAX index without its version")
    if window.read(VERSION_BYTES, len(identifier), "MIRAX index") != identifier:
        raise RefusedSample("INV005", reason="MIRAX index of another slide")
    for place, prefix, zeros in ((start, "HIER", 0), (start + 4, "NONHIER", 2)):
        (table,) = window.unpack("<i", place, "MIRAX index")
        for number in range(_entries(ini, prefix)):
            (head,) = window.unpack("<i", table + 4 * number, "MIRAX index")
            if head > 0:
                yield from _pages(window, head, zeros)


def _entries(ini: dict[str, str], prefix: str) -> int:
    """Levels (or kinds) of all hierarchies together."""
    count = _integer(ini.get(f"HIERARCHICAL.{prefix}_COUNT", "0"), f"{prefix}_COUNT")
    names = (f"HIERARCHICAL.{prefix}_{number}_COUNT" for number in range(min(count, len(ini))))
    return sum(_integer(ini.get(name, "0"), name) for name in names)


def _pages(window: Window, head: int, zeros: int) -> Iterator[tuple[int, int, int]]:
    """Items of a chain of pages; the first page says nothing but where the next one is."""
    width, seen = 4 * (4 + zeros), set()
    (count, at) = window.unpack("<ii", head, "MIRAX index")
    if count:
        at = head
    while at:
        if at in seen:
            raise RefusedSample("INV005", reason="MIRAX index forms a loop")
        seen.add(at)
        count, following = window.unpack("<ii", at, "MIRAX index")
        if count < 0 or at < 0:
            raise RefusedSample("INV005", reason="MIRAX index with a negative count")
        window.require(at + 8, count * width if not zeros else count * 4, "page of the MIRAX index")
        for number in range(count):
            if zeros:
                # Two zeros, then offset, length, file: 20 bytes.
                _, _, offset, length, file = window.unpack("<5i", at + 8 + 20 * number, "MIRAX index")
            else:
                _, offset, length, file = window.unpack("<4i", at + 8 + 16 * number, "MIRAX index")
            yield offset, length, file
        at = following

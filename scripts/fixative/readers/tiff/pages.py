"""What each page of a TIFF says in texts of its own: planes of a stack as columns, pages of a slide as trees."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fixative.columns import columns
from fixative.described import described, pairs
from fixative.findings import RefusedSample
from fixative.structure.tiff_ifd import Tiff
from fixative.structure.window import Window
from fixative.trees import decode_text, safe_text
from fixative.xml_tree import BadXml, compact_tree

DESCRIPTION, SOFTWARE, ARTIST, XMP, MICROMANAGER = 270, 305, 315, 700, 51123
MOST_PAGES = 1_000_000
_LAYOUT = frozenset(("McuStarts", "McuStartsHighBytes"))


def texts(path: Path, tag: int) -> Iterator[str | None]:
    """Text of a tag in each page of the main chain, None where a page has none; ends where the chain breaks off."""
    with Window(path) as window:
        try:
            tiff = Tiff(window)
            for number, ifd in enumerate(tiff.chain(tiff.first, "ifd")):
                if number >= MOST_PAGES:
                    return
                text = decode_text(tiff.text(ifd, tag)).rstrip("\0")
                yield safe_text(text) if text else None
        except RefusedSample:
            # Truncated: the inventory has said so; what stands before the break is still worth keeping.
            return


def plane_columns(paths: Sequence[Path], tag: int) -> dict[str, Any]:
    """Descriptions of all planes of all files as columns; empty where they are no trees.

    ``page`` is the page within its file, ``file`` the number of the file where there are several.
    """
    rows: list[dict[str, Any]] = []
    for number, path in enumerate(paths):
        for page, text in enumerate(texts(path, tag)):
            if text is not None and (found := described(text)) is not None:
                place = {"file": number, "page": page} if len(paths) > 1 else {"page": page}
                rows.append(place | found)
    return columns(rows) if rows else {}


def scanimage_header(path: Path) -> dict[str, Any]:
    """Settings that stand for all frames: lines of the tag Software, JSON of the tag Artist."""
    found = {}
    for name, tag in (("Software", SOFTWARE), ("Artist", ARTIST)):
        text = next(texts(path, tag), None)
        if text is not None and (tree := described(text)) is not None:
            found[name] = tree
    return found


def page_trees(path: Path, tag: int) -> dict[str, Any]:
    """XML of each page that has some, by the page's number."""
    found: dict[str, Any] = {}
    for page, text in enumerate(texts(path, tag)):
        if text is not None and text.lstrip().startswith("<"):
            try:
                found[str(page)] = compact_tree(text)
            except BadXml:
                found[str(page)] = text
    return found


def aperio(path: Path) -> dict[str, Any]:
    """Aperio's ``name = value`` pairs of the first page, and of the others by number in ``pages``.

    What stands before the first ``|`` (software, sizes, compression) is ``Header``.
    """
    pages: dict[str, Any] = {}
    for page, text in enumerate(texts(path, DESCRIPTION)):
        if text is not None and text.lstrip().startswith("Aperio"):
            header, *rest = text.split("|")
            pages[str(page)] = {"Header": header.strip()} | pairs(rest)
    first: dict[str, Any] = pages.pop("0", {})
    return first | ({"pages": pages} if pages else {})


def hamamatsu(pages: Sequence[Any]) -> dict[str, Any]:
    """Hamamatsu's tags of each page by name, the property map of ``Comments`` (tag 65449) taken apart.

    The first page's tags stand at the top, those of the others by number in ``pages``.
    """
    found: dict[str, Any] = {}
    for number, page in enumerate(pages):
        tags = {
            name: value for name, value in page.ndpi_tags.items() if name not in ("McuStarts", "McuStartsHighBytes")
        }
        comments = tags.get("Comments")
        if isinstance(comments, str):
            tags["Comments"] = _property_map(comments)
        found[str(number)] = tags
    first: dict[str, Any] = found.pop("0", {})
    return first | ({"pages": found} if found else {})


def _property_map(text: str) -> dict[str, Any]:
    """``name=value`` lines; those of the shading data begin with ``;`` and end in a carriage return alone."""
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    tree: dict[str, Any] = pairs([line for line in lines if line and not line.startswith(";")])
    shading = pairs([line.lstrip(";") for line in lines if line.startswith(";")])
    return tree | ({"NDP Shading Data": shading} if shading else {})

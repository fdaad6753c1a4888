"""ICS 1 and 2: the sizes of the header against the pixels in ``.ids``, in the file itself or in the file it names.

Notes
-----
P. Dean et al., Proposed standard for image cytometry data files, Cytometry 11 (1990); libics for version 2.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.promise import complete, product, require_inflated, require_planes
from fixative.structure.window import Window

MAX_HEADER_BYTES = 16 * 1024 * 1024
WHERE = "sizes of the ICS header"


def check_ics(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the header's sizes with the file that holds the pixels.

    Raises
    ------
    RefusedSample
        INV004, INV005; INV006 where the file of the pixels is not in the set.
    """
    with Window(path) as window:
        lines, end = header_of(window)
    sizes = sizes_of(lines)
    bits, planes = sizes["bits"], 1
    row = product([sizes.get("x", 1), -(-bits // 8)], WHERE)
    for name, size in sizes.items():
        planes *= product([size], WHERE) if name not in ("bits", "x", "y") else 1
    plane = row * product([sizes.get("y", 1)], WHERE)
    data, offset = data_of(path, lines, end, files)
    compression = lines.get("representation compression", ["uncompressed"])[0].casefold()
    with Window(data) as window:
        if compression == "gzip":
            require_inflated(window, offset, plane * planes, "gzip", "gzip data of the ICS")
        elif compression != "uncompressed":
            return Completeness(
                checked=False, method=f"ICS data compressed with {compression[:20]!r} are not looked into"
            )
        else:
            require_planes(window.bytes - offset, plane, planes, WHERE)
    return complete(f"{WHERE} against the data", size=plane * planes, planes=planes)


def header_of(window: Window) -> tuple[dict[str, list[str]], int]:
    """Lines by category and name, and where the data of a version 2 file begin."""
    text = window.read(0, min(window.bytes, MAX_HEADER_BYTES), "ICS header")
    # The first line holds the two separators, most often tab and line feed.
    match = re.match(rb"(.)(\r\n|\r|\n|.)", text, re.DOTALL)
    if match is None:
        raise RefusedSample("INV005", reason="ICS header without separators")
    field, line = match[1], match[2]
    found: dict[str, list[str]] = {}
    at, ended = match.end(), False
    while at < len(text):
        stop = text.find(line, at)
        content = text[at : stop if stop >= 0 else len(text)].decode("latin-1")
        words = content.strip("\r\n").split(field.decode("latin-1"))
        at, ended = (stop + len(line), True) if stop >= 0 else (len(text), False)
        words = [word for word in words if word]
        if words == ["end"]:
            ended = True
            break
        if len(words) > 1:
            found.setdefault(" ".join(words[:2]).casefold(), words[2:])
            found.setdefault(words[0].casefold(), words[1:])
    if not ended:
        raise RefusedSample("INV004", promised="whole lines", present="part of the last one", where="ICS header")
    return found, at


def sizes_of(lines: dict[str, list[str]]) -> dict[str, int]:
    """Size of each axis by its name, bits of a pixel under ``bits``."""
    order, sizes = lines.get("layout order", []), lines.get("layout sizes", [])
    if len(order) == 1 and " " in order[0]:
        order = order[0].split()
    if len(sizes) == 1 and " " in sizes[0]:
        sizes = sizes[0].split()
    if not order or "bits" not in [name.casefold() for name in order]:
        raise RefusedSample("INV004", promised="a layout", present="none", where="ICS header")
    if len(sizes) < len(order) or not all(re.fullmatch(r"\d{1,12}", size) for size in sizes):
        raise RefusedSample("INV005", reason="sizes of the ICS layout are not as they must be")
    return {name.casefold(): int(size) for name, size in zip(order, sizes, strict=False)}


def data_of(path: Path, lines: dict[str, list[str]], end: int, files: Sequence[Path]) -> tuple[Path, int]:
    """File that holds the pixels, and where in it they begin."""
    if source := lines.get("source file"):
        name = re.split(r"[\\/]", source[0])[-1].casefold()
        found = next((file for file in files if file.name.casefold() == name), None)
        if found is None:
            raise RefusedSample("INV006", name=re.split(r"[\\/]", source[0])[-1])
        offset = lines.get("source offset", ["0"])[0]
        return found, int(offset) if re.fullmatch(r"\d{1,18}", offset) else 0
    version = lines.get("ics_version", ["1.0"])[0]
    if version.startswith("1"):
        found = next((file for file in files if file.suffix.casefold() == ".ids"), None)
        if found is None:
            raise RefusedSample("INV006", name=f"{path.stem}.ids")
        return found, 0
    return path, end

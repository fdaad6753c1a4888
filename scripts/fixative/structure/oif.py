"""Olympus OIB and OIF: frames that the main settings count against those in the container or the folder.

Notes
-----
The main settings (an INI file in UTF-16) hold the order and the sizes of the axes and the number of frames; each
frame has a settings file of its own (``.pty``) that names its TIFF. An OIB is an OLE compound file whose
``OibInfo.txt`` gives those names to its streams. What a TIFF's strips promise lies within it, or not.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure.containers import check_ole
from fixative.structure.tiff_ifd import Tiff
from fixative.structure.window import Window

STRIP_OFFSETS, STRIP_BYTES = 273, 279
Settings = dict[str, dict[str, str]]


class _Stream(Window):
    """The same, for bytes that are in memory already."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.bytes = len(content)
        self._block, self._block_at = content, 0

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def _fetch(self, offset: int, count: int, where: str) -> bytes:
        return self._content[offset : offset + count]


def check_oif(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare the frames that the settings promise with those that are there, whole.

    Raises
    ------
    RefusedSample
        INV004 where frames or pixels are missing, INV006 where a named file is, INV005 where the settings make
        no sense.
    """
    with path.open("rb") as stream:
        is_ole = stream.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    if is_ole:
        check_ole(path, fmt, files)
        return _check_oib(path)
    members = {file.name.casefold(): file for file in files[1:]}
    return _check(_settings(_content(path)), set(members), lambda name: _content(members[name]))


def _check_oib(path: Path) -> Completeness:
    import olefile  # type: ignore[import-untyped]

    try:
        with olefile.OleFileIO(path) as ole:
            streams = {entry[-1]: entry for entry in ole.listdir()}

            def read(entry: list[str]) -> bytes:
                found: bytes = ole.openstream(entry).read()
                return found

            info = _settings(read(streams["OibInfo.txt"])).get("OibSaveInfo", {})
            names = {_bare(name): key for key, name in info.items() if key.startswith("Stream")}
            lost = next((name for name, key in names.items() if key not in streams), None)
            if lost is not None:
                raise RefusedSample("INV004", promised="a stream for each name", present="fewer", where="OIB")
            main = _settings(read(streams[info["MainFileName"]]))
            return _check(main, set(names), lambda name: read(streams[names[name]]))
    except (OSError, KeyError) as error:
        raise RefusedSample("INV005", reason="streams of the OIB cannot be read") from error


def _check(main: Settings, names: set[str], read: Callable[[str], bytes]) -> Completeness:
    """Frames of the main settings against their files."""
    promised = _promised(main)
    frames: set[str] = set()
    size = 0
    for name in sorted(names):
        settings = _settings(read(name)) if name.endswith(".pty") else {}
        page = _bare(settings.get("File Info", {}).get("DataName", ""))
        if not page.endswith((".tif", ".tiff")):
            continue
        if page not in names:
            raise RefusedSample("INV006", name=page)
        size += _pixels(read(page), page)
        if settings.get("ProfileSaveInfo", {}).get("Name") == "COFAFrameImage":
            frames.add(page)
    if len(frames) < promised:
        raise RefusedSample("INV004", promised=f"{promised} frames", present=f"{len(frames)}", where="main settings")
    return Completeness(
        checked=True,
        method="frames of the main settings against the TIFFs and their strips",
        promised_planes=promised,
        present_planes=len(frames),
        promised_bytes=size,
        present_bytes=size,
    )


def _promised(main: Settings) -> int:
    """Frames that were taken, as the main settings count them; never more than the axes hold."""
    order = main.get("Axis Parameter Common", {}).get("AxisOrder", "")
    sizes = {
        part.get("AxisCode", ""): int(part.get("MaxSize", "0") or 0)
        for name, part in main.items()
        if re.fullmatch(r"Axis \d+ Parameters Common", name)
    }
    held = 1
    for letter in order[2:]:
        held *= max(sizes.get(letter, 1), 1)
    count = int(main.get("ProfileSaveInfo", {}).get("FrameCount", "0") or 0)
    if len(order) < 2 or count > held:
        raise RefusedSample("INV005", reason=f"{count} frames on axes that hold {held}")
    return count or held


def _pixels(content: bytes, name: str) -> int:
    """Bytes of a TIFF's strips; all within it."""
    with _Stream(content) as window:
        tiff = Tiff(window)
        ifd = next(tiff.chain(tiff.first, name), None)
        if ifd is None or ifd.problem:
            raise (ifd and ifd.problem) or RefusedSample("INV005", reason="a frame without a directory")
        offsets, counts = tiff.values(ifd, STRIP_OFFSETS), tiff.values(ifd, STRIP_BYTES)
        if not offsets or len(offsets) != len(counts):
            raise RefusedSample("INV005", reason="a frame without strips")
        for offset, count in zip(offsets, counts, strict=True):
            window.require(offset, count, f"strips of {name}")
    return sum(counts)


def _content(path: Path) -> bytes:
    with Window(path) as window:
        return window.read(0, window.bytes, path.name)


def _settings(content: bytes) -> Settings:
    """Sections of a settings file, values without their quotes; the binary look-up table at its end is cut off."""
    if content[:2] == b"\xff\xfe":
        content = content.partition("[ColorLUTData]".encode("utf-16-le"))[0]
        text = content[: len(content) // 2 * 2].decode("utf-16", "replace")
    else:
        text = content.partition(b"[ColorLUTData]")[0].decode("utf-8", "replace")
    found: Settings = {}
    part: dict[str, str] = {}
    for line in text.splitlines():
        key, sign, value = (piece.strip() for piece in line.partition("="))
        if line.strip().startswith("[") and line.strip().endswith("]"):
            part = found.setdefault(line.strip()[1:-1], {})
        elif sign:
            part[key] = value.strip('"')
    return found


def _bare(name: str) -> str:
    """Name without the folders of Windows or of the container, case ignored."""
    return name.replace("\\", "/").rpartition("/")[2].casefold()

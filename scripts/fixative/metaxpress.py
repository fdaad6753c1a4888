"""Plates of MetaXpress: what the HTD file promises, and which files are there.

An HTD file is text: ``"Name", value, value``. Beside it lie ``TimePoint_N`` folders (with one time point also
none), in them ``ZStep_N`` folders where a wavelength was taken as a stack, and in these
``stem_B02[_s1][_w1][_thumb][GUID].TIF``. Files of a wavelength that lie in no ``ZStep``, or in ``ZStep_0``, are
projections or single planes. Sites are counted where SiteSelection says TRUE, row by row.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.members import Folder
from fixative.trees import decode_text

MOST_PLANES = 10_000_000
_MOST_BYTES = 16 * 1024 * 1024
_LINE = re.compile(r'\s*"([^"]*)"\s*(?:,\s*(.*?)\s*)?$')
_GUID = r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}"

Well = tuple[int, int]
"""Row and column, from 0."""


@dataclass(frozen=True)
class Wave:
    """One wavelength: its number in file names, and its name."""

    number: int
    name: str | None
    collected: bool


@dataclass(frozen=True)
class Site:
    """One site of a well: its number in file names, its place in the grid of sites, from 0."""

    number: int
    row: int
    column: int


@dataclass(frozen=True)
class Plate:
    """What an HTD file says."""

    path: Path
    settings: Mapping[str, list[str]]
    rows: int
    columns: int
    wells: tuple[Well, ...]
    """Wells that were selected for imaging."""
    sites: tuple[Site, ...]
    waves: tuple[Wave, ...]
    times: int
    z_steps: int
    """Planes of a stack; 0 where no stacks were taken."""


@dataclass(frozen=True, order=True)
class Key:
    """Which plane a file holds; ``z`` 0 is a projection or a single plane, planes of a stack count from 1."""

    thumbnail: bool
    well: Well
    site: int
    wave: int
    time: int
    z: int


def read_plate(path: Path) -> Plate:
    """Read an HTD file.

    Raises
    ------
    RefusedSample
        INV005 where it is no HTD file or its numbers are none.
    """
    with path.open("rb") as stream:
        settings = _settings(decode_text(stream.read(_MOST_BYTES)))
    if "HTSInfoFile" not in settings or "EndFile" not in settings:
        raise RefusedSample("INV005", reason="the plate's description has no beginning or no end")
    rows, columns = _count(settings, "YWells", 1), _count(settings, "XWells", 1)
    plate = Plate(
        path,
        settings,
        rows,
        columns,
        tuple((row, column) for row, column in _selected(settings, "WellsSelection", rows, columns)),
        tuple(_sites(settings)),
        tuple(_waves(settings)),
        _count(settings, "TimePoints", 1),
        _count(settings, "ZSteps", 0) if _flag(settings, "ZSeries") else 0,
    )
    planes = len(plate.wells) * len(plate.sites) * len(plate.waves) * plate.times * max(1, plate.z_steps)
    if planes > MOST_PLANES:
        raise RefusedSample("INV005", reason=f"the plate's description promises {planes} planes")
    if not planes:
        raise RefusedSample("INV005", reason="the plate's description selects no well, site or wavelength")
    return plate


def plate_files(plate: Plate) -> dict[Key, Path]:
    """Every image file of a plate that is there.

    Raises
    ------
    RefusedSample
        INV005 where files are there that the description does not know, or two for one plane.
    """
    found: dict[Key, Path] = {}
    for time, z, folder in _folders(plate):
        for file, match in folder.matching(_file_pattern(plate.path.stem)):
            key = Key(
                match["thumb"] is not None,
                (_row_number(match["row"]), int(match["column"]) - 1),
                int(match["site"] or 1),
                int(match["wave"] or 1),
                time,
                z,
            )
            if not _is_known(plate, key):
                raise RefusedSample("INV005", reason=f"{file.name} is an image that the plate's description lacks")
            if key in found:
                raise RefusedSample("INV005", reason=f"two files for one plane of the plate, one of them {file.name}")
            found[key] = file
    return found


def plate_members(path: Path) -> list[Path]:
    """Every image file of a plate, and the copies of its HTD file that stand beside them.

    Raises
    ------
    RefusedSample
        INV005 as `read_plate` and `plate_files`.
    """
    plate = read_plate(path)
    copies = [copy for _, _, folder in _folders(plate) if (copy := folder.find(path.name)) and copy != path]
    return [*plate_files(plate).values(), *copies]


def file_name(plate: Plate, key: Key) -> str:
    """Name, below the plate's folder, that the file of a plane would have."""
    name = f"{plate.path.stem}_{well_name(key.well)}"
    if len(plate.sites) > 1 or _flag(plate.settings, "Sites"):
        name += f"_s{key.site}"
    if len(plate.waves) > 1 or _flag(plate.settings, "Waves"):
        name += f"_w{key.wave}"
    step = f"ZStep_{key.z}/" if key.z else ""
    return f"TimePoint_{key.time}/{step}{name}.TIF"


def well_name(well: Well) -> str:
    """``B02``; rows after Z are AA, AB ..."""
    row, column = well
    letters = chr(65 + row) if row < 26 else chr(64 + row // 26) + chr(65 + row % 26)
    return f"{letters}{column + 1:02d}"


def _settings(text: str) -> dict[str, list[str]]:
    settings: dict[str, list[str]] = {}
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            name, value = match[1], match[2]
            if value is None:
                settings[name] = []
            elif len(value) > 1 and value[0] == value[-1] == '"':
                settings[name] = [value[1:-1]]
            else:
                settings[name] = [part.strip().strip('"') for part in value.split(",")]
    return settings


def _count(settings: Mapping[str, list[str]], name: str, default: int) -> int:
    values = settings.get(name) or [str(default)]
    if not re.fullmatch(r"\d{1,6}", values[0]):
        raise RefusedSample("INV005", reason=f"{name} of the plate's description is no count")
    return int(values[0])


def _flag(settings: Mapping[str, list[str]], name: str) -> bool:
    return (settings.get(name) or ["FALSE"])[0].upper() == "TRUE"


def _selected(settings: Mapping[str, list[str]], name: str, rows: int, columns: int) -> Iterator[tuple[int, int]]:
    for row in range(rows):
        values = settings.get(f"{name}{row + 1}", [])
        for column, value in enumerate(values[:columns]):
            if value.upper() == "TRUE":
                yield row, column


def _sites(settings: Mapping[str, list[str]]) -> Iterator[Site]:
    if not _flag(settings, "Sites"):
        yield Site(1, 0, 0)
        return
    grid = _selected(settings, "SiteSelection", _count(settings, "YSites", 1), _count(settings, "XSites", 1))
    for number, (row, column) in enumerate(grid, 1):
        yield Site(number, row, column)


def _waves(settings: Mapping[str, list[str]]) -> Iterator[Wave]:
    count = _count(settings, "NWavelengths", 1) if _flag(settings, "Waves") else 1
    for number in range(1, count + 1):
        name = (settings.get(f"WaveName{number}") or [""])[0]
        collected = (settings.get(f"WaveCollect{number}") or ["1"])[0] not in ("0", "FALSE")
        yield Wave(number, name or None, collected)


def _folders(plate: Plate) -> Iterator[tuple[int, int, Folder]]:
    """Time point, step and folder, of every folder that may hold images."""
    root = Folder(plate.path.parent)
    times = _numbered(root, "TimePoint_")
    if not times and plate.times == 1:
        times = {1: root}
    if surplus := sorted(times.keys() - set(range(1, plate.times + 1))):
        raise RefusedSample("INV005", reason=f"TimePoint_{surplus[0]} is one that the plate's description lacks")
    for time, folder in sorted(times.items()):
        yield time, 0, folder
        for z, steps in sorted(_numbered(folder, "ZStep_").items()):
            if z > plate.z_steps:
                raise RefusedSample("INV005", reason=f"ZStep_{z} is one that the plate's description lacks")
            yield time, z, steps


def _numbered(folder: Folder, prefix: str) -> dict[int, Folder]:
    """Folders directly below whose name is ``prefix`` and a number."""
    found = {}
    for place in sorted(folder.path.iterdir()):
        match = re.fullmatch(rf"{prefix}(\d{{1,6}})", place.name, re.IGNORECASE)
        if match and place.is_dir():
            found[int(match[1])] = Folder(folder.inside(place))
    return found


def _file_pattern(stem: str) -> str:
    return (
        re.escape(stem) + r"_(?P<row>[A-Z]{1,2})(?P<column>\d{2})(?:_s(?P<site>\d{1,6}))?(?:_w(?P<wave>\d{1,6}))?"
        rf"(?P<thumb>_thumb)?(?:{_GUID})?\.tiff?"
    )


def _row_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _is_known(plate: Plate, key: Key) -> bool:
    return (
        key.well in plate.wells
        and any(site.number == key.site for site in plate.sites)
        and any(wave.number == key.wave for wave in plate.waves)
    )

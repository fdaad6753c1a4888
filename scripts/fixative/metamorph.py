"""Files of MetaMorph (``.nd``) acquisitions, by what their settings promise."""

import re
from collections.abc import Iterator
from pathlib import Path

from fixative.findings import RefusedSample
from fixative.members import Folder

MAX_POSITIONS = 100_000


def nd_members(path: Path, text: str) -> list[Path]:
    """Stacks of a MetaMorph ``.nd``: one for each wavelength, stage position and, often, time point.

    Names are ``stem[_wN[wave name]][_sN][_tN].stk`` (or ``.tif``), each part only where the settings say that
    the dimension was acquired.

    Raises
    ------
    RefusedSample
        INV006 naming the first stack that is missing.
    """
    settings = _settings(text)
    waves = _count(settings, "DoWave", "NWavelengths")
    stages = _count(settings, "DoStage", "NStagePositions")
    times = _count(settings, "DoTimelapse", "NTimePoints")
    if waves * stages * times > MAX_POSITIONS:
        raise RefusedSample("INV005", reason=f"settings promise {waves * stages * times} stacks")
    pattern = re.escape(path.stem) + r"(?:_w(\d+)[^_]*(?:_(?![st]\d)[^_]*)*)?(?:_s(\d+))?(?:_t(\d+))?\.(?:stk|tiff?)"
    found = {
        (int(match[1] or 1), int(match[2] or 1), int(match[3] or 1)): member
        for member, match in Folder(path.parent).matching(pattern)
    }
    for wave, stage, time in _positions(settings, waves, stages, times):
        if (wave, stage, time) not in found:
            raise RefusedSample("INV006", name=_stack_name(path.stem, settings, wave, stage, time))
    return list(found.values())


def _settings(text: str) -> dict[str, list[str]]:
    """Lines of the form ``"Name", value, value``."""
    settings = {}
    for line in text.splitlines():
        name, comma, values = line.partition(",")
        if comma:
            settings[name.strip().strip('"')] = [value.strip().strip('"') for value in values.split(",")]
    return settings


def _count(settings: dict[str, list[str]], switch: str, number: str) -> int:
    if settings.get(switch, ["FALSE"])[0].upper() != "TRUE":
        return 1
    return max(1, _integer(settings.get(number, ["1"])[0]))


def _integer(value: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value):
        raise RefusedSample("INV005", reason="settings hold a count that is no number")
    return int(value)


def _positions(settings: dict[str, list[str]], waves: int, stages: int, times: int) -> Iterator[tuple[int, int, int]]:
    """Positions that must have a stack; ``WavePointsCollectedN`` limits a wavelength to some time points."""
    per_time = settings.get("DoTimelapse", ["FALSE"])[0].upper() == "TRUE"
    for wave in range(1, waves + 1):
        collected = [_integer(value) for value in settings.get(f"WavePointsCollected{wave}", []) if value]
        for stage in range(1, stages + 1):
            for time in range(1, times + 1):
                if not per_time or not collected or time in collected:
                    yield wave, stage, time


def _stack_name(stem: str, settings: dict[str, list[str]], wave: int, stage: int, time: int) -> str:
    parts = [stem]
    for switch, mark, number in (("DoWave", "w", wave), ("DoStage", "s", stage), ("DoTimelapse", "t", time)):
        if settings.get(switch, ["FALSE"])[0].upper() == "TRUE":
            parts.append(f"{mark}{number}")
    return "_".join(parts) + ".stk"

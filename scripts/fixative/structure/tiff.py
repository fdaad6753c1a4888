"""TIFF: every directory, strip and tile within the file, and as many planes as the description promises.

Notes
-----
Readers that meet a shortened TIFF return what directories are left, or blank planes. So the chain of
directories, the tables in them and the data they point to are compared with the file's size, and the number
of planes with what ImageJ, OME-XML, MetaMorph, LSM or Micro-Manager wrote into the first directory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from fixative.findings import RefusedSample
from fixative.models import Completeness
from fixative.structure import sis
from fixative.structure.tiff_data import (
    LSM_INFO,
    MOST_SHARED,
    SAMPLES,
    STRIP_OFFSETS,
    TILE_OFFSETS,
    Layout,
    Stored,
    check_data,
    layout_of,
)
from fixative.structure.tiff_ifd import Ifd, Tiff
from fixative.structure.window import Window

DESCRIPTION, SUBFILE, EXIF_IFD, GPS_IFD, UIC2 = 270, 254, 34665, 34853, 33629

MOST_UNFOLDED_BYTES, MOST_UNFOLDED = 1 << 40, 20_000
"""What a small file may unfold to: beyond both, the bytes and so many times its own length, it is a bomb. The most
that a real image was seen to unfold to is 9,644 times its length (blank, in zstd)."""


@dataclass
class Survey:
    """What one TIFF file holds."""

    size: int
    """Of the file, in bytes."""
    description: bytes = b""
    layout: Layout | None = None
    """Of the first directory, where it has pixels."""
    data_offset: int = 0
    """Of the first directory's first strip or tile."""
    whole: list[bool] = field(default_factory=list)
    """For each directory of the main chain: all of it and of its sub-directories is in the file."""
    samples: list[int] = field(default_factory=list)
    """For each directory of the main chain: samples per pixel."""
    reduced: int = 0
    """Directories of the main chain that say they are thumbnails."""
    stk_planes: int = 0
    lsm_planes: int = 0
    sparse: int = 0
    promised_bytes: int = 0
    present_bytes: int = 0
    unfolded_bytes: int = 0
    """Of the pixels of all directories once they are decoded."""
    problem: RefusedSample | None = None
    """The first thing found missing or damaged."""
    open_ended: bool = False
    """The chain of directories breaks off, or what describes them: there were more than were met."""

    @property
    def present(self) -> int:
        """Directories of the main chain that are whole."""
        return sum(self.whole)


def survey_tiff(path: Path) -> Survey:
    """Walk all directories of a TIFF file; nothing is raised but what forbids walking at all."""
    with Window(path) as window:
        survey = Survey(window.bytes)
        tiff = Tiff(window)
        if not tiff.first:
            raise RefusedSample("INV004", promised="an image", present="none", where="TIFF header names no directory")
        for ifd in tiff.chain(tiff.first, "ifd"):
            if not survey.whole:
                _first(tiff, ifd, survey)
            problem = _directory(tiff, ifd, survey)
            survey.whole.append(problem is None)
            survey.samples.append(_samples(tiff, ifd))
            survey.problem = survey.problem or problem
            survey.open_ended |= ifd.problem is not None and not ifd.next
        survey.problem = survey.problem or _out_of_proportion(survey)
        if survey.problem is None and sis.has_tree(window):
            sis.check_tree(window)
        return survey


def _out_of_proportion(survey: Survey) -> RefusedSample | None:
    """Refuse what no directory gives away by itself: many that share their pixels, or unfold to terabytes."""
    if survey.present_bytes > MOST_SHARED * survey.size:
        return RefusedSample("INV005", reason="strips or tiles of the TIFF directories lie on top of each other")
    if survey.unfolded_bytes > max(MOST_UNFOLDED_BYTES, MOST_UNFOLDED * survey.size):
        reason = f"TIFF of {survey.size} bytes would unfold to {survey.unfolded_bytes}"
        return RefusedSample("INV005", reason=reason)
    return None


def check_tiff(path: Path, fmt: str, files: Sequence[Path]) -> Completeness:
    """Compare what a TIFF of any flavour promises with what it holds.

    Raises
    ------
    RefusedSample
        INV004 where something promised is not there, INV005 where the structure is damaged.
    """
    from fixative.structure import tiff_ome, tiff_planes

    survey = survey_tiff(path)
    for file in files:
        if file.suffix.casefold() == ".ets":
            sis.check_ets(file)
    if tiff_ome.is_ome(survey.description):
        return tiff_ome.check_ome(path, survey, files)
    promised, present, method = tiff_planes.count(survey)
    at_least = method == tiff_planes.DIRECTORIES and survey.open_ended
    return conclude(survey, promised, present, method, at_least=at_least)


def conclude(survey: Survey, promised: int, present: int, method: str, *, at_least: bool = False) -> Completeness:
    """Refuse what is not whole, or say what was compared."""
    if present < promised:
        if survey.problem and survey.problem.code != "INV004":
            raise survey.problem
        where = survey.problem.places["where"] if survey.problem else method
        planes = f"{'at least ' if at_least else ''}{promised} plane{'' if promised == 1 else 's'}"
        raise RefusedSample("INV004", promised=planes, present=f"{present}", where=where)
    if survey.problem:
        raise survey.problem
    sparse = f"; {survey.sparse} blank tiles or strips are not stored" if survey.sparse else ""
    return Completeness(
        checked=True,
        method=f"{method}; every directory, strip and tile lies within the file{sparse}",
        promised_planes=promised,
        present_planes=present,
        promised_bytes=survey.promised_bytes,
        present_bytes=survey.present_bytes,
    )


def _first(tiff: Tiff, ifd: Ifd, survey: Survey) -> None:
    """Facts of the first directory, which describes the whole file; what is not there stays unset."""
    try:
        survey.description = tiff.text(ifd, DESCRIPTION)
        if UIC2 in ifd.entries:
            survey.stk_planes = ifd.entries[UIC2].count
        if LSM_INFO in ifd.entries:
            survey.lsm_planes = _lsm_planes(tiff, ifd)
        survey.layout = layout_of(tiff, ifd)
        offsets = tiff.values(ifd, TILE_OFFSETS if survey.layout.tiled else STRIP_OFFSETS)
        survey.data_offset = offsets[0] if offsets else 0
    except RefusedSample:
        # Recorded again, with its place, when the directory itself is checked.
        survey.open_ended = True


def _directory(tiff: Tiff, ifd: Ifd, survey: Survey) -> RefusedSample | None:
    """Check one directory of the main chain with all that hangs on it."""
    if ifd.problem and not ifd.entries:
        return ifd.problem
    stored = check_data(tiff, ifd)
    _add(survey, stored)
    problem = ifd.problem or stored.problem
    try:
        survey.reduced += tiff.value(ifd, SUBFILE, 0) & 1
        problem = problem or _below(tiff, ifd, survey)
    except RefusedSample as refusal:
        problem = problem or refusal
    return problem


def _samples(tiff: Tiff, ifd: Ifd) -> int:
    try:
        return max(1, tiff.value(ifd, SAMPLES, 1))
    except RefusedSample:
        return 1


def _add(survey: Survey, stored: Stored) -> None:
    survey.promised_bytes += stored.promised_bytes
    survey.present_bytes += stored.present_bytes
    survey.unfolded_bytes += stored.unfolded_bytes
    survey.sparse += stored.absent_segments


def _below(tiff: Tiff, ifd: Ifd, survey: Survey) -> RefusedSample | None:
    """Check the sub-directories: resolution levels, EXIF, GPS."""
    for child in tiff.below(ifd):
        stored = check_data(tiff, child)
        _add(survey, stored)
        if problem := child.problem or stored.problem:
            return problem
    for tag, name in ((EXIF_IFD, "exif"), (GPS_IFD, "gps")):
        offset = tiff.value(ifd, tag, 0)
        if offset and (problem := tiff.outline(offset, f"{ifd.where}.{name}")):
            return problem
    return None


def _lsm_planes(tiff: Tiff, ifd: Ifd) -> int:
    """Directories that an LSM file promises: Z x T x positions x mosaic tiles (channels are samples)."""
    entry = ifd.entries[LSM_INFO]
    data = tiff.window.read(entry.offset, entry.bytes, "LSM information")
    order: Literal["little", "big"] = "little" if tiff.order == "<" else "big"

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + 4], order, signed=True) if at + 4 <= len(data) else 0

    planes = max(1, number(16)) * max(1, number(24))
    return planes * max(1, number(264)) * max(1, number(268))

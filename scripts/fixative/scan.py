"""Scanning storage: every image set that is neither still being written nor sealed, as a sample sheet."""

import csv
import hashlib
import io
import os
import re
import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fixative.files import write_bytes
from fixative.filesets import stands_alone
from fixative.findings import RefusedSample
from fixative.grouping import Image, Sidecars, group, stems
from fixative.readers.options import READER_DEFAULTS, ReaderOptions
from fixative.recognise import BY_BIOFORMATS, recognise_met
from fixative.scan_memory import TOLD_BY_NEIGHBOURS, AskedPlaces, Known, ScanMemory
from fixative.scan_sealed import FoundSet, Sealed
from fixative.storage import Look, Skipped, look_again, walk

__all__ = ["ScanResult", "ScannedSample", "Skipped", "scan_storage", "write_sheet", "write_skipped"]

NAMESPACE = uuid.UUID("5b2f0a1e-6f3b-5c57-9f0e-0c1f5f1c7a10")
"""Of the identifiers: UUID version 5 of a path below its root in this namespace. Never to be changed."""

COLUMNS = ("sample_id", "source", "sidecars", "dataset", "identifier", "format", "bytes")
STILL_WRITTEN = "still being written"
MAX_SLUG = 60


@dataclass(frozen=True)
class ScannedSample:
    """One row of the sheet."""

    sample_id: str
    source: Path
    sidecars: tuple[Path, ...]
    dataset: str
    """From the folder below the root; empty directly below it: the configured dataset applies."""
    identifier: str
    format: str
    bytes: int
    """Of the whole set, without sidecars."""


@dataclass(frozen=True)
class ScanResult:
    """What a scan found."""

    samples: tuple[ScannedSample, ...]
    skipped: tuple[Skipped, ...]


@dataclass
class _Scan:
    """A scan under way."""

    quiet_period_s: float
    sealed: Sealed
    now: float
    memory: ScanMemory
    options: ReaderOptions = READER_DEFAULTS
    places: AskedPlaces = field(default_factory=lambda: AskedPlaces(listed=True))
    folders: dict[Path, str] = field(default_factory=dict)
    """Real path of each folder that was met."""
    samples: list[ScannedSample] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def skip(self, path: Path, reason: str) -> None:
        self.skipped.append(Skipped(path, reason))


def scan_storage(
    roots: Iterable[Path],
    *,
    quiet_period_s: float,
    sealed: Sealed | Mapping[int, set[str]],
    now: float,
    memory: ScanMemory | None = None,
    options: ReaderOptions = READER_DEFAULTS,
) -> ScanResult:
    """Find the image sets below the roots that are to be archived.

    Parameters
    ----------
    roots : iterable of Path
        Folders. What lies below two of them is taken from the first.
    quiet_period_s : float
        A set of which any file was modified later than this before ``now`` is left out.
    sealed : Sealed, or mapping of int to set of str
        What the archive holds; of a mapping, size of a sealed sample's main file, in bytes, to digests
        (`fixative.sealed.sealed_sets`): the main file's SHA-256 where the set is a single file,
        `Inventory.fileset_sha256` where it is more (main files of such sets, a settings file or a Zarr group,
        may be alike in many acquisitions). A digest is computed only where the size matches.
    now : float
        Seconds since the epoch.
    memory : ScanMemory, optional
        Of the last scan; it is filled for the next one, and is for the caller to save.
    options : ReaderOptions
        For formats that only Bio-Formats recognises, or whose file set only it knows.

    Returns
    -------
    ScanResult
        Sorted by root and path: the same storage gives the same result.
    """
    known = sealed if isinstance(sealed, Sealed) else Sealed(sealed)
    scan = _Scan(quiet_period_s, known, now, memory or ScanMemory(now), options)
    for root in roots:
        _scan_root(root.absolute(), scan)
    return ScanResult(tuple(scan.samples), tuple(scan.skipped))


def write_sheet(result: ScanResult, path: Path) -> Path:
    """Write the sample sheet (TSV, UTF-8), whole or not at all."""
    rows = (
        (
            sample.sample_id,
            str(sample.source),
            ";".join(map(str, sample.sidecars)),
            sample.dataset,
            sample.identifier,
            sample.format,
            str(sample.bytes),
        )
        for sample in result.samples
    )
    return _write_table(path, COLUMNS, rows)


def write_skipped(result: ScanResult, path: Path) -> Path:
    """Write what was left out, and why (TSV, UTF-8); bytes that are not UTF-8 are escaped."""
    rows = ((_shown(skipped.path), skipped.reason) for skipped in result.skipped)
    return _write_table(path, ("path", "reason"), rows)


def _write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return write_bytes(path, text.getvalue().encode("utf-8"))


def _scan_root(root: Path, scan: _Scan) -> None:
    if not root.is_dir():
        scan.skip(root, "source root not found")
        return
    images: list[Image] = []
    others: dict[Path, tuple[Look, str]] = {}
    for look in _new_looks(root, scan):
        try:
            images.append(_recognised(look, scan))
        except RefusedSample as refusal:
            others[look.path] = (look, refusal.message)
        except OSError as error:
            scan.skip(look.path, f"cannot be read: {error.strerror}")
    looks = {image.look.path: image.look for image in images}
    looks.update({path: look for path, (look, _) in others.items()})
    texts = Sidecars(look for look, _ in others.values())
    used: set[Path] = set()
    for image in group(images, scan.options):
        sidecars = texts.of(image)
        used.update(image.members, (look.path for look in sidecars))
        members = [image.look, *(looks[path] for path in image.members[1:] if path in looks)]
        _add(FoundSet(image, members, [look for look in sidecars if ";" not in str(look.path)]), root, scan)
    for path, (_, reason) in others.items():
        if path not in used:
            scan.skip(path, reason)


def _recognised(look: Look, scan: _Scan) -> Image:
    """Recognise an image; where nothing about it has changed, by what the last scan has found."""
    known = scan.memory.known(look)
    if known is None or scan.places.in_store(look.path.parent):
        scan.places.asked = False
        fmt = recognise_met(look.path, scan.places, scan.options)
        known = Known(fmt, stands_alone(look.path, fmt))
        by_itself = not scan.places.asked and look.path.name.casefold() not in TOLD_BY_NEIGHBOURS
        if by_itself and known.format not in BY_BIOFORMATS:
            scan.memory.keep(look, known)
    return Image(look, known.format, alone=known.alone)


def _new_looks(root: Path, scan: _Scan) -> Iterator[Look]:
    """Everything below a root that an earlier root did not have and a sheet can name."""
    for look in walk(root):
        if isinstance(look, Skipped):
            scan.skipped.append(look)
        elif (real := _real(look.path, scan)) not in scan.seen:
            scan.seen.add(real)
            if problem := _unfit(str(look.path)):
                scan.skip(look.path, problem)
            else:
                yield look


def _real(path: Path, scan: _Scan) -> str:
    """Resolve a path that is no link itself: each folder is resolved once."""
    folder = path.parent
    if folder not in scan.folders:
        scan.folders[folder] = os.path.realpath(folder)
    return os.path.join(scan.folders[folder], path.name)  # noqa: PTH118  Path is slow for every file of a storage


def _unfit(path: str) -> str | None:
    """Why a sheet cannot name a path, or None."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "its name is not UTF-8: rename it"
    if any(unicodedata.category(letter) == "Cc" for letter in path):
        return "its name holds a control character: rename it"
    return "its name ends in a blank: rename it" if path != path.strip() else None


def _add(found: FoundSet, root: Path, scan: _Scan) -> None:
    """Add a sample, unless it is still being written or sealed."""
    main = found.image.look
    # Whatever becomes of it: that of another root must not get its name on the night after.
    sample_id = name_sample(main.relative, root, scan.ids)
    files = [*found.members, *found.sidecars]
    if reason := _still_written(files, root, scan):
        scan.skip(main.path, reason)
        return
    try:
        if reason := scan.sealed.verdict(found, sample_id, scan.memory, scan.options):
            scan.skip(main.path, reason)
            return
    except OSError as error:
        scan.skip(main.path, f"cannot be read: {error.strerror}")
        return
    folder, _, _ = main.relative.rpartition("/")
    scan.samples.append(
        ScannedSample(
            sample_id=sample_id,
            source=main.path,
            sidecars=tuple(look.path for look in found.sidecars),
            dataset=_slug(folder.split("/")[0]),
            identifier=str(uuid.uuid5(NAMESPACE, main.relative)),
            format=found.image.format,
            bytes=sum(look.bytes for look in found.members),
        )
    )


def _still_written(files: list[Look], root: Path, scan: _Scan) -> str | None:
    """Say so when a file of the set is young, or not as it was a moment ago."""
    if reason := _young(max(look.newest for look in files), scan):
        return reason
    for look in files:
        again = look_again(look.path, root)
        if isinstance(again, Skipped) or again.state != look.state:
            return f"{STILL_WRITTEN}: changed during the scan"
    return None


def _young(newest: float, scan: _Scan) -> str | None:
    if newest > scan.now:
        return f"{STILL_WRITTEN}, or the clock is wrong: modified in the future"
    if newest > scan.now - scan.quiet_period_s:
        return f"{STILL_WRITTEN}: modified {scan.now - newest:.0f} s ago"
    return None


def name_sample(relative: str, root: Path, taken: set[str]) -> str:
    """Name a path below its root: the same whatever else is scanned.

    Only where two roots hold the same relative path does the later one's name enter its digest.
    """
    stem = _slug(stems(relative.rpartition("/")[2])[-1]) or "sample"
    for text, length in ((relative, 8), (f"{root.name}/{relative}", 8), (f"{root}/{relative}", 32)):
        sample_id = f"{stem}-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:length]}"
        if sample_id.casefold() not in taken:
            break
    taken.add(sample_id.casefold())
    return sample_id


def _slug(text: str) -> str:
    """ASCII letters, digits, `-` and `_` of a name, beginning with a letter or digit."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain).lstrip("-_")[:MAX_SLUG].rstrip("-")


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")

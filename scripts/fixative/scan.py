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

from fixative.files import digest_file, write_bytes
from fixative.filesets import file_set
from fixative.findings import RefusedSample
from fixative.grouping import Image, group, sidecars_of
from fixative.identify import identify
from fixative.inventory import set_digest
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
    sealed: Mapping[int, set[str]]
    now: float
    samples: list[ScannedSample] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def skip(self, path: Path, reason: str) -> None:
        self.skipped.append(Skipped(path, reason))


def scan_storage(
    roots: Iterable[Path], *, quiet_period_s: float, sealed: Mapping[int, set[str]], now: float
) -> ScanResult:
    """Find the image sets below the roots that are to be archived.

    Parameters
    ----------
    roots : iterable of Path
        Folders. What lies below two of them is taken from the first.
    quiet_period_s : float
        A set of which any file was modified later than this before ``now`` is left out.
    sealed : mapping of int to set of str
        Size of a sealed sample's main file, in bytes, to digests: the main file's SHA-256 where the set is a
        single file, `Inventory.fileset_sha256` where it is more (main files of such sets, a settings file or
        a Zarr group, may be alike in many acquisitions). A digest is computed only where the size matches.
    now : float
        Seconds since the epoch.

    Returns
    -------
    ScanResult
        Sorted by root and path: the same storage gives the same result.
    """
    scan = _Scan(quiet_period_s, sealed, now)
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
    images, others = [], []
    for look in walk(root):
        if isinstance(look, Skipped):
            scan.skipped.append(look)
            continue
        real = os.path.realpath(look.path)
        if real in scan.seen:
            continue
        scan.seen.add(real)
        if problem := _unfit(look.path):
            scan.skip(look.path, problem)
        elif image := _recognise(look, scan, others):
            images.append(image)
    looks = {look.path: look for look in [*others, *(image.look for image in images)]}
    groups = group(images)
    used: set[Path] = set()
    for image in groups:
        sidecars = sidecars_of(image, others)
        used |= {*image.members, *(look.path for look in sidecars)}
        _add(image, sidecars, looks, root, scan)
    for look in others:
        if look.path not in used:
            scan.skip(look.path, _reasons[look.path] if look.path in _reasons else "not an image")

"""The sheet of a night: the curator's rows, what the scan has found, and what earlier nights could not seal."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from fixative.files import write_bytes
from fixative.models import Receipt, SampleRow
from fixative.places import locate_sheet
from fixative.records import read_record
from fixative.scan import COLUMNS, STILL_WRITTEN, name_sample
from fixative.scan_sealed import CHANGED, SEALED
from fixative.settings import Settings
from fixative.sheet import KNOWN, read_sheet

SHEET = Path("results/nights/samples.tsv")
FOUND = Path("results/nights/found.tsv")
"""Rows that a scan has found, of this night and of earlier ones: what is not sealed is on the next night's sheet."""
KEPT = Path("results/nights/kept.tsv")
"""Rows that a scan has found and that are sealed, as long as their source is there: which of them may be deleted?"""
SCANNED = Path("results/scan/samples.tsv")
LEFT_OUT = Path("results/scan/left_out.tsv")

Cells = dict[str, str]


@dataclass(frozen=True)
class NightSheet:
    """What there is to do in a night."""

    rows: list[SampleRow]
    """As the chain reads them; empty where there is nothing at all."""
    path: Path | None
    held: tuple[str, ...] = ()
    """Samples of earlier nights whose source is being written anew, or is out of reach: they wait."""
    changed: tuple[str, ...] = ()
    """Samples whose source changed after it was sealed."""
    new: int = 0
    still_written: int = 0


@dataclass
class _Making:
    """A sheet that is being made."""

    work: Path
    named: set[str]
    """Sources that the curator's sheet names."""
    taken: set[str]
    """Identifiers that are in use, case-folded."""
    ids: dict[str, str]
    """Identifier of earlier nights, by source."""
    found: dict[str, Cells] = field(default_factory=dict)
    waiting: dict[str, Cells] = field(default_factory=dict)
    kept: dict[str, Cells] = field(default_factory=dict)

    def add(self, cells: Cells) -> None:
        """Put a row on the sheet, under the name it had before, or else under one that is free."""
        source = cells["source"]
        sample = self.ids.get(source) or self._free(cells["sample_id"], source)
        self.taken.add(sample.casefold())
        self.found[source] = {**cells, "sample_id": sample}

    def _free(self, sample: str, source: str) -> str:
        receipt = read_record(Receipt, self.work / f"results/samples/{sample}/sealed.json")
        if sample.casefold() not in self.taken and (receipt is None or receipt.source == source):
            return sample
        return f"{sample}-{sha256(source.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def make_sheet(
    work: Path, settings: Settings, *, curated: bool, scanned: bool, since: str | None = None
) -> NightSheet:
    """Write the sheet of this night; each file whole or not at all.

    Parameters
    ----------
    curated
        Whether there is a curator's sheet: its rows stand first, as they are.
    scanned
        Whether the storage was scanned this night; without, the rows of earlier nights go on alone.
    since
        UTC. Earlier samples that were sealed then or later are on the sheet as well: a night that was killed has
        told nobody of them.

    Raises
    ------
    BadBatch
        With every problem of the curator's sheet.
    """
    own = _curated(settings) if curated else []
    earlier = _table(work / FOUND)
    making = _Making(
        work,
        named={row.origin for row in own},
        taken={row.sample_id.casefold() for row in own},
        ids={cells["source"]: cells["sample_id"] for cells in earlier},
    )
    making.taken.update(sample.casefold() for sample in making.ids.values())
    left_out = {cells["path"]: cells["reason"] for cells in _table(work / LEFT_OUT)} if scanned else {}
    new = _table(work / SCANNED) if scanned else []
    for cells in new:
        if cells["source"] not in making.named:
            making.add(cells)
    for cells in earlier:
        _carry(cells, left_out, making, settings.source_roots, since)
    names = {row.origin: row.sample_id for row in own} | making.ids
    changed = [names.get(path) or _named(Path(path), settings) for path, why in left_out.items() if why == CHANGED]
    changed += _changed_of_curator(work, own, {cells["source"] for cells in new}, settings.archive_root)
    _keep(making)
    write_bytes(work / FOUND, _tsv(COLUMNS, [*making.found.values(), *making.waiting.values()]), mode=0o600)
    rows = [*map(_cells, own), *making.found.values()]
    columns = list(dict.fromkeys([*KNOWN, *(column for cells in rows for column in cells)]))
    path = write_bytes(work / SHEET, _tsv(columns, rows), mode=0o600) if rows else None
    return NightSheet(
        rows=read_sheet(path, dataset=settings.dataset, privacy_policy=settings.privacy_policy) if path else [],
        path=path,
        held=tuple(sorted(cells["sample_id"] for cells in making.waiting.values())),
        changed=tuple(changed),
        new=sum(cells["source"] not in making.named for cells in new),
        still_written=sum(reason.startswith(STILL_WRITTEN) for reason in left_out.values()),
    )


def _carry(
    cells: Cells, left_out: Mapping[str, str], making: _Making, roots: Sequence[Path], since: str | None
) -> None:
    """Take a row of an earlier night over, unless it is done with."""
    source = cells["source"]
    if source in making.found or source in making.named:
        return
    receipt = read_record(Receipt, making.work / f"results/samples/{cells['sample_id']}/sealed.json")
    reason = left_out.get(source, "")
    if reason in (SEALED, CHANGED) or (receipt is not None and receipt.source == source):
        if receipt is not None and since is not None and receipt.sealed >= since:
            making.found[source] = cells
        elif receipt is not None:
            making.kept[source] = cells
    elif reason.startswith(STILL_WRITTEN) or _out_of_reach(Path(source), roots):
        making.waiting[source] = cells
    elif Path(source).exists():
        making.found[source] = cells


def kept_rows(work: Path, settings: Settings) -> list[SampleRow]:
    """Rows of earlier nights that are sealed, and whose source is there still."""
    path = work / KEPT
    if not path.is_file():
        return []
    return read_sheet(path, dataset=settings.dataset, privacy_policy=settings.privacy_policy)


def _keep(making: _Making) -> None:
    """Keep what has left the sheet, until its source is gone or it is on the sheet again."""
    path = making.work / KEPT
    before = _table(path)
    here = making.found.keys() | making.waiting.keys() | making.named
    kept = {cells["source"]: cells for cells in before} | making.kept
    rows = [cells for source, cells in kept.items() if source not in here and Path(source).exists()]
    if rows and rows != before:
        write_bytes(path, _tsv(COLUMNS, rows), mode=0o600)
    elif not rows:
        path.unlink(missing_ok=True)


def _out_of_reach(source: Path, roots: Sequence[Path]) -> bool:
    """Whether the storage that holds a source is not there: not mounted, for instance."""
    return any(source.is_relative_to(root.absolute()) and not root.is_dir() for root in roots)


def _changed_of_curator(work: Path, own: Iterable[SampleRow], new: set[str], archive_root: Path) -> list[str]:
    """Samples of the curator's that have a receipt and an object, of whose source the scan says that it is new."""
    return [
        row.sample_id
        for row in own
        if row.origin in new
        and (receipt := read_record(Receipt, work / f"results/samples/{row.sample_id}/sealed.json")) is not None
        and receipt.source == row.origin
        and (archive_root / receipt.object).is_dir()
    ]


def _named(source: Path, settings: Settings) -> str:
    """Name the sample of a path as the scan does."""
    root = next((root.absolute() for root in settings.source_roots if source.is_relative_to(root.absolute())), None)
    return name_sample(source.relative_to(root).as_posix(), root, set()) if root else "(unknown)"


def _curated(settings: Settings) -> list[SampleRow]:
    """Rows of the curator's sheet; a policy that is given as a path is found from there."""
    sheet = locate_sheet(settings.sheet)
    rows = read_sheet(sheet, dataset=settings.dataset, privacy_policy=settings.privacy_policy)
    return [_with_policy(row, sheet.parent) for row in rows]


def _with_policy(row: SampleRow, folder: Path) -> SampleRow:
    place = folder / row.privacy_policy
    if not row.privacy_policy.endswith((".yaml", ".yml")) or not place.is_file():
        return row
    return row.model_copy(update={"privacy_policy": str(place.absolute())})


def _cells(row: SampleRow) -> Cells:
    known = row.model_dump(mode="json", include=set(KNOWN) - {"source", "sidecars"}, exclude_none=True)
    sidecars = (row.remote_sidecars.get(str(sidecar), str(sidecar)) for sidecar in row.sidecars)
    return {**known, "source": row.origin, "sidecars": ";".join(sidecars), **row.extra}


def _table(path: Path) -> list[Cells]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream, dialect="excel-tab")
            return [{key: value or "" for key, value in row.items()} for row in rows]
    except FileNotFoundError:
        return []


def _tsv(columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, columns, restval="", extrasaction="ignore", dialect="excel-tab", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")

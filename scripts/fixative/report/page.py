"""The page of a batch: every sample as a row, what it tells once it is opened, thumbnails as far as there is room."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixative.models import STEPS
from fixative.report.checklist import CHECKS, STATES
from fixative.report.entry import Entry, Shown
from fixative.report.head import head_of
from fixative.report.packed import BLOCK_ROWS, PNG, detail_blocks, embeddable, packed_columns
from fixative.report.shell import Page, shell_of
from fixative.report.status import OUTCOMES

SCRIPTS = ("data.js", "parts.js", "histogram.js", "plots.js", "sample.js", "state.js", "table.js", "main.js")
THUMBNAIL_BYTES = 12_000_000
"""What all thumbnails of a page may take together: it is opened from a share, and mailed."""
ONE_THUMBNAIL_BYTES = 500_000

POOLED = (
    *("dataset", "outcome", "step", "code", "remedy", "format", "instrument", "modality", "reader", "policy"),
    *("message", "acquired"),
)
"""Columns in which values recur: a row holds the position in the list of values."""

FILTERS = (("outcome", "Outcome"), ("code", "Code"), ("dataset", "Dataset"), ("instrument", "Instrument"))
DATES = (("ended", "Archived"), ("acquired", "Acquired"))
HEADINGS = (
    ("sample_id", "Sample", "for-name"),
    ("outcome", "Outcome", "for-outcome"),
    ("code", "Reason, or place in the archive", "for-reason"),
    ("format", "Format", "for-format"),
    ("planes", "Planes", "for-planes figure"),
    ("source_bytes", "Source", "for-size figure"),
    ("seconds", "Time", "for-time figure"),
    ("ended", "Date", "for-date figure"),
)


@dataclass(frozen=True)
class Thumbnails:
    """The pictures that a page carries: the latest, as many as the total allows."""

    by_row: dict[int, bytes]
    left_out: int

    def note(self) -> str:
        """Tell the reader where the others are."""
        if not self.left_out:
            return ""
        return (
            f"{len(self.by_row):,} thumbnails, of the samples archived last, are on this page, which holds no more "
            f"than {THUMBNAIL_BYTES // 1_000_000} MB of them; the other {self.left_out:,} are in the objects."
        )


def batch_page(
    work: Path,
    entries: Sequence[Entry],
    *,
    title: str,
    archive_root_name: str,
    archive_root: Path | None = None,
) -> Page:
    """Make the page of a batch, without any reference to another file but ``batch.tsv`` beside it."""
    rows = [entry.shown for entry in entries]
    thumbnails = collect_thumbnails(work, rows, archive_root)
    data = {
        **packed_columns(Shown._fields, rows, POOLED, {"outcome": OUTCOMES}),
        "blockRows": BLOCK_ROWS,
        "steps": STEPS,
        "checks": CHECKS,
        "states": STATES,
    }
    context = {
        "title": title,
        "archive": archive_root_name,
        "noun": "sample",
        "searched": "Search name, message, format …",
        "filters": FILTERS,
        "dates": DATES,
        "headings": HEADINGS,
        "figures": head_of(rows),
        "note": thumbnails.note(),
    }
    blocks = detail_blocks([entry.detail for entry in entries])
    return Page(shell_of("page.html.j2", SCRIPTS, context), embeddable(data), blocks, thumbnails.by_row)


def collect_thumbnails(work: Path, rows: Sequence[Shown], archive_root: Path | None) -> Thumbnails:
    """Read thumbnails of sealed samples, from the work folder or the objects, the latest first.

    Only what passed every gate is shown: of a sample that was refused, for a private value that was found
    perhaps, the pixels are no more public than the rest.
    """
    sealed = [number for number, row in enumerate(rows) if row.outcome == "sealed"]
    sealed.sort(key=lambda number: rows[number].ended or "", reverse=True)
    taken: dict[int, bytes] = {}
    room, left_out = THUMBNAIL_BYTES, 0
    for place, number in enumerate(sealed):
        content = next((found for path in _places(work, rows[number], archive_root) if (found := _png(path))), None)
        if content is None:
            continue
        room -= -(-len(content) // 3) * 4
        if room < 0:
            # Of the others nothing is read; nearly every sealed sample has one.
            left_out = len(sealed) - place
            break
        taken[number] = content
    return Thumbnails(dict(sorted(taken.items())), left_out)


def _places(work: Path, row: Shown, archive_root: Path | None) -> Iterable[Path]:
    yield work / "results" / "samples" / row.sample_id / "thumbnail.png"
    if archive_root and row.object:
        yield archive_root / row.object / "data" / f"{row.sample_id}.thumbnail.png"


def _png(path: Path) -> bytes | None:
    """Content of a PNG of reasonable size, or None."""
    try:
        if path.stat().st_size > ONE_THUMBNAIL_BYTES:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return content if content.startswith(PNG) else None

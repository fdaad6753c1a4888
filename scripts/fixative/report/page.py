"""The batch as one self-contained page: data as JSON, drawn by the page's own script."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fixative import __version__
from fixative.models import STEPS
from fixative.report.checklist import CHECKS, STATES, checklist_of
from fixative.report.head import head_of
from fixative.report.status import OUTCOMES, Records, SampleStatus, StepStatus

TEMPLATES = Path(__file__).with_name("templates")
STYLES = ("page.css", "narrow.css")
SCRIPTS = ("data.js", "state.js", "sample.js", "table.js", "main.js")
THUMBNAIL_BYTES = 12_000_000
"""What all thumbnails of a page may take together: it is opened from a share, and mailed."""
ONE_THUMBNAIL_BYTES = 500_000
PNG = b"\x89PNG\r\n\x1a\n"

POOLED = ("dataset", "outcome", "step", "code", "remedy", "format", "reader", "policy", "nbo", "rembi_columns")
"""Columns in which values recur: a row holds the position in the list of values."""
PLAIN = (
    "sample_id",
    "message",
    "object",
    "source_bytes",
    "object_bytes",
    "planes",
    "redacted",
    "kept",
    "started",
    "ended",
    "seconds",
    "unreadable",
    "rembi",
    "rembi_of",
    "disagreements",
    "predicted_bytes",
    "predicted_seconds",
)


@dataclass(frozen=True)
class Thumbnails:
    """The pictures that a page carries: as many, in the order of the sheet, as the total allows."""

    by_sample: dict[str, str]
    left_out: int

    def note(self) -> str:
        """Tell the reader where the others are."""
        if not self.left_out:
            return ""
        return (
            f"{len(self.by_sample):,} thumbnails are on this page, which holds no more than "
            f"{THUMBNAIL_BYTES // 1_000_000} MB of them; the other {self.left_out:,} are in the objects."
        )


def render_page(
    work: Path,
    statuses: Sequence[SampleStatus],
    *,
    title: str,
    archive_root_name: str,
    archive_root: Path | None = None,
) -> bytes:
    """Render the page, UTF-8, without any reference to another file but ``batch.tsv`` beside it."""
    from jinja2 import Environment, FileSystemLoader

    thumbnails = collect_thumbnails(work, statuses, archive_root)
    data = {**_data(work, statuses), "thumbnails": thumbnails.by_sample, "archive": archive_root_name}
    style, script = _assets(STYLES), _assets(SCRIPTS)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, keep_trailing_newline=True)
    page = environment.get_template("page.html.j2").render(
        title=title,
        archive=archive_root_name,
        version=__version__,
        figures=head_of(statuses),
        note=thumbnails.note(),
        policy=_content_security_policy(style, script),
        style=style,
        script=script,
        data=embeddable(data),
    )
    return page.encode("utf-8", "backslashreplace")


def collect_thumbnails(work: Path, statuses: Iterable[SampleStatus], archive_root: Path | None) -> Thumbnails:
    """Read thumbnails of sealed samples, from the work folder or the objects, up to `THUMBNAIL_BYTES`.

    Only what passed every gate is shown: of a sample that was refused, for a private value that was found
    perhaps, the pixels are no more public than the rest.
    """
    taken: dict[str, str] = {}
    room, left_out = THUMBNAIL_BYTES, 0
    for status in (status for status in statuses if status.outcome == "sealed"):
        places = [path for path in _thumbnail_places(work, status, archive_root) if path.is_file()]
        content = _png(places[0]) if places and room else None
        address = "data:image/png;base64," + base64.b64encode(content or b"").decode("ascii")
        if content and len(address) <= room:
            room -= len(address)
            taken[status.sample_id] = address
        elif places:
            left_out += 1
            room = 0 if content else room  # a prefix of the sheet, rather than whichever are small
    return Thumbnails(taken, left_out)


def embeddable(data: object) -> str:
    """Give JSON for a ``script`` element: nothing in it can end the element or start a comment."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        # ten times as fast as a translation, of which a page of thumbnails would need seconds
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _data(work: Path, statuses: Sequence[SampleStatus]) -> dict[str, Any]:
    pools: dict[str, dict[Any, int]] = {column: {} for column in POOLED}
    pools["outcome"] = {outcome: position for position, outcome in enumerate(OUTCOMES)}
    steps: dict[str, int] = {}
    rows = []
    for status in statuses:
        pooled = [pools[name].setdefault(status.told(name), len(pools[name])) for name in POOLED]
        plain = [status.told(name) for name in PLAIN]
        times = [_step_row(step, steps) for step in status.steps]
        records = Records(work / "results" / "samples" / status.sample_id)
        checks = [[STATES.index(check.state), check.detail] for check in checklist_of(records, status)]
        rows.append([*pooled, *plain, times, checks])
    return {
        "columns": [*POOLED, *PLAIN, "steps", "checks"],
        "pooled": len(POOLED),
        "pools": {name: list(values) for name, values in pools.items()},
        "rows": rows,
        "steps": STEPS,
        "stepOutcomes": list(steps),
        "checks": CHECKS,
        "states": STATES,
    }


def _step_row(step: StepStatus, outcomes: dict[str, int]) -> list[object]:
    return [outcomes.setdefault(step.outcome, len(outcomes)), step.seconds, step.attempts]


def _thumbnail_places(work: Path, status: SampleStatus, archive_root: Path | None) -> Iterable[Path]:
    yield work / "results" / "samples" / status.sample_id / "thumbnail.png"
    if archive_root and status.object:
        yield archive_root / status.object / "data" / f"{status.sample_id}.thumbnail.png"


def _png(path: Path) -> bytes | None:
    """Content of a PNG of reasonable size, or None."""
    try:
        if path.stat().st_size > ONE_THUMBNAIL_BYTES:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return content if content.startswith(PNG) else None


@cache
def _assets(names: tuple[str, ...]) -> str:
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def _content_security_policy(style: str, script: str) -> str:
    """Allow this page's own style, script and data images, by digest; nothing else, and no network."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_digest(style)}'",
            f"script-src 'sha256-{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")

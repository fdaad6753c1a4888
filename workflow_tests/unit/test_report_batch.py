"""The batch report: a row per sample in the order of the sheet, and a page; fit to be handed on."""

import re
import socket
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from browser.built_batch import Batch
from fixative.report import catalogue_page, page, shell
from fixative.report.batch import COLUMNS, write_batch_report
from fixative.report.head import size_text

HOSTILE = "</script><script>alert('x')</script><!-- & \u2028 \U0001f52c"


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    return Batch(tmp_path)


@pytest.fixture
def png() -> bytes:
    stream = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(stream, "PNG")
    return stream.getvalue()


def test_the_table_has_a_row_per_sample_in_the_order_of_the_sheet(batch: Batch) -> None:
    batch.sealed("Z")
    batch.refused("A")
    batch.sample("M")

    batch.report()

    assert [(row["sample_id"], row["outcome"], row["code"]) for row in batch.table()] == [
        ("Z", "sealed", ""),
        ("A", "refused", "INV004"),
        ("M", "not reached", ""),
    ]


def test_the_columns_are_fixed(batch: Batch) -> None:
    batch.report()

    header = (batch.work / "results/reports/batch.tsv").read_text(encoding="utf-8").rstrip("\n")
    assert header.split("\t") == list(COLUMNS)
    assert COLUMNS[:8] == (
        "sample_id", "dataset", "outcome", "step", "code", "message", "remedy", "object",
    )  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n=", "\u3000=", "＝"])
def test_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe(batch: Batch, start: str) -> None:
    batch.refused("A", message=f"{start}cmd|' /C calc'!A0")

    batch.report()

    assert batch.table()[0]["message"].startswith("'")


def test_newlines_and_tabs_in_a_cell_are_folded(batch: Batch) -> None:
    batch.refused("A", message="two\r\nlines\tand a tab\x00")

    batch.report()

    assert batch.table()[0]["message"] == "two lines and a tab"


def test_a_lone_surrogate_in_a_message_breaks_nothing(batch: Batch) -> None:
    batch.refused("A", message="name \udcff")

    batch.report()

    assert batch.shown("message") == ["name \udcff"]


def test_the_summary_counts_outcomes_and_names_codes(batch: Batch) -> None:
    batch.sealed("A")
    batch.refused("B")
    batch.refused("C")
    batch.refused("D", code="SAN001")

    summary = batch.report()

    assert summary.line() == "4 samples: 1 sealed, 3 refused (INV004 x 2, SAN001)"
    assert summary.outcomes == {"sealed": 1, "refused": 3}
    assert not summary.all_sealed


def test_the_summary_of_one_sealed_sample_reads_well(batch: Batch) -> None:
    batch.sealed("A")

    summary = batch.report()

    assert summary.line() == "1 sample: 1 sealed"
    assert summary.all_sealed


def test_neither_file_holds_a_path_the_host_or_the_account(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "scope-pc7.facility.example")
    monkeypatch.setenv("LOGNAME", "emeyer")
    batch.refused("A", message=f"cannot read {tmp_path}/private scope/Dr Meyer/A.czi and {tmp_path}/x")
    batch.refused("B", message="lock held by emeyer on scope-pc7 (scope-pc7.facility.example)")

    batch.report(archive_root=tmp_path / "archive")

    written = batch.page() + (tmp_path / "results/reports/batch.tsv").read_text(encoding="utf-8")
    assert [word for word in (str(tmp_path), "Meyer", "emeyer", "scope-pc7") if word in written] == []
    assert "lock held by <user> on <host> (<host>)" in written


def test_hostile_text_cannot_leave_the_data(batch: Batch) -> None:
    batch.refused("A", message=HOSTILE)

    batch.report()

    assert batch.page().count("</script>") == 4
    assert batch.shown("message") == [" ".join(HOSTILE.split())]


def test_a_hostile_title_is_escaped(batch: Batch) -> None:
    write_batch_report(batch.work, [], title=HOSTILE, archive_root_name=HOSTILE)

    assert "<script>alert" not in batch.page()


def test_the_page_names_no_address_but_the_table_beside_it(batch: Batch, png: bytes) -> None:
    batch.sealed("A", png)

    batch.report()

    addresses = re.findall(r'(?:src|href|action)="([^"#]+)"', batch.page())
    assert addresses == ["data:,", "batch.tsv", "batch.tsv"]
    assert "default-src &#39;none&#39;" in batch.page()


def test_the_policy_of_the_page_allows_its_own_script_and_no_other(batch: Batch) -> None:
    batch.report()

    script = re.search(r"<script>(.*?)</script>", batch.page(), re.DOTALL)
    assert script
    assert f"script-src &#39;sha256-{shell.digest(script[1])}&#39;" in batch.page().replace("&#43;", "+")


def test_the_scripts_of_the_page_never_write_markup() -> None:
    scripts = shell.assets((*page.SCRIPTS, *catalogue_page.SCRIPTS))

    assert (
        re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|https?://(?!www\.w3\.org/2000/svg)",
            scripts,
        )
        == []
    )


def test_a_thumbnail_of_the_work_folder_stands_in_the_page(batch: Batch, png: bytes) -> None:
    batch.sealed("A", png)

    batch.report()

    assert batch.thumbnails() == {"A": png}


def test_a_thumbnail_of_the_sealed_object_serves_as_well(batch: Batch, png: bytes, tmp_path: Path) -> None:
    batch.sealed("A")
    (tmp_path / "results/samples/A/thumbnail.png").unlink()
    picture = tmp_path / "archive/kidney/A/data/A.thumbnail.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(png)

    batch.report(archive_root=tmp_path / "archive")

    assert list(batch.thumbnails()) == ["A"]


def test_the_picture_of_a_sample_that_is_not_sealed_is_not_shown(batch: Batch, png: bytes) -> None:
    batch.refused("A", code="SAN002")
    (batch.work / "results/samples/A/thumbnail.png").write_bytes(png)

    batch.report()

    assert batch.thumbnails() == {}


def test_what_is_no_png_is_not_embedded(batch: Batch) -> None:
    batch.sealed("A", b"<svg onload=alert(1)>")

    batch.report()

    assert batch.thumbnails() == {}


def test_thumbnails_beyond_the_total_are_left_out_and_the_page_says_so(
    batch: Batch, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "THUMBNAIL_BYTES", 3 * len(png))
    batch.sealed("A", png)
    batch.sealed("B", png)
    batch.sealed("C", png)
    batch.sealed("D", png)

    batch.report()

    assert list(batch.thumbnails()) == ["A", "B"]
    assert "the other 2 are in the objects" in batch.page()


def test_the_checklist_tells_what_was_proven(batch: Batch) -> None:
    batch.sealed("A")

    batch.report()

    checks = batch.details()[0]["checks"]
    assert [1, "36 planes equal in source and archive"] not in checks
    assert [0, "36 planes equal in source and archive"] in checks
    assert [0, "3 redacted values looked for in every public byte"] in checks


def test_the_checklist_tells_which_images_were_left_out(batch: Batch) -> None:
    batch.sealed("A")
    batch.sanitised("A", images=[{"kind": "thumbnail", "action": "keep"}, {"kind": "label", "action": "drop"}])

    batch.report()

    told = "3 redacted values looked for in every public byte; 1 image left out (label)"
    assert [0, told] in batch.details()[0]["checks"]


def test_the_checklist_notes_that_pixels_may_show_text(batch: Batch) -> None:
    batch.sealed("A")
    batch.sanitised("A", burnt_in="likely", burnt_in_reason="the label of the slide is kept")

    batch.report()

    state, told = batch.details()[0]["checks"][page.CHECKS.index("privacy confirmed")]
    assert page.STATES[state] == "noted"
    assert told.endswith("; pixels may show text (likely: the label of the slide is kept)")


def test_the_checklist_of_a_refused_sample_claims_nothing(batch: Batch) -> None:
    batch.refused("A")

    batch.report()

    checks = batch.details()[0]["checks"]
    assert [page.STATES[state] for state, _ in checks] == ["failed"] + ["open"] * (len(page.CHECKS) - 1)


def test_the_same_records_give_the_same_report(batch: Batch, png: bytes) -> None:
    batch.sealed("A", png)
    batch.refused("B")

    first = (batch.report().page.read_bytes(), batch.report().table.read_bytes())

    assert (batch.report().page.read_bytes(), batch.report().table.read_bytes()) == first


def test_a_report_that_cannot_be_written_leaves_the_one_before(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    batch.sealed("A")
    before = batch.report().page.read_bytes()
    batch.refused("B", message="x")
    monkeypatch.setattr(shell, "TEMPLATES", batch.work)

    with pytest.raises(Exception, match="page"):
        batch.report()

    assert (batch.work / "results/reports/index.html").read_bytes() == before
    assert not list((batch.work / "results/reports").glob(".*"))


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.00 kB"), (75_497_472, "75.5 MB"), (999_999, "1.00 MB")],
)
def test_sizes_are_worded_with_three_digits(size: int, text: str) -> None:
    assert size_text(size) == text

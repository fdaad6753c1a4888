"""Every hostile source in one batch, between two innocent ones: the whole chain, as a facility would run it."""

import re
import shutil
import subprocess

import pytest

from hostile import CANARY, HOSTILE, sources, tiff_with
from pipeline import Batch

ESCAPE = "\x1b"


class HostileBatch(Batch):
    """The batch, run once."""

    def __init__(self, folder):
        super().__init__(folder)
        beside = self.sheet.parent
        rows = [("first", tiff_with(beside / "first.tif", ""), "")]
        rows += [(name, source, sidecar or "") for name, (source, sidecar) in sources(beside / "raw").items()]
        rows += [("last", tiff_with(beside / "last.tif", ""), "")]
        text = "".join(f"{sample}\t{source}\t{sidecar}\n" for sample, source, sidecar in rows)
        self.sheet.write_text(f"sample_id\tsource\tsidecars\n{text}", encoding="utf-8")
        self.done = self.run()
        self.rows = self.table()


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    return HostileBatch(tmp_path_factory.mktemp("hostile batch"))


def files_with(text, *folders):
    found = subprocess.run(["grep", "-rlaF", text, *folders], capture_output=True, text=True)
    return sorted(found.stdout.splitlines())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_source_is_refused_by_its_code_or_archived_harmlessly(batch, name):
    row = batch.rows[name]

    assert (row["code"] or row["outcome"]) in HOSTILE[name].codes, row["message"]


def test_its_neighbours_are_sealed(batch):
    assert {batch.rows[name]["outcome"] for name in ("first", "last")} == {"sealed"}, batch.done.stderr


def test_nothing_that_an_entity_or_a_name_points_to_arrives_anywhere(batch):
    assert files_with(CANARY, batch.archive, batch.work) == []


def test_no_tag_of_yaml_was_obeyed(batch):
    assert not list(batch.folder.rglob("harm.txt"))


def test_neither_terminal_nor_log_is_driven_by_a_source(batch):
    logs = [path.read_text(encoding="utf-8") for path in (batch.work / "results/logs").rglob("*.log")]

    assert ESCAPE not in batch.done.stdout + "".join(logs)
    assert ESCAPE not in re.sub(r"\x1b\[[0-9;]*m", "", batch.done.stderr)


def test_no_table_holds_a_formula_or_a_control_character(batch):
    tables = [path.read_text(encoding="utf-8") for path in (batch.work / "results/reports").glob("*.tsv")]
    cells = [cell for table in tables for line in table.splitlines() for cell in line.split("\t")]

    assert [cell for cell in cells if cell.startswith(("=", "+", "@")) or not cell.isprintable()] == []


def test_no_page_runs_what_a_source_says(batch, tmp_path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here: pages are not opened")
    pages = [batch.work / "results/reports/index.html"]
    samples = ("name-with-markup", "description-with-escapes", "sidecar-of-markup")
    pages += [batch.object(sample) / "data/ro-crate-preview.html" for sample in samples]
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--dump-dom"]

    drawn = [
        subprocess.run([chromium, *flags, page.as_uri()], capture_output=True, text=True).stdout for page in pages
    ]

    assert all("</html>" in page for page in drawn)
    assert not [page for page in drawn if re.search(r"<title>[^<]*HARMED", page)]


def test_no_readme_holds_markup_of_a_source(batch):
    readmes = [path.read_text(encoding="utf-8") for path in batch.archive.glob("*/*/data/README.md")]

    assert readmes
    assert not [text for text in readmes if "<script" in text]

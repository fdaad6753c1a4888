"""Finding objects: the words of a person, ranked; plain SQL; what is printed, and how it ends."""

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from catalogued import OME, TREE, seal
from fixative.catalogue import CATALOGUE, describe_whole, rebuild
from fixative.catalogue.__main__ import main
from fixative.catalogue.printing import as_table, as_tsv
from fixative.catalogue.query import BadQuery, fts_query, parse_query
from fixative.catalogue.search import NoCatalogue, ask, find
from fixative.catalogue.words import MOST_TEXT_BYTES, leaves
from objects import as_nobody


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A spindle of set1/A; set1/B, which says nothing of itself."""
    root = tmp_path_factory.mktemp("find") / "archive"
    seal(root, "A", organism="Xenopus laevis", notes="metaphase × 3", license="CC-BY-4.0", extra={"plate": "P-17"})
    seal(root, "B", xml=OME.split("<Instrument")[0] + "</OME>", tree={"Note": "Grünes Gewebe, tubulin"})
    rebuild(root)
    return root


def found(root, words):
    return [hit.object for hit in find(root, words).hits]


@pytest.mark.parametrize(
    "words",
    [
        "tubulin spindle",
        "63x",
        "63X 1.4",
        "63×",
        "1.4NA",
        "NA oil",
        "488nm",
        "488 nm",
        "520nm",
        "EGFP-tubulin mEGFP",
        "gfp",
        "Alexa 647",
        "alexafluor647",
        "2024",
        "2024-04-18",
        "2024-04-18T09:30",
        "16bit",
        "Confocal 9",
        "xenopus",
        "P-17",
        "CC-BY-4.0",
        "Zyla 5.5",
        "37",
        '"plan apochromat"',
        "plan-apo*",
        "set1/A",
        "tubulin -gewebe",
    ],
)
def test_what_a_person_calls_it_finds_the_object(archive, words):
    assert found(archive, words)[0] == "set1/A"


@pytest.mark.parametrize(
    "words", ["63x nikon", '"apochromat plan"', "spind", "tubulin -spindle -gewebe", "True", "AND", "NEAR(tubulin)x"]
)
def test_what_is_not_said_is_not_found(archive, words):
    assert found(archive, words) == []


def test_accents_and_case_do_not_matter(archive):
    assert found(archive, "GRUNES gewebe") == ["set1/B"]


def test_what_stands_in_a_name_or_a_fact_goes_before_what_stands_somewhere(archive):
    assert found(archive, "tubulin") == ["set1/A", "set1/B"]


def test_a_hit_tells_where_the_words_stand(archive):
    (hit,) = find(archive, "zyla 63x").hits

    assert hit.instrument == "Examplon Confocal 9"
    assert hit.acquired == "2024-04-18T09:30:00"
    assert "Zyla 5.5" in hit.found
    assert "Plan-Apochromat 63x" in hit.found


@pytest.mark.parametrize("words", ['"not closed', "", "  ", "...", '""', "-only -these", "many " * 60])
def test_what_cannot_be_looked_for_is_said(words):
    with pytest.raises(BadQuery):
        parse_query(words)


@pytest.mark.parametrize("words", ["a AND b", "NEAR(a b)", "name:a", "a* ^b", "a'b", "{a} b", "a\\b", "(a OR"])
def test_no_word_is_taken_for_an_operator(words):
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE t USING fts5(name)")

    assert base.execute("SELECT * FROM t WHERE t MATCH ?", (fts_query(parse_query(words)),)).fetchall() == []
    base.close()


def test_the_facts_of_every_image_and_channel_are_kept(archive):
    said = describe_whole(archive / "set1/A")
    first, second = said.images

    assert (first.name, first.size_x, first.size_c, first.pixel_type) == ("spindle pole", 90, 2, "uint16")
    assert (first.pixel_size_x_um, first.pixel_size_y_um, first.pixel_size_z_um) == (0.1, 0.1, 0.5)
    assert (first.objective, first.magnification, first.na, first.immersion) == ("Plan-Apochromat", 63.0, 1.4, "Oil")
    assert [(one.name, one.fluor, one.excitation_nm, one.emission_nm) for one in first.channels] == [
        ("mEGFP-tubulin", None, 488.0, 520.0),
        (None, "AlexaFluor647", None, None),
    ]
    assert (second.name, second.objective, second.channels) == ("overview", None, ())
    assert (said.facts.instrument, said.facts.organism) == ("Examplon Confocal 9", "Xenopus laevis")
    assert (said.facts.images, said.facts.planes, said.facts.witness) == (1, 4, "bioformats")


def test_each_value_is_indexed_once_and_the_longest_tree_is_cut(tmp_path):
    long = [f"step {number}" for number in range(MOST_TEXT_BYTES // 5)]

    words = describe_whole(seal(tmp_path / "archive", tree={"log": long, "b": "bleach", "c": "bleach"})).words

    assert words.cut
    assert words.text.startswith("step 0\nstep 1\n")
    assert len(words.text.encode()) <= MOST_TEXT_BYTES


def test_values_are_texts_and_numbers_however_deep():
    deep: list[object] = ["end"]
    for _ in range(5000):
        deep = [deep]

    assert list(leaves({**TREE, "deep": deep})) == ["Zyla 5.5", "1.5", "bleach", "37 °C", "bleach", "end"]


def test_plain_sql_reads_tables_and_views(archive):
    table = ask(archive, "SELECT name, channels FROM overview WHERE objectives LIKE '%Apo%'")
    ranked = ask(archive, "SELECT name FROM search WHERE words MATCH 'tubulin' ORDER BY rank")

    assert (table.columns, table.rows) == (("name", "channels"), (("set1/A", "mEGFP-tubulin,AlexaFluor647"),))
    assert ranked.rows == (("set1/A",), ("set1/B",))


@pytest.mark.parametrize(
    "sql", ["DELETE FROM objects", "ATTACH '/tmp/x' AS x", "SELEC 1", "SELECT 1; SELECT 2", "DROP TABLE files"]
)
def test_sql_that_would_change_something_is_refused(archive, sql):
    before = (archive / CATALOGUE).read_bytes()

    with pytest.raises(BadQuery, match="SQL"):
        ask(archive, sql)

    assert (archive / CATALOGUE).read_bytes() == before


def test_the_exit_status_says_found_none_or_not_looked_for(archive, tmp_path, capsys):
    assert main(["find", str(archive), "tubulin", "-gewebe"]) == 0
    assert main(["find", str(archive), "nothing-of-the-kind"]) == 1
    assert main(["find", str(archive), '"open']) == 2
    assert main(["find", str(archive)]) == 2
    assert main(["find", str(archive), "--sql", "SELEC"]) == 2
    assert main(["find", str(archive), "--limit", "0", "tubulin"]) == 2
    assert main(["find", str(tmp_path), "tubulin"]) == 2
    assert "snakemake catalogue" in capsys.readouterr().err


def test_a_pipe_gets_tsv_and_a_program_json(archive, capsys):
    main(["find", "--limit", "1", str(archive), "tubulin"])
    lines = capsys.readouterr().out.splitlines()
    main(["find", str(archive), "--json", "tubulin", "--limit", "1"])
    hits = json.loads(capsys.readouterr().out)

    assert lines[0].split("\t") == ["object", "acquired", "instrument", "channels", "found"]
    assert [line.split("\t")[0] for line in lines[1:]] == ["set1/A"]
    assert [hit["object"] for hit in hits] == ["set1/A"]


def test_no_cell_drives_a_terminal_or_a_spreadsheet():
    rows = [("=1+1", "a\tb\nc", "\x1b[31mred", -1.5, None, b"\x01")]

    (_, line) = as_tsv(["a", "b", "c", "d", "e", "f"], rows)

    assert line.split("\t") == ["'=1+1", "a b c", "�[31mred", "-1.5", "", "01"]


def test_a_table_fits_the_terminal():
    lines = list(as_table(["object", "found"], [("a" * 90, "b" * 90), ("c", "細胞")], width=60))

    assert max(map(len, lines)) <= 60
    assert lines[1].startswith("aaa")
    assert lines[1].endswith("…")


def test_a_catalogue_of_another_version_is_not_searched(archive, tmp_path):
    (tmp_path / CATALOGUE).write_bytes((archive / CATALOGUE).read_bytes())
    with sqlite3.connect(tmp_path / CATALOGUE) as base:
        base.execute("PRAGMA user_version = 99")
    base.close()

    with pytest.raises(NoCatalogue, match="later version"):
        find(tmp_path, "tubulin")


def test_a_damaged_catalogue_is_told_of_and_left_alone(tmp_path):
    (tmp_path / CATALOGUE).write_bytes(b"no database" * 1000)

    with pytest.raises(NoCatalogue, match="makes it anew"):
        find(tmp_path, "tubulin")

    assert (tmp_path / CATALOGUE).is_file()


def test_an_archive_that_cannot_be_written_can_be_searched(archive, repository):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(archive / CATALOGUE, folder)
        Path(folder).chmod(0o555)

        run = as_nobody(
            [sys.executable, "-m", "fixative.catalogue", "find", folder, "tubulin"], repository / "scripts"
        )

    assert run.returncode == 0, run.stderr
    assert "set1/A" in run.stdout


def test_what_a_killed_writer_left_is_not_seen_and_said(archive, tmp_path, capsys):
    shutil.copy(archive / CATALOGUE, tmp_path)
    program = (
        "import os, sqlite3, sys; base = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "base.execute('PRAGMA cache_size = 1'); base.execute('BEGIN'); base.execute('DELETE FROM texts');"
        "base.execute('DELETE FROM files'); base.execute('DELETE FROM sources'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / CATALOGUE], check=False)
    assert (tmp_path / f"{CATALOGUE}-journal").is_file()

    status = main(["find", str(tmp_path), "--sql", "SELECT name FROM objects"])

    assert status == 0
    assert "without locks" in capsys.readouterr().err

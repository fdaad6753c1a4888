"""Bounds that hostile sources ran into: each was exceeded once."""

import json
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import hostile
from fixative import planning
from fixative.findings import RefusedSample
from fixative.models import SampleRow
from fixative.readers.options import READER_DEFAULTS, Request
from fixative.report.public import known_paths
from fixative.settings import Settings


def written(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    return hostile.HOSTILE[name].write(folder)


def java_error():
    from fixative.readers.bioformats.jvm import JavaError

    return JavaError


def bio_formats(path, fmt):
    from fixative.readers.bioformats.reader import open_reader

    return open_reader(Request(path, fmt, "bioformats"))


@pytest.mark.parametrize("name", ["czi-laughs", "bif-laughs"])
def test_java_s_parser_expands_no_bomb(tmp_path, name):
    with pytest.raises(java_error(), match="entity expansions"):
        bio_formats(written(tmp_path, name), name.partition("-")[0])


def test_java_s_parser_opens_no_file_that_an_entity_names(tmp_path):
    with pytest.raises(java_error(), match="access is not allowed"):
        bio_formats(written(tmp_path, "czi-entities"), "czi")


def test_a_document_may_hold_any_number_of_escaped_letters(tmp_path):
    path = hostile.tiff_with(tmp_path / "a.ome.tif", hostile.ome(word="&amp;&lt;&#956;", many=50_000))

    reader = bio_formats(path, "ome_tiff")

    assert reader.ome_xml().count("&amp;") == 50_000
    reader.close()


def test_a_strip_that_takes_more_than_half_of_the_memory_is_not_decoded(tmp_path):
    from fixative.readers.tiff.reader import open_reader

    path = written(tmp_path, "tiff-honest-bomb")
    reader = open_reader(Request(path, "tiff", "tifffile"))

    with pytest.raises(RefusedSample, match="3600000000 bytes, more than half of the job's memory: raise mem_mb"):
        reader.read_region(0, 0, 0, 0, 0, 0, 8, 8)
    reader.close()


def test_more_memory_decodes_larger_strips(tmp_path):
    import numpy as np
    import tifffile

    from fixative.readers.tiff.reader import open_reader

    tifffile.imwrite(tmp_path / "a.tif", np.ones((1200, 1000), np.uint8), rowsperstrip=1200, compression="zlib")
    little, much = (replace(READER_DEFAULTS, memory_mb=size) for size in (2, 4))

    with (
        closing(open_reader(Request(tmp_path / "a.tif", "tiff", "tifffile", little))) as reader,
        pytest.raises(RefusedSample, match="1200000 bytes"),
    ):
        reader.read_region(0, 0, 0, 0, 0, 0, 1, 1)

    with closing(open_reader(Request(tmp_path / "a.tif", "tiff", "tifffile", much))) as reader:
        assert reader.read_region(0, 0, 0, 0, 0, 0, 1, 1)[0, 0] == 1


def test_memory_that_runs_out_is_a_finding():
    from fixative.stage import _truer

    assert _truer(None, MemoryError()).code == "RUN002"


def test_a_link_that_leads_to_itself_stops_no_log(tmp_path):
    loop = tmp_path / "a.tif"
    loop.symlink_to("a.tif")
    row = SampleRow(line=2, sample_id="A", source=loop, dataset="d", privacy_policy="facility")

    assert (str(loop), "<source>") in known_paths(row, tmp_path)


@pytest.mark.parametrize("plan", ["", "{", "7", '{"run": -9}', '{"run": 1e999}', '{"run": "x"}', "[" * 100_000])
def test_a_plan_that_lies_gives_no_shard_a_name_that_was_used(tmp_path, monkeypatch, plan):
    monkeypatch.chdir(tmp_path)
    Path("results/verify").mkdir(parents=True)
    Path("results/verify/0041-0001.json").write_text("[]")
    Path("results/plan.json").write_text(plan)
    row = SampleRow(line=2, sample_id="A", source=tmp_path / "a.tif", dataset="d", privacy_policy="facility")

    planned = planning.plan_run(Settings(archive_root=tmp_path / "archive"), [row])

    assert planned.shards == ("0042-0001",)


def test_a_shard_that_lies_makes_no_file_go_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "work/results/shards").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / ".innocent.part").write_text("")
    Path("results/shards/0001-0001.json").write_text(json.dumps([{"sample_id": "../../.."}]))
    row = SampleRow(line=2, sample_id="A", source=tmp_path / "a.tif", dataset="d", privacy_policy="facility")

    planning.plan_run(Settings(archive_root=tmp_path / "archive"), [row])

    assert (tmp_path / ".innocent.part").exists()


@pytest.mark.parametrize(
    "text", [" " * 500_000 + "|=", "a=1\n" * 100_000, "x" * 900_000 + "|" * 100, "a= \t" * 200_000]
)
def test_no_description_takes_long_to_understand(text):
    from fixative.described import described

    before = time.process_time()
    described(f"Aperio Image Library\r\n{text}")

    assert time.process_time() - before < 5


def test_no_line_of_a_log_drives_a_terminal(tmp_path):
    from fixative.report.log_text import LogText

    said = LogText(tmp_path).clean("source not found: \x1b]0;HARMED\x07\x9b2J\r.tif\tend\n")

    assert said == "source not found: \\x1b]0;HARMED\\x07\\x9b2J\\x0d.tif\tend\n"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    "content",
    [b"\0\0\0", b"\0\0\0\3", OLE + bytes(12), OLE + bytes(22) + b"\xff\xff" + bytes(16) + b"\xff" * 8],
    ids=["three zeros", "four bytes", "short OLE", "OLE directory beyond any disk"],
)
def test_what_fuzzing_found_is_recognised_or_refused(tmp_path, content):
    from fixative.identify import identify

    path = tmp_path / "a.bin"
    path.write_bytes(content)

    with pytest.raises(RefusedSample, match="INV003"):
        identify(path)


def test_names_between_a_million_blanks_are_told_apart_at_once():
    from fixative.privacy.collect import _BETWEEN

    before = time.process_time()
    parts = _BETWEEN.split(f"Jane Doe{' ' * 1_000_000}John Roe; Ada Byron and Ann Other")

    assert [part.split()[-1] for part in parts] == ["Roe", "Byron", "Other"]
    assert time.process_time() - before < 2

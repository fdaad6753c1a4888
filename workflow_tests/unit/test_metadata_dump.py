"""The dump cites every source, and does without what is absent."""

import shutil
import stat

import numpy as np
import pytest
import tifffile
from pylibCZIrw import czi as pylibczirw

from fixative.files import json_bytes
from fixative.metadata.dump import dump_metadata
from fixative.metadata.exiftool import ExiftoolFailed, exiftool_session
from fixative.metadata.keys import walk
from fixative.models import MetadataDump
from ome_sources import image, inventory_of, reader_of, row_of


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((6, 8), np.uint8), description="seen by Ada", metadata=None)
    return path


@pytest.fixture
def no_exiftool(monkeypatch):
    monkeypatch.setenv("FIXATIVE_EXIFTOOL", "none")


def kinds(dump):
    return [source.kind for source in dump.sources]


def test_every_source_says_which_file_and_tool_it_comes_from(source, tmp_path, no_exiftool):
    sidecar = tmp_path / "a.txt"
    sidecar.write_text("User: Ada")
    reader = reader_of("<OME><Image ID='Image:0'/></OME>", [image()], vendor={"lsm": {"x": np.float32(0.5)}})
    row = row_of(source, owner="Ada", extra={"mouse": "7"})

    dump = dump_metadata(reader, inventory_of(source, (sidecar, "sidecar")), row, ())

    values = dict(walk(dump.sources))
    assert kinds(dump) == ["ome", "lsm", "tiff", "sidecar", "sheet", "file"]
    assert [s.file for s in dump.sources] == ["a.tif", "a.tif", "a.tif", "a.txt", "", ""]
    assert values["ome:/OME/Image[0]/@ID"] == "Image:0"
    assert values["tiff:/ifd[0]/ImageDescription"] == "seen by Ada"
    assert values["sidecar:/0/User"] == "Ada"
    assert (values["sheet:/owner"], values["sheet:/mouse"]) == ("Ada", "7")
    assert values["file:/0/name"] == "a.tif"


def test_the_dump_is_json_and_comes_back(source, no_exiftool):
    reader = reader_of(None, [image()], vendor={"x": {"nan": float("nan"), "text": "\udc80", "raw": b"abc"}})

    dump = dump_metadata(reader, inventory_of(source), row_of(source), ())

    assert MetadataDump.model_validate_json(json_bytes(dump.model_dump(mode="json"))) == dump


def test_without_exiftool_there_is_a_note_and_no_failure(source, no_exiftool):
    dump = dump_metadata(reader_of(None, [image()]), inventory_of(source), row_of(source), ())

    assert "exiftool" not in kinds(dump)
    assert "no exiftool" in dump.notes[0]


def test_ome_xml_that_is_not_well_formed_is_kept_as_it_is(source, no_exiftool):
    dump = dump_metadata(reader_of("<OME", [image()]), inventory_of(source), row_of(source), ())

    assert dump.sources[0].tree == {"unparsed": "<OME"}
    assert dump.notes


def test_a_long_text_of_a_set_is_written_out_once(tmp_path, no_exiftool):
    paths = [tmp_path / "a.tif", tmp_path / "b.tif"]
    for path in paths:
        tifffile.imwrite(path, np.zeros((6, 8), np.uint8), description="x" * 5000, metadata=None)

    inventory = inventory_of(paths[0], (paths[1], "member"))
    dump = dump_metadata(reader_of(None, [image()]), inventory, row_of(paths[0]), ())

    first, second = (s.tree["ifd"][0]["ImageDescription"] for s in dump.sources if s.kind == "tiff")
    assert len(first) == 5000
    assert second["bytes"] == 5000


def fake_exiftool(tmp_path, body: str) -> str:
    """An executable in exiftool's place."""
    path = tmp_path / "fake"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


# pyexiftool leaves its pipes to the garbage collector where the process died at once.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("body", ["exit 0", "exec sleep 60"])
def test_an_exiftool_that_dies_or_hangs_is_given_up(tmp_path, source, body):
    with (
        exiftool_session(fake_exiftool(tmp_path, body), timeout_s=1) as session,
        pytest.raises(ExiftoolFailed),
    ):
        session.read(source)


@pytest.fixture
def session():
    with exiftool_session() as session:
        if not session.available:
            pytest.skip("no exiftool on this machine")
        yield session


def test_exiftool_tells_tags_and_nothing_of_the_file_system(session, source):
    tree, version = session.read(source)

    assert tree["IFD0"]["ImageDescription"] == "seen by Ada"
    assert "System" not in tree
    assert version


@pytest.mark.parametrize("name", ["-all=.tif", "|cat.tif", "a b |", "new\nline.tif", "ü%[0].tif", "#x.tif", "@y"])
def test_names_mean_nothing_to_exiftool(session, source, name):
    path = source.rename(source.with_name(name))

    assert session.read(path)[0]["IFD0"]["ImageDescription"] == "seen by Ada"


def test_equal_pages_are_told_once(session, tmp_path):
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as writer:
        for _ in range(5):
            writer.write(np.zeros((6, 8), np.uint8), metadata=None)

    pages = {name: tags for name, tags in session.read(path)[0].items() if name.startswith("IFD")}

    assert {name: tags["repeats"] for name, tags in pages.items()} == {"IFD0": 5}


def test_one_process_serves_a_whole_shard(session, source):
    with exiftool_session() as inner:
        assert inner is session


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="no exiftool on this machine: nothing to compare")
def test_exiftool_says_the_same_of_a_file_every_time(tmp_path):
    path = tmp_path / "a.czi"
    with pylibczirw.create_czi(str(path)) as czi:
        czi.write(np.zeros((16, 16, 1), np.uint8))
        czi.write_metadata("title", custom_attributes={f"key{number}": number for number in range(30)})

    answers = []
    for _ in range(3):
        with exiftool_session() as session:
            answers.append(json_bytes(session.read(path)[0]))

    assert answers[0] == answers[1] == answers[2]

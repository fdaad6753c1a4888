"""``python -m fixative.vault prove``: the holder of the key can say what stood there, and nobody else."""

import io
import os
import sys
from dataclasses import replace

import pytest

from fixative.files import write_json
from fixative.models import Redaction
from fixative.package.assemble import assemble_object
from fixative.privacy.marks import Marks
from fixative.vault.__main__ import main
from objects import NOW, make_parts

FILESET = "ab" * 32
ARTIST, NUMBER, MANY = "tiff:/ifd/Artist", "sidecar:/patient/number", "sidecar:/cells/who"
PEOPLE = [f"Person {n}" for n in range(200)]


@pytest.fixture
def key_file(tmp_path):
    """The vault key."""
    path = tmp_path / "vault.key"
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    return path


def make(folder, key_file):
    """An object whose record bears marks."""
    marks = Marks(key_file.read_bytes(), FILESET)
    each = [marks.of(MANY, name) for name in PEOPLE]
    lines = (
        Redaction(key=ARTIST, action="X", rule="people", values_hmac=(marks.of(ARTIST, "Ada Lovelace"),)),
        Redaction(key=NUMBER, action="X", rule="people", values_hmac=(marks.of(NUMBER, 4711),)),
        Redaction(
            key=MANY,
            action="X",
            rule="people",
            values_hmac=(marks.over(MANY, each),),
            values_hmac_of="all",
            count=200,
        ),
    )
    parts = make_parts(folder / "parts")
    log = parts.log.model_copy(update={"redactions": lines, "hmac_key": marks.key_id})
    assemble_object(replace(parts, log=log), folder / "A", now=NOW)
    changes = [
        {"line": MANY, "action": "X", "rule": "people", "copied": False, "hmac": mark, "value": name}
        for mark, name in zip(each, PEOPLE, strict=True)
    ]
    write_json(folder / "mapping.json", {"changes": changes})
    return folder / "A"


def run(folder, key_file, value, *options):
    path = folder.parent / "value"
    path.write_bytes(value)
    return main(["prove", str(folder), "--key-file", str(key_file), "--value-file", str(path), *map(str, options)])


@pytest.mark.parametrize("value", [b"Ada Lovelace", b"Ada Lovelace\n", b"Ada Lovelace\r\n"])
def test_a_value_that_stood_there_is_found(tmp_path, key_file, value, capsys):
    status = run(make(tmp_path, key_file), key_file, value)

    out = capsys.readouterr().out
    assert status == 0
    assert f"held it      {ARTIST}  (X, rule people)" in out
    assert "Lovelace" not in out


def test_a_number_is_found(tmp_path, key_file, capsys):
    status = run(make(tmp_path, key_file), key_file, b"4711\n")

    assert status == 0
    assert f"held it      {NUMBER}" in capsys.readouterr().out


def test_standard_input_is_read_where_no_file_is_named(tmp_path, key_file, monkeypatch, capsys):
    folder = make(tmp_path, key_file)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ada Lovelace\n")))

    assert main(["prove", str(folder), "--key-file", str(key_file)]) == 0


@pytest.mark.parametrize("value", [b"ada lovelace", b"Ada", b"Ada Lovelace ", b""])
def test_another_value_is_not_found(tmp_path, key_file, value, capsys):
    folder = make(tmp_path, key_file)

    status = run(folder, key_file, value, "--mapping", tmp_path / "mapping.json")

    assert status == 1
    assert capsys.readouterr().out == "0 keys held exactly this value, 0 not decided\n"


def test_of_too_many_values_the_object_alone_cannot_tell(tmp_path, key_file, capsys):
    status = run(make(tmp_path, key_file), key_file, b"Person 7")

    assert status == 2
    assert f"not decided  {MANY}" in capsys.readouterr().out


def test_of_too_many_values_the_mapping_tells(tmp_path, key_file, capsys):
    folder = make(tmp_path, key_file)

    status = run(folder, key_file, b"Person 7", "--mapping", tmp_path / "mapping.json")

    assert status == 0
    assert f"held it      {MANY}" in capsys.readouterr().out


def test_a_mapping_that_is_not_of_this_object_decides_nothing(tmp_path, key_file, capsys):
    folder = make(tmp_path, key_file)
    write_json(tmp_path / "mapping.json", {"changes": []})

    assert run(folder, key_file, b"Person 7", "--mapping", tmp_path / "mapping.json") == 2


def test_another_key_proves_nothing(tmp_path, key_file, capsys):
    folder = make(tmp_path, key_file)
    key_file.write_bytes(os.urandom(32))

    status = run(folder, key_file, b"Ada Lovelace")

    assert status == 2
    assert "another key" in capsys.readouterr().out


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_key_that_others_may_read_is_refused(tmp_path, key_file, mode, capsys):
    folder = make(tmp_path, key_file)
    key_file.chmod(mode)

    assert run(folder, key_file, b"Ada Lovelace") == 2


def test_an_object_that_was_made_without_a_vault_proves_nothing(tmp_path, key_file, capsys):
    assemble_object(make_parts(tmp_path / "parts"), tmp_path / "A", now=NOW)

    status = run(tmp_path / "A", key_file, b"Ada Lovelace")

    assert status == 2
    assert "made without a vault" in capsys.readouterr().out


def test_what_is_no_object_proves_nothing(tmp_path, key_file, capsys):
    (tmp_path / "A").mkdir()

    assert run(tmp_path / "A", key_file, b"Ada Lovelace") == 2

"""Sidecar files are parsed by what they are."""

import pytest

from fixative.metadata.sidecars import FIRST_LINES, MOST_VALUES, sidecar_tree


@pytest.mark.parametrize(
    ("name", "content", "tree"),
    [
        ("a.json", b'{"user": "Ada", "n": [1, 2.5]}', {"user": "Ada", "n": [1, 2.5]}),
        ("a.yaml", b"user: Ada\nday: 2020-01-02\n", {"user": "Ada", "day": "2020-01-02"}),
        ("a.csv", b"x,y\n1,2\n3,4\n", [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]),
        ("a.tsv", b"x\ty\n1\t2\n", [{"x": "1", "y": "2"}]),
        ("a.xml", b'<a k="1"><b>t</b><b/></a>', {"a": {"@k": "1", "b": [{"#text": "t"}, {}]}}),
        ("a.txt", b"User: Ada\nGain = 3\nfree text\n", {"User": "Ada", "Gain": "3", "#lines": ["free text"]}),
        ("a.ini", b"[Scan]\nWidth=3\nWidth=4\n", {"Scan": {"Width": ["3", "4"]}}),
    ],
)
def test_a_sidecar_becomes_a_tree(tmp_path, name, content, tree):
    path = tmp_path / name
    path.write_bytes(content)

    assert sidecar_tree(path) == tree


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_text_sidecars_are_read_in_their_encoding(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes("Gerät: Jürgen".encode(encoding))

    assert sidecar_tree(path) == {"Gerät": "Jürgen"}


def test_a_file_that_is_not_what_its_name_says_is_kept_as_text(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"user: Ada\n")

    assert sidecar_tree(path) == {"user": "Ada"}


def test_a_binary_sidecar_stands_as_digest_and_size(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)))

    assert sidecar_tree(path)["bytes"] == 256


def test_neither_entities_nor_aliases_grow(tmp_path):
    bomb = tmp_path / "a.xml"
    bomb.write_bytes(b'<!DOCTYPE a [<!ENTITY s SYSTEM "file:///etc/passwd"><!ENTITY t "big">]><a>&s;&t;</a>')
    aliases = tmp_path / "a.yaml"
    aliases.write_bytes(b"a: &a [1]\nb: [*a, *a]\n")

    assert sidecar_tree(bomb) == {"a": {}}
    assert sidecar_tree(aliases) == {"a": "&a [1]", "b": "[*a, *a]"}


@pytest.mark.parametrize(
    ("name", "content", "tree"),
    [
        ("a.csv", "x,y\n1,ü\n2,é\n".encode("utf-16"), [{"x": "1", "y": "ü"}, {"x": "2", "y": "é"}]),
        ("a.ini", "[Scan]\r\nWidth=3\r\n".encode("utf-16-le"), {"Scan": {"Width": "3"}}),
        ("a.xmp", b'<x:a xmlns:x="u">t</x:a>', {"a": {"#text": "t"}}),
        ("a.xml", "<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1"), {"a": {"#text": "é"}}),
        ("a.jsonl", b'{"t": 1}\n{"t": 2}\n', [{"t": 1}, {"t": 2}]),
    ],
)
def test_encodings_and_kinds_are_known_by_their_content(tmp_path, name, content, tree):
    path = tmp_path / name
    path.write_bytes(content)

    assert sidecar_tree(path) == tree


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.yaml", "a.xml"])
def test_a_malformed_sidecar_stands_line_by_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"{[<\nsecond line\n")

    assert sidecar_tree(path) == {"#lines": ["{[<", "second line"]}


def test_a_table_of_many_rows_stands_as_columns(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("frame,camera\n" + "".join(f"{n},A\n" for n in range(1500)), encoding="utf-8")

    tree = sidecar_tree(path)

    assert (tree["rows"], tree["camera"], tree["frame"][-1]) == (1500, "A", "1499")


def test_a_sidecar_of_too_many_values_stands_as_its_first_lines_and_its_digest(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"line {n}\n" for n in range(MOST_VALUES + 1)), encoding="utf-8")

    tree = sidecar_tree(path)

    assert (len(tree["#lines"]), tree["Content"]["bytes"]) == (FIRST_LINES, path.stat().st_size)

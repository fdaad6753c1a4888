"""Sidecar files are parsed by what they are."""

import pytest

from fixative.metadata.sidecars import sidecar_tree


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

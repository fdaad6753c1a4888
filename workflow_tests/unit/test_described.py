"""Descriptions of planes are known for what they are: JSON, XML, lines of names and values."""

import pytest

from fixative.described import described


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('{"Axes": {"z": 1}}\0', {"Axes": {"z": 1}}),
        ("<a k='1'>t</a>", {"a": {"@k": "1", "#text": "t"}}),
        ("frameNumbers = 1\nepoch = [2020 1 2]\n", {"frameNumbers": "1", "epoch": "[2020 1 2]"}),
        ("a = 1\na = 2", {"a": "1", "a (2)": "2"}),
    ],
)
def test_a_description_becomes_a_tree(text, tree):
    assert described(text) == tree


@pytest.mark.parametrize("text", ["", "free text", "a = 1", "a = 1\nfree text", "{broken", "<broken", "[1, 2]"])
def test_other_texts_are_left_alone(text):
    assert described(text) is None

"""Trees hold plain values only, and keys find them again."""

import dataclasses
import datetime
import enum
import json
import math

import numpy as np
import pytest

from fixative.metadata.keys import delete_leaf, get_leaf, key_of, leaves, path_of, pattern_of, set_leaf, walk
from fixative.trees import decode_text, to_tree
from ome_sources import dump_of


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Stage:
    x: float
    name: str


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        (np.uint16(7), 7),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (datetime.datetime(2020, 1, 2, 3, 4, 5), "2020-01-02T03:04:05"),
        (Colour.RED, "RED"),
        (Stage(1.5, "a"), {"x": 1.5, "name": "a"}),
        ({1: (2, 3)}, {"1": [2, 3]}),
        ("a\udc80b", "a\\udc80b"),
        (np.array([[1, 2]]), [[1, 2]]),
        (1 + 2j, "(1+2j)"),
        (None, None),
    ],
)
def test_any_value_becomes_a_plain_one(value, tree):
    assert to_tree(value) == tree
    json.dumps(to_tree(value), allow_nan=False)


def test_binary_values_and_long_arrays_stand_as_their_digest():
    assert to_tree(b"abc")["bytes"] == 3
    assert to_tree(np.zeros(5000, np.uint8))["shape"] == [5000]


def test_a_structure_that_contains_itself_ends():
    loop: list[object] = []
    loop.append(loop)

    assert "nested deeper" in json.dumps(to_tree(loop))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_is_read_in_the_encoding_it_was_written_in(encoding):
    assert decode_text("Größe".encode(encoding)) == "Größe"


def test_keys_name_each_leaf_exactly_and_patterns_drop_positions():
    dump = dump_of(ome={"OME": {"Experimenter": [{"@Email": "a"}, {"@Email": "b"}]}})

    keys = [key for key, _ in walk(dump.sources)]

    assert keys == ["ome:/OME/Experimenter[0]/@Email", "ome:/OME/Experimenter[1]/@Email"]
    assert {pattern_of(key) for key in keys} == {"ome:/OME/Experimenter/@Email"}


def test_a_path_comes_back_from_its_key_even_with_slashes_in_names():
    path = ("a/b", 0, 3, "~c", "d")

    assert path_of(key_of("x", path)) == path
    assert key_of("x", path) == "x:/a~1b[0][3]/~0c/d"


def test_a_digest_is_one_leaf():
    assert list(leaves({"a": to_tree(b"abc")})) == [(("a",), to_tree(b"abc"))]


def test_leaves_are_replaced_and_removed_in_place():
    tree = {"a": [1, 2], "b": "x"}

    set_leaf(tree, ("a", 1), 3)
    delete_leaf(tree, ("a", 0))
    delete_leaf(tree, ("b",))

    assert tree == {"a": [None, 3]}
    assert get_leaf(tree, ("a", 1)) == 3

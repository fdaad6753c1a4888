"""Tables of many rows stand as columns: nothing is repeated, nothing is lost."""

import numpy as np

from fixative.columns import MOST_VALUES, column, columns, from_columns


def test_what_differs_from_row_to_row_is_a_list_and_what_does_not_is_one_value():
    table = columns([{"Time": 0.5, "Camera": "A"}, {"Time": 1.5, "Camera": "A"}])

    assert table == {"rows": 2, "Time": [0.5, 1.5], "Camera": "A"}


def test_a_name_that_a_row_lacks_is_none_there():
    table = columns([{"X": 1}, {"Y": 2}])

    assert table == {"rows": 2, "X": [1, None], "Y": [None, 2]}


def test_trees_within_rows_become_one_tree_of_columns():
    table = columns([{"Stage": {"X": 1.0, "Y": 5}}, {"Stage": {"X": 2.0, "Y": 5}}])

    assert table == {"rows": 2, "Stage": {"X": [1.0, 2.0], "Y": 5}}


def test_a_text_and_a_tree_under_one_name_both_stand():
    table = columns([{"a": "text"}, {"a": {"b": 1}}])

    assert table == {"rows": 2, "a": {"#text": ["text", None], "b": [None, 1]}}


def test_a_column_is_given_back_row_by_row():
    table = columns([{"Stage": {"X": 1.0, "Y": 5}}, {"Stage": {"X": 2.0, "Y": 5}}])

    assert (column(table, "Stage", "X"), column(table, "Stage", "Y"), column(table, "Z")) == ([1.0, 2.0], [5, 5], [])


def test_twenty_thousand_frames_of_ten_columns_are_written_out():
    table = from_columns({f"c{n}": np.arange(20_000) + n for n in range(10)}, 20_000)

    assert [len(table[f"c{n}"]) for n in range(10)] == [20_000] * 10


def test_columns_beyond_the_bound_stand_as_digests_and_later_short_ones_still_stand():
    table = from_columns({"long": np.arange(MOST_VALUES + 1), "short": [1, 2]}, MOST_VALUES + 1)

    assert (table["long"]["count"], table["short"]) == (MOST_VALUES + 1, [1, 2])


def test_numbers_that_json_cannot_hold_stand_as_python_prints_them():
    table = from_columns({"x": np.array([1.0, np.nan])}, 2)

    assert table["x"] == [1.0, "nan"]

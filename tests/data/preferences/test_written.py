"""The rows themselves, beside the labels that were read from them."""

import json

from holdfast.data.preferences import read_preferences

PAIR = {"prompt": "p", "response_a": "one", "response_b": "two", "annotator": "x"}


def test_rows_are_kept_as_they_came():
    rows = [
        PAIR | {"label": "a", "own": [1, {"x": None}]},
        PAIR | {"response_b": "one", "label": "a"},
        PAIR | {"label": "b", "annotator": "y"},
    ]
    found = read_preferences(rows, keep_rows=True)
    assert found.set_aside
    assert [json.loads(row) for row in found.written.rows] == [rows[0], rows[2]]
    assert found.written.row == (0, 1)
    assert read_preferences(rows).written is None


def test_a_row_of_several_labels_is_kept_once():
    rows = [
        {
            "instruction": "i",
            "input": "",
            "response1": "one",
            "response2": str(at),
            "annotator1": 1,
            "annotator2": 2,
            "annotator3": 0,
        }
        for at in range(2)
    ]
    found = read_preferences(rows, keep_rows=True)
    assert found.labels.num_rows == 6
    assert found.written.row == (0, 0, 0, 1, 1, 1)
    assert [json.loads(row) for row in found.written.rows] == rows


def test_a_skipped_row_is_not_kept():
    rows = [PAIR | {"label": "a"}, PAIR | {"label": "z"}, PAIR | {"label": "b", "annotator": "y"}]
    found = read_preferences(rows, keep_rows=True, on_bad_row="skip")
    assert found.skipped_count == 1
    assert [json.loads(row)["label"] for row in found.written.rows] == ["a", "b"]

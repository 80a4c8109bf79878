"""Labels and ids are found by name, cardinality and uniqueness."""

from __future__ import annotations

import pytest

from holdfast.data import read_records
from holdfast.errors import InputError, UsageError


def rows(count=12, **columns):
    return [
        {"text": f"text number {i}", **{name: value(i) for name, value in columns.items()}}
        for i in range(count)
    ]


def test_a_label_is_found_whatever_its_case():
    records = read_records(rows(Intent=lambda i: f"i{i % 3}"))
    assert records.detection.label_column == "Intent"
    assert records.strata[:4] == ["i0", "i1", "i2", "i0"]


@pytest.mark.parametrize(
    ("value", "strata"),
    [
        (lambda i: i % 2, ["0", "1"]),
        (lambda i: i % 2 == 0, ["true", "false"]),
        (lambda i: [None, "a", "b"][i % 3], [None, "a"]),
        (lambda i: ["  ", "a", "b"][i % 3], [None, "a"]),
        (lambda i: [float("nan"), 1.0, 2.0][i % 3], [None, "1"]),
    ],
)
def test_labels_become_strings(value, strata):
    assert read_records(rows(label=value)).strata[:2] == strata


def test_a_constant_label_is_not_used_unless_named():
    records = read_records(rows(label=lambda i: "a"))
    assert records.strata is None
    assert "'label'" in records.detection.notes[0]
    named = read_records(rows(label=lambda i: "a"), label="label")
    assert set(named.strata) == {"a"}
    assert "one value only" in named.detection.notes[0]


def test_too_many_values_are_no_label():
    records = read_records(rows(topic=lambda i: f"t{i}", category=lambda i: i % 4))
    assert records.detection.label_column == "category"
    assert "12 values in 12 rows" in records.detection.notes[0]
    assert read_records(rows(topic=lambda i: f"t{i}"), label="topic").strata[0] == "t0"


def test_cardinality_is_judged_on_all_rows():
    # 100 values in the first 256 rows would be too many, in 600 they are not.
    records = read_records(rows(600, label=lambda i: f"c{i % 100}"))
    assert records.detection.label_column == "label"


def test_lists_are_no_labels():
    records = read_records(
        rows(300, labels=lambda i: ["a"] if i == 299 else f"c{i % 2}", label=lambda i: [i])
    )
    assert records.detection.label_column is None
    with pytest.raises(InputError, match="row:300"):
        read_records(rows(300, labels=lambda i: ["a"] if i == 299 else f"c{i % 2}"), label="labels")


def test_a_missing_label_column():
    with pytest.raises(UsageError, match="Did you mean 'intent'"):
        read_records(rows(intent=lambda i: "a"), label="intend")


def test_ids():
    assert read_records(rows(2)).ids == ["row:1", "row:2"]
    assert read_records(rows(2, id=lambda i: i + 7)).ids == ["7", "8"]
    assert read_records(rows(2, key=lambda i: f"k{i}"), id="key").ids == ["k0", "k1"]
    for value in (lambda i: "same", lambda i: 1.5 * i, lambda i: [i], lambda i: None):
        assert read_records(rows(2, id=value)).ids == ["row:1", "row:2"]


def test_ids_that_repeat_late_are_given_up():
    records = read_records(rows(600, id=lambda i: i % 500, label=lambda i: i % 3))
    assert records.ids[-1] == "row:600"
    assert records.detection.id_column is None
    assert "row:1 and row:501" in records.detection.notes[0]
    gone = read_records(rows(600, id=lambda i: i if i < 500 else None))
    assert gone.detection.id_column is None
    assert len(gone) == 600


def test_named_ids_must_be_unique_and_there():
    with pytest.raises(InputError, match=r"row:501: the id '0' stands at row:1 already"):
        read_records(rows(600, id=lambda i: i % 500), id="id")
    with pytest.raises(InputError, match=r"row:3: the id column 'id' holds None"):
        read_records(rows(4, id=lambda i: None if i == 2 else i), id="id")
    with pytest.raises(UsageError, match="'uuid'"):
        read_records(rows(2, uuid=str), id="uid")


def test_the_id_is_no_part_of_the_content():
    one, two = (
        read_records([{"id": name, "text": "a"}]).table.column("content_hash")[0].as_py() for name in "xy"
    )
    assert one == two

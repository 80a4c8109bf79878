"""The fast writer says what rfc8785 says, and a hash changes with the content only."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal

import numpy as np
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import canonical_json, content_hash, data_hash

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(1e-7, 1e-3),
    st.floats(1e14, 1e22),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), TEXT, NUMBERS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=5)),
    max_leaves=12,
)


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(member) for key, member in value.items() if member is not None}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


@settings(max_examples=400, deadline=None)
@given(VALUES)
def test_canonical_json_is_rfc8785_without_nulls(value):
    assert canonical_json(value) == rfc8785.dumps(without_nulls(value))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text("aé\ud7ff\ue000\uffff😀", max_size=3), st.integers(0, 9), max_size=6))
def test_keys_are_sorted_by_utf16_units(value):
    assert canonical_json(value) == rfc8785.dumps(value)
    assert canonical_json([{"k": value}]) == rfc8785.dumps([{"k": value}])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**53 - 1, "9007199254740991"),
        (2**53, '"holdfast:int:9007199254740992"'),
        (-(10**30), '"holdfast:int:-1000000000000000000000000000000"'),
        (math.nan, '"holdfast:float:nan"'),
        (-math.inf, '"holdfast:float:-inf"'),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (b"\x00\xff", '"holdfast:bytes:00ff"'),
        (Decimal("1.50"), '"holdfast:decimal:1.50"'),
        (dt.date(2024, 2, 29), '"2024-02-29"'),
        (
            dt.datetime(2024, 1, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))),
            '"2024-01-01T00:00:00+00:00"',
        ),
        (dt.timedelta(seconds=1), '"holdfast:duration:1000000"'),
        (np.float64(1.5), "1.5"),
        (np.array([1, 2]), "[1,2]"),
        ({"a": {"b": None}, "c": [None]}, '{"a":{},"c":[null]}'),
    ],
)
def test_values_that_json_has_not(value, written):
    assert canonical_json(value).decode() == written


def test_integers_too_long_for_decimals_are_written():
    assert canonical_json(16**5000).startswith(b'"holdfast:int:0x1000')


def test_what_is_no_data_is_refused():
    with pytest.raises(TypeError, match="object is no data"):
        canonical_json({"a": object()})
    with pytest.raises(TypeError, match="not a string"):
        canonical_json({1: "a"})
    with pytest.raises(UnicodeEncodeError):
        canonical_json({"a": "\ud800"})


def test_content_hash_sees_every_value_and_no_order():
    record = {"id": "1", "text": "a", "meta": {"x": [1, {"y": "deep"}], "z": None}}
    digest = content_hash(record, id_column="id")
    assert digest.startswith("sha256:")
    assert len(digest) == 71
    assert digest == content_hash({"meta": {"x": [1, {"y": "deep"}]}, "text": "a", "id": "2"}, id_column="id")
    assert digest != content_hash(record, id_column=None)
    changed = json.loads(json.dumps(record).replace("deep", "deeq"))
    assert digest != content_hash(changed, id_column="id")
    assert content_hash({"text": "é"}, id_column=None) != content_hash({"text": "e\u0301"}, id_column=None)


def test_data_hash_is_blind_to_order_only():
    whole = data_hash(["a", "b"], ["1", "2"])
    assert whole == data_hash(["b", "a"], ["2", "1"])
    assert (
        len({whole, data_hash(["a", "b"], ["2", "1"]), data_hash(["a"], ["1"]), data_hash(["ab"], ["12"])})
        == 4
    )
    assert data_hash(['a"', "b"], ["1", "2"]) != data_hash(["a", '"b'], ["1", "2"])
    with pytest.raises(ValueError, match="zip"):
        data_hash(["a"], [])

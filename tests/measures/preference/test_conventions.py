"""What every measure of preferences keeps, whatever it reads."""

import inspect
import math
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest
from preference_worlds import labels, pairs

from holdfast.data.preferences import read_preferences
from holdfast.measures.preference import PREFERENCE_MEASURES
from holdfast.measures.reading import Calibration
from holdfast.views.ratings import read_ratings

NULL = Calibration(draws=99, seed=3)
MADE = pairs(260, seed=2)
ROWS = [
    *labels(MADE, "ana", "human"),
    *labels(MADE, "ben", "human"),
    *labels(MADE, "judge", "ai_judge", taste=2.0, both=True),
]
BY_NAME = pytest.mark.parametrize("measure", PREFERENCE_MEASURES, ids=lambda one: one.name)


def ratings_of(rows):
    return read_ratings(read_preferences(rows))


def read(measure, rows):
    ratings = ratings_of(rows)
    return measure(ratings, ratings.judges, NULL)


def turned(row):
    """The same row with the two responses the other way round."""
    other = {"a": "b", "b": "a", "tie": "tie"}
    return row | {
        "response_a": row["response_b"],
        "response_b": row["response_a"],
        **{name: other[row[name]] for name in ("label", "order", "swapped_label") if name in row},
    }


@BY_NAME
def test_the_docstring_is_the_page(measure):
    page = inspect.cleandoc(type(measure).__doc__)
    for section in ("Reads\n", "Blind to\n", "Undetermined\n", "Cost\n", "Source\n", ">>> "):
        assert section in page, section
    assert measure.title
    assert measure.unit
    assert measure.version >= 1


@BY_NAME
def test_measures_and_readings_pickle_and_repeat(measure):
    assert pickle.loads(pickle.dumps(measure)) == measure  # noqa: S301 - our own bytes
    once, again = read(measure, ROWS), read(measure, ROWS)
    assert once == again


@BY_NAME
def test_which_response_is_a_says_nothing(measure):
    for one, other in zip(read(measure, ROWS), read(measure, [turned(row) for row in ROWS]), strict=True):
        assert one.state == other.state
        for name in ("value", "reality", "effect"):
            mine, theirs = getattr(one, name), getattr(other, name)
            assert (mine is None) == (theirs is None)
            assert mine is None or mine == pytest.approx(theirs, abs=0.02)


@BY_NAME
@pytest.mark.parametrize("count", [1, 3])
def test_a_few_pairs_are_undetermined_and_never_green(measure, count):
    made = [pair["row"]["pair_id"] for pair in MADE[:count]]
    for reading in read(measure, [row for row in ROWS if row["pair_id"] in made]):
        assert reading.state in ("undetermined", "not_asked") or reading.details.get("census")
        assert reading.reason or reading.details.get("census")


@BY_NAME
def test_no_figure_is_nan_or_an_interval_of_no_width(measure):
    for reading in read(measure, ROWS):
        for field in fields(reading):
            value = getattr(reading, field.name)
            assert not (isinstance(value, float) and math.isnan(value)), field.name
        for low, high in filter(None, (reading.interval, reading.effect_interval, reading.reality_interval)):
            assert low < high
        if reading.state in ("undetermined", "not_asked"):
            assert reading.reason
        if reading.state == "within" and not reading.details.get("census"):
            assert reading.smallest_detectable is not None


@BY_NAME
def test_rows_come_in_any_order(measure):
    order = np.random.default_rng(0).permutation(len(ROWS))
    mixed = read(measure, [ROWS[at] for at in order])
    told = {(one.measure, one.subject): one for one in mixed}
    for one in read(measure, ROWS):
        other = told[one.measure, one.subject]
        assert (one.state, one.n) == (other.state, other.n)
        assert one.value is None or one.value == pytest.approx(other.value, abs=1e-9)


def test_the_tuple_has_each_name_once():
    names = [measure.name for measure in PREFERENCE_MEASURES]
    assert len(set(names)) == len(names)
    assert all(replace(measure) == measure for measure in PREFERENCE_MEASURES)

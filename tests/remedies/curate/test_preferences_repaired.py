"""The measure that found what was planted does not find it in the repaired labels."""

from __future__ import annotations

import pytest
from label_world import RELATIVE, make_rows

from holdfast.data.preferences import read_preferences
from holdfast.measures.preference import AuthorPreference, Length, Position
from holdfast.measures.reading import Calibration
from holdfast.remedies.curate.preferences import curate_preferences
from holdfast.remedies.curate.preferences.label_rows import name_rows
from holdfast.views.ratings import read_ratings


def reading(measure, rows):
    ratings = read_ratings(read_preferences(rows))
    found = measure(ratings, ratings.judges, Calibration(draws=199))
    return next(one for one in found if one.measure == measure.name)


def repaired(rows, **options):
    found = curate_preferences(rows, **options)
    kept = set(found.kept)
    return [row for row, id_ in zip(rows, name_rows(read_preferences(rows)), strict=True) if id_ in kept]


@pytest.mark.parametrize(
    ("planted", "measure"),
    [({"length": 2.0}, Length()), ({"position": 1.5, "asked_twice": True}, Position())],
    ids=["length", "position"],
)
def test_what_a_measure_found_it_finds_no_more(planted, measure):
    rows = make_rows(1, 1_000, seen=0.8, **planted)
    before = reading(measure, rows)
    assert before.state == "beyond"
    after = reading(measure, repaired(rows))
    assert after.state != "beyond"
    if after.effect is not None:
        assert abs(after.effect) < abs(before.effect) / 3


def test_favouritism_given_the_human_verdict_is_less_than_half():
    """The cap makes relatives win as often as among people's labels; given what people said of the very pair, some is left."""
    rows = make_rows(1, 1_000, seen=0.8, teacher=1.0)
    before = reading(AuthorPreference(teacher=RELATIVE), rows)
    assert before.state == "beyond"
    after = reading(AuthorPreference(teacher=RELATIVE), repaired(rows, family=RELATIVE))
    assert after.effect is not None
    assert abs(after.effect) < before.effect / 2

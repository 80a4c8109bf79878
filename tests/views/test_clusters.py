"""Clusters: strata where nobody has labelled anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import near_copies, sides, zipf_world

from holdfast.views.clusters import CELLS, ROWS_PER_CELL, assign, draw_cells
from holdfast.views.features import read_features, unit_frequencies, weigh
from holdfast.views.reality import Rows, read_reality
from holdfast.views.sides import UNKNOWN
from holdfast.views.tokens import read_tokens


def reality_of(texts):
    return read_reality(Rows(ids=[str(i) for i in range(len(texts))], texts=texts))


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    world = zipf_world(1, strata=5, exponent=0.5, mixing=0.8, length=(20, 20))
    return near_copies(world.rows(150, rng), 1, rng) + world.rows(200, rng)


@pytest.fixture(scope="module")
def reality(rows):
    return reality_of(rows.texts)


def test_the_half_that_draws_cells_is_never_counted(reality):
    # Drawing again around the rows that were left out gives the very cells.
    drawing = reality.strata.read == UNKNOWN
    assert 0.3 < drawing.mean() < 0.7
    drawn = reality.features.select(np.flatnonzero(drawing))
    own = weigh(drawn, reality.frequencies, reality.drawn, own=True)
    cells = draw_cells(own, np.random.default_rng(0))
    np.testing.assert_array_equal(cells.centres, reality.strata.cells.centres)
    new = weigh(reality.features, reality.frequencies, reality.drawn, own=False)
    counted = reality.strata.read[~drawing]
    np.testing.assert_array_equal(counted, assign(cells, new)[~drawing])


def test_near_duplicates_lie_in_the_same_half(reality):
    drawing = reality.strata.read == UNKNOWN
    for unit in range(reality.units):
        assert len(set(drawing[reality.duplicates.units == unit].tolist())) == 1


def test_cells_are_deterministic_and_follow_the_strata(rows, reality):
    again = reality_of(rows.texts)
    np.testing.assert_array_equal(again.strata.read, reality.strata.read)
    read = reality.strata.read
    counted = np.flatnonzero(read >= 0)
    # Far more cells hold one stratum mostly than chance would give: mean purity of 5 strata.
    purity = 0
    for cell in set(read[counted].tolist()):
        inside = [rows.strata[i] for i in counted if read[i] == cell]
        purity += max(inside.count(label) for label in set(inside))
    assert purity / len(counted) > 0.7


def test_a_candidate_is_counted_whole(rows):
    fresh = zipf_world(1, strata=5).rows(90, np.random.default_rng(2))
    both = sides(rows, fresh, real_labels=False)
    assert both.origin == "clusters"
    assert (both.candidate.strata >= 0).all()
    assert len(both.labels) == len(set(both.labels)) <= CELLS


def test_too_few_rows_make_no_clusters():
    world = zipf_world(1)
    few = world.rows(3 * ROWS_PER_CELL, np.random.default_rng(3))
    both = sides(few, few, real_labels=False)
    assert both.origin == "none"
    assert both.labels == ("all",)


@pytest.mark.parametrize("texts", [["same words here"] * 300, [""] * 300, ["中文"] * 150 + ["ab"] * 150])
def test_equal_rows_are_read_without_complaint(texts):
    assert len(reality_of(texts).strata.read) == len(texts)


def test_equal_points_can_be_clustered():
    texts = ["alpha beta gamma", "alpha beta gamma delta"] * 60
    features = read_features(read_tokens(texts))
    frequencies = unit_frequencies(features, np.arange(len(texts)))
    weighed = weigh(features, frequencies, len(texts), own=False)
    cells = draw_cells(weighed, np.random.default_rng(0))
    owner = assign(cells, weighed)
    assert np.isfinite(cells.centres).all()
    assert len(set(owner[::2].tolist())) == len(set(owner[1::2].tolist())) == 1
    assert owner[0] != owner[1]


@pytest.mark.parametrize("real_labels", [False, True])
def test_rows_that_say_two_things_are_read_by_what_they_say_first(rows, real_labels):
    # Joined rows lie between two strata; read whole, they would be of neither, and both would seem lost.
    world = zipf_world(1, strata=5, exponent=0.5, mixing=0.8, length=(20, 20))
    first, second = (world.rows(300, np.random.default_rng(seed)) for seed in (4, 5))
    joined = replace(first, texts=tuple(f"{a} {b}" for a, b in zip(first.texts, second.texts, strict=True)))
    alone = sides(rows, first, real_labels=real_labels, candidate_labels=False)
    longer = sides(rows, joined, real_labels=real_labels, candidate_labels=False)
    assert longer.origin == ("classifier" if real_labels else "clusters")
    assert (longer.candidate.strata == alone.candidate.strata).mean() > 0.97
    # Shorter rows: reality is read as short as they are, and its errors as a reader of short rows makes them.
    short = sides(joined, first, real_labels=real_labels, candidate_labels=False)
    whole = sides(first, first, real_labels=real_labels, candidate_labels=False)
    assert (short.anchor.strata >= 0).sum() == pytest.approx((whole.anchor.strata >= 0).sum(), rel=0.15)
    if real_labels:
        read = short.anchor.strata >= 0
        assert short.confusion.sum() == read.sum()
        assert short.accuracy == pytest.approx((short.anchor.strata[read] == short.known[read]).mean())

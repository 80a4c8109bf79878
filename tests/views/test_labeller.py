"""The stratum labeller reads new rows and counted real rows alike."""

from __future__ import annotations

import numpy as np
from scipy.sparse import random_array
from worlds import zipf_world

from holdfast.views.labeller import FIT_ROWS, choose_fit_rows, draw_fit_units, predict
from holdfast.views.reality import Rows, read_reality
from holdfast.views.sides import UNKNOWN
from holdfast.views.tokens import read_tokens, row_hashes


def read(rows):
    texts, labels = zip(*rows, strict=True)
    ids = [str(i) for i in range(len(texts))]
    return read_reality(Rows(ids=ids, texts=list(texts), strata=list(labels)))


def world_rows(seed=0, strata=6, count=1200):
    world = zipf_world(seed, strata=strata)
    rows = world.rows(count, np.random.default_rng(seed))
    return list(zip(rows.texts, rows.strata, strict=True))


def test_half_of_the_units_may_train_and_units_stay_together():
    rng = np.random.default_rng(0)
    units = np.sort(rng.integers(0, 3000, 6000))
    units = np.unique(units, return_inverse=True)[1]
    drawing = draw_fit_units(units, rng.integers(0, 2**63, 6000).astype(np.uint64))
    assert 0.46 < drawing.mean() < 0.54
    for unit in range(200):
        assert len(set(drawing[units == unit].tolist())) == 1


def test_fewer_train_where_there_are_more_than_enough():
    rows = 40 * FIT_ROWS
    hashes = np.random.default_rng(0).integers(0, 2**63, rows).astype(np.uint64) * np.uint64(2)
    assert abs(draw_fit_units(np.arange(rows), hashes).mean() - 2 / 40) < 0.005


def test_training_rows_are_balanced_distinct_and_allowed():
    rng = np.random.default_rng(1)
    strata = np.repeat([0, 1, 2], [9_000, 500, 40])
    units = np.arange(len(strata))
    drawing = rng.random(len(strata)) < 0.5
    order = rng.integers(0, 2**63, len(strata)).astype(np.uint64)
    rows = choose_fit_rows(strata, units, order, drawing)
    assert drawing[rows].all()
    assert len(set(units[rows].tolist())) == len(rows) <= FIT_ROWS
    counts = np.bincount(strata[rows])
    assert counts[1] == drawing[strata == 1].sum()  # a rare stratum gives all it may give
    assert counts[2] == drawing[strata == 2].sum()


def test_what_trains_is_never_counted():
    reality = read(world_rows())
    labeller = reality.strata.labeller
    assert labeller is not None
    assert (reality.strata.read[labeller.fit_rows] == UNKNOWN).all()
    trained = set(reality.duplicates.units[labeller.fit_rows].tolist())
    counted = reality.strata.read != UNKNOWN
    assert trained.isdisjoint(reality.duplicates.units[counted].tolist())
    assert counted.sum() > 400


def test_it_reads_a_separable_world_well():
    accuracy = read(world_rows(strata=5)).strata.accuracy
    assert accuracy is not None
    assert accuracy > 0.7


def test_confusion_counts_the_counted_rows_only():
    strata = read(world_rows()).strata
    assert strata.confusion is not None
    assert strata.confusion.sum() == (strata.read != UNKNOWN).sum()


def test_the_order_of_rows_changes_nothing():
    rows = world_rows(count=600)
    order = np.random.default_rng(3).permutation(len(rows))
    first, second = read(rows), read([rows[i] for i in order])
    np.testing.assert_array_equal(first.strata.read[order], second.strata.read)


def test_equal_rows_have_equal_hashes_whatever_stands_around_them():
    a = row_hashes(read_tokens(["one two", "three", "", "one two"]))
    b = row_hashes(read_tokens(["three", "one two"]))
    assert a[0] == a[3] == b[1]
    assert a[1] == b[0]
    assert a[0] != a[1]


def test_prediction_is_the_largest_of_all_sums():
    """Against one dense product; and a row is read alike beside any others."""
    rng = np.random.default_rng(2)
    fit = random_array((300, 60_000), density=0.003, rng=rng, dtype=np.float32, format="csr")
    rows = random_array((500, 60_000), density=0.003, rng=rng, dtype=np.float32, format="csr")
    coefficients = rng.normal(size=(300, 250)).astype(np.float32)  # more weights than are held at once
    found = predict(coefficients, fit, rows)
    scores = (rows.astype(np.float64) @ fit.T.astype(np.float64)).toarray() @ coefficients.astype(np.float64)
    best = np.sort(scores, axis=1)
    clear = best[:, -1] - best[:, -2] > 1e-9
    assert clear.mean() > 0.95
    assert np.array_equal(found[clear], scores.argmax(axis=1)[clear])
    assert np.array_equal(predict(coefficients, fit, rows[77:141]), found[77:141])
    assert predict(coefficients, fit, rows[:0]).shape == (0,)


def test_a_row_of_unknown_columns_is_of_the_first_stratum():
    fit = random_array((3, 10), density=0, rng=np.random.default_rng(0), dtype=np.float32, format="csr")
    assert predict(np.ones((3, 4), np.float32), fit, fit).tolist() == [0, 0, 0]

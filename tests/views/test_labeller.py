"""The labeller: no row is read by a model that its twins trained; real and new rows are read alike."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import fewest_hits, near_copies, popular, sides, zipf_world

from holdfast.views.labeller import FIT_ROWS, FOLDS, choose_fit_rows, deal_folds, row_hashes
from holdfast.views.near import find_duplicates
from holdfast.views.reality import Rows, read_reality
from holdfast.views.sides import UNKNOWN
from holdfast.views.tokens import read_tokens


def reality_of(rows, strata=None):
    return read_reality(
        Rows(ids=[str(i) for i in range(len(rows))], texts=rows.texts, strata=strata or rows.strata)
    )


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    world = zipf_world(0, strata=8, exponent=0.7, length=(20, 20))
    rows = near_copies(world.rows(150, rng), 1, rng) + world.rows(250, rng)
    return world, rows, reality_of(rows)


def test_no_twin_of_a_row_trains_the_model_that_reads_it(world):
    _, _, reality = world
    labeller, units = reality.strata.labeller, reality.duplicates.units
    assert np.bincount(units).max() == 2
    for fold in range(FOLDS):
        trained = labeller.fit_rows[(labeller.coefficients[fold] != 0).any(axis=1)]
        read = np.flatnonzero(reality.folds == fold)
        assert len(trained) > 100
        assert not set(units[trained].tolist()) & set(units[read].tolist())


def test_a_unit_lies_in_one_fold_and_trains_once(world):
    _, _, reality = world
    units = reality.duplicates.units
    pairs = set(zip(units.tolist(), reality.folds.tolist(), strict=True))
    assert len(pairs) == reality.units
    fit_units = units[reality.strata.labeller.fit_rows]
    assert len(set(fit_units.tolist())) == len(fit_units)


def test_rows_are_dealt_to_folds_evenly(world):
    _, _, reality = world
    share = np.bincount(reality.folds, minlength=FOLDS) / len(reality.folds)
    assert (np.abs(share - 1 / FOLDS) < 5 * np.sqrt(0.16 / reality.units)).all()


def test_training_rows_are_capped_alike_in_every_stratum():
    rng = np.random.default_rng(1)
    strata = rng.choice(4, 9_000, p=[0.6, 0.3, 0.09, 0.01])
    strata[:10] = UNKNOWN
    units = np.arange(9_000)
    folds = rng.integers(FOLDS, size=9_000).astype(np.int8)
    order = rng.integers(1 << 60, size=9_000).astype(np.uint64)
    rows, used = choose_fit_rows(strata, units, order, folds)
    assert (strata[rows] >= 0).all()
    for fold in range(FOLDS):
        chosen = rows[used[fold]]
        assert (folds[chosen] != fold).all()
        assert len(chosen) <= FIT_ROWS
        counts = np.bincount(strata[chosen], minlength=4)
        available = np.bincount(strata[(folds != fold) & (strata >= 0)], minlength=4)
        cap = counts.max()
        np.testing.assert_array_equal(counts, np.minimum(available, cap))
    # The hash decides: of each stratum, those with the smallest.
    permutation = rng.permutation(9_000)
    again, _ = choose_fit_rows(strata[permutation], units, order[permutation], folds[permutation])
    assert set(permutation[again].tolist()) == set(rows.tolist())


def test_unseen_rows_are_read_far_better_than_by_chance(world):
    generator, rows, reality = world
    rng = np.random.default_rng(2)
    fresh = generator.rows(300, rng)
    both = sides(rows, fresh, candidate_labels=False)
    right = sum(
        both.labels[code] == label for code, label in zip(both.candidate.strata, fresh.strata, strict=True)
    )
    assert right >= fewest_hits(300, 0.85)
    assert reality.strata.accuracy > 0.85
    # Real rows are read as well as new ones, no better.
    assert abs(reality.strata.accuracy - right / 300) < 5 * np.sqrt(0.15 * 0.85 / 300)


def test_reality_counts_its_own_errors(world):
    _, rows, reality = world
    strata = reality.strata
    assert strata.confusion.sum() == len(rows)
    np.testing.assert_array_equal(strata.confusion.sum(axis=1), np.bincount(strata.given))
    np.testing.assert_array_equal(strata.confusion.sum(axis=0), np.bincount(strata.read, minlength=8))
    assert np.trace(strata.confusion) / len(rows) == pytest.approx(strata.accuracy)


def test_reading_is_deterministic_and_blind_to_row_order(world):
    _, rows, reality = world
    again = reality_of(rows)
    np.testing.assert_array_equal(again.strata.read, reality.strata.read)
    np.testing.assert_array_equal(again.strata.labeller.coefficients, reality.strata.labeller.coefficients)
    order = np.random.default_rng(3).permutation(len(rows))
    turned = reality_of(rows.at(order))
    np.testing.assert_array_equal(turned.folds, reality.folds[order])
    np.testing.assert_array_equal(turned.strata.read, reality.strata.read[order])
    np.testing.assert_allclose(turned.support, reality.support[order])


def test_a_new_row_is_read_alike_whatever_stands_beside_it(world):
    generator, rows, _ = world
    fresh = generator.rows(60, np.random.default_rng(4))
    together = sides(rows, fresh, candidate_labels=False).candidate
    backwards = sides(rows, fresh.at(range(59, -1, -1)), candidate_labels=False).candidate
    np.testing.assert_array_equal(together.strata, backwards.strata[::-1])
    np.testing.assert_array_equal(together.folds, backwards.folds[::-1])
    np.testing.assert_allclose(together.support, backwards.support[::-1])


def test_hashes_and_folds_are_those_of_the_text():
    tokens = read_tokens(["one two three", "Three  two one!", "one two", "", "?"])
    hashes = row_hashes(tokens)
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3] == hashes[4]
    folds = deal_folds(tokens, np.arange(len(tokens)))
    assert folds[0] == folds[1]
    assert ((folds >= 0) & (folds < FOLDS)).all()
    texts = [f"text {i}" for i in range(2_000)]
    spread = np.bincount(deal_folds(read_tokens(texts), np.arange(len(texts))), minlength=FOLDS)
    assert (np.abs(spread / 2_000 - 0.2) < 5 * np.sqrt(0.16 / 2_000)).all()


def test_copies_of_a_row_lie_in_one_fold():
    rng = np.random.default_rng(5)
    rows = popular(zipf_world(5).rows(40, rng), 200, rng)
    tokens = read_tokens(rows.texts)
    units = find_duplicates(tokens).units
    folds = deal_folds(tokens, units)
    for unit in range(units.max() + 1):
        assert len(set(folds[units == unit].tolist())) == 1


def test_unlabelled_real_rows_are_not_counted(world):
    _, rows, _ = world
    strata = [None if i % 3 == 0 else label for i, label in enumerate(rows.strata)]
    reality = reality_of(rows, strata)
    np.testing.assert_array_equal(reality.strata.read == UNKNOWN, np.arange(len(rows)) % 3 == 0)
    assert not set(reality.strata.labeller.fit_rows.tolist()) & set(range(0, len(rows), 3))


@pytest.mark.parametrize("strata", [("a",) * 60, ("a",) * 59 + ("b",), ("a", "b") * 30])
def test_few_or_lopsided_labels_are_read_without_complaint(strata):
    rows = zipf_world(6).rows(60, np.random.default_rng(6))
    both = sides(
        type(rows)(texts=rows.texts, strata=strata),
        zipf_world(6).rows(20, np.random.default_rng(7)),
        candidate_labels=False,
    )
    assert len(both.candidate.strata) == 20
    assert set(both.candidate.strata.tolist()) <= set(range(len(both.labels)))

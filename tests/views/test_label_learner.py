"""Naive Bayes by hand, and what does not change it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array
from worlds import Labelled, near_copies, sides, zipf_world

from holdfast.measures.worth.labels import Labels
from holdfast.views.label_learner import PSEUDO, losses, losses_of, train
from holdfast.views.label_lessons import LabelLessons
from holdfast.views.likeness import FOLDS
from holdfast.views.reading import read_view

ROWS = csr_array(np.array([[1.0, 0, 0, 1], [2, 0, 0, 0], [0, 1, 0, 1], [0, 0, 3, 0]]))
STRATA = np.array([0, 0, 1, 1])


def by_hand(sums, counts, rows, strata):
    """Bits at each temperature; the class log-likelihood is dirichlet-smoothed by what all classes have in common."""
    everything = sums.sum(axis=0)
    common = everything / everything.sum()
    seen = everything > 0
    word = (sums + PSEUDO * common) / (sums.sum(axis=1, keepdims=True) + PSEUDO)
    ratio = np.where(seen, np.log(np.where(seen, word, 1.0) / np.where(seen, common, 1.0)), 0.0)
    unknown = np.log(PSEUDO / (sums.sum(axis=1) + PSEUDO))
    ratio[:, ~seen] = unknown[:, None]
    scores = rows @ ratio.T
    prior = np.log((counts + 0.5) / (counts.sum() + 0.5 * len(counts)))

    def bits(temperature):
        logits = temperature * scores + prior
        return -(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))[
            np.arange(len(strata)), strata
        ] / np.log(2)

    return min((bits(t) for t in np.exp(np.linspace(-6, 4, 4_001))), key=lambda b: b.mean())


def test_sums_by_hand():
    sums = train(ROWS, STRATA, 3, np.array([1.0, 0.5, 1.0, 0.0]))
    assert sums.features.toarray().tolist() == [[2, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0]]
    assert sums.rows.tolist() == [1.5, 1.0, 0.0]


def test_the_posterior_by_hand():
    sums = train(ROWS, STRATA, 2, np.ones(4))
    exam = np.array([[1.0, 0, 0, 0], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 0, 0]])
    truth = np.array([0, 1, 1, 1, 0])
    found = losses(sums, csr_array(exam), truth)
    wanted = by_hand(np.array([[3.0, 0, 0, 1], [0, 1, 3, 1]]), np.array([2.0, 2.0]), exam, truth)
    assert found.mean() == pytest.approx(wanted.mean(), abs=1e-4)
    assert found == pytest.approx(wanted, abs=5e-3)


def test_who_knows_the_prior_only_pays_for_it():
    sums = train(ROWS, STRATA, 2, np.array([1.0, 1.0, 1.0, 0.0]))
    silent = csr_array(np.zeros((3, 4)))
    assert losses(sums, silent, np.array([0, 0, 1])) == pytest.approx(
        -np.log2([2.5 / 4, 2.5 / 4, 1.5 / 4]), abs=1e-9
    )


def test_a_class_that_was_never_read_is_not_guessed_and_not_impossible():
    sums = train(ROWS, STRATA, 3, np.ones(4))
    exam = csr_array(np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0]]))
    lost = losses(sums, exam, np.array([2, 2, 2]))
    assert np.isfinite(lost).all()
    assert (lost > np.log2(3)).all()
    known = losses(sums, exam, np.array([0, 1, 1]))
    assert (known < np.log2(3)).all()


def test_nothing_read_is_a_guess_among_all():
    sums = train(ROWS, STRATA, 4, np.zeros(4))
    assert losses(sums, ROWS, STRATA) == pytest.approx(np.full(4, 2.0), abs=1e-6)


@pytest.fixture(scope="module")
def world():
    return zipf_world(0, strata=5, exponent=0.5, length=(20, 20))


@pytest.fixture(scope="module")
def real(world):
    return world.rows(240, np.random.default_rng(0))


def learner_of(real, candidate):
    both = sides(real, candidate)
    return Labels(both, read_view(both, LabelLessons(salt=0)))


def bits(real, candidate):
    """Bits per row of reality after learning from a candidate."""
    learner = learner_of(real, candidate)
    return -sum(learner.candidate(part) for part in range(FOLDS)) / len(real)


def test_more_rows_teach_more_and_wrong_labels_do_not(world, real):
    rows = world.rows(300, np.random.default_rng(1))
    shuffled = Labelled(
        texts=rows.texts, strata=tuple(np.random.default_rng(2).permutation(rows.strata).tolist())
    )
    few, many, wrong = bits(real, rows.at(range(30))), bits(real, rows), bits(real, shuffled)
    assert many < few < wrong
    assert wrong > 0.9 * np.log2(5)


def test_copies_and_near_copies_count_once(world, real):
    rng = np.random.default_rng(3)
    rows = world.rows(40, rng)
    once = bits(real, rows)
    assert bits(real, rows.at(list(range(40)) * 8)) == pytest.approx(once, rel=1e-6)
    # One row a hundred times weighs no more than the others.
    assert bits(real, rows.at([*range(40), *[0] * 100])) == pytest.approx(once, rel=1e-6)
    assert bits(real, near_copies(rows, 7, rng, changed=1)) == pytest.approx(once, rel=0.05)


def test_row_order_does_not_matter(world, real):
    rows = world.rows(100, np.random.default_rng(4))
    assert bits(real, rows.at(range(99, -1, -1))) == pytest.approx(bits(real, rows), rel=1e-4)


def test_who_may_read_nothing_guesses_among_all(real):
    nobody = Labelled(texts=real.texts[:30], strata=(None,) * 29 + real.strata[29:30])
    learner = learner_of(real, nobody)
    for part in range(FOLDS):
        asked = int((learner.folds[learner.judges] == part).sum())
        nothing = learner.real(np.arange(240), np.array([0]), part)
        assert nothing == pytest.approx([-asked * np.log2(5)])
    copied = int(learner.folds[29])
    assert learner.candidate(copied) == pytest.approx(
        -int((learner.folds[learner.judges] == copied).sum()) * np.log2(5)
    )


def test_sizes_that_hold_each_other_are_as_if_learnt_one_by_one(world, real):
    rng = np.random.default_rng(5)
    # Near-copies share their weight: it changes as more of them are read.
    rows = near_copies(world.rows(60, rng), 3, rng, changed=1)
    learner = learner_of(rows, real)
    order, sizes = rng.permutation(len(rows)), np.array([8, 20, 75, 150])
    together = learner.real(order, sizes, 3)
    alone = [learner.real(order[:size], np.array([size]), 3)[0] for size in sizes]
    assert together == pytest.approx(alone, rel=1e-9)


def test_many_words_and_labels_are_read_some_at_a_time(world, real):
    learner, again = (learner_of(real, world.rows(80, np.random.default_rng(6))) for _ in range(2))
    again.table = 64
    order, sizes = np.arange(200), np.array([10, 200])
    assert again.real(order, sizes, 1) == pytest.approx(learner.real(order, sizes, 1), rel=1e-9)
    assert again.candidate(1) == pytest.approx(learner.candidate(1), rel=1e-9)


@pytest.mark.parametrize("cold", [1e-3, 0.3, 1.0, 40.0, 1e3])
def test_the_temperature_is_the_best_there_is(cold):
    rng = np.random.default_rng(8)
    # With scores far apart every guess is sure where the search begins, and some of them are wrong.
    for spread in (0.01, 1.0, 30.0, 3_000.0):
        scores, truth = spread * rng.normal(size=(40, 6)), rng.integers(0, 6, 40)
        scores[np.arange(40), truth] += spread * rng.normal(0.8, 1.0, 40)
        prior = np.log(np.full(6, 1 / 6))
        lost, found = losses_of(scores, prior, truth, cold)

        def mean(log, scores=scores, prior=prior, truth=truth):
            logits = np.exp(log) * scores + prior
            logits -= logits.max(axis=1, keepdims=True)
            return float(
                (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(40), truth]).mean() / np.log(2)
            )

        best = minimize_scalar(mean, bounds=(-6.0, 4.0), method="bounded", options={"xatol": 1e-9})
        assert lost.mean() <= best.fun + 1e-9
        assert lost.mean() == pytest.approx(mean(np.log(found)), rel=1e-12)

"""The n-gram learner: it keeps to the protocol, writes labels as asked, and its bits are those of its model."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from holdfast.errors import InputError, UsageError
from holdfast.lab.learners.learner import Decoding, Learner, Trained
from holdfast.lab.learners.ngrams import NgramLearner

TEXTS = ["the sea is wide", "the sea is deep", "a sky, a sea", "the (old) sky is wide."] * 10
LABELS = ["sea", "sea", "both", "sky"] * 10


def write(trained, count, seed=1, shares=None, **decoding):
    return trained.write(
        count, decoding=Decoding(**decoding), rng=np.random.default_rng(seed), label_shares=shares
    )


def test_it_is_a_learner():
    learner: Learner = NgramLearner()
    trained: Trained = learner.train(TEXTS, LABELS, seed=1)
    assert {label for label, _ in write(trained, 200)} == {"sea", "both", "sky"}
    assert learner.name != NgramLearner(order=2).name != NgramLearner(order=2, max_words=5).name


def test_same_rows_whatever_the_seed_of_training():
    one, two = (NgramLearner().train(TEXTS, LABELS, seed=seed) for seed in (1, 2))
    assert write(one, 50) == write(two, 50) != write(two, 50, seed=2)


def test_asked_labels_are_written_as_asked_and_not_sharpened():
    trained = NgramLearner().train(TEXTS, LABELS, seed=1)
    shares = {"sea": 0.1, "sky": 0.6, "both": 0.3, "moon": 5.0}
    rows = write(trained, 6000, shares=shares, temperature=0.4, top_p=0.5)
    found = Counter(label for label, _ in rows)
    assert set(found) == {"sea", "sky", "both"}
    assert (
        chisquare([found[label] for label in ("sea", "sky", "both")], [600.0, 3600.0, 1800.0]).pvalue > 1e-3
    )
    # Told nothing, it prefers the label it read most.
    assert Counter(label for label, _ in write(trained, 2000, temperature=0.4))["sea"] > 1200


def test_bits_are_those_of_each_text():
    trained = NgramLearner().train(TEXTS, LABELS, seed=1)
    bits = trained.bits(["the sea is wide", "the wide sea is moon", ""], ["sea", "sea", "sky"])
    assert bits.dtype == np.float64
    assert bits[0] < bits[1]
    assert bits[2] > 0
    whole = trained.model.bits_per_word(["the sea is wide", ""], tags=["sea", "sky"])
    assert bits[0] / 5 == pytest.approx(whole)
    plain = NgramLearner().train(TEXTS, None, seed=1)
    assert plain.bits(["the sea is wide"], ["sea"]) == pytest.approx(plain.bits(["the sea is wide"], None))


def test_without_labels():
    trained = NgramLearner(max_words=3).train(TEXTS, None, seed=1)
    rows = write(trained, 40)
    assert {label for label, _ in rows} == {""}
    assert all(1 <= len(text.split()) <= 3 for _, text in rows)


def test_what_cannot_be_done_is_said():
    with pytest.raises(InputError):
        NgramLearner().train([""], None, seed=1)
    with pytest.raises(UsageError, match="without labels"):
        write(NgramLearner().train(TEXTS, None, seed=1), 1, shares={"sea": 1.0})
    trained = NgramLearner().train(TEXTS, LABELS, seed=1)
    for shares in ({"moon": 1.0}, {}, {"sea": -1.0, "sky": 2.0}, {"sea": float("nan")}):
        with pytest.raises(UsageError, match="no label"):
            write(trained, 1, shares=shares)
    with pytest.raises(UsageError, match="tags"):
        trained.bits(["the sea"], None)

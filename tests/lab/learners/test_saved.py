"""A model that was kept is the model that is opened: it reads the same bits and writes the same rows."""

import json

import numpy as np
import pytest

from holdfast.errors import InputError
from holdfast.lab.learners.learner import Decoding
from holdfast.lab.learners.ngrams import NgramLearner
from holdfast.lab.learners.saved import describe, learner_of, open_trained, train_into
from holdfast.lab.learners.transformer import TransformerLearner

TEXTS = ["north wind blows cold", "south wind blows warm", "the east is red"] * 6
LABELS = ["n", "s", "e"] * 6


def same(kept, opened):
    assert np.array_equal(kept.bits(TEXTS, LABELS), opened.bits(TEXTS, LABELS))
    rows = [one.write(8, decoding=Decoding(), rng=np.random.default_rng(1)) for one in (kept, opened)]
    assert rows[0] == rows[1]


def test_n_grams(tmp_path):
    kept = train_into(tmp_path / "m", NgramLearner(order=2), TEXTS, LABELS, seed=3)
    same(kept, open_trained(tmp_path / "m"))


@pytest.mark.models
@pytest.mark.parametrize("unit", ["bytes", "words"])
def test_a_transformer(tmp_path, unit):
    pytest.importorskip("torch")
    learner = TransformerLearner(width=16, depth=1, heads=2, context=32, epochs=2, unit=unit, device="cpu")
    kept = train_into(tmp_path / "m", learner, TEXTS, LABELS, seed=3)
    same(kept, open_trained(tmp_path / "m"))


@pytest.mark.models
def test_a_transformer_that_is_damaged_is_refused(tmp_path):
    pytest.importorskip("torch")
    learner = TransformerLearner(width=16, depth=1, heads=2, context=32, epochs=1, device="cpu")
    train_into(tmp_path / "m", learner, TEXTS, LABELS, seed=3)
    (tmp_path / "m/weights.npz").write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be read"):
        open_trained(tmp_path / "m")


def test_a_learner_is_what_was_told_of_it():
    for learner in (NgramLearner(order=4), TransformerLearner(width=64, units=("a", "b"))):
        told = json.loads(json.dumps(describe(learner)))
        assert describe(learner_of(told)) == describe(learner)


def test_what_is_no_learner_is_refused():
    with pytest.raises(InputError, match="ngrams"):
        learner_of({"kind": "ngram"})
    with pytest.raises(InputError, match="other settings"):
        learner_of({"kind": "ngrams", "depth": 3})


def test_a_damaged_model_is_refused(tmp_path):
    train_into(tmp_path / "m", NgramLearner(), TEXTS, None, seed=0)
    (tmp_path / "m/rows.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        open_trained(tmp_path / "m")

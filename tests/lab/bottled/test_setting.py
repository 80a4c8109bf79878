"""What is asked of a bottle, and who learns."""

from __future__ import annotations

import pytest

from holdfast.lab.bottled.once import Once
from holdfast.lab.bottled.setting import Setting, key_of, learner_for
from holdfast.lab.learners.ngrams import NgramLearner


def test_a_learner_writes_texts_as_long_as_it_reads():
    assert learner_for("ngrams", ["one two three"]).max_words == 60
    assert learner_for("ngrams", ["word " * 100]).max_words == 150
    assert learner_for("ngrams", ["word " * 10_000]).max_words == 300


@pytest.mark.models
def test_a_transformer_sees_whole_texts_and_takes_steps_enough():
    pytest.importorskip("torch")
    learner = learner_for("transformer", ["x" * 100] * 600)
    assert learner.context == 128
    assert learner.epochs * 600 / learner.batch == pytest.approx(500, rel=0.05)


def test_a_key_holds_what_decides_and_nothing_else():
    def key(name="mix", rows=600, digest="sha256:a", **facts):
        return key_of(name, Setting(**facts), digest=digest, rows=rows, learner=NgramLearner())

    same = key()
    assert key(generations=9, protocols=("mix",)) == same
    others = [
        key(seed=1),
        key(rows=601),
        key(digest="sha256:b"),
        key("replace"),
        key(real_share=0.2),
        key(audited=False),
    ]
    assert len({same, *others}) == 7
    # Where no real rows are mixed in, their share decides nothing.
    assert key("replace", real_share=0.2) == key("replace")


def test_the_first_model_is_trained_once():
    trained = []

    class Counting:
        name = "counting"

        def train(self, texts, labels, *, seed, progress):
            trained.append(tuple(texts))
            return NgramLearner().train(texts, labels, seed=seed)

    once = Once(learner=Counting())
    first = once.train(["a b", "b c"], None, seed=1)
    once.train(["c d"], None, seed=1)
    assert once.train(["a b", "b c"], None, seed=1) is first
    once.train(["a b", "b c"], None, seed=2)
    assert len(trained) == 3

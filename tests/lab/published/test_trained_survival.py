"""L18: the language is read back exactly, the loops do what the formulas speak of, and a run is a function of its seed."""

from dataclasses import dataclass

import numpy as np
import pytest

from holdfast.lab.learners.ngrams import NgramLearner
from holdfast.lab.published.bias.generations import PROTOCOLS, Generations, Ran, Round, Stratum, foretell
from holdfast.lab.published.bias.grammar import NONSENSE, Grammar
from holdfast.lab.published.bias.trained_survival import TrainedSurvival

GRAMMAR = Grammar(classes=16)
TAIL = Stratum(name="tail", first=8, last=16)


@dataclass(frozen=True)
class Thinning:
    """A learner that says again what it read, and of the tail only a part: what F17 and F18 are about."""

    survival: float
    name: str = "thinning"

    def train(self, texts, labels, *, seed, progress=None):
        return ThinningTrained(texts=texts, survival=self.survival)


@dataclass(frozen=True)
class ThinningTrained:
    texts: list
    survival: float

    def write(self, count, *, decoding, rng, label_shares=None):
        classes = GRAMMAR.read(self.texts)
        weights = np.where(classes >= TAIL.first, self.survival, 0.0)
        # What the tail loses the head gains, so that the tail keeps its survival exactly.
        head = classes < TAIL.first
        weights[head] = (len(classes) - weights.sum()) / head.sum()
        # Evenly spaced points over texts in the order of their classes: hardly any chance is left.
        order = np.argsort(classes, kind="stable")
        edges = np.cumsum(weights[order]) / weights.sum()
        drawn = order[np.searchsorted(edges, (rng.random() + np.arange(count)) / count)]
        return [("", self.texts[at]) for at in rng.permutation(drawn)]

    def bits(self, texts, labels):
        return np.ones(len(texts))


# The language


def test_every_text_is_read_as_what_it_is():
    texts, classes = GRAMMAR.draw(4000, np.random.default_rng(1))
    assert (GRAMMAR.read(texts) == classes).all()
    found = np.bincount(classes, minlength=16) / 4000
    assert found == pytest.approx(GRAMMAR.shares, abs=0.03)
    dealt = np.bincount(GRAMMAR.read(GRAMMAR.deal(999, np.random.default_rng(1))), minlength=16)
    assert dealt.sum() == 999
    assert np.abs(dealt - 999 * GRAMMAR.shares).max() <= 1
    assert len(set(GRAMMAR.words)) == len(GRAMMAR.words)
    assert {word for text in texts for word in text.split()} <= set(GRAMMAR.words)


def test_what_mixes_classes_or_shapes_is_nonsense():
    texts, classes = GRAMMAR.draw(400, np.random.default_rng(2))
    for text, number in zip(texts, classes, strict=True):
        words = text.split()
        broken = [" ".join(words[:-1]), f"{text} the", f"{text} unheard"]
        # A word of another class in the place of one of its own, in the same slot.
        for other, (slot, owner) in GRAMMAR._places.items():
            if owner == (number + 1) % 16:
                broken += [
                    " ".join([*words[:at], other, *words[at + 1 :]])
                    for at, word in enumerate(words)
                    if GRAMMAR._places.get(word) == (slot, number)
                ]
        assert len(broken) > 8
        assert set(GRAMMAR.read(broken).tolist()) == {NONSENSE}
    assert GRAMMAR.read(["", "the", "the at"]).tolist() == [NONSENSE] * 3


# The loops


@pytest.mark.parametrize("survival", [0.6, 0.9])
def test_a_learner_of_constant_survival_does_what_was_foretold(survival):
    loops = Generations(
        grammar=GRAMMAR, learner=Thinning(survival), rows=8_000, rounds=3, real_share=0.3, exam=5
    )
    ran = loops.run(1.0, seed=3)
    assert ran.survival(TAIL) == pytest.approx(survival, abs=0.005)
    for protocol in PROTOCOLS:
        expected = foretell(protocol, survival, 0.3, 3)
        assert ran.retention(protocol, TAIL) == pytest.approx(expected, abs=0.05)
    assert [sum(each.trained) for each in ran.rounds["accumulate"]] == [16_000, 24_000, 32_000]
    assert {sum(each.trained) for name in ("replace", "mix") for each in ran.rounds[name]} == {8_000}


def test_a_run_is_a_function_of_its_seed():
    experiment = TrainedSurvival(rows=150, rounds=2, exam=20)
    loops = experiment.generations(NgramLearner())
    assert loops.run(0.8, seed=5) == loops.run(0.8, seed=5) != loops.run(0.8, seed=6)


# What is held against what


def ran_with(loss, trained):
    first = Round(trained=(50, 50, 0), bits=10.0)
    rounds = tuple(Round(trained=each, bits=10.0 * loss) for each in trained)
    return Ran(
        shares=(0.5, 0.5),
        first=first,
        written=(60, 40, 0),
        sample=(60, 40, 0),
        rounds=dict.fromkeys(PROTOCOLS, rounds),
    )


def test_checks_fail_where_they_must():
    experiment = TrainedSurvival(classes=2, tails=(1, 2), rounds=2)
    # Survival is .8: after two rounds of replacement .64 is foretold, so 32 of 100 rows.
    flat = experiment.checks(1.0, ran_with(1.0, [(60, 40, 0), (68, 32, 0)]))
    assert [check.holds for check in flat] == [False, True, True, False, False]
    assert flat[2].expected == pytest.approx(0.64)
    assert flat[2].measured == pytest.approx(0.64)
    rising = experiment.checks(1.0, ran_with(1.3, [(60, 40, 0), (60, 20, 20)]))
    assert [check.holds for check in rising[:3]] == [True, False, False]
    assert rising[2].measured == pytest.approx(0.4)
    assert "further than 0.1" in experiment._findings(rising)[0]
    assert "2 to 2" in rising[2].name


@pytest.mark.models
def test_it_runs_small_and_the_same_twice():
    experiment = TrainedSurvival(
        rows=64, rounds=2, temperatures=(0.9,), exam=10, width=16, depth=1, epochs=1, device="cpu"
    )
    said = []
    one = experiment.run(np.random.default_rng(4), said.append)
    assert one == experiment.run(np.random.default_rng(4))
    assert len(one.checks) == 2 + 3 * 2
    assert len(one.figure.curves) == 6
    assert said
    assert experiment.extra == "models"
    assert "16 classes" in experiment.setup
    assert "64 texts" in experiment.setup

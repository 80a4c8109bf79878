"""L17: a bigram model on its own text."""

from dataclasses import replace

import numpy as np
import pytest

from holdfast.errors import InputError
from holdfast.lab.docstrings import read_docstrings
from holdfast.lab.published.drift import DRIFT
from holdfast.lab.published.drift.own_text import OwnText

SMALL = OwnText(rounds=3, replicates=2, top_p=0.8)


@pytest.fixture(scope="module")
def texts():
    return tuple(row["text"] for row in read_docstrings())


@pytest.fixture(scope="module")
def outcome(texts):
    return replace(SMALL, texts=texts[::25]).run(np.random.default_rng(1))


def check_of(outcome, name):
    (found,) = [check for check in outcome.checks if check.name.startswith(name)]
    return found


def test_reduced_sizes_hold(outcome):
    assert [check.name for check in outcome.checks if not check.holds] == []
    assert outcome.holds


def test_it_stands_in_the_catalogue():
    assert OwnText() in DRIFT
    assert OwnText.id == "L17"


def test_drift_keeps_rare_mass_and_bias_does_not(outcome):
    assert check_of(outcome, "mass of rare words that is left at temperature 1").measured > 0.85
    assert check_of(outcome, "mass of rare words that is left under top-p").measured < 0.3


def test_the_law_of_words_is_that_of_their_counts():
    # Three words seen once and one seen four times: 3 (1 - 1/e) + 1 - exp(-4), then with g = 1 - 1/e.
    course = OwnText(rounds=2)._loop(["a b c d d d d"], ["a b"], 1.0, np.random.default_rng(0))
    g = 1 - np.exp(-1)
    law = [4.0, 3 * g + 1 - np.exp(-4), 3 * (1 - np.exp(-g)) + 1 - np.exp(-4 * g)]
    assert course.law == pytest.approx(law)
    assert course.types[0] == 4


def test_a_wrong_theory_fails(texts):
    class Wrong(OwnText):
        def _loop(self, text, held, top_p, rng):
            # The two kinds of loop mistaken for one another.
            return super()._loop(text, held, 0.8 if top_p == 1 else 1.0, rng)

    outcome = Wrong(texts=texts[::40], rounds=2, replicates=2).run(np.random.default_rng(1))
    failing = {check.name for check in outcome.checks if not check.holds}
    assert failing >= {
        "words after 2 rounds at temperature 1, relative to the law of independent words",
        "mass of rare words that is left at temperature 1",
    }


def test_the_users_own_text(texts):
    own = OwnText(texts=texts[::40], rounds=1, replicates=1)
    outcome = own.run(np.random.default_rng(1))
    assert "the user's texts" in own.setup
    assert "standard library" in OwnText().setup
    pool = len(own._sentences())
    assert outcome.notes[0] == f"{pool * 5 // 6:,} sentences of {pool:,}."
    with pytest.raises(InputError, match="too few"):
        OwnText(texts=("Nothing much here. Only this.",)).run(np.random.default_rng(1))


def test_texts_become_different_sentences():
    texts = ("One two three. Four five six! One two three.", "No. Is it so? One two three.", "And so on") * 20
    with pytest.raises(InputError, match="4 different sentences"):
        OwnText(texts=texts)._sentences()


def test_the_figure_starts_at_all_and_shows_theory(outcome):
    curves = {curve.name: curve for curve in outcome.figure.curves}
    assert {curve.y[0] for curve in curves.values()} == {1.0}
    assert curves["words, temperature 1"].y == pytest.approx(curves["words, theory"].y, abs=0.05)
    assert curves["words, top-p"].y[-1] < curves["words, temperature 1"].y[-1]


def test_same_seed_same_outcome(texts):
    small = OwnText(texts=texts[::100], rounds=1, replicates=1)
    one, two, other = (small.run(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == two != other

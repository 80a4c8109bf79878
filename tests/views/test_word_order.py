"""A learner of word order: what teaches it, and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import invent_words

from holdfast.views.tokens import read_tokens
from holdfast.views.word_order import WORDS_READ, gains, read_lessons, set_exam, train, tune


def speech(seed):
    """What is said after each word, and rows of it."""
    rng = np.random.default_rng([seed, 1])
    words = invent_words(60, rng, 5)
    after = {word: rng.choice(words, 4, replace=False).tolist() for word in words}

    def rows(count, rng):
        said = []
        for _ in range(count):
            row = [words[rng.integers(60)]]
            while len(row) < 9:
                row.append(after[row[-1]][min(int(rng.geometric(0.5)) - 1, 3)])
            said.append(" ".join(row))
        return said

    return rows


ROWS = speech(0)
EXAM_ROWS = ROWS(200, np.random.default_rng(10))
TAUGHT = ROWS(300, np.random.default_rng(11))
EVERY = np.ones(200, bool)


@pytest.fixture(scope="module")
def exam():
    return set_exam(read_tokens(EXAM_ROWS), np.arange(200), np.random.default_rng(12))


def saved(exam, texts, weights=None):
    """Bits per byte."""
    tokens = read_tokens(texts)
    model = train(exam, read_lessons(exam, tokens), np.ones(len(texts)) if weights is None else weights)
    found = gains(exam, model, tune(exam, model, EVERY), EVERY)
    return float(found.sum() / exam.bytes.sum())


def shuffled(texts, seed=0):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.permutation(text.split())) for text in texts]


def test_true_rows_save_bits_and_more_rows_save_more(exam):
    few, many = saved(exam, TAUGHT[:40]), saved(exam, TAUGHT)
    assert 0.05 < few < many


def test_shuffled_rows_and_words_drawn_by_frequency_save_next_to_nothing(exam):
    many = saved(exam, TAUGHT)
    # Words that follow each other stand in one row: two of nine places keep them neighbours, in either order.
    assert abs(saved(exam, shuffled(TAUGHT))) < 0.15 * many
    words = np.random.default_rng(1).permutation(" ".join(TAUGHT).split())
    soup = [" ".join(part) for part in words.reshape(-1, 9)]
    assert abs(saved(exam, soup)) < 0.05 * many


def test_knowing_the_words_earns_nothing(exam):
    assert abs(saved(exam, sorted(set(" ".join(TAUGHT).split())))) < 0.02


def test_repeating_a_set_changes_nothing(exam):
    once = saved(exam, TAUGHT[:100])
    assert saved(exam, TAUGHT[:100] * 8) == pytest.approx(once, rel=0.03)
    assert saved(exam, TAUGHT[:100], np.full(100, 8.0)) == pytest.approx(once, rel=0.03)


def test_a_row_of_weight_0_was_never_read(exam):
    weights = np.repeat([1.0, 0.0], [100, 200])
    assert saved(exam, TAUGHT, weights) == saved(exam, TAUGHT[:100])


def test_row_order_does_not_matter(exam):
    assert saved(exam, TAUGHT[::-1]) == pytest.approx(saved(exam, TAUGHT), rel=1e-9)


@pytest.mark.parametrize("texts", [[], [""], ["unheard-of words only"]])
def test_who_read_nothing_saves_nothing(exam, texts):
    assert saved(exam, texts) == pytest.approx(0.0, abs=1e-6)


def test_rows_that_are_not_asked_score_nothing(exam):
    asked = np.arange(200) < 50
    model = train(exam, read_lessons(exam, read_tokens(TAUGHT)), np.ones(300))
    smoothing = tune(exam, model, asked)
    some, every = gains(exam, model, smoothing, asked), gains(exam, model, smoothing, EVERY)
    assert (some[50:] == 0).all()
    assert some[:50] == pytest.approx(every[:50])
    assert gains(exam, model, smoothing, np.zeros(200, bool)).tolist() == [0.0] * 200
    assert np.isfinite(tune(exam, model, np.zeros(200, bool))).all()


def test_the_counts_are_those_of_the_rows():
    texts = ["a b a b", "a b c", "a"]
    exam = set_exam(read_tokens(texts), np.arange(3), np.random.default_rng(0))
    model = train(exam, read_lessons(exam, read_tokens(texts)), np.ones(3))
    word, pair, triple, before, long_before = (
        model.counts[order][exam.asked[0, order]].tolist() for order in range(5)
    )
    assert model.words == 8
    assert word == [4, 3, 4, 3, 4, 3, 1, 4]
    assert pair == [3, 3, 1, 3, 3, 3, 1, 3]  # the first word of a row stands after the row's beginning
    assert triple == [3, 2, 1, 1, 3, 2, 1, 3]
    assert before == [3, 3, 2, 3, 3, 3, 2, 3]
    assert long_before == [3, 2, 2, 1, 3, 2, 2, 3]


def test_probabilities_add_up_to_no_more_than_all(exam):
    # After each context, what is asked for is at most everything.
    model = train(exam, read_lessons(exam, read_tokens(TAUGHT)), np.ones(300))
    pair, before = model.counts[1][exam.asked[0, 1]], model.counts[3][exam.asked[0, 3]]
    assert (pair <= before).all()
    for context in np.unique(exam.asked[0, 3]):
        mine = exam.asked[0, 3] == context
        assert model.counts[1][np.unique(exam.asked[0, 1][mine])].sum() <= model.counts[3][context] + 1e-9


def test_long_rows_are_read_so_far():
    text = " ".join(invent_words(50, np.random.default_rng(2)) * 20)
    exam = set_exam(read_tokens([text, ""]), np.arange(2), np.random.default_rng(0))
    assert len(exam.rows) == WORDS_READ
    assert exam.bytes.tolist() == [WORDS_READ * 7, 0]
    assert read_lessons(exam, read_tokens([text])).places.shape == (5, WORDS_READ)


def test_an_empty_exam():
    exam = set_exam(read_tokens(["", ""]), np.arange(2), np.random.default_rng(0))
    lessons = read_lessons(exam, read_tokens(TAUGHT[:5]))
    model = train(exam, lessons, np.ones(5))
    assert gains(exam, model, tune(exam, model, np.ones(2, bool)), np.ones(2, bool)).tolist() == [0.0, 0.0]

"""Variety counted by kernels is what numpy counts, on rows of any kind."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.kernels import WORTH_IT, compiled
from holdfast.measures.text.lexical_diversity import _Wording
from holdfast.measures.text.runs import Runs, number_texts
from holdfast.views.tokens import ngrams, read_tokens

HOSTILE = {
    "one row": ["a b a b a b a b a"],
    "equal rows": ["please tell me about it"] * 7,
    "empty rows": ["", "a", "", "a b c d e", "a b", "", "a b c d e"],
    "long rows": [" ".join(f"w{(i * k) % 7}" for i in range(400)) for k in range(1, 5)],
    "other scripts": ["一二三一二三四", "привет мир привет мир", "नमस्ते दुनिया", "一二三四"] * 3,
    "many": [" ".join(f"w{i * k % 11}" for k in range(i % 9)) for i in range(60)],
}


@pytest.fixture(autouse=True)
def _numba():
    if not compiled(WORTH_IT):
        pytest.skip("needs numba")


def sides_of(rows):
    """Halves, a single row, everything against nothing."""
    rng = np.random.default_rng(rows)
    yield (half := rng.random(rows) < 0.5), ~half
    yield (one := np.arange(rows) == 0), ~one
    yield np.ones(rows, bool), np.zeros(rows, bool)


@pytest.mark.parametrize("texts", HOSTILE.values(), ids=HOSTILE)
def test_different_words_are_counted_alike(texts):
    tokens = read_tokens(texts)
    plain, kernel = (_Wording.of(tokens, kernels=kernels) for kernels in (False, True))
    for mine, theirs in sides_of(len(texts)):
        for first, second in zip(plain.read(mine, theirs), kernel.read(mine, theirs), strict=True):
            assert np.array_equal(first, second)


@pytest.mark.parametrize("texts", HOSTILE.values(), ids=HOSTILE)
def test_texts_that_hold_runs_are_counted_alike(texts):
    tokens = read_tokens(texts)
    text, row = number_texts(tokens), tokens.rows
    hashes, places = ngrams(tokens, 3)
    plain, kernel = (
        Runs.of(hashes, places, text[row[places]], int(text.max()) + 1, kernels=kernels)
        for kernels in (False, True)
    )
    for held, _ in sides_of(len(plain.count)):
        times = plain.times(held)
        assert np.array_equal(times, kernel.times(held))
        assert times[times > 1].sum() == plain.repeated(held).sum()

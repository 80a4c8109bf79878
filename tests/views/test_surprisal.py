"""Bits per row against a trigram model written out by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from math import log2

import numpy as np
import pytest

from holdfast.views.surprisal import read_surprisal
from holdfast.views.tokens import read_tokens
from holdfast.views.vocabulary import learn_vocabulary

WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "ran", "off", "to", "see", "its", "dog"]
DISCOUNTS = (0.9, 0.9, 1.0)


def draw_rows(count, rng):
    return [" ".join(rng.choice(WORDS, rng.integers(1, 9))) for _ in range(count)]


def bits_by_hand(row, known, spelling):
    """Interpolated trigram with absolute discounts; what stands before a row is no word."""
    counts, followers = Counter(), defaultdict(set)
    for other in known:
        padded = ["<<", "<", *other]
        for end in range(2, len(padded)):
            for size in range(3):
                before = tuple(padded[end - size : end])
                counts[before, padded[end]] += 1
                followers[before].add(padded[end])
    totals = Counter()
    for (before, _), count in counts.items():
        totals[before] += count
    bits, padded = 0.0, ["<<", "<", *row]
    for end in range(2, len(padded)):
        word, p = padded[end], 2.0 ** -spelling[padded[end]]
        for size, discount in enumerate(DISCOUNTS):
            before = tuple(padded[end - size : end])
            if totals[before]:
                kept = max(counts[before, word] - discount, 0.0)
                p = (kept + discount * len(followers[before]) * p) / totals[before]
        bits -= log2(p)
    return bits


def test_bits_against_a_model_by_hand():
    rng = np.random.default_rng(0)
    real, new = draw_rows(40, rng), [*draw_rows(12, rng), "an unseen zebra ran off", ""]
    folds = rng.integers(5, size=40).astype(np.int8), rng.integers(5, size=14).astype(np.int8)
    anchor, candidate = read_tokens(real), read_tokens(new)
    vocabulary = learn_vocabulary(anchor, folds[0])
    read = vocabulary.read(read_tokens([*real, *new]))
    places = dict(zip(" ".join([*real, *new]).split(), read.places.tolist(), strict=True))
    for found, texts, own in zip(read_surprisal(anchor, candidate, folds), (real, new), folds, strict=True):
        for row, text in enumerate(texts):
            known = [other.split() for other, fold in zip(real, folds[0], strict=True) if fold != own[row]]
            fold = np.full(len(places), own[row])
            bits = read.by_fold("bits", np.array(list(places.values())), fold)
            spelling = dict(zip(places, bits.tolist(), strict=True))
            assert found.bits[row] == pytest.approx(bits_by_hand(text.split(), known, spelling))
            assert found.bytes[row] == sum(len(word) + 1 for word in text.split())
    assert np.isnan(found.rate[-1])


def test_bytes_are_bytes():
    tokens = read_tokens(["über 我们"])
    found, _ = read_surprisal(tokens, tokens, (np.zeros(1, np.int8), np.zeros(1, np.int8)))
    assert found.bytes.tolist() == [len("über".encode()) + 1 + 2 * (3 + 1)]


def test_a_row_costs_the_same_wherever_it_stands():
    rng = np.random.default_rng(1)
    real, new = draw_rows(30, rng), draw_rows(20, rng)
    folds = rng.integers(5, size=30).astype(np.int8), rng.integers(5, size=20).astype(np.int8)
    order = rng.permutation(20)
    one = read_surprisal(read_tokens(real), read_tokens(new), folds)[1]
    other = read_surprisal(
        read_tokens(real), read_tokens([new[i] for i in order]), (folds[0], folds[1][order])
    )[1]
    assert np.array_equal(one.bits[order], other.bits)


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["!?"], ["word " * 50_000], ["x" * 100_000]])
def test_odd_rows(texts):
    tokens = read_tokens(texts)
    folds = np.zeros(len(texts), np.int8)
    found, _ = read_surprisal(tokens, tokens, (folds, folds))
    assert np.isfinite(found.bits).all()
    assert len(found.rate) == len(texts)

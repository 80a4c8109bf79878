"""Syntactic templates: closed words by count, frames planted in three rows of ten, names that can be read."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import Labelled, fewest_hits, invent_words, sides

from holdfast.measures import Calibration, SyntacticTemplates
from holdfast.measures.text.syntactic_templates import closed_words
from holdfast.views.tokens import read_tokens

MEASURE = SyntacticTemplates()
SMALL = [
    "the",
    "a",
    "of",
    "to",
    "in",
    "on",
    "is",
    "my",
    "i",
    "you",
    "and",
    "for",
    "it",
    "how",
    "do",
    "can",
    "what",
    "with",
    "at",
    "this",
]
LARGE = invent_words(3_000, np.random.default_rng(99))


def speech(count, rng):
    """Rows in which small words, which all rows share, alternate with large ones at random."""
    return [
        " ".join(
            SMALL[rng.integers(len(SMALL))] if rng.random() < 0.5 else LARGE[rng.integers(len(LARGE))]
            for _ in range(int(rng.integers(9, 14)))
        )
        for _ in range(count)
    ]


def framed(texts, share, rng):
    """The same, but some rows begin as questions that differ only in their large words."""
    return [
        f"how do i {LARGE[rng.integers(3_000)]} my {LARGE[rng.integers(3_000)]} {text}"
        if rng.random() < share
        else text
        for text in texts
    ]


def labelled(texts):
    return Labelled(texts=tuple(texts), strata=("x",) * len(texts))


def read(real, candidate, seed=0):
    return MEASURE(
        sides(labelled(real), labelled(candidate), real_labels=False), Calibration(draws=99, seed=seed)
    )


def test_closed_words_are_the_most_frequent_by_text():
    tokens = read_tokens(["the cat", "the dog the dog the dog", "the cow", "a cow"])
    closed = closed_words(tokens, np.arange(4), 2)
    spelled = {tokens.spell(int(place)) for place in np.flatnonzero(closed)}
    assert spelled == {"the", "cow"}  # "dog" is said more often, but in one text


def test_a_frame_in_three_rows_of_ten_is_found_and_named():
    hits, trials = 0, 8
    for trial in range(trials):
        rng = np.random.default_rng([trial, 81])
        candidate = framed(speech(200, rng), 0.3, rng)
        reading = read(speech(200, rng), candidate)
        hits += reading.effect > MEASURE.tolerance and reading.p_value <= 0.01
        names = [entry["phrase"] for entry in reading.details["templates"]]
        assert any(name.startswith("how do i … my …") for name in names)
        asked = [row for row in reading.rows if candidate[row].startswith("how do i ")]
        assert len(asked) >= 0.8 * len(reading.rows)
    assert hits >= fewest_hits(trials, 0.95)


def test_the_share_by_hand():
    """Texts of exactly one frame of five words each: ten share one, the others have one of their own."""
    rng = np.random.default_rng(1)
    real, candidate = speech(60, rng), []
    pairs = [(a, b, c) for a in SMALL for b in SMALL for c in SMALL]
    order = rng.permutation(len(pairs))
    for i in range(60):
        a, b, c = ("how", "do", "my") if i < 10 else pairs[order[i]]
        candidate.append(f"{a} {b} {LARGE[2 * i]} {c} {LARGE[2 * i + 1]}")
    reading = read(real, candidate)
    assert reading.details["frames"][0]["candidate"] == pytest.approx(10 / 60, abs=0.05)
    assert "how do … my …" in [entry["phrase"] for entry in reading.details["templates"]]


def test_longer_rows_are_no_templates():
    rng = np.random.default_rng(2)
    long = [f"{a} {b} {c}" for a, b, c in zip(*(speech(80, rng) for _ in range(3)), strict=True)]
    reading = read(speech(240, rng), long)
    assert reading.p_value > 0.01 or reading.effect <= MEASURE.tolerance


def test_real_rows_have_no_names():
    for trial in range(5):
        rng = np.random.default_rng([trial, 82])
        assert not read(speech(150, rng), speech(150, rng)).details["templates"]


def test_nothing_of_the_records_stands_in_the_evidence():
    rng = np.random.default_rng(3)
    reading = read(speech(150, rng), framed(speech(150, rng), 0.5, rng))
    assert "how do i" in str(reading.details["templates"])
    assert "how do" not in " ".join(reading.evidence)

"""Lexical diversity: the published formulas, by hand, and a vocabulary cut in half."""

from __future__ import annotations

import re

import numpy as np
import pytest
from worlds import Labelled, fewest_hits, sides, zipf_world

from holdfast.measures import Calibration, LexicalDiversity, Undetermined
from holdfast.measures.text.lexical_diversity import distinct_share, moving_type_token_ratio
from holdfast.views.tokens import ngrams, read_tokens

TEXT = "the cat saw the dog and the dog saw the cat run"
MEASURE = LexicalDiversity()


def moving_average(text, window):
    words = np.unique(text.split(), return_inverse=True)[1]
    order = np.argsort(words, kind="stable")
    return moving_type_token_ratio(words[order], order, window)


def test_distinct_n_by_hand():
    # 6 of 12 words; of 11 pairs "the cat", "saw the" and "the dog" return; of 10 triples none does.
    for size, distinct, total in ((1, 6, 12), (2, 8, 11), (3, 10, 10)):
        grams = np.unique(ngrams(read_tokens([TEXT]), size)[0], return_inverse=True)[1]
        assert distinct_share(grams) == pytest.approx(distinct / total)


@pytest.mark.parametrize("window", [1, 2, 5, 11, 12, 50])
def test_moving_average_by_hand(window):
    words = TEXT.split()
    width = min(window, 12)
    shares = [len(set(words[i : i + width])) / width for i in range(12 - width + 1)]
    assert moving_average(TEXT, window) == pytest.approx(np.mean(shares))


def test_moving_average_of_random_words():
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in rng.integers(0, 30, 400)]
    shares = [len(set(words[i : i + 50])) / 50 for i in range(351)]
    assert moving_average(" ".join(words), 50) == pytest.approx(np.mean(shares))


def test_half_the_vocabulary_is_found():
    hits, trials = 0, 12
    for trial in range(trials):
        rng = np.random.default_rng([trial, 61])
        wide, narrow = zipf_world(trial, strata=3, words=80), zipf_world(trial, strata=3, words=40)
        reading = MEASURE(
            sides(wide.rows(200, rng), narrow.rows(200, rng), real_labels=False), Calibration(draws=99)
        )
        hits += reading.effect > MEASURE.tolerance and reading.p_value <= 0.01
        ratios = {row["of"]: row["ratio"] for row in reading.details["counts"]}
        assert reading.value == ratios["different words"]
    assert hits >= fewest_hits(trials, 0.95)


def test_it_says_at_which_size():
    rng = np.random.default_rng(1)
    world = zipf_world(0, strata=3)
    reading = MEASURE(
        sides(world.rows(100, rng), world.rows(60, rng), real_labels=False), Calibration(draws=99)
    )
    assert 400 < reading.details["words_compared"] <= 12 * 60
    least = min(row["ratio"] for row in reading.details["counts"])
    assert reading.value == pytest.approx(least)
    assert re.match(
        r"what is least varied are different .*; of those, reality against itself has \d+ to \d+ %$",
        reading.evidence[0],
    )


def test_rows_without_words_are_no_answer():
    rng = np.random.default_rng(2)
    rows = zipf_world(0, strata=2).rows(60, rng)
    signs = Labelled(texts=tuple("?!" * (i + 2) for i in range(60)), strata=rows.strata)
    answer = MEASURE(sides(rows, signs, real_labels=False), Calibration(draws=99))
    assert isinstance(answer, Undetermined)
    assert "no words" in answer.reason

"""Phrases against brute force, and their errors."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binom
from worlds import most_alarms, sides, zipf_world

from holdfast.views.compare import first_rows
from holdfast.views.features import read_features
from holdfast.views.near import find_duplicates
from holdfast.views.phrases import LEAST_ROWS, LONGEST, artifacts, find_phrases, mask, rows_with, spell
from holdfast.views.tokens import read_tokens

TEMPLATE = "certainly here is what you asked"
USUAL = 12.0
"""Words of a row."""


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(0)
    world = zipf_world(0)
    real, plain = world.rows(400, rng), world.rows(400, rng)
    texts = [f"{TEMPLATE} {text}" if i % 4 == 0 else text for i, text in enumerate(plain.texts)]
    return real, plain, texts


def phrases_of(real, candidate):
    anchor, words = read_tokens(real), read_tokens(candidate)
    rows = (first_rows(find_duplicates(tokens).exact) for tokens in (anchor, words))
    return find_phrases(anchor, words, *rows), words, anchor


def holders(texts):
    """How many distinct texts hold each n-gram anywhere, first and last: by brute force."""
    count = Counter()
    for text in dict.fromkeys(texts):
        words = text.split()
        found = set()
        for size in range(1, LONGEST + 1):
            for at in range(len(words) - size + 1):
                gram = " ".join(words[at : at + size])
                found.add((0, gram))
                if size <= 3 and at == 0:
                    found.add((1, gram))
                if size <= 3 and at == len(words) - size:
                    found.add((2, gram))
        count.update(found)
    return count


def test_a_planted_template_is_found_and_counted(planted):
    real, _, texts = planted
    table, words, _ = phrases_of(real.texts, texts)
    found = {(int(table.place[i]), spell(table, words, i)): i for i in range(len(table))}
    whole = found[0, TEMPLATE]
    assert table.candidate[whole] == 100
    assert table.real[whole] == 0
    assert (1, "certainly here is") in found
    rows = rows_with(table, words, whole)
    assert rows.tolist() == list(range(0, 400, 4))


def test_counts_and_p_values_are_exact(planted):
    real, _, texts = planted
    repeated = [*texts, *texts[:30]]  # a repeated row counts once
    table, words, _ = phrases_of(real.texts, repeated)
    mine, theirs = holders(texts), holders(real.texts)
    assert (table.candidate_rows, table.real_rows) == (400, 400)
    for i in range(len(table)):
        key = int(table.place[i]), spell(table, words, i)
        assert (mine[key], theirs[key]) == (table.candidate[i], table.real[i])
        total = table.candidate[i] + table.real[i]
        assert table.p_value[i] == pytest.approx(binom.sf(table.candidate[i] - 1, total, 0.5), rel=1e-9)
        assert table.ratio[i] == pytest.approx((mine[key] + 0.5) / (theirs[key] + 0.5))
    assert table.tested == sum(1 for k in mine if mine[k] + theirs[k] >= LEAST_ROWS)


def test_sides_of_different_size(planted):
    real, _, texts = planted
    table, words, _ = phrases_of(real.texts, texts[:200])
    i = next(i for i in range(len(table)) if spell(table, words, i) == TEMPLATE)
    assert table.p_value[i] == pytest.approx(binom.sf(49, 50, 1 / 3))
    assert table.ratio[i] == pytest.approx((50.5 / 200) / (0.5 / 400))


def test_reality_against_itself_names_no_phrases():
    trials, audits = 0, 150
    world = zipf_world(2, words=15)
    rng = np.random.default_rng(1)
    for _ in range(audits):
        real, fresh = world.rows(150, rng), world.rows(150, rng)
        trials += len(phrases_of(real.texts, fresh.texts)[0]) > 0
    assert trials <= most_alarms(audits, 0.01)


def test_masking_restores_the_rows(planted):
    real, plain, texts = planted
    table, words, _ = phrases_of(real.texts, texts)
    cut, rows = mask(words, artifacts(table, words), USUAL)
    assert rows.tolist() == list(range(0, 400, 4))
    assert cut.folded == read_tokens(plain.texts).folded
    before, after = read_features(read_tokens(plain.texts)), read_features(cut)
    np.testing.assert_array_equal(before.columns, after.columns)
    np.testing.assert_array_equal(before.counts, after.counts)


def test_a_template_is_reported_and_taken_out_of_both_sides_readings(planted):
    real, plain, texts = planted
    both = sides(real, type(plain)(texts=tuple(texts), strata=plain.strata))
    assert TEMPLATE in both.masked
    assert len(both.phrases) > 0
    clean = sides(real, plain)
    np.testing.assert_array_equal(both.candidate.support, clean.candidate.support)
    assert clean.masked == ()


def test_what_fills_the_rows_is_not_cut_out(planted):
    real, plain, _ = planted
    texts = [f"{TEMPLATE} once more so here is all of it again {text.split()[0]} now" for text in plain.texts]
    table, words, _ = phrases_of(real.texts, texts)
    assert len(artifacts(table, words)) > 0
    same, rows = mask(words, artifacts(table, words), USUAL)
    assert len(rows) == 0
    assert same is words
    both = sides(real, type(plain)(texts=tuple(texts), strata=plain.strata))
    assert both.masked == ()


def test_a_frame_longer_than_the_rows_is_cut_where_whole_rows_are_left(planted):
    real, plain, _ = planted
    frame = "certainly here is what you asked for and a good deal more than that which nobody ever did ask for my dear"
    both = sides(real, type(plain)(texts=tuple(f"{t} {frame}" for t in plain.texts), strata=plain.strata))
    np.testing.assert_array_equal(both.candidate.support, sides(real, plain).candidate.support)


def test_a_frame_does_not_take_the_words_beside_it():
    # One row in five begins with "how": so does one in five of those in the frame, and it is content all the same.
    rng = np.random.default_rng(5)
    world = zipf_world(4)
    opened = ["how " + text if i % 5 == 0 else text for i, text in enumerate(world.rows(800, rng).texts)]
    real, plain = opened[:400], opened[400:]
    table, words, _ = phrases_of(real, [f"{TEMPLATE} {text}" for text in plain])
    cut, _ = mask(words, artifacts(table, words), USUAL)
    assert cut.folded == read_tokens(plain).folded


def test_a_topic_is_no_artifact(planted):
    real, plain, _ = planted
    # A single word that became frequent is not cut out of the middle of rows.
    texts = [" ".join([*t.split()[:4], "holiday", *t.split()[4:]]) for t in plain.texts]
    table, words, _ = phrases_of(real.texts, texts)
    assert "holiday" in [spell(table, words, i) for i in range(len(table))]
    assert "holiday" not in [
        spell(artifacts(table, words), words, i) for i in range(len(artifacts(table, words)))
    ]


@pytest.mark.parametrize(
    ("real", "candidate"), [([], []), ([""], ["", "a b"]), (["a"], []), ([], ["a b c"] * 9)]
)
def test_little_or_nothing_to_read(real, candidate):
    table, words, _ = phrases_of(real, candidate)
    assert len(table) == 0
    assert mask(words, table, USUAL)[0] is words

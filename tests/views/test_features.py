"""Features and support against brute force."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import near_copies, zipf_world

from holdfast.views.features import (
    CHARACTER_SIZES,
    COLUMNS,
    PROJECTION,
    read_features,
    sketch,
    unit_frequencies,
    weigh,
)
from holdfast.views.near import find_duplicates
from holdfast.views.support import FOLDS, Known, deal_folds
from holdfast.views.tokens import ngrams, read_tokens, row_hashes

WRAP = (1 << 64) - 1


def mixed(value):
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & WRAP
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & WRAP
    return value ^ (value >> 31)


def pieces(folded):
    spaced = "".join(" " if unicodedata.category(c)[0] in "ZC" else c for c in folded)
    return [piece for piece in spaced.split(" ") if piece]


def plain_features(text):
    """Column by column, with Python's integers and strings."""
    tokens = read_tokens([text])
    found = Counter()
    for size in (1, 2):
        found.update(value % COLUMNS for value in ngrams(tokens, size)[0].tolist())
    for size in CHARACTER_SIZES:
        for piece in pieces(tokens.folded[0]):
            padded = f" {piece} "
            for place in range(len(padded) - size + 1):
                gram = padded[place : place + size]
                if gram[0] == gram[-1] == " ":
                    continue
                value = size
                for character in gram:
                    value = (value * 0x100000001B3 + ord(character)) & WRAP
                found[mixed(value) % COLUMNS] += 1
    return found


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    rows = near_copies(zipf_world(3).rows(60, rng), 1, rng, changed=1)
    tokens = read_tokens([*rows.texts, "", "!?", rows.texts[0]])
    return tokens, read_features(tokens), find_duplicates(tokens).units


@given(st.lists(st.text(st.sampled_from("ab é中ก'.-\n1"), max_size=24), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_counts_of_any_text(texts):
    texts = [text.strip("'") for text in texts]
    features = read_features(read_tokens(texts))
    for row, text in enumerate(texts):
        mine = slice(features.starts[row], features.starts[row + 1])
        found = dict(zip(features.columns[mine].tolist(), features.counts[mine].tolist(), strict=True))
        assert found == dict(plain_features(text))
        assert (np.diff(features.columns[mine]) > 0).all()


def test_character_grams_by_hand():
    tokens = read_tokens(["ab c"])
    # Words ab, c; the pair; " ab" "ab " of three and none of four (the whole of " ab " is the word itself).
    assert read_features(tokens).counts.sum() == 2 + 1 + 2


def test_selected_rows_keep_their_features(world):
    _, features, _ = world
    rows = np.array([5, 0, 5, len(features) - 2])
    chosen = features.select(rows)
    assert len(chosen) == 4
    for place, row in enumerate(rows):
        mine = slice(features.starts[row], features.starts[row + 1])
        theirs = slice(chosen.starts[place], chosen.starts[place + 1])
        np.testing.assert_array_equal(chosen.columns[theirs], features.columns[mine])
        np.testing.assert_array_equal(chosen.counts[theirs], features.counts[mine])


def test_a_group_of_near_duplicates_counts_once(world):
    _, features, units = world
    wanted = Counter()
    for unit in set(units.tolist()):
        columns = set()
        for row in np.flatnonzero(units == unit):
            columns |= set(features.columns[features.starts[row] : features.starts[row + 1]].tolist())
        wanted.update(columns)
    found = unit_frequencies(features, units)
    assert {int(c): int(found[c]) for c in np.flatnonzero(found)} == dict(wanted)
    assert found.max() <= units.max() + 1


def test_weighed_rows_have_length_one(world):
    _, features, units = world
    frequencies = unit_frequencies(features, units)
    for own in (True, False):
        weighed = weigh(features, frequencies, int(units.max()) + 1, own=own)
        norms = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
        empty = np.diff(features.starts) == 0
        np.testing.assert_allclose(norms[~empty], 1.0, rtol=1e-5)
        np.testing.assert_array_equal(norms[empty], 0.0)
        assert (weighed.data > 0).all()


def test_a_real_row_is_weighed_as_if_it_were_new(world):
    _, features, units = world
    count = int(units.max()) + 1
    frequencies = unit_frequencies(features, units)
    mine = weigh(features, frequencies, count, own=True)
    for unit in (0, int(units[7]), int(units[-1])):
        others = np.flatnonzero(units != unit)
        without = unit_frequencies(features.select(others), units[others])
        rows = np.flatnonzero(units == unit)
        new = weigh(features.select(rows), without, count, own=False)
        np.testing.assert_allclose(mine[rows].toarray(), new.toarray(), rtol=1e-6)


def test_support_leaves_a_whole_fold_out(world):
    tokens, features, units = world
    folds = deal_folds(row_hashes(tokens), units)
    found = Known.of(features, folds).support(features, folds)
    for row in range(len(features)):
        columns = set(features.columns[features.starts[row] : features.starts[row + 1]].tolist())
        known = set()
        for other in np.flatnonzero(folds != folds[row]):
            assert units[other] != units[row], "a unit lies in one fold"
            known |= set(features.columns[features.starts[other] : features.starts[other + 1]].tolist())
        wanted = len(columns & known) / len(columns) if columns else 1.0
        assert found[row] == pytest.approx(wanted)


def test_a_new_row_is_held_against_the_folds_it_does_not_pick(world):
    tokens, features, units = world
    folds = deal_folds(row_hashes(tokens), units)
    elsewhere = ((folds + 1) % FOLDS).astype(np.int8)
    assert (Known.of(features, folds).support(features, elsewhere) == 1.0).all(), (
        "its own text lies in another fold"
    )
    strange = read_features(read_tokens(["ψψψψ ωωωω", ""]))
    assert Known.of(features, folds).support(strange, np.zeros(2, np.int8)).tolist() == [0.0, 1.0]


def test_a_sketch_keeps_inner_products_on_average(world):
    _, features, units = world
    frequencies = unit_frequencies(features, units)
    count = int(units.max()) + 1
    weighed = weigh(features, frequencies, count, own=False)
    dense = sketch(features, frequencies, count, own=False)
    assert dense.shape == (len(features), PROJECTION)
    difference = dense @ dense.T - (weighed @ weighed.T).toarray()
    # One inner product errs by about 1 / sqrt(PROJECTION); the mean over thousands of pairs does not.
    above = np.triu_indices(len(features), 1)
    assert np.abs(difference[above]).mean() < 2 / np.sqrt(PROJECTION)
    assert abs(difference[above].mean()) < 0.01


def test_no_rows():
    features = read_features(read_tokens([]))
    assert len(features) == 0
    frequencies = unit_frequencies(features, np.empty(0, np.int64))
    assert weigh(features, frequencies, 0, own=True).shape == (0, COLUMNS)
    none = np.empty(0, np.int8)
    assert len(Known.of(features, none).support(features, none)) == 0

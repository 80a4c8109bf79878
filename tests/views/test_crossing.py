"""Repeats of known rows, against looking at all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import near_copies, zipf_world

from holdfast.views.crossing import find_repeats, index_rows
from holdfast.views.near import find_pairs
from holdfast.views.tokens import read_tokens


def grams(text):
    text = " ".join(text.split()).ljust(5)
    return {text[i : i + 5] for i in range(len(text) - 4)}


def brute(known, new):
    said = [" ".join(text.split()) for text in known]
    sets = [grams(text) for text in known]
    found = []
    for text in new:
        own = " ".join(text.split())
        if own in said:
            found.append(said.index(own))
            continue
        mine = grams(text)
        alike = [i for i, other in enumerate(sets) if len(mine & other) >= 0.8 * len(mine | other) - 1e-12]
        found.append(alike[0] if alike else -1)
    return found


@given(
    st.lists(st.text("abc ", max_size=25), max_size=12), st.lists(st.text("abc ", max_size=25), max_size=12)
)
@settings(max_examples=200, deadline=None)
def test_repeats_are_those_that_all_pairs_show(known, new):
    assert find_repeats(index_rows(known), new).tolist() == brute(known, new)


def test_repeats_of_edited_sentences():
    rng = np.random.default_rng(0)
    rows = near_copies(zipf_world(0).rows(60, rng), 3, rng, changed=1)
    texts = list(rows.texts)
    known, new = texts[::2] + texts[:5], texts[1::2] + texts[:20] + ["", "x"]
    found = find_repeats(index_rows(known), new)
    assert found.tolist() == brute(known, new)
    assert (found >= 0).sum() > 30


@pytest.mark.parametrize("cuts", [[], [1], [0, 0, 40], [7, 8, 9, 60]])
def test_what_a_row_repeats_follows_from_itself(cuts):
    rng = np.random.default_rng(1)
    rows = near_copies(zipf_world(0).rows(40, rng), 2, rng, changed=1)
    index = index_rows(rows.texts[:60])
    whole = find_repeats(index, rows.texts)
    ends = [0, *cuts, len(rows.texts)]
    parts = [find_repeats(index, rows.texts[a:b]) for a, b in itertools.pairwise(ends)]
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_repeats_are_the_pairs_of_a_join_of_both():
    rng = np.random.default_rng(2)
    rows = near_copies(zipf_world(3, length=(6, 24)).rows(100, rng), 2, rng, changed=1)
    known, new = rows.texts[::3], rows.texts[1::3] + rows.texts[2::3]
    tokens = read_tokens(known), read_tokens(new)
    exact, near, _ = find_pairs(tokens)
    across = {int(b) - len(known) for a, b in near.tolist() if a < len(known) <= b}
    across |= {row for row, number in enumerate(exact[len(known) :]) if number in exact[: len(known)]}
    found = find_repeats(index_rows(tokens[0].folded), tokens[1].folded)
    assert set(np.flatnonzero(found >= 0).tolist()) == across

"""Near-duplicates against brute force."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import invent_words, near_copies, zipf_world

from holdfast.views.items import SHINGLES_READ, Items, shingles
from holdfast.views.joining import CROWD, join
from holdfast.views.near import (
    find_duplicates,
    find_pairs,
    group,
)
from holdfast.views.tokens import read_tokens


def grams(text):
    text = " ".join(text.split()).ljust(5)
    return {text[i : i + 5] for i in range(len(text) - 4)}


def jaccard(left, right):
    return len(left & right) / len(left | right) if left | right else 0.0


def pairs_of(found):
    return {(int(a), int(b)) for a, b in found}


def brute(sets, similarity):
    return {
        (i, j)
        for (i, a), (j, b) in combinations(enumerate(sets), 2)
        if a and b and jaccard(a, b) >= similarity - 1e-12
    }


def same_partition(left, right):
    def classes(groups):
        return {frozenset(np.flatnonzero(np.asarray(groups) == g).tolist()) for g in set(groups)}

    return classes(list(left)) == classes(list(right))


@given(st.lists(st.text("abc ", max_size=25), max_size=14), st.sampled_from([0.3, 0.5, 0.8, 0.95, 1.0]))
@settings(max_examples=200, deadline=None)
def test_the_join_of_texts_is_exact(texts, similarity):
    found = join(shingles(texts), similarity)
    assert pairs_of(found) == brute([grams(text) for text in texts], similarity)
    assert len(found) == len(pairs_of(found))


@given(st.lists(st.sets(st.integers(0, 30), max_size=20), max_size=16), st.sampled_from([0.2, 0.6, 0.8, 1.0]))
@settings(max_examples=200, deadline=None)
def test_the_join_of_sets_is_exact(sets, similarity):
    items = Items(
        starts=np.cumsum([0, *map(len, sets)]).astype(np.int64),
        values=np.array([v for s in sets for v in sorted(s)], np.uint64),
    )
    assert pairs_of(join(items, similarity)) == brute(sets, similarity)


def test_the_join_of_edited_sentences_is_exact():
    rng = np.random.default_rng(0)
    rows = near_copies(zipf_world(0).rows(60, rng), 3, rng, changed=1)
    assert pairs_of(join(shingles(rows.texts))) == brute([grams(text) for text in rows.texts], 0.8)


def test_shingles_are_distinct_and_ascending():
    items = shingles(["abcabcabcabc", "x", "", "a  b\nc d"])
    assert items.sizes.tolist() == [3, 1, 1, len(grams("a b c d"))]
    for row in range(len(items)):
        values = items.values[items.starts[row] : items.starts[row + 1]]
        assert (np.diff(values.astype(object)) > 0).all()
    assert shingles(["x" + "".join(map(str, range(3_000)))]).sizes.tolist() == [SHINGLES_READ]
    assert len(shingles([])) == 0


def test_long_records_are_compared_by_a_fair_sample():
    # 1,500 words of six letters; with a share c of words replaced, far above and far below a similarity of 0.8.
    rng = np.random.default_rng(6)
    words = np.array(invent_words(3_200, rng))
    for trial in range(20):
        original = rng.choice(words[:1_600], 1_500)
        for share, wanted in ((0.02, True), (0.06, None), (0.12, False)):
            other = original.copy()
            places = rng.choice(1_500, int(share * 1_500), replace=False)
            other[places] = rng.choice(words[1_600:], len(places))
            texts = [" ".join(original), " ".join(other)]
            exact = jaccard(*(grams(text) for text in texts))
            if wanted is None:
                assert 0.75 < exact < 0.9, trial
                continue
            assert exact >= 0.85 if wanted else exact <= 0.75, trial
            found = find_duplicates(read_tokens(texts)).near
            assert (found[0] == found[1]) == wanted


@pytest.mark.parametrize("changed", [1, 2])
def test_near_copies_of_long_rows_are_related(changed):
    rng = np.random.default_rng(1)
    originals = zipf_world(1, length=(20, 20)).rows(80, rng)
    rows = near_copies(originals, 4, rng, changed=changed)
    # Copies of one row differ in up to four words, yet each is close to the original in the middle.
    duplicates = find_duplicates(read_tokens(rows.texts))
    assert same_partition(duplicates.units, np.arange(len(rows)) // 5)
    assert same_partition(duplicates.exact, np.arange(len(rows)))


def test_three_of_twenty_changed_words_are_another_row():
    rng = np.random.default_rng(2)
    rows = near_copies(zipf_world(1, length=(20, 20)).rows(50, rng), 1, rng, changed=3)
    assert same_partition(find_duplicates(read_tokens(rows.texts)).units, np.arange(len(rows)))


def test_units_hold_near_duplicates_and_those_hold_equal_rows():
    rng = np.random.default_rng(3)
    rows = near_copies(zipf_world(2, length=(6, 24)).rows(120, rng), 2, rng, changed=1)
    texts = [*rows.texts, *rows.texts[:40], *(text.upper() + " " for text in rows.texts[40:60])]
    found = find_duplicates(read_tokens(texts))
    for fine, coarse in ((found.exact, found.near), (found.near, found.units)):
        assert len(set(zip(fine.tolist(), coarse.tolist(), strict=True))) == len(set(fine.tolist()))
    folded = [" ".join(text.lower().split()) for text in texts]
    assert same_partition(found.exact, [folded.index(text) for text in folded])


def test_white_space_and_case_do_not_matter():
    found = find_duplicates(read_tokens(["Hello  there\nyou", "hello there you", "hello there you!", "bye"]))
    assert found.exact.tolist() == [0, 0, 1, 2]


def test_short_rows_are_related_by_their_characters_only():
    found = find_duplicates(read_tokens(["a b c d e f g", "g f e d c b a"]))
    assert found.units.tolist() == [0, 1]


def test_the_same_words_in_another_order_are_related_from_eight_on():
    found = find_duplicates(
        read_tokens(
            ["one two three four five six seven eight"] * 1 + ["eight seven six five four three two one"]
        )
    )
    assert found.near.tolist() == [0, 1]
    assert found.units.tolist() == [0, 0]


@pytest.mark.parametrize("rows", [CROWD // 2, 3 * CROWD])
def test_a_crowd_of_near_copies_is_one_group(rows):
    sentence = "the quick brown fox jumps over the lazy dog and runs away into the deep dark forest"
    texts = [f"{sentence} {i:04d}" for i in range(rows)]
    found = find_duplicates(read_tokens([*texts, "something else entirely is said here by nobody at all"]))
    assert len(set(found.near[:rows].tolist())) == 1
    assert found.near[rows] != found.near[0]


def test_pairs_run_over_several_sets():
    sentence = "please tell me what the weather will be like tomorrow in the mountains"
    exact, near, related = find_pairs(
        [read_tokens(["nothing alike", sentence]), read_tokens([sentence.upper(), sentence + "!"])]
    )
    assert exact.tolist() == [0, 1, 1, 2]
    assert pairs_of(near) == {(1, 3)}
    assert pairs_of(related) <= {(1, 3)}


def test_components():
    groups = group(6, np.array([0, 1, 2, 3, 3, 4]), np.array([[0, 2], [2, 3]]), np.empty((0, 2), np.int64))
    assert same_partition(groups, [0, 1, 0, 0, 0, 2])


def test_nothing_to_group():
    assert len(find_duplicates(read_tokens([]))) == 0
    assert find_duplicates(read_tokens(["", ""])).exact.tolist() == [0, 0]
    assert find_duplicates(read_tokens(["one"])).units.tolist() == [0]

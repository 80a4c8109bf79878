"""Likeness: who judges whom, by small rows whose closeness is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from worlds import Labelled, invent_words, near_copies, sides, zipf_world

from holdfast.measures.worth.coverage import Bench, cover
from holdfast.views.closeness import read_likeness
from holdfast.views.likeness import FOLDS, LEVELS, by_content, deal_parts
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens, row_hashes

WORDS = invent_words(400, np.random.default_rng(0))


def row(start, count=14):
    return " ".join(WORDS[start : start + count])


def labelled(texts, strata=None):
    return Labelled(texts=tuple(texts), strata=tuple(strata or ["one"] * len(texts)))


def read(real, candidate, **options):
    both = sides(real, candidate, **options)
    return read_likeness(both, np.arange(len(real)))[0]


def unlabelled(real, candidate):
    return read(labelled(real), labelled(candidate), real_labels=False, candidate_labels=False)


FILLING = [row(200 + 14 * i) for i in range(6)]
OTHER = " ".join([*WORDS[:7], *WORDS[300:307]])  # half of row(0)


def test_a_judge_sees_neither_itself_nor_its_near_duplicates():
    near = row(0, 13) + " other"
    likeness = unlabelled([row(0), near, row(0), OTHER, *FILLING], FILLING)
    seen = likeness.pool.sum(axis=(1, 2))
    assert seen.tolist() == [7, 7, 7, *[9] * 7]
    # The closest that is left is the row that shares half.
    top = LEVELS - 1 - np.argmax(likeness.pool.sum(axis=1)[:, ::-1] > 0, axis=1)
    assert 40 < top[0] < 200
    assert top[0] == top[2]
    assert (top[4:] < 20).all(), "nothing is like these but by a clash of hashes"


def test_a_judge_sees_no_near_duplicate_on_the_other_side_either():
    near = row(0, 13) + " other"
    real = [row(0), *FILLING]
    alone = unlabelled(real, [OTHER, row(100)])
    for copies in ([row(0)], [near], [row(0).upper()], [row(0), near, near]):
        likeness = unlabelled(real, [*copies, OTHER, row(100)])
        assert likeness.source[0] == len(copies)
        assert likeness.best[0] == alone.best[0] > 40


def test_copies_of_a_judges_near_duplicate_are_hidden_from_both():
    near = row(0, 13) + " other"
    likeness = unlabelled([row(0), near, *FILLING], [near, OTHER])
    assert likeness.source[:2].tolist() == [1, 1]


def test_what_shares_more_is_closer_and_nothing_is_like_nothing():
    less = " ".join([*WORDS[:4], *WORDS[310:320]])
    likeness = unlabelled([row(0), *FILLING], [less, OTHER, row(100)])
    assert likeness.source[0] == 1
    assert likeness.best[0] > unlabelled([row(0), *FILLING], [less]).best[0] > 0
    assert likeness.source[1:].tolist() == [-1] * 6
    assert likeness.best[1:].tolist() == [0] * 6


def test_shuffled_words_are_like_nothing():
    backwards = [" ".join(reversed(text.split())) for text in [row(0), *FILLING]]
    likeness = unlabelled([row(0), *FILLING], backwards)
    assert likeness.best.tolist() == [0] * 7
    rng = np.random.default_rng(1)
    shuffled = [" ".join(rng.permutation(text.split())) for text in [row(0), *FILLING]]
    assert unlabelled([row(0), *FILLING], shuffled).best.mean() < 0.15 * LEVELS


def test_rows_of_another_label_count_nothing_where_both_sides_bring_labels():
    real = labelled([row(0), OTHER, *FILLING], ["a", "b", *["a"] * 6])
    candidate = labelled([OTHER + " more", row(100)], ["b", "a"])
    likeness = read(real, candidate)
    assert likeness.best[0] == 0
    assert likeness.pool[0].sum(axis=0)[1:].sum() == 0
    assert likeness.pool[0].sum() == 7, "it is there, and like nothing"
    same = read(real, Labelled(texts=candidate.texts, strata=("a", "a")))
    assert same.best[0] > 40


def test_labels_of_one_side_hide_nothing():
    real = labelled([row(0), OTHER, *FILLING], ["a", "b", *["a"] * 6])
    both = sides(real, labelled([OTHER + " more", row(100)]), candidate_labels=False)
    both = replace(both, origin="clusters")
    likeness, _ = read_likeness(both, np.arange(len(real)))
    assert likeness.best[0] > 40
    assert likeness.pool[0].sum(axis=0)[1:].sum() == 1


def test_a_judge_without_a_label_is_open_to_all():
    real = labelled([row(0), OTHER, *FILLING], ["a", "b", *["a"] * 6])
    both = sides(real, labelled([OTHER + " more", row(100)], ["b", "a"]))
    strata = both.anchor.strata.copy()
    strata[0] = -1
    likeness, _ = read_likeness(
        replace(both, anchor=replace(both.anchor, strata=strata)), np.arange(len(both.anchor))
    )
    assert likeness.best[0] > 40


@pytest.mark.parametrize("labels", [True, False])
def test_a_real_and_a_new_row_are_treated_alike(labels):
    # Half of a world's rows are real, the others new: both come as close to a judge, on average.
    differences = []
    for seed in range(9):
        rng = np.random.default_rng([seed, 3])
        world = zipf_world(seed, strata=3, exponent=0.0, words=8, length=(5, 8))
        world = replace(world, common=world.common[:20])
        rows = world.rows(600, rng)
        place = rng.permutation(600)
        both = sides(rows.at(place[:300]), rows.at(place[300:]), candidate_labels=labels, real_labels=labels)
        likeness, _ = read_likeness(both, np.arange(300))
        found = cover(likeness, [Bench(judges=np.arange(300))], 290)
        differences.append(found.score - found.curve.at(290))
    differences = np.array(differences)
    assert abs(differences.mean()) <= 3.5 * differences.std(ddof=1) / 3 + 1e-4


def test_a_row_is_as_close_whichever_side_it_stands_on():
    # 14 rows that share from two to twelve words with the judge, once among the real rows and once among the new.
    rng = np.random.default_rng(6)
    apart = zipf_world(3, length=(14, 14)).rows(300, rng).texts
    for shared in range(2, 13):
        other = " ".join([*WORDS[:shared], *WORDS[300 : 314 - shared]])
        real = unlabelled([row(0), other, *apart[:-1]], list(apart[:60]))
        new = unlabelled([row(0), *apart], [other, *apart[:60]])
        top = LEVELS - 1 - int(np.argmax(real.pool[0].sum(axis=0)[::-1] > 0))
        assert abs(top - int(new.best[0])) <= 1, shared


def test_neither_files_order_matters():
    rng = np.random.default_rng(4)
    world = zipf_world(0, strata=4, words=10, length=(5, 8))
    real, candidate = world.rows(200, rng), world.rows(150, rng)
    first, second = rng.permutation(200), rng.permutation(150)
    one, _ = read_likeness(sides(real, candidate), np.arange(200))
    other, _ = read_likeness(sides(real.at(first), candidate.at(second)), np.argsort(first))
    assert (one.best == other.best).all()
    assert (one.pool.sum(axis=1) == other.pool.sum(axis=1)).all()
    assert (one.pool == other.pool).all()
    assert (one.nearest == other.nearest).all()


def test_by_content_whatever_the_order_in_the_file():
    texts = zipf_world(1).rows(300, np.random.default_rng(5)).texts
    orders = []
    for seed in range(3):
        given = [texts[i] for i in np.random.default_rng(seed).permutation(300)]
        orders.append([given[i] for i in by_content(row_hashes(read_tokens(given)), 9)])
    assert orders[0] == orders[1] == orders[2]
    assert sorted(orders[0]) == sorted(texts)
    assert [texts[i] for i in by_content(row_hashes(read_tokens(texts)), 10)] != orders[0], (
        "another salt, another order"
    )


@pytest.mark.parametrize("copies", [0, 2, 5])
def test_parts_are_even_and_keep_units_whole(copies):
    rng = np.random.default_rng(copies)
    rows = near_copies(zipf_world(2, length=(20, 20)).rows(120, rng), copies, rng)
    tokens = read_tokens(rows.texts)
    units = find_duplicates(tokens).units
    parts = deal_parts(row_hashes(tokens), units)
    assert all(len(set(parts[units == unit].tolist())) == 1 for unit in np.unique(units))
    sizes = np.bincount(parts, minlength=FOLDS)
    assert len(sizes) == FOLDS
    assert sizes.max() - sizes.min() <= 2 * np.bincount(units).max()
    order = rng.permutation(len(rows))
    again = deal_parts(row_hashes(read_tokens([rows.texts[i] for i in order])), units[order])
    assert (again == parts[order]).all()


def test_few_rows_and_none_are_dealt_too():
    assert deal_parts(row_hashes(read_tokens([])), np.empty(0, np.int64)).tolist() == []
    tokens = read_tokens(["one", "two", "three"])
    parts = deal_parts(row_hashes(tokens), np.arange(3))
    assert len(set(parts.tolist())) == 3
    assert len(set(deal_parts(row_hashes(tokens), np.zeros(3, np.int64)).tolist())) == 1

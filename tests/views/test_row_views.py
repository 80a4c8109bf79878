"""Views that read row by row: kernels give what plain numpy gives, a row is read alike beside any other, and oracles written out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from worlds import Labelled, sides, zipf_world

from holdfast.kernels import VARIABLE, WORTH_IT, compiled
from holdfast.measures.examples import text_sides
from holdfast.views import label_learner
from holdfast.views.features import narrow, unit_frequencies, weigh
from holdfast.views.language import LANGUAGE
from holdfast.views.likeness import FOLDS, deal_parts
from holdfast.views.margins import MARGINS
from holdfast.views.rare_words import RARE_WORDS, rarest
from holdfast.views.reading import block_of, read_view
from holdfast.views.real_rows import real_block
from holdfast.views.surprisal import SURPRISAL
from holdfast.views.view import merge

HOSTILE = [
    "",
    " ",
    "one",
    "中文字 かな",
    "the the the the",
    "naïve ' 3.14",
    "wörter aus ganz anderen sprachen",
    "слова",
]
VIEWS = [SURPRISAL, LANGUAGE, RARE_WORDS, MARGINS]


def world(rows=160, labels=5):
    """Two labelled sides with copies, rows without words or label, one very long row, and other scripts."""
    rng = np.random.default_rng(3)
    drawn = zipf_world(4, strata=labels, words=30, length=(3, 12))
    real, new = drawn.rows(rows, rng), drawn.rows(rows, rng)
    texts = (*new.texts, *real.texts[:20], *HOSTILE, " ".join(real.texts[:60]))
    strata = (*new.strata, *real.strata[:20], *([None, new.strata[0], "of its own"] * 3))
    return real, Labelled(texts=texts, strata=strata)


def test_kernels_give_what_numpy_gives(monkeypatch):
    if not compiled(WORTH_IT):
        pytest.skip("needs numba")
    found = {}
    for said in ("0", "1"):
        monkeypatch.setenv(VARIABLE, said)
        both = sides(*world())
        found[said] = {view.name: read_view(both, view) for view in VIEWS}
        blocks = [block_of(both, start, min(start + 37, len(both.candidate))) for start in range(0, 189, 37)]
        for view in VIEWS:
            viewed = found[said][view.name]
            parts = merge(view.merges, [view.read(viewed.model, block) for block in blocks])
            for name, column in viewed.candidate.items():
                assert np.array_equal(parts[name], column), (view.name, name)
    for name, plain in found["0"].items():
        for one, other in (
            (plain.real, found["1"][name].real),
            (plain.candidate, found["1"][name].candidate),
        ):
            for column in one:
                assert one[column].tobytes() == other[column].tobytes(), (name, column)


def margins_by_hand(both):
    """One judge after the other, taught by `label_learner` from the rows of nine tenths."""
    anchor, candidate = both.anchor, both.candidate
    frequencies = unit_frequencies(anchor.features, anchor.duplicates.units)
    own, new = narrow(
        weigh(anchor.features, frequencies, anchor.units, own=True),
        weigh(candidate.features, frequencies, anchor.units, own=False),
    )
    parts = deal_parts(anchor.keys, anchor.duplicates.units)
    others = deal_parts(candidate.keys, candidate.duplicates.units)
    found = np.zeros(len(anchor)), np.zeros(len(candidate))
    groups = anchor.duplicates.near
    weights = (anchor.strata >= 0) / np.bincount(groups)[groups]
    for part in range(FOLDS):
        sums = label_learner.train(
            own, anchor.strata, len(both.labels), np.where(parts != part, weights, 0.0)
        )
        for margins, rows, mine, strata in (
            (found[0], own, parts == part, anchor.strata),
            (found[1], new, others == part, candidate.strata),
        ):
            at = np.flatnonzero(mine)
            margins[at] = label_learner.margins(sums, rows[at], np.maximum(strata[at], 0))
    return found


@pytest.mark.parametrize("labels", [2, 5])
def test_margins_against_judges_taught_one_by_one(labels):
    both = sides(*world(labels=labels))
    viewed = read_view(both, MARGINS)
    for found, expected in zip(
        (viewed.real["margin"], viewed.candidate["margin"]), margins_by_hand(both), strict=True
    ):
        assert np.allclose(found, expected, rtol=1e-11, atol=1e-11)


def test_rare_words_by_hand():
    both = sides(*world())
    viewed = read_view(both, RARE_WORDS)
    folds = real_block(both, 0, len(both.anchor)).folds
    words = [text.split() for text in both.anchor.tokens.folded]
    left_out = block_of(both, 0, len(both.candidate)).folds
    for facts, texts, own in (
        (viewed.real, words, folds),
        (viewed.candidate, [text.split() for text in both.candidate.tokens.folded], left_out),
    ):
        for fold in range(5):
            counts = Counter(
                word for row, other in zip(words, folds, strict=True) if other != fold for word in row
            )
            names = list(counts)
            rare = {
                name
                for name, flag in zip(names, rarest(np.array(list(counts.values()))), strict=True)
                if flag
            }
            for row in np.flatnonzero(own == fold).tolist():
                if row < 180:  # what follows is cut into words otherwise than by spaces
                    assert facts["rare"][row] == sum(word in rare for word in texts[row])
                    assert facts["words"][row] == len(texts[row])


def test_an_anchor_of_other_letters_is_no_obstacle():
    both = text_sides(real=[f"word {i}" for i in range(40)], candidate=["слово", "!", "我", "word 7", ""])
    for view in (SURPRISAL, LANGUAGE, RARE_WORDS):
        assert all(np.isfinite(column).all() for column in read_view(both, view).candidate.values())
    assert read_view(both, LANGUAGE).candidate["foreign"].tolist() == [True, False, False, False, False]


@pytest.mark.parametrize("view", [SURPRISAL, LANGUAGE, RARE_WORDS], ids=lambda view: view.name)
@pytest.mark.parametrize("sizes", [(3, 0), (1, 1), (1, 2)])
def test_sides_of_hardly_any_rows(view, sizes):
    real, candidate = (["a few words"] * size for size in sizes)
    viewed = read_view(text_sides(real=real, candidate=candidate), view)
    for facts, size in ((viewed.real, sizes[0]), (viewed.candidate, sizes[1])):
        assert all(len(column) == size for column in facts.values())

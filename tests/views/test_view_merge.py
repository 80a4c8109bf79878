"""Every view reads blocks: however a set is cut, what was read of its parts is what the whole gives, to the bit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from worlds import Labelled, sides, zipf_world

from holdfast.views.closeness import Closeness
from holdfast.views.damage import DAMAGE
from holdfast.views.formats import FORMAT_FLAGS
from holdfast.views.label_lessons import LabelLessons
from holdfast.views.language import LANGUAGE
from holdfast.views.margins import MARGINS
from holdfast.views.rare_words import RARE_WORDS
from holdfast.views.reading import block_of
from holdfast.views.surprisal import SURPRISAL, SURPRISAL_OF_LONG_ROWS
from holdfast.views.view import DEALT, merge
from holdfast.views.word_lessons import WordLessons

VIEWS = [
    Closeness(salt=3),
    WordLessons(entropy=(0, 1)),
    LabelLessons(salt=3),
    SURPRISAL,
    SURPRISAL_OF_LONG_ROWS,
    LANGUAGE,
    RARE_WORDS,
    MARGINS,
    DAMAGE,
    FORMAT_FLAGS,
]
HOSTILE = [
    "",
    " ",
    "one",
    "中文字 かな",
    "the the the the",
    "e\u0301 naïve ' 3.14",
    "same row here",
    "same row here",
]


@pytest.fixture(scope="module")
def both():
    """Labels, copies of the anchor, near-copies, rows without words, a long row and rows without a label."""
    rng = np.random.default_rng(5)
    world = zipf_world(2, strata=5, words=30, length=(3, 12))
    real, new = world.rows(260, rng), world.rows(170, rng)
    texts = [
        *new.texts,
        *real.texts[:30],
        *HOSTILE,
        " ".join(real.texts[:90]),
        *[new.texts[0] + " more"] * 20,
    ]
    strata = [*new.strata, *real.strata[:30], *(new.strata[i] for i in range(len(HOSTILE) + 21))]
    found = sides(real, Labelled(texts=tuple(texts), strata=tuple(strata)))
    labels = found.candidate.strata.copy()
    labels[::17] = -1
    return replace(found, candidate=replace(found.candidate, strata=labels))


def cuts(count, rng):
    """The whole, single rows at both ends, and cuts at random; empty blocks among them."""
    yield [0, 0, 1, count - 1, count]
    yield list(range(0, count + 1, 1))
    for _ in range(3):
        yield [0, *np.sort(rng.integers(0, count + 1, 6)).tolist(), count]


def same(one, other):
    assert one.keys() == other.keys()
    for name, column in one.items():
        assert column.dtype == other[name].dtype, name
        assert column.shape == other[name].shape, name
        assert column.tobytes() == other[name].tobytes(), name


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_what_parts_give_is_what_the_whole_gives(both, view):
    model, count = view.learn(both).model, len(both.candidate)
    whole = view.read(model, block_of(both, 0, count))
    assert whole.keys() == view.merges.keys()
    for ends in cuts(count, np.random.default_rng(7)):
        blocks = [block_of(both, start, stop) for start, stop in pairwise(ends)]
        same(merge(view.merges, [view.read(model, block) for block in blocks]), whole)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_set_without_rows_is_read(both, view):
    facts = view.read(view.learn(both).model, block_of(both, 0, 0))
    assert facts.keys() == view.merges.keys()


def shuffled(rng, name, column):
    """A column with other values of the kind it holds."""
    return rng.permutation(column) if name != "limits" else np.ones_like(column)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_reads_no_more_than_it_says(both, view):
    """Columns that it does not declare may hold anything: facts that are kept do not depend on them."""
    rng = np.random.default_rng(11)
    model, count = view.learn(both).model, len(both.candidate)
    block = block_of(both, 0, count)
    others = {name: shuffled(rng, name, getattr(block, name)) for name in DEALT if name not in view.uses}
    if "first" not in view.uses:
        others["first"] = 1_000
    same(view.read(model, replace(block, **others)), view.read(model, block))
    assert set(view.uses) <= {*DEALT, "first"}

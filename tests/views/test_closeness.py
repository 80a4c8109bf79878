"""Closeness held against every row beside every judge."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from worlds import Labelled, sides, zipf_world

from holdfast.kernels import VARIABLE
from holdfast.views.closeness import Closeness, likeness_of, read_likeness
from holdfast.views.likeness import FOLDS, JUDGES, LEVELS, by_content, deal_parts
from holdfast.views.reading import read_view
from holdfast.views.representation import represent


@contextmanager
def kernels(said):
    """Turn kernels on or off."""
    before = os.environ.get(VARIABLE, "")
    os.environ[VARIABLE] = said
    try:
        yield
    finally:
        os.environ[VARIABLE] = before


def by_table(both, judges):
    """The same from one table of all rows and all judges."""
    pairs, anchor, candidate = represent(both, judges), both.anchor, both.candidate
    groups, labels = anchor.duplicates.related, anchor.strata[judges]

    def levels(closeness, strata, hidden):
        found = np.clip(closeness * LEVELS, 0, LEVELS - 1).astype(np.int64)
        if both.origin == "column":
            found[(strata[:, None] != labels[None, :]) & (labels >= 0)[None, :]] = 0
        return found, hidden[:, None] == groups[judges][None, :]

    level, own = levels(pairs.real(np.arange(len(anchor))), anchor.strata, groups)
    folds = deal_parts(anchor.keys, anchor.duplicates.units)
    pool = np.zeros((len(judges), FOLDS, LEVELS), np.int32)
    for row, judge in zip(*np.nonzero(~own), strict=True):
        pool[judge, folds[row], level[row, judge]] += 1
    hidden = np.where(both.copied >= 0, groups[both.copied], -1)
    level, own = levels(pairs.new(np.arange(len(candidate))), candidate.strata, hidden)
    level[own] = 0
    parts = deal_parts(candidate.keys, candidate.duplicates.units)
    order = np.argsort(parts, kind="stable")
    nearest = np.array([level[parts == part].max(axis=0, initial=0) for part in range(FOLDS)]).T
    first = order[level[order].argmax(axis=0)]
    return pool, nearest, np.where(level.max(axis=0) > 0, first, -1)


@pytest.mark.parametrize("said", ["0", "1"])
@pytest.mark.parametrize("labelled", [True, False])
def test_the_same_as_from_a_table_of_all_pairs(said, labelled):
    rng = np.random.default_rng(1)
    world = zipf_world(3, strata=4, words=12, length=(3, 9))
    world = replace(world, common=world.common[:15])
    real, new = world.rows(240, rng), world.rows(150, rng)
    texts = (*new.texts, *real.texts[:25], "", "one", " ".join(real.texts[:40]))
    candidate = Labelled(texts=texts, strata=(*new.strata, *real.strata[:25], *new.strata[:3]))
    both = sides(real, candidate, real_labels=labelled, candidate_labels=labelled)
    if labelled:
        strata = both.anchor.strata.copy()
        strata[::9] = -1  # a judge without a label is open to all
        both = replace(both, anchor=replace(both.anchor, strata=strata))
    judges = np.sort(rng.permutation(len(real))[:170])
    with kernels(said):
        found, _ = read_likeness(both, judges)
    pool, nearest, source = by_table(both, judges)
    assert (found.pool == pool).all()
    assert (found.nearest == nearest).all()
    assert (found.source == source).all()
    assert found.best.max() > 60, "something is close"


def test_the_view_gives_what_chosen_judges_give():
    rng = np.random.default_rng(2)
    world = zipf_world(4, strata=3, length=(4, 9))
    both = sides(world.rows(200, rng), world.rows(90, rng))
    viewed = read_view(both, Closeness(salt=11))
    seen = likeness_of(viewed.real, viewed.candidate)
    asked, _ = read_likeness(both, by_content(both.anchor.keys, 11)[:JUDGES])
    for name in ("judges", "folds", "pool", "nearest", "source"):
        assert (getattr(seen, name) == getattr(asked, name)).all(), name

"""Winners of a set in which a few rows changed: what is kept of its blocks, and what is read again, say what reading all of it says."""

import numpy as np
import pytest

from holdfast.backends.store import Key, Store
from holdfast.views.streaming.contests import Contest, read_winners
from holdfast.views.streaming.gathering import Gathered
from holdfast.views.winners import levels_of, numbered, rows_of, winners, without

JUDGES, PARTS, BLOCK, BLOCKS = 30, 4, 50, 8
MERGES = {"closest": "winners"}


def read(levels, first, by):
    """Winners of some rows by place: the reference, one row after the other."""

    def found(rows, columns):
        places = np.arange(len(by["parts"])) if rows is None else rows
        closest = np.zeros((JUDGES, PARTS), np.int64)
        for place, (row, part) in enumerate(zip(places.tolist(), columns["parts"].tolist(), strict=True)):
            number = place + (first if rows is None else 0)
            won = winners(levels[:, first + row], np.full(JUDGES, number))
            closest[:, part] = np.maximum(closest[:, part], won)
        return {"closest": closest}

    return found


def whole(levels, parts):
    """Winners of the whole set."""
    found = Gathered(MERGES)
    found.add(read(levels, 0, {"parts": parts})(None, {"parts": parts}))
    return found.total()["closest"]


@pytest.mark.parametrize("seed", range(12))
def test_a_few_rows_that_changed(seed, tmp_path):
    rng = np.random.default_rng(seed)
    # Few levels: ties are everywhere, and rows of low numbers win many places.
    levels, parts = rng.integers(0, 6, (JUDGES, BLOCKS * BLOCK)), rng.integers(0, PARTS, BLOCKS * BLOCK)
    store = Store(tmp_path, bound=10**8)
    contested = 0
    for turn in range(3):
        gathered, contest, doubted = Gathered(MERGES), Contest(), 0
        for block in range(BLOCKS):
            first = block * BLOCK
            by = {"parts": parts[first : first + BLOCK]}
            key = Key(kind="test", version=1, parts=(str(block),))
            facts = dict(read_winners(store, key, by, MERGES, read(levels, first, by), first))
            left = {name[1:]: facts.pop(name) for name in list(facts) if name[0] == "?"}
            doubted += bool(left)
            gathered.add(facts)
            if left:
                contest.add(block, left)
        assert turn != 0 or not doubted
        for block, open_to in list(contest.settle(gathered)):
            contested += 1
            first = block * BLOCK
            by = {"parts": parts[first : first + BLOCK]}
            rows = np.flatnonzero(np.isin(by["parts"], open_to))
            won = read(levels, first, by)(rows, {"parts": by["parts"][rows]})["closest"]
            gathered.add({"closest": numbered(won, first + rows)})
        assert np.array_equal(gathered.total()["closest"], whole(levels, parts))
        # Rows that win most places move to another part.
        often = np.bincount(rows_of(gathered.total()["closest"]).ravel() + 1)[1:].argsort()[::-1][:3]
        parts = parts.copy()
        parts[often] = (parts[often] + 1) % PARTS
    assert contested


def test_winners_say_who_they_are():
    levels, rows = np.array([0, 3, 255]), np.array([5, 0, (1 << 48) - 1])
    won = winners(levels, rows)
    assert levels_of(won).tolist() == [0, 3, 255]
    assert rows_of(won).tolist() == [-1, 0, (1 << 48) - 1]
    assert winners(np.array([3]), np.array([1]))[0] > winners(np.array([3]), np.array([2]))[0]
    assert without(won, rows[1:2]).tolist() == [0, 0, won[2]]

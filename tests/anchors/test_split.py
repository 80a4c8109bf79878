"""The split: by content alone, near-duplicates together."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
from scipy.stats import binom
from worlds import near_copies, zipf_world

from holdfast.anchors.split import LEAST_PART, LEAST_REFERENCE, PARTS, split
from holdfast.errors import InputError
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens


def hashes_of(texts):
    return ["sha256:" + hashlib.sha256(text.encode()).hexdigest() for text in texts]


def units_of(texts):
    return find_duplicates(read_tokens(texts)).units


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    world = zipf_world(0, length=(20, 20))
    return list((near_copies(world.rows(150, rng), 1, rng, changed=1) + world.rows(400, rng)).texts)


def parts_of(texts, units=None, **shares):
    shares = {"gold": 0.1, "holdout": 0.1} | shares
    return split(hashes_of(texts), units_of(texts) if units is None else units, **shares)


def test_old_rows_keep_their_part_when_rows_are_added(texts):
    before = parts_of(texts[:500])
    after = parts_of(texts)
    units = units_of(texts)
    joined = set(units[500:].tolist())
    kept = np.array([unit not in joined for unit in units[:500]])
    assert kept.sum() > 400
    np.testing.assert_array_equal(after[:500][kept], before[kept])


def test_the_split_is_blind_to_order(texts):
    order = np.random.default_rng(1).permutation(len(texts))
    np.testing.assert_array_equal(parts_of([texts[i] for i in order]), parts_of(texts)[order])


def test_near_duplicates_lie_in_one_part(texts):
    part, units = parts_of(texts), units_of(texts)
    assert np.bincount(units).max() == 2
    for unit in range(units.max() + 1):
        assert len(set(part[units == unit].tolist())) == 1


def test_one_near_duplicate_more_moves_its_own_group_only(texts):
    words = texts[320].split()
    added = " ".join([*words[:-1], "changed"])
    before, after = parts_of(texts), parts_of([*texts, added])
    units = units_of([*texts, added])
    assert units[-1] == units[320]
    others = units[:-1] != units[320]
    np.testing.assert_array_equal(after[:-1][others], before[others])
    assert after[-1] == after[320]


@pytest.mark.parametrize(("gold", "holdout"), [(0.1, 0.1), (0.3, 0.05), (0.0, 0.2), (0.2, 0.0)])
def test_shares_are_as_declared(gold, holdout):
    texts = [f"row {i}" for i in range(6_000)]
    part = parts_of(texts, np.arange(6_000), gold=gold, holdout=holdout)
    sizes = np.bincount(part, minlength=3)
    for size, share in zip(sizes, (1 - gold - holdout, gold, holdout), strict=True):
        assert binom.ppf(1e-4, 6_000, share) <= size <= binom.ppf(1 - 1e-4, 6_000, share)


def test_groups_are_as_likely_as_single_rows_to_lie_anywhere():
    # The leader is the smallest hash of its group, and must not lean to the holdout for it.
    units = np.arange(20_000) // 10
    part = parts_of([f"row {i}" for i in range(20_000)], units)
    holdout = int((part[::10] == PARTS.index("holdout")).sum())
    assert binom.ppf(1e-4, 2_000, 0.1) <= holdout <= binom.ppf(1 - 1e-4, 2_000, 0.1)


@pytest.mark.parametrize(
    ("rows", "gold", "holdout", "part", "least"),
    [
        (60, 0.0, 0.0, "reference", LEAST_REFERENCE),
        (150, 0.05, 0.0, "gold", LEAST_PART),
        (150, 0.0, 0.05, "holdout", LEAST_PART),
    ],
)
def test_too_few_rows_are_refused_with_numbers(rows, gold, holdout, part, least):
    texts = [f"row {i}" for i in range(rows)]
    with pytest.raises(InputError) as error:
        parts_of(texts, np.arange(rows), gold=gold, holdout=holdout)
    message = str(error.value)
    assert f"{rows} real rows" in message
    assert f"{least} are needed" in message
    assert part in message
    wanted = int(re.search(r"about (\d+) rows", message)[1])
    assert wanted > rows
    enough = [f"other row {i}" for i in range(wanted)]
    parts_of(enough, np.arange(wanted), gold=gold, holdout=holdout)

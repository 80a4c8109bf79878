"""Deficits against scipy's exact distributions, and what each of the three statistics sees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact, hypergeom

from holdfast.stats.deficit import (
    Rarity,
    Spread,
    binomial_p_values,
    deficit_statistics,
    lost_share,
    stratum_p_values,
)

COUNTS = [(0, 0), (0, 4), (7, 0), (10, 2), (2, 10), (50, 50), (120, 118), (3, 3)]


@pytest.mark.parametrize("spare", [(0, 0), (17, 5), (1_000, 2_000)])
def test_a_stratum_that_is_thinner_has_fishers_p_value(spare):
    anchor, candidate = np.array(COUNTS).T
    totals = int(anchor.sum()) + spare[0], int(candidate.sum()) + spare[1]
    found = stratum_p_values(anchor, candidate, *totals)
    wanted = hypergeom.cdf(candidate, sum(totals), anchor + candidate, totals[1])
    np.testing.assert_allclose(found, np.minimum(wanted, 1.0), rtol=1e-9)
    for index, (real, mine) in enumerate(COUNTS):
        table = [[mine, totals[1] - mine], [real, totals[0] - real]]
        assert found[index] == pytest.approx(fisher_exact(table, alternative="less").pvalue, rel=1e-6)


def test_a_stratum_is_no_more_than_a_side_can_hold():
    # All of the anchor's rows lie in the stratum: fewer candidate rows than these cannot happen.
    assert stratum_p_values(np.array([5]), np.array([0]), 5, 10)[0] == pytest.approx(
        hypergeom.cdf(0, 15, 5, 10)
    )
    assert stratum_p_values(np.array([5]), np.array([10]), 5, 10)[0] == 1.0
    assert stratum_p_values(np.array([0]), np.array([0]), 5, 10)[0] == 1.0


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6).filter(
        lambda pairs: all(sum(side) > 0 for side in zip(*pairs, strict=True))
    )
)
@settings(max_examples=60, deadline=None)
def test_fishers_p_value_for_any_counts(pairs):
    anchor, candidate = np.array(pairs).T
    found = stratum_p_values(anchor, candidate, int(anchor.sum()), int(candidate.sum()))
    wanted = hypergeom.cdf(candidate, anchor.sum() + candidate.sum(), anchor + candidate, candidate.sum())
    np.testing.assert_allclose(found, np.minimum(wanted, 1.0), rtol=1e-8, atol=1e-12)
    assert ((found > 0) & (found <= 1)).all()


@pytest.mark.parametrize("total", [1, 40, 5_000])
def test_a_declared_share_has_the_binomial_p_value(total):
    share = np.array([0.0, 1e-6, 0.01, 0.3, 1.0])
    found = np.array([0, 0, min(1, total), total // 4, total])
    np.testing.assert_allclose(
        binomial_p_values(found, share, total), binom.cdf(found, total, share), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("weights", "tail"),
    [
        ([4.0, 1.0, 4.0, 9.0], [True, True, True, False]),
        ([50.0, 30.0, 15.0, 5.0], [False, True, True, True]),
        ([60.0, 1.0, 1.0, 38.0], [False, True, True, True]),
        ([1.0, 99.0], [True, False]),
        ([7.0], [True]),
        ([4.0] * 4, [True, True, False, False]),
        ([0.0, 4.0, 1.0, 4.0, 9.0], [..., True, True, True, False]),
    ],
)
def test_the_rare_half_is_half_of_the_mass(weights, tail):
    rarity = Rarity.of(np.array(weights))
    # Whether a stratum without rows belongs to it is all the same: nothing can be missing from it.
    assert [
        found if wanted is not ... else ... for found, wanted in zip(rarity.tail, tail, strict=True)
    ] == tail
    assert rarity.share.sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(np.sort(rarity.order), np.arange(len(weights)))
    assert (np.diff(np.array(weights)[rarity.order]) >= 0).all()


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any))
@settings(max_examples=100, deadline=None)
def test_the_rare_half_is_a_prefix_near_half_of_the_mass(weights):
    rarity = Rarity.of(np.array(weights, float))
    inside = rarity.tail[rarity.order]
    count = int(inside.sum())
    assert count >= 1
    assert inside[:count].all()
    mass = np.cumsum(rarity.share[rarity.order])
    # Half a stratum more or less than one half; the rarest one always.
    half = rarity.share[rarity.order] / 2
    assert count == 1 or mass[count - 1] - half[count - 1] <= 0.5 + 1e-12
    assert count == len(weights) or mass[count] - half[count] > 0.5 - 1e-12


def test_strata_without_an_expected_row_make_up_for_nothing():
    weights = np.array([10.0, 20.0, 70.0, 0.0, 3.0])
    rarity = Rarity.of(weights)
    spread = Spread(stratum=np.full(5, 2.0), prefix=np.full(5, 2.0))
    expected, counts = np.array([10.0, 20.0, 70.0, 0.0, 0.0]), np.array([0.0, 20.0, 70.0, 5.0, 5.0])
    np.testing.assert_allclose(deficit_statistics(expected, counts, rarity, spread), [25 ** (1 / 3), 5, 5])
    assert lost_share(expected, counts, np.ones(5, bool)) == pytest.approx(0.1)
    nothing = np.zeros(5)
    assert deficit_statistics(nothing, counts, rarity, spread).tolist() == [0.0, 0.0, 0.0]
    assert lost_share(nothing, counts, rarity.tail) == 0.0


def test_the_statistics_by_hand():
    rarity = Rarity.of(np.array([10.0, 20.0, 70.0]))
    spread = Spread(stratum=np.array([2.0, 4.0, 5.0]), prefix=np.array([2.0, 3.0, 0.5]))
    expected, counts = np.array([10.0, 20.0, 70.0]), np.array([4.0, 25.0, 71.0])
    tail, largest, scan = deficit_statistics(expected, counts, rarity, spread)
    # Missing 6, -5, -1; strata 0 and 1 are the rarer half.
    assert tail == pytest.approx((36 / 4) ** (1 / 3))
    assert largest == pytest.approx(6 / 2)
    assert scan == pytest.approx(max(6 / 2, 1 / 3, 0.0))


def test_the_spread_is_that_of_the_draws():
    rarity = Rarity.of(np.array([3.0, 1.0, 2.0]))
    expected = np.array([[5.0, 5.0, 5.0], [5.0, 5.0, 5.0]])
    counts = np.array([[4.0, 5.0, 6.0], [6.0, 5.0, 4.0]])
    spread = Spread.of(expected, counts, rarity)
    np.testing.assert_allclose(spread.stratum, np.sqrt([1.5, 0.5, 1.5]))
    # In order of rarity: stratum 1, then 2, then 0.
    np.testing.assert_allclose(spread.prefix, np.sqrt([0.5, 1.5, 0.5]))


def test_a_surplus_is_no_deficit():
    rarity = Rarity.of(np.array([10.0, 90.0]))
    spread = Spread(stratum=np.ones(2), prefix=np.ones(2))
    tail, largest, scan = deficit_statistics(np.array([10.0, 90.0]), np.array([30.0, 70.0]), rarity, spread)
    assert tail == 0.0
    assert largest > 0.0  # the head gave its rows away
    assert scan <= 0.0
    assert lost_share(np.array([10.0]), np.array([30.0]), np.array([True])) == 0.0


def test_statistics_read_draws_one_by_one():
    rng = np.random.default_rng(0)
    weights = rng.integers(1, 40, 7).astype(float)
    draws = rng.multinomial(200, weights / weights.sum(), size=5).astype(float)
    expected = np.broadcast_to(weights / weights.sum() * 200, draws.shape)
    spread = Spread.of(expected, draws, Rarity.of(weights))
    together = deficit_statistics(expected, draws, Rarity.of(weights), spread)
    for index, draw in enumerate(draws):
        np.testing.assert_allclose(
            together[index], deficit_statistics(expected[index], draw, Rarity.of(weights), spread)
        )
    assert np.isfinite(together).all()
    assert together.shape == (5, 3)


@pytest.mark.parametrize(
    ("lost", "sharpest"),
    [(slice(0, 20), 0), (slice(19, 20), 1), (slice(0, 33), 2)],
    ids=["thinned tail", "one stratum gone", "prefix thinned"],
)
def test_each_statistic_has_a_loss_it_sees_best(lost, sharpest):
    rng = np.random.default_rng(1)
    weights = np.arange(1.0, 41.0)
    share = weights / weights.sum()
    rarity = Rarity.of(weights)
    expected = share * 2_000

    def drawn(shares, number):
        return rng.multinomial(2_000, shares / shares.sum(), size=number).astype(float)

    draws = drawn(share, 2_000)
    spread = Spread.of(np.broadcast_to(expected, draws.shape), draws, rarity)
    null = deficit_statistics(expected, draws, rarity, spread)
    thinned = share.copy()
    if sharpest == 0:  # every second rare stratum, so that a prefix sees only half of it
        thinned[0:20:2] *= 0.3
        thinned[1:20:2] *= 1.7
    else:
        thinned[lost] *= 0.0 if sharpest == 1 else 0.82
    found = deficit_statistics(expected, drawn(thinned, 400), rarity, spread)
    shift = (found.mean(axis=0) - null.mean(axis=0)) / null.std(axis=0)
    assert int(np.argmax(shift)) == sharpest
    assert shift[sharpest] > 3

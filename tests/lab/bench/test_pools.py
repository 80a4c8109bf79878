import numpy as np
import pytest

from holdfast.errors import UsageError
from holdfast.lab.bench.corpus import group_rows
from holdfast.lab.bench.pools import deal_pools, draw, feasible


def parts(pools):
    return {
        name: {row.id for row in getattr(pools, name)} for name in ("anchor", "source", "reserve", "test")
    }


@pytest.mark.parametrize("exponent", [0.5, 1.0, None])
@pytest.mark.parametrize("labelled", [True, False])
def test_pools_are_disjoint_and_as_large_as_asked(corpus, exponent, labelled):
    source = corpus if labelled else corpus.unlabelled()
    pools = deal_pools(source, size=120, anchor=150, exponent=exponent, rng=np.random.default_rng(0))
    ids = parts(pools)
    assert sum(map(len, ids.values())) == len(set().union(*ids.values()))
    assert (len(pools.anchor), len(pools.source)) == (150, 120)
    assert sum(pools.shares.values()) == pytest.approx(1)
    assert pools.labelled == labelled
    assert len(pools.rare) == (5 if labelled else 0)


def test_the_tail_is_the_one_asked_for(corpus):
    pools = deal_pools(corpus, size=120, exponent=1.0, rng=np.random.default_rng(0))
    shares = np.sort(pools.weights)[::-1]
    assert shares == pytest.approx(1 / np.arange(1, 16) / (1 / np.arange(1, 16)).sum())
    assert set(pools.rare) == set(sorted(pools.shares, key=pools.shares.get)[:5])


def test_both_sides_are_exchangeable_and_label_counts_vary(corpus):
    # Chi-squared of anchor against source has k - 1 degrees of freedom only if both vary as a multinomial does.
    found, counts = [], []
    for seed in range(100):
        pools = deal_pools(corpus, size=120, rng=np.random.default_rng([5, seed]))
        place = {stratum: at for at, stratum in enumerate(pools.strata)}
        a, b = (
            np.bincount([place[row.stratum] for row in side], minlength=15)
            for side in (pools.anchor, pools.source)
        )
        found.append((((a - b) ** 2) / np.maximum(a + b, 1)).sum())
        counts.append([a[np.argmax(pools.weights)], b[np.argmax(pools.weights)]])
    assert np.mean(found) == pytest.approx(14, abs=4 * np.sqrt(28 / 100))
    first, second = np.array(counts).T
    share = 1 / (np.arange(1, 16) ** -0.5).sum()
    for side in (first, second):
        assert side.mean() == pytest.approx(120 * share, abs=4 * np.sqrt(120 * share / 100))
        assert side.var() == pytest.approx(120 * share * (1 - share), rel=0.5)


def test_too_large_a_size_names_one_that_fits(corpus):
    with pytest.raises(UsageError) as caught:
        deal_pools(corpus, size=5_000, rng=np.random.default_rng(0))
    fits = int(caught.value.do.split("at most ")[1].split(",")[0])
    assert deal_pools(corpus, size=fits, rng=np.random.default_rng(0)).size == fits
    with pytest.raises(UsageError):
        deal_pools(corpus, size=fits + 1, rng=np.random.default_rng(0))
    with pytest.raises(UsageError, match="rows"):
        deal_pools(corpus, size=5_000, exponent=None, rng=np.random.default_rng(0))


def test_draws_repeat_nothing_and_stop_where_rows_end(pools):
    groups = group_rows(pools.reserve)
    first = pools.strata[0]
    drawn = draw(groups, dict.fromkeys(pools.strata, 1 / 15), 300, np.random.default_rng(0))
    assert len({row.id for row in drawn}) == 300
    assert len(draw(groups, {first: 1.0}, len(groups[first]), np.random.default_rng(0))) == len(groups[first])
    with pytest.raises(UsageError):
        draw(groups, {first: 1.0}, len(groups[first]) + 1, np.random.default_rng(0))


def test_shares_there_are_rows_for_stay_as_they_are():
    shares = np.array([0.5, 0.3, 0.2])
    assert feasible(7 * shares, np.array([900, 900, 900]), 500, shares) == pytest.approx(shares)
    capped = feasible(np.array([0.9, 0.06, 0.04]), np.array([100, 900, 900]), 500, np.array([0.1, 0.5, 0.4]))
    assert capped[0] == pytest.approx((np.sqrt(101) - 1) ** 2 / 500)
    assert capped[1] / capped[2] == pytest.approx(1.5)
    assert capped.sum() == pytest.approx(1)

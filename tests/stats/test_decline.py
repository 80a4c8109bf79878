"""Half-lives: intervals hold what they promise in worlds that drift, decay and die out, and say so where nothing can be seen."""

import numpy as np
import pytest
from scipy.stats import binom

from holdfast.stats.decline import Counted, declines, detects, drift_of

ROWS, WORLDS = 1_000, 60


def world(share, rate, generations, rng, *, learnt=None, counted_learns=True, strata=5):
    """Counts of a stratum that keeps e^-rate a generation, among others that take its place.

    `counted_learns`: what was counted is what the next generation learns from, as in a Wright-Fisher chain; else it learns from
    `learnt` rows of its own (or knows the shares themselves), and another sample is counted.
    """
    shares = np.array([share, *[(1 - share) / (strata - 1)] * (strata - 1)])
    counts = [rng.multinomial(ROWS, shares)]
    for _ in range(generations):
        base = shares if counted_learns or learnt is None else rng.multinomial(learnt, shares) / learnt
        made = base * np.array([np.exp(-rate), *[1.0] * (strata - 1)])
        made[1:] *= (1 - made[0]) / max(made[1:].sum(), 1e-12)
        counts.append(rng.multinomial(ROWS, made))
        shares = counts[-1] / ROWS if counted_learns else made
    return Counted(
        at=np.arange(generations + 1),
        counts=np.array(counts, float),
        rows=np.full(generations + 1, float(ROWS)),
    )


def first(counted):
    drift = drift_of(counted)
    return declines(Counted(at=counted.at, counts=counted.counts[:, :1], rows=counted.rows), drift)[0]


def holds(found, rate):
    return (found.low is None or found.low <= rate) and (found.high is None or rate <= found.high)


@pytest.mark.parametrize(
    ("share", "rate", "generations", "kind"),
    [
        (0.1, 0.0, 4, {}),  # pure drift
        (0.02, 0.0, 8, {}),  # pure drift of a rare stratum, which may die out
        (0.1, 0.2, 4, {}),
        (0.1, 0.7, 6, {}),  # dies out
        (0.02, 0.7, 4, {}),  # dies out soon
        (0.1, 0.2, 5, {"counted_learns": False}),  # constant decay without drift
        (
            0.1,
            0.0,
            4,
            {"counted_learns": False, "learnt": 300},
        ),  # more drift than the counted sets would have
    ],
)
def test_intervals_hold_what_they_promise(share, rate, generations, kind):
    """At least 95 %; more is allowed, as drift is taken for large where it is not known."""
    rng = np.random.default_rng([generations, int(1_000 * share), int(100 * rate)])
    inside = sum(holds(first(world(share, rate, generations, rng, **kind)), rate) for _ in range(WORLDS))
    assert binom.cdf(inside, WORLDS, 0.95) > 0.005


def test_a_decline_is_seen_and_drift_is_none():
    rng = np.random.default_rng(1)
    fallen = [first(world(0.1, 0.35, 5, rng)) for _ in range(20)]
    assert sum(found.falls for found in fallen) >= 18
    assert np.median([found.half_life for found in fallen if found.falls]) == pytest.approx(
        np.log(2) / 0.35, rel=0.15
    )
    drifted = [first(world(0.1, 0.0, 5, rng)) for _ in range(40)]
    assert sum(found.falls for found in drifted) <= 4
    assert all(found.half_life is None for found in drifted if not found.falls)


def test_p_values_keep_their_level_where_nothing_declines():
    rng = np.random.default_rng(2)
    small = sum(first(world(0.05, 0.0, 3, rng)).p_value <= 0.05 for _ in range(WORLDS))
    assert binom.sf(small - 1, WORLDS, 0.05) > 0.005


def test_what_died_out_at_once_has_no_rate_and_a_bound():
    gone = Counted(at=np.arange(3), counts=np.array([[60.0], [0], [0]]), rows=np.full(3, 1000.0))
    found = declines(gone)[0]
    assert (found.rate, found.half_life, found.high) == (None, None, None)
    assert found.falls
    assert found.p_value < 1e-4


def test_a_level_stratum_says_how_long_its_half_life_surely_is():
    level = Counted(at=np.arange(5), counts=np.full((5, 1), 300.0), rows=np.full(5, 3000.0))
    found = declines(level)[0]
    assert not found.falls
    assert found.low < 0 < found.high
    assert 5 < found.longer_than < 50
    assert found.rate == pytest.approx(0.0, abs=0.01)


def test_longer_histories_and_more_rows_say_more():
    def bound(generations, rows):
        table = Counted(
            at=np.arange(generations + 1),
            counts=np.full((generations + 1, 1), rows / 10),
            rows=np.full(generations + 1, float(rows)),
        )
        return declines(table)[0].longer_than

    assert bound(2, 1_000) < bound(4, 1_000) < bound(8, 1_000)
    assert bound(4, 1_000) < bound(4, 4_000)


def test_known_learning_sets_narrow_the_interval():
    counts = np.array([[300.0], [295], [305], [300]])
    unknown = Counted(at=np.arange(4), counts=counts, rows=np.full(4, 3000.0))
    known = Counted(at=np.arange(4), counts=counts, rows=np.full(4, 3000.0), learnt_from=np.full(3, 1e6))
    assert declines(known)[0].high < declines(unknown)[0].high


def test_generations_may_be_missing():
    gap = Counted(at=np.array([0, 1, 4]), counts=np.array([[400.0], [200], [26]]), rows=np.full(3, 4000.0))
    assert declines(gap)[0].half_life == pytest.approx(1.0, abs=0.15)


def test_what_it_would_take():
    level = Counted(at=np.arange(3), counts=np.full((3, 1), 300.0), rows=np.full(3, 1000.0))
    generations, factor = detects(level, 0, 10.0, 1.0)
    assert 3 < generations < 40
    assert factor is None or factor > 1
    rare = Counted(at=np.arange(3), counts=np.full((3, 1), 1.0), rows=np.full(3, 1000.0))
    assert detects(rare, 0, 10.0, 1.0)[0] is None


@pytest.mark.parametrize("at", [[0], [1, 0]])
def test_what_is_no_history(at):
    with pytest.raises(ValueError, match="two generations"):
        declines(Counted(at=np.array(at), counts=np.ones((len(at), 1)), rows=np.ones(len(at))))

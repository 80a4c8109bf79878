"""Arms that add more get more, within bounds; arms that cannot be told apart stay where the recipe put them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from holdfast.remedies.generate.contract import Arm, Tally
from holdfast.remedies.generate.steering.rates import PRIOR, compare_arms
from holdfast.remedies.generate.steering.shares import FIRST, STEP, move_shares, normalised


def arm(name, share, low=0.0, high=1.0):
    return Arm(name=name, method="m", model=None, share=share, low=low, high=high)


def tally(name, stratum, round_, wished, added, **more):
    return Tally(
        arm=name,
        stratum=stratum,
        round=round_,
        wished=wished,
        written=wished,
        accepted=wished,
        added=added,
        **more,
    )


def play(rates, *, rounds, rows, rng, strata=6, low=0.02, high=0.9, hard=None):
    """Rounds of a world in which arms differ by a factor and rates fall; returns shares before each round."""
    arms = [arm(f"a{at}", 1 / len(rates), low, high) for at in range(len(rates))]
    levels = rng.uniform(0.3, 1.0, strata) if hard is None else hard
    shares, history, seen = normalised(arms), [], []
    for number in range(1, rounds + 1):
        seen.append(shares)
        for place in range(strata):
            parts = rng.multinomial(rows // strata, list(shares.values()))
            for one, wished, rate in zip(arms, parts, rates, strict=True):
                if wished:
                    chance = rate * levels[place] * 0.85 ** (number - 1)
                    history.append(
                        tally(one.name, str(place), number, int(wished), int(rng.binomial(wished, chance)))
                    )
        shares, _ = move_shares(arms, history, now=shares)
    return [*seen, shares]


def test_rates_are_those_of_the_penalised_conditional_likelihood():
    rng = np.random.default_rng(3)
    history = [
        tally(f"a{at}", str(place), number, int(rng.integers(1, 40)), 0)
        for at in range(3)
        for place in range(4)
        for number in (1, 2)
    ]
    history = [
        Tally(arm=one.arm, stratum=one.stratum, round=one.round, wished=one.wished, written=0, accepted=0,
              added=int(rng.binomial(one.wished, 0.2 + 0.2 * int(one.arm[1]))))
        for one in history
    ]  # fmt: skip
    cells = {}
    for one in history:
        cells.setdefault((one.stratum, one.round), []).append(one)

    def loss(rates):
        total = (rates**2).sum() / (2 * PRIOR**2)
        for (_, number), ones in cells.items():
            powers = np.array([one.wished * np.exp(rates[int(one.arm[1])]) for one in ones])
            total -= 0.8 ** (2 - number) * sum(
                one.added * np.log(power / powers.sum()) for one, power in zip(ones, powers, strict=True)
            )
        return total

    best = minimize(loss, np.zeros(3), tol=1e-10).x
    found = compare_arms(["a0", "a1", "a2"], history, memory=0.8)
    assert [rate.relative for rate in found] == pytest.approx(np.exp(best), rel=1e-4)
    assert all(rate.low < rate.relative < rate.high for rate in found)
    assert math.prod(rate.relative for rate in found) == pytest.approx(1.0)


def test_an_arm_that_was_given_the_hard_strata_is_not_punished():
    history = [tally("a", "easy", 1, 180, 120), tally("b", "easy", 1, 20, 13)]
    history += [tally("a", "hard", 1, 20, 2), tally("b", "hard", 1, 180, 18)]
    arms = [arm("a", 0.5), arm("b", 0.5)]
    assert move_shares(arms, history) == ({"a": 0.5, "b": 0.5}, ())


def test_what_nobody_else_did_says_nothing():
    assert compare_arms(["a", "b"], [tally("a", "x", 1, 90, 90), tally("b", "y", 1, 90, 1)]) == ()
    arms = [arm("a", 0.5), arm("b", 0.5)]
    assert move_shares(arms, [tally("a", "x", 1, 90, 90), tally("b", "y", 1, 90, 1)])[1] == ()


def test_few_rows_move_nothing_and_many_do_with_their_figures():
    arms = [arm("a", 0.5, 0.1, 0.9), arm("b", 0.5, 0.1, 0.9)]
    assert move_shares(arms, [tally("a", "x", 1, 5, 4), tally("b", "x", 1, 5, 1)])[1] == ()
    shares, moves = move_shares(arms, [tally("a", "x", 1, 100, 80), tally("b", "x", 1, 100, 20)])
    assert shares["a"] > 0.6
    up, down = moves
    assert (up.what, up.before, up.after, up.low, up.high) == ("share of a", 0.5, shares["a"], 0.1, 0.9)
    assert up.why.startswith("80 of 100 rows added something; per row, in the same strata and rounds, 1.")
    assert down.after < down.before


def test_what_is_paid_may_be_a_request_or_money():
    history = [
        tally("a", "x", 1, 100, 50, requests=400, cost=1.0),
        tally("b", "x", 1, 100, 50, requests=100, cost=8.0),
    ]
    arms = [arm("a", 0.5), arm("b", 0.5)]
    assert move_shares(arms, history)[1] == ()
    assert move_shares(arms, history, per="request")[0]["b"] > 0.5
    assert move_shares(arms, history, per="cost")[0]["a"] > 0.5


def test_an_arm_that_costs_nothing_keeps_its_share():
    history = [tally("rules", "x", 1, 100, 50, requests=0)]
    history += [tally("a", "x", 1, 100, 80, requests=100), tally("b", "x", 1, 100, 10, requests=100)]
    shares, _ = move_shares([arm("rules", 0.2), arm("a", 0.4), arm("b", 0.4)], history, per="request")
    assert shares["rules"] == 0.2
    assert shares["a"] > 0.5


def test_forgotten_evidence_sends_shares_home():
    arms = [arm("a", 0.5), arm("b", 0.5)]
    shares, moves = move_shares(arms, [], now={"a": 0.8, "b": 0.2})
    assert 0.5 <= shares["a"] < 0.8
    assert "too far back" in moves[0].why


@given(
    data=st.data(),
    count=st.integers(1, 6),
    seed=st.integers(0, 1_000),
)
@settings(deadline=None, max_examples=80)
def test_bounds_hold_always(data, count, seed):
    rng = np.random.default_rng(seed)
    lows = rng.uniform(0, 1 / count, count) * rng.integers(0, 2, count)
    highs = np.maximum(lows, rng.uniform(1 / count, 1.0, count))
    arms = [arm(f"a{at}", rng.uniform(), lows[at], highs[at]) for at in range(count)]
    history = [
        tally(f"a{at}", "x", number, wished, data.draw(st.integers(0, wished)))
        for at in range(count)
        for number in (1, 2)
        for wished in [int(rng.integers(1, 200))]
    ]
    now = normalised(arms)
    for _ in range(4):
        shares, moves = move_shares(arms, history, now=now)
        assert math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-12)
        for one in arms:
            before, after = now[one.name], shares[one.name]
            assert one.low - 1e-9 <= after <= one.high + 1e-9
            assert before / STEP - 1e-9 <= after <= max(STEP * before, before + FIRST) + 1e-9
        assert all(move.why for move in moves)
        now = shares


def test_bounds_that_leave_nothing_are_an_error():
    with pytest.raises(ValueError, match=r"sum to 1\.2"):
        normalised([arm("a", 0.5, 0.6), arm("b", 0.5, 0.6)])
    with pytest.raises(ValueError, match=r"sum to 0 and 0\.8"):
        normalised([arm("a", 0.5, 0.0, 0.4), arm("b", 0.5, 0.0, 0.4)])


def test_the_better_arm_gets_more():
    ends = [
        play([0.8, 0.5, 0.3], rounds=6, rows=180, rng=np.random.default_rng(seed))[-1] for seed in range(12)
    ]
    assert all(end["a0"] > end["a2"] for end in ends)
    assert np.mean([end["a0"] for end in ends]) > 0.5
    assert all(0.02 <= share <= 0.9 for end in ends for share in end.values())


def test_equal_arms_do_not_drift_apart():
    moved = []
    for seed in range(25):
        path = play([0.6, 0.6, 0.6], rounds=8, rows=120, rng=np.random.default_rng(seed))
        moved.append(max(abs(share - 1 / 3) for shares in path for share in shares.values()))
    # Each of eight looks at three arms may move one in twenty times; what moves goes home again.
    assert np.mean(np.array(moved) > 1e-3) <= 0.4
    assert np.mean(moved) < 0.03

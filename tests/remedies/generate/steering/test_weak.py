"""A stratum is given up where its rows do not pass, or pass and are like nothing real; one that can be written is kept."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, mannwhitneyu, ttest_1samp

from holdfast.remedies.generate.contract import Tally
from holdfast.remedies.generate.steering.weak import (
    ALPHA,
    LEAST,
    Nearness,
    _at_most,
    _places,
    given_up,
    judge_strata,
)
from holdfast.stats.looks import level_at

REAL, NOISE = {"s": 0.96, "t": 0.96}, {"s": 0.04, "t": 0.04}


def tally(stratum, round_, written, accepted, wished=None):
    return Tally(
        arm="a",
        stratum=stratum,
        round=round_,
        wished=written if wished is None else wished,
        written=written,
        accepted=accepted,
        added=accepted,
    )


@pytest.mark.parametrize("written", [20, 33, 60, 150])
def test_the_smallest_count_that_is_kept_is_the_binomials(written):
    asked = 0.04 + LEAST * (0.96 - 0.04)
    level = level_at(1, ALPHA) / 3
    for accepted in range(written + 1):
        left = given_up([tally("s", 1, written, accepted)], REAL, NOISE)
        assert bool(left) == (binom.cdf(accepted, written, asked) <= level)


def test_chances_are_scipys():
    for hits, rows, rate in ((0, 10, 0.3), (3, 10, 0.3), (10, 10, 0.3), (7, 40, 0.1)):
        assert _at_most(hits, rows, rate) == pytest.approx(binom.cdf(hits, rows, rate))


def test_figures_are_said():
    (why,) = given_up([tally("s", 1, 60, 3)], REAL, NOISE).values()
    assert why == (
        "of 60 rows written 3 passed (5.0 %, at most 14 %), where real rows pass at 96 % and rows of other strata at 4.0 %; "
        "27 % is asked for"
    )
    judged = judge_strata([tally("s", 1, 60, 50), tally("s", 2, 10, 9)], REAL, NOISE)
    assert (judged[0].state, judged[0].look, judged[0].figures["accepted"]) == ("written", 2, 59)


def test_more_looks_ask_for_more_evidence():
    rows = [tally("s", number, 5, 0) for number in range(1, 5)]
    assert not given_up(rows, REAL, NOISE)
    assert given_up([tally("s", 1, 20, 0)], REAL, NOISE)


def test_what_verification_cannot_tell_is_not_given_up():
    rows = [tally("s", 1, 200, 5)]
    assert not given_up(rows, {}, NOISE)
    assert not given_up(rows, {"s": 0.5}, {"s": 0.45})
    assert "passing says too little" in judge_strata(rows, {"s": 0.5}, {"s": 0.45})[0].why


def test_a_stratum_that_models_refuse_is_told_from_a_server_that_fails():
    refused = [tally("s", 1, 0, 0, wished=40), tally("t", 1, 40, 38)]
    assert given_up(refused, REAL, NOISE) == {
        "s": "of 40 rows asked for 0 had a text, where 100 % of those asked for elsewhere had"
    }
    down = [tally("s", 1, 0, 0, wished=40), tally("t", 1, 1, 1, wished=40)]
    assert not given_up(down, REAL, NOISE)
    assert not given_up([tally("s", 1, 0, 0, wished=40)], REAL, NOISE)


def test_places_are_those_of_mann_and_whitney_and_their_test_students():
    rng = np.random.default_rng(2)
    values, others = rng.normal(0.5, 1, 30).round(1), rng.normal(0, 1, 50).round(1)
    places = _places(values, others)
    assert places.mean() == pytest.approx(mannwhitneyu(values, others).statistic / 1_500)
    near = Nearness(accepted=values - 1.5, others=others, real=others + 9)
    asked = 0.5 + LEAST * 0.5
    expected = ttest_1samp(_places(values - 1.5, others), asked, alternative="less").pvalue
    assert expected <= level_at(1, ALPHA) / 3
    assert "s" in given_up([tally("s", 1, 30, 30)], REAL, NOISE, nearness={"s": near})


def test_rows_that_pass_and_are_like_nothing_real_are_given_up():
    rng = np.random.default_rng(4)
    others, real = rng.normal(0.2, 0.1, 200), rng.normal(0.6, 0.1, 40)
    noise = Nearness(accepted=rng.normal(0.2, 0.1, 120), others=others, real=real)
    good = Nearness(accepted=rng.normal(0.5, 0.1, 60), others=others, real=real)
    rows = [tally("s", 1, 60, 55)]
    assert "of comparisons (chance: 50 %" in given_up(rows, REAL, NOISE, nearness={"s": noise})["s"]
    assert not given_up(rows, REAL, NOISE, nearness={"s": good})
    few = Nearness(accepted=noise.accepted[:5], others=others, real=real)
    assert not given_up(rows, REAL, NOISE, nearness={"s": few})
    blind = Nearness(accepted=noise.accepted, others=others, real=others[:40])
    assert not given_up(rows, REAL, NOISE, nearness={"s": blind})


def loops(share, trials, rng, *, rounds=6, rows=20, near=None):
    """Share of strata, of whose rows so many are right, that are given up over rounds."""
    lost = 0
    for _ in range(trials):
        history, likenesses = [], []
        for number in range(1, rounds + 1):
            accepted = int(rng.binomial(rows, 0.04 + share * 0.92))
            history.append(tally("s", number, rows, accepted))
            likenesses.append(rng.normal(0.2 + (near or 0.0), 0.1, accepted))
            held = Nearness(
                accepted=np.concatenate(likenesses),
                others=rng.normal(0.2, 0.1, 100),
                real=rng.normal(0.6, 0.1, 30),
            )
            if given_up(history, REAL, NOISE, nearness=None if near is None else {"s": held}):
                lost += 1
                break
    return lost / trials


@pytest.mark.parametrize(("share", "near"), [(LEAST, None), (0.4, None), (0.4, 0.15), (0.9, 0.3)])
def test_strata_that_can_be_written_are_rarely_given_up(share, near):
    trials = 150
    lost = loops(share, trials, np.random.default_rng(7), near=near)
    assert lost * trials <= binom.ppf(0.999, trials, ALPHA)


@pytest.mark.parametrize(("share", "near"), [(0.0, None), (0.95, 0.0)])
def test_noise_is_given_up(share, near):
    # Text of other strata, and text that the judge lets pass and that is like nothing real.
    assert loops(share, 60, np.random.default_rng(8), near=near) >= 0.9

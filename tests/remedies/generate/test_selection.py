"""Acceptance is a filter: what it takes is counted by stratum, and whether it eats the tail is asked."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom, chi2_contingency

from holdfast.remedies.generate.contract import Tally
from holdfast.remedies.generate.selection import read_selection

REAL = {f"s{at:02}": int(200 / (at + 1)) for at in range(15)}


def tallies(rates, rng, *, rows=60, arms=("a",)):
    """Rows by stratum and arm, accepted at the rates that are given."""
    return [
        Tally(
            arm=arm,
            stratum=name,
            round=1,
            wished=rows,
            written=rows,
            accepted=int(rng.binomial(rows, rates(arm, name))),
            added=0,
        )
        for name in REAL
        for arm in arms
    ]


def read(history, seed=0, **options):
    return read_selection(history, options.pop("dropped", {}), REAL, np.random.default_rng(seed), **options)


def states(selection):
    return {one.question: one.state for one in selection.asked}


def test_counts_retention_and_tolls_by_hand():
    history = [
        Tally(arm="a", stratum="s00", round=1, wished=100, written=90, accepted=80, added=1),
        Tally(arm="a", stratum="s14", round=1, wished=100, written=50, accepted=20, added=1),
    ]
    selection = read(
        history,
        dropped={"s00": {"damage": 10}, "s14": {"damage": 5, "label_noise": 25}},
        real_accept={"s00": 0.97, "s14": 0.9},
        tolls={"damage": 0.01},
    )
    rare, common = selection.strata
    assert (rare.stratum, rare.real, rare.share, rare.real_share) == ("s14", 13, 0.4, 0.9)
    assert (common.retention, rare.retention) == pytest.approx((1.6, 0.4))
    assert rare.interval == pytest.approx((beta.ppf(0.025, 20, 31), beta.ppf(0.975, 21, 30)))
    low, high = rare.retention_interval
    assert low < 0.4 < high
    assert selection.filters == (
        {"filter": "label_noise", "taken": 25, "share": 25 / 140, "real_share": None},
        {"filter": "damage", "taken": 15, "share": 15 / 140, "real_share": 0.01},
    )
    assert [band.stratum for band in selection.bands] == ["rarest tenth", "head half"]
    assert selection.bands[0].dropped == {"damage": 5, "label_noise": 25}
    assert states(selection) == {"strata": "yes", "rarity": "yes", "mix": "yes"}
    rarity = next(one for one in selection.asked if one.question == "rarity")
    assert rarity.value == pytest.approx(-0.6)
    assert "of real rows 90 % and 97 % pass" in rarity.sentence


def test_the_question_of_strata_is_the_test_of_a_table():
    rng = np.random.default_rng(1)
    for rate in (lambda *_: 0.6, lambda _, name: 0.55 + 0.012 * int(name[1:])):
        history = tallies(rate, rng)
        table = np.array([[one.accepted, one.wished - one.accepted] for one in history])
        asked = next(one for one in read(history).asked if one.question == "strata")
        assert asked.p_value == pytest.approx(chi2_contingency(table).pvalue, abs=0.03)


def test_chance_alarms_rarely():
    trials = 60
    alarms = dict.fromkeys(("strata", "rarity", "mix"), 0)
    for seed in range(trials):
        for question, state in states(
            read(tallies(lambda *_: 0.7, np.random.default_rng(seed)), seed)
        ).items():
            alarms[question] += state == "yes"
    assert max(alarms.values()) <= binom.ppf(0.999, trials, 0.05)


def test_a_loop_that_eats_the_tail_is_found():
    found = [
        states(read(tallies(lambda _, name: 0.85 - 0.025 * int(name[1:]), np.random.default_rng(seed)), seed))
        for seed in range(20)
    ]
    assert sum(one["rarity"] == "yes" for one in found) >= 18
    assert sum(one["mix"] == "yes" for one in found) >= 18


def test_a_loop_that_spares_the_tail_is_not_accused_of_eating_it():
    found = states(read(tallies(lambda _, name: 0.5 + 0.025 * int(name[1:]), np.random.default_rng(3))))
    assert found == {"strata": "yes", "rarity": "no", "mix": "yes"}


def test_an_arm_that_passes_seldom_and_has_the_rare_strata_is_no_filter_of_them():
    rng = np.random.default_rng(4)
    history = []
    for at, name in enumerate(REAL):
        for arm, rate, rows in (("good", 0.9, 90 - 5 * at), ("bad", 0.3, 10 + 5 * at)):
            accepted = int(rng.binomial(rows, rate))
            history.append(
                Tally(arm=arm, stratum=name, round=1, wished=rows, written=rows, accepted=accepted, added=0)
            )
    found = states(read(history))
    assert found["rarity"] == found["strata"] == "no"
    # What was accepted is still not the mix that was asked for.
    assert found["mix"] == "yes"


def test_retention_intervals_hold_the_truth():
    rng = np.random.default_rng(5)
    held, total = 0, 0
    for seed in range(20):
        history = tallies(lambda _, name: 0.3 if int(name[1:]) > 9 else 0.8, rng)
        for one in read(history, seed).strata:
            truth = (0.3 if int(one.stratum[1:]) > 9 else 0.8) / (0.3 / 3 + 0.8 * 2 / 3)
            held += one.retention_interval[0] <= truth <= one.retention_interval[1]
            total += 1
    assert held >= binom.ppf(0.001, total, 0.95)


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([], "only 0 rows"),
        (
            [Tally(arm="a", stratum="s00", round=1, wished=90, written=90, accepted=50, added=0)],
            "one stratum only",
        ),
        (
            [
                Tally(arm="a", stratum=name, round=1, wished=90, written=90, accepted=90, added=0)
                for name in REAL
            ],
            "nothing was selected",
        ),
        (
            [
                Tally(arm="a", stratum=name, round=1, wished=90, written=0, accepted=0, added=0)
                for name in REAL
            ],
            "no row was accepted",
        ),
    ],
)
def test_what_cannot_be_asked_says_why(history, said):
    selection = read(history)
    assert set(states(selection).values()) == {"undetermined"}
    assert all(said in one.sentence for one in selection.asked)


def test_rows_of_no_stratum_are_counted():
    selection = read([Tally(arm="a", stratum=None, round=1, wished=90, written=80, accepted=70, added=0)])
    (one,) = selection.strata
    assert (one.stratum, one.accepted, one.retention) == (None, 70, None)

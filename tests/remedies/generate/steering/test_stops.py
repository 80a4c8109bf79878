"""Generation stops for a reason that is said with its figures, and not on one noisy round."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.remedies.generate.contract import Need, Worth
from holdfast.remedies.generate.steering.stops import PATIENCE, ended, gain_of


def need(name, state="missing", have=10, expected=50.0, why=""):
    return Need(stratum=name, real=50, have=have, expected=expected, quota=5, state=state, why=why)


def worth(real_rows, rarest=None, *, spread=1.2, at_least=False):
    def band(value):
        return {"real_rows": value, "low": value / spread, "high": value * spread}

    return Worth(
        rows=1_000,
        real_rows=real_rows,
        low=None if real_rows is None else real_rows / spread,
        high=None if real_rows is None else real_rows * spread,
        at_least=at_least,
        rarest=None if rarest is None else band(rarest),
        reason=None if real_rows is not None else "too few real rows",
        lost=(),
    )


def stop(needs, worths, **options):
    options = {"spent": {}, "budget": {}} | options
    return ended(needs, worths, **options)


GROWING = [worth(value) for value in (500.0, 600.0, 700.0, 800.0, 900.0)]
FLAT = [worth(value, rarest=20.0) for value in (500.0, 501.0, 502.0, 500.0, 503.0)]


def test_each_end_has_its_sentence():
    covered = [need("a", "covered"), need("b", "covered"), need("c", "unknown")]
    assert stop(covered, GROWING[:1]) == (
        "nothing_missing",
        "nothing is missing: 2 of 3 strata are covered, 1 cannot be told",
    )
    assert stop(covered, GROWING[:3]) == (
        "covered",
        "2 of 3 strata are covered, 1 cannot be told after 2 rounds",
    )
    weak = [need("a", "covered"), need("b", "given_up", why="of 60 rows 3 passed")]
    reason, sentence = stop(weak, GROWING[:2])
    assert reason == "too_weak"
    assert "b (10 of 50 rows). b: of 60 rows 3 passed" in sentence
    assert stop(
        [need("a")], GROWING[:3], spent={"requests": 70.0}, budget={"requests": 70, "cost": None}
    ) == (
        "budget",
        "the budget of 70 requests is spent after 2 rounds: 0 of 1 stratum are covered; still missing: a (10 of 50 rows)",
    )
    assert stop([need("a")], GROWING[:4], most_rounds=3)[0] == "rounds"
    assert stop([need("a"), *weak], GROWING) is None


def test_what_is_given_up_ends_nothing_while_something_else_is_missing():
    assert stop([need("a"), need("b", "given_up")], GROWING[:2]) is None


def test_rounds_that_add_nothing_end_it_with_figures():
    reason, sentence = stop([need("a")], FLAT)
    assert reason == "no_gain"
    assert "from 500 to 500 overall" in sentence.replace("501", "500")
    assert "from 20 to 20 in the rarest tenth" in sentence
    assert f"{PATIENCE} rounds" in sentence


def test_a_gain_in_the_rarest_tenth_is_a_gain():
    rising = [worth(500.0, rarest=value) for value in (10.0, 15.0, 20.0, 25.0, 30.0)]
    assert stop([need("a")], rising) is None


def test_too_few_rounds_and_readings_that_say_nothing_end_nothing():
    assert stop([need("a")], FLAT[:PATIENCE]) is None
    assert stop([need("a")], [worth(None)] * 8) is None
    # Reality can show no more than this: that rows add nothing has not been seen.
    assert stop([need("a")], [worth(900.0, at_least=True)] * 8) is None
    assert stop([need("a")], [worth(900.0, rarest=30.0, at_least=True)] * 8)[0] == "no_gain"


def test_one_flat_round_is_not_the_end():
    assert stop([need("a")], [worth(value) for value in (500.0, 600.0, 700.0, 700.0, 690.0)]) is None


def test_gains_by_hand():
    gain, error = gain_of((100.0, 50.0, 200.0), (200.0, 100.0, 400.0), 0.0)
    assert gain == pytest.approx(np.log(2))
    assert error == pytest.approx(np.sqrt(2) * np.log(4) / 3.92)
    assert gain_of((1.0, 1.0, 1.0), None) is None


def runs(gain, seeds, *, steps=8):
    """How many of these runs end for want of gain: readings share 95 % of their doubt."""
    ends = 0
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        error = np.log(1.2) / 1.96
        common = rng.normal(0, error * np.sqrt(0.95))
        values = [
            float(500 * (1 + gain) ** at * np.exp(common + rng.normal(0, error * np.sqrt(0.05))))
            for at in range(steps)
        ]
        worths = [worth(value) for value in values]
        ends += any(stop([need("a")], worths[: at + 1]) is not None for at in range(steps))
    return ends


def test_flat_runs_end_and_rising_ones_go_on():
    assert runs(0.0, 60) >= 57
    assert runs(0.08, 60) <= 6

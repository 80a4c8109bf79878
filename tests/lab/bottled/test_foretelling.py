"""The forecast: what the planner would have said, held to what its formulas say."""

from __future__ import annotations

import pytest

from holdfast.lab.bottled.foretelling import Group, foretell
from holdfast.lab.bottled.store import Survived

GROUPS = (
    Group(name="the rarest third (1)", strata=("rare",), real=20_000),
    Group(name="often", strata=("often", "other"), real=80_000),
)
SEEN = Survived(
    names=("often", "other", "rare"), real=(60_000.0, 20_000.0, 20_000.0), made=(63_000.0, 21_000.0, 16_000.0)
)


def told(name, survived=SEEN, **facts):
    given = {"real_share": 0.3, "generations": 4, "seed": 0} | facts
    return foretell(name, survived, GROUPS, **given)


def test_replaced_a_stratum_falls_as_a_power_of_what_one_generation_keeps():
    rare, often = told("replace")
    assert rare.median == pytest.approx([0.8, 0.64, 0.512, 0.41], abs=0.04)
    # What is left is shared: the others gain.
    assert often.median[-1] == pytest.approx(1.05**4 / (0.8 * 1.05**4 + 0.2 * 0.8**4), rel=0.03)
    assert all(
        low < middle < high for low, middle, high in zip(rare.low, rare.median, rare.high, strict=True)
    )


def test_real_rows_and_what_is_kept_hold_it_up():
    replaced, mixed, accumulated = (told(name)[0].median[-1] for name in ("replace", "mix", "accumulate"))
    assert replaced < mixed
    assert replaced < accumulated
    assert told("accumulate-subsample")[0].median == told("accumulate")[0].median
    assert told("mix", real_share=0.1)[0].median[-1] < mixed


def test_few_rows_make_a_wide_band():
    few = Survived(names=SEEN.names, real=(60.0, 20.0, 20.0), made=(63.0, 21.0, 16.0))
    wide, sharp = told("replace", few)[0], told("replace")[0]
    assert wide.high[-1] - wide.low[-1] > 5 * (sharp.high[-1] - sharp.low[-1])


def test_where_there_is_no_formula_nothing_is_foretold():
    assert told("managed") is None
    assert told("replace", None) is None

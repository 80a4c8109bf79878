"""Quotas bring strata to their share of the set as it will have grown, the emptiest first, and never more than the round has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.remedies.generate.steering.needs import even_needs, quota_moves, read_needs, whole_need


def table(real, have, p_values=None, lost=()):
    """Rows of strata as an audit gives them."""
    total, found = sum(real.values()), sum(have.get(name, 0) for name in real)
    rows = []
    for name, count in real.items():
        expected = count / total * found
        retention = have.get(name, 0) / expected if expected else None
        rows.append(
            {
                "stratum": name,
                "real_rows": count,
                "candidate_rows": have.get(name, 0),
                "real_share": count / total,
                "candidate_share": have.get(name, 0) / max(found, 1),
                "expected_rows": expected,
                "retention": retention,
                "interval": None if retention is None else (0.5 * retention, 1.5 * retention + 0.1),
                "p_value": (p_values or {}).get(name, 1.0),
                "lost": name in lost,
            }
        )
    return rows


def by_name(needs):
    return {need.stratum: need for need in needs}


def test_quotas_by_hand():
    # 80 rows of a are 80 % of 100: twenty of b make the set what reality is.
    needs = by_name(read_needs(table({"a": 80, "b": 20}, {"a": 80}, {"b": 1e-6}, {"b"}), budget_rows=1_000))
    assert (needs["a"].state, needs["a"].quota) == ("covered", 0)
    assert (needs["b"].state, needs["b"].quota) == ("missing", 20)
    assert needs["b"].expected == 16.0


def test_the_emptiest_strata_are_filled_first_and_to_one_level():
    strata = table(
        {"a": 70, "b": 10, "c": 10, "d": 10}, {"a": 70, "b": 6}, {"b": 0.001, "c": 1e-5, "d": 1e-5}
    )
    few = by_name(read_needs(strata, budget_rows=8))
    assert [few[name].quota for name in "abcd"] == [0, 0, 4, 4]
    assert "emptier strata come first" in few["b"].why
    more = by_name(read_needs(strata, budget_rows=17))
    assert sum(need.quota for need in more.values()) == 17
    assert abs(more["c"].quota - more["d"].quota) <= 1
    assert more["b"].quota == pytest.approx(more["c"].quota - 6, abs=1)
    assert [by_name(read_needs(strata, budget_rows=999))[name].quota for name in "abcd"] == [0, 4, 10, 10]


@given(
    real=st.lists(st.integers(1, 200), min_size=2, max_size=12),
    have=st.lists(st.integers(0, 200), min_size=12, max_size=12),
    budget=st.integers(0, 2_000),
    missing=st.lists(st.booleans(), min_size=12, max_size=12),
)
@settings(deadline=None, max_examples=80)
def test_quotas_always_sum_and_reach_the_share(real, have, budget, missing):
    names = [f"s{at}" for at in range(len(real))]
    strata = table(
        dict(zip(names, real, strict=True)),
        dict(zip(names, have, strict=False)),
        {name: 1e-9 for name, low in zip(names, missing, strict=False) if low},
    )
    needs = read_needs(strata, budget_rows=budget)
    quota = sum(need.quota for need in needs)
    assert quota <= budget
    assert all(need.quota == 0 for need in needs if need.state != "missing")
    if 0 < quota < budget:
        # The round had enough for all: every stratum has its share of what is there then, but for rounding.
        grown = sum(row["expected_rows"] for row in strata) + quota
        for need, row in zip(needs, strata, strict=True):
            if need.state == "missing":
                assert need.have + need.quota == pytest.approx(
                    max(row["real_share"] * grown, need.have), abs=2.0
                )


def test_what_was_asked_for_stays_missing_until_it_reaches_the_target():
    real, have = {"a": 80, "b": 20}, {"a": 85, "b": 15}
    assert by_name(read_needs(table(real, have), budget_rows=50))["b"].state == "covered"
    held = by_name(read_needs(table(real, have), budget_rows=50, named={"b"}))["b"]
    assert held.state == "missing"
    assert held.quota == 7  # 15 + 6.25 of 106.25 rows
    reached = table(real, {"a": 80, "b": 19})
    assert by_name(read_needs(reached, budget_rows=50, named={"b"}))["b"].state == "covered"


def test_a_stratum_without_a_row_is_missing_even_where_chance_could_explain_it():
    needs = by_name(read_needs(table({"a": 90, "b": 8, "c": 2}, {"a": 40}, {"b": 0.06}), budget_rows=50))
    assert needs["b"].state == "missing"
    assert needs["c"].state == "unknown"
    assert "too few real rows to tell: 2" in needs["c"].why
    assert by_name(read_needs(table({"a": 98, "c": 2}, {"a": 300}, {"c": 1e-4}), budget_rows=50))[
        "c"
    ].state == ("missing")


def test_given_up_strata_get_nothing_and_say_why():
    strata = table({"a": 80, "b": 10, "c": 10}, {"a": 80}, {"b": 1e-5, "c": 1e-5})
    needs = by_name(read_needs(strata, budget_rows=30, given_up={"b": "3 of 60 passed"}))
    assert (needs["b"].state, needs["b"].quota) == ("given_up", 0)
    assert "3 of 60 passed" in needs["b"].why
    assert needs["c"].quota > 0


def test_quotas_grow_where_rows_do_not_pass_and_not_without_end():
    strata = table({"a": 80, "b": 20}, {"a": 80}, {"b": 1e-5})
    for passing, quota in ((0.5, 40), (0.01, 60), (1.0, 20)):
        assert by_name(read_needs(strata, budget_rows=999, passing={"b": passing}))["b"].quota == quota


def test_an_empty_candidate_gets_reality_and_new_labels_stand_aside():
    empty = [
        row | {"p_value": 1.0, "lost": True, "expected_rows": 0.0, "retention": None, "interval": None}
        for row in table({"a": 30, "b": 10}, {})
    ]
    assert [need.quota for need in read_needs(empty, budget_rows=8)] == [6, 2]
    foreign = {
        **table({"a": 1}, {"a": 5})[0],
        "stratum": "new",
        "real_rows": 0,
        "real_share": 0.0,
        "expected_rows": 0.0,
    }
    assert {
        need.stratum for need in read_needs([*table({"a": 9, "b": 9}, {"a": 9}), foreign], budget_rows=9)
    } == {
        "a",
        "b",
    }


def test_clusters_say_that_their_real_rows_show_them():
    strata = table({"cluster 1": 80, "cluster 2": 20}, {"cluster 1": 80}, {"cluster 2": 1e-5})
    assert read_needs(strata, budget_rows=30, by_name=False)[1].why.endswith("shown by its real rows")


def test_unsteered_rows_have_realitys_mix():
    needs = even_needs({"a": 70, "b": 30}, budget_rows=10)
    assert [need.quota for need in needs] == [7, 3]
    (whole,) = even_needs({}, budget_rows=10)
    assert (whole.stratum, whole.quota) == (None, 10)
    assert whole_need(real=5, have=5, budget_rows=0).state == "covered"


def test_quotas_that_change_are_logged():
    strata = table({"a": 80, "b": 20}, {"a": 80}, {"b": 1e-5})
    before, after = read_needs(strata, budget_rows=5), read_needs(strata, budget_rows=10)
    (move,) = quota_moves(before, after, budget_rows=10)
    assert (move.what, move.before, move.after, move.high) == ("quota of b", 5.0, 10.0, 10.0)
    assert quota_moves(after, after, budget_rows=10) == ()


def test_strata_that_are_low_by_chance_are_rarely_chased():
    # Real draws against their own mix, p-values uniform: most runs ask for nothing.
    rng = np.random.default_rng(5)
    chased = 0
    for _ in range(200):
        names = [f"s{at}" for at in range(30)]
        found = rng.multinomial(3_000, np.full(30, 1 / 30))
        strata = table(
            dict.fromkeys(names, 100),
            dict(zip(names, found.tolist(), strict=True)),
            dict(zip(names, rng.uniform(size=30).tolist(), strict=True)),
        )
        chased += any(need.state == "missing" for need in read_needs(strata, budget_rows=100))
    assert chased <= 22  # 5 % of 200, and three standard errors

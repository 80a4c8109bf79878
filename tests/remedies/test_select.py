"""Selection: exact quotas, and rows that add something."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from holdfast.remedies.curate.select import choose, fill, level, quotas
from holdfast.remedies.curate.stock import stock_of
from holdfast.remedies.sides import read_beside

COUNTS = st.lists(st.integers(0, 40), min_size=1, max_size=8)


@given(COUNTS, st.integers(0, 200), st.data())
def test_quotas_sum_exactly_and_take_no_more_than_there_is(held, rows, data):
    wanted = data.draw(st.lists(st.floats(0, 10), min_size=len(held), max_size=len(held)))
    own = data.draw(st.lists(st.integers(0, 40), min_size=len(held), max_size=len(held)))
    held = np.array(held)
    for found in (fill(np.array(wanted), held, rows), level(np.array(own), held, rows)):
        assert found.sum() == min(rows, held.sum())
        assert ((found >= 0) & (found <= held)).all()


@given(COUNTS, st.integers(0, 200))
def test_level_lifts_the_lowest(held, rows):
    held = np.array(held)
    found = level(np.zeros(len(held), int), held, rows)
    open_ = held > found
    if open_.any():
        assert found.max() - found[open_].min() <= 1


def test_shares_are_kept():
    assert fill(np.array([0.7, 0.2, 0.1]), np.array([99, 99, 99]), 10).tolist() == [7, 2, 1]


def test_rows_that_repeat_each_other_are_chosen_last(real):
    one = {"text": "estate1 estate2 estate3 word1 word2", "intent": "estate"}
    others = [row for row in real if row["intent"] == "estate"][:10]
    candidate = [{**one, "text": one["text"] + " " + "again " * i} for i in range(1, 11)] + others
    sides = read_beside(candidate, real=real).sides
    kept = np.ones(len(candidate), bool)
    quota = quotas(stock_of(sides), kept, 10, "equal", np.zeros(len(sides.labels), int))
    chosen = choose(stock_of(sides), kept, quota)
    assert chosen.sum() == 10
    assert chosen[10:].sum() >= 8


def test_an_equal_mix_counts_the_real_rows_that_join(real, made):
    sides = read_beside(made, real=real).sides
    kept = np.ones(len(made), bool)
    joined = np.zeros(len(sides.labels), int)
    joined[sides.labels.index("balance")] = 50
    quota = quotas(stock_of(sides), kept, 120, "equal", joined)
    assert quota[sides.labels.index("balance")] == 0
    assert (
        quota[: len(sides.labels)].max()
        - np.delete(quota[: len(sides.labels)], sides.labels.index("balance")).min()
        <= 2
    )


def test_reality_decides_the_mix_where_it_is_asked_to(real, made):
    sides = read_beside(made, real=real).sides
    quota = quotas(
        stock_of(sides), np.ones(len(made), bool), 100, "reality", np.zeros(len(sides.labels), int)
    )
    assert quota.sum() == 100
    assert quota[sides.labels.index("balance")] == 42  # 240 of 576

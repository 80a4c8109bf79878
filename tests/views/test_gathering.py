"""What is put together as it comes is what `merge` makes of all of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.views.narrow import fewest
from holdfast.views.streaming.gathering import Column, Columns, Gathered
from holdfast.views.tally import Tallies, tally
from holdfast.views.view import merge

MERGES = {"rows": "rows", "pairs": "rows", "bits": "rows", "sum": "sum", "most": "winners", "tally": "tally"}


def facts(rng, rows, widest):
    """Facts of a block: numbers of every width, so that columns are widened on the way."""
    return {
        "rows": rng.integers(-widest, widest, rows),
        "pairs": rng.integers(0, widest, (rows, 2)).astype(np.uint64),
        "bits": rng.normal(size=rows),
        "sum": rng.integers(0, widest, (2, 3)),
        "most": rng.integers(-widest, widest, 4),
        "tally": tally(rng.integers(0, 40, rows * 3), rng.integers(-3, 3, rows * 3)),
    }


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_parts_give_what_they_give_at_once(seed, known):
    rng = np.random.default_rng(seed)
    sizes = [*rng.integers(0, 60, 9).tolist(), 0, 1]
    parts = [facts(rng, rows, 10 ** rng.integers(1, 18)) for rows in rng.permutation(sizes).tolist()]
    gathered = Gathered(MERGES, sum(sizes) if known else 0)
    for part in parts:
        gathered.add(part)
    found, wanted = gathered.total(), merge(MERGES, parts)
    assert list(found) == list(wanted)
    for name, column in wanted.items():
        assert found[name].dtype == column.dtype
        assert found[name].tobytes() == column.tobytes()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20), st.sampled_from([np.int64, np.uint64]))
@settings(max_examples=100, deadline=None)
def test_the_fewest_bytes_hold_every_number(numbers, kind):
    values = np.array([abs(number) for number in numbers] if kind is np.uint64 else numbers, kind)
    columns = Columns.of({"a": values})
    assert columns.held["a"].dtype == fewest(values)
    assert columns["a"].dtype == kind
    assert columns["a"].tolist() == values.tolist()
    assert columns.part("a", slice(1, 3)).tolist() == values[1:3].tolist()


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(0, 127, "int8"), (0, 128, "int16"), (-129, 0, "int16"), (0, 2**31 - 1, "int32"), (0, 2**31, "int64")],
)
def test_how_many_bytes_those_are(low, high, kind):
    assert fewest(np.array([low, high])) == np.dtype(kind)


def test_a_column_is_as_long_as_what_has_come():
    column = Column(100)
    column.add(np.arange(3))
    column.add(np.array([70_000]))
    assert column.close().tolist() == [0, 1, 2, 70_000]
    assert column.close().nbytes == 16
    assert column.given == np.int64


def test_what_waits_is_little():
    """However many blocks come, tallies that wait hold no more than twice what the largest holds."""
    rng, tallies = np.random.default_rng(0), Tallies()
    keys = rng.integers(0, 3_000, 60_000)
    for part in np.split(keys, 300):
        tallies.add(tally(part))
        sizes = [len(one) for one in tallies._waiting]
        assert sum(sizes) <= 2 * max(sizes)
    assert tallies.total().tolist() == tally(keys).tolist()

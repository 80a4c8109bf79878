"""What measures returned is the same after it was kept."""

import random

import numpy as np
import pytest

from holdfast.audits.judge import Failed, NotAsked
from holdfast.audits.packing import pack, unpack
from holdfast.measures import MEASURES, Band, Calibration, Reading, Undetermined
from holdfast.measures.examples import text_sides


def lists(value):
    """As JSON would have it: tuples inside details are lists afterwards, and numpy's numbers plain ones."""
    if isinstance(value, Band):
        return value
    if isinstance(value, dict):
        return {key: lists(held) for key, held in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [lists(held) for held in value]
    return value.item() if isinstance(value, np.generic) else value


def test_a_whole_battery_comes_back_as_it_was():
    dice = random.Random(5)  # noqa: S311 - no secret
    words = [f"word{i}" for i in range(80)]
    zipf = [1 / (i + 1) for i in range(80)]
    rows = [" ".join(dice.choices(words, zipf, k=dice.randint(3, 14))) for _ in range(300)]
    made = [f"Sure! {row}" if i % 3 else rows[i % 7] for i, row in enumerate(rows[::-1])]
    strata = [dice.choice("abc") for _ in rows]
    sides = text_sides(real=rows, candidate=made, real_strata=strata, candidate_strata=strata)
    results = [measure(sides, Calibration(draws=199)) for measure in MEASURES]
    assert sum(isinstance(result, Reading) for result in results) > 15
    for before, after in zip(results, unpack(pack(results)), strict=True):
        if isinstance(before, Undetermined):
            assert after == before
            continue
        for name in (
            "value",
            "null",
            "interval",
            "p_value",
            "effect",
            "smallest_detectable",
            "rows",
            "evidence",
        ):
            assert getattr(after, name) == getattr(before, name), name
        assert after.details == lists(before.details)


def test_what_is_not_a_reading():
    results = [NotAsked(reason="nothing"), Undetermined(reason="few", needed_rows=3, applies=False)]
    assert unpack(pack(results)) == results


def test_what_numbers_cannot_be_written_in_json_and_keys_that_are_none():
    reading = Reading(
        value=float("inf"),
        null=Band(median=0.0, low=-1.0, high=float("inf")),
        p_value=1.0,
        randomized=0.5,
        effect=0.0,
        smallest_detectable=float("inf"),
        details={
            3: {"": "a", None: (np.int64(4), "<b>")},
            "list": [{"": 1}],
            "band": Band(median=1, low=0, high=2),
        },
    )
    found = unpack(pack([reading]))[0]
    assert found.value == float("inf")
    assert found.details == {
        3: {"": "a", None: [4, "<b>"]},
        "list": [{"": 1}],
        "band": Band(median=1, low=0, high=2),
    }


def test_a_measure_that_broke_is_not_kept():
    with pytest.raises(ValueError, match="Failed cannot be kept"):
        pack([Failed(error="ZeroDivisionError")])


@pytest.mark.parametrize(
    "bytes_",
    [b"", b"\xc1", b"\x80", b"\x91\x80", b"\x91\x81\xa0\xa6system", b"null", b"\x91\x81\xa0\xa4band"],
)
def test_bytes_of_something_else(bytes_):
    with pytest.raises(ValueError, match="not what a battery returned"):
        unpack(bytes_)

"""Examples: drawn, not chosen; no row that judges, none that repeats one, and sources that are the right ones where ids are not."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.remedies.generate.contract import Made
from holdfast.remedies.generate.examples import MOST, PER_FILTER, draw_examples
from holdfast.remedies.generate.parts import Parts, Texts


def texts(name, count, strata=("a",)):
    return Texts(
        ids=tuple(f"row:{at}" for at in range(count)),
        texts=tuple(f"{name} {at}" for at in range(count)),
        strata=tuple(strata[at % len(strata)] for at in range(count)),
    )


def parts(strata=("a",)):
    nothing = Texts(ids=(), texts=(), strata=())
    return Parts(
        steering=texts("steers", 40, strata),
        judging=texts("judges", 40, strata),
        gold=nothing,
        sealed=("sealed",),
        candidate=texts("was there", 40, strata),
        candidate_hash=None,
        unlabelled=False,
        declared=None,
        text_column="text",
        label_column="label",
        name="real",
        digest=None,
        depths={},
        licenses={},
    )


def made(at, stratum="a", **facts):
    return Made(
        id=f"g-{at}",
        stratum=stratum,
        arm="rule_based",
        method="rule_based",
        model=None,
        round=1,
        source_type="machine_edited",
        text=f"made {at}",
        **facts,
    )


def drawn(rows, strata=("a",), seed=0):
    found = parts(strata)
    real = {
        name: [at for at, one in enumerate(found.steering.strata) if one == name]
        for name in dict.fromkeys(strata)
    }
    return draw_examples(rows, found, real, list(strata), np.random.default_rng(seed))


@pytest.mark.parametrize("count", [1, 2, 5, 6, 20])
def test_there_are_few_enough_to_read(count):
    strata = tuple(f"s{at}" for at in range(count))
    rows = [made(at, stratum=strata[at % count]) for at in range(10 * count)]
    found = drawn(rows, strata)
    assert 0 < len(found) <= MOST
    sides = {name: [one.side for one in found if one.stratum == name] for name in strata}
    assert list(dict.fromkeys(one.stratum for one in found)) == list(
        strata[: min(count, 5 if count <= 5 else 7)]
    )
    for shown in sides.values():
        assert shown.count("kept") <= PER_FILTER
    assert {one.text.split()[0] for one in found if one.side == "real"} == {"steers"}


def test_all_rows_have_the_same_chance():
    rows = [made(at) for at in range(12)]
    seen = np.zeros(12)
    for seed in range(400):
        for one in drawn(rows, seed=seed):
            if one.side == "kept":
                seen[int(one.id.removeprefix("g-"))] += 1
    # 100 of 400 draws each; a binomial spread of 8.7.
    assert seen.sum() == 1200
    assert seen.min() > 65
    assert seen.max() < 135


def test_sources_are_told_apart_where_ids_are_the_same():
    rows = [
        made(0, parents=("row:3",)),
        made(1, dropped_by="near_duplicates", duplicate_of="row:3"),
        made(2, dropped_by="anchor_copies", duplicate_of="row:3"),
        made(3, dropped_by="exact_duplicates", duplicate_of="g-0"),
        made(4, dropped_by="label_noise", parents=("row:5",)),
        made(5, dropped_by="damage"),
    ]
    found = {one.id: one.source for one in drawn(rows) if one.side != "real"}
    assert found == {
        "g-0": "steers 3",
        "g-1": "was there 3",
        "g-2": "steers 3",
        "g-3": "made 0",
        "g-4": "steers 5",
        "g-5": None,
    }


def test_rows_that_repeat_what_nobody_may_see_are_not_shown():
    rows = [made(0), made(1, dropped_by="leak", duplicate_of="row:1")]
    assert "g-1" not in {one.id for one in drawn(rows)}


def test_nothing_kept_shows_what_was_dropped():
    rows = [made(at, dropped_by="refusals", drop_reason="refuses") for at in range(9)]
    found = drawn(rows)
    assert [one.side for one in found] == ["dropped"] * PER_FILTER
    assert {one.filter for one in found} == {"refusals"}
    assert drawn([]) == ()

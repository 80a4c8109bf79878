"""The guard: a filter that eats the tail is relaxed or stopped, one that does not is let be."""

import numpy as np
import pytest

from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST, Marks
from holdfast.remedies.curate.guard import guard
from holdfast.remedies.sides import read_beside

RARE = ["estate", "fees"]  # 66 of 576 rows


@pytest.fixture(scope="module")
def sides(real, made):
    return read_beside(made, real=real).sides


def mark(sides, *, tail, head, scores=None, cut=None):
    """Takes these shares of the two rarest strata and of all others, on both sides."""

    def taken(strata):
        rare = np.isin(strata, [sides.labels.index(name) for name in RARE])
        found = np.zeros(len(strata), bool)
        for rows, share in ((np.flatnonzero(rare), tail), (np.flatnonzero(~rare), head)):
            found[rows[: round(share * len(rows))]] = True
        return found

    return Marks(
        candidate=taken(sides.candidate.strata),
        real=taken(sides.known),
        reason=lambda row: f"row {row}",
        scores=scores,
        cut=cut,
    )


def test_a_filter_that_takes_little_of_the_tail_acts(sides):
    marks = mark(sides, tail=0.03, head=0.3)
    found = guard(sides, marks, tolerance=0.05, on_tail="stop")
    assert found.decision == "acts"
    assert (found.marks == marks.candidate).all()
    assert found.spared == 0


def test_a_filter_that_eats_the_tail_is_stopped(sides):
    marks = mark(sides, tail=0.4, head=0.01)
    found = guard(sides, marks, tolerance=0.05, on_tail="stop")
    assert found.decision == "stopped"
    assert not found.marks.any()
    assert found.spared == marks.candidate.sum()
    toll = found.tolls[0]
    assert toll.band == "rarest tenth"
    assert toll.share > 0.05
    assert toll.high > toll.share


def test_or_relaxed_where_it_does(sides):
    marks = mark(sides, tail=0.4, head=0.01)
    found = guard(sides, marks, tolerance=0.05, on_tail="relax")
    rare = np.isin(sides.candidate.strata, [sides.labels.index(name) for name in RARE])
    assert found.decision == "relaxed"
    assert set(found.strata) == set(RARE)
    assert not found.marks[rare].any()
    assert (found.marks[~rare] == marks.candidate[~rare]).all()
    assert found.spared == (marks.candidate & rare).sum()


def test_a_score_is_relaxed_by_a_lower_cut(sides):
    rng = np.random.default_rng(0)
    scores = rng.random(len(sides.candidate)), rng.random(len(sides.anchor))
    rare = [strata == sides.labels.index("estate") for strata in (sides.candidate.strata, sides.known)]
    for values, part in zip(scores, rare, strict=True):
        values[part] *= 0.3
    marks = Marks(candidate=scores[0] < 0.2, real=scores[1] < 0.2, reason=str, scores=scores, cut=0.2)
    found = guard(sides, marks, tolerance=0.05, on_tail="relax")
    assert found.decision == "relaxed"
    assert found.marks[rare[0]].mean() < 0.2 < marks.candidate[rare[0]].mean()
    cut = np.quantile(scores[1][rare[1]], 0.05, method="lower")
    assert (found.marks[rare[0]] == (scores[0][rare[0]] < cut)).all()


def test_what_real_rows_have_no_score_for_is_not_measured(sides):
    marks = Marks(candidate=np.ones(len(sides.candidate), bool), real=None, reason=str)
    found = guard(sides, marks, tolerance=0.05, on_tail="stop")
    assert found.decision == "not measured"
    assert found.marks.all()


@pytest.mark.parametrize(
    "one", [f for f in ON_REQUEST if f.name in ("typicality", "outliers")], ids=lambda f: f.name
)
def test_filters_that_keep_the_typical_are_caught(sides, one):
    assert guard(sides, one(sides), tolerance=0.05, on_tail="stop").decision == "stopped"


@pytest.mark.parametrize("one", DEFAULTS, ids=lambda f: f.name)
def test_what_is_filtered_usually_takes_a_hundredth_of_reality_at_most(sides, one):
    marks = one(sides)
    assert not isinstance(marks, str)
    assert marks.real.mean() <= 0.011

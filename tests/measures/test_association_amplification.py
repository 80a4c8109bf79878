"""Association amplification: what is tied more closely is found and named, more or fewer rows of a stratum are not."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import alarming, fewest_hits

from holdfast.measures import AssociationAmplification, Calibration, Reading, Undetermined
from holdfast.measures.examples import text_sides

NULL = Calibration(draws=199)
STRATA = 6


def rows(counts, tied, rng, own=12):
    """Rows of strata that have words of their own, each in this share of the rows; and the strata."""
    strata = np.repeat(np.arange(STRATA), counts)
    texts = []
    for stratum in strata:
        words = [
            f"s{stratum}w{i}" if rng.random() < tied else f"s{rng.integers(STRATA)}w{i}" for i in range(own)
        ]
        texts.append(
            " ".join([*rng.permutation(words)[:6], f"x{rng.integers(400)}", f"y{rng.integers(400)}"])
        )
    return texts, [f"stratum {stratum}" for stratum in strata]


def read(real, candidate, null=NULL):
    sides = text_sides(
        real=real[0], real_strata=real[1], candidate=candidate[0], candidate_strata=candidate[1]
    )
    return AssociationAmplification()(sides, null)


def warns(reading):
    return reading.p_value <= 0.01 and reading.effect > AssociationAmplification().tolerance


def test_what_is_tied_more_closely_is_told_by_how_much():
    rng = np.random.default_rng(0)
    reading = read(rows([200] * STRATA, 0.4, rng), rows([200] * STRATA, 0.6, rng))
    assert reading.value == pytest.approx(1.5, abs=0.15)
    assert warns(reading)
    assert all(pair["candidate_share"] > pair["real_share"] for pair in reading.details["pairs"])
    assert all(pair["word"].startswith(f"s{pair['stratum'][-1]}") for pair in reading.details["pairs"])
    assert len(reading.rows) > 50


def test_looser_ties_are_no_finding():
    rng = np.random.default_rng(1)
    reading = read(rows([80] * STRATA, 0.6, rng), rows([80] * STRATA, 0.4, rng))
    assert reading.effect < -0.2
    assert reading.details["pairs"] == []


def test_shares_of_strata_do_not_enter():
    rng = np.random.default_rng(2)
    reading = read(rows([80] * STRATA, 0.5, rng), rows([200, 100, 60, 40, 20, 0], 0.5, rng))
    assert not warns(reading)


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(40, 40), (20, 60)])
def test_false_alarms_stay_within_their_level(sizes):
    p_values = []
    while alarming(p_values) is None:
        trial = len(p_values)
        rng = np.random.default_rng([trial, 3])
        sides = [rows(rng.multinomial(size * STRATA, [1 / STRATA] * STRATA), 0.5, rng) for size in sizes]
        p_values.append(read(*sides, Calibration(draws=99, seed=trial)).p_value)
    assert not alarming(p_values)


@pytest.mark.slow
def test_a_quarter_more_is_found():
    hits, trials = 0, 24  # 16 must hit; of powers of one half, 92 in a hundred fall short of that
    for trial in range(trials):
        rng = np.random.default_rng([trial, 4])
        hits += warns(
            read(rows([80] * STRATA, 0.48, rng), rows([80] * STRATA, 0.6, rng), Calibration(draws=99))
        )
    assert hits >= fewest_hits(trials, 0.9)


def test_without_strata_it_does_not_apply():
    rng = np.random.default_rng(5)
    texts, _ = rows([40] * STRATA, 0.5, rng)
    reading = AssociationAmplification()(text_sides(real=texts, candidate=texts), NULL)
    assert isinstance(reading, Reading | Undetermined)
    one = text_sides(real=texts, real_strata=["a"] * 240, candidate=texts, candidate_strata=["a"] * 240)
    assert isinstance(AssociationAmplification()(one, NULL), Undetermined)


def test_few_rows_are_undetermined():
    rng = np.random.default_rng(6)
    reading = read(rows([80] * STRATA, 0.5, rng), rows([5] * STRATA, 0.5, rng))
    assert isinstance(reading, Undetermined)
    assert reading.needed_rows == 100

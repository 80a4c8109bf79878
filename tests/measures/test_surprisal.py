"""Surprisal: nonsense is strange, likely text is ordinary, and length is neither."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import fewest_hits, invent_words, most_alarms, near_copies, zipf_world

from holdfast.measures import Calibration, Reading, Surprisal, Undetermined
from holdfast.measures.examples import text_sides

NULL = Calibration(draws=199)


class Grammar:
    """Rows of clauses: who does what to whom, some words far likelier than others."""

    def __init__(self, seed, words=60):
        rng = np.random.default_rng([seed, 3])
        vocabulary = invent_words(4 * words, rng)
        self.parts = [vocabulary[i * words : (i + 1) * words] for i in range(4)]
        weights = np.arange(1, words + 1) ** -1.0
        self.weights = weights / weights.sum()

    def rows(self, count, rng, clauses=(1, 4), sharp=1.0):
        weights = self.weights**sharp / (self.weights**sharp).sum()
        lengths = rng.integers(clauses[0], clauses[1] + 1, size=count)
        upto = (weights.cumsum() / weights.cumsum()[-1]).searchsorted
        return [
            " ".join(
                part[at]
                for clause in upto(rng.random((n, 4)))
                for part, at in zip(self.parts, clause, strict=True)
            )
            for n in lengths
        ]


def shuffled(rows, rng):
    return [" ".join(rng.permutation(row.split())) for row in rows]


def read(real, candidate, null=NULL):
    reading = Surprisal()(text_sides(real=real, candidate=candidate), null)
    assert isinstance(reading, Reading)
    return reading


def warns(reading):
    return reading.p_value <= 0.01 and reading.effect > Surprisal().tolerance


def test_nonsense_is_strange():
    grammar, rng = Grammar(0), np.random.default_rng(0)
    more = grammar.rows(600, rng)
    more[:60] = shuffled(grammar.rows(60, rng, clauses=(3, 4)), rng)
    reading = read(grammar.rows(600, rng), more)
    assert reading.details["worse"] == "without order"
    assert reading.value == pytest.approx(0.15, abs=0.04)  # a twentieth of real rows, and a tenth
    assert warns(reading)
    assert len(set(range(60)) & set(reading.rows)) > 50
    assert reading.rows[0] < 60


def test_invented_words_are_strange():
    grammar, rng = Grammar(6), np.random.default_rng(8)
    more = grammar.rows(600, rng)
    more[:60] = [" ".join(rng.choice(invent_words(500, rng), 8)) for _ in range(60)]
    reading = read(grammar.rows(600, rng), more)
    assert reading.details["worse"] == "stranger"
    assert warns(reading)
    assert set(range(60)) <= set(reading.rows)


def test_likely_text_is_ordinary():
    grammar, rng = Grammar(1), np.random.default_rng(1)
    reading = read(grammar.rows(600, rng), grammar.rows(600, rng, sharp=2.0))
    assert reading.details["worse"] == "more ordinary"
    assert reading.value > 0.3
    assert reading.effect == pytest.approx(reading.value - 0.1, abs=0.01)
    assert warns(reading)


@pytest.mark.parametrize("clauses", [(1, 1), (4, 4), (6, 8)])
def test_length_is_neither(clauses):
    grammar, rng = Grammar(2), np.random.default_rng(2)
    reading = read(grammar.rows(900, rng), grammar.rows(900, rng, clauses=clauses))
    assert not warns(reading)


def test_both_ends_are_told():
    grammar, rng = Grammar(3), np.random.default_rng(3)
    reading = read(grammar.rows(400, rng), grammar.rows(400, rng))
    ends = {end["end"]: end for end in reading.details["ends"]}
    assert ends["stranger"]["real_share"] == pytest.approx(0.01, abs=0.01)
    assert ends["more ordinary"]["real_share"] == pytest.approx(0.10, abs=0.02)
    assert ends["without order"]["real_share"] == pytest.approx(0.05, abs=0.02)
    assert len(reading.evidence) == 3


def test_copies_of_real_rows_are_read_without_their_source():
    grammar, rng = Grammar(4), np.random.default_rng(4)
    real = grammar.rows(400, rng)
    copies = [real[i] for i in rng.choice(400, 200, replace=False)] + grammar.rows(200, rng)
    ends = read(real, copies).details["ends"]
    assert ends[2]["candidate_share"] < 0.15


def test_rows_without_words_are_neither():
    grammar, rng = Grammar(5), np.random.default_rng(5)
    real, more = grammar.rows(200, rng), grammar.rows(200, rng)
    reading = read(real, more + ["?!"] * 50)
    assert all(row < 200 for row in reading.rows)
    few = Surprisal()(text_sides(real=real, candidate=more[:10] + ["?!"] * 90), NULL)
    assert isinstance(few, Undetermined)
    assert few.needed_rows == 100


def documents(seed, count, rng):
    """Rows in near-copies: four of five are no new draws."""
    return list(near_copies(zipf_world(seed, strata=6, length=(20, 20)).rows(count // 5, rng), 4, rng).texts)


SCENES = {
    "apart": (lambda seed, count, rng: Grammar(seed).rows(count, rng), 200, 200),
    "large candidate": (lambda seed, count, rng: Grammar(seed).rows(count, rng), 120, 320),
    "small candidate": (lambda seed, count, rng: Grammar(seed).rows(count, rng), 320, 120),
    "near-copies": (documents, 600, 600),
}


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_false_alarms_stay_within_their_level(scene):
    draw, real, candidate = SCENES[scene]
    trials, p_values = 60, []
    for trial in range(trials):
        rng = np.random.default_rng([trial, 6])
        reading = read(
            draw(trial % 5, real, rng), draw(trial % 5, candidate, rng), Calibration(draws=99, seed=trial)
        )
        p_values.append(reading.p_value)
    for level in (0.01, 0.05):
        assert sum(p <= level + 1e-12 for p in p_values) <= most_alarms(trials, level)


@pytest.mark.slow
def test_a_seventh_of_nonsense_is_found():
    trials, hits = 60, 0
    for trial in range(trials):
        rng = np.random.default_rng([trial, 7])
        grammar = Grammar(trial % 5)
        more = grammar.rows(400, rng)
        more[:60] = shuffled(grammar.rows(60, rng, clauses=(3, 4)), rng)
        hits += warns(read(grammar.rows(400, rng), more, Calibration(draws=99, seed=trial)))
    assert hits >= fewest_hits(trials, 0.9)


def test_hostile_rows_are_answered():
    grammar, rng = Grammar(6), np.random.default_rng(8)
    odd = ["x" * 10**6, "\ud800" * 9, "", "?", "ก" * 10**5, "a " * 10**5, "\u0301" * 999]
    reading = read(grammar.rows(200, rng), grammar.rows(100, rng) + odd)
    assert np.isfinite(reading.value)

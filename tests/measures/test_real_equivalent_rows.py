"""Real-equivalent rows in worlds where the answer is known.

Words follow each other by the seed of a world, in an order of each label's own: what is in order can be learnt.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from worlds import Labelled, invent_words, sides

from holdfast.measures.reading import Calibration, Reading, Undetermined
from holdfast.measures.text.real_equivalent_rows import RealEquivalentRows

TRIALS = 8
REAL, FRESH = 600, 200


class Speech:
    """After each word, six others follow, the first most often; every label has words and an order of its own."""

    def __init__(self, seed, labels=4, exponent=0.6, own=40, shared=40):
        rng = np.random.default_rng([seed, 78])
        words = invent_words(labels * own + shared, rng, 5)
        self.labels = tuple(f"label {i:02d}" for i in range(labels))
        self.shares = np.arange(1, labels + 1.0) ** -exponent
        self.cumulated = np.cumsum(1 / np.arange(1, 7)) / np.sum(1 / np.arange(1, 7))
        self.first, self.after = [], []
        for i in range(labels):
            mine = words[i * own : (i + 1) * own] + words[labels * own :]
            self.first.append(rng.choice(mine, 18).tolist())
            self.after.append({word: rng.choice(mine, 6, replace=False).tolist() for word in mine})

    def rows(self, count, rng, shares=None):
        shares = self.shares if shares is None else shares
        strata = rng.choice(len(self.labels), count, p=shares / shares.sum()).tolist()
        return Labelled(
            texts=tuple(self.text(i, rng) for i in strata), strata=tuple(self.labels[i] for i in strata)
        )

    def text(self, label, rng):
        said = [self.first[label][rng.integers(18)]]
        for chance in rng.random(rng.integers(6, 13)):
            said.append(self.after[label][said[-1]][int(np.searchsorted(self.cumulated, chance))])
        return " ".join(said)


def measure(real, candidate, *, labels=True, use="replace", seed=0, **options):
    both = replace(sides(real, candidate, candidate_labels=labels, **options), use=use)
    return RealEquivalentRows()(both, Calibration(seed=seed))


def shuffled(rows, rng):
    return Labelled(
        texts=tuple(" ".join(rng.permutation(text.split())) for text in rows.texts), strata=rows.strata
    )


def soup(rows, rng):
    """Words drawn by their frequency."""
    words = " ".join(rows.texts).split()
    return Labelled(
        texts=tuple(" ".join(rng.choice(words, len(text.split()))) for text in rows.texts), strata=rows.strata
    )


def relabelled(rows, rng):
    return Labelled(texts=rows.texts, strata=tuple(rng.permutation(rows.strata).tolist()))


@cache
def world(seed=0):
    return Speech(seed)


@cache
def reality(seed=0):
    return world(seed).rows(REAL, np.random.default_rng([seed, 1]))


@cache
def fresh(seed=0):
    return world(seed).rows(FRESH, np.random.default_rng([seed, 2]))


@cache
def of_fresh(labels, seed):
    return measure(reality(seed), fresh(seed), labels=labels, seed=seed)


BOTH = pytest.mark.parametrize("labels", [True, False])


@pytest.mark.parametrize("labels", [pytest.param(True, marks=pytest.mark.slow), False])
def test_fresh_rows_are_worth_as_many(labels):
    readings = [of_fresh(labels, seed) for seed in range(TRIALS)]
    assert np.mean([reading.value for reading in readings]) == pytest.approx(FRESH, rel=0.15)
    ends = [reading.interval or (0.0, np.inf) for reading in readings]
    assert sum(low <= FRESH <= high for low, high in ends) >= 6
    assert sum(reading.p_value <= 0.01 for reading in readings) <= 1
    # By chance, one row in a thousand is covered by nobody.
    lost = [reading.details["uncovered_count"] for reading in readings]
    assert np.mean(lost) <= 0.005 * REAL
    assert max(lost) <= 0.02 * REAL


@BOTH
def test_eight_times_the_same_rows_are_worth_them_once(labels):
    few = fresh().at(range(100))
    once, often = (measure(reality(), few.at(list(range(100)) * n), labels=labels) for n in (1, 8))
    assert often.value == pytest.approx(once.value, rel=0.05)
    assert often.value == pytest.approx(100, rel=0.3)
    assert often.p_value <= 0.01
    assert often.effect > 0.8


@BOTH
@pytest.mark.parametrize("spoil", [shuffled, soup])
def test_words_out_of_order_are_worth_little(spoil, labels):
    reading = measure(reality(), spoil(fresh(), np.random.default_rng(3)), labels=labels)
    assert reading.value <= 0.2 * FRESH
    assert reading.p_value <= 0.001


def test_wrong_labels_are_worth_little():
    # Of shuffled labels, as many are right as labels meet themselves by chance: here one in ten.
    speech, rng = Speech(0, labels=12, exponent=0.4), np.random.default_rng(3)
    reading = measure(speech.rows(900, rng), relabelled(speech.rows(300, rng), rng))
    assert reading.value <= 0.2 * 300
    assert reading.p_value <= 0.001
    assert [learner["name"] for learner in reading.details["learners"]] == ["labels", "language"]


@BOTH
def test_junk_beside_good_rows_does_not_raise_the_value(labels):
    good = fresh().at(range(120))
    junk = soup(reality().at(range(360)), np.random.default_rng(4))
    alone, beside = (measure(reality(), rows, labels=labels) for rows in (good, good + junk))
    assert beside.value <= 1.1 * alone.value
    assert beside.details["coverage"]["real_rows"] >= 0.9 * alone.details["coverage"]["real_rows"]


@BOTH
def test_copies_of_the_reference_add_nothing(labels):
    copies = reality().at(range(FRESH))
    reading = measure(reality(), copies, labels=labels, use="add")
    assert reading.value <= 0.05 * FRESH
    assert reading.p_value == 1.0
    new = measure(reality(), fresh(), labels=labels, use="add")
    assert new.value == new.details["added"]["real_rows"]
    assert 0.4 * FRESH <= new.value <= 2 * FRESH
    assert new.null.low < new.null.median == new.details["added"]["fresh"] < new.null.high


def test_added_and_alone_are_read_together():
    alone, joined = (measure(reality(), fresh(), use=use) for use in ("replace", "add"))
    assert alone.details == joined.details
    assert alone.value == alone.details["headline"]["real_rows"]
    assert alone.value != joined.value


@BOTH
def test_more_than_the_reference_can_show_is_at_least_so_much(labels):
    reading = measure(
        reality(3).at(range(250)), world(3).rows(1_000, np.random.default_rng(5)), labels=labels
    )
    assert isinstance(reading, Reading)
    assert reading.details["headline"]["at_least"]
    assert 200 <= reading.value <= 250
    assert reading.p_value == 1.0
    assert reading.effect == 0.0
    assert reading.interval is None


def test_a_learning_curve_that_ends_flat_is_no_crash():
    seed = 2  # of six worlds the one whose last real rows teach nothing about labels
    rng = np.random.default_rng([seed, 6])
    speech = Speech(seed, labels=6)
    reading = measure(speech.rows(300, rng), speech.rows(1_500, rng), seed=seed)
    scores = reading.details["learning"]["labels"]["scores"]
    assert scores[-1] <= max(scores[:-1])
    assert np.isfinite(reading.value)
    assert 0 <= reading.smallest_detectable <= 1


def test_few_rows_are_undetermined():
    for real, candidate in ((reality().at(range(30)), fresh()), (reality(), fresh().at(range(30)))):
        reading = measure(real, candidate)
        assert isinstance(reading, Undetermined)
        assert reading.needed_rows


def test_identical_rows_are_undetermined():
    assert isinstance(measure(reality().at([0] * 300), fresh(), labels=False), Undetermined)


def test_rows_that_share_no_pair_of_words_are_undetermined():
    words = invent_words(3_000, np.random.default_rng(6), 7)
    apart = Labelled(
        texts=tuple(" ".join(words[6 * i : 6 * i + 6]) for i in range(500)), strata=("all",) * 500
    )
    reading = measure(apart.at(range(250)), apart.at(range(250, 500)), labels=False)
    assert isinstance(reading, Undetermined)
    assert "next to nothing in common" in reading.reason


@pytest.mark.slow
def test_losing_the_rarest_shows_in_the_rarest_band():
    speech = Speech(1, labels=5)
    speech.shares = np.array([0.215, 0.215, 0.215, 0.215, 0.14])
    rng = np.random.default_rng(7)
    real = speech.rows(2_700, rng)
    lost = np.where(speech.shares > 0.2, speech.shares, 0.0)
    whole, part = (measure(real, speech.rows(700, rng, shares)) for shares in (None, lost))
    rare, whole_rare = (
        {band["band"]: band for band in reading.details["bands"]}["rarest tenth"] for reading in (part, whole)
    )
    assert rare["reason"] is None
    assert rare["real_rows"] < 0.1 * part.value
    assert whole_rare["low"] <= 700 * 1.2
    assert whole_rare["real_rows"] == pytest.approx(700, rel=0.45)
    assert part.details["strata"][0]["stratum"] == "label 04"


@BOTH
def test_row_order_does_not_matter(labels):
    rng = np.random.default_rng(8)
    one = of_fresh(labels, 0)
    other = measure(reality().at(rng.permutation(REAL)), fresh().at(rng.permutation(FRESH)), labels=labels)
    for key in ("coverage", "added"):
        assert other.details[key] == pytest.approx(one.details[key], rel=1e-6), key
    assert other.value == pytest.approx(one.value, rel=0.01)
    assert other.details["uncovered_count"] == one.details["uncovered_count"]


def test_the_same_seed_gives_the_same_reading():
    assert measure(reality(), fresh()) == of_fresh(True, 0)


def test_declared_shares_and_clusters_run():
    shares = dict(zip(world().labels, [0.1, 0.2, 0.3, 0.4], strict=True))
    declared = measure(reality(), fresh(), declared=shares)
    assert declared.value == pytest.approx(of_fresh(True, 0).value)
    assert len(declared.details["bands"]) == 4
    clusters = measure(reality(), fresh(), labels=False, real_labels=False)
    assert clusters.value == pytest.approx(FRESH, rel=0.35)
    assert [learner["name"] for learner in clusters.details["learners"]] == ["language"]


def test_a_row_that_nobody_covers_any_more_is_shown():
    lost = np.where(np.arange(4) == 0, 0.0, world().shares)
    candidate = world().rows(FRESH, np.random.default_rng(9), lost)
    details = measure(reality(), candidate).details
    assert details["uncovered_count"] > 0.1 * REAL
    assert all(shown["chance"] < 0.001 for shown in details["uncovered"])
    strata = [shown["stratum"] for shown in details["uncovered"]]
    assert strata.count("label 00") > 0.5 * len(strata)
    assert max(strata.count(label) for label in set(strata)) <= 20

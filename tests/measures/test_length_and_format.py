"""Length and format: Gini's mean difference and effective numbers by hand; trimmed lengths, one format for all."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import Labelled, fewest_hits, sides, zipf_world

from holdfast.measures import Calibration, LengthAndFormat
from holdfast.measures.text.length_and_format import entropy

MEASURE = LengthAndFormat()


def read(real, candidate, **options):
    return MEASURE(sides(real, candidate, real_labels=False), Calibration(draws=99, **options))


def dressed(rows, rng, kinds):
    """Rows in one of several formats."""
    marks = ("{}", "{}?", "{}.", "- {}", "# {}", "1. {}", "{}!", "**{}**")[:kinds]
    texts = tuple(marks[rng.integers(len(marks))].format(text) for text in rows.texts)
    return Labelled(texts=texts, strata=rows.strata)


def test_spread_is_the_mean_difference_of_log_lengths():
    rng = np.random.default_rng(0)
    world = zipf_world(0, strata=3, length=(3, 25))
    real, candidate = world.rows(80, rng), world.rows(80, rng)
    found = read(real, candidate).details["lengths"]
    for rows, name in ((real, "real"), (candidate, "candidate")):
        logs = np.log([len(text.split()) for text in rows.texts])
        assert np.log(found[name]) == pytest.approx(np.log(np.abs(logs[:, None] - logs[None, :]).mean()))


def test_effective_number_of_formats():
    assert entropy(np.array([7])) == 0
    assert np.exp(entropy(np.array([4, 4, 4, 4]))) == pytest.approx(4)
    assert np.exp(entropy(np.array([3, 1]))) == pytest.approx(4 / 3**0.75)


def test_trimmed_lengths_are_found():
    hits, trials = 0, 12
    for trial in range(trials):
        rng = np.random.default_rng([trial, 91])
        wide, narrow = (zipf_world(trial, strata=3, length=length) for length in ((4, 20), (9, 15)))
        reading = read(wide.rows(150, rng), narrow.rows(150, rng))
        hits += reading.effect > MEASURE.tolerance and reading.p_value <= 0.01
        assert reading.value == reading.details["lengths"]["ratio"]
        assert reading.details["distance"]["p_value"] <= 0.01
    assert hits >= fewest_hits(trials, 0.95)


def test_one_format_for_all_is_found():
    hits, trials = 0, 12
    for trial in range(trials):
        rng = np.random.default_rng([trial, 92])
        world = zipf_world(trial, strata=3)
        reading = read(dressed(world.rows(150, rng), rng, 8), dressed(world.rows(150, rng), rng, 2))
        hits += reading.effect > MEASURE.tolerance and reading.p_value <= 0.01
        assert reading.value == reading.details["formats"]["ratio"]
        shares = {row["format"]: row for row in reading.details["formats"]["shares"]}
        assert shares["bullet list"]["real"] > 0.05
        assert shares["bullet list"]["candidate"] == 0
    assert hits >= fewest_hits(trials, 0.95)


def test_a_wider_mix_is_no_finding():
    rng = np.random.default_rng(1)
    narrow, wide = zipf_world(0, strata=3, length=(9, 15)), zipf_world(0, strata=3, length=(4, 20))
    reading = read(narrow.rows(150, rng), dressed(wide.rows(150, rng), rng, 4))
    assert reading.value > 1
    assert reading.effect < 0
    assert reading.p_value > 0.5
    assert reading.details["distance"]["p_value"] <= 0.01


def test_longer_rows_of_the_same_spread_show_in_the_distance_alone():
    rng = np.random.default_rng(2)
    short, long = zipf_world(0, strata=3, length=(10, 20)), zipf_world(0, strata=3, length=(30, 60))
    reading = read(short.rows(200, rng), long.rows(200, rng))
    assert reading.effect <= MEASURE.tolerance
    assert reading.details["distance"]["value"] == 1
    words = {row["share"]: row for row in reading.details["lengths"]["words"]}
    assert words[0.5]["candidate"] > 2 * words[0.5]["real"]

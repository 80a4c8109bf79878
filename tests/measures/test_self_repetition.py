"""Self-repetition: runs counted by hand, a template in three rows of ten, repeats wherever they stand."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import Labelled, fewest_hits, sides, zipf_world

from holdfast.measures import Calibration, SelfRepetition, Undetermined
from holdfast.measures.text.self_repetition import compression_ratio

MEASURE = SelfRepetition()
TEMPLATE = "thank you so much for your message about"


def with_template(rows, share, rng):
    hit = rng.random(len(rows)) < share
    texts = tuple(f"{TEMPLATE} {text}" if h else text for text, h in zip(rows.texts, hit, strict=True))
    return Labelled(texts=texts, strata=rows.strata)


def plain(count, rng):
    """Rows of eight words that never return."""
    return Labelled(
        texts=tuple(" ".join(f"w{i}" for i in rng.integers(0, 10**9, 8)) for _ in range(count)),
        strata=("x",) * count,
    )


def test_repeated_runs_by_hand():
    rng = np.random.default_rng(0)
    real, candidate = plain(60, rng), plain(57, rng)
    shared = ("a b c d e one two three", "a b c d e four five six", "a b c d e four five six")
    mixed = Labelled(texts=candidate.texts + shared, strata=("x",) * 60)
    reading = MEASURE(sides(real, mixed, real_labels=False), Calibration(draws=99))
    # 59 distinct texts of 5 runs of four words; "a b c d" and "b c d e" stand in two of them.
    assert reading.value == pytest.approx(4 / (59 * 5), rel=0.02)
    assert {mixed.texts[row] for row in reading.rows} == set(shared)
    assert reading.details["runs"][1]["candidate"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_template_in_three_rows_of_ten_is_found(seed):
    hits, trials = 0, 4
    for trial in range(trials):
        rng = np.random.default_rng([trial, seed, 71])
        world = zipf_world(trial, strata=4)
        candidate = with_template(world.rows(150, rng), 0.3, rng)
        reading = MEASURE(sides(world.rows(150, rng), candidate, real_labels=False), Calibration(draws=99))
        hits += reading.effect > MEASURE.tolerance and reading.p_value <= 0.01
        assert sum(candidate.texts[row].startswith(TEMPLATE) for row in reading.rows[:30]) == 30
        assert reading.details["compression"]["candidate"] > reading.details["compression"]["high"]
    assert hits >= fewest_hits(trials, 0.95)


def test_compression_sees_repeats_wherever_they_stand():
    rng = np.random.default_rng(1)
    rows = [" ".join(f"w{i}" for i in rng.integers(0, 10**6, 12)) for _ in range(400)]
    once, beside = "\n".join(rows).encode(), "\n".join(row for row in rows for _ in (0, 1)).encode()
    apart = "\n".join(rows * 2).encode()
    assert len(apart) > 2**15  # beyond the window of gzip
    assert compression_ratio(apart) > 1.8 * compression_ratio(once)
    assert compression_ratio(apart) > 0.9 * compression_ratio(beside)


def test_repeated_rows_are_left_to_duplicates():
    rng = np.random.default_rng(2)
    real, some = plain(60, rng), plain(20, rng)
    copies = Labelled(texts=some.texts * 4, strata=("x",) * 80)
    assert MEASURE(sides(real, copies, real_labels=False), Calibration(draws=99)).value == 0


def test_short_rows_are_no_answer():
    rng = np.random.default_rng(3)
    short = Labelled(texts=tuple(f"three words w{i}" for i in range(60)), strata=("x",) * 60)
    answer = MEASURE(sides(plain(60, rng), short, real_labels=False), Calibration(draws=99))
    assert isinstance(answer, Undetermined)
    assert "four words" in answer.reason

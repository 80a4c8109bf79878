"""Broken rows: what is planted is found and named, what reality shows as well is not."""

from __future__ import annotations

import numpy as np
import pytest
from sentences import english
from worlds import alarming, fewest_hits, of_one_stratum

from holdfast.measures import BrokenRows, Calibration, Reading
from holdfast.measures.examples import text_sides
from holdfast.views.damage import COSMETIC, KINDS

NULL = Calibration(draws=199)
BREAK = {
    "encoding damage": lambda row: row.replace("a", "Ã¡"),
    "literal escapes": lambda row: row + r"\nThe end",
    "loops": lambda row: row + " and so on and on" * 6,
    "refusals": lambda row: "I'm sorry, but I cannot assist with " + row,
    "assistant openings": lambda row: "Sure! Here is " + row,
    "unfilled placeholders": lambda row: "Dear {{name}}, " + row,
    "template tokens": lambda row: "<|im_start|>" + row,
    "HTML leftovers": lambda row: row + "&nbsp;",
    "empty rows": lambda row: "?" * (1 + len(row) % 7),
    "cut-off rows": lambda row: row + " (",
}


def broken(rows, kind, share, rng):
    """Rows, this share of which is broken."""
    hit = rng.random(len(rows)) < share
    return [BREAK[kind](row) if h else row for row, h in zip(rows, hit, strict=True)]


def fails(reading):
    return reading.p_value <= 0.01 and reading.effect > BrokenRows().tolerance


@pytest.mark.parametrize("kind", COSMETIC)
def test_a_frame_is_named_and_breaks_nothing(kind):
    rng = np.random.default_rng(7)
    real, more = (english("money", 300, rng) for _ in range(2))
    reading = BrokenRows()(text_sides(real=real, candidate=list(map(BREAK[kind], more))), NULL)
    assert [entry["kind"] for entry in reading.details["kinds"] if entry["named"]] == [kind]
    assert not fails(reading)
    assert reading.value == 0.0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in COSMETIC])
def test_every_kind_is_found_and_named(kind):
    rng = np.random.default_rng(0)
    real, more = (english("money", 300, rng) for _ in range(2))
    more[::10] = map(BREAK[kind], more[::10])
    reading = BrokenRows()(text_sides(real=real, candidate=more), NULL)
    assert reading.value == pytest.approx(0.1)
    assert reading.effect == pytest.approx(0.1)
    assert fails(reading)
    assert [entry["kind"] for entry in reading.details["kinds"] if entry["named"]] == [kind]
    assert set(reading.rows) == set(range(0, 300, 10))


def test_reality_is_its_own_norm():
    rng = np.random.default_rng(1)
    real, more = (broken(english("money", 400, rng), "HTML leftovers", 0.7, rng) for _ in range(2))
    assert not fails(BrokenRows()(text_sides(real=real, candidate=more), NULL))
    more[::10] = map(BREAK["loops"], more[::10])
    reading = BrokenRows()(text_sides(real=real, candidate=more), NULL)
    # All kinds together hardly rise: the loops hide in the HTML, and are found all the same.
    assert reading.effect == pytest.approx(0.1)
    assert fails(reading)
    assert [entry["kind"] for entry in reading.details["kinds"] if entry["named"]] == ["loops"]


def test_less_damage_than_reality_is_no_finding():
    rng = np.random.default_rng(2)
    real = broken(english("money", 300, rng), "cut-off rows", 0.2, rng)
    reading = BrokenRows()(text_sides(real=real, candidate=english("money", 300, rng)), NULL)
    assert reading.effect < 0
    assert reading.p_value > 0.5


def test_copies_of_one_broken_row_are_one_accident():
    rng = np.random.default_rng(3)
    real, more = (english("money", 300, rng) for _ in range(2))
    # Where reality repeats itself, too; else every second copy counts as evidence.
    real[:20] = [real[0]] * 20
    more[:20] = [BREAK["refusals"](more[0])] * 20
    reading = BrokenRows()(text_sides(real=real, candidate=more), NULL)
    assert reading.value == pytest.approx(20 / 300)
    assert reading.p_value > 0.01


def test_the_evidence_names_a_kind():
    rng = np.random.default_rng(4)
    real, more = (english("money", 100, rng) for _ in range(2))
    more[0] = BREAK["refusals"](more[0])
    reading = BrokenRows()(text_sides(real=real, candidate=more), NULL)
    assert reading.evidence == (
        "1 of 100 rows show damage of some kind",
        "refusals: 1 row, 1.0 %; in reality 0 %",
    )


def draw(trial, share, real_share, sizes):
    rng = np.random.default_rng([trial, 5])
    sides = []
    for size, part in zip(sizes, (real_share, share), strict=True):
        rows = english("money", size, rng)
        for kind in ("HTML leftovers", "refusals"):
            rows = broken(rows, kind, part / 2, rng)
        sides.append(rows)
    reading = BrokenRows()(of_one_stratum(*sides), Calibration(draws=99, seed=trial))
    assert isinstance(reading, Reading)
    return reading


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(150, 150), (80, 240)])
def test_false_alarms_stay_within_their_level(sizes):
    p_values = []
    while alarming(p_values) is None:
        p_values.append(draw(len(p_values), 0.06, 0.06, sizes).p_value)
    assert not alarming(p_values)


@pytest.mark.slow
def test_a_twentieth_of_broken_rows_is_found():
    trials = 20  # 15 must hit; of powers of one half, 98 in a hundred fall short of that
    # 15 rows of 300 on average, and 6 are below the tolerance.
    hits = sum(fails(draw(trial, 0.05, 0.0, (300, 300))) for trial in range(trials))
    assert hits >= fewest_hits(trials, 0.95)


def test_hostile_rows_are_answered():
    odd = [
        "x" * 10**6,
        "{{" * 10**5,
        "\ud800",
        "\x00" * 1_000,
        "",
        "?",
        "ก" * 10**5,
        "a " * 10**5,
        "&" * 10**5,
        "[" * 10**5,
    ]
    rows = english("money", 100, np.random.default_rng(6))
    reading = BrokenRows()(text_sides(real=rows, candidate=rows[:60] + odd), NULL)
    assert isinstance(reading, Reading)
    assert set(reading.rows) <= set(range(60, 70))


def spoken(rows, rng, *, sentences, bare):
    """Rows of so many sentences each; a share of them ends without a full stop."""
    made = []
    for start in range(0, len(rows) - sentences + 1, sentences):
        text = " ".join(f"{row[0].upper()}{row[1:]}." for row in rows[start : start + sentences])
        made.append(text[:-1] if rng.random() < bare else text)
    return made


@pytest.mark.parametrize(
    ("real_bare", "bare", "cut"), [(0.3, 0.3, False), (0.0, 0.3, True), (0.3, 0.9, True)]
)
def test_a_missing_full_stop_is_damage_only_beyond_how_people_write(real_bare, bare, cut):
    # Longer rows than reality's have sentences that end before the last one, which ends as people end theirs.
    rng = np.random.default_rng(9)
    real = spoken(english("money", 300, rng), rng, sentences=1, bare=real_bare)
    longer = spoken(english("money", 900, rng), rng, sentences=3, bare=bare)
    reading = BrokenRows()(text_sides(real=real, candidate=longer), NULL)
    assert fails(reading) is cut
    named = [entry["kind"] for entry in reading.details["kinds"] if entry["named"]]
    assert named == (["cut-off rows"] if cut else [])

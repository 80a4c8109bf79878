"""The laboratory's page: says what came out, draws what is known, and is safe to open."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hostility import HOSTILE
from trials import check, curve, laboratory, trial

from holdfast.reports.laboratory import render_html, render_markdown, render_trial
from holdfast.reports.laboratory.axes import Axis, fit_axis
from holdfast.reports.laboratory.plot import key, plot
from holdfast.reports.laboratory.strip import spread, strip
from holdfast.reports.laboratory.wording import (
    command_of_all,
    expected,
    headline,
    measured,
    number,
    off,
    sentence,
    tolerance,
)

BROKEN = check("mean", measured=0.95, holds=False)


def marks(drawn, class_):
    """Elements of a picture by a class."""
    return [part for part in ET.fromstring(drawn).iter() if class_ in (part.get("class") or "").split()]  # noqa: S314 - our own


@pytest.mark.parametrize("words", HOSTILE)
def test_words_from_a_file_do_no_harm(words):
    found = laboratory(trial(words=words), trial("L6", words, holds=False, checks=[BROKEN | {"name": words}]))
    page = render_html(found)
    assert "<script" not in page
    assert "onerror=" not in page.replace("&lt;img src=x onerror=", "")
    assert "<h1>big" not in page
    assert not re.search(r"https?://(?!evil\.example)|\ssrc=", page.replace("&lt;img src=x", ""))
    text = render_trial(found["experiments"][1])
    plain = render_markdown(found)
    for shown in (page, text, plain):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert not re.search(r"(?<!\\)<(script|img|h1)", plain)
    assert not re.search(r"(?<!\\)\]\(", plain)
    assert len({line.count(" | ") for line in plain.splitlines() if line.startswith("| L")}) == 1
    assert len(page) < 400_000


def test_what_does_not_hold_is_seen_everywhere():
    found = laboratory(trial(), trial("L6", holds=False, checks=[check(), BROKEN]))
    page, text, plain = render_html(found), render_trial(found["experiments"][1]), render_markdown(found)
    assert "NOT ALL HOLD" in page
    assert "L6 did not" in page
    assert page.count("DOES NOT HOLD") >= 3  # in the summary, beside the title and beside the number
    assert 'tr class="wrong"' in page
    assert "DOES NOT HOLD" in text
    assert "**does not hold**" in plain
    assert "ALL HOLD" in render_html(laboratory(trial(), trial("L6")))
    assert "DOES NOT HOLD" not in render_html(laboratory(trial()))


def test_nothing_is_said_by_colour_alone():
    one = trial(holds=False, checks=[check(), BROKEN])
    painted = render_trial(one, color=True)
    assert "\x1b[31m" in painted
    assert re.sub(r"\x1b\[\d+m", "", painted) == render_trial(one)


@pytest.mark.parametrize("width", [76, 92, 110])
def test_lines_of_a_terminal_fit(width):
    long = "squared error of the mean, of the first sample, after as many generations as there were"
    said = render_trial(trial(checks=[check(long), BROKEN | {"name": long}], holds=False), width=width)
    assert max(map(len, said.splitlines())) <= width


def test_numbers_show_what_is_known_of_them():
    assert measured(check(measured=389.9684, standard_error=0.67)) == "389.97 ± 0.67"
    assert measured(check(measured=None)) == "no number"
    assert measured(check(standard_error=None, tolerance=1e-3, measured=2 / 3)) == "0.6667"
    assert expected(check(relation="at_least", standard_error=None)) == "at least 0.500"
    assert tolerance(check(tolerance=0.0)) == "exact"
    assert number(-0.00001) == "−10⁻⁵"
    assert number(9.96e-7) == "10⁻⁶"
    # What fails by little still looks different.
    close = check(expected=1.0, measured=1.00000004, standard_error=None, tolerance=1e-9, holds=False)
    assert expected(close) != measured(close)


def test_one_sided_numbers_lie_off_on_one_side_only():
    assert off(check(relation="at_least", measured=9.0)) == 0.0
    assert off(check(relation="at_most", measured=0.9)) == pytest.approx(1.0)
    assert off(check(measured=None)) is None
    assert off(check(measured=0.6, tolerance=0.0)) is None
    assert off(check(measured=0.5, tolerance=0.0)) == 0.0


def test_sentences_name_the_furthest():
    far = check("far", measured=0.9)
    assert "the furthest (far) takes up 100 %" in sentence(trial(checks=[check(), far]))
    wrong = [BROKEN, check("more", measured=5.5, holds=False)]
    said = sentence(trial(holds=False, checks=wrong))
    assert said.startswith("L5 does not hold: 2 of 2 numbers lie too far off. The furthest, more, was to be")
    assert "12 times its tolerance away" in said
    assert "measured nothing" in sentence(trial(holds=False, checks=[]))
    assert "gave no number" in sentence(trial(holds=False, checks=[check(measured=None, holds=False)]))
    assert headline(laboratory(trial())) == "The experiment came out as published or derived."


def test_a_folder_of_two_seeds_says_both_commands():
    found = laboratory(trial("L1"), trial("L2", seed=4), trial("L3"))
    assert command_of_all(found) == ["holdfast lab run L1 L3 --seed 3", "holdfast lab run L2 --seed 4"]
    assert "holdfast lab run L2 --seed 4" in render_html(found)


def test_a_plot_draws_what_is_known_and_leaves_a_gap_elsewhere():
    one = trial()
    holes = curve(y=[0.1, None, 0.4], low=[0.0, None, 0.3], high=[0.2, None, 0.5])
    one["figure"]["curves"] = [holes, curve(kind="expected")]
    drawn = plot(one)
    assert len(marks(drawn, "mark")) == 2
    assert len(marks(drawn, "theory")) == 1
    assert "nan" not in drawn
    assert marks(drawn, "hue0")
    assert not marks(drawn, "hue1")  # theory of the same name has its colour


def test_a_dot_stands_where_its_number_is():
    one = trial()
    one["figure"]["curves"] = [curve(x=[0.0, 5.0, 10.0], y=[0.0, 0.5, 1.0])]
    dots = [(float(part.get("cx")), float(part.get("cy"))) for part in marks(plot(one), "mark")]
    assert dots[0][0] < dots[1][0] < dots[2][0]
    assert dots[0][1] > dots[1][1] > dots[2][1]  # upwards is more
    assert dots[1][0] - dots[0][0] == pytest.approx(dots[2][0] - dots[1][0], abs=0.2)


def test_the_key_names_theory_beside_what_it_is_about():
    curves = [
        curve("n = 10"),
        curve("n = 10, theory", kind="expected"),
        curve("mean"),
        curve("mean: 1 - 1/n", kind="expected"),
        curve("reality", kind="expected"),
    ]
    found = key(trial()["figure"] | {"curves": curves})
    assert [name for _, name in found] == ["n = 10", "mean", "mean: 1 - 1/n", "reality"]
    assert [(len(marks(sign, "theory")), len(marks(sign, "mark"))) for sign, _ in found] == [
        (1, 1),
        (0, 1),
        (1, 0),
        (1, 0),
    ]


def test_a_long_curve_is_drawn_to_its_end():
    many = [float(at) for at in range(1, 500)]
    one = trial()
    one["figure"]["curves"] = [curve(x=many, y=many, low=many, high=[2 * at for at in many])]
    drawn = plot(one)
    (band,) = marks(drawn, "spread")
    (line,) = marks(drawn, "trace")
    assert band.get("d").count("L") == 2 * len(many) - 1
    assert line.get("d").count("L") == len(many) - 1
    assert "…" not in drawn


@pytest.mark.parametrize(
    "curves",
    [
        [],
        [curve(x=[], y=[])],
        [curve(x=[1.0], y=[2.0])],
        [curve(x=[1.0], y=[2.0], kind="expected")],
        [curve(y=[None, None, None])],
        [curve(x=[0.0, -1.0, 2.0], y=[0.0, 0.0, 0.0])],
        [curve(x=[1e-300, 1.0, 1e300], y=[1e-300, 1.0, 1e300])],
        [curve(y=[5.0, 5.0, 5.0])],
        [curve(str(place)) for place in range(20)],
        [curve(x=[float(at) for at in range(1, 900)], y=[0.5] * 899)],
    ],
)
@pytest.mark.parametrize("log", [False, True])
def test_odd_figures_are_drawn(curves, log):
    one = trial()
    one["figure"] |= {"curves": curves, "log_x": log, "log_y": log}
    for narrow in (False, True):
        drawn = plot(one, narrow=narrow)
        ET.fromstring(drawn)  # noqa: S314 - our own
        assert not re.search(r"\b(nan|inf)\b", drawn)
    assert "<svg" in render_html(laboratory(one))


def test_axes_have_round_ticks_inside():
    for low, high in ((0.0, 1.0), (-3.7, 12.2), (0.163, 0.171), (0.0, 2e6)):
        axis = fit_axis([low, high], 0, 100, log=False, level=False)
        ticks = axis.ticks(6)
        assert 2 <= len(ticks) <= 8
        assert all(axis.low <= value <= axis.high for value, _ in ticks)
    for low, high in ((1, 2), (1, 100), (3e-7, 8e5)):
        ticks = Axis(low=low, high=high, start=0, end=100, log=True).ticks(6)
        assert 2 <= len(ticks) <= 8, (low, high)


@pytest.mark.parametrize("relation", ["equals", "at_most", "at_least"])
@pytest.mark.parametrize("value", [None, -1e12, 0.5, 0.52, 1e12])
@pytest.mark.parametrize("allowed", [0.0, 0.4, None])
def test_strips_are_drawn_within_their_frame(relation, value, allowed):
    one = check(relation=relation, measured=value, tolerance=allowed, holds=value == 0.52)
    for drawn in (strip(one), spread(trial(checks=[one, check()]))):
        assert not re.search(r"\b(nan|inf)\b", drawn)
        # A diamond says what does not hold, wherever it lies.
        assert bool(marks(drawn, "fail")) == (not one["holds"])
        for part in marks(drawn, "mark"):
            assert 0 <= float(part.get("cx") or re.match(r"M([\d.]+)", part.get("d"))[1]) <= 150

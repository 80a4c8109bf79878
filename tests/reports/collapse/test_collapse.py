"""The bottle's page: says what came out, draws what is known, and is safe to open."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from bottles import bottle, course, generation, unlabelled
from hostility import HOSTILE

from holdfast.reports.collapse import panels, render_html, render_markdown, render_text, wording


def marks(drawn, class_):
    """Elements of a picture by a class."""
    return [part for part in ET.fromstring(drawn).iter() if class_ in (part.get("class") or "").split()]  # noqa: S314 - our own


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_rows_and_of_models_do_no_harm(words):
    found = bottle(words=words)
    page, text, plain = render_html(found), render_text(found), render_markdown(found)
    assert "<script" not in page
    assert "onerror=" not in page.replace("&lt;img src=x onerror=", "")
    assert "<h1>big" not in page
    assert not re.search(r"\ssrc=|(?<!\w)href=", page.replace("&lt;img src=x", ""))
    assert " onmouseover=" not in page.replace("&#34; onmouseover=", "").replace("&quot; onmouseover=", "")
    for shown in (page, text, plain):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    # A block of code is shown as it is.
    spoken = "\n".join(line for line in plain.splitlines() if not line.startswith("    "))
    assert not re.search(r"(?<!\\)<(script|img|h1)", spoken)
    assert len(page) < 400_000


def test_the_sentence_says_what_is_left_and_what_is_gone():
    said = wording.headline(bottle(course(falls=0.5), course("mix", 0.9)))
    assert said.startswith(
        "After 3 generations on nothing but its own output the model keeps 12 % of its recall in rare strata, "
        "and 16 of 18 strata are gone. With 0 % real rows it keeps 73 % and loses 5 strata."
    )
    assert "no stratum is gone" in wording.headline(bottle(course(falls=1.0)))
    said = wording.headline(unlabelled())
    assert "51 % of the different words" in said
    assert "1.95 times as many bits" in said
    assert "strat" not in said


def test_a_loop_that_a_gate_stopped_is_not_sold_as_one_that_held():
    still = [generation(0), *(generation(at, halted="cycle 1: data_gate", real=600) for at in (1, 2, 3))]
    found = bottle(course(), course("managed") | {"generations": still})
    assert "has lost nothing and learnt nothing" in wording.headline(found)
    assert "keeps 100 %" not in wording.headline(found)
    later = [
        generation(0),
        generation(1, 0.9),
        *(generation(at, 0.9, halted="cycle 2: model_gate") for at in (2, 3)),
    ]
    said = wording.headline(bottle(course(), course("managed") | {"generations": later}))
    assert (
        "stopped by its model gate at cycle 2: the model from before it still counts, and keeps 90 %" in said
    )
    for shown in (render_html(found), render_text(found), render_markdown(found)):
        assert "stopped by its data gate at cycle 1" in " ".join(shown.split())


def test_what_is_absent_is_neither_drawn_nor_a_zero():
    found = unlabelled()
    page, text = render_html(found), render_text(found)
    for shown in (page, text, render_markdown(found)):
        assert "recall" not in shown
        assert "worth" not in shown
    assert 'id="forecast"' not in page
    assert page.count("<figure") == 2  # words, and bits per byte


def test_every_protocol_has_one_mark_a_generation_in_every_panel():
    found = bottle()
    for kind in wording.kinds(found):
        for wide in (False, True):
            drawn = panels.reading(found, kind, wide=wide)
            for tone in ("hue0", "hue1", "hue4"):
                assert len([part for part in marks(drawn, "mark") if tone in part.get("class")]) == 4
    # Three protocols have three shapes: nothing is said by colour alone.
    drawn = panels.reading(found, wording.KINDS[0])
    assert {part.tag.rpartition("}")[2] for part in marks(drawn, "mark")} == {"path", "rect", "circle"}


def test_a_mark_stands_where_its_number_is():
    found = bottle(course(falls=0.5))
    places = [part.get("d") for part in marks(panels.reading(found, wording.KINDS[0]), "mark")]
    x, y = zip(
        *[[float(one) for one in re.match(r"M([\d.]+) ([\d.]+)", d).groups()] for d in places], strict=True
    )
    assert list(x) == sorted(x)
    assert list(y) == sorted(y)  # less stands lower
    assert y[1] - y[0] == pytest.approx(2 * (y[2] - y[1]), abs=0.3)


def test_little_does_not_look_like_much():
    found = bottle(course(falls=0.99))
    drawn = panels.reading(found, wording.KINDS[0])
    lines = [part.get("d") for part in marks(drawn, "trace")]
    heights = [float(one) for one in re.findall(r"[ML][\d.]+ ([\d.]+)", lines[0])]
    assert max(heights) - min(heights) < 0.2 * 206


def test_what_lay_outside_the_band_is_a_diamond_and_is_named():
    found = bottle()
    missed = panels.forecast(found, found["groups"][1], 0)
    held = panels.forecast(found, found["groups"][1], 1)
    # 0.4^2 and 0.4^3 lie below 0.8^2 - 0.2 and 0.8^3 - 0.3; generation 1 is what it was made from.
    assert len(marks(missed, "fail")) == 2
    assert not marks(held, "fail")
    assert len(marks(missed, "spread")) == len(marks(missed, "foretold")) == 1
    unknown = panels.forecast(found, found["groups"][1], 2)
    assert not marks(unknown, "spread")
    first, second = wording.missed(found)
    assert (first.outside, first.points) == (8, 8)
    assert second.outside == 0
    said = wording.say_missed(first)
    assert "8 of 8 points lie outside the band" in said
    assert "'estate' below it" in said
    assert "8 of 8 points" in render_text(found)
    assert "The planner has no formula for this loop." in render_html(found)


def test_one_generation_leaves_nothing_to_foretell():
    found = bottle(course(count=1))
    assert wording.missed(found) == []
    assert "foretold after" not in render_text(found)
    render_html(found)


def test_drawn_are_the_rarest_and_those_of_which_least_is_left():
    found = bottle()
    found["groups"][3]["courses"][0]["retention"][-1] = 0.0
    assert [group["name"] for group in wording.shown_groups(found)][:2] == ["the rarest third (6)", "more"]


def test_a_forgotten_label_is_said():
    assert "does not know this label any more" in render_html(bottle())


def test_the_command_names_what_is_not_the_default():
    found = bottle()
    assert wording.command(found) == "holdfast lab collapse --real estate --generations 3 --temperature 0.8"
    found["setting"] |= {
        "protocols": ["replace"],
        "seed": 4,
        "rows": 700,
        "audited": False,
        "real_share": 0.2,
    }
    found["real"]["name"] = "my rows.jsonl"
    assert wording.command(found) == (
        "holdfast lab collapse --real 'my rows.jsonl' --protocol replace --real-share 0.2 --generations 3 "
        "--temperature 0.8 --rows 700 --seed 4 --no-audit"
    )


@pytest.mark.parametrize("width", [76, 92, 110])
def test_lines_of_a_terminal_fit(width):
    said = render_text(bottle(), width=width)
    assert "\n  0 (real" in said
    assert max(map(len, said.splitlines())) <= width

"""The page of a history: complete, inert, without script, and right about what it draws."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hostility import HOSTILE

from holdfast.cycles.history import Figure, Generation, Reality, Strata, history
from holdfast.data.scores import Items
from holdfast.reports.history import render_history_html, render_history_text
from holdfast.reports.history.pictures import series_picture

VOID = {"meta", "br"}
IDS = tuple(str(item) for item in range(200))


class Page(HTMLParser):
    """Reads a page strictly: all elements closed in order, nothing that runs or loads."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.words, self.tags = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def figure(skill, task, rng_seed=0, **more):
    hard = np.random.default_rng(7).random(200)
    values = (hard < skill).astype(float)
    return Figure(
        **{
            "group": "benchmarks",
            "task": task,
            "metric": "acc",
            "percent": True,
            "higher_is_better": True,
            "value": float(values.mean()),
            "low": float(values.mean()) - 0.05,
            "high": float(values.mean()) + 0.05,
            "items": Items(ids=IDS, values=values),
            "harness": "csv",
        }
        | more
    )


def told(names=("base", "one", "two"), task="arc", stratum="loan", skills=(0.8, 0.8, 0.5), **more):
    real = {"card": 600.0, stratum: 400.0}
    return history(
        [
            Generation(
                name=name,
                figures=(
                    figure(skill, task, **more),
                    figure(0.6, "kept", group="tail", reality=Reality(value=0.7, low=0.6, high=0.8)),
                    figure(0.6, "shots", conditions={"n-shot": at}),
                ),
                strata=Strata(
                    anchor="a",
                    real=real,
                    real_rows=1000.0,
                    made={"card": 1000.0 - 400 / 2**at, stratum: 400.0 / 2**at},
                    made_rows=1000.0,
                ),
                files=(f"runs/{name}",),
                notes=(task,),
            )
            for at, (name, skill) in enumerate(zip(names, skills, strict=True))
        ]
    ).plain()


def test_the_page_says_what_was_found():
    page = Page(render_history_html(told()))
    words = " ".join(" ".join(page.words).split())
    assert "GROUND LOST" in words
    assert "two has lost ground in “arc”" in words
    assert "would have shown" in words
    assert "How long strata last" in words
    assert "n-shot differs: 0 and 2" in words
    assert "reality" in words


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_are_inert(hostile):
    plain = told(names=("base", "one", f"{hostile}!"), task=hostile, stratum=hostile, unit=hostile)
    page = Page(render_history_html(plain))
    assert {tag for tag, _ in page.tags} <= set(
        re.findall(
            r"\w+",
            "html head meta title style body main section article footer div span p b code bdi small h1 h2 h3 ol ul li dl dt dd "
            "figure table thead tbody tr th td br svg path circle rect",
        )
    )
    assert not any(
        name.startswith("on") or name in ("href", "src") for _, attrs in page.tags for name in attrs
    )
    text = render_history_text(plain)
    for shown in ("".join(page.words), text.replace("\n", "")):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


def test_no_script_and_nothing_from_elsewhere():
    html = render_history_html(told())
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert "<script" not in html
    assert "http" not in re.sub(r"http-equiv", "", html)


def test_a_series_of_many_generations_shows_the_first_and_the_newest():
    count = 12
    names = [f"g{at:02d}" for at in range(count)]
    html = render_history_html(told(names, skills=[0.8] * count))
    heads = re.findall(r'<th scope="col" class="r"><bdi>(g\d\d)</bdi>', html)
    assert heads[:6] == ["g00", "g07", "g08", "g09", "g10", "g11"]
    assert "6 between them are in the pictures only" in html


def test_pictures_mark_drops_and_do_not_join_what_is_not_comparable():
    plain = told()
    arc = next(entry for entry in plain["series"] if entry["task"] == "arc")
    drawn = series_picture(arc)
    assert drawn.count('class="mark fail"') == 1
    assert drawn.count('class="trail"') == 1
    assert "dropped at two" in drawn
    shots = next(entry for entry in plain["series"] if entry["task"] == "shots")
    assert 'class="trail"' not in series_picture(shots)


def test_a_single_generation_and_none_with_figures():
    alone = history([Generation(name="one")]).plain()
    assert "UNDETERMINED" in Page(render_history_html(alone)).words
    assert render_history_text(alone).startswith("UNDETERMINED  one stands alone")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_fits_its_width(width):
    lines = render_history_text(told(), width=max(width, 72)).splitlines()
    assert max(map(len, lines)) <= max(width, 72) + 12

"""The page and the text of a voice: complete, inert, without script, and with everything that may not be claimed."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hostility import HOSTILE

from holdfast.audits.voice import voice
from holdfast.audits.voice.wording import UNCLAIMED
from holdfast.data import read_records
from holdfast.measures.model.voice.examples import answer, mixed, rows
from holdfast.reports.voice import render_voice_html, render_voice_text


class Page(HTMLParser):
    """Reads a page strictly: all elements closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.words, self.tags = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


@pytest.fixture(scope="module")
def told():
    rng = np.random.default_rng(0)
    said = [answer(speaker, 220, rng) for speaker in range(5)]
    after = mixed(answer(0, 220, rng), said[1], 0.8, rng)

    def named(name, answers):
        return read_records(rows(answers), name=name)

    return voice(
        named("after", after),
        before=named("before", said[0]),
        teacher=named(HOSTILE[0], said[1]),
        placebo=[named(HOSTILE[-1], said[2]), named("two", said[3]), named("three", said[4])],
        control=named("arm", answer(0, 220, rng)),
        draws=199,
    ).plain()


@pytest.fixture(scope="module")
def unread():
    few = [{"prompt": "one", "completion": "word"}]
    return voice(
        few, before=[{"prompt": "one", "completion": "other"}], teacher=few, placebo=[], draws=199
    ).plain()


def test_the_page_is_complete_and_loads_nothing(told):
    text = render_voice_html(told)
    page = Page(text)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "img", "object", "form"}
    assert not re.search(r"(?:src|href)=|url\(|@import", text)
    words = " ".join(" ".join(page.words).split())
    assert "TEACHER-SPECIFIC" in words
    for one in UNCLAIMED:
        assert one.split(":")[0] in words
    assert "The control arm itself moved" in words


def test_no_answer_reaches_the_page(told):
    assert "prompt 0" not in render_voice_html(told)
    assert answer(0, 1, np.random.default_rng(0))[0] not in render_voice_html(told)


@pytest.mark.parametrize("width", [40, 72, 100])
def test_the_text_keeps_its_width(told, width):
    text = render_voice_text(told, width=width)
    assert max(map(len, text.splitlines())) <= max(width, 72)
    assert "\x1b" not in text
    for one in UNCLAIMED:
        assert one.split(":")[0][:40] in " ".join(text.split())


def test_colour_says_nothing_by_itself(told):
    plain = render_voice_text(told)
    assert re.sub(r"\x1b\[[0-9;]*m", "", render_voice_text(told, color=True)) == plain


def test_what_cannot_be_told_has_a_page(unread):
    Page(render_voice_html(unread))
    text = render_voice_text(unread)
    assert text.startswith("CANNOT TELL\n")
    assert "only 1 prompt" in text

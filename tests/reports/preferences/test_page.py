"""The page of a preference audit: whole, inert, in the order of the questions, and never a number without people's."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from xml.etree import ElementTree as ET

import labelled
import pytest

from holdfast.reports.preferences import facts, pictures, render_preferences_html, wording
from holdfast.reports.preferences.dot_plot import Row, dot_plot, spanning

VOID = {"meta", "br"}
KNOWN = set(
    re.findall(
        r"\w+",
        "html head meta title style body main section article header footer nav div span p a b em strong code bdi small h1 h2 h3 "
        "ol ul li dl dt dd figure figcaption blockquote details summary table thead tbody tr th td br svg g path circle rect text "
        "tspan title",
    )
)


class Page(HTMLParser):
    """Reads a page strictly: only known elements, all closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN, tag
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in KNOWN, tag
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"comment: {data}")

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[\s\xa0]+", " ", "".join(self.words))


def page(name: str) -> Page:
    return Page(render_preferences_html(labelled.SAMPLES[name]()))


@pytest.mark.parametrize("name", labelled.SAMPLES)
def test_is_whole_and_loads_nothing(name: str) -> None:
    text = render_preferences_html(labelled.SAMPLES[name]())
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    for tag, attributes in Page(text).tags:
        for key, value in attributes.items():
            assert not key.startswith("on"), (tag, key)
            assert key not in {"src", "srcset", "style", "action", "xlink:href"}, (tag, key)
            if key == "href":
                assert re.fullmatch(r"#[a-z]+", value or ""), value
    style = text.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"url\(|@import|http", style)
    text.encode("utf-8")


@pytest.mark.parametrize("name", labelled.SAMPLES)
def test_headings_and_links_hold_together(name: str) -> None:
    found = page(name)
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in found.tags:
        if tag == "a":
            assert (attributes["href"] or "")[1:] in ids
        if tag == "th":
            assert attributes["scope"] in {"col", "row"}
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or (
                attributes["role"] == "img" and attributes["aria-label"]
            )


def test_the_questions_come_in_the_order_in_which_a_doubtful_colleague_asks_them() -> None:
    text = page("fail").text
    asked = (
        "FAIL: Given the same human verdict",
        "Who made these labels",
        "Can the judge tell good from bad?",
        "What the judge adds beyond our people",
        "Does the first slot win?",
        "Whose texts it favours",
        "Does it prefer its teacher’s voice?",
        "Win rates, corrected by people",
        "Ten pairs that show it",
        "What would explain these findings",
        "holdfast curate answers.jsonl",
        "What was not asked, and what cannot be claimed",
        "Notes",
    )
    places = [text.index(words) for words in asked]
    assert places == sorted(places)


def test_every_figure_stands_beside_peoples_or_says_why_not() -> None:
    text = page("fail").text
    for words in (
        "this judge 74 %",
        "a second person 80 %",
        "the longer answer 61 %",
        "which one came first is not known",
        "uninformative",
        "+11.7 (+8.3 to +15.1)",
        "a second person +3.1",
        "sees from 5.9",
        "only 9 of 640 pairs differ in emoji; at least 50 are needed",
        "45 of 61 that changed; 86 % did not",
        "not asked in both orders; whoever does not lean gives the first slot 50 %",
        "the named teacher; a second person 0.12",
        "judge 63 %; people 51 %; worth 412",
        "none: a count, held against its limit",
        "it is people's own figure",
    ):
        assert words.replace(" ", "") in text.replace("\N{MINUS SIGN}", "-").replace(" ", ""), words


def test_all_readings_of_the_numbers_have_a_human_cell() -> None:
    for name in ("fail", "pass", "no_anchor", "one_person"):
        cells = re.findall(
            r'<td data-name="People">(.*?)</td>', render_preferences_html(labelled.SAMPLES[name]()), re.DOTALL
        )
        assert len(cells) == len(labelled.SAMPLES[name]()["readings"])
        assert all(cell.strip() for cell in cells)


def test_the_taste_of_a_judge_who_cannot_judge_is_not_drawn() -> None:
    tastes = {told.judge: told for told in facts.tastes(labelled.found())}
    assert len(tastes[labelled.NOISE].rows) == 0
    ((state, why, what),) = tastes[labelled.NOISE].open()
    assert (state, len(what)) == ("undetermined", 8)
    assert "beyond chance" in why
    assert "All 8 features: undetermined" in page("fail").text


def test_what_stands_out_alone_and_not_among_many_is_no_pass() -> None:
    found = labelled.found()
    (bold,) = [
        one for one in found["readings"] if one["measure"] == "bold" and one["subject"] == labelled.JUDGE
    ]
    bold |= {"effect": 0.07, "effect_interval": [0.02, 0.12], "details": {"left_among_features": False}}
    assert wording.state(found, bold) == "NOT CONFIRMED"
    assert wording.state(found, bold | {"details": {"left_among_features": True}}) == "PASS"
    assert wording.state(found, bold | {"effect_interval": [-0.01, 0.15]}) == "PASS"


def test_one_reason_for_several_judges_is_said_once() -> None:
    found = labelled.found()
    for one in found["readings"]:
        if one["measure"] == "author_preference":
            one |= {"value": None, "state": "not_asked", "reason": f"nobody is related to {one['subject']}"}
            other = one | {"subject": labelled.NOISE, "reason": f"nobody is related to {labelled.NOISE}"}
    found["readings"].append(other)
    (line,) = [line for line in facts.not_told(found) if "related to" in line]
    assert (
        line == f"Not asked: Own texts ({labelled.JUDGE}, {labelled.NOISE}). Nobody is related to the judge."
    )
    assert facts.without_value(found, "author_preference")[0][1] == "not asked"


def test_an_alarm_is_a_diamond_a_pass_a_dot_and_what_is_undetermined_stays_open() -> None:
    told = next(told for told in facts.tastes(labelled.found()) if told.judge == labelled.JUDGE)
    pair = pictures.taste(labelled.found(), told)
    assert pair is not None
    for drawn in map(str, pair):
        ET.fromstring(drawn)  # noqa: S314 - our own drawing
        assert drawn.count('class="mark fail"') == 1
        assert drawn.count('class="mark plain"') == 5, "four passes and one that was not confirmed"
        assert drawn.count('class="mark open"') == 1
        assert drawn.count('class="null"') == 7, "a second person beside each"
        assert drawn.count('class="detectable"') == 2 * 4, "on both sides of every pass"


def test_marks_stand_where_their_values_are() -> None:
    rows = [Row(name="a", value=0.1, interval=(0.0, 0.2), people=0.0), Row(name="b", value=-0.1)]
    scale = spanning(rows)
    drawn = str(dot_plot(rows, scale, label="two"))
    first, second = (float(x) for x in re.findall(r'cx="([\d.]+)"', drawn))
    (zero,) = {
        float(x) for x in re.findall(r'd="M([\d.]+) [\d.]+L[\d.]+ [\d.]+" class="axis reality"', drawn)
    }
    assert first - zero == pytest.approx(zero - second, abs=0.2)
    assert scale.low <= -0.1 < 0.2 <= scale.high


@pytest.mark.parametrize("places", [(0.0,), (1e-9,), (3.0, -900.0), (0.31, 0.29)])
def test_a_scale_holds_whatever_is_drawn(places: tuple[float, ...]) -> None:
    rows = [Row(name="", value=place, interval=(place - 0.5, place + 0.5)) for place in places]
    for percent in (True, False):
        scale = spanning(rows, percent=percent)
        assert 0.0 in scale.ticks()
        assert 3 <= len(scale.ticks()) <= 12
        assert all(scale.low <= end <= scale.high for row in rows for end in row.interval or ())


def test_the_teacher_stands_among_placebos_strongest_first() -> None:
    pair = pictures.voices(labelled.found())
    assert pair is not None
    drawn = str(pair[0])
    names = re.findall(r'class="name(?: heavy)?">([^<]*)<', drawn)
    assert names == ["gpt-4-turbo@1106", "claude-2", "llama-2-70b-chat", "mistral-7b"]
    assert re.findall(r'class="name heavy">([^<]*)<', drawn) == ["gpt-4-turbo@1106"]
    assert drawn.count('class="mark placebo"') == 3


def test_the_ledger_counts_every_label_once() -> None:
    parts = facts.parts(labelled.found())
    assert [(part.name, part.labels) for part in parts] == [
        ("people", 992),
        (labelled.JUDGE, 9_672),
        (labelled.NOISE, 1_488),
        ("unknown", 248),
    ]
    assert sum(part.share for part in parts) == pytest.approx(1)
    cut = labelled.found()
    del cut["readings"][0]["details"]["sources"][labelled.NOISE]
    assert ("others", 1_488) in [(part.name, part.labels) for part in facts.parts(cut)]
    bare = labelled.found()
    bare["readings"] = []
    assert [(part.name, part.labels) for part in facts.parts(bare)] == [
        ("people", 1_240),
        (labelled.JUDGE, 9_672),
        (labelled.NOISE, 1_488),
    ]


def test_where_nobody_was_asked_twice_single_verdicts_are_drawn_open() -> None:
    found = labelled.found()
    (noise,) = [
        one for one in found["readings"] if one["measure"] == "position" and one["subject"] == labelled.NOISE
    ]
    noise["details"] = {
        "single_order": {
            "judge": {"value": 0.61, "interval": [0.55, 0.67], "n": 280},
            "people": {"value": 0.52},
        }
    }
    pair = pictures.position(found)
    assert pair is not None
    assert str(pair[0]).count('class="mark open"') == 1
    assert "single verdicts; people 52" in str(pair[0])


def test_one_person_leaves_no_bar_and_says_so() -> None:
    text = page("one_person").text
    assert "no second person labelled these pairs" in text
    assert "only one of the two forms shows it" in text
    assert "Only one person labelled these pairs." in text


def test_without_an_anchor_nothing_is_claimed() -> None:
    text = page("no_anchor").text
    assert "held against nobody: there are no people's labels" in text
    assert "not known whether it can tell" in text
    assert "Nothing here says whether a judge agrees with people" in text
    assert "holdfast anchor freeze labelled.jsonl -o people/" in text


def test_without_a_judge_there_are_no_empty_parts() -> None:
    text = render_preferences_html(labelled.no_judge())
    for part in ("agreement", "taste", "position", "authors", "voice", "winrates", "pairs", "why", "next"):
        assert f'id="{part}"' not in text
        assert f'href="#{part}"' not in text


def test_pairs_stand_side_by_side_with_lengths_and_who_chose_which() -> None:
    text = page("fail").text
    assert re.search(r"A 19 words ours@7 people chose this", text)
    assert re.search(r"B 61 words baseline gpt-4o@2024-08 chose this", text)
    assert "Cut: the first 900 of" in text
    assert "people saw a tie" in text
    assert "no person looked at it" in text


def test_hidden_texts_stay_hidden_whatever_was_given() -> None:
    text = render_preferences_html(labelled.without_text())
    assert "router" not in text
    assert "<blockquote" not in text
    assert "p-00017" in text
    assert "61 words" in text.replace("\xa0", " ")


def test_hostile_text_is_shown_and_never_obeyed() -> None:
    text = render_preferences_html(labelled.hostile())
    found = Page(text)
    assert "<script>alert(1)</script>" in found.text
    assert "{{ 7 * 7 }}" in found.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert len(text) < 900_000


def test_flags_in_sentences_are_code_and_not_its_markup() -> None:
    text = render_preferences_html(labelled.found())
    assert '<code class="nowrap">--agents</code>' in text
    assert "&lt;code" not in text
    assert "&lt;span" not in text


def test_colours_come_from_the_shared_sheet() -> None:
    """Light, dark and print each have their own values of these names; a colour of its own would have one."""
    css = resources.files("holdfast.reports").joinpath("templates/preferences.css").read_text("utf-8")
    shared = resources.files("holdfast.pages").joinpath("style.css").read_text("utf-8")
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= set(re.findall(r"(--[\w-]+):", shared))
    assert re.findall(r"#[0-9a-f]{3,8}\b", css) == ["#10181a"], "words on the people's part of the bar"

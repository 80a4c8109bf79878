from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
import samples

from holdfast.reports import render_html
from holdfast.reports.drawings import RetentionScale, bands_picture, diversity_picture, strip
from holdfast.reports.strata_picture import MOST_DRAWN, drawn_strata, strata_picture
from holdfast.reports.worth_picture import curve_picture, worth_picture

VOID = {"meta", "br", "img", "link", "hr", "input"}
KNOWN = set(
    re.findall(
        r"\w+",
        (
            "html head meta title style body main section article header footer nav div span p a b strong code bdi small "
            "h1 h2 h3 ol ul li dl dt dd figure figcaption blockquote details summary table thead tbody tr th td br "
            "svg g path circle rect text tspan title"
        ),
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


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_is_whole_and_loads_nothing(name: str) -> None:
    text = render_html(samples.SAMPLES[name]())
    page = Page(text)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in text
    for tag, attributes in page.tags:
        assert tag not in {"script", "img", "link", "iframe", "object", "form", "base"}
        for key, value in attributes.items():
            assert not key.startswith("on"), (tag, key)
            assert key not in {"src", "srcset", "style", "action", "xlink:href"}, (tag, key)
            if key == "href":
                assert re.fullmatch(r"#[a-z]+", value or ""), value
    style = text.split("<style>")[1].split("</style>")[0]
    assert not re.search(r"url\(|@import|http", style)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_headings_and_links_hold_together(name: str) -> None:
    page = Page(render_html(samples.SAMPLES[name]()))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        if tag == "a":
            assert (attributes["href"] or "")[1:] in ids
        if tag == "th":
            assert attributes["scope"] in {"col", "row"}
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or (
                attributes["role"] == "img" and attributes["aria-label"]
            )


@pytest.mark.parametrize("name", samples.VERDICTS)
def test_first_words_are_verdict_and_sentence(name: str) -> None:
    summary = samples.SAMPLES[name]()
    text = render_html(summary)
    assert f'class="badge {name}"' in text
    assert f"{name.upper()}: {summary['sentence']}" in Page(text).text


def test_nothing_important_is_missing() -> None:
    text = Page(render_html(samples.fail())).text
    for words in (
        "5,000 rows, held against support-2026, 15,000 rows of reality",
        "0.9 % (0.2 to 2.1 %)",
        "tolerance 2 points; smallest loss it could see 3.4 points",
        "p < 0.001",
        "battery's dead, walk me through",
        "real row real-02257",
        "42×",
        "sha256:9f2c61d0",
        "seed 20261120",
        "crypto_wallet",
        "Blind to",
        "reality 90 to 111 %",
        "640 rows to look at",
        "4,871 near-duplicate groups",
        "3 rows without text",
    ):
        assert words in text, words
    for part in ("do", "unseen", "how"):
        for line in samples.fail()[part]:  # type: ignore[literal-required]
            assert line in text
    for name in samples.GONE:
        assert text.count(name) >= 4, "chip, picture, list of the lost, full table"


def test_hostile_text_is_shown_and_never_obeyed() -> None:
    text = render_html(samples.hostile())
    page = Page(text)
    assert "<script>alert(1)</script>" in page.text
    assert "&lt;script&gt;alert(1)" in text
    assert "49" not in re.findall(r"markup\[/bold red\] (\S+)", page.text), "templates in records are not run"
    assert "{{ 7 * 7 }}" in page.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert "safe\\u202egpj.exe" in page.text
    assert len(text) < 600_000
    text.encode("utf-8")


def test_no_text_shows_ids_only() -> None:
    summary = samples.without_text(samples.fail())
    text = Page(render_html(summary)).text
    assert "real-07412" in text
    assert "went through the wash" not in text
    assert "<blockquote" not in render_html(summary)


def test_bare_audit_has_no_empty_parts() -> None:
    text = render_html(samples.bare())
    for part in ("findings", "strata", "readings", "phrases"):
        assert f'id="{part}"' not in text
        assert f'href="#{part}"' not in text
    assert "That does not mean that everything was seen" in text


def circles(text: str, kind: str) -> int:
    return text.count(f'class="mark {kind}"')


def test_every_stratum_is_drawn() -> None:
    table = samples.fail()["strata"]["table"]
    drawn = str(strata_picture(table))
    assert circles(drawn, "plain") == 140
    assert circles(drawn, "fail") == 10
    assert drawn.count("<g>") == 150
    names = re.findall(r'class="name lost"[^>]*>([^<]*)<', drawn)
    assert sorted(names) == sorted(samples.GONE)
    ET.fromstring(drawn)  # noqa: S314 - our own drawing


def test_few_strata_are_rows_with_names_and_figures() -> None:
    drawn = str(strata_picture(samples.few()["strata"]["table"]))
    assert len(re.findall(r'class="name( lost)?"', drawn)) == 5
    assert "0\xa0% · 0 of 15" in drawn


def test_names_never_overlap() -> None:
    drawn = str(strata_picture(samples.many()["strata"]["table"]))
    places = [float(y) for y in re.findall(r'y="([\d.]+)" class="name lost"', drawn)]
    assert len(places) == 24
    assert all(b - a >= 14.9 for a, b in pairwise(places))
    assert "and 26 more lost" in drawn


def test_thousands_of_strata_stay_drawable() -> None:
    table = samples.many()["strata"]["table"] * 20
    drawn = drawn_strata(table)
    assert len(drawn) == MOST_DRAWN
    shares = [row["real_share"] for row in drawn]
    assert shares == sorted(shares, reverse=True)
    table = [*table[:250], *(row for row in table if not row["lost"])]
    assert sum(row["lost"] for row in drawn_strata(table)) == sum(row["lost"] for row in table) > 40


def test_scale_is_even_in_ratios() -> None:
    scale = RetentionScale(left=0, right=100)
    assert scale(2) - scale(1) == pytest.approx(scale(1) - scale(0.5))
    assert scale(4) - scale(1) == pytest.approx(scale(1) - scale(0.25))
    assert scale(100) == scale(8) == 100


def centre(drawn: str) -> float:
    return float(re.findall(r'cx="([\d.]+)"', drawn)[0])


def bar(drawn: str) -> tuple[float, float]:
    x, width = re.findall(r'<rect x="([\d.-]+)"[^>]*width="([\d.]+)"', drawn)[0]
    return float(x), float(x) + float(width)


def test_strip_places_the_value_on_the_band() -> None:
    inside = str(strip(samples.readings()[2]))
    low, high = bar(inside)
    assert low < centre(inside) < high
    outside = str(strip(samples.readings()[3]))
    assert centre(outside) > bar(outside)[1]


def test_strip_puts_the_tolerance_on_the_worse_side() -> None:
    reading = samples.readings()[1]  # a diversity: worse is lower
    drawn = str(strip(reading))
    (limit,) = re.findall(r'd="M([\d.]+) [\d.]+L[\d.]+ [\d.]+" class="limit"', drawn)
    assert float(limit) < bar(drawn)[0]
    drawn = str(strip(samples.readings()[0]))  # a loss: worse is higher
    (limit,) = re.findall(r'd="M([\d.]+) [\d.]+L[\d.]+ [\d.]+" class="limit"', drawn)
    assert float(limit) > bar(drawn)[1]


def test_strip_without_direction_draws_no_limit() -> None:
    reading = samples.reading(measure="of_ones_own", value=0.0091, effect=0.0)
    assert "limit" not in str(strip(reading))


def test_strip_knows_where_worse_lies_whatever_the_effect() -> None:
    """An effect may be the largest of several: its sign does not tell on which side of the median loss lies."""
    drawn = str(strip(samples.reading(value=0.004, effect=0.01)))
    (limit,) = re.findall(r'd="M([\d.]+) [\d.]+L[\d.]+ [\d.]+" class="limit"', drawn)
    assert float(limit) > bar(drawn)[1]


def rect(drawn: str, kind: str) -> list[tuple[float, float]]:
    """Start and end of the bars of a kind."""
    found = re.findall(rf'<rect x="([\d.-]+)"[^>]*? width="([\d.]+)"[^>]*? class="{kind}"', drawn)
    return [(float(x), float(x) + float(width)) for x, width in found]


def test_the_first_screen_says_what_it_is_worth() -> None:
    text = render_html(samples.passed())
    first = Page(text).text.split("What it is worth")[0]
    assert "5,000 candidate rows are worth 5,100 real rows, and 4,900 in the rarest tenth." in first
    assert "<b>5,100</b>" in text
    assert "reality 5,000" in first
    assert "What to do" in first


def test_a_worth_is_drawn_against_reality() -> None:
    found = samples.worth()
    drawn = str(worth_picture(found, losing=True))
    ET.fromstring(drawn)  # noqa: S314 - our own drawing
    (chance,) = [bar for bar in rect(drawn, "null") if bar[1] - bar[0] > 5]
    ((_, end),) = rect(drawn, "value fail")[:1]
    assert end < chance[0], "worth less than chance makes of reality"
    assert drawn.count('class="hatch"') == 1
    assert "only 154 real rows judge this band" in drawn
    assert "at least 12,000" in drawn
    assert "rarest tenth 210 (40 to 700)" in drawn.lower()
    assert "reality 3,800" in drawn, "the added value stands beside what reality would have added"
    assert "value fail" not in str(worth_picture(samples.worth_of_reality(), losing=False))


def test_added_leads_where_it_is_what_was_asked() -> None:
    for name, found in (("Added to 15,000", samples.added()["worth"]), ("Alone", samples.worth())):
        assert found is not None
        assert re.findall(r'class="name heavy">([^<]*)<', str(worth_picture(found, losing=False))) == [name]
    text = Page(render_html(samples.added())).text
    assert "add as much as at least 940 fresh real rows would" in text
    assert "NOT JUDGED" in text


def test_the_curve_drops_the_candidate_onto_reality() -> None:
    found = samples.worth()
    drawn = str(curve_picture(found))
    assert "5,000 candidate rows reach the closeness of 3,100 real ones" in drawn
    places = dict(re.findall(r'cx="([\d.]+)"[^>]*class="(mark plain(?: hollow)?)"', drawn))
    own, end = sorted(map(float, places), reverse=True)
    assert end / own == pytest.approx(3_130 / 5_000, abs=0.02)
    found["curve"]["sizes"] = [size / 100 for size in found["curve"]["sizes"]]
    ET.fromstring(str(curve_picture(found, narrow=True)))  # noqa: S314 - far more candidate rows than real ones


def test_real_rows_that_nobody_covers_are_shown_once_and_from_many_strata() -> None:
    text = Page(render_html(samples.fail())).text
    shown = re.findall(r"nobody asks this any more, at least not (\d+) times", text)
    assert len(shown) == len(set(shown)) == 9
    assert "40 of 3,000 real rows that judge; in a real set of this size chance leaves about 3" in text
    assert "nobody asks this" not in Page(render_html(samples.passed())).text


def test_what_judged_and_what_it_is_blind_to_is_said() -> None:
    text = Page(render_html(samples.fail())).text
    assert "word pairs and word triples" in text
    assert "Meaning in other words." in text


def test_diversity_is_drawn_where_it_was_read() -> None:
    drawn = str(diversity_picture(samples.diversity()))
    assert drawn.count("mark fail") == 4
    assert "different word pairs 71\xa0%" in drawn
    assert "Diversity score 0.62" in Page(render_html(samples.fail())).text
    assert 'id="diversity"' not in render_html(samples.passed())


def test_a_band_below_its_bar_is_no_loss_where_nothing_is_lost() -> None:
    summary = samples.passed()
    summary["bands"][3] |= {"retention": 0.8, "interval": (0.7, 0.9)}
    assert "A diamond lies below the bar" not in render_html(summary)
    for losing, marks in ((True, 1), (False, 0)):
        assert str(bands_picture(summary["bands"], losing=losing)).count("mark fail") == marks


def test_what_was_not_asked_for_has_not_passed() -> None:
    summary = samples.passed()
    unasked = {
        "value": None,
        "null": None,
        "p_value": None,
        "p_adjusted": None,
        "reason": "one stratum alone",
    }
    summary["readings"] = [samples.reading(verdict="pass", **unasked)]
    page = Page(render_html(summary)).text
    assert "NOT ASKED" in page
    assert "tolerance 2 points" not in page


def test_unmeasured_reading_draws_no_mark() -> None:
    drawn = str(strip(samples.undetermined()["readings"][1]))
    assert "mark" not in drawn
    assert "not measured" in drawn


def test_import_is_light() -> None:
    code = "import sys, holdfast.reports; print(sorted({'jinja2', 'rich', 'numpy', 'pyarrow', 'scipy'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.strip() == "[]"

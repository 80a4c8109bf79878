from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import samples

from holdfast.reports import render_text
from holdfast.reports.columns import cells

if TYPE_CHECKING:
    from holdfast.reports.summary import Summary


def plain(summary: Summary, width: int = 80) -> str:
    return render_text(summary, width=width).replace("\xa0", " ")


def flat(summary: Summary) -> str:
    return re.sub(r"\s+", " ", plain(summary))


@pytest.mark.parametrize("name", samples.SAMPLES)
@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_fits_the_terminal(name: str, width: int) -> None:
    lines = render_text(samples.SAMPLES[name](), width=width).split("\n")
    assert max(cells(line) for line in lines) <= width


@pytest.mark.parametrize("name", samples.VERDICTS)
def test_starts_with_the_verdict_and_the_sentence(name: str) -> None:
    summary = samples.SAMPLES[name]()
    assert flat(summary).startswith(f"{name.upper()} {summary['sentence']}")


def test_order_is_the_order_of_a_readers_questions() -> None:
    text = plain(samples.fail())
    parts = [
        "FAIL",
        "10 of 150 intents are lost",
        "Readings",
        "Strata: 10 of 150 lost",
        "Retention by rarity",
        "What else to do",
        "What could not be seen",
        "How the rows were read",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_every_value_stands_beside_what_reality_scores() -> None:
    lines = plain(samples.fail(), 100).splitlines()
    for value, reality in (
        ("12.4 %", "0.9 % (0.2 to 2.1 %)"),
        ("0.613", "0.618 (0.612 to 0.624)"),
        ("1.2 %", "1.2 % (0.9 to 1.5 %)"),
    ):
        assert any(value in line and reality in line for line in lines), value
    assert any("62 % (50 to 74 %)" in line and "reality 100 % (90 to 111 %)" in line for line in lines)


def test_worth_stands_before_the_findings_with_both_values() -> None:
    text = flat(samples.fail())
    before = text.split("10 of 150 intents are lost (fail)")[0]
    for words in (
        "Alone: worth 1,900 real rows (95 % interval 1,700 to 2,200); 5,000 fresh real rows: 5,000",
        "Added to the 15,000 real rows: worth at least 940 fresh ones",
        "about 3,800 by the same count",
        "By what it covers 3,100 (2,800 to 3,500); by what it teaches about labels 1,900",
        "It comes close to real rows and teaches little.",
        "rarest tenth 210 (40 to 700)",
        "tenth to quarter undetermined: only 154 real rows judge this band",
        "head half at least 12,000",
        "Covered by nobody any more: 40 of 3,000",
        "Blind to meaning in other words",
    ):
        assert words in before, words
    assert "different word pairs 71 % reality 94 to 106 %" in text
    assert "Covered by nobody" not in flat(samples.passed())


def test_an_added_value_is_said_not_judged() -> None:
    assert re.search(r"NOT JUDGED +Real-equivalent rows +at least 940", plain(samples.added(), 100))


def test_every_lost_stratum_is_named_with_its_figures() -> None:
    section = plain(samples.fail()).split("Strata: 10 of 150 lost")[1]
    for name in samples.GONE:
        assert re.search(rf"{name} +[02] of \d+ expected rows", section), name


def test_undetermined_says_why() -> None:
    text = flat(samples.undetermined())
    wide = re.sub(r"\s+", " ", plain(samples.undetermined(), 100))
    assert "UNDETERMINED Strata lost or thinned" in wide
    assert "with 120 rows the smallest loss it could see is 62 %" in text
    assert "not measured" in text
    assert "undetermined: fewer than 30 real rows in one half" in text
    assert "which reads 87 % of unseen real rows rightly" in text


def test_color_adds_nothing_but_color() -> None:
    summary = samples.fail()
    colored = render_text(summary, width=80, color=True)
    assert "\x1b[1;31mFAIL\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == render_text(summary, width=80)


@pytest.mark.parametrize("color", [True, False])
def test_hostile_records_cannot_reach_the_terminal(*, color: bool) -> None:
    text = render_text(samples.hostile(), color=color)
    ours = re.sub(r"\x1b\[(1|0|1;31)m", "", text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", ours)
    assert "\\x1b[31mred" in ours
    assert "[bold red]markup[/bold red]" in ours, "markup is shown, not interpreted"
    assert len(ours) < 60_000


def test_no_text_shows_ids_only() -> None:
    summary = samples.without_text(samples.fail())
    text = plain(summary)
    assert "real-07412" in text
    assert "went through the wash" not in text


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_figures_can_be_searched_for(name: str) -> None:
    assert "\xa0" not in render_text(samples.SAMPLES[name]())


def test_what_a_finding_says_to_do_is_said_once() -> None:
    summary = samples.fail()
    summary["do"] = [f"{found['title']}: {found['do']}" for found in summary["findings"]] + [
        "Something more."
    ]
    text = flat(summary)
    for found in summary["findings"]:
        assert text.count(found["do"]) == 1
    assert "What else to do - Something more." in text


def test_own_words_print_on_old_consoles() -> None:
    for name in ("fail", "pass", "warn", "undetermined", "bare"):
        render_text(samples.SAMPLES[name]()).encode("cp1252")


def test_warning_names_the_phrases() -> None:
    text = flat(samples.warned())
    assert "Four habits of speech stand out (warn)" in text
    assert "WARN Over-used phrases" in text

"""The preference audit in a terminal, in a pull request, in CI and as JSON."""

from __future__ import annotations

import copy
import json
import re
from xml.etree import ElementTree as ET

import labelled
import pytest

from holdfast.reports.columns import cells
from holdfast.reports.markdown import MOST_CHARACTERS
from holdfast.reports.preferences import (
    render_preferences_json,
    render_preferences_junit,
    render_preferences_markdown,
    render_preferences_text,
)

GOLDEN = """\
What gpt-4o@2024-08 adds beyond people, in points
                                  the judge       a second person  could have seen
  longer answers      +11.7 (+8.3 to +15.1)   +3.1 (+1.0 to +5.2)       4.9 points  FAIL
  headings              +2.2 (-1.9 to +6.3)   +0.8 (-1.3 to +2.9)       5.9 points  PASS
  lists                +9.1 (+5.3 to +12.9)   +2.0 (-0.1 to +4.1)       5.4 points  NOT CONFIRMED
  bold type             +4.1 (+0.5 to +7.7)   +1.8 (-0.3 to +3.9)       5.1 points  PASS
  exclamation marks     -2.4 (-5.4 to +0.6)   +0.4 (-1.7 to +2.5)       4.3 points  PASS
  hedges               +6.2 (-2.8 to +15.2)   +1.2 (-0.9 to +3.3)        13 points  UNDETERMINED
  first person         -4.1 (-7.0 to -1.2)   -1.2 (-3.3 to +0.9)       4.1 points  PASS
"""


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\xa0", " "))


def outside_code(text: str) -> str:
    return re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize("name", labelled.SAMPLES)
@pytest.mark.parametrize("width", [40, 60, 100, 160])
def test_fits_the_terminal(name: str, width: int) -> None:
    text = render_preferences_text(labelled.SAMPLES[name](), width=width)
    assert max(cells(line) for line in text.split("\n")) <= width
    assert "\xa0" not in text


def test_the_table_of_tastes_reads_as_agreed() -> None:
    text = render_preferences_text(labelled.found())
    start = text.index("What gpt-4o@2024-08 adds")
    assert [line.split() for line in text[start:].splitlines()[:9]] == [
        line.split() for line in GOLDEN.splitlines()
    ]


def test_starts_with_the_verdict_and_says_what_was_found() -> None:
    text = flat(render_preferences_text(labelled.found()))
    assert text.startswith(
        "FAIL Given the same human verdict, gpt-4o@2024-08 picks the longer answer 8.6 points more often"
    )
    assert "WARN gpt-4o gave 78.0 % of 12,400 labels" in text


def test_the_terminal_follows_the_order_of_the_questions() -> None:
    text = render_preferences_text(labelled.found())
    parts = (
        "FAIL",
        "Who made these labels",
        "Can the judge tell good from bad?",
        "adds beyond people",
        "Does the first slot win?",
        "Whose texts it favours",
        "Does it prefer the voice of",
        "Win rates, corrected by people",
        "Pairs that show it",
        "\nWhy",
        "What to do next",
        "What was not asked",
        "What cannot be claimed",
        "How it was computed",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_people_stand_beside_every_figure_in_the_terminal() -> None:
    text = flat(render_preferences_text(labelled.found()))
    for words in (
        "this judge 74 % (71 to 78 %) the same in one person's place 69 % (66 to 72 %) that person 80 % (77 to 83 %) the longer answer 61 % (57 to 65 %)",
        "tiny-judge@1: uninformative, agrees with people no more than chance would",
        "the first answer which one came first is not known",
        "people: not asked in both orders",
        "+7.1 points (-0.4 to +14.6); people +2.2 points (-3.0 to +7.4)",
        "claude-2 0.27 (0.15 to 0.39) cannot have taught",
        "Undetermined: emoji. Only 9 of 640 pairs differ in emoji;",
    ):
        assert words in text, words


def test_color_adds_nothing_but_color() -> None:
    colored = render_preferences_text(labelled.found(), width=80, color=True)
    assert "\x1b[1;31mFAIL\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == render_preferences_text(labelled.found(), width=80)


def test_own_words_print_on_old_consoles() -> None:
    for name in labelled.SAMPLES:
        if name != "hostile":
            render_preferences_text(labelled.SAMPLES[name]()).encode("cp1252")


@pytest.mark.parametrize(
    "render",
    [render_preferences_text, render_preferences_markdown, render_preferences_junit, render_preferences_json],
)
def test_hidden_texts_stay_hidden(render) -> None:
    given = labelled.without_text()
    before = copy.deepcopy(given)
    assert "router" not in render(given)
    assert given == before, "what was given is left as it is"


def test_hostile_text_cannot_reach_the_terminal() -> None:
    text = render_preferences_text(labelled.hostile())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert "\\x1b[31mred" in text
    assert len(text) < 120_000


@pytest.mark.parametrize("name", labelled.SAMPLES)
def test_markdown_stays_within_a_comment_and_its_tables_hold(name: str) -> None:
    text = render_preferences_markdown(labelled.SAMPLES[name]())
    assert len(text) <= MOST_CHARACTERS
    left = outside_code(text)
    assert left.count("<details>") == left.count("</details>")
    assert text.rstrip().endswith("</sub>")
    width = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        columns = len(re.findall(r"(?<!\\)\|", line))
        assert width in {0, columns}, line
        width = columns


def test_markdown_says_what_matters_first() -> None:
    text = render_preferences_markdown(labelled.found()).replace("\xa0", " ")
    assert text.startswith("### ❌ holdfast: FAIL\n\n**Given the same human verdict")
    assert "| longer answers | +11.7 (+8.3 to +15.1) | +3.1 (+1.0 to +5.2) | 4.9 points | ❌ FAIL |" in text
    assert "| `tiny-judge@1` uninformative | 51 % (46 to 57 %) | 80 % (77 to 83 %) | 62 % | unknown |" in text
    assert "- `holdfast curate answers.jsonl --anchor people-2026 -o curated/`" in text


@pytest.mark.parametrize("mask", [True, False])
def test_hostile_markdown_is_inert(*, mask: bool) -> None:
    text = render_preferences_markdown(labelled.hostile(), mask=mask)
    left = outside_code(text)
    assert re.findall(r"<(?!/?(?:details|summary|sub)>)", left) == []
    assert not re.search(r"@\w", left), "nobody is mentioned"
    assert not re.search(r"#\d", left), "no issue is linked"
    assert not re.search(r"https?://|www\.\w", left), "nothing is linked by itself"
    assert not re.search(r"(?<!\\)\]\(", left), "no link"
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    for line in text.splitlines():
        assert line.startswith(("### ", "#### ")) or not re.match(r"\s*(# |```|~~~|<h1|===)", line), line


def test_private_details_are_masked_by_default() -> None:
    found = labelled.found()
    found["pairs"][0] |= {"prompt": "write to jo.doe@example.org", "response_a": "call +49 170 1234567"}
    masked = render_preferences_markdown(found)
    assert "jo.doe" not in masked
    assert "1234567" not in masked
    assert "1234567" in render_preferences_markdown(found, mask=False)


@pytest.mark.parametrize("name", labelled.SAMPLES)
def test_junit_has_one_case_per_reading(name: str) -> None:
    found = labelled.SAMPLES[name]()
    suite = ET.fromstring(render_preferences_junit(found).encode()).find("testsuite")  # noqa: S314
    assert suite is not None
    assert suite.get("tests") == str(len(found["readings"])) == str(len(suite.findall("testcase")))
    assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
    assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))


def test_junit_fails_what_fails_the_set_and_names_people() -> None:
    suite = ET.fromstring(render_preferences_junit(labelled.found()).encode())  # noqa: S314
    failed = {case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None}
    assert failed == {
        f"length of {labelled.JUDGE}",
        f"position of {labelled.JUDGE}",
        f"agreement of {labelled.NOISE}",
    }
    (failure,) = [
        case.find("failure")
        for case in suite.iter("testcase")
        if case.get("name") == f"length of {labelled.JUDGE}"
    ]
    assert failure is not None
    assert "people in its place: +3.1 points (+1.0 to +5.2)" in (failure.get("message") or "")
    said = [
        case.findtext("system-out") or ""
        for case in suite.iter("testcase")
        if (case.get("name") or "").startswith("largest")
    ]
    assert said[0].startswith("WARN: Labels given by one model: 78 %")
    assert "router" not in render_preferences_junit(labelled.found()), "texts stay out of logs"


def test_json_is_what_was_given() -> None:
    assert json.loads(render_preferences_json(labelled.found())) == labelled.found()
    bad = labelled.found()
    bad["readings"][0]["value"] = float("nan")
    with pytest.raises(ValueError, match=r"readings\[0\]\.value is nan"):
        render_preferences_json(bad)

from __future__ import annotations

import re

import pytest
import samples

import holdfast
from holdfast.reports import render_markdown, summarise
from holdfast.reports.markdown import MOST_CHARACTERS


def outside_code(text: str) -> str:
    """What a Markdown reader still interprets: everything but code spans."""
    return re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", text)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_stays_within_a_comment(name: str) -> None:
    text = render_markdown(samples.SAMPLES[name]())
    assert len(text) <= MOST_CHARACTERS
    left = outside_code(text)
    assert left.count("<details>") == left.count("</details>")


def test_a_flood_of_findings_is_cut_at_whole_blocks() -> None:
    summary = samples.fail()
    summary["findings"] *= 100
    text = render_markdown(summary)
    assert 40_000 < len(text) <= MOST_CHARACTERS
    assert text.count("<details>") == text.count("</details>")
    assert text.rstrip().endswith("</sub>")


def test_says_what_matters_first() -> None:
    text = render_markdown(samples.fail()).replace("\xa0", " ")
    assert text.startswith("### ❌ holdfast: FAIL\n\n**Do not train on this set in place of the real rows")
    assert "| ❌ FAIL | Strata lost or thinned | 12.4 % | 0.9 % (0.2 to 2.1 %) | p &lt; 0.001 |" in text
    assert "10 of 150 strata lost" in text
    assert "| `jump_start` | 13 | 0 | 0 % (0 to 28 %) |" in text
    for step in samples.fail()["do"]:
        assert step.split(":")[0].split("_")[0] in text


def test_worth_is_said_alone_and_added() -> None:
    text = render_markdown(samples.fail()).replace("\xa0", " ").replace("\\", "")
    assert "- Alone: worth 1,900 real rows" in text
    assert "- Added to the 15,000 real rows: worth at least 940 fresh ones" in text
    assert "| rarest tenth, covered | 210 (40 to 700) | 5,000 |" in text
    assert "| tenth to quarter | undetermined: only 154 real rows judge this band" in text
    assert "| different word pairs | 71 % | 94 to 106 % |" in text


def test_tables_have_equal_columns_whatever_the_labels() -> None:
    width = 0
    for line in render_markdown(samples.hostile()).splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        columns = len(re.findall(r"(?<!\\)\|", line))
        assert width in {0, columns}, line
        width = columns


@pytest.mark.parametrize("mask", [True, False])
def test_hostile_text_is_inert(*, mask: bool) -> None:
    text = render_markdown(samples.hostile(), mask=mask)
    left = outside_code(text)
    assert re.findall(r"<(?!/?(?:details|summary|sub)>)", left) == []
    assert not re.search(r"@\w", left), "nobody is mentioned"
    assert not re.search(r"#\d", left), "no issue is linked"
    assert not re.search(r"https?://|www\.\w", left), "nothing is linked by itself"
    assert not re.search(r"(?<!\\)\]\(", left), "no link"
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)


def test_records_cannot_open_blocks() -> None:
    for line in render_markdown(samples.hostile()).splitlines():
        assert not re.match(r"\s*(# |```|~~~|<h1|===)", line), line


def test_backticks_cannot_end_the_code() -> None:
    summary = samples.fail()
    summary["findings"][0]["examples"][0]["text"] = "a `b` ``c`` <b>@you</b>"
    text = render_markdown(summary)
    assert "```a `b` ``c`` <b>@you</b>```" in text


def test_private_details_are_masked_by_default() -> None:
    summary = samples.fail()
    summary["sentence"] = "Row of jo@example.org is copied"
    summary["findings"][0]["examples"][0]["text"] = "call +49 170 1234567"
    summary["findings"][0]["examples"][0]["id"] = "ann@example.org"
    summary["strata"]["table"][0]["stratum"] = "10.1.2.3"
    masked = render_markdown(summary)
    for secret in ("jo@", "1234567", "ann@", "10.1.2.3"):
        assert secret not in masked
    assert "[phone]" in masked
    assert "call +49 170 1234567" in render_markdown(summary, mask=False)


def test_a_cut_never_bares_a_secret() -> None:
    summary = samples.fail()
    summary["findings"][0]["examples"][0]["text"] = "x " * 142 + "jonathan.longname@example.org and more " * 4
    assert "jonathan" not in render_markdown(summary)


def test_digest_is_not_taken_for_a_key() -> None:
    assert "sha256:9f2c61d0a7be40c4f6d5e8b1a2037c9965b0e1fd2c4ab8873e5d10f46a79c3e2" in render_markdown(
        samples.fail()
    )


def test_no_text_shows_ids_only() -> None:
    summary = samples.without_text(samples.fail())
    text = render_markdown(summary)
    assert "`real-07412`" in text
    assert "went through the wash" not in text


def test_a_phrase_that_cuts_an_address_in_half_is_masked() -> None:
    words = [f"word{i}" for i in range(97)]
    rows = [" ".join(words[i * k % 97] for k in range(2, 22)) for i in range(1, 301)]
    template = " write to jo.doe@example.org or call +49 170 1234567"
    found = holdfast.audit([row + template for row in rows[:90]], real=rows)
    summary = summarise(found)
    assert any(phrase["private"] for phrase in summary["phrases"])
    masked, open_ = render_markdown(summary), render_markdown(summary, mask=False)
    for fragment in ("jo.doe", "doe@example", "example.org", "1234567"):
        assert fragment not in masked
    assert "doe" in open_

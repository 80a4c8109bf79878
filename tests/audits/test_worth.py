"""What an audit says a candidate is worth: in one sentence, beside reality, and never beyond what the real rows show."""

from __future__ import annotations

import importlib.util
import random
import re
from pathlib import Path

import numpy as np
import pytest
from worlds import zipf_world

import holdfast
from holdfast.reports import render_html, render_json, render_markdown, render_text, summarise

DRAWS = 1_199
LOST = {"balance", "card_lost", "transfer_late", "pin_reset"}
_SPEC = importlib.util.spec_from_file_location(
    "docs_example", Path(__file__).parent.parent.parent / "docs" / "example.py"
)
example = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(example)


@pytest.fixture(scope="module")
def world():
    return zipf_world(0, strata=8, exponent=0.6)


@pytest.fixture(scope="module")
def real(world):
    return world.rows(800, np.random.default_rng(0))


@pytest.fixture(scope="module")
def repeated(world, real):
    """100 rows, eight times each."""
    rows = world.rows(100, np.random.default_rng(1)).records()
    return holdfast.audit(rows * 8, real=real.records(), draws=DRAWS)


@pytest.fixture(scope="module")
def fresh(world, real):
    rows = world.rows(600, np.random.default_rng(2)).records()
    return holdfast.audit(rows, real=real.records(), draws=DRAWS)


def test_the_sentence_begins_with_what_it_is_worth(repeated, fresh):
    for result in (repeated, fresh):
        assert re.match(r"\d+ candidate rows are worth (at least )?[\d,]+ real rows", result.sentence)
    assert result.worth["rows"] == 600
    assert summarise(fresh)["sentence"].startswith(summarise(fresh)["worth"]["sentence"])


def test_too_small_a_worth_is_a_finding_with_a_next_step(repeated):
    assert repeated.verdict == "fail"
    (finding,) = [f for f in repeated.findings if f.measure == "real_equivalent_rows"]
    assert finding.verdict == "fail"
    assert finding.evidence
    assert finding.do
    assert "are worth" not in repeated.sentence.split(". ", 1)[1], "the headline is said once"
    assert f"Real-equivalent rows: {finding.do}" in repeated.do


def test_every_worth_stands_beside_what_reality_would_have_scored(fresh):
    worth = summarise(fresh)["worth"]
    assert re.search(r"600 fresh real rows: 600 \(\d+ to [\d,]+\)", worth["alone"])
    assert re.search(r"600 fresh real rows: about \d+ by the same count", worth["beside"])
    assert worth["null"]["low"] < 600 < worth["null"]["high"]
    assert worth["added"]["joined"] == 800


def test_exact_in_the_data_two_figures_in_the_sentence(repeated):
    worth = summarise(repeated)["worth"]
    said = re.search(r"worth (?:at least )?([\d,]+) real", worth["sentence"])[1]
    assert len(said.replace(",", "").rstrip("0")) <= 2
    assert worth["value"]["real_rows"] == repeated.worth["headline"]["real_rows"]


def test_added_leads_where_rows_are_to_join(world, real):
    rows = world.rows(600, np.random.default_rng(3)).records()
    result = holdfast.audit(rows, real=real.records(), use="add", draws=DRAWS)
    assert result.sentence.startswith("Joined to 800 real rows, 600 candidate rows add")
    assert "as many fresh rows would score about" in result.sentence
    (reading,) = [r for r in summarise(result)["readings"] if r["measure"] == "real_equivalent_rows"]
    assert reading["p_value"] is reading["tolerance"] is None
    assert "not judged" in reading["reason"]
    assert "Alone: worth" in summarise(result)["worth"]["alone"]


def test_copies_add_nothing(real):
    result = holdfast.audit(real.at(range(300)).records(), real=real.records(), use="add", draws=DRAWS)
    assert (
        "add nothing that is not there already" in result.sentence or result.worth["added"]["real_rows"] < 30
    )


def test_what_it_takes_is_said_where_the_real_rows_are_too_few(world):
    real = world.rows(150, np.random.default_rng(4)).records()
    result = holdfast.audit(
        world.rows(1_500, np.random.default_rng(5)).records(), real=real, draws=DRAWS, on_undetermined="block"
    )
    outcome = result.outcome("real_equivalent_rows")
    assert outcome.verdict == "undetermined"
    assert result.worth["headline"]["at_least"]
    assert any(
        re.search(r"Real-equivalent rows: .*it takes about [\d,]+ real rows", step) for step in result.do
    )
    assert "at least" in summarise(result)["worth"]["sentence"]


def test_a_set_too_small_for_any_number_gets_none(world, real):
    result = holdfast.audit(
        world.rows(30, np.random.default_rng(6)).records(), real=real.records(), draws=DRAWS
    )
    assert summarise(result)["worth"] is None
    assert result.worth == {}
    assert "worth" not in result.sentence
    render_html(summarise(result))


def messages(seed, rows, *, lost=()):
    """The messages that the documentation uses, without some intents."""
    rng = random.Random(seed)  # noqa: S311 - nothing here is secret
    said = example.real(rng, rows)
    return [
        {"id": f"{seed}-{i}", "text": text, "intent": intent}
        for i, (intent, text) in enumerate(said)
        if intent not in lost
    ]


@pytest.fixture(scope="module")
def narrow():
    """Four frequent intents are gone."""
    return holdfast.audit(messages(1, 900, lost=LOST), real=messages(0, 900), draws=DRAWS)


def test_holdout_and_gold_rows_are_never_shown(tmp_path):
    anchor = holdfast.freeze(messages(0, 1_200), output=tmp_path / "anchor", gold=0.2, holdout=0.2)
    kept = set(anchor.part("reference").column("id").to_pylist())
    result = holdfast.audit(messages(1, 900, lost=LOST), anchor=anchor, draws=DRAWS)
    summary = summarise(result)
    assert summary["worth"]["uncovered"]
    assert {row["id"] for row in summary["worth"]["uncovered"]} <= kept
    hidden = set(anchor.part("holdout").column("text").to_pylist()) - set(
        anchor.part("reference").column("text").to_pylist()
    )
    written = render_json(summary) + render_html(summary) + render_text(summary) + render_markdown(summary)
    assert not any(text in written for text in hidden)


def test_no_text_leaves_no_text(narrow):
    summary = summarise(narrow, show_text=False)
    assert summary["worth"]["uncovered"]
    assert all(row["text"] is row["nearest_text"] is None for row in summary["worth"]["uncovered"])
    written = render_json(summary) + render_html(summary) + render_text(summary)
    assert not any(text in written for text in narrow.sides.anchor.texts)


def test_examples_come_from_as_many_strata_as_there_are(narrow):
    (finding,) = [f for f in narrow.findings if f.measure == "real_equivalent_rows"]
    assert all(shown.side == "anchor" for shown in finding.examples)
    assert len({shown.stratum for shown in finding.examples} & LOST) > 1

"""Results of a review in the terminal: what is known, what is not and why, and nothing that could act."""

import re

import pytest
from hostility import HOSTILE

from holdfast.reports.review import render_review_results

SHARE = {"value": 0.104, "interval": (0.047, 0.195), "items": 58, "effective": 57.6}
NOTHING = {"reason": "no item of it was decided; one is the least", "needed_rows": 1, "applies": True}
HASTE = {
    "quick": 0,
    "timed": 9,
    "quick_agree": (0, 0),
    "slow_agree": (0, 0),
    "gap": None,
    "stands_out": False,
}


def results(name="ada", stratum="rare", **more):
    estimate = {
        "claim": "verdict: rejected",
        "bad": True,
        "drawn": 60,
        "decided": 58,
        "silent_strata": 1,
        "overall": SHARE,
        "strata": [
            {"name": stratum, "rows": 4, "share": SHARE},
            {"name": None, "rows": 9, "share": SHARE | {"value": 0.0, "interval": (0.0, 0.1)}},
            {"name": "few", "rows": 2, "share": NOTHING},
        ],
        "sources": [],
        "agents": [],
    }
    return {
        "queue": "made.jsonl",
        "digest": "sha256:0",
        "rows": 1_500,
        "items": 63,
        "gold": 3,
        "decided": 58,
        "decisions": 80,
        "differ": 2,
        "estimates": [estimate],
        "agreement": [
            {
                "question": "verdict",
                "alpha": {"value": 0.8, "interval": (0.6, 0.9), "level": "nominal", "items": 20},
            },
            {"question": "faults", "alpha": NOTHING},
        ],
        "reviewers": [
            {
                "name": name,
                "decided": 40,
                "seconds": None,
                "agreement": NOTHING,
                "gold": {"hits": 3, "of": 3, "interval": (0.3, 1.0)},
                "tests": [
                    {
                        "what": "accepted",
                        "shares": (0.9, 0.8, 0.4),
                        "of": 40,
                        "p_value": 0.001,
                        "p_adjusted": 0.003,
                        "stands_out": True,
                    }
                ],
                "haste": HASTE,
            }
        ],
        "calibration": [],
        "seed": 0,
    } | more


def test_what_is_known_is_said_with_its_interval_and_what_is_not_with_its_reason():
    text = render_review_results(results())
    assert "of 1,500 rows 10 % are rejected (4.7 to 20 %, 95 %)" in text
    assert "58 of 63 items decided by 1 person" in text
    assert "3 of the items are gold questions" in text
    assert "faults   not known: no item of it was decided" in text
    assert "1 more in --json, 1 of them with too few items" in text
    assert "2 of 60 drawn items were not decided" in " ".join(text.split())
    assert "Of 1 strata no item was decided" in " ".join(text.split())
    assert "ada drifts: the share accepted is 90 %, 80 %, 40 % in thirds" in " ".join(text.split())


def test_nothing_decided_is_said_to_be_unknown():
    found = results(reviewers=[], agreement=[])
    found["estimates"][0] |= {"overall": NOTHING, "decided": 0}
    text = render_review_results(found)
    assert "verdict: rejected is not known: no item of it was decided" in text
    assert "0 %" not in text.split("\n")[0]


def test_a_filter_is_held_against_people():
    one = {
        "flag": "score<0.5",
        "claim": "verdict: rejected",
        "items": 58,
        "flagged": SHARE,
        "precision": NOTHING,
        "recall": SHARE,
        "corrected": {"value": 0.1, "interval": (0.0, 0.2)},
    }
    text = render_review_results(results(calibration=[one]))
    assert "score<0.5, against verdict: rejected" in text
    assert "bad, of what it flags     not known: no item of it was decided" in text
    assert "bad, of all rows          10 % (0 to 20 %), by people and the filter together" in text


@pytest.mark.parametrize("width", [40, 72, 100])
def test_lines_fit(width):
    for line in render_review_results(results(), width=width).splitlines():
        assert len(line) <= max(72, width)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_inert(text):
    said = render_review_results(results(name=text, stratum=text, queue=text))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2066\u200b]", said)
    assert len(said) < 8_000

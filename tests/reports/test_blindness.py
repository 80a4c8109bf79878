"""The blindness report: says what is known, claims nothing that is not, and is safe to open."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from hostility import HOSTILE

from holdfast.reports.blindness import render_html, render_text
from holdfast.reports.jsonfile import render_plain


def point(dose, failed, audits=4, **more):
    return {
        "dose": dose,
        "amount": 0.5 * dose,
        "audits": audits,
        "failed": failed,
        "warned": 0,
        "undetermined": 0,
        "share": failed / audits if audits else None,
        "interval": (0.0, 1.0) if audits else None,
        "failed_by": {"label_noise": failed} if failed else {},
        "warned_by": {},
        "reason": None,
    } | more


def loss(name, *points, **more):
    return {
        "loss": name,
        "title": name.replace("_", " "),
        "unit": "of the rows",
        "harmless": False,
        "needs_labels": False,
        "planted": True,
        "seen": False,
        "smallest_dose": None,
        "smallest_amount": None,
        "at_most": False,
        "seen_by": [],
        "points": list(points),
        "not_tried": [],
    } | more


def blindness(name="real.jsonl"):
    seen = {"seen": True, "smallest_dose": 0.6, "smallest_amount": 0.3, "seen_by": ["label_noise"]}
    return {
        "schema": "holdfast.selftest/1",
        "holdfast_version": "0",
        "created_at": "2026-01-01T00:00:00Z",
        "complete": True,
        "sentence": f"An audit of {name} sees one loss. It does not see another.",
        "real": {
            "name": name,
            "files": [name],
            "rows": 400,
            "strata": 4,
            "text_column": name,
            "label_column": name,
            "notes": [name],
        },
        "settings": {
            "anchor_rows": 200,
            "candidate_rows": 100,
            "doses": [0.4, 1.0],
            "repeats": 4,
            "alpha": 0.01,
            "draws": 1_999,
            "seed": 0,
        },
        "fresh": point(0.0, 0, 8),
        "losses": [
            loss("seen_late", point(0.4, 1, warned=1), point(1.0, 4), **seen),
            loss("unseen", point(1.0, 0), not_tried=[0.4]),
            loss("unlabelled", planted=False, needs_labels=True, seen=None),
            loss("unplanted", point(1.0, 0, 0, reason=name), planted=False, seen=None),
            loss("control", point(1.0, 1), harmless=True, seen_by=["label_noise"]),
        ],
        "measures": {"label_noise": "Labels that do not fit"},
        "blind": [f"It does not see {name}."],
        "always_blind": ["It reads words, not meaning."],
    }


def test_the_terminal_says_what_is_not_seen_first():
    lines = render_text(blindness(), width=90).splitlines()
    table = [
        line.split("  ")[0]
        for line in lines
        if line[:2].strip()
        and line.split("  ")[0] in ("unseen", "seen late", "unlabelled", "unplanted", "control")
    ]
    assert table[0] == "unseen"
    assert table[-1] == "control"
    text = "\n".join(lines)
    assert "about 30 %" in text
    assert "needs labels" in text
    assert "not planted" in text
    assert "failed 1 of 4" in text
    assert "0 of 8 failed" in text
    assert "(none)" in text
    assert all(len(line) <= 90 for line in lines)


def test_nothing_is_said_by_colour_alone():
    plain = render_text(blindness())
    painted = render_text(blindness(), color=True)
    assert "\x1b[31m" in painted
    for code in ("31", "32", "36", "1", "0"):
        painted = painted.replace(f"\x1b[{code}m", "")
    assert painted == plain


def test_an_interrupted_one_says_so():
    test = blindness() | {"complete": False, "fresh": point(0.0, 0, 0)}
    assert render_text(test).startswith("Interrupted: ")
    assert "INTERRUPTED" in render_html(test)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_files_do_no_harm(name):
    page = render_html(blindness(name))
    assert "<script" not in page
    assert "onerror=" not in page.replace("&lt;img src=x onerror=", "")
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "\x1b" not in render_text(blindness(name))
    assert "\x1b" not in render_plain(blindness(name))
    assert len(page) < 200_000

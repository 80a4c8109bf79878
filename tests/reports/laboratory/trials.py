"""Experiments as plain data."""

from __future__ import annotations


def check(name="share", **more):
    return {
        "name": name,
        "relation": "equals",
        "expected": 0.5,
        "measured": 0.52,
        "standard_error": 0.1,
        "floor": 0.0,
        "tolerance": 0.4,
        "holds": True,
    } | more


def curve(name="share", **more):
    return {
        "name": name,
        "kind": "measured",
        "x": [1.0, 2.0, 3.0],
        "y": [0.1, 0.2, 0.4],
        "low": [],
        "high": [],
    } | more


def trial(id="L5", words="A coin", **more):
    return {
        "id": id,
        "title": words,
        "question": words,
        "setup": words,
        "source": words,
        "seed": 3,
        "holdfast_version": "0",
        "holds": True,
        "checks": [check(words)],
        "figure": {
            "x": words,
            "y": words,
            "log_x": False,
            "log_y": False,
            "curves": [curve(words), curve(words, kind="expected")],
        },
        "notes": [words],
    } | more


def laboratory(*trials):
    return {"schema": "holdfast.laboratory/1", "experiments": list(trials)}

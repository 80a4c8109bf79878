"""Bottles as plain data, for reports to show."""

from __future__ import annotations

from typing import Any


def generation(number: int, kept: float = 1.0, **facts: Any) -> dict[str, Any]:
    made = {
        "generation": number,
        "rows": 600,
        "real": 600 if number == 0 else 0,
        "written": 0 if number == 0 else 600,
        "accuracy": 0.9 * kept**0.5,
        "rare_recall": 0.8 * kept,
        "bits_per_byte": 0.5 / kept,
        "tail_bits_per_byte": 0.6 / kept,
        "words": [900.0 * kept, 300.0, 100.0],
        "pairs": [2_000.0, 900.0, 300.0],
        "strata": round(18 * kept),
        "worth": {"rows": 120.0 * kept, "at_least": number == 0, "rare_rows": None, "verdict": "pass"},
        "halted": None,
        "gates": [],
    }
    return made | facts


def course(protocol: str = "replace", falls: float = 0.8, count: int = 3, **facts: Any) -> dict[str, Any]:
    made = {
        "protocol": protocol,
        "title": "mix 30 %" if protocol == "mix" else protocol,
        "advice": None,
        "generations": [generation(at, falls**at) for at in range(count + 1)],
    }
    return made | facts


def followed(protocol: str, falls: float, count: int, *, foretold: bool = True) -> dict[str, Any]:
    bands = {
        "median": [None, *(0.8**at for at in range(1, count + 1))],
        "low": [None, *(0.8**at - 0.1 * at for at in range(1, count + 1))],
        "high": [None, *(0.8**at + 0.1 * at for at in range(1, count + 1))],
    }
    return {
        "protocol": protocol,
        "retention": [falls**at for at in range(count + 1)],
        "foretold": bands if foretold else None,
    }


def bottle(
    *courses: dict[str, Any], words: str = "estate", labelled: bool = True, **facts: Any
) -> dict[str, Any]:
    chosen = list(courses) or [course(), course("mix", 0.95), course("managed", 1.0)]
    count = len(chosen[0]["generations"]) - 1
    falls = {"replace": 0.4, "mix": 0.8}
    groups = [
        {
            "name": name,
            "strata": [name],
            "real_rows": 40,
            "courses": [
                followed(
                    one["protocol"], falls.get(one["protocol"], 1.0), count, foretold=one["protocol"] in falls
                )
                for one in chosen
            ],
        }
        for name in ("the rarest third (6)", words, "other", "more")
    ]
    made = {
        "schema": "holdfast.collapse/1",
        "holdfast_version": "0.0",
        "real": {"name": words, "rows": 1_500, "labelled": labelled, "digest": "sha256:00"},
        "world": {"rows": 600, "at_hand": 170, "judges": 110, "exam": 300, "strata": 18, "rare": [words]},
        "setting": {
            "protocols": [one["protocol"] for one in chosen],
            "real_share": 0.3,
            "learner": "ngrams",
            "learner_name": "n-grams of order 3",
            "temperature": 0.8,
            "top_p": 1.0,
            "generations": count,
            "rows": None,
            "seed": 0,
            "audited": True,
        },
        "courses": chosen,
        "groups": groups if labelled else [],
        "examples": [
            {
                "label": words if labelled else None,
                "real": words,
                "written": [
                    {"protocol": one["protocol"], "texts": [] if one["protocol"] == "replace" else [words]}
                    for one in chosen
                ],
            }
        ],
    }
    return made | facts


def unlabelled() -> dict[str, Any]:
    """A bottle of rows without labels, nothing audited."""
    found = bottle(labelled=False)
    found["world"] |= {"strata": None, "rare": []}
    absent = dict.fromkeys(("accuracy", "rare_recall", "tail_bits_per_byte", "strata", "worth"))
    for one in found["courses"]:
        one["generations"] = [each | absent for each in one["generations"]]
    return found

"""Table: what a store says, as plain data for a page, a file or a program."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from holdfast.lab.bench.metrics import LEVEL
from holdfast.lab.bench.score import HARMS, Rate, Scorecard, cell_harms, score
from holdfast.lab.bench.store import TRUTH, Entry
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from holdfast.lab.bench.score import Power

SCHEMA = "holdfast.bench/1"
_REASONS = 3
"""Reasons for failing shown of each part."""


def tabulate(entries: Sequence[Entry], *, titles: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the entries say, in names, numbers, lists and None.

    Args:
        entries: What a run returned, or a store holds.
        titles: What each scenario plants, in words.
    """
    cards = score(entries)
    return {
        "schema": SCHEMA,
        "holdfast_version": __version__,
        "level": LEVEL,
        "harms": list(HARMS),
        "worlds": _worlds(entries),
        "detectors": [_card(card) for card in sorted(cards, key=_rank)],
        "scenarios": _scenarios(entries, titles or {}),
        "failures": _failures(entries),
    }


def _rank(card: Scorecard) -> tuple[float, float]:
    """Best first: by power on the worst scenario at the middle harm, then by the mean over scenarios."""
    middle = card.power[len(card.power) // 2] if card.power else None
    worst = -1.0 if middle is None or middle.worst_share is None else middle.worst_share
    mean = -1.0 if middle is None or middle.mean_share is None else middle.mean_share
    return -worst, -mean


def _worlds(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    found: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.corpus, entry.size].append(entry)
    return [
        {
            "corpus": corpus,
            "rows": size,
            "anchor_rows": max(entry.rows[0] for entry in here),
            "null_draws": len({entry.seed for entry in here if entry.severity == 0}),
            "draws": len({entry.seed for entry in here if entry.severity > 0}),
            "severities": sorted({entry.severity for entry in here if entry.severity > 0}),
            "instances": len({(e.seed, e.scenario, e.severity) for e in here}),
            "harm_unit": next((e.truth.harm.unit for e in here if e.truth is not None), None),
        }
        for (corpus, size), here in found.items()
    ]


def _card(card: Scorecard) -> dict[str, Any]:
    agreement = card.correlation
    return {
        "name": card.detector,
        "false_alarms": _rate(card.false_alarms),
        "controls": {scenario: _rate(rate) for scenario, rate in sorted(card.controls.items())},
        "power": [_power(power) for power in card.power],
        "power_by_rule": [_power(power) for power in card.power_by_rule],
        "auc_early": card.auc_early,
        "auc": card.auc,
        "correlation": {
            "pooled": agreement.pooled,
            "within": agreement.within,
            "ceiling": agreement.ceiling,
            "ceiling_within": agreement.ceiling_within,
        },
        "naming": None
        if card.naming is None
        else {"precision": card.naming.precision, "recall": card.naming.recall, "f1": card.naming.f1},
        "cause_f1": card.cause_f1,
        "f1_by_cause": dict(card.by_cause),
        "false_causes": _rate(card.false_causes),
        "unanswered": card.unanswered,
        "seconds": card.seconds,
    }


def _power(power: Power) -> dict[str, Any]:
    return {
        "harm": power.harm,
        "worst": power.worst,
        "worst_share": power.worst_share,
        "mean_share": power.mean_share,
        "by_scenario": {name: _rate(rate) for name, rate in sorted(power.by_scenario.items(), key=_by_id)},
    }


def _rate(rate: Rate | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    share = rate.share
    return {
        "hits": rate.hits,
        "draws": rate.draws,
        "share": None if math.isnan(share) else share,
        "upper": rate.upper,
    }


def _by_id(item: tuple[str, Any]) -> tuple[str, int, str]:
    """D2 before D10."""
    head = item[0].split(" ")[0]
    letters = head.rstrip("0123456789")
    return letters, int(head[len(letters) :] or 0), item[0]


def _scenarios(entries: Iterable[Entry], titles: Mapping[str, str]) -> list[dict[str, Any]]:
    truths = [entry for entry in entries if entry.part == TRUTH and entry.truth is not None]
    kinds: dict[str, Entry] = {}
    for entry in truths:
        kinds.setdefault(entry.scenario, entry)
    harms = cell_harms(truths)
    coverage: dict[tuple[str, int, str, float], list[float]] = defaultdict(list)
    causes: dict[str, set[str]] = defaultdict(set)
    for entry in truths:
        if entry.truth is not None:
            coverage[entry.corpus, entry.size, entry.scenario, entry.severity].append(
                entry.truth.coverage.share
            )
        causes[entry.scenario].update(entry.causes)
    return [
        {
            "name": name,
            "title": titles.get(name, ""),
            "kind": first.kind,
            "causes": sorted(causes[name]),
            "cells": [
                {
                    "corpus": cell[0],
                    "rows": cell[1],
                    "severity": cell[3],
                    "harm": harm.mean,
                    "error": harm.error,
                    "unit": "recall" if harm.recall else "bits_per_byte",
                    "coverage_share": sum(coverage[cell]) / len(coverage[cell]),
                }
                for cell, harm in sorted(harms.items())
                if cell[2] == name
            ],
        }
        for name, first in sorted(kinds.items(), key=_by_id)
    ]


def _failures(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        if entry.failed is not None:
            reasons[entry.part][entry.failed] += 1
    return [
        {
            "part": part,
            "count": sum(found.values()),
            "reasons": [reason for reason, _ in found.most_common(_REASONS)],
        }
        for part, found in reasons.items()
    ]

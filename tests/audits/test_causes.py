"""Causes: planted ones are named, controls have none, and what cannot be known is said to be unknown."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import holdfast
from holdfast.audits.causes import SUSPECTS, diagnose
from holdfast.audits.causes.cause import Cause
from holdfast.audits.causes.diagnosis import confidence
from holdfast.audits.causes.signs import LEAST, MOST, read_signs
from holdfast.audits.causes.weights import WEIGHTS
from holdfast.lab.bench.corpus import generate_corpus
from holdfast.lab.bench.instance import plant
from holdfast.lab.bench.pools import deal_pools
from holdfast.lab.bench.scenarios import (
    Decoded,
    Elsewhere,
    FreshReal,
    Homogenising,
    LabelNoise,
    NewTopic,
    RareThinning,
    Recursion,
    Repeating,
    Template,
)
from holdfast.measures import MEASURES
from holdfast.measures.reading import Undetermined

PLANTED = {
    "no_novelty": Repeating(),
    "amplified_errors": LabelNoise(),
    "mismatch": Elsewhere(),
    "artifacts": Template(),
    "homogenization": Homogenising(),
    "drift": Recursion(),
    "bias": RareThinning(),
}


@pytest.fixture(scope="module")
def pools():
    corpus = generate_corpus(strata=25, rows_per_stratum=260, seed=11)
    return deal_pools(corpus, size=800, rng=np.random.default_rng(3), exponent=0.3)


def audit(pools, scenario, severity=1.0):
    made = plant(scenario, pools, severity, np.random.default_rng(4))
    sides = [
        [{"text": row.text, "intent": row.label} for row in rows] for rows in (made.candidate, made.anchor)
    ]
    return holdfast.audit(sides[0], real=sides[1], label="intent", draws=1_199)


def named(found, state="likely"):
    return [cause.id for cause in found.causes if cause.state == state]


@pytest.mark.slow
@pytest.mark.parametrize("cause", PLANTED)
def test_a_planted_cause_is_named(pools, cause):
    found = audit(pools, PLANTED[cause])
    assert cause in named(found)
    told = next(c for c in found.causes if c.id == cause)
    assert told.speaks_for
    assert told.confirm
    assert told.remedy
    assert told.severity
    # Most of the others are said not to be it.
    assert len(named(found, "excluded")) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("control", [FreshReal(), NewTopic()])
def test_a_control_has_no_cause(pools, control):
    found = audit(pools, control)
    assert named(found) == []
    assert all(cause.confidence is None or cause.confidence < 0.5 for cause in found.causes)


@pytest.mark.slow
def test_judging_anew_diagnoses_anew(pools):
    found = audit(pools, Decoded())
    assert found.at(alpha=0.05).causes == found.causes
    assert next(c.id for c in found.causes) in ("bias", "homogenization", "drift")


def outcome(name, effect, least=0.1, details=None, result=None):
    measure = next(m for m in MEASURES if m.name == name)
    reading = None
    if result is None:
        reading = SimpleNamespace(
            value=effect, effect=effect, smallest_detectable=least, details=details or {}, p_value=0.001
        )
    return SimpleNamespace(measure=measure, reading=reading, result=result or reading, verdict="pass")


def test_signs_are_effects_over_what_would_be_seen():
    signs = read_signs(
        [outcome("near_duplicates", 0.15), outcome("mode_share", -0.5), outcome("off_anchor", 9.0)],
        (500, 500),
    )
    assert signs["near_duplicates"] == pytest.approx(1.5)
    assert signs["mode_share"] == LEAST
    assert signs["off_anchor"] == MOST
    assert signs["rare_strata"] is None


def strata(real, candidate):
    total = sum(candidate) / sum(real)
    return {
        "strata": [
            {"real_rows": r, "candidate_rows": c, "expected_rows": r * total}
            for r, c in zip(real, candidate, strict=True)
        ],
        "overall": 0.1,
    }


def test_rare_strata_that_lose_are_told_from_uneven_ones():
    real = [400, 300, 200, 50, 30, 20]
    rare = read_signs(
        [outcome("stratum_deficit", 0.1, details=strata(real, [430, 320, 210, 25, 10, 5]))], (1, 1)
    )
    uneven = read_signs(
        [outcome("stratum_deficit", 0.1, details=strata(real, [300, 400, 200, 20, 60, 20]))], (1, 1)
    )
    same = read_signs([outcome("stratum_deficit", 0.1, details=strata(real, real))], (1, 1))
    assert rare["rare_strata"] > 1.0 > uneven["rare_strata"]
    assert uneven["uneven_strata"] > 1.0
    assert same["rare_strata"] == pytest.approx(0.0, abs=1e-9)
    assert same["uneven_strata"] < 0


def test_no_reading_is_no_evidence_and_nothing_is_excluded():
    silent = [outcome(m.name, 0.0, result=Undetermined(reason="too few rows")) for m in MEASURES]
    causes = diagnose(silent, (10, 10))
    assert {cause.state for cause in causes} == {"unknown"}
    assert all(cause.confidence is None and cause.missing for cause in causes)


@pytest.mark.slow
def test_two_explanations_are_both_named(pools):
    # Rows that repeat each other, in a frame of the generator's.
    repeated = plant(Repeating(), pools, 0.7, np.random.default_rng(5)).candidate
    rows = [
        {"text": f"Sure! Here is a request a customer might make: {row.text}", "intent": row.label}
        for row in repeated
    ]
    real = [{"text": row.text, "intent": row.label} for row in pools.anchor]
    found = holdfast.audit(rows, real=real, label="intent", draws=1_199)
    assert {"no_novelty", "artifacts"} <= set(named(found))


def test_labels_that_nobody_gave_are_not_said_to_fit():
    read = [
        outcome(m.name, 0.0) for m in MEASURES if m.name in ("near_duplicates", "anchor_copies", "mode_share")
    ]
    silent = [outcome("label_noise", 0.0, result=Undetermined(reason="no labels", applies=False))]
    states = {cause.id: cause.state for cause in diagnose([*read, *silent], (900, 900))}
    assert states["amplified_errors"] == "unknown"
    assert states["no_novelty"] == "excluded"


def test_every_cause_has_weights_for_signs_that_are_read():
    every = set(read_signs([], (1, 1))) | {measure.name for measure in MEASURES}
    assert set(WEIGHTS) == {suspect.id for suspect in SUSPECTS}
    for cause, (base, weights) in WEIGHTS.items():
        assert base < 0, "without any sign no cause is likely"
        assert set(weights) <= every
        assert confidence(cause, {}) < 0.2


def test_every_suspect_says_what_would_confirm_it_and_what_helps():
    names = {measure.name for measure in MEASURES}
    for suspect in SUSPECTS:
        assert suspect.confirm.endswith(".")
        assert suspect.remedy.endswith(".")
        assert set(suspect.asks) <= names
        assert suspect.severity({}) is None
    assert isinstance(diagnose([], (1, 1))[0], Cause)

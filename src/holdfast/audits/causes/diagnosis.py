"""Diagnosis: a pattern of readings becomes causes, each with the confidence that such patterns have earned.

Every cause adds up what the signs say for and against it; several may be likely at once, for one pattern can have two
explanations. The weights are fitted on sets into which known causes were planted (`weights.py`), so a confidence is the
share of planted sets with findings and such a pattern that had the cause. It knows the causes that were planted and no
others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from holdfast.audits.causes.amplified_errors import AmplifiedErrors
from holdfast.audits.causes.artifacts import Artifacts
from holdfast.audits.causes.bias import Bias
from holdfast.audits.causes.cause import Cause, State
from holdfast.audits.causes.drift import Drift
from holdfast.audits.causes.homogenization import Homogenization
from holdfast.audits.causes.mismatch import Mismatch
from holdfast.audits.causes.no_novelty import NoNovelty
from holdfast.audits.causes.signs import read_signs
from holdfast.audits.causes.weights import WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.audits.causes.cause import Suspect
    from holdfast.audits.causes.signs import Signs
    from holdfast.audits.judge import Outcome

LIKELY = 0.5
POSSIBLE = 0.2
SUREST = 0.01
_VISIBLE = 0.5
"""Signs of half the strength that would be found in four draws of five are named."""
_WEIGHTY = 0.3
"""Nats from which a sign is named as evidence."""
_SHOWN = 4

SUSPECTS: tuple[Suspect, ...] = (
    NoNovelty(),
    AmplifiedErrors(),
    Mismatch(),
    Artifacts(),
    Homogenization(),
    Drift(),
    Bias(),
)

SAID: Mapping[str, str] = {
    "real_equivalent_rows": "little worth in real rows",
    "stratum_deficit": "rarer strata short of rows",
    "band_retention": "the rarest tenth short of rows",
    "rare_strata": "losses that grow with the rarity of a stratum",
    "uneven_strata": "strata away from their shares, whatever their rarity",
    "stratum_shrinkage": "less variety inside strata",
    "near_duplicates": "rows that repeat each other",
    "mode_share": "a few texts of great weight",
    "anchor_copies": "copies of real rows",
    "off_anchor": "rows unlike anything real",
    "off_language": "rows in another language",
    "broken_rows": "broken rows",
    "label_noise": "labels that do not fit",
    "diversity_profile": "wording less varied",
    "artifacts": "phrases or formats that reality hardly knows",
    "association_amplification": "words tied more closely to strata",
    "strange_rows": "rows stranger than real ones",
    "disordered_rows": "words without order",
    "ordinary_rows": "rows more ordinary than real ones",
    "surprisal": "rows too strange or too ordinary",
    "lexical_diversity": "fewer kinds of words",
    "rare_words": "rare words short of their share",
    "self_repetition": "long runs of words that return",
    "prompt_diversity": "answers to one prompt alike",
    "syntactic_templates": "sentence frames that return",
    "length_and_format": "lengths or formats narrower",
    "two_samples": "rows that are told apart from real ones",
    "worth_by_coverage": "less of reality covered",
    "worth_by_labels": "little worth to a learner of labels",
    "worth_by_language": "little worth to a learner of word order",
}
"""Signs in words."""


def diagnose(outcomes: Sequence[Outcome], rows: tuple[int, int]) -> tuple[Cause, ...]:
    """Causes of a pattern of readings, the likeliest first; unknown and excluded ones last.

    Args:
        outcomes: The battery.
        rows: Real and candidate rows.
    """
    signs = read_signs(outcomes, rows)
    causes = [_hold(suspect, signs, outcomes) for suspect in SUSPECTS]
    order: tuple[State, ...] = ("likely", "possible", "unknown", "excluded")
    return tuple(sorted(causes, key=lambda c: (order.index(c.state), -(c.confidence or 0.0))))


def confidence(cause: str, signs: Signs) -> float:
    """Share of planted sets with such signs that had the cause, by the fitted weights."""
    base, weights = WEIGHTS[cause]
    total = base + sum(weight * _seen(signs.get(sign)) for sign, weight in weights.items())
    # A few hundred planted sets cannot tell surer than that.
    return min(max(1.0 / (1.0 + math.exp(-total)), SUREST), 1.0 - SUREST)


def _seen(sign: float | None) -> float:
    """A sign as it is weighed: better than reality counts as none, and so does what nobody could read."""
    return max(sign or 0.0, 0.0)


def _hold(suspect: Suspect, signs: Signs, outcomes: Sequence[Outcome]) -> Cause:
    readings = {o.measure.name: o.reading for o in outcomes if o.reading is not None}
    missing = tuple(o.measure.title for o in outcomes if o.measure.name in suspect.asks and not o.reading)
    value = confidence(suspect.id, signs)
    # Without a finding there is nothing to explain.
    explains = any(o.verdict in ("warn", "fail") for o in outcomes)
    # Without labels nobody can say that labels fit: what half of its measures cannot see is not ruled out.
    unknown = 2 * sum(name not in readings for name in suspect.asks) >= len(suspect.asks)
    state: State = "excluded"
    if explains and value >= LIKELY:
        state = "likely"
    elif explains and value >= POSSIBLE:
        state = "possible"
    elif unknown:
        state = "unknown"
    told = {sign: weight * _seen(signs.get(sign)) for sign, weight in WEIGHTS[suspect.id][1].items()}
    absent = [
        sign
        for sign, weight in sorted(WEIGHTS[suspect.id][1].items(), key=lambda item: -item[1])
        if weight >= _WEIGHTY and signs.get(sign) is not None and _seen(signs[sign]) < _VISIBLE
    ]
    for_it = sorted((s for s in told if told[s] >= _WEIGHTY), key=lambda s: -told[s])
    against = sorted((s for s in told if told[s] <= -_WEIGHTY), key=lambda s: told[s])
    return Cause(
        id=suspect.id,
        title=suspect.title,
        state=state,
        confidence=value if explains and state != "unknown" else None,
        speaks_for=tuple(SAID[sign] for sign in for_it[:_SHOWN]),
        speaks_against=(
            *(SAID[sign] for sign in against[:_SHOWN]),
            *(f"no sign of {SAID[sign]}" for sign in absent[:2]),
        ),
        missing=missing,
        severity=suspect.severity(readings) if state in ("likely", "possible") else None,
        confirm=suspect.confirm,
        remedy=suspect.remedy,
    )

"""From an effect to a reading: which rule applies, what it says, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.measures.preference.reading import PreferenceReading, State
from holdfast.measures.preference.style.effects import Effect, Figure, fit_plain
from holdfast.measures.reading import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.preference.style.shared import Shared
    from holdfast.stats.logit import Unfit
    from holdfast.views.ratings import Rater

UNIT = "step of the probability for one standard deviation of the feature, the same human verdict given"
LEAST_PROMPTS = 30
"""Errors that are robust to prompts need some."""
_POWER = 2.8
"""A normal effect of so many standard errors is seen in 80 % of draws, two-sided at 5 %."""
PAIRS_ERROR = 2.6
"""Standard error of a coefficient for one standard deviation, times the root of the pairs: .11 at 560 (LLMBar)."""
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What is looked at.

    Attributes:
        name: Name of the measure in the reading.
        title: For a reader.
        more: Completes "picks the answer ..." for the answer that has more of it.
        table: float64 [pairs, c], a against b, the feature last, in standard deviations.
        step: What one standard deviation is, in words; completes "Where one answer ...,".
        primary: Whether it belongs to the family that decides.
        column: Its column of the counts.
    """

    name: str
    title: str
    more: str
    table: NDArray[np.float64]
    step: str
    primary: bool
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an alarm needs.

    Attributes:
        least_pairs: Fewer pairs than these say nothing.
        least_differing: Nor do fewer pairs whose responses differ in the feature.
        floor: Smallest effect that matters, on the scale of probabilities.
    """

    least_pairs: int
    least_differing: int
    floor: float


def refusal(shared: Shared, judge: Rater, feature: Feature, limits: Limits) -> str | None:
    """Why nothing can be read, before anything is fitted; None where something can."""
    count = len(shared.pairs)
    if shared.form == "nobody":
        return (
            f"no person labelled any of the {counted(len(judge), 'pair')}, and people prefer some styles, too: what is {judge.name}'s own "
            f"cannot be told from taste; let people label at least {limits.least_pairs} of these pairs"
        )
    if count < limits.least_pairs:
        return (
            f"only {counted(count, 'pair')} labelled by people and by {judge.name}; {limits.least_pairs} are needed to see a strong taste, "
            "590 for one that is half as strong"
        )
    prompts = len(np.unique(shared.ratings.prompt[shared.pairs]))
    if prompts < LEAST_PROMPTS:
        return f"the {count:,} pairs answer only {counted(prompts, 'prompt')}; {LEAST_PROMPTS} are needed"
    return _nothing_to_see(shared, judge, feature, limits)


def _nothing_to_see(shared: Shared, judge: Rater, feature: Feature, limits: Limits) -> str | None:
    if not shared.people.verdict.any():
        return "people called every pair a tie, so there is no human verdict to hold a judge against"
    if not shared.judge.verdict.any() and not shared.judge.label.any():
        return f"{judge.name} called every pair a tie"
    differing = int((feature.table[shared.pairs, -1] != 0).sum())
    if differing < limits.least_differing:
        return (
            f"the responses differ in {feature.title.lower()} in only {counted(differing, 'pair')} of {len(shared.pairs):,}; "
            f"{limits.least_differing} are needed"
        )
    return None


def unfit(shared: Shared, judge: Rater, why: Unfit) -> str:
    """Why there is no fit."""
    if why.reason == "empty":
        return "too few prompts"
    slots = shared.judge.first != 0
    if slots.any() and (shared.judge.label[slots] == shared.judge.first[slots]).all():
        return f"{judge.name} always prefers what was shown first, so nothing is left for style to explain"
    if slots.any() and (shared.judge.label[slots] == -shared.judge.first[slots]).all():
        return f"{judge.name} always prefers what was shown last, so nothing is left for style to explain"
    if why.reason == "dependent":
        return "the human verdict, the order shown and the feature cannot be told apart in these pairs: one follows from the others"
    return (
        f"the verdicts of {judge.name} follow from the human verdict, the order and the feature without exception, so no finite "
        "effect can be read"
    )


def unknown(shared: Shared, judge: Rater, feature: Feature, reason: str, limits: Limits) -> PreferenceReading:
    """A reading that could not be made; without people, what the judge's labels show by themselves, which is no evidence."""
    details: dict[str, Any] = {"title": feature.title, "form": shared.form, "step": feature.step}
    evidence: tuple[str, ...] = ()
    if shared.form == "nobody" and len(shared.pairs) >= limits.least_pairs:
        fit, _, _ = fit_plain(shared, feature.table)
        if fit is not None:
            value, error = float(fit.effects[-1]), float(fit.effect_errors[-1])
            details["exploratory"] = {
                "value": value,
                "low": value - 1.96 * error,
                "high": value + 1.96 * error,
            }
            evidence = (
                f"Where one answer {feature.step}, {judge.name} picks it {_points(value)}. This is no evidence of anything wrong: people "
                "may do the same.",
            )
    return PreferenceReading(
        measure=feature.name,
        subject=judge.name,
        unit=UNIT,
        state="undetermined",
        reason=reason,
        n=len(shared.pairs),
        primary=feature.primary,
        floor=limits.floor,
        evidence=evidence,
        details=details,
    )


def read(
    shared: Shared, judge: Rater, feature: Feature, effect: Effect, limits: Limits, more: dict[str, Any]
) -> PreferenceReading:
    """The reading of an effect."""
    if effect.insight.low <= 0:
        found = unknown(shared, judge, feature, _uninformative(judge, effect), limits)
        found.details["judge"] = effect.judge.plain()
        return found
    held = effect.difference if effect.difference is not None else effect.judge
    state, p_value, reason = _state(effect, held, limits)
    prompts = len(np.unique(shared.ratings.prompt[shared.pairs]))
    return PreferenceReading(
        measure=feature.name,
        subject=judge.name,
        unit=UNIT,
        value=effect.judge.value,
        interval=effect.judge.interval,
        reality=None if effect.people is None else effect.people.value,
        reality_interval=None if effect.people is None else effect.people.interval,
        effect=held.value,
        effect_interval=held.interval,
        p_value=p_value,
        floor=limits.floor,
        control=effect.control,
        smallest_detectable=_POWER * held.error,
        n=effect.pairs,
        state=state,
        reason=reason,
        primary=feature.primary,
        rows=_telling(shared, feature, held.value),
        evidence=_evidence(judge, feature, effect, held, more),
        details={
            "title": feature.title,
            "form": effect.form,
            "step": feature.step,
            "prompts": prompts,
            "people": len(np.unique(shared.people.rater)),
            "judge": effect.judge.plain(),
            "second_person": _plain(effect.people),
            "beyond_insight": _plain(effect.beyond_insight),
            "coefficient": effect.coefficient.plain(),
            "marginal": {
                "judge": _plain(effect.plain),
                "people": _plain(effect.plain_people),
                "difference": _plain(effect.plain_difference),
            },
            "any_two_people": list(effect.each),
            "smallest_coefficient": float(_POWER * PAIRS_ERROR / np.sqrt(effect.pairs)),
            "notes": list(effect.notes),
            **more,
        },
    )


def _state(effect: Effect, held: Figure, limits: Limits) -> tuple[State, float, str | None]:
    floor = max(limits.floor, effect.control)
    if effect.difference is not None:
        far = held.sign != 0 and abs(held.value) >= floor
        own = effect.beyond_insight
        if far and own is not None and own.sign != held.sign:
            return "undetermined", held.p_value, _insight(own, held)
        return ("beyond" if far else "within"), held.p_value, None
    plain = effect.plain_difference
    if plain is None:
        reason = "only one person labelled each pair, and without that person's verdict nothing could be fitted; let a second person label 200"
        return "undetermined", held.p_value, reason
    # Both must hold, so the weaker of the two is what is shown.
    p_value = max(effect.coefficient.p_value, plain.p_value)
    signs = effect.coefficient.sign, plain.sign
    if signs == (0, 0):
        return "within", p_value, None
    if signs[0] == signs[1]:
        return ("beyond" if abs(held.value) >= floor else "within"), p_value, None
    return "undetermined", p_value, _one_person(*signs)


def _insight(own: Figure, held: Figure) -> str:
    """Who follows people more closely than they follow one another shows more of their taste, too: that is none of its own."""
    return (
        "it follows the human verdict not as closely as a second person does, or more closely, and either shows in what it makes of people's "
        f"own taste; with that allowed for, {100 * own.value:+.1f} points of {100 * held.value:+.1f} are left (95 %: {100 * own.low:+.1f} to "
        f"{100 * own.high:+.1f}), so let people label more pairs"
    )


def _one_person(given: int, plain: int) -> str:
    if given and plain:
        what = "given the one human verdict it leans one way, and without it, against people, the other"
    elif given:
        what = "it leans beyond the one human verdict, as a second person would: one person is no exact measure of taste"
    else:
        what = "it leans more than people do, and not beyond the human verdict"
    return f"{what}; only one person labelled each pair, so this cannot be settled: let a second person label at least 200 of them"


def _uninformative(judge: Rater, effect: Effect) -> str:
    return (
        f"{judge.name} does not follow the human verdict beyond chance ({effect.insight.value:+.2f}, 95 % {effect.insight.low:.2f} to "
        f"{effect.insight.high:.2f} logits): what it prefers cannot be told from noise that leans one way"
    )


def _evidence(
    judge: Rater, feature: Feature, effect: Effect, held: Figure, more: dict[str, Any]
) -> tuple[str, ...]:
    low, high = (100 * end for end in held.interval)
    ends = f"95 %: {low:+.1f} to {high:+.1f}"
    if effect.people is not None:
        first = (
            f"Given the same human verdict, {judge.name} picks the {feature.more} answer {_points(held.value)} than a second person does "
            f"({ends}), where one answer {feature.step}."
        )
        figures = (
            f"One such step moves {judge.name} by {100 * effect.judge.value:+.1f} points and a second person by "
            f"{100 * effect.people.value:+.1f}, on {effect.pairs:,} pairs."
        )
    else:
        first = (
            f"Given the human verdict, {judge.name} picks the {feature.more} answer {_points(held.value)} than the other ({ends}), where one "
            f"answer {feature.step}; only one person labelled each pair, so no second person stands beside it."
        )
        figures = ""
    sentences = [first, figures]
    if effect.plain is not None and effect.plain_people is not None and effect.plain_difference is not None:
        gap = effect.plain_difference
        sentences.append(
            f"Nobody's verdict given, the coefficient is {effect.plain.value:+.2f} for {judge.name} and {effect.plain_people.value:+.2f} for "
            f"people (difference {gap.value:+.2f}, 95 %: {gap.low:+.2f} to {gap.high:+.2f})."
        )
    matched = more.get("length_matched")
    if matched and matched["pairs"] and matched["judge"] is not None:
        sentences.append(
            f"Of {matched['pairs']:,} pairs of nearly equal length, {judge.name} picks the longer answer in {100 * matched['judge']:.0f} % and "
            f"people in {100 * matched['people']:.0f} %."
        )
    sentences += [f"{note[0].upper()}{note[1:]}." for note in effect.notes]
    return tuple(sentence for sentence in sentences if sentence)


def _points(value: float) -> str:
    return f"{abs(100 * value):.1f} points {'more' if value >= 0 else 'less'} often"


def _plain(figure: Figure | None) -> dict[str, float] | None:
    return None if figure is None else figure.plain()


def _telling(shared: Shared, feature: Feature, lean: float) -> tuple[int, ...]:
    """Pairs in which the judge goes with the feature and people do not, the largest differences first."""
    mean, _ = shared.ratings.human
    pairs = shared.judge.pair
    toward = np.sign(lean) * np.sign(feature.table[pairs, -1])
    shows = (shared.judge.verdict * toward > 0) & (mean[pairs] * toward <= 0)
    size = np.where(shows, np.abs(feature.table[pairs, -1]), -1.0)
    order = np.argsort(-size, kind="stable")[:_SHOWN]
    return tuple(int(pairs[at]) for at in order if size[at] > 0)

"""Agreement: does a judge see what people see? Whoever does not shows no taste, only noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.preference.insight import SLIGHT, Verdicts, agrees_beyond_chance, lacks, unsettled
from holdfast.measures.preference.people import (
    LABELS,
    NOBODY,
    LeftOut,
    Share,
    leave_one_out,
    mean_difference,
    most_say,
    share_of,
    tally,
)
from holdfast.measures.preference.reading import PreferenceReading, State
from holdfast.measures.reading import counted, percent
from holdfast.stats.alternative import Alternative, alternative_annotator
from holdfast.views.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.reading import Calibration
    from holdfast.stats.agreement import Agreement as Coefficient
    from holdfast.views.ratings import Rater, Ratings

LEAST_PROMPTS = 30
"""Pairs of one prompt are no independent draws, and errors that are robust to that need some prompts."""
WISHED_PAIRS = 400
"""Pairs at which an accuracy of three quarters is known to 4.2 points."""
_POWER = 2.8
"""A normal effect of so many standard errors is seen in 80 % of draws, two-sided at 5 %."""
_SHOWN = 20
_STATES: dict[bool | None, State] = {True: "within", False: "beyond", None: "undetermined"}
_MOST_PEOPLE = 100
"""People who are taken out one at a time in the alternative annotator test: those with most labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A judge on the pairs that people agree on.

    Attributes:
        rows: int64 [n], rows of the pairs, ascending.
        most: int64 [n], what most people say.
        label: int64 [n], what the judge says in the first order.
        swapped: int64 [n], what it says in the other; NOBODY where it was not asked.
        first: int64 [n], 1: a was shown first, -1: b, 0: not known.
        prompt: int64 [n], the prompt.
    """

    rows: NDArray[np.int64]
    most: NDArray[np.int64]
    label: NDArray[np.int64]
    swapped: NDArray[np.int64]
    first: NDArray[np.int64]
    prompt: NDArray[np.int64]

    def hits(self, label: NDArray[np.int64], swapped: NDArray[np.int64]) -> NDArray[np.float64]:
        """float64 [n], whether this is what most people say; the mean of both orders where both were asked."""
        once = (label == self.most).astype(np.float64)
        return np.asarray(np.where(swapped == NOBODY, once, (once + (swapped == self.most)) / 2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Share of a judge's verdicts that are what most people say; the gate is whether it agrees beyond chance at all.

    A tie is a verdict like any other: right where most people call it a tie, wrong elsewhere. Where both orders were asked, the
    share is the mean of both. A pair that people are evenly split on has no majority and is left out. Beside the judge stand a person held
    against the others (one taken out at a time, the judge on the same pairs), whoever always chooses the longer response, and whoever
    always chooses the first. The gate is Cohen's kappa with the majority: where its interval reaches 0, what else is read of the judge's
    taste is noise. That few pairs do not show it is no fault of the judge, though, least of all where people hardly agree themselves: it is
    called uninformative where a person surely does better in its place, or, with one person for each pair, where kappa is
    surely below `slight`.

    Reads
        1.0 where judge and people always say the same; what chance gives depends on their habits, so kappa tells: 0 chance, 1 perfect.
    Blind to
        a judge who is right for the wrong reason (see the style measures); what people get wrong together.
    Undetermined
        with fewer than `least_pairs` pairs that have both a majority and a verdict of the judge, or fewer than 30 prompts; where people say the same of all, or where
        neither agreement beyond chance nor a lack of it can be shown.
    Cost
        linear in labels.
    Source
        Cohen 1960, Educational and Psychological Measurement 20:37; Krippendorff 2011; Calderon, Reichart and Dror 2025,
        arXiv:2501.10970; Wilson 1927.

    >>> from holdfast.measures.preference.by_hand import Said, lined_up
    >>> from holdfast.measures.reading import Calibration
    >>> anna, judge = Said(label=[1, -1] * 100, kind="human"), Said(label=[1, -1, 1, -1, 1, -1, 1, 1] * 25)
    >>> ratings = lined_up({"anna": anna, "judge": judge})
    >>> (found,) = Agreement()(ratings, ratings.judges, Calibration())
    >>> found.value, round(found.details["kappa"], 2), found.state
    (0.875, 0.75, 'within')
    """

    name: ClassVar[str] = "agreement"
    title: ClassVar[str] = "Agreement with people"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of verdicts are what most people say"
    primary: ClassVar[bool] = False

    least_pairs: int = 100
    slight: float = SLIGHT
    epsilon: float = 0.2  # what a judge may lose against a person in the alternative annotator test

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every judge."""
        counts = tally(ratings.people, len(ratings))
        left_out = leave_one_out(ratings.people, counts)
        return tuple(self._read(ratings, judge, counts, left_out, null) for judge in judges)

    def _read(
        self,
        ratings: Ratings,
        judge: Rater,
        counts: NDArray[np.int64],
        left_out: LeftOut,
        null: Calibration,
    ) -> PreferenceReading:
        shared = _shared(ratings, judge, counts)
        split = int((counts[judge.rows].sum(axis=1) > 0).sum()) - len(shared.rows)
        count = len(shared.rows)
        reason = self._refusal(shared, judge, split)
        accuracy = share_of(shared.hits(shared.label, shared.swapped), shared.prompt)
        if accuracy is None:
            return self._unknown(judge, str(reason), count, split)
        verdicts = Verdicts.of(shared.label, shared.swapped, shared.most, shared.first, shared.prompt)
        kappa = verdicts.kappa
        agrees = agrees_beyond_chance(kappa, verdicts)
        if reason is None and agrees is None:
            reason = "people say the same of every pair that they agree on, so nothing shows whether the judge can tell pairs apart"
        if reason is not None:
            return self._unknown(judge, reason, count, split)
        place = _in_a_persons_place(judge, left_out, ratings.prompt)
        person, beside = (None, None) if place is None else place[1:]
        baselines = _baselines(ratings, shared)
        alpha = verdicts.alpha(null.rng(f"{self.name} {judge.name}"), null.draws)
        alternative = self._alternative(ratings, judge)
        gap, error, gap_interval = beside if beside is not None else (None, 0.0, None)
        informative: bool | None = True
        if not agrees:
            compared = beside if person is not None and person.n >= self.least_pairs else None
            informative = False if lacks(kappa, compared, self.slight, null.level) else None
        return PreferenceReading(
            measure=self.name,
            subject=judge.name,
            unit=self.unit,
            value=accuracy.value,
            interval=accuracy.interval,
            reality=None if person is None else person.value,
            reality_interval=None if person is None else person.interval,
            effect=gap,
            effect_interval=gap_interval,
            smallest_detectable=_POWER * error if error > 0 else None,
            n=count,
            state=_STATES[informative],
            reason=unsettled(judge, kappa, count, person) if informative is None else None,
            rows=_contradictions(shared, counts),
            evidence=_evidence(
                accuracy, kappa, person, beside, baselines, alternative, beyond_chance=bool(agrees)
            ),
            details={
                "title": self.title,
                "informative": informative,
                "beyond_chance": agrees,
                "kappa": kappa.value,
                "kappa_interval": _listed(kappa.interval),
                "alpha": alpha.value,
                "alpha_interval": _listed(alpha.interval),
                "baselines": baselines,
                "in_a_persons_place": None if place is None else place[0].plain(),
                "alternative": _plain(alternative),
                "majority_pairs": count,
                "split_pairs": split,
                "people": len(ratings.people),
                "both_orders": int((shared.swapped != NOBODY).sum()),
                "half_width": (accuracy.interval[1] - accuracy.interval[0]) / 2.0,
                "wished_pairs": WISHED_PAIRS,
            },
        )

    def _unknown(self, judge: Rater, reason: str, count: int, split: int) -> PreferenceReading:
        return PreferenceReading(
            measure=self.name,
            subject=judge.name,
            unit=self.unit,
            state="undetermined",
            reason=reason,
            n=count,
            details={
                "title": self.title,
                "informative": None,
                "beyond_chance": None,
                "majority_pairs": count,
                "split_pairs": split,
                "needed_pairs": self.least_pairs,
                "wished_pairs": WISHED_PAIRS,
            },
        )

    def _refusal(self, shared: Shared, judge: Rater, split: int) -> str | None:
        count, prompts = len(shared.rows), len(np.unique(shared.prompt))
        if count >= self.least_pairs and prompts >= LEAST_PROMPTS:
            return None
        if count >= self.least_pairs:
            return f"the {count:,} pairs answer only {counted(prompts, 'prompt')}; {LEAST_PROMPTS} are needed"
        needed = f"{self.least_pairs} are needed, {WISHED_PAIRS} are better"
        if count == 0 and split == 0:
            return f"no pair was labelled by a person and by {judge.name}; {needed}"
        aside = f" ({counted(split, 'pair')} more that people are evenly split on)" if split else ""
        return f"only {counted(count, 'pair')} labelled by people and by {judge.name}{aside}; {needed}"

    def _alternative(self, ratings: Ratings, judge: Rater) -> Alternative | None:
        people = ratings.people[:_MOST_PEOPLE]
        table = np.full((len(ratings), len(people)), NOBODY, np.int64)
        for column, person in enumerate(people):
            table[person.rows, column] = person.label.astype(np.int64) + 1
        said = np.full(len(ratings), NOBODY, np.int64)
        said[judge.rows] = judge.label.astype(np.int64) + 1
        asked = (said != NOBODY) & (table != NOBODY).any(axis=1)
        return alternative_annotator(said[asked], table[asked], size=LABELS, epsilon=self.epsilon)


def _shared(ratings: Ratings, judge: Rater, counts: NDArray[np.int64]) -> Shared:
    most = most_say(counts[judge.rows])
    kept = most != NOBODY
    rows = judge.rows[kept]
    return Shared(
        rows=rows,
        most=most[kept],
        label=judge.label[kept].astype(np.int64) + 1,
        swapped=np.where(judge.both, judge.swapped.astype(np.int64) + 1, NOBODY)[kept],
        first=judge.first[kept].astype(np.int64),
        prompt=ratings.prompt[rows],
    )


def _in_a_persons_place(
    judge: Rater, left_out: LeftOut, prompt: NDArray[np.int64]
) -> tuple[Share, Share, tuple[float, float, tuple[float, float] | None]] | None:
    """How often a person says what most of the others say, the judge in that person's place, and the difference.

    Pairs that people are evenly split on count here: leaving them out would leave out just those on which people differ, and
    two people of whom only agreements count agree always.
    """
    place = np.full(len(prompt), -1, np.int64)
    place[judge.rows] = np.arange(len(judge.rows))
    kept = place[left_out.rows] >= 0
    if not kept.any():
        return None
    at, others = place[left_out.rows[kept]], left_out.others[kept]
    groups = prompt[judge.rows][at]
    person = (left_out.own[kept] == others).astype(np.float64)
    once = (judge.label[at].astype(np.int64) + 1 == others).astype(np.float64)
    turned = (judge.swapped[at].astype(np.int64) + 1 == others).astype(np.float64)
    said = np.where(judge.both[at], (once + turned) / 2.0, once)
    own, theirs = share_of(said, groups), share_of(person, groups)
    if own is None or theirs is None:
        return None
    return own, theirs, mean_difference(said - person, groups)


def _baselines(ratings: Ratings, shared: Shared) -> list[dict[str, Any]]:
    """What needs no judge: the longer response by words, and the first one, where the order is known."""
    words = STYLE.index("words")
    a, b = (side[shared.rows, words] for side in ratings.counts)
    longer = np.sign(a - b).astype(np.int64) + 1
    never = np.full(len(longer), NOBODY)
    judge = shared.hits(shared.label, shared.swapped)
    found = []
    known = shared.first != 0
    # Shown in both orders, whoever takes the first takes each response once.
    last = np.where(shared.swapped == NOBODY, NOBODY, 1 - shared.first)
    for name, hits, kept in (
        ("the longer response", shared.hits(longer, never), np.ones(len(longer), bool)),
        ("the first response", shared.hits(shared.first + 1, last), known),
    ):
        share = share_of(hits[kept], shared.prompt[kept])
        if share is not None:
            gap, _, interval = mean_difference(judge[kept] - hits[kept], shared.prompt[kept])
            found.append(
                {"name": name, **share.plain(), "judge_more": gap, "judge_more_interval": _listed(interval)}
            )
    return found


def _contradictions(shared: Shared, counts: NDArray[np.int64]) -> tuple[int, ...]:
    """Pairs on which the judge says otherwise than people, those on which most people agree most clearly first."""
    wrong = shared.label != shared.most
    opposite = np.abs(shared.label - shared.most) == 2
    own = counts[shared.rows]
    lead = own[np.arange(len(own)), shared.most] * 2 - own.sum(axis=1)
    order = np.lexsort((shared.rows, ~opposite, -lead))
    return tuple(int(shared.rows[at]) for at in order[wrong[order]][:_SHOWN])


def _evidence(
    accuracy: Share,
    kappa: Coefficient,
    person: Share | None,
    beside: tuple[float, float, tuple[float, float] | None] | None,
    baselines: list[dict[str, Any]],
    alternative: Alternative | None,
    *,
    beyond_chance: bool,
) -> tuple[str, ...]:
    lines = [
        f"{percent(accuracy.value)} of {accuracy.n:,} verdicts are what most people say ({_ends(accuracy.interval)})"
    ]
    if kappa.interval is None:
        lines.append("it says the same of every pair, so it tells nothing apart")
    elif kappa.value is not None:
        low, high = kappa.interval
        what = "" if beyond_chance else ", so it is not known to agree with people beyond chance"
        lines.append(f"beyond chance that is a kappa of {kappa.value:.2f} ({low:.2f} to {high:.2f}){what}")
    if person is not None and beside is not None:
        lines.append(
            f"a person says what most of the others say in {percent(person.value)} ({_ends(person.interval)}); the judge in that person's "
            f"place {_points(beside[0])}{_between(beside[2])}"
        )
    else:
        lines.append("only one person looked at each pair, so how well people agree is not known")
    lines += [
        f"choosing {baseline['name']} would be right in {percent(baseline['value'])}; the judge is {_points(baseline['judge_more'])}"
        f"{_between(baseline['judge_more_interval'])}"
        for baseline in baselines
    ]
    if alternative is not None:
        lines.append(
            f"by the alternative annotator test it could stand in for {sum(alternative.replaced)} of {len(alternative.tested)} people, "
            f"where it may be worse by {percent(alternative.epsilon)}"
        )
    return tuple(lines)


def _points(gap: float) -> str:
    return f"{100 * abs(gap):.1f} points {'more' if gap >= 0 else 'less'} often"


def _between(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f" ({100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})"


def _ends(interval: tuple[float, float]) -> str:
    return f"{percent(interval[0])} to {percent(interval[1])}"


def _listed(interval: tuple[float, float] | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _plain(found: Alternative | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "winning_rate": found.winning_rate,
        "advantage": found.advantage,
        "passes": found.passes,
        "tested": len(found.tested),
        "replaced": sum(found.replaced),
        "least_items": min(found.items),
        "epsilon": found.epsilon,
    }

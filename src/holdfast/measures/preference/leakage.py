"""Leakage: do two judges who taught two students each favour their own?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from holdfast.measures.preference.reading import PreferenceReading, State
from holdfast.measures.preference.style.effects import Figure
from holdfast.measures.preference.style.rows import Entries, alone
from holdfast.stats.logit import LogitFit, fit_logit, resample
from holdfast.views.relations import RELATED, Relations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

_POWER = 2.8
_DEALS = 399
_DRAWS = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """Preference leakage score of two judges and their students, and the same as an interaction in a model of strength.

    Two models judge, and each has taught students. A student's win rate under its teacher is held against the mean of its win rates
    under both judges, relative to that mean, and averaged over both sides: above 0 when each favours its own. Only pairs that
    both judged count, so the students' quality cancels. The second form explains each verdict by the strength of both authors,
    the order, and whether the judge taught one of them. Both must show it. Where two people saw the pairs, they stand in the
    judges' place, with nobody's students: reality.

    Reads
        0 when the judges differ on their students no more than on others; 0.1 when each gives its own a tenth more.
    Blind to
        a taste that both judges share, their students' included; students nobody declared.
    Undetermined
        on fewer than `least_prompts` prompts that both judged. Not asked without two judges who each have a student.
    Cost
        linear in pairs, and 999 resamples of prompts.
    Source
        Li et al. 2025, arXiv:2502.01534 (the score; which mean it divides by is ours); Bradley and Terry 1952.

    >>> from holdfast.measures.preference.examples import leaking_judges, students
    >>> from holdfast.measures.reading import Calibration
    >>> ratings, judges = leaking_judges()
    >>> reading = Leakage(relations=students())(ratings, judges, Calibration())[0]
    >>> reading.subject, reading.state, reading.value > 0.1
    ('one and two', 'beyond', True)
    """

    name: ClassVar[str] = "leakage"
    title: ClassVar[str] = "Preference leakage"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "of a student's win rate is owed to its own teacher's judging"
    primary: ClassVar[bool] = False

    relations: Relations | None = None
    least_prompts: int = 400
    floor: float = 0.05

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read every two judges who both have students."""
        relations = self.relations or Relations()
        found = []
        for one, two in combinations(judges, 2):
            taught = _taught(ratings, relations, one.name, two.name)
            if taught is not None:
                found.append(self._read(ratings, one, two, taught, null))
        return tuple(found) or (self._not_asked(),)

    def _not_asked(self) -> PreferenceReading:
        return PreferenceReading(
            measure=self.name,
            subject="any two judges",
            unit=self.unit,
            state="not_asked",
            floor=self.floor,
            reason="no two judges have each taught an author of these pairs, as far as is known; say who learned from whom with --agents "
            "agents.toml",
        )

    def _read(
        self, ratings: Ratings, one: Rater, two: Rater, taught: NDArray[np.int64], null: Calibration
    ) -> PreferenceReading:
        subject = f"{one.name} and {two.name}"
        # Pairs in which the students' side differs: of one judge's against another author.
        side = _sides(ratings, taught)
        both = np.zeros(len(ratings), np.int64)
        for rater in (one, two):
            both[rater.rows] += 1
        kept = (both == 2) & side.any(axis=1)
        prompts = len(np.unique(ratings.prompt[kept]))
        if prompts < self.least_prompts:
            return PreferenceReading.unknown(
                self.name,
                subject,
                self.unit,
                reason=f"only {prompts:,} prompts with a student's answer were judged by both {subject}; {self.least_prompts} are needed",
                n=prompts,
            )
        entries = tuple(Entries.of([rater], kept) for rater in (one, two))
        rng = null.rng(f"{self.name} {subject}")
        draws = min(null.draws, _DRAWS)
        sums = _sums(ratings, side, entries)
        missing = [name for name, at in ((one.name, 0), (two.name, 1)) if not sums[:, at, :, 0].sum() > 0]
        if missing:
            return PreferenceReading.unknown(
                self.name,
                subject,
                self.unit,
                n=prompts,
                reason=f"the students of {' and of '.join(missing)} are in no pair, or win none, that both judged",
            )
        score = Figure.of(float(_score(sums.sum(axis=0)[None])[0]), _resampled(sums, rng, draws))
        strength = _strength(ratings, taught, entries, rng, draws)
        if strength is None:
            return PreferenceReading.unknown(
                self.name,
                subject,
                self.unit,
                n=prompts,
                reason="some author won or lost without exception, so strengths have no finite values",
            )
        control = float(np.quantile(np.abs(_exchanged(sums, rng)), 0.99))
        people = _people(ratings, side, kept, self.least_prompts, rng, draws)
        agree = score.sign != 0 and score.sign == strength.sign
        state: State = "beyond" if agree and abs(score.value) >= max(self.floor, control) else "within"
        return PreferenceReading(
            measure=self.name,
            subject=subject,
            unit=self.unit,
            value=score.value,
            interval=score.interval,
            reality=None if people is None else people.value,
            reality_interval=None if people is None else people.interval,
            effect=score.value,
            effect_interval=score.interval,
            p_value=max(score.p_value, strength.p_value),
            floor=self.floor,
            control=control,
            smallest_detectable=_POWER * score.error,
            n=prompts,
            state=state,
            rows=(),
            evidence=_evidence(one, two, sums.sum(axis=0), score, strength, people),
            details={
                "interaction": strength.plain(),
                "win_rates": _rates(sums.sum(axis=0)),
                "students": {
                    name: [ratings.authors[at] for at in np.flatnonzero(taught == number)]
                    for number, name in ((1, one.name), (2, two.name))
                },
                "pairs": int(kept.sum()),
            },
        )


def _taught(ratings: Ratings, relations: Relations, one: str, two: str) -> NDArray[np.int64] | None:
    """int64 [authors], 1: a student of the first, 2: of the second, 0: of neither or of both; None unless both have one.

    A judge is no student of itself: what it thinks of its own answers is AuthorPreference.
    """
    found = np.zeros(len(ratings.authors), np.int64)
    for at, author in enumerate(ratings.authors):
        near = [relations.relation(judge, author) for judge in (one, two)]
        if "same model" in near:
            continue
        related = [relation in RELATED for relation in near]
        if sum(related) == 1:
            found[at] = 1 if related[0] else 2
    return found if (found == 1).any() and (found == 2).any() else None


def _sides(ratings: Ratings, taught: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [pairs, 2], for the students of each judge: 1: one of them wrote a and none wrote b, -1: the other way, 0: neither."""
    known = (ratings.author >= 0).all(axis=1)
    of = np.append(taught, 0)[ratings.author]
    return np.stack(
        [np.where(known, (of[:, 0] == k).astype(np.int64) - (of[:, 1] == k), 0) for k in (1, 2)], axis=1
    )


def _sums(ratings: Ratings, side: NDArray[np.int64], entries: tuple[Entries, ...]) -> NDArray[np.float64]:
    """float64 [prompts, students of, judge, 2], wins (a tie is half of one) and pairs."""
    _, prompt = np.unique(ratings.prompt[entries[0].pair], return_inverse=True)
    count = int(prompt.max()) + 1
    sums = np.zeros((count, 2, 2, 2))
    for students in (0, 1):
        for judge, told in enumerate(entries):
            own = side[told.pair, students]
            at = own != 0
            sums[:, students, judge, 0] = np.bincount(
                prompt[at], (1 + own[at] * told.verdict[at]) / 2, minlength=count
            )
            sums[:, students, judge, 1] = np.bincount(prompt[at], minlength=count)
    return sums


def _rates(sums: NDArray[np.float64]) -> list[list[float]]:
    """Win rates: students of each judge, by each judge."""
    return [[float(wins / pairs) for wins, pairs in by_judge] for by_judge in sums]


def _score(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """float64 [draws], the leakage score of sums [draws, students of, judge, 2]."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = sums[..., 0] / sums[..., 1]
        own = np.stack([rate[:, 0, 0], rate[:, 1, 1]], axis=1)
        mean = rate.mean(axis=2)
        return np.asarray(np.nan_to_num((own - mean) / mean).mean(axis=1), np.float64)


def _resampled(sums: NDArray[np.float64], rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
    count = len(sums)
    times = rng.multinomial(count, np.full(count, 1 / count), draws)
    return _score((times @ sums.reshape(count, -1)).reshape(draws, *sums.shape[1:]))


def _exchanged(sums: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """float64 [deals], the score where each prompt's judges change places or not, at random: neither has students then."""
    change = (sums[:, :, ::-1] - sums).reshape(len(sums), -1)
    turned = rng.random((_DEALS, len(sums))) < 0.5
    return _score(sums.sum(axis=0)[None] + (turned @ change).reshape(_DEALS, *sums.shape[1:]))


def _strength(
    ratings: Ratings,
    taught: NDArray[np.int64],
    entries: tuple[Entries, ...],
    rng: np.random.Generator,
    draws: int,
) -> Figure | None:
    """The judge-author interaction in logits: what having been taught by the judge is worth, strengths and order held fast."""
    rows = [alone(told) for told in entries]
    pair = np.concatenate([one.pair for one in rows])
    judge = np.repeat([0, 1], [len(one.pair) for one in rows])
    author = ratings.author[pair]
    present = np.unique(author[author >= 0])
    strengths = (author[:, :1] == present[1:]).astype(float) - (author[:, 1:] == present[1:])
    of = np.append(taught, 0)[author]
    own = (of[:, 0] == judge + 1).astype(float) - (of[:, 1] == judge + 1)
    slot = np.concatenate([one.slot for one in rows])
    slots = np.stack([slot * (judge == 0), slot * (judge == 1)], axis=1)
    columns = np.hstack([strengths, slots[:, slots.any(axis=0)], own[:, None]])
    fit = fit_logit(
        columns,
        np.concatenate([one.won for one in rows]),
        ratings.prompt[pair],
        weights=np.concatenate([one.weight for one in rows]),
    )
    if not isinstance(fit, LogitFit):
        return None
    return Figure.of(float(fit.coefficients[-1]), resample([fit], rng, draws)[0].coefficients[:, -1])


def _people(
    ratings: Ratings,
    side: NDArray[np.int64],
    kept: NDArray[np.bool_],
    least: int,
    rng: np.random.Generator,
    draws: int,
) -> Figure | None:
    """The score of the two people who labelled most of these pairs, in the judges' place; None where they share too few prompts."""
    if len(ratings.people) < 2:
        return None
    one, two = ratings.people[:2]
    both = np.zeros(len(ratings), np.int64)
    for rater in (one, two):
        both[rater.rows] += 1
    shared = kept & (both == 2)
    if len(np.unique(ratings.prompt[shared])) < least:
        return None
    sums = _sums(ratings, side, tuple(Entries.of([rater], shared) for rater in (one, two)))
    if not (sums[..., 0].sum(axis=0) > 0).all():
        return None
    return Figure.of(float(_score(sums.sum(axis=0)[None])[0]), _resampled(sums, rng, draws))


def _evidence(
    one: Rater,
    two: Rater,
    sums: NDArray[np.float64],
    score: Figure,
    strength: Figure,
    people: Figure | None,
) -> tuple[str, ...]:
    rate: list[list[Any]] = _rates(sums)
    sentences = [
        f"Students of {one.name} win {100 * rate[0][0]:.0f} % under {one.name} and {100 * rate[0][1]:.0f} % under {two.name}; those of "
        f"{two.name} win {100 * rate[1][1]:.0f} % under {two.name} and {100 * rate[1][0]:.0f} % under {one.name}: leakage {score.value:+.3f} "
        f"(95 %: {score.low:+.3f} to {score.high:+.3f}).",
        f"Strength and order held fast, having been taught by the judge is worth {strength.value:+.2f} logits (95 %: {strength.low:+.2f} to "
        f"{strength.high:+.2f}).",
    ]
    if people is not None:
        sentences.append(
            f"Two people in the judges' place score {people.value:+.3f} (95 %: {people.low:+.3f} to {people.high:+.3f})."
        )
    else:
        sentences.append("No two people judged enough of these prompts to stand beside them.")
    return tuple(sentences)

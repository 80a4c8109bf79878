"""What a feature adds to a verdict beyond what a person said of the same pair: of a judge, and of a second person in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.preference.style.control import control_of
from holdfast.measures.preference.style.rows import Rows, alone, beside, one_another
from holdfast.measures.preference.style.shared import Form, Shared, columns_of, fit_rows, share_pairs
from holdfast.stats.logit import Draws, LogitFit, Unfit, resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Effect", "Figure", "Form", "Shared", "fit_plain", "read_effects", "share_pairs"]

LEAST_AUTHOR_PAIRS = 20
_MOST_AUTHORS = 30
_FEW_PEOPLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number and its 95 % interval.

    Attributes:
        value: The number.
        low: Lower end.
        high: Upper end.
        error: Standard error.
    """

    value: float
    low: float
    high: float
    error: float

    @classmethod
    def of(cls, value: float, draws: NDArray[np.float64]) -> Figure:
        """From resamples."""
        low, high = np.quantile(draws, [0.025, 0.975])
        return cls(value=float(value), low=float(low), high=float(high), error=float(draws.std(ddof=1)))

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high

    @property
    def p_value(self) -> float:
        """Two-sided, of 0, by the normal distribution."""
        from scipy.special import ndtr

        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * ndtr(-abs(self.value) / self.error))

    @property
    def sign(self) -> int:
        """1 or -1 where the interval excludes 0; 0 where it does not."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    def plain(self) -> dict[str, float]:
        """For reports."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A feature's part in a judge's verdicts. Effects are steps of the probability for a step of one SD in the feature.

    Attributes:
        form: `second_person`: held against a second person given the first; `one_person`: given the one person there is.
        pairs: Pairs the fits rest on.
        judge: Effect in the judge's verdicts, given a person's.
        people: Effect in a second person's verdicts, given the first's; None with one person.
        difference: Judge minus people, the same resamples for both; None with one person.
        beyond_insight: Judge minus people, people's effect taken as many times as the judge follows the human verdict more (or less)
            closely than a second person does: noise blurs insight and taste alike, and who is less noisy shows more of both. None where
            the judge does not surely follow it more or less closely.
        coefficient: Of the judge's fit, given a person.
        insight: Coefficient of the person's verdict in it.
        plain: Coefficient in the judge's verdicts, nobody else asked; None where it cannot be fitted.
        plain_people: The same of people.
        plain_difference: Judge minus people.
        control: 99th percentile of the effect that is read, where labels are dealt anew among pairs.
        each: Effects for any two people, `given`, `told` and a figure, where there are few people.
        notes: What was left out, and why.
    """

    form: Form
    pairs: int
    judge: Figure
    people: Figure | None
    difference: Figure | None
    beyond_insight: Figure | None
    coefficient: Figure
    insight: Figure
    plain: Figure | None
    plain_people: Figure | None
    plain_difference: Figure | None
    control: float
    each: tuple[dict[str, object], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fits:
    judge: LogitFit
    at: int
    insight: int
    people: LogitFit | None
    people_insight: int
    plain: LogitFit | None
    plain_people: LogitFit | None
    each: tuple[dict[str, object], ...]
    notes: tuple[str, ...]


def read_effects(
    shared: Shared,
    features: Sequence[NDArray[np.float64]],
    rng: np.random.Generator,
    *,
    draws: int,
    deals: int,
) -> list[Effect | Unfit]:
    """Effects of several features, each the last column of its table; judge and people on the same resamples.

    Args:
        shared: Judge and people on the same pairs.
        features: float64 [pairs, c] each, differences of a against b; the columns before the last are held fast beside it.
        rng: Draws resamples and deals.
        draws: Resamples.
        deals: Deals of the control.
    """
    found: list[Effect | Unfit] = []
    for table in features:
        fits = _fit(shared, table)
        if isinstance(fits, Unfit):
            found.append(fits)
            continue
        # One feature after the other: what resamples draw from is large where there are many pairs.
        listed = _listed(fits)
        drawn = dict(zip(map(id, listed), resample(listed, rng, draws), strict=True))
        found.append(
            _effect(
                shared, fits, drawn, control_of(shared, table, rng, deals, second=fits.people is not None)
            )
        )
    return found


def _listed(fits: _Fits) -> list[LogitFit]:
    several = (fits.judge, fits.people, fits.plain, fits.plain_people)
    return [fit for fit in several if fit is not None]


def _fit(shared: Shared, table: NDArray[np.float64]) -> _Fits | Unfit:
    rows = beside(shared.judge, shared.people)
    X, insight = columns_of(rows, table)
    judge = fit_rows(shared, X, rows)
    if isinstance(judge, Unfit):
        return judge
    notes: list[str] = []
    people: LogitFit | None = None
    people_insight = -1
    each: tuple[dict[str, object], ...] = ()
    if shared.form == "second_person":
        told, who = one_another(shared.people)
        columns, people_insight = columns_of(told, table)
        fit = fit_rows(shared, columns, told)
        if isinstance(fit, Unfit):
            notes.append("people agree too well to show how a second one differs from the first")
        else:
            people, each = fit, _each(shared, table, told, who)
    plain, plain_people, more = fit_plain(shared, table)
    return _Fits(
        judge=judge,
        at=X.shape[1] - 1,
        insight=insight,
        people=people,
        people_insight=people_insight,
        plain=plain,
        plain_people=plain_people,
        each=each,
        notes=(*notes, *more),
    )


def fit_plain(
    shared: Shared, table: NDArray[np.float64]
) -> tuple[LogitFit | None, LogitFit | None, tuple[str, ...]]:
    """The judge's verdicts and people's, nobody else asked; who wrote what is held fast where that is known."""
    authors = _authors(shared)
    both = [alone(shared.judge), alone(shared.people)]
    notes: tuple[str, ...] = ()
    if authors.shape[1]:
        fits = [fit_rows(shared, columns_of(rows, np.hstack([authors, table]))[0], rows) for rows in both]
        if not any(isinstance(fit, Unfit) for fit in fits):
            return *(fit for fit in fits if isinstance(fit, LogitFit)), ()  # type: ignore[return-value]
        notes = ("authors could not be held fast: some won or lost without exception",)
    found = [fit_rows(shared, columns_of(rows, table)[0], rows) if len(rows.pair) else None for rows in both]
    judge, people = (fit if isinstance(fit, LogitFit) else None for fit in found)
    return judge, people, notes


def _authors(shared: Shared) -> NDArray[np.float64]:
    """float64 [pairs, authors - 1], 1 where an author wrote a, -1 where b; nothing where authors are too few or too many."""
    author = shared.ratings.author
    if not shared.hold_authors:
        return np.zeros((len(author), 0))
    named = author[shared.pairs]
    count = np.bincount(named[named >= 0], minlength=len(shared.ratings.authors))
    kept = np.flatnonzero(count >= LEAST_AUTHOR_PAIRS)
    if len(kept) < 2 or len(kept) > _MOST_AUTHORS or (named < 0).any():
        return np.zeros((len(author), 0))
    # The most frequent one is what the others are held against.
    others = kept[kept != kept[count[kept].argmax()]]
    held = (author[:, :1] == others).astype(float) - (author[:, 1:] == others).astype(float)
    return np.asarray(held, np.float64)


def _each(
    shared: Shared, table: NDArray[np.float64], rows: Rows, who: NDArray[np.int64]
) -> tuple[dict[str, object], ...]:
    """The second person's effect for any two people, where there are few; intervals from standard errors."""
    if len(shared.names) > _FEW_PEOPLE:
        return ()
    found: list[dict[str, object]] = []
    for given, told in sorted({(int(a), int(b)) for a, b in np.unique(who, axis=0)}):
        at = np.flatnonzero((who == (given, told)).all(axis=1))
        part = Rows(
            pair=rows.pair[at],
            won=rows.won[at],
            slot=rows.slot[at],
            given=rows.given[at],
            weight=np.ones(len(at)),
        )
        fit = fit_rows(shared, columns_of(part, table)[0], part)
        if isinstance(fit, LogitFit):
            found.append(
                {
                    "given": shared.names[given],
                    "told": shared.names[told],
                    "effect": _around(fit.effects[-1], fit.effect_errors[-1]),
                    "coefficient": _around(fit.coefficients[-1], fit.errors[-1]),
                }
            )
    return tuple(found)


def _around(value: float, error: float) -> dict[str, float]:
    return {
        "value": float(value),
        "low": float(value - 1.96 * error),
        "high": float(value + 1.96 * error),
    }


def _effect(shared: Shared, fits: _Fits, drawn: dict[int, Draws], control: float) -> Effect:
    def effect(fit: LogitFit) -> Figure:
        return Figure.of(fit.effects[-1], drawn[id(fit)].effects[:, -1])

    def coefficient(fit: LogitFit | None, at: int = -1) -> Figure | None:
        return None if fit is None else Figure.of(fit.coefficients[at], drawn[id(fit)].coefficients[:, at])

    difference = beyond_insight = plain_difference = None
    if fits.people is not None:
        difference = Figure.of(
            fits.judge.effects[-1] - fits.people.effects[-1],
            drawn[id(fits.judge)].effects[:, -1] - drawn[id(fits.people)].effects[:, -1],
        )
        beyond_insight = _beyond_insight(fits, drawn)
    if fits.plain is not None and fits.plain_people is not None:
        plain_difference = Figure.of(
            fits.plain.coefficients[-1] - fits.plain_people.coefficients[-1],
            drawn[id(fits.plain)].coefficients[:, -1] - drawn[id(fits.plain_people)].coefficients[:, -1],
        )
    own, insight = coefficient(fits.judge), coefficient(fits.judge, fits.insight)
    assert own is not None  # noqa: S101  # a fit is given
    assert insight is not None  # noqa: S101  # same
    return Effect(
        form="one_person" if fits.people is None else "second_person",
        pairs=len(shared.pairs),
        judge=effect(fits.judge),
        people=None if fits.people is None else effect(fits.people),
        difference=difference,
        beyond_insight=beyond_insight,
        coefficient=own,
        insight=insight,
        plain=coefficient(fits.plain),
        plain_people=coefficient(fits.plain_people),
        plain_difference=plain_difference,
        control=control,
        each=fits.each,
        notes=fits.notes,
    )


def _beyond_insight(fits: _Fits, drawn: dict[int, Draws]) -> Figure | None:
    """See `Effect`."""
    if fits.people is None or fits.insight < 0 or fits.people_insight < 0:
        return None
    judge, people = drawn[id(fits.judge)].effects, drawn[id(fits.people)].effects
    told = people[:, fits.people_insight]
    closer = Figure.of(0.0, judge[:, fits.insight] - told).sign
    if closer == 0 or fits.people.effects[fits.people_insight] <= 0:
        return None
    value = (
        fits.judge.effects[-1]
        - fits.people.effects[-1]
        * fits.judge.effects[fits.insight]
        / fits.people.effects[fits.people_insight]
    )
    # A resample may still fall to 0, where the ratio has no end; quantiles do not mind, the standard error would.
    told = np.maximum(told, 0.1 * fits.people.effects[fits.people_insight])
    return Figure.of(value, judge[:, -1] - people[:, -1] * judge[:, fits.insight] / told)

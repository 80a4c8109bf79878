"""What a feature adds to a verdict beyond what a person said of the same pair: of a judge, and of a second person in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.measures.preference.style.rows import Entries, Rows, alone, beside, one_another
from holdfast.stats.logit import Draws, LogitFit, Unfit, fit_logit, resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater, Ratings

Form = Literal["second_person", "one_person", "nobody"]
LEAST_AUTHOR_PAIRS = 20
_DEALT_AT_ONCE = 500_000
DEALT_PAIRS = 5_000
"""Beyond this many pairs, deals are as good as normal and their 99th percentile is known without dealing."""
_TAIL = 2.5758293035489
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
    coefficient: Figure
    insight: Figure
    plain: Figure | None
    plain_people: Figure | None
    plain_difference: Figure | None
    control: float
    each: tuple[dict[str, object], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A judge and people on the same pairs.

    Attributes:
        ratings: The pairs.
        judge: The judge's entries on them.
        people: People's entries on them.
        names: Names of the people, by their number in `people`.
        form: Which comparison these pairs allow.
        pairs: int64 [n], the pairs.
        hold_authors: Whether the plain fits hold fast who wrote what, where that is known.
    """

    ratings: Ratings
    judge: Entries
    people: Entries
    names: tuple[str, ...]
    form: Form
    pairs: NDArray[np.int64]
    hold_authors: bool = True


def share_pairs(
    ratings: Ratings,
    judge: Rater,
    least: int,
    *,
    among: NDArray[np.bool_] | None = None,
    hold_authors: bool = True,
) -> Shared:
    """The pairs on which a judge can be held against people: by two people where enough pairs have them, by one elsewhere.

    Args:
        ratings: The pairs.
        judge: The judge.
        least: How many pairs are enough.
        among: bool [pairs], the pairs in question; all without.
        hold_authors: Whether the plain fits hold fast who wrote what.
    """
    people = ratings.people
    looked = np.zeros(len(ratings), np.int64)
    for rater in people:
        looked[rater.rows] += 1
    judged = np.zeros(len(ratings), bool)
    judged[judge.rows] = True
    if among is not None:
        judged &= among
    form: Form = "second_person"
    kept = judged & (looked >= 2)
    if int(kept.sum()) < least:
        kept, form = judged & (looked >= 1), "one_person"
    if not kept.any():
        kept, form = judged, "nobody"
    return Shared(
        ratings=ratings,
        judge=Entries.of([judge], kept),
        people=Entries.of(people, kept),
        names=tuple(rater.name for rater in people),
        form=form,
        pairs=np.flatnonzero(kept),
        hold_authors=hold_authors,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fits:
    judge: LogitFit
    at: int
    insight: int
    people: LogitFit | None
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
        found.append(_effect(shared, fits, drawn, _control(shared, table, fits, rng, deals)))
    return found


def _listed(fits: _Fits) -> list[LogitFit]:
    several = (fits.judge, fits.people, fits.plain, fits.plain_people)
    return [fit for fit in several if fit is not None]


def _fit(shared: Shared, table: NDArray[np.float64]) -> _Fits | Unfit:
    rows = beside(shared.judge, shared.people)
    X, insight = _columns(rows, table)
    judge = _fitted(shared, X, rows)
    if isinstance(judge, Unfit):
        return judge
    notes: list[str] = []
    people: LogitFit | None = None
    each: tuple[dict[str, object], ...] = ()
    if shared.form == "second_person":
        told, who = one_another(shared.people)
        fit = _fitted(shared, _columns(told, table)[0], told)
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
        fits = [_fitted(shared, _columns(rows, np.hstack([authors, table]))[0], rows) for rows in both]
        if not any(isinstance(fit, Unfit) for fit in fits):
            return *(fit for fit in fits if isinstance(fit, LogitFit)), ()  # type: ignore[return-value]
        notes = ("authors could not be held fast: some won or lost without exception",)
    found = [_fitted(shared, _columns(rows, table)[0], rows) if len(rows.pair) else None for rows in both]
    judge, people = (fit if isinstance(fit, LogitFit) else None for fit in found)
    return judge, people, notes


def _columns(rows: Rows, table: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Columns of a fit, the feature last, and which one the person's verdict is (-1: none). What is 0 throughout is left out."""
    own = [column for column in (rows.slot, rows.given) if column.any()]
    insight = len(own) - 1 if rows.given.any() else -1
    return np.column_stack([*own, table[rows.pair]]), insight


def _fitted(shared: Shared, X: NDArray[np.float64], rows: Rows) -> LogitFit | Unfit:
    prompt = shared.ratings.prompt
    return fit_logit(
        X, rows.won, prompt[rows.pair], weights=rows.weight, clusters=int(prompt.max(initial=-1)) + 1
    )


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
        fit = _fitted(shared, _columns(part, table)[0], part)
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

    difference = plain_difference = None
    if fits.people is not None:
        difference = Figure.of(
            fits.judge.effects[-1] - fits.people.effects[-1],
            drawn[id(fits.judge)].effects[:, -1] - drawn[id(fits.people)].effects[:, -1],
        )
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
        coefficient=own,
        insight=insight,
        plain=coefficient(fits.plain),
        plain_people=coefficient(fits.plain_people),
        plain_difference=plain_difference,
        control=control,
        each=fits.each,
        notes=fits.notes,
    )


def _control(
    shared: Shared, table: NDArray[np.float64], fits: _Fits, rng: np.random.Generator, deals: int
) -> float:
    """99th percentile of the absolute effect where what a verdict has beyond the person's is dealt to another pair.

    Every pair keeps its feature and gets the surprise of another one: what its verdict leaves unexplained by the person's and by the
    order, of the judge and of a second person together, with a sign at random, as a and b have no order of their own.
    """
    sides = [beside(shared.judge, shared.people)]
    if fits.people is not None:
        sides.append(one_another(shared.people)[0])
    surprises, features = [], []
    for rows in sides:
        surprise, feature = _left_over(shared, rows, table)
        surprises.append(surprise)
        features.append(feature)
    signs = np.array([1.0, -1.0])[: len(sides)]
    count = len(shared.pairs)
    if count > DEALT_PAIRS:
        return _TAIL * _spread(signs, surprises, features)
    found = np.empty(deals)
    at_once = max(1, _DEALT_AT_ONCE // max(count, 1))
    for start in range(0, deals, at_once):
        some = min(at_once, deals - start)
        order = rng.permuted(np.tile(np.arange(count), (some, 1)), axis=1)
        turned = rng.integers(0, 2, (some, count)) * 2.0 - 1.0
        found[start : start + some] = sum(
            sign * ((surprise[order] * turned) @ feature)
            for sign, surprise, feature in zip(signs, surprises, features, strict=True)
        )
    return float(np.quantile(np.abs(found), 0.99))


def _spread(
    signs: NDArray[np.float64],
    surprises: Sequence[NDArray[np.float64]],
    features: Sequence[NDArray[np.float64]],
) -> float:
    """Standard deviation over all deals, exactly: a deal's mean is 0, and its pairs' signs are independent."""
    together = np.stack(surprises) * signs[:, None]
    of_pair = np.stack(features)
    return float(np.sqrt(((together @ together.T / together.shape[1]) * (of_pair @ of_pair.T)).sum()))


def _left_over(
    shared: Shared, rows: Rows, table: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a verdict leaves unexplained, and what of the feature the other columns leave, scaled to one step's effect; both [n]."""
    X, _ = _columns(rows, table)
    others, feature = X[:, :-1], X[:, -1]
    p = np.full(len(X), 0.5)
    if others.shape[1]:
        fit = _fitted(shared, others, rows)
        if isinstance(fit, LogitFit):
            p = 1 / (1 + np.exp(-others @ fit.coefficients))
    v = rows.weight * p * (1 - p)
    left = feature
    if others.shape[1]:
        left = (
            feature - others @ np.linalg.lstsq(others.T @ (v[:, None] * others), others.T @ (v * feature))[0]
        )
    place = np.searchsorted(shared.pairs, rows.pair)
    count = len(shared.pairs)
    surprise = np.bincount(place, rows.weight * (rows.won - p), minlength=count).astype(np.float64)
    of_pair = np.bincount(place, rows.weight * left, minlength=count).astype(np.float64)
    # One Newton step from "no effect" on the probability scale.
    return surprise, of_pair * (v.sum() / rows.weight.sum()) / float(v @ left**2)

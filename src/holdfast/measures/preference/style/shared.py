"""A judge and people on the same pairs, and how their verdicts are fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.measures.preference.style.rows import Entries, Rows
from holdfast.stats.logit import LogitFit, Unfit, fit_logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater, Ratings

Form = Literal["second_person", "one_person", "nobody"]


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


def columns_of(rows: Rows, table: NDArray[np.float64]) -> tuple[NDArray[np.float64], int]:
    """Columns of a fit, the feature last, and which one the person's verdict is (-1: none). What is 0 throughout is left out."""
    own = [column for column in (rows.slot, rows.given) if column.any()]
    insight = len(own) - 1 if rows.given.any() else -1
    return np.column_stack([*own, table[rows.pair]]), insight


def fit_rows(shared: Shared, X: NDArray[np.float64], rows: Rows) -> LogitFit | Unfit:
    """The fit of verdicts, pairs of one prompt together."""
    prompt = shared.ratings.prompt
    return fit_logit(
        X, rows.won, prompt[rows.pair], weights=rows.weight, clusters=int(prompt.max(initial=-1)) + 1
    )

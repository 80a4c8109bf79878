"""All that reviews say, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.reviews.results.agreed import agreed
from holdfast.reviews.results.calibration import calibrate
from holdfast.reviews.results.claims import claims_of, main_question
from holdfast.reviews.results.estimates import estimate
from holdfast.reviews.results.reviewers import reviewers
from holdfast.reviews.results.said import what_was_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.reviews.decisions.store import Decisions
    from holdfast.reviews.queues.contract import Queue
    from holdfast.reviews.results.agreed import Agreed
    from holdfast.reviews.results.calibration import Calibration, Flag
    from holdfast.reviews.results.estimates import Estimate
    from holdfast.reviews.results.reviewers import Reviewer

SCHEMA = "holdfast.review_results/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What people said of the items of a queue, and what it says of the whole set.

    Attributes:
        queue: The name of the queue.
        digest: Its digest.
        rows: Rows of the set that was drawn from.
        items: Items, gold questions included.
        gold: Gold questions among them.
        decided: Items that somebody decided.
        decisions: Decisions that count.
        differ: Items whose reviewers do not say the same of the main question.
        agreement: Of people, question by question.
        reviewers: Each of them.
        estimates: Shares of the whole set, those of bad rows first.
        calibration: Filters and judges beside people, as asked for.
        seed: Of all draws.
    """

    queue: str
    digest: str
    rows: int
    items: int
    gold: int
    decided: int
    decisions: int
    differ: int
    agreement: tuple[Agreed, ...]
    reviewers: tuple[Reviewer, ...]
    estimates: tuple[Estimate, ...]
    calibration: tuple[Calibration, ...]
    seed: int

    @property
    def bad(self) -> Estimate | None:
        """The share of bad rows: the first estimate of one, or None where no question asks for it."""
        return next((one for one in self.estimates if one.bad), None)

    def plain(self) -> dict[str, Any]:
        """All of it as plain data."""
        values: dict[str, Any] = {"schema": SCHEMA} | msgspec.to_builtins(self)
        for one, held in zip(values["reviewers"], self.reviewers, strict=True):
            one["haste"]["stands_out"] = held.haste.stands_out
            for test, tested in zip(one["tests"], held.tests, strict=True):
                test["stands_out"] = tested.stands_out
        return values


def review_results(
    queue: Queue,
    decisions: Decisions,
    *,
    flags: Sequence[Flag] = (),
    rows: Sequence[str] | None = None,
    seed: int = 0,
) -> Results:
    """What reviews say.

    Args:
        queue: The queue.
        decisions: What was said.
        flags: Filters and judges to hold against people.
        rows: JSON of every row of the set, where the filters were run on all of them.
        seed: Of resamples and of what chance gives.

    Raises:
        InputError: The queue is damaged, or a decision is about an item that it does not have.
        UsageError: A flag cannot be read from the rows.
    """
    said = what_was_said(queue, decisions)
    rng = np.random.default_rng(seed)
    return Results(
        queue=queue.name,
        digest=queue.digest,
        rows=sum(queue.population.values()),
        items=len(queue),
        gold=sum(said.gold(item) for item in range(len(queue))),
        decided=len(said.by_item),
        decisions=len(said.decisions),
        differ=sum(_differ(said.queue, item_said) for item_said in said.by_item.values()),
        agreement=agreed(said, rng),
        reviewers=reviewers(said, rng),
        estimates=tuple(estimate(said, claim) for claim in claims_of(queue.questions)),
        calibration=tuple(calibrate(said, flag, rows) for flag in flags),
        seed=seed,
    )


def _differ(queue: Queue, decisions: Sequence[Any]) -> bool:
    main = main_question(queue.questions)
    return main is not None and len({one.answers.get(main.name) for one in decisions}) > 1

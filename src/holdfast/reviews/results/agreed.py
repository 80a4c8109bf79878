"""How far people agree beyond chance, question by question."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.measures.reading import Undetermined
from holdfast.stats.agreement import krippendorff_alpha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.reviews.questions.question import Question
    from holdfast.reviews.results.said import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """Krippendorff's alpha: 1 where all agree, 0 where they agree as often as by chance.

    Attributes:
        value: The coefficient.
        interval: 95 %, by resampling items; None where the items do not show how it varies.
        level: `nominal` or `ordinal`.
        items: Items that two people or more answered.
    """

    value: float
    interval: tuple[float, float] | None
    level: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Agreement on one question.

    Attributes:
        question: Its name.
        alpha: How far people agree, or why nobody can say.
    """

    question: str
    alpha: Alpha | Undetermined


def agreed(said: Said, rng: np.random.Generator) -> tuple[Agreed, ...]:
    """Agreement on every question but notes; gold questions, whose rows were chosen for being clear, are left out.

    Tags are agreed on one by one: whether each is given, over all items; the tags of an item are drawn together.

    Args:
        said: What was said.
        rng: Draws the resamples.
    """
    return tuple(
        Agreed(question=one.name, alpha=_alpha(said, one, rng))
        for one in said.queue.questions.questions
        if one.kind != "note"
    )


def _alpha(said: Said, question: Question, rng: np.random.Generator) -> Alpha | Undetermined:
    answers = [
        [one.answers.get(question.name) for one in decisions]
        for item, decisions in sorted(said.by_item.items())
        if not said.gold(item) and len(decisions) >= 2
    ]
    level = "ordinal" if question.kind == "rating" else "nominal"
    groups = None
    if question.kind == "tags":
        counts, groups = _tags(answers)
    else:
        counts = _counts([[one for one in told if one is not None] for told in answers], question.values)
    shared = counts.sum(axis=1) >= 2
    items = int(shared.sum()) if groups is None else len(answers)
    if not shared.any():
        return Undetermined(
            reason="no item was answered by two people; --again of a queue asks everybody about some of its items",
            needed_rows=2,
        )
    found = krippendorff_alpha(
        counts, rng, level="ordinal" if level == "ordinal" else "nominal", groups=groups
    )
    if found.value is None:
        return Undetermined(
            reason=f"the {items:,} items that two people answered all got the same one answer; agreement shows only where answers differ"
        )
    return Alpha(value=found.value, interval=found.interval, level=level, items=items)


def _counts(answers: Sequence[Sequence[Any]], values: Sequence[Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
    place = {value: at for at, value in enumerate(values)}
    counts = np.zeros((len(answers), max(1, len(values))), np.int64)
    for row, told in enumerate(answers):
        for value, often in Counter(told).items():
            counts[row, place[value]] += often
    return counts


def _tags(
    answers: Sequence[Sequence[Any]],
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]:
    """int64 [items * tags, 2], how many people did not give a tag and how many did; int64 [items * tags], the item."""
    given = [[set(one or ()) for one in told] for told in answers]
    tags = sorted({tag for told in given for one in told for tag in one})
    counts = np.zeros((len(given) * len(tags), 2), np.int64)
    for row, told in enumerate(given):
        for at, tag in enumerate(tags):
            yes = sum(tag in one for one in told)
            counts[row * len(tags) + at] = len(told) - yes, yes
    return counts, np.repeat(np.arange(len(given), dtype=np.int64), len(tags))

"""Suggestions: what a model or a filter says of an item, kept from people until they have decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from holdfast.reviews.questions.question import Questionnaire
    from holdfast.reviews.queues.pool import Pool


def suggestions_of(
    pool: Pool, rows: NDArray[np.int64], questions: Questionnaire, column: str | None
) -> list[str | None]:
    """What is suggested for each of these rows, as JSON by the name of the question.

    Args:
        pool: What was drawn from.
        rows: int64 [m], the rows.
        questions: What is asked.
        column: The member of a row that says it: an object by the name of the question, or the answer to the first question. None takes
            what the labels of preference pairs say, and nothing elsewhere.

    Raises:
        UsageError: No row has this member.
    """
    wanted = rows.tolist()
    if column is None:
        which = questions.of_kind("which")
        if pool.said is None or which is None:
            return [None] * len(wanted)
        return [_json(pool.said[row], which.name) for row in wanted]
    (values,) = pool.values([column])
    return [_json(values[row], questions.questions[0].name) for row in wanted]


def _json(value: Any, name: str) -> str | None:
    if value is None:
        return None
    # Kept as it was said, right or wrong: whether it is an answer at all is a finding about who said it.
    return msgspec.json.encode(value if isinstance(value, dict) else {name: value}).decode()

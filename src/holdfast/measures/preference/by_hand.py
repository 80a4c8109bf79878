"""Labels written down by hand: for examples whose answer can be counted on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from holdfast.data.preferences import Preferences
from holdfast.data.preferences.identity import identify
from holdfast.data.preferences.preferences import LABELS, PAIRS
from holdfast.views.ratings import Ratings, read_ratings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one annotator said of each pair, in their order.

    Attributes:
        label: 1: a, 0: a tie, -1: b, None: nothing.
        kind: What the annotator is.
        first: 1: a was shown first, -1: b, 0: not known; the same for all pairs where it is one number.
        swapped: The verdicts with the order reversed; None where it was not asked.
    """

    label: Sequence[int | None]
    kind: str = "ai_judge"
    first: Sequence[int] | int = 0
    swapped: Sequence[int | None] | None = None


def written(
    said: Mapping[str, Said],
    *,
    words: Sequence[tuple[int, int]] | None = None,
    authors: Sequence[tuple[str | None, str | None]] | None = None,
    prompts: Sequence[str | None] | None = None,
) -> Preferences:
    """Preferences that hold exactly these labels.

    Args:
        said: By annotator.
        words: Words of a and b of each pair; 3 and 3 by default.
        authors: Who wrote them; nobody knows by default.
        prompts: A prompt of its own for each by default.
    """
    count = max(len(one.label) for one in said.values())
    rows = []
    for at in range(count):
        lengths = (3, 3) if words is None else words[at]
        a, b = (" ".join([f"{side}{at}"] + ["word"] * (n - 1)) for side, n in zip("ab", lengths, strict=True))
        prompt = f"question {at}" if prompts is None else prompts[at]
        by = (None, None) if authors is None else authors[at]
        rows.append((f"p{at}", identify(prompt, a, b).pair_hash, prompt, a, b, *by))
    pairs = pa.table(
        [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), PAIRS, strict=True)],
        schema=PAIRS,
    )
    labels = [
        {
            "pair": at,
            "label": label,
            "annotator": name,
            "annotator_type": one.kind,
            "first": one.first if isinstance(one.first, int) else one.first[at],
            "swapped_label": None if one.swapped is None else one.swapped[at],
        }
        for name, one in said.items()
        for at, label in enumerate(one.label)
        if label is not None
    ]
    return Preferences(
        pairs=pairs,
        labels=pa.table(
            [pa.array([row.get(field.name) for row in labels], field.type) for field in LABELS], schema=LABELS
        ),
        name="by hand",
        shape="holdfast",
    )


def lined_up(said: Mapping[str, Said], *, words: Sequence[tuple[int, int]] | None = None) -> Ratings:
    """The same as ratings.

    >>> lined_up({"anna": Said(label=[1, -1], kind="human")}).people[0].label.tolist()
    [1, -1]
    """
    return read_ratings(written(said, words=words))

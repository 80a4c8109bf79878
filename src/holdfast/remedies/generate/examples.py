"""Examples: made rows beside real rows of the same stratum, and what each filter took. Drawn at random, as the best would say nothing of the rest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.remedies.curate.filters.copies import AnchorCopies
from holdfast.remedies.generate.contract import Example
from holdfast.remedies.generate.verify import LEAK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    import numpy as np

    from holdfast.remedies.generate.contract import Made
    from holdfast.remedies.generate.parts import Parts

MOST = 30
"""Rows, kept and real together: what one reads to the end."""
PER_FILTER = 3
_FEW, _MANY = 5, 7
"""Strata of which three rows a side are shown; of more, two of each of so many."""


def draw_examples(
    made: Sequence[Made],
    parts: Parts,
    real: Mapping[str | None, Sequence[int]],
    strata: Sequence[str | None],
    rng: np.random.Generator,
) -> tuple[Example, ...]:
    """Draw rows to look at.

    Args:
        made: All rows that were made.
        parts: Real rows. Of them only rows that prompts may show are shown: none that judges, none of the holdout, and no row that
            repeats one of these.
        real: Places of rows that steer, by stratum.
        strata: Strata, those first that are to be seen first.
        rng: Draws rows.
    """
    texts = _Texts.of(made, parts)
    kept: dict[str | None, list[Made]] = defaultdict(list)
    dropped: dict[str, list[Made]] = defaultdict(list)
    for one in made:
        if one.kept:
            kept[one.stratum].append(one)
        elif one.dropped_by not in {None, LEAK} and one.text is not None:
            dropped[one.dropped_by or ""].append(one)
    shown = [name for name in strata if kept[name]]
    shown = shown[: _FEW if len(shown) <= _FEW else _MANY]
    each = MOST // (2 * len(shown)) if shown else 0
    each = min(each, PER_FILTER)
    found: list[Example] = []
    for name in shown:
        found += [_example(kept[name][at], "kept", texts) for at in _few(len(kept[name]), each, rng)]
        rows = real.get(name, ())
        found += [
            Example(side="real", id=parts.steering.ids[row], text=parts.steering.texts[row], stratum=name)
            for row in (rows[at] for at in _few(len(rows), each, rng))
        ]
    for name in sorted(dropped, key=lambda name: (-len(dropped[name]), name)):
        rows_of = dropped[name]
        found += [_example(rows_of[at], "dropped", texts) for at in _few(len(rows_of), PER_FILTER, rng)]
    return tuple(found)


def _few(count: int, most: int, rng: np.random.Generator) -> list[int]:
    return sorted(rng.permutation(count)[:most].tolist())


def _example(one: Made, side: Literal["kept", "dropped"], texts: _Texts) -> Example:
    return Example(
        side=side,
        id=one.id,
        text=one.text or "",
        stratum=one.stratum,
        arm=one.arm,
        filter=one.dropped_by,
        reason=one.drop_reason,
        source=texts.source(one),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Texts:
    """Texts by id. Real rows and those of the candidate may have the same ids, where files have none of their own.

    Attributes:
        real: Rows that prompts may show.
        there: The candidate's and those that were made.
    """

    real: Mapping[str, str]
    there: Mapping[str, str]

    @classmethod
    def of(cls, made: Sequence[Made], parts: Parts) -> _Texts:
        real = dict(
            zip(parts.steering.ids + parts.gold.ids, parts.steering.texts + parts.gold.texts, strict=True)
        )
        there = dict(zip(parts.candidate.ids, parts.candidate.texts, strict=True))
        return cls(real=real, there=there | {one.id: one.text for one in made if one.text is not None})

    def source(self, one: Made) -> str | None:
        if one.duplicate_of is None:
            return next((self.real.get(parent) for parent in one.parents), None)
        return (self.real if one.dropped_by == AnchorCopies.name else self.there).get(one.duplicate_of)

"""Small sides for doctests and for people who try a measure by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.views.compare import compare
from holdfast.views.reality import Rows, read_reality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.views.sides import Sides


def text_sides(
    *,
    real: Sequence[str],
    candidate: Sequence[str],
    real_strata: Sequence[str | None] | None = None,
    candidate_strata: Sequence[str | None] | None = None,
) -> Sides:
    """Two lists of texts side by side; without labels, rows are one stratum or clusters."""
    reality = read_reality(
        Rows(ids=_ids("real", real), texts=real, strata=real_strata),
        labelled_candidate=candidate_strata is not None,
    )
    return compare(reality, Rows(ids=_ids("candidate", candidate), texts=candidate, strata=candidate_strata))


def strata_sides(*, real: Mapping[str, int], candidate: Mapping[str, int]) -> Sides:
    """Two sides with given numbers of rows per stratum; the texts mean nothing and never repeat."""

    def spread(counts: Mapping[str, int]) -> tuple[list[str], list[str]]:
        texts = [
            f"{label} {i * 2654435761 % 999983} {i * 40503 % 65521}"
            for label, n in counts.items()
            for i in range(n)
        ]
        return texts, [label for label, n in counts.items() for _ in range(n)]

    (real_texts, real_strata), (texts, strata) = spread(real), spread(candidate)
    return text_sides(real=real_texts, candidate=texts, real_strata=real_strata, candidate_strata=strata)


def prompt_sides(*, real: Mapping[str, Sequence[str]], candidate: Mapping[str, Sequence[str]]) -> Sides:
    """Two sides of prompts with their answers."""

    def rows(side: str, asked: Mapping[str, Sequence[str]]) -> Rows:
        pairs = [(prompt, answer) for prompt, answers in asked.items() for answer in answers]
        return Rows(
            ids=_ids(side, [answer for _, answer in pairs]),
            texts=[f"{prompt}\n{answer}" for prompt, answer in pairs],
            answers=[len(prompt) + 1 for prompt, _ in pairs],
        )

    return compare(read_reality(rows("real", real)), rows("candidate", candidate))


def _ids(side: str, rows: Sequence[str]) -> list[str]:
    return [f"{side}:{i + 1}" for i in range(len(rows))]

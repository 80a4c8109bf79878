"""Ratings: what each annotator said of which pair, people and judges side by side on the same pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.style import read_style, style_differences

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from holdfast.data.preferences import Preferences

UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rater:
    """One annotator's labels, a pair once.

    Attributes:
        name: The annotator.
        kind: One of `holdfast.data.preferences.KINDS`.
        rows: int64 [m], rows of the pairs, ascending, each once.
        label: int8 [m], 1: a is preferred, -1: b, 0: a tie; the verdict in the order `first`.
        first: int8 [m], 1: a was shown first, -1: b, 0: not known.
        both: bool [m], whether the pair was asked with the order reversed, too.
        swapped: int8 [m], that verdict, in terms of a and b; 0 where not asked.
        contradicted: Labels left out because the same annotator had said something else of the pair before.
    """

    name: str
    kind: str
    rows: NDArray[np.int64]
    label: NDArray[np.int8]
    first: NDArray[np.int8]
    both: NDArray[np.bool_]
    swapped: NDArray[np.int8]
    contradicted: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_human(self) -> bool:
        """Whether people gave these labels."""
        return self.kind == "human"

    @property
    def verdict(self) -> NDArray[np.float64]:
        """float64 [m] in -1..1: the mean of both orders where both were asked, the one label elsewhere."""
        return np.where(self.both, (self.label + self.swapped.astype(float)) / 2.0, self.label.astype(float))


@dataclass(frozen=True)
class Ratings:
    """Pairs and their raters.

    Attributes:
        preferences: The pairs and labels.
        raters: All annotators with a name of their own, people first, each by falling number of labels.
        prompt: int64 [pairs], which prompt a pair belongs to; pairs of one prompt are no independent draws.
        author: int64 [pairs, 2], who wrote a and b, into `authors`; -1 where unknown.
        authors: Names of the authors.
    """

    preferences: Preferences
    raters: tuple[Rater, ...]
    prompt: NDArray[np.int64]
    author: NDArray[np.int64]
    authors: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.prompt)

    @property
    def people(self) -> tuple[Rater, ...]:
        """Human annotators."""
        return tuple(rater for rater in self.raters if rater.is_human)

    @property
    def judges(self) -> tuple[Rater, ...]:
        """All others, those of unknown kind included."""
        return tuple(rater for rater in self.raters if not rater.is_human)

    @cached_property
    def style(self) -> NDArray[np.float64]:
        """float64 [pairs, len(STYLE)], differences a against b in Arena's form, not yet standardised."""
        a, b = self.counts
        return style_differences(a, b)

    @cached_property
    def counts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Style counts of a and of b, float64 [pairs, len(STYLE)] each."""
        pairs = self.preferences.pairs
        return (
            read_style(pairs.column("response_a").to_pylist()),
            read_style(pairs.column("response_b").to_pylist()),
        )

    @cached_property
    def human(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Mean human verdict of each pair in -1..1 (NaN where no person looked), and how many people looked."""
        total, count = np.zeros(len(self)), np.zeros(len(self), np.int64)
        for rater in self.people:
            total[rater.rows] += rater.verdict
            count[rater.rows] += 1
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count > 0, total / np.maximum(count, 1), np.nan), count


def annotators(labels: pa.Table) -> list[tuple[str, str]]:
    """Kind and name of who gave each label; a judge's version is part of its name."""
    return [
        (kind, f"{name or UNNAMED}@{version}" if version and "@" not in (name or "") else name or UNNAMED)
        for kind, name, version in zip(
            labels.column("annotator_type").to_pylist(),
            labels.column("annotator").to_pylist(),
            labels.column("judge_version").to_pylist(),
            strict=True,
        )
    ]


def read_ratings(preferences: Preferences) -> Ratings:
    """Line the labels up by annotator.

    An annotator is a name with its type and, for a judge, its version; labels without a name are one annotator for each type.
    Where an annotator labelled a pair more than once, the first label counts; the others count as contradicted where they
    differ.
    """
    pairs, labels = preferences.pairs, preferences.labels
    named = annotators(labels)
    who: dict[tuple[str, str], int] = {}
    code = np.fromiter((who.setdefault(key, len(who)) for key in named), np.int64, len(named))
    pair = labels.column("pair").to_numpy()
    label = labels.column("label").to_numpy()
    first = labels.column("first").to_numpy()
    both = labels.column("swapped_label").is_valid().to_numpy(zero_copy_only=False)
    swapped = labels.column("swapped_label").fill_null(0).to_numpy()
    raters = []
    for (kind, name), number in who.items():
        own = np.flatnonzero(code == number)
        rows, at, back = np.unique(pair[own], return_index=True, return_inverse=True)
        kept = own[at]
        raters.append(
            Rater(
                name=name,
                kind=kind,
                rows=rows,
                label=label[kept],
                first=first[kept],
                both=both[kept],
                swapped=swapped[kept],
                contradicted=int((label[own] != label[kept][back]).sum()),
            )
        )
    raters.sort(key=lambda rater: (not rater.is_human, -len(rater), rater.name))
    prompts: dict[str, int] = {}
    # A pair without a prompt is a prompt of its own; white space at the ends makes no other prompt, as it makes no other pair.
    prompt = np.fromiter(
        (
            prompts.setdefault(f"={text.strip()}" if text is not None else f"#{row}", len(prompts))
            for row, text in enumerate(pairs.column("prompt").to_pylist())
        ),
        np.int64,
        len(preferences),
    )
    authors: dict[str, int] = {}
    author = np.array(
        [
            [-1 if name is None else authors.setdefault(name, len(authors)) for name in both_]
            for both_ in zip(
                pairs.column("author_a").to_pylist(), pairs.column("author_b").to_pylist(), strict=True
            )
        ],
        np.int64,
    ).reshape(-1, 2)
    return Ratings(
        preferences=preferences, raters=tuple(raters), prompt=prompt, author=author, authors=tuple(authors)
    )

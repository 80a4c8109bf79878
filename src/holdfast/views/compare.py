"""Compare: put a candidate beside an anchor, so that measures can read both.

The order matters: artifacts are found first and cut out of the candidate, so that a template is reported as a
template and not as lost variety, lost strata or copies; then repeats, support and strata are read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.crossing import Index, find_repeats, index_rows
from holdfast.views.features import read_features
from holdfast.views.level import level_lengths
from holdfast.views.near import Duplicates, find_duplicates
from holdfast.views.phrases import artifacts, find_phrases, mask, spell
from holdfast.views.reality import RealStrata, read_strata, reread_strata
from holdfast.views.sides import UNKNOWN, HeldWords, Origin, Side, Sides
from holdfast.views.support import deal_folds, support
from holdfast.views.tokens import read_tokens, row_hashes
from holdfast.views.units import split_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.reality import Reality, Rows
    from holdfast.views.tokens import Tokens


def compare(
    reality: Reality,
    candidate: Rows,
    *,
    declared: dict[str, float] | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Sides:
    """Put a candidate beside an anchor.

    Args:
        reality: The reference, as it was read once.
        candidate: The rows under examination.
        declared: Shares the strata should have, by label; None where the anchor's own shares count.
        step: Called with a word about what is done next.
    """
    step("words")
    words = read_tokens(candidate.texts)
    step("repeats")
    index = index_rows(reality.tokens.folded)
    duplicates, copied = _repeats(reality, index, words)
    step("phrases")
    phrases = find_phrases(
        reality.tokens, words, first_rows(reality.duplicates.related), first_rows(duplicates.related)
    )
    cut = artifacts(phrases, words)
    tokens, touched = mask(words, cut, float(reality.tokens.counts.mean()))
    masked: tuple[str, ...] = ()
    if len(touched):
        masked = tuple(dict.fromkeys(spell(cut, words, i) for i in range(len(cut))))
        duplicates, copied = _repeats(reality, index, tokens)
    step("features")
    features = read_features(tokens)
    step("strata")
    picked = deal_folds(tokens, duplicates.units)
    labels, origin, strata, found = _strata(reality, candidate, tokens, features)
    predicted = origin == "classifier"
    anchor = Side(
        ids=reality.ids,
        texts=reality.texts,
        answers=reality.answers,
        counts=reality.tokens.counts,
        keys=row_hashes(reality.tokens),
        words=HeldWords(tokens=reality.tokens, features=reality.features),
        duplicates=reality.duplicates,
        strata=strata.read,
        support=reality.support,
    )
    near = np.bincount(reality.duplicates.near)
    return Sides(
        anchor=anchor,
        candidate=Side(
            ids=tuple(candidate.ids),
            texts=tuple(candidate.texts),
            answers=candidate.answer_starts,
            counts=tokens.counts,
            keys=row_hashes(tokens),
            words=HeldWords(tokens=tokens, features=features),
            duplicates=duplicates,
            strata=found,
            support=support(features, reality.features, picked, reality.folds),
        ),
        labels=labels,
        known=reality.strata.given if predicted else strata.read,
        origin=origin,
        declared=_declared(labels, declared),
        confusion=strata.confusion if predicted else None,
        accuracy=strata.accuracy if predicted else None,
        copied=copied,
        repeated=near[reality.duplicates.near] > 1,
        phrases=phrases,
        words=words,
        masked=masked,
    )


def _strata(
    reality: Reality, candidate: Rows, tokens: Tokens, features: Features
) -> tuple[tuple[str, ...], Origin, RealStrata, NDArray[np.int64]]:
    """Names, origin, how the real rows are read (in `read`), and the stratum of every candidate row."""
    strata = reality.strata
    if strata.labels and candidate.strata is not None:
        extra = tuple(sorted({label for label in candidate.strata if label is not None} - set(strata.labels)))
        index = {label: i for i, label in enumerate(strata.labels + extra)}
        found = np.array([UNKNOWN if label is None else index[label] for label in candidate.strata], np.int64)
        return strata.labels + extra, "column", replace(strata, read=strata.given), found
    if strata.labeller is None and strata.cells is None:
        alone = replace(strata, read=np.zeros(len(reality.ids), np.int64))
        return ("all",), "none", alone, np.zeros(len(features), np.int64)
    # A row of twice the length says more than one thing and is read as neither: strata are read at equal lengths.
    level = level_lengths(reality.tokens, tokens)
    if level[1] is not tokens:
        features = read_features(level[1])
    if level[0] is not reality.tokens:
        strata = reread_strata(reality, level[0])
    found = read_strata(reality, features)
    if strata.labeller is not None:
        return strata.labels, "classifier", strata, found
    assert strata.cells is not None  # noqa: S101 - one of the two is there
    names = tuple(f"cluster {i + 1}" for i in range(len(strata.cells.centres)))
    return names, "clusters", strata, found


def _declared(labels: tuple[str, ...], declared: dict[str, float] | None) -> NDArray[np.float64] | None:
    if declared is None:
        return None
    shares = np.array([declared.get(label, 0.0) for label in labels])
    return np.asarray(shares / shares.sum(), np.float64)


def first_rows(units: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64, the first row of every unit: what is counted once per unit is counted there."""
    return np.asarray(np.unique(units, return_index=True)[1], np.int64)


def _repeats(reality: Reality, index: Index, candidate: Tokens) -> tuple[Duplicates, NDArray[np.int64]]:
    """Repeats inside the candidate, and the anchor rows it repeats."""
    found = find_duplicates(candidate)
    units = split_groups(found.related, int(np.bincount(reality.duplicates.units).max()))
    return replace(found, units=units), find_repeats(index, candidate.folded)

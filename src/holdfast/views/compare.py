"""Compare: put a candidate beside an anchor, so that measures can read both.

The order matters: artifacts are found first and cut out of the candidate, so that a template is reported as a
template and not as lost variety, lost strata or copies; then repeats, support and strata are read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.crossing import find_repeats
from holdfast.views.features import read_features
from holdfast.views.level import cut_rows, length_limits
from holdfast.views.near import Duplicates, find_duplicates
from holdfast.views.phrases import artifacts, find_phrases, mask, spell
from holdfast.views.reality import read_as
from holdfast.views.sides import UNKNOWN, HeldWords, Origin, Side, Sides
from holdfast.views.support import deal_folds
from holdfast.views.tokens import read_tokens, row_hashes
from holdfast.views.units import split_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.real_strata import RealStrata
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
    duplicates, copied = _repeats(reality, words)
    step("phrases")
    phrases = find_phrases(
        reality.tokens, words, first_rows(reality.duplicates.related), first_rows(duplicates.related)
    )
    cut = artifacts(phrases, words)
    tokens, touched = mask(words, cut, float(reality.tokens.counts.mean()))
    masked: tuple[str, ...] = ()
    if len(touched):
        masked = tuple(dict.fromkeys(spell(cut, words, i) for i in range(len(cut))))
        duplicates, copied = _repeats(reality, tokens)
    step("features")
    features = read_features(tokens)
    step("strata")
    picked = deal_folds(row_hashes(tokens), duplicates.units)
    labels, origin, strata, found = _strata(reality, candidate, tokens, features)
    predicted = origin == "classifier"
    return Sides(
        anchor=anchor_side(reality, strata),
        candidate=Side(
            ids=tuple(candidate.ids),
            texts=tuple(candidate.texts),
            answers=candidate.answer_starts,
            counts=tokens.counts,
            keys=row_hashes(tokens),
            words=HeldWords(tokens=tokens, features=features),
            duplicates=duplicates,
            strata=found,
            support=reality.known.support(features, picked),
            truncated=words.truncated,
        ),
        labels=labels,
        known=reality.strata.given if predicted else strata.read,
        origin=origin,
        declared=declared_shares(labels, declared),
        confusion=strata.confusion if predicted else None,
        accuracy=strata.accuracy if predicted else None,
        copied=copied,
        repeated=repeated_rows(reality),
        phrases=phrases,
        written=words,
        masked=masked,
        census=reality.beyond.census if reality.beyond is not None and origin == "column" else None,
        shelf=reality.shelf,
    )


def _strata(
    reality: Reality, candidate: Rows, tokens: Tokens, features: Features
) -> tuple[tuple[str, ...], Origin, RealStrata, NDArray[np.int64]]:
    """Names, origin, how the real rows are read (in `read`), and the stratum of every candidate row."""
    if reality.strata.labels and candidate.strata is not None:
        names = list(dict.fromkeys(label for label in candidate.strata if label is not None))
        number = {name: at for at, name in enumerate(names)}
        codes = [-1 if label is None else number[label] for label in candidate.strata]
        labels, strata, found = given_strata(reality, [(names, np.array(codes, np.int64))])
        return labels, "column", strata, found
    limits = length_limits(reality.tokens.counts, tokens.counts)
    labels, origin, strata, reader = read_as(reality, limits[0])
    if reader is None:
        return labels, origin, strata, np.zeros(len(features), np.int64)
    level = cut_rows(tokens, limits[1])
    return labels, origin, strata, reader.read(features if level is tokens else read_features(level))


def given_strata(
    reality: Reality, parts: Sequence[tuple[Sequence[str], NDArray[np.int64]]]
) -> tuple[tuple[str, ...], RealStrata, NDArray[np.int64]]:
    """Names of the strata where the candidate brings labels, how the real rows are read, and the stratum of every candidate row.

    Args:
        reality: A reality that has labels.
        parts: The labels of each part of the candidate, and int64 [n], which of them each of its rows has, -1 for none.
    """
    strata = reality.strata
    extra = sorted({label for names, _ in parts for label in names} - set(strata.labels))
    labels = (*strata.labels, *extra)
    number = {label: at for at, label in enumerate(labels)}
    found = [
        np.array([*(number[name] for name in names), UNKNOWN], np.int64)[codes] for names, codes in parts
    ]
    return labels, replace(strata, read=strata.given), np.concatenate(found)


def anchor_side(reality: Reality, strata: RealStrata) -> Side:
    """The reference as a side."""
    return Side(
        ids=reality.ids,
        texts=reality.texts,
        answers=reality.answers,
        counts=reality.tokens.counts,
        keys=row_hashes(reality.tokens),
        words=HeldWords(tokens=reality.tokens, features=reality.features),
        duplicates=reality.duplicates,
        strata=strata.read,
        support=reality.support,
        truncated=reality.tokens.truncated,
    )


def repeated_rows(reality: Reality) -> NDArray[np.bool_]:
    """bool [m], for each real row whether another one repeats it."""
    near = reality.duplicates.near
    return np.asarray(np.bincount(near)[near] > 1)


def declared_shares(labels: tuple[str, ...], declared: dict[str, float] | None) -> NDArray[np.float64] | None:
    """float64 [k], shares that the strata should have, or None where nobody said."""
    if declared is None:
        return None
    shares = np.array([declared.get(label, 0.0) for label in labels])
    return np.asarray(shares / shares.sum(), np.float64)


def first_rows(units: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64, the first row of every unit: what is counted once per unit is counted there."""
    return np.asarray(np.unique(units, return_index=True)[1], np.int64)


def _repeats(reality: Reality, candidate: Tokens) -> tuple[Duplicates, NDArray[np.int64]]:
    """Repeats inside the candidate, and the anchor rows it repeats."""
    found = find_duplicates(candidate)
    units = split_groups(found.related, int(np.bincount(reality.duplicates.units).max()))
    return replace(found, units=units), find_repeats(reality.index, candidate.folded)

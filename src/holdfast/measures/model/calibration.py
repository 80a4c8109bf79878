"""Calibration: does a model know how often it is right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Band, Undetermined, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 15
LEAST_TOKENS = 10 * BINS
_RUNS = 20_000
"""Neighbouring confidences are drawn together beyond this many: what they differ by is nothing by then."""
_DRAWS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Tokens of which the model was about equally sure: its mean confidence, and the share it was right on."""

    tokens: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """How far confidence and being right lie apart.

    Attributes:
        error: Expected calibration error: the mean distance of the two, over bins of equally many tokens.
        null: What a model that knows exactly how often it is right would score with the same confidences.
        p_value: One-sided, from that null.
        confidence: Mean confidence.
        right: Share of tokens on which the model's first guess came.
        bins: What the error is made of, the least sure first.
        tokens: Tokens read.
    """

    error: float
    null: Band
    p_value: float
    confidence: float
    right: float
    bins: tuple[Bin, ...]
    tokens: int


def read_calibration(
    confidence: NDArray[np.float64],
    right: NDArray[np.bool_],
    rng: np.random.Generator,
    *,
    bins: int = BINS,
    draws: int = 999,
) -> Calibrated | Undetermined:
    """Hold confidence against being right, and the distance of the two against chance.

    Even a model that knows itself perfectly scores above 0, by chance alone, and the more so the fewer tokens there are. What it
    would score is drawn: every token right with the probability that the model gave it.

    Args:
        confidence: float64 [t], probability of the likeliest token.
        right: bool [t], whether it came.
        rng: Draws the null.
        bins: Bins of equally many tokens.
        draws: Draws of the null.

    Source:
        Guo et al. 2017, ICML (the error); Vaicenavicius et al. 2019, AISTATS (its null by resampling).

    >>> sure = np.repeat([0.6, 0.9], 500)
    >>> always = read_calibration(sure, np.ones(1000, bool), np.random.default_rng(0), bins=2)
    >>> round(always.error, 2), always.null.high < 0.04
    (0.25, True)
    """
    count = len(confidence)
    if count < LEAST_TOKENS:
        return Undetermined(reason=f"only {counted(count, 'token')}; {LEAST_TOKENS} are needed")
    order = np.argsort(confidence, kind="stable")
    sure, came = np.clip(confidence[order], 0.0, 1.0), right[order].astype(np.float64)
    of_bin = np.arange(count) * bins // count
    sizes = np.bincount(of_bin, minlength=bins)
    expected, found = (np.bincount(of_bin, values).astype(np.float64) for values in (sure, came))
    error = float(np.abs(found - expected).sum() / count)
    null = _null(sure, of_bin, expected, rng, draws)
    return Calibrated(
        error=error,
        null=Band.of(null),
        p_value=float((1 + (null >= error * (1 - 1e-12)).sum()) / (draws + 1)),
        confidence=float(sure.mean()),
        right=float(came.mean()),
        bins=tuple(
            Bin(tokens=int(size), confidence=float(a / size), right=float(b / size))
            for size, a, b in zip(sizes, expected, found, strict=True)
        ),
        tokens=count,
    )


def _null(
    sure: NDArray[np.float64],
    of_bin: NDArray[np.int64],
    expected: NDArray[np.float64],
    rng: np.random.Generator,
    draws: int,
) -> NDArray[np.float64]:
    """float64 [draws], the error where every token is right as often as the model says."""
    count = len(sure)
    # Runs of neighbours lie inside of one bin; each is one binomial draw, exactly one token's where there are few.
    step = max(1, count // _RUNS)
    begins = np.unique(np.concatenate([np.arange(0, count, step), np.flatnonzero(np.diff(of_bin)) + 1]))
    sizes = np.diff(np.append(begins, count))
    p = np.add.reduceat(sure, begins) / sizes
    edges = np.searchsorted(of_bin[begins], np.arange(len(expected)))
    found = np.empty(draws)
    chunk = max(1, _DRAWS_AT_ONCE // len(begins))
    for start in range(0, draws, chunk):
        take = min(chunk, draws - start)
        hits = rng.binomial(sizes, np.minimum(p, 1.0), size=(take, len(begins)))
        found[start : start + take] = (
            np.abs(np.add.reduceat(hits, edges, axis=1) - expected).sum(axis=1) / count
        )
    return found

"""Draws words from n-gram counts at any temperature and top_p, exactly and without touching the whole vocabulary.

Temperature raises every probability to `s = 1 / temperature`. With `p >= a p'` for each word (`p'` the shorter
context's probability, `a` the share it hands out), `p^s - (a p')^s` is never negative: the sharpened model is again
a mixture of what was seen and of the sharpened shorter context, and one step costs one bisection per level.

Source: top_p from Holtzman et al. 2020, arXiv:1904.09751.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import UsageError
from holdfast.lab.continuations import END, START, Context, Continuations, probabilities, shorten
from holdfast.lab.words import TIE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

# Equal probabilities that were computed along two paths may differ in the last bits.
_SLACK = 1e-9
# Most contexts were followed by a word or two: for so few an array costs more than it saves.
_MANY = 64


def sharpen(weights: NDArray[np.float64], sharpness: float, top_p: float) -> NDArray[np.float64]:
    """Shares after temperature and top_p; ties at the edge are kept together."""
    logs = sharpness * np.log(weights)
    shares = np.exp(logs - logs.max())
    shares /= shares.sum()
    order = np.sort(shares)[::-1]
    above = np.concatenate([[0.0], np.cumsum(order)])
    edge = order[np.flatnonzero(above[:-1] < top_p)[-1]]
    shares[shares < edge * (1 - _SLACK)] = 0.0
    kept: NDArray[np.float64] = shares / shares.sum()
    return kept


def draw_labels(
    counts: Mapping[str, int],
    n: int,
    *,
    rng: np.random.Generator,
    temperature: float,
    top_p: float,
    asked: Mapping[str, float] | None,
) -> list[int]:
    """Labels that a model writes rows under.

    Args:
        counts: Training rows of each label.
        n: How many are drawn.
        rng: The only source of chance.
        temperature: Shares are raised to its inverse, where none are asked for.
        top_p: As that of words, where none are asked for.
        asked: How often each label is asked for, as it stands; those without training rows are left out.

    Returns:
        Places among the labels of `counts`.

    Raises:
        UsageError: No label is asked for that has training rows, or a share is below 0.
    """
    if asked is None:
        shares = sharpen(np.array([*counts.values()], dtype=float), 1 / temperature, top_p)
    else:
        shares = np.array([asked.get(name, 0.0) for name in counts], dtype=float)
        if not np.isfinite(shares).all() or (shares < 0).any() or not shares.sum() > 0:
            raise UsageError(
                "no label is asked for that the model has read, or a share is below 0",
                where=f"shares {dict(asked)}",
                do="Ask for labels of the training rows, with shares above 0",
            )
        shares /= shares.sum()
    drawn: list[int] = rng.choice(len(shares), size=n, p=shares).tolist()
    return drawn


@dataclass(slots=True, kw_only=True)
class _Opened:
    """One context, ready to speak from: `q(w) = excess(w) + lower_share * lower.q(w)`.

    Attributes:
        words: The words seen here.
        edges: Their cumulative excess.
        shares: Their `q`; empty where none is asked for.
        lower: The shorter context.
        lower_share: What it hands out.
        log_scale: Log of the sum that `q` was divided by.
        log_mode: Log of a bound on the largest probability before sharpening.
        ranked: Masses of the most probable words seen here; filled where top_p asks.
        ranked_below: Masses of the same words in the shorter context.
    """

    words: list[int]
    edges: list[float]
    shares: dict[int, float]
    lower: _Opened | None
    lower_share: float
    log_scale: float
    log_mode: float
    ranked: tuple[list[float], list[float]] | None = None
    ranked_below: tuple[list[float], list[float]] | None = None

    def share(self, word: int) -> float:
        found = self.shares.get(word)
        if found is not None:
            return found
        return self.lower_share * self.lower.share(word) if self.lower else 0.0

    def mass_above(self, share: float) -> float:
        """Total share of the words that are more probable than `share`."""
        if self.ranked is None:
            self.ranked = _rank(self.shares.values())
        mass = _mass_above(self.ranked, share)
        if self.lower is None or not self.lower_share:
            return mass
        if self.ranked_below is None:
            self.ranked_below = _rank([self.lower.share(word) for word in self.words])
        share /= self.lower_share
        return mass + self.lower_share * (
            self.lower.mass_above(share) - _mass_above(self.ranked_below, share)
        )


def _rank(shares: Iterable[float]) -> tuple[list[float], list[float]]:
    """Shares from the largest, negated for bisection, and their running sums from 0."""
    ranked = sorted(shares, reverse=True)
    return [-share for share in ranked], [0.0, *accumulate(ranked)]


def _mass_above(ranked: tuple[list[float], list[float]], share: float) -> float:
    return ranked[1][bisect_right(ranked[0], -share * (1 + _SLACK))]


@dataclass(slots=True, kw_only=True)
class Speaker:
    """Says texts of one model at one sharpness; remembers the contexts it has opened."""

    words: tuple[str, ...]
    after: Mapping[Context, Continuations]
    order: int
    rng: np.random.Generator
    sharpness: float
    top_p: float
    _opened: dict[tuple[Context, bool], _Opened] = field(default_factory=dict)
    _kept: dict[tuple[Context, int], bool] = field(default_factory=dict)
    _draws: list[float] = field(default_factory=list)

    def say(self, lead: Context, max_words: int) -> list[str]:
        """The tokens of one text, at least one."""
        tokens: list[str] = []
        said = 0
        before: Context = (START,)
        # At low temperatures the likeliest path may be a circle of punctuation.
        while said < max_words and len(tokens) < 2 * max_words:
            word = self._next(lead + before)
            if word == END:
                break
            token = self.words[word]
            tokens.append(token)
            said += TIE not in token
            before = (*before, word)[1 - self.order :]
        return tokens

    def _next(self, context: Context) -> int:
        # No text is empty: the end cannot follow a start, which is always the last of its context.
        opened = self._open(context, may_end=context[-1] != START)
        while True:
            word = self._draw(opened)
            if self.top_p == 1 or self._keeps(context, opened, word):
                return word

    def _keeps(self, context: Context, opened: _Opened, word: int) -> bool:
        key = (context, word)
        kept = self._kept.get(key)
        if kept is None:
            share = opened.share(word)
            kept = share > 1 - self.top_p or opened.mass_above(share) < self.top_p
            self._kept[key] = kept
        return kept

    def _draw(self, opened: _Opened) -> int:
        if not self._draws:
            self._draws = self.rng.random(4096).tolist()
        point = self._draws.pop()
        # One number serves all levels: given that it fell beyond the seen words, the rest is uniform again.
        while opened.lower is not None and point >= opened.edges[-1]:
            point = (point - opened.edges[-1]) / (1 - opened.edges[-1])
            opened = opened.lower
        return opened.words[min(bisect_right(opened.edges, point), len(opened.words) - 1)]

    def _open(self, context: Context, *, may_end: bool) -> _Opened:
        opened = self._opened.get((context, may_end))
        if opened is None:
            shorter = shorten(context)
            lower = None if shorter is None else self._open(shorter, may_end=may_end)
            entry = self.after.get(context)
            seen = [] if entry is None else [word for word in entry.counts if may_end or word != END]
            if entry is not None and seen:
                opened = self._sharpened(entry, seen, lower, shorter)
            elif lower is not None:
                opened = lower
            else:
                raise AssertionError("the empty context knows every word")
            self._opened[context, may_end] = opened
        return opened

    def _sharpened(
        self, entry: Continuations, seen: list[int], lower: _Opened | None, shorter: Context | None
    ) -> _Opened:
        """The context's words at this sharpness; a word left out here and below is as if never known."""
        if self.sharpness == 1.0 and self.top_p == 1.0:
            return self._plain(entry, seen, lower)
        size = len(self.words)
        below = [1 / size] * len(seen) if shorter is None else probabilities(self.after, shorter, seen, size)
        share = entry.lower_share
        below = [share * value for value in below]
        whole = [
            (entry.counts[word] - entry.discount) / entry.total + value
            for word, value in zip(seen, below, strict=True)
        ]
        s = self.sharpness
        log_mode = math.log(max(whole))
        rest = 0.0
        if lower is not None:
            log_mode = max(log_mode, math.log(share) + lower.log_mode)
            rest = math.exp(s * (math.log(share) - log_mode) + lower.log_scale)
        # Relative to the mode, so that no power underflows before it may.
        powers = _powers(whole, s, log_mode)
        excess = powers
        if lower is not None:
            taken = _powers(below, s, log_mode)
            excess = [max(power - less, 0.0) for power, less in zip(powers, taken, strict=True)]
        scale = sum(excess) + rest
        return _Opened(
            words=seen,
            edges=[edge / scale for edge in accumulate(excess)],
            shares=dict(zip(seen, [power / scale for power in powers], strict=True)),
            lower=lower,
            lower_share=rest / scale,
            log_scale=math.log(scale) + s * log_mode,
            log_mode=log_mode,
        )

    def _plain(self, entry: Continuations, seen: list[int], lower: _Opened | None) -> _Opened:
        """The same where nothing is sharpened: what is taken off the counts is all that is below, and no share is asked for."""
        counts, discount, total = entry.counts, entry.discount, entry.total
        if lower is None:
            uniform = entry.lower_share / len(self.words)
            excess = [(counts[word] - discount) / total + uniform for word in seen]
            rest = 0.0
        else:
            excess = [(counts[word] - discount) / total for word in seen]
            rest = entry.lower_share * math.exp(lower.log_scale)
        scale = sum(excess) + rest
        return _Opened(
            words=seen,
            edges=[edge / scale for edge in accumulate(excess)],
            shares={},
            lower=lower,
            lower_share=rest / scale,
            log_scale=math.log(scale),
            log_mode=0.0,
        )


def _powers(shares: list[float], sharpness: float, log_mode: float) -> list[float]:
    """Each share, relative to the mode, at this sharpness."""
    if len(shares) > _MANY:
        powers: list[float] = np.exp(sharpness * (np.log(shares) - log_mode)).tolist()
        return powers
    return [math.exp(sharpness * (math.log(share) - log_mode)) for share in shares]

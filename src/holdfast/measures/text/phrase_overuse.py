"""Phrase over-use: turns of phrase that outputs repeat far more often than the user's own texts do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import Undetermined, counted
from holdfast.stats.intervals import exact_share, share
from holdfast.stats.multiplicity import benjamini_hochberg
from holdfast.views.phrases import RATE, find_phrases, spell
from holdfast.views.tokens import ngrams, read_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.phrases import PhraseTable
    from holdfast.views.tokens import Tokens

LEAST_ROWS = 50
LEAST_RATIO = 2.0
FOLDS = 4
SHOWN = 30
_CONSIDERED = 300
_SAME_ROWS = 0.8
_PLACES = ("phrase", "opener", "closer")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverusedPhrase:
    """A phrase that stands in more outputs than the user's own texts would have it.

    Attributes:
        phrase: As it is written in the outputs, folded.
        kind: `phrase`, `opener` or `closer`.
        outputs: Distinct outputs that hold it.
        approved: Distinct approved texts that hold it.
        outputs_share: The former as a share.
        approved_share: The latter as a share.
        ratio: Rate in outputs to rate in approved texts, half a row added on both sides.
        interval: 95 % interval of the ratio; no upper end where no approved text holds it.
        p_value: One-sided, of the ratio being 1 or less.
        overdispersion: Of a negative binomial over prompts; 0 where the Poisson form holds.
        rows: Outputs that hold it, the first few.
    """

    phrase: str
    kind: str
    outputs: int
    approved: int
    outputs_share: float
    approved_share: float
    ratio: float
    interval: tuple[float, float | None]
    p_value: float
    overdispersion: float
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseOveruse:
    """What is over-used, and in how many outputs.

    Attributes:
        phrases: The over-used phrases, the most frequent first.
        tested: Phrases that were tested.
        row_share: Share of outputs that hold one of the phrases, which were found in other outputs and other approved texts.
        row_share_interval: 95 % interval of that.
        reality: Share of held-out approved texts that hold one of the same phrases.
        reality_interval: 95 % interval of that.
        false_phrases: Phrases found where the held-out half of the approved texts stood in the outputs' place.
        rows: Outputs read, near-copies once.
        approved_rows: Approved texts read, near-copies once.
    """

    phrases: tuple[OverusedPhrase, ...]
    tested: int
    row_share: float
    row_share_interval: tuple[float, float]
    reality: float
    reality_interval: tuple[float, float]
    false_phrases: int
    rows: int
    approved_rows: int


def read_overuse(
    approved: Sequence[str],
    outputs: Sequence[str],
    rng: np.random.Generator,
    *,
    prompts: Sequence[str | None] = (),
    approved_units: NDArray[np.int64] | None = None,
    output_units: NDArray[np.int64] | None = None,
    least_ratio: float = LEAST_RATIO,
) -> PhraseOveruse | Undetermined:
    """Phrases over-used in outputs, relative to the user's own texts and to nobody else's.

    A phrase is counted once for each row that holds it, and near-copies are one row. Its rates are compared by the exact conditional test of
    two Poisson rates; where several outputs answer one prompt and a phrase clusters in prompts, by a negative binomial whose
    over-dispersion is estimated over prompts. Names are given under Benjamini and Hochberg at 1 % over all phrases tested.

    How many rows hold an over-used phrase is read elsewhere than the phrases were found: found in three quarters of both sides and read
    in the fourth, four times.

    Args:
        approved: The user's own texts.
        outputs: What is examined.
        rng: Deals rows to halves.
        prompts: The prompt of each output, where known.
        approved_units: int64, the same number for near-copies.
        output_units: int64, the same.
        least_ratio: Smallest rate ratio that is called over-use.

    Blind to
        what is over-used because outputs are about something else: a subject has phrases of its own.

    Source:
        Przyborowski and Wilenski 1940, Biometrika 31:313 (two Poisson rates).

    >>> own = [f"note {i * 7919} on matter {i}" for i in range(200)]
    >>> new = [f"let us delve into note {i * 7907} on matter {i}" for i in range(200, 300)]
    >>> found = read_overuse(own, new, np.random.default_rng(0))
    >>> found.phrases[0].phrase, found.row_share, found.reality
    ('let us delve into note', 1.0, 0.0)
    """
    tokens = read_tokens(approved), read_tokens(outputs)
    rows = _first(approved_units, len(approved)), _first(output_units, len(outputs))
    for kept, what in zip(rows, ("approved text", "output"), strict=True):
        if len(kept) < LEAST_ROWS:
            return Undetermined(
                reason=f"only {counted(len(kept), f'different {what}')}; {LEAST_ROWS} are needed",
                needed_rows=LEAST_ROWS,
            )
    clusters = _clusters(prompts, len(outputs))
    whole = _find(tokens, rows, clusters, least_ratio)
    fold = (
        (rng.permutation(len(approved)) % FOLDS)[rows[0]],
        (rng.permutation(int(clusters.max()) + 1) % FOLDS)[clusters[rows[1]]],
    )
    hits, seen = [0, 0], [0, 0]
    for unseen in range(FOLDS):
        found = _find(tokens, (rows[0][fold[0] != unseen], rows[1][fold[1] != unseen]), clusters, least_ratio)
        for side in (0, 1):
            read = rows[side][fold[side] == unseen]
            hits[side] += int(_any_row(tokens[side], found.table, read).sum())
            seen[side] += len(read)
    own = _clusters((), len(approved))
    halves = _halves(rows[0], rng)
    false = _find((tokens[0], tokens[0]), (halves[0], halves[1]), own, least_ratio)
    return PhraseOveruse(
        phrases=tuple(_shown(whole, tokens[1], rows[1])),
        tested=whole.tested,
        row_share=hits[1] / max(seen[1], 1),
        row_share_interval=share(hits[1], max(seen[1], 1)),
        reality=hits[0] / max(seen[0], 1),
        reality_interval=share(hits[0], max(seen[0], 1)),
        false_phrases=len(false.table),
        rows=len(rows[1]),
        approved_rows=len(rows[0]),
    )


def overdispersion(hits: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    """Over-dispersion of a negative binomial by moments: variance = mean + overdispersion * mean^2; at least 0.

    Args:
        hits: float64 [c], rows with the phrase, by prompt.
        sizes: float64 [c], rows, by prompt.

    >>> overdispersion(np.array([4.0, 0.0, 0.0, 0.0]), np.full(4, 4.0))  # means of 1: (9 + 3 - 4) / 4
    2.0
    """
    means = sizes * hits.sum() / max(float(sizes.sum()), 1.0)
    square = float((means**2).sum())
    return max(0.0, float(((hits - means) ** 2 - means).sum()) / square) if square > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    table: PhraseTable
    p_value: NDArray[np.float64]
    overdispersion: NDArray[np.float64]
    error: NDArray[np.float64]
    tested: int


def _find(
    tokens: tuple[Tokens, Tokens],
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    clusters: NDArray[np.int64],
    least_ratio: float,
) -> _Found:
    table = find_phrases(*tokens, *rows)
    tested = table.tested
    table = table.at(table.ratio >= least_ratio)
    table = table.at(np.lexsort((table.key, -table.words, -table.candidate))[:_CONSIDERED])
    p_values, excess, errors = table.p_value.copy(), np.zeros(len(table)), np.zeros(len(table))
    of = clusters[rows[1]]
    sizes = np.bincount(of).astype(float)
    if sizes.max(initial=0) > 1:  # without prompts that several outputs answer there is nothing to cluster in
        present = np.zeros(len(clusters), bool)
        for i, holding in enumerate(_holders(table, tokens[1])):
            present[:] = False
            present[holding] = True
            excess[i] = overdispersion(
                np.bincount(of, present[rows[1]].astype(float), minlength=len(sizes)).astype(float), sizes
            )
            if excess[i] > 0:
                p_values[i], errors[i] = _wald(table, i, excess[i], sizes)
    padded = np.concatenate([p_values, np.ones(max(tested - len(table), 0))])
    named = benjamini_hochberg(padded, RATE)[: len(table)]
    return _Found(
        table=table.at(named),
        p_value=p_values[named],
        overdispersion=excess[named],
        error=errors[named],
        tested=tested,
    )


def _wald(table: PhraseTable, i: int, excess: float, sizes: NDArray[np.float64]) -> tuple[float, float]:
    """One-sided p-value, never below the exact one, and standard error of the log ratio."""
    from scipy.special import ndtr

    shares = sizes / sizes.sum()
    # Over clusters of mean m the variance of the sum is m + excess m^2, summed; relative to the sum, squared.
    square = (
        1.0 / (table.candidate[i] + 0.5) + 1.0 / (table.real[i] + 0.5) + excess * float((shares**2).sum())
    )
    error = float(np.sqrt(square))
    return max(float(table.p_value[i]), float(ndtr(-np.log(table.ratio[i]) / error))), error


def _shown(found: _Found, tokens: Tokens, rows: NDArray[np.int64]) -> list[OverusedPhrase]:
    """The phrases that are not merely a part of another one, the most frequent first."""
    table = found.table
    spelled = [spell(table, tokens, i) for i in range(len(table))]
    holding = [np.intersect1d(one, rows) for one in _holders(table, tokens)]
    order = sorted(
        range(len(table)), key=lambda i: (-int(table.words[i]), -int(table.candidate[i]), spelled[i])
    )
    kept: list[int] = []
    for index in order:
        words = set(spelled[index].split())
        inside = any(
            words & set(spelled[other].split())
            and np.isin(holding[index], holding[other], assume_unique=True).mean() >= _SAME_ROWS
            for other in kept
        )
        if not inside:
            kept.append(index)
    kept.sort(key=lambda i: (-int(table.candidate[i]), spelled[i]))
    return [_phrase(found, i, spelled[i], holding[i]) for i in kept[:SHOWN]]


def _phrase(found: _Found, i: int, spelled: str, rows: NDArray[np.int64]) -> OverusedPhrase:
    table = found.table
    mine, real = int(table.candidate[i]), int(table.real[i])
    return OverusedPhrase(
        phrase=spelled,
        kind=_PLACES[int(table.place[i])],
        outputs=mine,
        approved=real,
        outputs_share=mine / table.candidate_rows,
        approved_share=real / table.real_rows,
        ratio=float(table.ratio[i]),
        interval=_interval(found, i),
        p_value=float(found.p_value[i]),
        overdispersion=float(found.overdispersion[i]),
        rows=tuple(int(row) for row in rows[:5]),
    )


def _interval(found: _Found, i: int) -> tuple[float, float | None]:
    table = found.table
    mine, real = int(table.candidate[i]), int(table.real[i])
    if found.overdispersion[i] > 0:
        low, high = (float(table.ratio[i] * np.exp(turn * found.error[i])) for turn in (-1.96, 1.96))
        return low, high
    ends = exact_share(mine, mine + real)
    scale = table.real_rows / table.candidate_rows
    return ends[0] / (1.0 - ends[0]) * scale, None if real == 0 else ends[1] / (1.0 - ends[1]) * scale


def _first(units: NDArray[np.int64] | None, count: int) -> NDArray[np.int64]:
    """int64, one row of each unit."""
    if units is None:
        return np.arange(count)
    return np.sort(np.unique(units, return_index=True)[1]).astype(np.int64)


def _clusters(prompts: Sequence[str | None], count: int) -> NDArray[np.int64]:
    """int64 [n], the same number for outputs of one prompt; an output without a prompt is on its own."""
    if not prompts:
        return np.arange(count)
    known: dict[str, int] = {}
    keys = (f"={prompt}" if prompt is not None else f"#{row}" for row, prompt in enumerate(prompts))
    return np.fromiter((known.setdefault(key, len(known)) for key in keys), np.int64, count)


def _halves(rows: NDArray[np.int64], rng: np.random.Generator) -> list[NDArray[np.int64]]:
    order = rng.permutation(len(rows))
    return [np.sort(rows[order[half::2]]) for half in (0, 1)]


def _any_row(tokens: Tokens, table: PhraseTable, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool [rows], whether a row holds one of the phrases."""
    held = np.zeros(len(tokens), bool)
    for holding in _holders(table, tokens):
        held[holding] = True
    return held[rows]


def _holders(table: PhraseTable, tokens: Tokens) -> list[NDArray[np.int64]]:
    """The rows that hold each phrase; a text is gone through once for each length of phrase."""
    found: list[NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(table)
    for size in np.unique(table.words):
        hashes, positions = ngrams(tokens, int(size))
        asked = np.isin(hashes, table.key[table.words == size])
        hashes, positions = hashes[asked], positions[asked]
        row = np.searchsorted(tokens.row_starts, positions, side="right") - 1
        edges = np.zeros(len(row)), tokens.row_starts[row], tokens.row_starts[row + 1] - size
        for i in np.flatnonzero(table.words == size):
            place = int(table.place[i])
            mine = hashes == table.key[i]
            if place:
                mine &= positions == edges[place]
            found[i] = np.unique(row[mine])
    return found

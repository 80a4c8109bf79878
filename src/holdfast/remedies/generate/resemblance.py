"""Resemblance: how much texts have in common, two by two, and what real rows score in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from holdfast.views.tokens import ngrams, read_tokens

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

MOST = 400
"""Texts that are compared two by two; of more, so many are drawn. 400 make 79,800 pairs."""
LEAST = 10
"""Real rows below which there is no band: its ends would be those of a handful of pairs."""
_DRAWS = 199
_BAND = (0.025, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resemblance:
    """How alike two texts are on average, beside real rows.

    Attributes:
        value: Mean share of word pairs that two texts have in common.
        real: The same among real rows in their place; None with too few.
        low: 2.5 % of the draws of real rows lie below.
        high: 2.5 % lie above.
        compared: Whether the texts are `more` alike than real rows would be, `less`, or `equally`; None where nothing compares.
        reason: Why nothing compares.
    """

    value: float
    real: float | None = None
    low: float | None = None
    high: float | None = None
    compared: Literal["more", "less", "equally"] | None = None
    reason: str | None = None


def mean_likeness(texts: Sequence[tuple[str, ...]], rng: np.random.Generator) -> float:
    """Mean Jaccard similarity of the word pairs of two different texts.

    Args:
        texts: At least two, each of several parts; no pair of words reaches from one part or line into the next.
        rng: Draws which ones are compared, where there are more than `MOST`.

    >>> mean_likeness([("where is it",), ("where is he",)], np.random.default_rng(0)).__round__(4)
    0.3333
    """
    chosen = _few(len(texts), rng)
    alike = jaccard([texts[at] for at in chosen])
    count = len(chosen)
    return float((alike.sum() - np.trace(alike)) / (count * (count - 1)))


def likeness_of_pairs(
    texts: Sequence[tuple[str, ...]], owner: Sequence[tuple[Hashable, int]], rng: np.random.Generator
) -> float | None:
    """Mean likeness of two texts of one group but different owners; of any group where none has two owners.

    Args:
        texts: The texts.
        owner: Group and owner of each.
        rng: For draws.

    Returns:
        None where all have one owner.
    """
    chosen = _few(len(texts), rng)
    numbers: dict[Hashable, int] = {}
    group = np.array([numbers.setdefault(owner[at][0], len(numbers)) for at in chosen])
    owners = np.array([owner[at][1] for at in chosen])
    apart = owners[:, None] != owners[None, :]
    together = apart & (group[:, None] == group[None, :])
    used = together if together.any() else apart
    return float(jaccard([texts[at] for at in chosen])[used].mean()) if used.any() else None


def real_band(
    value: float,
    strata: Mapping[str | None, int],
    real: Mapping[str | None, Sequence[str]],
    rows: int,
    rng: np.random.Generator,
) -> Resemblance:
    """What real rows score in the place of texts: as many, of the same strata, drawn again and again.

    Each draw is of rows that were drawn themselves, so that the band knows that other real rows might have been at hand; a row is never
    compared with itself. Where the texts are fresh real rows, 3 to 4.5 % of bands say `more`, and 1 to 3.5 % `less` (600 worlds of each of
    five sizes): what is said is a hint, and no test.

    Args:
        value: Mean likeness of the texts.
        strata: How many of them there are of each stratum.
        real: Real rows by stratum; a stratum without enough stands for reality as a whole.
        rows: Real rows that are taken together in the place of one text.
        rng: For draws.
    """
    names = [name for name, count in strata.items() for _ in range(count)]
    counts = np.bincount(
        list(_numbered([names[at] for at in _few(len(names), rng)], list(strata))), minlength=len(strata)
    )
    everywhere = [text for texts in real.values() for text in texts]
    units: list[tuple[str, ...]] = []
    spans: list[tuple[int, int]] = []
    for name, count in zip(strata, counts.tolist(), strict=True):
        own = _bundles(real.get(name, ()), rows, max(LEAST, count), rng)
        own = own if len(own) > 1 else _bundles(everywhere, rows, max(LEAST, count), rng)
        spans.append((len(units), len(units) + len(own)))
        units += own
    if len(units) < LEAST or any(start == stop for start, stop in spans):
        taken = f" in groups of {rows}" if rows > 1 else ""
        return Resemblance(value=value, reason=f"fewer than {LEAST} real rows{taken} to hold it against")
    alike = jaccard(units)
    np.fill_diagonal(alike, 0.0)
    times = np.zeros((_DRAWS, len(units)))
    for (start, stop), count in zip(spans, counts.tolist(), strict=True):
        rows_there = stop - start
        pools = rng.multinomial(rows_there, np.full(rows_there, 1.0 / rows_there), size=_DRAWS)
        times[:, start:stop] = rng.multinomial(count, pools / rows_there)
    pairs = times.sum(axis=1) ** 2 - (times**2).sum(axis=1)
    drawn = ((times @ alike) * times).sum(axis=1)[pairs > 0] / pairs[pairs > 0]
    low, high = (float(end) for end in np.quantile(drawn, _BAND)) if len(drawn) else (0.0, 0.0)
    if low == high:
        return Resemblance(value=value, reason="all draws of real rows score the same")
    return Resemblance(
        value=value,
        real=float(drawn.mean()),
        low=low,
        high=high,
        compared="more" if value > high else "less" if value < low else "equally",
    )


def jaccard(texts: Sequence[tuple[str, ...]]) -> NDArray[np.float64]:
    """float64 [n, n], share of word pairs that two texts have in common; 1 for two texts without words.

    A line of one word counts as that word.

    >>> jaccard([("a b c",), ("a b", "x"), ("",), ("",)]).round(4).tolist()[0::2]
    [[1.0, 0.3333, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]
    """
    from scipy.sparse import csr_array

    lines = [
        (owner, line) for owner, parts in enumerate(texts) for part in parts for line in part.splitlines()
    ]
    tokens = read_tokens([line for _, line in lines])
    owners = np.array([owner for owner, _ in lines], np.int64)
    pairs, at = ngrams(tokens, 2)
    alone = np.flatnonzero(tokens.counts == 1)
    items = np.concatenate([pairs, tokens.words[tokens.row_starts[alone]]])
    row = np.concatenate([owners[tokens.rows[at]], owners[alone]])
    kept = np.unique(np.stack([row.astype(np.uint64), items], 1), axis=0)
    columns = np.unique(kept[:, 1], return_inverse=True)[1]
    shape = (len(texts), int(columns.max(initial=-1)) + 1)
    has = csr_array((np.ones(len(kept)), (kept[:, 0].astype(np.int64), columns)), shape=shape)
    common = np.asarray((has @ has.T).todense(), np.float64)
    sizes = np.diag(common)
    union = sizes[:, None] + sizes[None, :] - common
    return np.divide(common, union, out=np.ones_like(common), where=union > 0)


def _few(count: int, rng: np.random.Generator) -> list[int]:
    return list(range(count)) if count <= MOST else sorted(rng.permutation(count)[:MOST].tolist())


def _numbered(names: Sequence[str | None], order: Sequence[str | None]) -> list[int]:
    places = {name: at for at, name in enumerate(order)}
    return [places[name] for name in names]


def _bundles(texts: Sequence[str], rows: int, most: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """Real rows, so many together, each row in one bundle alone."""
    said = [text for text in texts if text.strip()]
    order = rng.permutation(len(said)).tolist()[: rows * most]
    return [
        tuple(said[at] for at in order[start : start + rows])
        for start in range(0, len(order) - rows + 1, rows)
    ]

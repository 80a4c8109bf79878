"""Pools: a corpus dealt into four disjoint parts, under a long tail whose shares are known.

`anchor` is what detectors hold a candidate against; `source` is the real set a candidate is made from, of the same
distribution; `reserve` holds unused real rows: whatever a scenario drops is replaced from there, never by repeating
rows (repeats would give the scenario away); `test` is what nobody sees before the exam.

Rows are drawn in numbers that vary as chance has it (multinomial): a null with fixed label counts flatters label tests
(science.md 8.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import UsageError
from holdfast.lab.bench.corpus import WHOLE, Corpus, Row, group_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TEST_SHARE = 0.2
TEST_ROWS = 30
"""Test rows of a stratum at most."""
TEST_TOTAL = 600
"""Where there are few strata, more test rows of each, up to this many in all: the exam of sixty rows is a lottery."""
LEAST_ROWS = 10
"""Strata with fewer rows are left out: they cannot be dealt to four pools."""
RARE_STRATA = 1 / 3
"""Part of the strata, the rarest first, that counts as rare (50 of the 150 of CLINC150)."""
_RESERVE = 6.0
"""Rows kept in reserve at most, in parts of the size, share by share: scenarios read all of them."""
_SPARE = 3.0
"""Standard deviations of a count that a stratum must have rows for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """A corpus, dealt.

    Attributes:
        corpus: Its name.
        labelled: Whether rows have labels.
        anchor: Real rows the candidate is held against.
        source: Real rows of the same distribution, as many as a candidate has.
        reserve: Unused real rows, by stratum and not by share.
        test: Real rows nobody has seen, by stratum and not by share.
        shares: The share of every stratum in reality.
    """

    corpus: str
    labelled: bool
    anchor: tuple[Row, ...]
    source: tuple[Row, ...]
    reserve: tuple[Row, ...]
    test: tuple[Row, ...]
    shares: Mapping[str, float]

    @property
    def size(self) -> int:
        """Rows of a candidate."""
        return len(self.source)

    @property
    def strata(self) -> tuple[str, ...]:
        """Names of the strata; the arrays of shares stand in this order."""
        return tuple(self.shares)

    @property
    def weights(self) -> NDArray[np.float64]:
        """float64 [k], the shares."""
        return np.array(list(self.shares.values()))

    @property
    def rare(self) -> tuple[str, ...]:
        """The rare strata; none where there is only one."""
        return rarest(self.shares)


def rarest(shares: Mapping[str, float]) -> tuple[str, ...]:
    """The rarest third of the strata, at least one of two.

    >>> rarest({"a": 0.5, "b": 0.3, "c": 0.2})
    ('c',)
    """
    if len(shares) < 2:
        return ()
    ordered = sorted(shares, key=lambda stratum: (shares[stratum], stratum))
    return tuple(ordered[: max(1, int(RARE_STRATA * len(ordered)))])


def deal_pools(
    corpus: Corpus,
    *,
    size: int,
    rng: np.random.Generator,
    exponent: float | None = 0.5,
    anchor: int | None = None,
) -> Pools:
    """Deal a corpus into pools.

    Args:
        corpus: Real rows.
        size: Rows of the source, and so of every candidate.
        rng: Source of randomness.
        exponent: Strata, in random order, get shares proportional to rank to the minus this power; 1 is Zipf, 0 makes
            them equal, None leaves them as frequent as they are in the corpus.
        anchor: Rows of the anchor; `size` where not given.

    Raises:
        UsageError: The corpus is too small for that size.
    """
    anchor = size if anchor is None else anchor
    if size < 1 or anchor < 1:
        raise UsageError("a pool holds at least one row", where=f"size={size}, anchor={anchor}")
    groups = {s: rows for s, rows in corpus.by_stratum.items() if len(rows) >= LEAST_ROWS}
    if not groups or (corpus.labelled and len(groups) < 2):
        raise UsageError(
            f"fewer than two strata have {LEAST_ROWS} rows", where=corpus.name, do="Give more rows per label"
        )
    most = max(TEST_ROWS, TEST_TOTAL // len(groups))
    test: list[Row] = []
    left: dict[str, list[Row]] = {}
    for stratum, rows in groups.items():
        order = rng.permutation(len(rows))
        cut = len(rows) * TEST_SHARE
        cut = int(min(max(cut, 1), most)) if corpus.labelled else int(cut)
        test += [rows[i] for i in order[:cut]]
        left[stratum] = [rows[i] for i in order[cut:]]
    if exponent is None or not corpus.labelled:
        counts = np.array([len(rows) for rows in left.values()], np.float64)
        shares = dict(zip(left, (counts / counts.sum()).tolist(), strict=True))
        parts = _split(left, shares, anchor, size, rng, corpus.name)
    else:
        names = [list(left)[i] for i in rng.permutation(len(left))]
        ranked = np.arange(1, len(names) + 1, dtype=np.float64) ** -exponent
        ranked /= ranked.sum()
        by_name = dict(zip(names, ranked.tolist(), strict=True))
        shares = {stratum: by_name[stratum] for stratum in left}
        parts = _thin(left, shares, anchor, size, rng, corpus.name)
    return Pools(
        corpus=corpus.name,
        labelled=corpus.labelled,
        anchor=parts[0],
        source=parts[1],
        reserve=parts[2],
        test=tuple(test),
        shares=shares,
    )


def _split(
    left: Mapping[str, list[Row]],
    shares: Mapping[str, float],
    anchor: int,
    size: int,
    rng: np.random.Generator,
    name: str,
) -> tuple[tuple[Row, ...], ...]:
    """Strata as frequent as they are: rows in random order, cut."""
    rows = [row for group in left.values() for row in group]
    if len(rows) < anchor + 2 * size:
        raise UsageError(
            f"an anchor of {anchor:,} and candidates of {size:,} with their reserve need {anchor + 2 * size:,} rows "
            f"beside the test rows, and there are {len(rows):,}",
            where=name,
            do=f"Use a size of at most {len(rows) // 3:,}",
        )
    dealt = [rows[i] for i in rng.permutation(len(rows))]
    reserve = dealt[anchor + size :]
    return tuple(dealt[:anchor]), tuple(dealt[anchor : anchor + size]), _cut_reserve(reserve, shares, size)


def _thin(
    left: Mapping[str, list[Row]],
    shares: Mapping[str, float],
    anchor: int,
    size: int,
    rng: np.random.Generator,
    name: str,
) -> tuple[tuple[Row, ...], ...]:
    """Strata thinned to their shares; both sides are drawn alike, and what is thinned away is reserve."""
    weights = np.array(list(shares.values()))
    room = np.array([len(rows) for rows in left.values()])

    def fits(size: int, anchor: int) -> bool:
        # Which stratum is frequent is chance: the smallest may be, in some draw of a long run.
        mean = (anchor + 2 * size) * weights.max()
        return bool(mean + _SPARE * np.sqrt(mean) <= room.min())

    if not fits(size, anchor):
        largest = next((n for n in range(size, 0, -1) if fits(n, min(anchor, n))), 0)
        raise UsageError(
            f"the frequent strata have too few rows for an anchor of {anchor:,} and candidates of {size:,}",
            where=name,
            do=f"Use a size of at most {largest:,}, or a smaller exponent",
        )
    while True:
        counts = [rng.multinomial(rows, weights) for rows in (anchor, size)]
        if ((counts[0] + counts[1]) <= room).all():
            break
    parts: tuple[list[Row], list[Row], list[Row]] = ([], [], [])
    for rows, first, second in zip(left.values(), *counts, strict=True):
        parts[0].extend(rows[:first])
        parts[1].extend(rows[first : first + second])
        parts[2].extend(rows[first + second :])
    mixed = [tuple(part[i] for i in rng.permutation(len(part))) for part in parts[:2]]
    return *mixed, _cut_reserve(parts[2], shares, size)


def _cut_reserve(rows: Sequence[Row], shares: Mapping[str, float], size: int) -> tuple[Row, ...]:
    kept: list[Row] = []
    for stratum, group in group_rows(rows).items():
        kept += group[: int(_RESERVE * size * shares[stratum]) + LEAST_ROWS]
    return tuple(kept)


def feasible(
    wanted: NDArray[np.float64], room: NDArray[np.int64], size: int, natural: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The shares nearest to the wanted ones for which there are rows: what is over goes to all others alike.

    Args:
        wanted: float64 [k], any positive scale.
        room: int64 [k], rows there are.
        size: Rows to draw.
        natural: float64 [k], shares in reality; a stratum's limit is never below its natural share.

    Returns:
        float64 [k], shares that sum to one.

    >>> feasible(np.array([8.0, 1, 1]), np.array([60, 90, 90]), 100, np.array([0.4, 0.3, 0.3])).round(2).tolist()
    [0.46, 0.27, 0.27]
    """
    # So many rows are drawn only once in forty times more than there are: n q + 2 sqrt(n q) <= room.
    limit = (np.sqrt(1.0 + room) - 1.0) ** 2 / size
    limit = np.maximum(limit, np.minimum(natural, room / size))
    # In small pools of many strata even that is too much to ask: then every row there is may be drawn.
    shares = _fill(wanted, limit)
    shares = _fill(wanted, room / size) if shares is None else shares
    if shares is None:
        raise UsageError("there are too few rows to draw", where=f"size={size}", do="Use a smaller size")
    return shares


def _fill(wanted: NDArray[np.float64], limit: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """float64 [k], wanted shares up to their limits; None where the limits leave something over."""
    shares = wanted / wanted.sum()
    full = np.zeros(len(shares), bool)
    while (shares > limit + 1e-12).any():
        full |= shares > limit + 1e-12
        rest = wanted * ~full
        spare = 1.0 - limit[full].sum()
        if spare > 1e-9 and not rest.any():
            return None
        shares = np.where(full, limit, rest / max(rest.sum(), 1e-300) * max(spare, 0.0))
    return np.asarray(shares / shares.sum(), np.float64)


def draw(
    groups: Mapping[str, Sequence[Row]], shares: Mapping[str, float], size: int, rng: np.random.Generator
) -> tuple[Row, ...]:
    """Draw rows without replacement, as many of each stratum as chance under these shares has it.

    Args:
        groups: The rows there are, by stratum.
        shares: The share of every stratum; they sum to one.
        size: Rows to draw.
        rng: Source of randomness.

    Raises:
        UsageError: There are fewer rows than that.
    """
    names = list(shares)
    weights = np.array([shares[name] for name in names])
    room = np.array([len(groups.get(name, ())) for name in names])
    counts = np.zeros(len(names), np.int64)
    while counts.sum() < size:
        open_ = weights * (counts < room)
        if not open_.any():
            raise UsageError(
                f"{size:,} rows are asked for, and {int(room[weights > 0].sum()):,} are left",
                where="draw",
                do="Use a smaller size",
            )
        counts = np.minimum(counts + rng.multinomial(size - counts.sum(), open_ / open_.sum()), room)
    drawn = []
    for name, count in zip(names, counts.tolist(), strict=True):
        rows = groups.get(name, ())
        drawn += [rows[i] for i in rng.permutation(len(rows))[:count]]
    return tuple(drawn[i] for i in rng.permutation(len(drawn)))


def texts_of(rows: Sequence[Row]) -> list[str]:
    """Their texts."""
    return [row.text for row in rows]


def tags_of(rows: Sequence[Row]) -> list[str] | None:
    """Their labels, or None where they have none."""
    strata = [row.stratum for row in rows]
    return None if WHOLE in strata else strata

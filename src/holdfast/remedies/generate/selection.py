"""Selection: asking again until enough is accepted is a filter, and a filter can eat the tail.

What was asked for, written and accepted is counted by stratum, with what each filter took, beside what the same filters take of real rows of
that stratum. Whether it selects is asked in `acceptance.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from holdfast.remedies.generate.acceptance import ask
from holdfast.stats.bands import BANDS, membership
from holdfast.stats.intervals import exact_share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.remedies.generate.acceptance import Asked
    from holdfast.remedies.generate.contract import Tally

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What came of the rows of a stratum, or of a band of rarity.

    Attributes:
        stratum: Its name; None for rows of no stratum.
        real: Real rows of it.
        wished: Rows that were asked for.
        written: Rows that had a text.
        accepted: Rows that passed.
        dropped: Rows that each filter took.
        share: Accepted per written row, as filters see it; None where nothing was written.
        interval: Its exact 95 % interval.
        real_share: What passes of its real rows by the same filters; None where not known.
        retention: Its share among accepted rows over its share among those asked for; 1 where acceptance does not select; None where there
            is nothing to compare with.
        retention_interval: 95 % interval.
    """

    stratum: str | None
    real: int
    wished: int
    written: int
    accepted: int
    dropped: Mapping[str, int] = field(default_factory=dict)
    share: float | None = None
    interval: tuple[float, float] | None = None
    real_share: float | None = None
    retention: float | None = None
    retention_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What acceptance did.

    Attributes:
        strata: Every stratum, rarest first.
        bands: The same by rarity.
        filters: For each filter, rows it took, their share of those written, and what it takes of real rows (None where not known).
        asked: The three questions.
    """

    strata: tuple[Passed, ...]
    bands: tuple[Passed, ...]
    filters: tuple[Mapping[str, float | int | str | None], ...]
    asked: tuple[Asked, ...]


def read_selection(
    history: Sequence[Tally],
    dropped: Mapping[str | None, Mapping[str, int]],
    real: Mapping[str, int],
    rng: np.random.Generator,
    *,
    real_accept: Mapping[str | None, float] | None = None,
    tolls: Mapping[str, float] | None = None,
    alpha: float = ALPHA,
) -> Selection:
    """What acceptance took, by stratum, and whether it selects.

    Args:
        history: What came of every arm in every stratum and round.
        dropped: Rows that each filter took, by stratum.
        real: Real rows by stratum: what is rare is said by reality.
        rng: Deals accepted rows anew.
        real_accept: Share of real rows of a stratum that pass the same filters.
        tolls: Share of real rows that each filter takes.
        alpha: Level of each question.
    """
    sizes = {tally.stratum: real.get(tally.stratum or "", 0) for tally in history}
    names = sorted(sizes, key=lambda name: (sizes[name], name or ""))
    counts = _Counts.of(history, names)
    weights = np.array([sizes[name] for name in names], float)
    bands = membership(weights) if weights.sum() > 0 else np.full(len(names), len(BANDS) - 1)
    accepts = {name: (real_accept or {}).get(name) for name in names}
    written = int(counts.written.sum())
    taken = _summed(list(dropped.values()))
    return Selection(
        strata=_passed(
            [
                _Part(
                    name=name,
                    places=[at],
                    real=sizes[name],
                    real_share=accepts[name],
                    dropped=dropped.get(name, {}),
                )
                for at, name in enumerate(names)
            ],
            counts,
            rng,
        ),
        bands=_passed(_banded(names, bands, sizes, accepts, dropped), counts, rng),
        filters=tuple(
            {
                "filter": name,
                "taken": count,
                "share": count / written if written else None,
                "real_share": (tolls or {}).get(name),
            }
            for name, count in sorted(taken.items(), key=lambda item: (-item[1], item[0]))
        ),
        asked=ask(
            counts.wished,
            counts.accepted,
            sizes=weights,
            rarest=bands == 0,
            accepts=[accepts[name] for name in names],
            alpha=alpha,
            rng=rng,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """Rows by arm and stratum.

    Attributes:
        wished: int64 [arms, strata].
        written: int64 [arms, strata].
        accepted: int64 [arms, strata].
    """

    wished: NDArray[np.int64]
    written: NDArray[np.int64]
    accepted: NDArray[np.int64]

    @classmethod
    def of(cls, history: Sequence[Tally], names: Sequence[str | None]) -> _Counts:
        arms = {name: at for at, name in enumerate(sorted({tally.arm for tally in history}))}
        strata = {name: at for at, name in enumerate(names)}
        wished, written, accepted = (np.zeros((len(arms), len(names)), np.int64) for _ in range(3))
        for tally in history:
            at = arms[tally.arm], strata[tally.stratum]
            wished[at] += tally.wished
            written[at] += tally.written
            accepted[at] += tally.accepted
        return cls(wished=wished, written=written, accepted=accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    name: str | None
    places: list[int]
    real: int
    real_share: float | None
    dropped: Mapping[str, int]


def _banded(
    names: Sequence[str | None],
    bands: NDArray[np.int64],
    sizes: Mapping[str | None, int],
    accepts: Mapping[str | None, float | None],
    dropped: Mapping[str | None, Mapping[str, int]],
) -> list[_Part]:
    parts = []
    for at, (band, _, _) in enumerate(BANDS):
        places = np.flatnonzero(bands == at).tolist()
        if not places:
            continue
        mine = [names[place] for place in places]
        real = sum(sizes[name] for name in mine)
        known = [
            (sizes[name], share) for name in mine if (share := accepts[name]) is not None and sizes[name]
        ]
        rows = sum(size for size, _ in known)
        parts.append(
            _Part(
                name=band,
                places=places,
                real=real,
                real_share=sum(size * share for size, share in known) / rows if rows else None,
                dropped=_summed([dropped.get(name, {}) for name in mine]),
            )
        )
    return parts


def _passed(parts: Sequence[_Part], counts: _Counts, rng: np.random.Generator) -> tuple[Passed, ...]:
    wished_in, written_in, accepted_in = (
        part.sum(axis=0) for part in (counts.wished, counts.written, counts.accepted)
    )
    total, kept = int(wished_in.sum()), int(accepted_in.sum())
    found = []
    for part in parts:
        wished, written, accepted = (
            int(each[part.places].sum()) for each in (wished_in, written_in, accepted_in)
        )
        retention, interval = None, None
        if kept and 0 < wished < total:
            retention = accepted / wished * total / kept
            interval = _retention(accepted, wished, kept - accepted, total - wished, rng)
        found.append(
            Passed(
                stratum=part.name,
                real=part.real,
                wished=wished,
                written=written,
                accepted=accepted,
                dropped=dict(part.dropped),
                share=accepted / written if written else None,
                interval=exact_share(accepted, written) if written else None,
                real_share=part.real_share,
                retention=retention,
                retention_interval=interval,
            )
        )
    return tuple(found)


def _retention(
    accepted: int, wished: int, others: int, others_wished: int, rng: np.random.Generator, draws: int = 4_000
) -> tuple[float, float]:
    """95 % interval of a passing rate over the rate of all rows together, from Jeffreys posteriors of it and of the others."""
    own = rng.beta(accepted + 0.5, wished - accepted + 0.5, draws)
    rest = rng.beta(others + 0.5, others_wished - others + 0.5, draws)
    share = wished / (wished + others_wished)
    low, high = np.quantile(own / (share * own + (1 - share) * rest), [0.025, 0.975])
    return (0.0 if accepted == 0 else float(low)), float(high)


def _summed(parts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return total

"""Draws: how many rows of each source, and which."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from holdfast.errors import InputError
from holdfast.remedies.blend.counts import apportion, largest_total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from holdfast.remedies.blend.pools import Pool
    from holdfast.remedies.blend.recipe import Recipe


def count_rows(recipe: Recipe, pools: Sequence[Pool]) -> dict[str, int]:
    """Rows of each source, exactly.

    Raises:
        InputError: A source has too few.
    """
    held = {pool.source.name: len(pool.open) for pool in pools}
    if recipe.rows is None or pools[0].source.share is None:
        counts = {pool.source.name: pool.source.rows or 0 for pool in pools}
    else:
        shares = {pool.source.name: pool.source.share or 0.0 for pool in pools}
        counts = apportion(shares, recipe.rows)
        once = {pool.source.name for pool in pools if not pool.source.repeat}
        short = sorted(name for name in once if counts[name] > held[name])
        if short:
            most = largest_total(shares, {name: held[name] if name in once else 10**9 for name in shares})
            raise InputError(
                f"source {short[0]!r} has {held[short[0]]:,} rows that may enter, {counts[short[0]]:,} are asked for",
                where=str(recipe.file),
                do=f"The largest blend with these shares has {most:,} rows; repeat = true draws rows more than once",
            )
    for pool in pools:
        name = pool.source.name
        if counts[name] > held[name] and not pool.source.repeat:
            raise InputError(
                f"source {name!r} has {held[name]:,} rows that may enter, {counts[name]:,} are asked for",
                where=str(recipe.file),
                do="Ask for fewer rows; repeat = true draws rows more than once",
            )
        if counts[name] and not held[name]:
            raise InputError(f"source {name!r} has no row that may enter", where=str(recipe.file))
    return counts


def draw_rows(pool: Pool, count: int, seed: int, file: Path) -> list[tuple[int, int]]:
    """Rows and how often each was drawn before: the smallest hashes of seed, source and id."""
    if pool.source.strata is None:
        return _smallest(pool, pool.open, count, seed)
    drawn = []
    by_stratum: dict[str | None, list[int]] = {}
    for row in pool.open:
        by_stratum.setdefault(pool.strata[row], []).append(row)
    for name, wanted in apportion(pool.source.strata, count).items():
        rows = by_stratum.get(name, [])
        if wanted > len(rows) and not (pool.source.repeat and rows):
            held = {stratum: len(by_stratum.get(stratum, [])) for stratum in pool.source.strata}
            raise InputError(
                f"source {pool.source.name!r} has {len(rows):,} rows of stratum {name!r} that may enter, {wanted:,} are asked for",
                where=str(file),
                do=f"With these shares of strata it has enough for {largest_total(pool.source.strata, held):,} rows",
            )
        drawn += _smallest(pool, rows, wanted, seed)
    return drawn


def _smallest(pool: Pool, rows: Sequence[int], count: int, seed: int) -> list[tuple[int, int]]:
    if not count:
        return []
    order = sorted(rows, key=lambda row: rank_of(seed, pool.source.name, pool.ids[row]))
    return [(order[at % len(order)], at // len(order)) for at in range(count)]


def rank_of(seed: int, *words: str) -> bytes:
    """A place in an order that depends on nothing but the seed and these words."""
    return hashlib.blake2b(
        "\0".join([str(seed), *words]).encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()

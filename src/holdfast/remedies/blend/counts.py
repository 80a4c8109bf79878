"""Counts: how many rows of each source, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def apportion(shares: Mapping[str, float], rows: int) -> dict[str, int]:
    """Whole rows for shares, by largest remainder; ties go to the name that sorts first. The sum is exact.

    A share of 0 gets no row, whatever is left over.

    >>> apportion({"b": 0.5, "a": 0.5}, 3), apportion({"a": 0.7, "b": 0.3, "c": 0.0}, 10)
    ({'b': 1, 'a': 2}, {'a': 7, 'b': 3, 'c': 0})
    """
    exact = {name: share * rows for name, share in shares.items()}
    # A product such as 0.3 * 10 is not quite 3: what is whole but for rounding is taken as whole.
    whole = {name: int(value + 1e-9) for name, value in exact.items()}
    left = rows - sum(whole.values())
    order = sorted(
        (name for name in shares if shares[name] > 0), key=lambda name: (whole[name] - exact[name], name)
    )
    for at in range(left):
        whole[order[at % len(order)]] += 1
    return whole


def largest_total(shares: Mapping[str, float], held: Mapping[str, int]) -> int:
    """The largest number of rows for which every source has enough.

    >>> largest_total({"a": 0.7, "b": 0.3}, {"a": 70, "b": 3})
    11
    """
    # No source gets less than its share rounded down, so beyond this one of them has too few.
    limits = [(held[name] + 1) / share for name, share in shares.items() if share > 0]
    total = int(min(limits, default=0.0)) + 1
    while total and any(count > held[name] for name, count in apportion(shares, total).items()):
        total -= 1
    return total

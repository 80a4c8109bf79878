"""Deal: which real rows steer, and which judge. By content, near-duplicates together, so that a row is dealt alike however often it is asked."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def deal(hashes: Sequence[str], units: Sequence[int], share: float, parts: int) -> list[int]:
    """The part of each row, 0 where it steers: by the smallest hash among its near-duplicates.

    Args:
        hashes: Content hash of each row.
        units: Group of near-duplicates of each row.
        share: Share of the rows that judge.
        parts: Parts that they are dealt into.

    >>> deal(["sha256:a", "sha256:b", "sha256:c"], [0, 1, 0], 0.99, 1)
    [1, 1, 1]
    """
    leader: dict[int, str] = {}
    for unit, hash_ in zip(units, hashes, strict=True):
        leader[unit] = min(leader.get(unit, hash_), hash_)
    found = []
    for unit in units:
        place = int(sha256(f"judge {leader[unit]}".encode()).hexdigest()[:15], 16) / 16**15
        found.append(0 if place >= share else 1 + min(int(place / share * parts), parts - 1))
    return found

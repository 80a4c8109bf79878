"""Joining: which sets are alike, found by the rarest items they share, and told apart by ever dearer looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy import uint64

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Laid = tuple[
        NDArray[np.int64],
        NDArray[np.uint32],
        NDArray[np.int32],
        NDArray[np.uint8],
        NDArray[np.int32],
        NDArray[np.uint64],
    ]

_WORDS = 4
"""Words of 64 bits in the outline of a set."""
_GRADES = 256


@njit(nogil=True, cache=True)
def ones(value: np.uint64) -> int:
    """How many bits of a word are set."""
    value = value - ((value >> uint64(1)) & uint64(0x5555555555555555))
    value = (value & uint64(0x3333333333333333)) + ((value >> uint64(2)) & uint64(0x3333333333333333))
    value = (value + (value >> uint64(4))) & uint64(0x0F0F0F0F0F0F0F0F)
    return int((value * uint64(0x0101010101010101)) >> uint64(56))


@njit(nogil=True, cache=True)
def count_slots(values: NDArray[np.uint64], slots: int, counts: NDArray[np.uint32]) -> None:
    """Add to uint32 [slots] how many of these items fall into each; `slots` is a power of two."""
    mask = uint64(slots - 1)
    for i in range(len(values)):
        counts[values[i] & mask] += np.uint32(1)


@njit(nogil=True, cache=True)
def outline(starts: NDArray[np.int64], values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """uint64 [n, 4], for every set which of 256 bits an odd number of its items falls on."""
    rows = len(starts) - 1
    out = np.zeros((rows, _WORDS), np.uint64)
    for row in range(rows):
        for i in range(starts[row], starts[row + 1]):
            bit = (values[i] >> uint64(24)) & uint64(255)
            out[row, int(bit >> uint64(6))] ^= uint64(1) << (bit & uint64(63))
    return out


@njit(nogil=True, cache=True)
def prefix(
    starts: NDArray[np.int64],
    values: NDArray[np.uint64],
    kept: NDArray[np.int64],
    grades: NDArray[np.uint8],
    least: int,
) -> tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint8]]:
    """The rarest items of every set, the rarest first, those of one grade by their hash.

    Args:
        starts: int64 [n + 1], where each set begins.
        values: uint64, items, ascending inside a set.
        kept: int64 [n], how many of each set are wanted.
        grades: uint8 [slots], how common items of each slot are.
        least: Items of lower grades are left out, though they take their place.

    Returns:
        uint32 keys (the upper half of the item), int32 rows, uint8 places (255 is 255 or more).
    """
    rows = len(starts) - 1
    mask = uint64(len(grades) - 1)
    total = 0
    longest = 1
    for row in range(rows):
        total += kept[row]
        longest = max(longest, starts[row + 1] - starts[row])
    keys = np.empty(total, np.uint32)
    where = np.empty(total, np.int32)
    places = np.empty(total, np.uint8)
    own = np.empty(longest, np.uint8)
    heads = np.empty(_GRADES + 1, np.int64)
    ranked = np.empty(longest, np.uint32)
    at = 0
    for row in range(rows):
        start = starts[row]
        size = starts[row + 1] - start
        wanted = kept[row]
        heads[:] = 0
        for i in range(size):
            grade = grades[values[start + i] & mask]
            own[i] = grade
            heads[int(grade) + 1] += 1
        # Where each grade begins, up to the last that is wanted; below `least` nobody is named.
        before = 0
        unnamed = 0
        last = 0
        while before < wanted:
            before += heads[last + 1]
            heads[last + 1] = before
            if last < least:
                unnamed = before
            last += 1
        for i in range(size):
            grade = int(own[i])
            if grade < last:
                place = heads[grade]
                heads[grade] = place + 1
                if place < wanted:
                    ranked[place] = np.uint32(values[start + i] >> uint64(32))
        for place in range(unnamed, wanted):
            keys[at] = ranked[place]
            where[at] = row
            places[at] = min(place, 255)
            at += 1
    return keys[:at], where[:at], places[:at]


@njit(nogil=True, cache=True)
def by_range(
    keys: NDArray[np.uint32], rows: NDArray[np.int32], places: NDArray[np.uint8], shift: int, ranges: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int32], NDArray[np.uint8]]:
    """Items by the upper bits of their keys, otherwise in their order.

    Args:
        keys: uint32, keys.
        rows: int32, their rows.
        places: uint8, their places.
        shift: Bits below those that name the range.
        ranges: How many there are.

    Returns:
        int64 [ranges + 1], where each range begins; keys, rows and places.
    """
    bounds = np.zeros(ranges + 1, np.int64)
    for i in range(len(keys)):
        bounds[int(keys[i] >> np.uint32(shift)) + 1] += 1
    for number in range(ranges):
        bounds[number + 1] += bounds[number]
    heads = bounds.copy()
    new_keys = np.empty(len(keys), np.uint32)
    new_rows = np.empty(len(keys), np.int32)
    new_places = np.empty(len(keys), np.uint8)
    for i in range(len(keys)):
        number = int(keys[i] >> np.uint32(shift))
        at = heads[number]
        new_keys[at] = keys[i]
        new_rows[at] = rows[i]
        new_places[at] = places[i]
        heads[number] = at + 1
    return bounds, new_keys, new_rows, new_places


@njit(nogil=True, cache=True)
def apart(outlines: NDArray[np.uint64], one: int, others: NDArray[np.uint64], other: int, most: int) -> bool:
    """Whether two sets differ in more items than this, as far as their outlines show."""
    differ = 0
    for word in range(_WORDS):
        differ += ones(outlines[one, word] ^ others[other, word])
        if differ > most:
            return True
    return False


@njit(nogil=True, cache=True)
def pair_up(
    codes: NDArray[np.uint64],
    sizes: NDArray[np.int32],
    outlines: NDArray[np.uint64],
    labels: NDArray[np.int32],
    new: NDArray[np.bool_],
    need: NDArray[np.int32],
    similarity: float,
    gaps: tuple[int, int],
    first: int,
    out: NDArray[np.uint64],
) -> tuple[int, int, bool]:
    """Pairs of sets that share a rare item and may be alike.

    Args:
        codes: uint64, ascending: key (26 bits), rank of the row by size (30 bits), place of the item (8 bits).
        sizes: int32 [n], items of the sets, in the order of ranks.
        outlines: uint64 [n, 4], in the order of ranks.
        labels: int32 [n], in the order of ranks; rows that share one are known to belong together and are left out.
        new: bool [n], in the order of ranks; of each pair one at least is new. Empty where all are.
        need: int32, by the sum of two sizes, items that they must share.
        similarity: The least Jaccard similarity.
        gaps: The nearest and the farthest neighbour a row is held against.
        first: The posting to begin with.
        out: uint64, where pairs go, the smaller rank in the upper half.

    Returns:
        How many were found; the posting to go on with, `len(codes)` at the end; and whether a row might be held against more neighbours
        than it was.
    """
    found = 0
    crowded = False
    low, high = gaps
    for a in range(first, len(codes)):
        if found + high > len(out):
            return found, a, crowded
        key = codes[a] >> uint64(38)
        if a + low >= len(codes) or codes[a + low] >> uint64(38) != key:
            continue  # so it is with most: what is rare, few rows share
        left = int((codes[a] >> uint64(8)) & uint64(0x3FFFFFFF))
        place = int(codes[a] & uint64(255))
        size = sizes[left]
        if size - place < need[2 * size]:
            continue
        for b in range(a + low, min(a + high + 2, len(codes))):
            if codes[b] >> uint64(38) != key:
                break
            right = int((codes[b] >> uint64(8)) & uint64(0x3FFFFFFF))
            other = sizes[right]
            common = need[size + other]
            # Sorted by size: once this row has too little left to share, no later one asks less of it.
            if size - place < common or size < similarity * other - 1e-9:
                break
            if b > a + high:
                crowded = True
                break
            if other - int(codes[b] & uint64(255)) < common:
                continue
            if left == right or labels[left] == labels[right]:
                continue
            if len(new) > 0 and not (new[left] or new[right]):
                continue
            if apart(outlines, left, outlines, right, size + other - 2 * common):
                continue
            out[found] = (uint64(left) << uint64(32)) | uint64(right)
            found += 1
    return found, len(codes), crowded


@njit(nogil=True, cache=True)
def match(
    starts: NDArray[np.int64],
    values: NDArray[np.uint64],
    other_starts: NDArray[np.int64],
    other_values: NDArray[np.uint64],
    pairs: NDArray[np.int64],
    need: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """bool [p], whether the sets of each pair share as many items as they must.

    Args:
        starts: int64, where each set of the one side begins.
        values: uint64, its items, ascending inside a set.
        other_starts: The same for the other side.
        other_values: Its items.
        pairs: int64 [p, 2], a set of the one side and one of the other.
        need: int32, by the sum of two sizes, items that they must share.
    """
    out = np.zeros(len(pairs), np.bool_)
    for pair in range(len(pairs)):
        i, stop = starts[pairs[pair, 0]], starts[pairs[pair, 0] + 1]
        j, end = other_starts[pairs[pair, 1]], other_starts[pairs[pair, 1] + 1]
        wanted = need[(stop - i) + (end - j)]
        # How many items of either side may yet find no partner.
        spare = stop - i - wanted
        other_spare = end - j - wanted
        while i < stop and j < end and spare >= 0 and other_spare >= 0:
            one, other = values[i], other_values[j]
            if one == other:
                i += 1
                j += 1
            elif one < other:
                i += 1
                spare -= 1
            else:
                j += 1
                other_spare -= 1
        out[pair] = spare >= stop - i
    return out


@njit(nogil=True, cache=True)
def cross(
    rows: NDArray[np.int32],
    keys: NDArray[np.uint32],
    places: NDArray[np.uint8],
    sizes: NDArray[np.int32],
    outlines: NDArray[np.uint64],
    index: Laid,
    need: NDArray[np.int32],
    similarity: float,
    crowd: int,
    first: int,
    out: NDArray[np.uint64],
) -> tuple[int, int]:
    """Pairs of a new row and an indexed one that share a rare item and may be alike.

    Args:
        rows: int32 [p], the row of each prefix item of the new rows.
        keys: uint32 [p], the item.
        places: uint8 [p], its place.
        sizes: int32 [n], items of the new sets.
        outlines: uint64 [n, 4], their outlines.
        index: Of the indexed rows, int64 [65537] where keys that begin with each 16 bits begin; uint32 [q] keys, ascending;
            int32 [q] rank of the row by size, ascending for each key; uint8 [q] place of the item; int32 [m] sizes and
            uint64 [m, 4] outlines, both in the order of ranks.
        need: int32, by the sum of two sizes, items that they must share.
        similarity: The least Jaccard similarity.
        crowd: Neighbours by size, on either side, that a row is held against.
        first: The posting to begin with.
        out: uint64, where pairs go, the new row in the upper half, the rank in the lower.

    Returns:
        How many were found, and the posting to go on with; `len(rows)` at the end.
    """
    index_heads, index_keys, index_ranks, index_places, index_sizes, index_outlines = index
    found = 0
    for at in range(first, len(rows)):
        if found + 2 * crowd > len(out):
            return found, at
        key = keys[at]
        row = rows[at]
        size = sizes[row]
        low, high = index_heads[key >> 16], index_heads[(key >> 16) + 1]
        stop = high
        # The first posting of this key whose set is no smaller.
        while low < high:
            middle = (low + high) >> 1
            if index_keys[middle] < key or (
                index_keys[middle] == key and index_sizes[index_ranks[middle]] < size
            ):
                low = middle + 1
            else:
                high = middle
        left = size - int(places[at])
        for step in (1, -1):
            b = low if step == 1 else low - 1
            for _ in range(crowd):
                if b < 0 or b >= stop or index_keys[b] != key:
                    break
                rank = index_ranks[b]
                other = index_sizes[rank]
                common = need[size + other]
                # Upwards, no later one asks less of this row than this one does.
                if min(size, other) < similarity * max(size, other) - 1e-9 or (step == 1 and left < common):
                    break
                if (
                    left >= common
                    and other - int(index_places[b]) >= common
                    and not apart(outlines, row, index_outlines, rank, size + other - 2 * common)
                ):
                    out[found] = (uint64(row) << uint64(32)) | uint64(rank)
                    found += 1
                b += step
    return found, len(rows)


@njit(nogil=True, cache=True)
def unite(labels: NDArray[np.int32], pairs: NDArray[np.int64]) -> None:
    """Join the groups of each pair of rows, in place.

    Args:
        labels: int32 [n], for each row the first row of its group.
        pairs: int64 [p, 2], rows that belong together.
    """
    for pair in range(len(pairs)):
        one, other = labels[pairs[pair, 0]], labels[pairs[pair, 1]]
        while labels[one] != one:
            one = labels[one]
        while labels[other] != other:
            other = labels[other]
        if one < other:
            labels[other] = one
        else:
            labels[one] = other
    # The label of a row is never behind it: what it points to is set right by then.
    for row in range(len(labels)):
        labels[row] = labels[labels[row]]

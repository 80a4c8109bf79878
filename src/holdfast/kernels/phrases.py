"""Phrases, compiled: what `views/phrase_counts.py` says in numpy, in one pass over the words of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31 = np.uint64(30), np.uint64(27), np.uint64(31)
_ONE = np.uint64(1)


@njit(nogil=True, cache=True)
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> _SHIFT_30)) * _FIRST
    value = (value ^ (value >> _SHIFT_27)) * _SECOND
    return value ^ (value >> _SHIFT_31)


@njit(nogil=True, cache=True)
def _longer(key: np.uint64, word: np.uint64) -> np.uint64:
    return _mix(key * _GOLDEN + word)


@njit(nogil=True, cache=True)
def _name(key: np.uint64, code: int) -> np.uint64:
    return _mix(key + np.uint64(code + 1) * _GOLDEN)


@njit(nogil=True, cache=True)
def _is_new(name: np.uint64, held: NDArray[np.uint64], stamps: NDArray[np.int64], stamp: int) -> bool:
    """Whether a row has not shown a name before; it has from now on."""
    mask = np.uint64(len(held) - 1)
    at = (name >> np.uint64(20)) & mask
    while stamps[at] == stamp:
        if held[at] == name:
            return False
        at = (at + _ONE) & mask
    stamps[at] = stamp
    held[at] = name
    return True


@njit(nogil=True, cache=True)
def _room(most: int, longest: int) -> int:
    """Slots for the names of one row, twice as many as there can be."""
    slots = 64
    while slots < 2 * most * longest:
        slots *= 2
    return slots


@njit(nogil=True, cache=True)
def sift(
    words: NDArray[np.uint64],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    longest: int,
    longest_edge: int,
    most: int,
    enough: int,
    cells: NDArray[np.uint8],
) -> None:
    """Count rows in the cells of their phrases, up to `enough`.

    Args:
        words: uint64 [t], the words of all rows.
        starts: int64 [n + 1], where each row begins.
        rows: int64, the rows that count.
        longest: Words of the longest phrase.
        longest_edge: Words of the longest opener or closer.
        most: Words of a row from which phrases begin.
        enough: Largest count.
        cells: uint8, a power of two of them; added to.
    """
    mask = np.uint64(len(cells) - 1)
    held = np.empty(_room(most, longest), np.uint64)
    stamps = np.full(len(held), -1, np.int64)
    for number in range(len(rows)):
        start, stop = starts[rows[number]], starts[rows[number] + 1]
        for at in range(start, min(stop, start + most)):
            key = words[at]
            for size in range(1, longest + 1):
                if at + size > stop:
                    break
                if size > 1:
                    key = _longer(key, words[at + size - 1])
                name = _name(key, size - 1)
                if _is_new(name, held, stamps, number):
                    cell = name & mask
                    if cells[cell] < enough:
                        cells[cell] += np.uint8(1)
                if size <= longest_edge:
                    for place in range(1, 3):
                        if at == (start if place == 1 else stop - size):
                            cell = _name(key, _edge(size, place, longest, longest_edge)) & mask
                            if cells[cell] < enough:
                                cells[cell] += np.uint8(1)


@njit(nogil=True, cache=True)
def _edge(size: int, place: int, longest: int, longest_edge: int) -> int:
    return longest + (place - 1) * longest_edge + size - 1


@njit(nogil=True, cache=True)
def _slot(name: np.uint64, names: NDArray[np.uint64], counts: NDArray[np.int64]) -> np.uint64:
    mask = np.uint64(len(names) - 1)
    at = (name >> np.uint64(7)) & mask
    while counts[at] > 0 and names[at] != name:
        at = (at + _ONE) & mask
    return at


@njit(nogil=True, cache=True)
def count(  # noqa: PLR0912, PLR0915 - one loop over words, opened up for the compiler
    words: NDArray[np.uint64],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
    longest: int,
    longest_edge: int,
    most: int,
    enough: int,
    cells: NDArray[np.uint8],
    wanted: int,
) -> tuple[NDArray[np.uint8], NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Count the rows that hold each phrase whose cell holds `enough`: code, key, rows and first place, in no order.

    Args:
        words: As in `sift`, like all that follow.
        starts: The same.
        rows: The same.
        longest: The same.
        longest_edge: The same.
        most: The same.
        enough: The same.
        cells: What `sift` gave for all blocks.
        wanted: What the cell of a phrase must hold, or that of a shorter one it begins with, for it to be counted.
    """
    mask = np.uint64(len(cells) - 1)
    held = np.empty(_room(most, longest), np.uint64)
    stamps = np.full(len(held), -1, np.int64)
    size_of_table = 1 << 12
    names, keys = np.empty(size_of_table, np.uint64), np.empty(size_of_table, np.uint64)
    codes = np.empty(size_of_table, np.uint8)
    counts, places = np.zeros(size_of_table, np.int64), np.empty(size_of_table, np.int64)
    used = 0
    for number in range(len(rows)):
        start, stop = starts[rows[number]], starts[rows[number] + 1]
        # A row may bring as many phrases as its set has room for.
        while 2 * (used + len(held)) > len(names):
            wider = 2 * len(names)
            new_names, new_keys = np.empty(wider, np.uint64), np.empty(wider, np.uint64)
            new_codes = np.empty(wider, np.uint8)
            new_counts, new_places = np.zeros(wider, np.int64), np.empty(wider, np.int64)
            for old in range(len(names)):
                if counts[old] > 0:
                    free = _slot(names[old], new_names, new_counts)
                    new_names[free], new_keys[free], new_codes[free] = names[old], keys[old], codes[old]
                    new_counts[free], new_places[free] = counts[old], places[old]
            names, keys, codes, counts, places = new_names, new_keys, new_codes, new_counts, new_places
        for at in range(start, min(stop, start + most)):
            key = words[at]
            whole = True  # shorter phrases from here on have passed: a longer one stands in no more rows
            asked = False  # one of them is wanted
            for size in range(1, longest + 1):
                if at + size > stop:
                    break
                if size > 1:
                    key = _longer(key, words[at + size - 1])
                for place in range(3):
                    if place == 0:
                        code = size - 1
                        if not whole:
                            continue
                    else:
                        if size > longest_edge or at != (start if place == 1 else stop - size):
                            continue
                        code = _edge(size, place, longest, longest_edge)
                    name = _name(key, code)
                    holds = cells[name & mask]
                    if holds < enough:
                        if place == 0:
                            whole = False
                        continue
                    if place == 0:
                        asked = asked or holds >= wanted
                        if not asked:
                            continue
                    elif holds < wanted:
                        continue
                    if place == 0 and not _is_new(name, held, stamps, number):
                        continue
                    slot = _slot(name, names, counts)
                    if counts[slot] == 0:
                        names[slot], keys[slot], codes[slot], places[slot] = name, key, np.uint8(code), at
                        used += 1
                    counts[slot] += 1
                if not whole and size >= longest_edge:
                    break
    out_codes, out_keys = np.empty(used, np.uint8), np.empty(used, np.uint64)
    out_counts, out_places = np.empty(used, np.int64), np.empty(used, np.int64)
    filled = 0
    for place in range(len(names)):
        if counts[place] > 0:
            out_codes[filled], out_keys[filled] = codes[place], keys[place]
            out_counts[filled], out_places[filled] = counts[place], places[place]
            filled += 1
    return out_codes, out_keys, out_counts, out_places


@njit(nogil=True, cache=True)
def merge_two(
    codes: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    keys: tuple[NDArray[np.uint64], NDArray[np.uint64]],
    counts: tuple[NDArray[np.int64], NDArray[np.int64]],
    places: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.uint8], NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Two lists of phrases in the order of code and key, put together: rows add up, the first place counts.

    Args:
        codes: Of both lists.
        keys: The same.
        counts: The same.
        places: The same.
    """
    first, second = len(codes[0]), len(codes[1])
    out_codes, out_keys = np.empty(first + second, np.uint8), np.empty(first + second, np.uint64)
    out_counts, out_places = np.empty(first + second, np.int64), np.empty(first + second, np.int64)
    i, j, filled = 0, 0, 0
    while i < first or j < second:
        if i == first:
            turn = 1
        elif j == second:
            turn = -1
        elif codes[0][i] != codes[1][j]:
            turn = -1 if codes[0][i] < codes[1][j] else 1
        elif keys[0][i] != keys[1][j]:
            turn = -1 if keys[0][i] < keys[1][j] else 1
        else:
            turn = 0
        if turn <= 0:
            out_codes[filled], out_keys[filled] = codes[0][i], keys[0][i]
            out_counts[filled], out_places[filled] = counts[0][i], places[0][i]
            i += 1
        if turn == 1:
            out_codes[filled], out_keys[filled] = codes[1][j], keys[1][j]
            out_counts[filled], out_places[filled] = counts[1][j], places[1][j]
            j += 1
        if turn == 0:
            out_counts[filled] += counts[1][j]
            out_places[filled] = min(out_places[filled], places[1][j])
            j += 1
        filled += 1
    return out_codes[:filled], out_keys[:filled], out_counts[:filled], out_places[:filled]


@njit(nogil=True, cache=True)
def find(  # noqa: PLR0912 - one loop over words, opened up for the compiler
    words: NDArray[np.uint64],
    starts: NDArray[np.int64],
    most: int,
    longest: int,
    longest_edge: int,
    slots: NDArray[np.int64],
    names: NDArray[np.uint64],
    firsts: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where asked phrases stand: which, in which row, from which word on; row by row, then by word.

    Args:
        words: uint64 [t], the words of all rows.
        starts: int64 [n + 1], where each row begins.
        most: Words of the longest phrase asked for.
        longest: As in `sift`.
        longest_edge: The same.
        slots: int64, a table of places in `names` by the name's bits, -1 where free.
        names: uint64, the names asked for.
        firsts: bool [longest + 2 * longest_edge], codes that are asked for at all.
    """
    mask = np.uint64(len(slots) - 1)
    room = 1024
    which, row_of, at_word = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    found = 0
    for row in range(len(starts) - 1):
        start, stop = starts[row], starts[row + 1]
        for at in range(start, stop):
            key = words[at]
            for size in range(1, most + 1):
                if at + size > stop:
                    break
                if size > 1:
                    key = _longer(key, words[at + size - 1])
                for place in range(3):
                    if place == 0:
                        code = size - 1
                    else:
                        if size > longest_edge or at != (start if place == 1 else stop - size):
                            continue
                        code = _edge(size, place, longest, longest_edge)
                    if not firsts[code]:
                        continue
                    name = _name(key, code)
                    slot = name & mask
                    while slots[slot] >= 0 and names[slots[slot]] != name:
                        slot = (slot + _ONE) & mask
                    if slots[slot] < 0:
                        continue
                    if found == room:
                        room *= 2
                        which, row_of, at_word = (
                            _wider(which, room),
                            _wider(row_of, room),
                            _wider(at_word, room),
                        )
                    which[found], row_of[found], at_word[found] = slots[slot], row, at
                    found += 1
    return which[:found], row_of[:found], at_word[:found]


@njit(nogil=True, cache=True)
def _wider(values: NDArray[np.int64], room: int) -> NDArray[np.int64]:
    out = np.empty(room, np.int64)
    out[: len(values)] = values
    return out

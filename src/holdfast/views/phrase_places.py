"""Phrase places: where some phrases stand in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.phrase_counts import CODES, LONGEST, LONGEST_EDGE, SALTS, names_of
from holdfast.views.tokens import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_WORDS_AT_ONCE = 1_000_000


def find_places(
    key: NDArray[np.uint64], words: NDArray[np.int64], place: NDArray[np.int64], tokens: Tokens
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where phrases stand; the words are gone through once.

    Args:
        key: uint64 [p], hash of every phrase asked for (`ngrams`).
        words: int64 [p], its length, `LONGEST` at most.
        place: int64 [p], 0 anywhere, 1 opener, 2 closer.
        tokens: The text.

    Returns:
        int64 which phrase, int64 the row and int64 the position of its first word, in the order of positions.
    """
    code = np.array(
        [CODES.index(pair) for pair in zip(words.tolist(), place.tolist(), strict=True)], np.int64
    )
    asked = np.zeros(len(CODES), bool)
    asked[code] = True
    names = mix(key + SALTS[code])
    if len(names) == 0 or len(tokens.words) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    if compiled(len(tokens)):
        from holdfast.kernels.phrases import find

        longest = int(words.max())
        return find(
            tokens.words, tokens.row_starts, longest, LONGEST, LONGEST_EDGE, _slots(names), names, asked
        )
    order = np.argsort(names, kind="stable")
    parts = [
        _find_plainly(names[order], asked, tokens, start, min(start + _WORDS_AT_ONCE, len(tokens.words)))
        for start in range(0, len(tokens.words), _WORDS_AT_ONCE)
    ]
    which, position = (np.concatenate(part) for part in zip(*parts, strict=True))
    row = np.searchsorted(tokens.row_starts, position, side="right") - 1
    return order[which], row.astype(np.int64), position


def _slots(names: NDArray[np.uint64]) -> NDArray[np.int64]:
    """int64, a table of places in `names` by their lowest bits; what is taken goes to the next free one."""
    slots = np.full(1 << max((4 * len(names)).bit_length(), 4), -1, np.int64)
    for index, name in enumerate(names.tolist()):
        at = name & (len(slots) - 1)
        while slots[at] >= 0:
            at = (at + 1) & (len(slots) - 1)
        slots[at] = index
    return slots


def _find_plainly(
    names: NDArray[np.uint64], asked: NDArray[np.bool_], tokens: Tokens, start: int, stop: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same for words from `start` to `stop`, names in ascending order."""
    position = np.arange(start, stop)
    row = np.searchsorted(tokens.row_starts, position, side="right") - 1
    opener = position == tokens.row_starts[row]
    left = tokens.row_starts[row + 1] - position
    keys = np.zeros(len(position), np.uint64)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    for size in range(1, LONGEST + 1):
        use = left >= size
        position, opener, left, keys = position[use], opener[use], left[use], keys[use]
        word = tokens.words[position + size - 1]
        keys = mix(keys * _GOLDEN + word) if size > 1 else word
        for code, (wanted, where) in enumerate(CODES):
            if wanted != size or not asked[code]:
                continue
            at_place = (np.ones(len(keys), bool), opener, left == size)[where]
            here, name = position[at_place], names_of(keys[at_place], code)
            at = np.minimum(np.searchsorted(names, name), len(names) - 1)
            hit = names[at] == name
            found.append((at[hit], here[hit], np.full(int(hit.sum()), code)))
    which, places, codes = (np.concatenate(part) for part in zip(*found, strict=True))
    # By position, then as the kernel meets them: by length, anywhere before opener before closer.
    order = np.lexsort((np.array([size * 3 + where for size, where in CODES])[codes], places))
    return which[order], places[order]

"""Hashes of strings, column by column: to find strings that may be equal. That they are, only the strings can say."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Longer strings are hashed one by one.
_LONG = 64
_ROWS = 65_536
_SEED = np.uint64(0x9E3779B97F4A7C15)
_MIXES = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def string_hashes(values: Any) -> NDArray[np.uint64]:
    """uint64 [n], a hash of each string; equal strings have equal hashes, whatever stands beside them.

    Args:
        values: An Arrow array or chunked array of strings without nulls.

    >>> string_hashes(pa.array(["a", "b", "a"])).argsort(kind="stable").tolist() in ([0, 2, 1], [1, 0, 2])
    True
    """
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    parts = [_hashes(chunk.slice(start, _ROWS)) for chunk in chunks for start in range(0, len(chunk), _ROWS)]
    return np.concatenate([np.zeros(0, np.uint64), *parts])


def _hashes(values: Any) -> NDArray[np.uint64]:
    plain = values.cast(pa.large_binary())
    _, offsets, data = plain.buffers()
    ends = np.frombuffer(offsets, np.int64, len(plain) + 1, plain.offset * 8)
    letters = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    begins, lengths = ends[:-1], np.diff(ends)
    found = np.zeros(len(plain), np.uint64)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        if length > _LONG:
            for row in rows:
                text = letters[begins[row] : begins[row] + length].tobytes()
                found[row] = int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
        else:
            found[rows] = _short(letters, begins[rows], int(length))
    return found


def _short(letters: NDArray[np.uint8], begins: NDArray[np.int64], length: int) -> NDArray[np.uint64]:
    """Strings of one length: eight letters are one number, and each number is mixed into what was before it."""
    width = -(-length // 8) * 8
    padded = np.zeros((len(begins), max(width, 8)), np.uint8)
    for at in range(length):
        padded[:, at] = letters[begins + at]
    words = padded.view("<u8").astype(np.uint64)
    found = np.full(len(begins), _SEED ^ np.uint64(length), np.uint64)
    for at in range(words.shape[1]):
        found = _mixed(found ^ words[:, at]) + _SEED
    return found


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    for shift, factor in zip((30, 27), _MIXES, strict=True):
        values = (values ^ (values >> np.uint64(shift))) * factor
    return values ^ (values >> np.uint64(31))

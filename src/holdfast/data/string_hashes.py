"""Hashes of strings, column by column: to find strings that are equal without holding all of them."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 65_536


def string_hashes(values: Any) -> NDArray[np.uint64]:
    """uint64 [n], the first 64 bits of BLAKE2b of each string.

    A cheaper hash could be made to collide by who writes the strings.

    Args:
        values: An Arrow array or chunked array of strings without nulls.

    >>> import pyarrow as pa
    >>> string_hashes(pa.array(["a", "b", "a"])).argsort(kind="stable").tolist() in ([0, 2, 1], [1, 0, 2])
    True
    """
    parts = [np.zeros(0, np.uint64)]
    for start in range(0, len(values), _ROWS):
        strings = values.slice(start, _ROWS).to_pylist()
        hashes = b"".join([blake2b(string.encode(), digest_size=8).digest() for string in strings])
        parts.append(np.frombuffer(hashes, "<u8").astype(np.uint64))
    return np.concatenate(parts)

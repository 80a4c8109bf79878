"""Compression ratio: how many times smaller a corpus becomes when it is packed.

Source:
    Shaib et al. 2024, arXiv:2403.00553: bytes of all rows joined by single spaces, over bytes that gzip makes of them (RFC 1951, 1952; level
    9). The package `diversity` packs twice, which adds some ten bytes and up to .03 %, and rounds to three decimals.
Expected values:
    About 2 to 3 for English prose; more where rows repeat each other; below 1 for a few words.
Blind to:
    reality; repeats further apart than 32 kB, gzip's window, so that the order of rows counts; meaning.
No null:
    It grows with the corpus and the length of rows, and nothing says how far chance moves it.
Cost:
    Linear in bytes: what zlib takes. Nothing but the rows asked for stands in memory.
"""

from __future__ import annotations

import zlib
from itertools import islice
from typing import TYPE_CHECKING

from holdfast.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEVEL = 9
_GZIP = 16 + zlib.MAX_WBITS
_ROWS = 4_096


def compression_ratio(texts: Iterable[str]) -> float:
    """Bytes of a corpus over bytes of what gzip makes of it.

    Args:
        texts: Rows, asked for one by one.

    Raises:
        InputError: There is no text.

    >>> compression_ratio(["all work and no play"] * 100) > 10
    True
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    read = packed = 0
    rows = iter(texts)
    follows = False
    while part := list(islice(rows, _ROWS)):
        data = " ".join(["", *part] if follows else part).encode("utf-8", "surrogatepass")
        follows = True
        read += len(data)
        packed += len(packer.compress(data))
    if read == 0:
        raise InputError("there is no text")
    return read / (packed + len(packer.flush()))

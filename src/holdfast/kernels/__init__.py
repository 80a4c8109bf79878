"""Kernels: functions over arrays that numba compiles. Arrays in, arrays out.

The other modules of this room import numba, and are imported where `compiled` says that they pay, and not before. Each kernel has a plain
counterpart in numpy that gives the same bit for bit, and is used where numba is missing or a set is small. Kernels let go of the
interpreter's lock, so that threads run them side by side; they are kept compiled on disk.
"""

from __future__ import annotations

import importlib.util
import os
from functools import cache

from holdfast.errors import UsageError

VARIABLE = "HOLDFAST_COMPILED"
WORTH_IT = 5_000
"""Rows from which on starting the compiler, about a second, costs less than it saves."""


def compiled(rows: int) -> bool:
    """Whether so many rows are read by kernels: numba is there, nobody turned it off, and it pays.

    `HOLDFAST_COMPILED=0` turns kernels off, `HOLDFAST_COMPILED=1` uses them for any number of rows.
    """
    said = os.environ.get(VARIABLE, "")
    if said not in ("", "0", "1"):
        raise UsageError(f"is 0 or 1, not {said!r:.40}", where=VARIABLE)
    return said != "0" and (said == "1" or rows >= WORTH_IT) and _installed()


@cache
def _installed() -> bool:
    return importlib.util.find_spec("numba") is not None

"""Texts that trip up what reads them, and kernels on and off."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from holdfast.kernels import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECES = [
    "",
    " ",
    "\t\n",
    "\x1c",
    "\u2003",
    "\u3000",
    "don't",
    "rock’n’roll",
    "'",
    "''a'",
    "snake_case",
    "3.14",
    "naïve",
    "e\u0301te\u0301",
    "中文字",
    "漢字かなカナ",
    "ภาษาไทย",
    "हिन्दी",
    "👩‍👩‍👧",
    "𝔘𝔫𝔦",
    "\ud800",
    "\x00",
    "a",
    "ab",
    "the",
    "aaaaaaaa",
    "the quick brown fox jumps over the lazy dog",
    "lorem ipsum dolor sit amet consetetur sadipscing elitr",
]
TEXTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
        st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
        st.text(max_size=40),
        st.tuples(st.sampled_from(PIECES), st.integers(0, 700)).map(lambda both: both[0] * both[1]),
    ),
    max_size=12,
)


@contextmanager
def kernels(*, on: bool) -> Iterator[None]:
    """Use kernels for any number of rows, or for none."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1" if on else "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def both(work):
    """What work gives without kernels, and with them."""
    found = []
    for on in (False, True):
        with kernels(on=on):
            found.append(work())
    return found

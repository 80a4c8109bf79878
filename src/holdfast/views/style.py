"""Style: how long a response is and how it is laid out, in counts. Code is length, and no layout."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CODE = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
# The counts of Arena's style control, whose marks are no layout inside of code.
_COUNTED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("headers", re.compile(r"^#{1,6}\s", re.MULTILINE)),
    ("list_items", re.compile(r"^\s*(?:\d+\.|[-*+])\s", re.MULTILINE)),
    ("bold", re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")),
    ("exclamations", re.compile(r"!")),
    ("emoji", re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")),
    (
        "hedges",
        re.compile(
            r"\b(?:may|might|perhaps|possibly|generally|typically|usually|often|likely|it(?:'s| is) important to"
            r"|it depends)\b",
            re.IGNORECASE,
        ),
    ),
    ("first_person", re.compile(r"\b(?:I|I'm|I've|I'd|I'll|me|my|mine|myself)\b")),
)
STYLE: tuple[str, ...] = ("words", *(name for name, _ in _COUNTED))
"""The features, in the order of the columns."""
MARKDOWN = ("headers", "list_items", "bold")
"""Those that are layout."""


def read_style(texts: Sequence[str]) -> NDArray[np.float64]:
    r"""Counts of each feature, float64 [n, len(STYLE)]; a word is what stands between blanks, in code as well.

    An answer that is all code is not without length: who reads it sees how long it is.

    >>> dict(zip(STYLE, read_style(["# Title\n\n1. **one** thing"])[0].tolist()))["list_items"]
    1.0
    """
    counts = np.zeros((len(texts), len(STYLE)))
    for row, text in enumerate(texts):
        prose = _CODE.sub("", text) if "```" in text else text
        counts[row, 0] = len(text.split())
        for column, (_, pattern) in enumerate(_COUNTED, start=1):
            counts[row, column] = len(pattern.findall(prose))
    return counts


def style_differences(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(a - b) / (a + b + 1)` of two tables of counts: the form of Arena's style control.

    >>> float(style_differences(np.array([[3.0]]), np.array([[0.0]]))[0, 0])
    0.75
    """
    return (a - b) / (a + b + 1.0)

"""Near-duplicates: which rows repeat each other, exactly or almost.

Two rows are near-duplicates when the Jaccard similarity of their sets of character 5-grams is at least 0.8. They are
*related* (not independent draws, kept together in every test) when that holds, or when it holds for their words,
so that an edited sentence with one word in ten replaced is found as well. How they are found: `views/joining.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.kernels import compiled
from holdfast.views.items import bags, content_keys, number_contents, read_letters, shingles
from holdfast.views.joining import find_alike
from holdfast.views.links import Links
from holdfast.views.narrow import Whole, held
from holdfast.views.tokens import join_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.views.items import Items, Letters
    from holdfast.views.tokens import Tokens


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """Groups of repeated rows among n rows; held in fewer bytes, if need be, than they are read as.

    Attributes:
        exact: int64 [n], rows with equal folded text (white space aside) share a number.
        near: int64 [n], near-duplicate rows share a number.
        related: int64 [n], related rows share a number.
        units: int64 [n], what chance deals: related rows, no more together than reality ever shows together.
    """

    exact: Whole = Whole()  # noqa: RUF009 - a field that is read through it
    near: Whole = Whole()  # noqa: RUF009 - a field that is read through it
    related: Whole = Whole()  # noqa: RUF009 - a field that is read through it
    units: Whole = Whole()  # noqa: RUF009 - a field that is read through it

    def __len__(self) -> int:
        return len(held(self, "exact"))

    def at(self, rows: NDArray[np.int64]) -> Duplicates:
        """The rows at these positions; groups keep together what is left of them."""
        groups = (
            np.unique(one[rows], return_inverse=True)[1]
            for one in (self.exact, self.near, self.related, self.units)
        )
        exact, near, related, units = (np.asarray(one, np.int64) for one in groups)
        return Duplicates(exact=exact, near=near, related=related, units=units)


def find_pairs(tokens: Sequence[Tokens]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Repeated rows over several sets of rows taken as one list.

    Args:
        tokens: Sets of rows; row numbers run through them.

    Returns:
        exact: int64 [n], a number per distinct folded text.
        near: int64 [p, 2], pairs of rows that stand for their exact group and are near-duplicates.
        related: int64 [q, 2], the same for related rows that are not near-duplicates.
    """
    together = join_tokens(tokens)
    letters = read_letters(together.folded)
    exact, rows = number_exact(together, letters)
    near, related = (find_alike(*sets) for sets in _sets(together, rows, letters))
    return exact, rows[near], rows[related]


def group(rows: int, exact: NDArray[np.int64], *pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64 [rows], connected components of equal rows and the given pairs."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    order = np.argsort(exact, kind="stable")
    same = exact[order][1:] == exact[order][:-1]
    edges = np.concatenate([np.stack([order[:-1][same], order[1:][same]], 1), *pairs])
    graph = coo_array((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(rows, rows))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def find_duplicates(tokens: Tokens) -> Duplicates:
    """Groups of repeated rows inside one set."""
    letters = read_letters(tokens.folded)
    exact, rows = number_exact(tokens, letters)
    links = Links.none(len(rows))
    found = []
    for make, sizes in _sets(tokens, rows, letters):
        # Rows that are near-duplicates are related, and not looked at again.
        find_alike(make, sizes, links=links)
        found.append(links.groups[exact])
    near, related = found
    return Duplicates(exact=exact, near=near, related=related, units=related)


def number_exact(
    tokens: Tokens, letters: Letters | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """int64 [n], a number per distinct folded text in the order in which they occur, and int64, the first row of each."""
    if letters is not None:
        exact = number_contents(letters.content_keys)
    elif compiled(len(tokens)):
        exact = number_contents(content_keys(tokens.folded))
    else:
        numbers: dict[str, int] = {}
        said = (" ".join(text.split()) for text in tokens.folded)
        exact = np.fromiter((numbers.setdefault(text, len(numbers)) for text in said), np.int64, len(tokens))
    return exact, np.asarray(np.unique(exact, return_index=True)[1], np.int64)


def _sets(
    tokens: Tokens, rows: NDArray[np.int64], letters: Letters | None
) -> tuple[tuple[Callable[[NDArray[np.int64]], Items], NDArray[np.int64]], ...]:
    """How to make the sets of these rows, of characters and of words, and about how many items they have."""
    lengths = np.fromiter((len(tokens.folded[row]) for row in rows.tolist()), np.int64, len(rows))

    def make(some: NDArray[np.int64]) -> Items:
        if letters is not None:
            return letters.shingles(rows[some])
        return shingles([tokens.folded[row] for row in rows[some].tolist()])

    return (make, lengths), (lambda some: bags(tokens, rows[some]), tokens.counts[rows])

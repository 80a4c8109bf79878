"""View: what is learnt from the anchor, and what it then reads of rows, block by block.

Most of what measures ask is a question to one row at a time. Rows are cut into blocks that are read anywhere, in any order, and what was
read is merged: `merge` of the facts of the parts is what the whole would have given, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

import numpy as np

from holdfast.views.tally import add_tallies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.views.features import Features
    from holdfast.views.sides import Sides
    from holdfast.views.tokens import Tokens

    Facts = Mapping[str, NDArray[Any]]

Merge = Literal["rows", "sum", "winners", "tally"]
BLOCK_ROWS = 20_000
"""Rows of a block, at most."""
BLOCK_WORDS = 2_000_000
"""Words of a block, at most, unless one row has more."""
DEALT = ("strata", "copied", "folds", "parts", "limits", "alike")
"""What a block is told of its rows that only all rows together can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows of the candidate that are read together.

    Whatever a view needs to know of other rows stands here, row by row: a row is read alike in whatever block it stands.

    Attributes:
        first: The place of the first row in the candidate.
        texts: Texts as given.
        answers: int64 [n], where in each text the answer to a prompt begins, -1 without a prompt.
        words: Words as they were written.
        tokens: Words that are left when artifacts are cut out.
        featured: Gives hashed features of `tokens`, made when somebody asks.
        strata: int64 [n], index into `Sides.labels`, or `UNKNOWN`.
        copied: int64 [n], the anchor row that each row repeats, or -1.
        folds: int8 [n], the fold of the anchor (`views/support.py`) that each row leaves out.
        parts: int8 [n], the tenth of the candidate (`views/likeness.py`) that each row belongs to.
        limits: int64 [n], words of each row that are read where both sides are read up to equal lengths.
        alike: int64 [n], rows of the candidate that are the row or nearly so and have a stratum, itself among them.
    """

    first: int
    texts: Sequence[str]
    answers: NDArray[np.int64]
    words: Tokens
    tokens: Tokens
    featured: Callable[[], Features]
    strata: NDArray[np.int64]
    copied: NDArray[np.int64]
    folds: NDArray[np.int8]
    parts: NDArray[np.int8]
    limits: NDArray[np.int64]
    alike: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.strata)

    @property
    def features(self) -> Features:
        """Hashed features of `tokens`."""
        return self.featured()


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What a view learns before it reads new rows.

    Attributes:
        model: What `read` needs: dataclasses and tuples of arrays, since it travels to workers.
        real: Facts of the real rows, each read as if it were new.
    """

    model: Any
    real: Facts


class View(Protocol):
    """What every view is.

    Attributes:
        name: The word for it.
        version: Raised whenever old facts stop being right.
        merges: For each column of its facts, what happens when blocks are put together: `rows` are laid end to end, a `sum` adds up, of
            `winners` (int64 [e, parts], in each place the row of a part of the candidate that counts most, see `views/winners.py`) the
            larger count, and a `tally` (int64 [t, 2], see `views/tally.py`) adds up key by key. Winners have no other facts beside them.
        uses: Of the columns of a block that are known from other blocks (`DEALT`, and `first`), those that it reads: where none of them
            changed, neither did the facts, whatever became of the set around the block.
        holds: The dataclasses that what it learns is made of; what it learns is kept (see `views/learning.py`).
    """

    name: ClassVar[str]
    version: ClassVar[int]
    merges: ClassVar[Mapping[str, Merge]]
    uses: ClassVar[tuple[str, ...]]
    holds: ClassVar[tuple[type, ...]]

    def depends(self, sides: Sides) -> Sequence[Any] | None:
        """What learning depends on besides the anchor's words, texts and repeats; None where it is not kept, as it asks for the candidate."""
        ...

    def learn(self, sides: Sides) -> Learnt:
        """Learn from the anchor."""
        ...

    def read(self, model: Any, block: Block) -> Facts:
        """The facts of these rows. Pure; whole numbers or floats whose order of adding the block alone decides."""
        ...


def merge(merges: Mapping[str, Merge], parts: Sequence[Facts]) -> Facts:
    """Facts of blocks put together, in the order of the blocks.

    >>> parts = [{"a": np.array([1]), "n": np.array([2])}, {"a": np.array([3]), "n": np.array([4])}]
    >>> {name: column.tolist() for name, column in merge({"a": "rows", "n": "sum"}, parts).items()}
    {'a': [1, 3], 'n': [6]}
    """
    how: dict[Merge, Callable[[list[NDArray[Any]]], NDArray[Any]]] = {
        "rows": np.concatenate,
        "sum": lambda columns: np.sum(columns, axis=0),
        "winners": lambda columns: np.max(columns, axis=0),
        "tally": add_tallies,
    }
    return {name: how[kind]([part[name] for part in parts]) for name, kind in merges.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """Facts of both sides.

    Attributes:
        model: What was learnt from the anchor.
        real: Facts of the anchor's rows.
        candidate: Facts of the candidate's.
    """

    model: Any
    real: Facts
    candidate: Facts


@dataclass(slots=True)
class Memo:
    """What views have read of two sides; whoever asks first pays, and those who ask meanwhile wait."""

    _found: dict[tuple[str, Any], Viewed] = field(default_factory=dict)
    _locks: dict[tuple[str, Any], Lock] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def put(self, key: tuple[str, Any], found: Viewed) -> None:
        """Keep what was read elsewhere."""
        with self._lock:
            self._found[key] = found

    def get(self, key: tuple[str, Any], make: Callable[[], Viewed]) -> Viewed:
        """What is kept under a key, made where it is not."""
        with self._lock:
            own = self._locks.setdefault(key, Lock())
        with own:
            if key not in self._found:
                self._found[key] = make()
            return self._found[key]

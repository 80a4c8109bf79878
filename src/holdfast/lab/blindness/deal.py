"""Deal: a reality that serves as anchor, candidate and reserve at once, without asking for rows there are not.

The bench deals from corpora far larger than its candidates. Here the rows are those somebody has: half are the anchor, a
quarter is what a candidate is made of, and a quarter is the reserve that fills what a loss leaves open.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.lab.bench.pools import Pools, texts_of
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.lab.bench.corpus import Corpus

LEAST_SIZE = 20
"""Rows of a candidate: below, every measure is silent and nothing is learnt."""
LEAST_ROWS = 4 * LEAST_SIZE
LARGEST_SIZE = 1_000
"""Rows of a candidate where none are asked for: an audit of so many takes seconds, and there are hundreds of audits."""
LARGEST_ANCHOR = 4_000
"""Rows of the anchor at most, for the same reason."""
_LARGEST_GROUP = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The reality that losses are planted in.

    Attributes:
        corpus: Its rows.
        groups: int64 [n], rows that repeat each other share a number; such rows are never parted.
        anchor: Rows of the anchor, about.
        size: Rows of a candidate, about; as many are its reserve.
    """

    corpus: Corpus
    groups: NDArray[np.int64]
    anchor: int
    size: int

    @classmethod
    def of(cls, corpus: Corpus, size: int | None) -> Ground:
        """Decide how the rows are dealt.

        Args:
            corpus: The rows there are.
            size: Rows of a candidate; a quarter of all, up to `LARGEST_SIZE`, where not given.

        Raises:
            InputError: There are too few rows, or most repeat each other.
            UsageError: The size asks for more rows than there are.
        """
        rows = len(corpus)
        if rows < LEAST_ROWS:
            raise InputError(
                f"{rows:,} {'row is' if rows == 1 else 'rows are'} too few to be anchor and candidate at once",
                where=corpus.name,
                do=f"Give at least {LEAST_ROWS}; about 1,000 say something",
            )
        if size is not None and size < LEAST_SIZE:
            raise UsageError(
                f"a candidate of {size} rows tells nothing", where="--size", do=f"Use at least {LEAST_SIZE}"
            )
        if size is not None and 4 * size > rows:
            raise UsageError(
                f"candidates of {size:,} rows, as many in reserve and an anchor of twice as many need {4 * size:,} "
                f"rows, and there are {rows:,}",
                where="--size",
                do=f"Use at most {rows // 4:,}",
            )
        size = size or min(rows // 4, LARGEST_SIZE)
        groups = find_duplicates(read_tokens(texts_of(corpus.rows))).related
        largest = int(np.bincount(groups).max())
        if largest > _LARGEST_GROUP * rows:
            raise InputError(
                f"{largest:,} of {rows:,} rows repeat each other almost word for word, so no fresh real rows can be set "
                "apart from the anchor",
                where=corpus.name,
                do="Give reality without its repeats, or with more that differs",
            )
        return cls(
            corpus=corpus,
            groups=groups,
            anchor=min(rows - 2 * size, LARGEST_ANCHOR),
            size=size,
        )

    @property
    def even(self) -> bool:
        """Whether labels are as equally frequent as chance would make them: then none can be favoured.

        Pearson's chi-squared, which has k - 1 as mean and twice that as variance.
        """
        counts = np.array([len(rows) for rows in self.corpus.by_stratum.values()])
        statistic = float(((counts - counts.mean()) ** 2 / counts.mean()).sum())
        freedom = len(counts) - 1
        return bool(statistic < freedom + 3.0 * np.sqrt(2.0 * freedom))

    def deal(self, rng: np.random.Generator) -> Pools:
        """Deal rows into anchor, source and reserve, by chance; rows that repeat each other go together."""
        order = rng.permutation(int(self.groups.max()) + 1)
        counts = np.bincount(self.groups)[order]
        before = np.cumsum(counts) - counts
        ends = np.cumsum([self.anchor, self.size, self.size])
        part = np.empty(len(order), np.int64)
        part[order] = np.searchsorted(ends, before, side="right")
        of_row = part[self.groups]
        rows = self.corpus.rows
        dealt = [tuple(rows[i] for i in rng.permutation(np.flatnonzero(of_row == at))) for at in range(3)]
        strata = Counter(row.stratum for row in rows)
        return Pools(
            corpus=self.corpus.name,
            labelled=self.corpus.labelled,
            anchor=dealt[0],
            source=dealt[1],
            reserve=dealt[2],
            test=(),
            shares={stratum: strata[stratum] / len(rows) for stratum in sorted(strata)},
        )

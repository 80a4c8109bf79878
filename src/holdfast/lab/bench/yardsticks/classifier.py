"""The classifier of the bench: ridge regression on hashed TF-IDF rows, one against the rest.

It stands for the cheap model a user would train on the set. It is fixed: no setting depends on the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.views.features import Features, read_features, unit_frequencies, weigh
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RIDGE = 1.0
_AT_ONCE = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """A training set, read once: any part of it can be learnt from without reading it again.

    Attributes:
        classes: int64 [n], class of each row.
        count: k, number of classes.
        frequencies: int32 [columns], rows that hold each feature.
        rows: csr_array float32 [n, columns], weighed rows.
        kernel: float32 [n, n], their inner products.
    """

    classes: NDArray[np.int64]
    count: int
    frequencies: NDArray[np.int32]
    rows: Any
    kernel: NDArray[np.float32]

    @classmethod
    def read(cls, texts: Sequence[str], classes: NDArray[np.int64], count: int) -> Lessons:
        """Read a training set."""
        features = read_texts(texts)
        own = np.arange(len(texts))
        frequencies = unit_frequencies(features, own)
        rows = weigh(features, frequencies, len(texts), own=False)
        kernel = (rows @ rows.T).toarray().astype(np.float32)
        return cls(classes=classes, count=count, frequencies=frequencies, rows=rows, kernel=kernel)

    def ask(self, features: Features) -> Any:
        """float32 [m, n], inner products of other rows with the training rows."""
        asked = weigh(features, self.frequencies, len(self.classes), own=False)
        learnt = self.rows.T.tocsr()
        parts = [
            (asked[start : start + _AT_ONCE] @ learnt).toarray()
            for start in range(0, len(features), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes)), np.float32)

    def answer(
        self, products: NDArray[np.float32], use: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """How much each class fits rows, after learning from some of the training rows.

        Args:
            products: float32 [m, n], what `ask` returned.
            use: int64 [u], training rows to learn from; all where not given.

        Returns:
            float32 [m, k], regressed on 1 for the class and 0 for the others.
        """
        from scipy.linalg import cho_factor, cho_solve

        use = np.arange(len(self.classes)) if use is None else use
        targets = np.zeros((len(use), self.count), np.float32)
        targets[np.arange(len(use)), self.classes[use]] = 1.0
        prior = targets.mean(axis=0)
        kernel = self.kernel[np.ix_(use, use)]
        kernel[np.diag_indices_from(kernel)] += RIDGE
        factor = cho_factor(kernel, lower=True, overwrite_a=True, check_finite=False)
        weights = cho_solve(factor, targets - prior, check_finite=False)
        fits = products[:, use] @ weights + prior
        # A class that was never read is no one's guess.
        fits[:, prior == 0] = -np.inf
        return np.asarray(fits, np.float32)


def read_texts(texts: Sequence[str]) -> Features:
    """Features of texts."""
    return read_features(read_tokens(texts))


def recalls(guesses: NDArray[np.int64], classes: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """float64 [k], recall of every class; NaN where it has no row.

    >>> recalls(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [0.5, 1.0]
    """
    hits = np.bincount(classes[guesses == classes], minlength=count)
    rows = np.bincount(classes, minlength=count)
    with np.errstate(invalid="ignore"):
        return np.asarray(hits / rows, np.float64)

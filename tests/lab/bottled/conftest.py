"""A corpus that is small enough to go round in seconds, and still large enough for an audit to judge."""

from __future__ import annotations

import pytest

from holdfast.lab.bench.corpus import Corpus, generate_corpus

STRATA = 9


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """Some 1,200 rows of 9 topics, from frequent to rare."""
    made = generate_corpus(strata=STRATA, rows_per_stratum=420, seed=5)
    rows = [
        row
        for rank, rows in enumerate(made.by_stratum.values())
        for row in rows[: round(420 / (1 + rank) ** 0.9)]
    ]
    return Corpus.of("small", rows)

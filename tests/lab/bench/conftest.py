import numpy as np
import pytest

from holdfast.lab.bench.corpus import generate_corpus
from holdfast.lab.bench.pools import deal_pools


@pytest.fixture(scope="session")
def corpus():
    return generate_corpus(strata=15, rows_per_stratum=400, seed=3)


@pytest.fixture(scope="session")
def pools(corpus):
    return deal_pools(corpus, size=200, rng=np.random.default_rng(1))


@pytest.fixture(scope="session")
def plain(corpus):
    """The same without labels."""
    return deal_pools(corpus.unlabelled(), size=200, rng=np.random.default_rng(2))

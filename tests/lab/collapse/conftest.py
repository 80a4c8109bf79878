"""A small world, dealt once."""

import pytest

from holdfast.lab.bench.corpus import generate_corpus
from holdfast.lab.collapse.world import deal_world


@pytest.fixture(scope="session")
def corpus():
    return generate_corpus(strata=6, rows_per_stratum=450)


@pytest.fixture(scope="session")
def world(corpus, tmp_path_factory):
    return deal_world(corpus, size=700, folder=tmp_path_factory.mktemp("world") / "w", seed=3)

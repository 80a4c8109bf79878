"""The program that serves peers, with an adapter of a package that is at hand."""

import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from holdfast.lab.bench.detectors import join_peer, leave_peers
from holdfast.lab.bench.detectors.detector import Shown

PEERS = Path(__file__).parents[3] / "benchmarks" / "peers"
TINY = """
import os
import sys

NAME, PACKAGE, VERSION = "tiny", "numpy", 3


def look(pair):
    print("loading", file=sys.stdout)
    os.write(1, b"from a library in C")
    real, made = pair.features
    yield {"name": "tiny:rows", "strength": len(made), "alarm": len(real) == 3}
    yield {"name": "tiny:nan", "strength": float("nan")}
    yield {"name": "tiny:labels", "strength": None, "reason": str(pair.made_labels)}
    raise ValueError("out of words")
"""


@pytest.fixture
def tiny(tmp_path):
    pytest.importorskip("sklearn")
    folder = shutil.copytree(PEERS, tmp_path / "peers")
    (folder / "adapters" / "tiny.py").write_text(TINY)
    yield join_peer(shlex.join([sys.executable, str(folder / "serve.py"), "tiny"]))
    leave_peers()


def test_what_a_peer_prints_and_breaks_does_no_harm(tiny):
    assert tiny.name == "tiny"
    assert tiny.version == f"numpy {np.__version__} adapter 3"
    side = Shown(texts=("one two", "two three", "one three"), labels=None)
    for _ in range(2):
        found = {said.name: said for said in tiny(side, side, np.random.default_rng(0))}
        assert list(found) == ["tiny:rows", "tiny:nan", "tiny:labels", "tiny"]
        assert (found["tiny:rows"].strength, found["tiny:rows"].alarm) == (3.0, True)
        assert (found["tiny:nan"].strength, found["tiny:nan"].reason) == (None, "it reads nan")
        assert found["tiny:labels"].reason == "None"
        assert "out of words" in found["tiny"].reason
        assert found["tiny:rows"].seconds >= 0


def test_features_that_cannot_be_read_are_told(tiny):
    side = Shown(texts=("!", "?"), labels=None)
    (found,) = tiny(side, side, np.random.default_rng(0))
    assert found.name == "tiny"
    assert found.strength is None
    # Once it has answered, it breaks under the names by which it is known.
    tiny(
        Shown(texts=("one two",) * 3, labels=None),
        Shown(texts=("one two",) * 3, labels=None),
        np.random.default_rng(0),
    )
    names = [said.name for said in tiny(side, side, np.random.default_rng(0))]
    assert names == ["tiny:rows", "tiny:nan", "tiny:labels"]

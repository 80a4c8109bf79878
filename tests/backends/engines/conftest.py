"""Make the work of these tests importable here, and in processes that are started."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)

from engine_jobs import Rows, World  # noqa: E402 - found by the path above


@pytest.fixture(scope="session")
def world():
    numbers = np.random.default_rng(0).standard_normal((1_000, 3))
    shared = np.arange(5)
    return World(
        numbers=numbers,
        words=tuple(f"wort{number}é" for number in range(1_000)),
        more={"a": [shared, "text"], "b": shared},
    )


@pytest.fixture(scope="session")
def blocks():
    return [Rows(start=start, stop=start + 50) for start in range(0, 1_000, 50)]


@pytest.fixture(scope="session")
def ray_engine():
    """A local Ray of two workers, started once: that takes ten seconds."""
    # Not imported to see whether it is there: where it listens is decided when it is imported.
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    from holdfast.backends.engines.ray_engine import RayEngine

    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([HERE, *([before] if before else [])])
    try:
        with RayEngine(workers=2, store_bytes=200 * 2**20) as engine:
            yield engine
    finally:
        # Ray ends its processes and does not wait for them, which Python says when it forgets them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before

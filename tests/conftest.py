"""What all tests share: the real data, where they are at hand."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

VARIABLE = "HOLDFAST_REAL_DATA"

os.environ.pop("COLUMNS", None)  # a parallel run sets it, and texts are wrapped by it
# Matrices here are small: a second thread of the linear algebra finds little to do, and spins while it waits, on the
# core of another worker. This is read when numpy is loaded, which nothing before this file does; processes that tests
# start inherit it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["HOLDFAST_STORE"] = "off"  # what tests read is kept nowhere


def pytest_collection_modifyitems(items):
    if os.environ.get(VARIABLE):
        return
    skip = pytest.mark.skip(reason=f"{VARIABLE} does not name the folder of the real data")
    for item in items:
        if item.get_closest_marker("real"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data; tests that use it are marked `real`."""
    named = os.environ.get(VARIABLE)
    if not named:
        pytest.fail("a test that uses `real_data` must be marked `real`", pytrace=False)
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"{VARIABLE}={named} is not a folder", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def start() -> Callable[..., BaseProcess]:
    """Starts the command line in a process of its own: the fork of one that has loaded everything.

    Loading takes longer than the work on a few rows; a run that is killed at a moment of chance is killed at work.
    """
    from holdfast.cli import main

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        [
            "holdfast.cli",
            "holdfast.remedies.blend",
            "holdfast.remedies.curate",
            "pandas",  # pyarrow loads it where it is installed
            "pyarrow.compute",
            "pyarrow.parquet",
            "scipy.linalg",
            "scipy.sparse",
            "scipy.special",
        ]
    )

    def go(*arguments: str) -> BaseProcess:
        process = context.Process(target=main, args=(list(arguments),))
        process.start()
        return process

    return go

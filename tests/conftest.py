"""What all tests share: the real data, where they are at hand."""

import os
from pathlib import Path

import pytest

VARIABLE = "HOLDFAST_REAL_DATA"

os.environ.pop("COLUMNS", None)  # a parallel run sets it, and texts are wrapped by it


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

"""Tests in which a model is trained are skipped where there is nothing to train it with."""

from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    if find_spec("torch") is not None:
        return
    for item in items:
        if item.get_closest_marker("models") and HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="torch is not installed"))

"""Make the tiny models and the local server importable."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_HERE = str(Path(__file__).parent)
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)

from local_server import LocalServer  # noqa: E402 - found by the path above


@pytest.fixture
def server(monkeypatch):
    """A server of embeddings on this machine, and an environment that says nothing about others."""
    for name in ("OPENAI_API_KEY", "OPENAI_CUSTOM_HEADERS", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with LocalServer() as running:
        yield running

"""Make the tiny models and the server that chats importable."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
for folder in (_HERE, _HERE.parent, _HERE.parent / "models"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from chat_server import ChatServer  # noqa: E402 - found by the path above

CANARY = "sk-canary-4f1d9a7be20c5513"


@pytest.fixture
def canary():
    """A key that nothing may repeat."""
    return CANARY


@pytest.fixture
def chats(monkeypatch):
    """A server that chats on this machine, a key for it, and an environment that says nothing about others."""
    for name in ("CUSTOM_HEADERS", "ORG_ID", "PROJECT_ID", "BASE_URL", "LOG"):
        monkeypatch.delenv(f"OPENAI_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with ChatServer() as running:
        yield running

"""Rows for remedies."""

import sys
from pathlib import Path

import pytest

_HERE = str(Path(__file__).parent)
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)

from small_world import rows  # noqa: E402 - the path above makes it importable


@pytest.fixture(scope="session")
def real():
    return rows(1)


@pytest.fixture(scope="session")
def made():
    good = rows(2)
    return [
        *good,
        *({"text": row["text"], "intent": row["intent"]} for row in good[:20]),  # exact copies
        *(
            {
                "text": f"I'm sorry, but as an AI language model I cannot help: {row['text']}",
                "intent": row["intent"],
            }
            for row in rows(4)[:6]
        ),
        *({"text": f"{row['text']} Ã¢â‚¬â„¢ Ã©tÃ©", "intent": row["intent"]} for row in rows(5)[:6]),
        *(
            {"text": row["text"], "intent": "estate" if row["intent"] == "balance" else "balance"}
            for row in rows(3)[:25]
        ),
    ]

"""A small world for remedies: strata of very different size, each with its own words."""

import random

import pytest

SIZES = {"balance": 240, "refund": 120, "transfer": 90, "lost": 60, "fees": 40, "estate": 26}


def rows(seed, sizes=None, *, per_stratum=None):
    dice = random.Random(seed)  # noqa: S311 - no secret
    shared = [f"word{i}" for i in range(60)]
    found = []
    for name, count in (sizes or SIZES).items():
        own = [f"{name}{i}" for i in range(30)]
        for _ in range(per_stratum or count):
            words = dice.choices(own, k=5) + dice.choices(shared, k=5)
            dice.shuffle(words)
            found.append({"text": " ".join(words), "intent": name})
    dice.shuffle(found)
    return found


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

"""A small world for remedies: strata of very different size, each with its own words."""

import random

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

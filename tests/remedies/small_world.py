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


def hard_rows(seed, sizes=None):
    """Rows of the same strata that take many examples to learn: two words in ten speak for the stratum."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    letters = random.Random(0)  # noqa: S311 - no secret
    spell = lambda: "".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=6))  # noqa: E731
    shared = [spell() for _ in range(80)]
    own = {name: [spell() for _ in range(60)] for name in SIZES}
    found = [
        {
            "text": " ".join(dice.sample(dice.choices(own[name], k=2) + dice.choices(shared, k=8), 10)),
            "intent": name,
        }
        for name, count in (sizes or SIZES).items()
        for _ in range(count)
    ]
    dice.shuffle(found)
    return found

"""Worlds of preferences with known truth: what people like, what a judge likes, and in which order it was shown."""

from __future__ import annotations

import math
import random
from typing import Any

WORDS = "the bank card limit moves when you ask for it and pays a fee on time again soon with care"


def pairs(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Pairs whose responses differ in length, with how much better a is and how much longer."""
    rng = random.Random(seed)  # noqa: S311 - nothing here is secret
    made = []
    for number in range(count):
        lengths = [max(5, int(rng.lognormvariate(3.4, 0.45))) for _ in range(2)]
        a, b = (" ".join(rng.choice(WORDS.split()) for _ in range(length)) for length in lengths)
        row = {"pair_id": f"p{number}", "prompt": f"question {number}?", "response_a": a, "response_b": b}
        made.append({"row": row, "better": rng.gauss(0, 1.6), "longer": math.log(lengths[0] / lengths[1])})
    return made


def labels(
    made: list[dict[str, Any]],
    annotator: str,
    kind: str,
    *,
    taste: float = 0.5,
    insight: float = 1.0,
    slot: float = 0.0,
    both: bool = False,
    always: str | None = None,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """One annotator's labels.

    Args:
        made: Pairs.
        annotator: Who.
        kind: What that is.
        taste: What being longer is worth, in logits per unit of log length.
        insight: How much of what is better is seen.
        slot: What being shown first is worth.
        both: Whether both orders are asked.
        always: A label given whatever the pair says.
        seed: Seed.
    """
    rng = random.Random(f"{annotator}-{seed}")  # noqa: S311 - nothing here is secret
    rows = []
    for pair in made:
        first = rng.choice("ab")

        def say(first: str, pair: dict[str, Any] = pair) -> str:
            value = insight * pair["better"] + taste * pair["longer"] + (slot if first == "a" else -slot)
            return always or ("a" if rng.random() < 1 / (1 + math.exp(-value)) else "b")

        row = pair["row"] | {
            "annotator": annotator,
            "annotator_type": kind,
            "label": say(first),
            "order": first,
        }
        if both:
            row["swapped_label"] = say("b" if first == "a" else "a")
        rows.append(row)
    return rows

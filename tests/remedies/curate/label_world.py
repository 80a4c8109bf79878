"""Worlds of labels with known truth: people with a taste, and judges who add something to it."""

from __future__ import annotations

import numpy as np

RELATIVE, STRANGER = "student", "stranger"


def logistic(x):
    return 1 / (1 + np.exp(-x))


def make_rows(
    seed,
    pairs=1_200,
    *,
    people=2,
    seen=0.5,
    taste=0.5,
    length=0.0,
    position=0.0,
    teacher=0.0,
    layout=0.0,
    judge="judge",
    asked_twice=False,
):
    """Rows in our own form: labels of people for the share `seen` of the pairs, and of a judge for all.

    Args:
        seed: Seed.
        pairs: How many.
        people: How many people see a pair.
        seen: Share of pairs that people see.
        taste: How much people, and the judge, like longer responses.
        length: How much more the judge does.
        position: How much the judge likes what is shown first.
        teacher: How much the judge likes what the relative wrote.
        layout: How much the judge likes bold words.
        judge: The judge's name.
        asked_twice: Whether the judge is asked in both orders.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for at in range(pairs):
        words = rng.integers(20, 120, 2)
        bold = rng.integers(0, 2, 2)
        dx = float(np.log(words[0] / words[1]))
        merit = rng.normal(0, 1.5)
        authors = rng.permutation([RELATIVE, STRANGER]).tolist()
        own = 1 if authors[0] == RELATIVE else -1
        pair = {
            "pair_id": f"p{at}",
            "prompt": f"question {at}",
            **{
                f"response_{side}": " ".join(
                    [
                        f"{side}{at}",
                        "**word**" if bold[column] else "word",
                        *["more"] * int(words[column] - 2),
                    ]
                )
                for column, side in enumerate("ab")
            },
            "author_a": authors[0],
            "author_b": authors[1],
        }
        base = merit + taste * dx
        told = base + length * dx + teacher * own + layout * float(bold[0] - bold[1])
        if at < seen * pairs:
            for person in range(people):
                first = rng.choice([-1, 1])
                rows.append(
                    pair
                    | {
                        "label": "a" if rng.random() < logistic(base) else "b",
                        "annotator": f"person {person}",
                        "annotator_type": "human",
                        "order": "a" if first > 0 else "b",
                    }
                )
        first = rng.choice([-1, 1])
        threshold = rng.random()
        row = pair | {
            "label": "a" if threshold < logistic(told + position * first) else "b",
            "annotator": judge,
            "annotator_type": "ai_judge",
            "order": "a" if first > 0 else "b",
        }
        if asked_twice:
            row["swapped_label"] = "a" if threshold < logistic(told - position * first) else "b"
        rows.append(row)
    return rows


def verdicts(rows, *, human):
    """Labels as +1 and -1, differences of words, order and whether a is by the relative."""
    own = [row for row in rows if (row["annotator_type"] == "human") == human]
    label = np.array([1 if row["label"] == "a" else -1 for row in own])
    words = np.array([len(row["response_a"].split()) - len(row["response_b"].split()) for row in own])
    bold = np.array([row["response_a"].count("**") - row["response_b"].count("**") for row in own])
    first = np.array([1 if row["order"] == "a" else -1 for row in own])
    relative = np.array([1 if row["author_a"] == RELATIVE else -1 for row in own])
    return label, words, bold, first, relative

"""A program that decides items one after the other, and says of each when it is saved. Tests end it without a warning."""

from __future__ import annotations

import sys
from pathlib import Path

from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.decisions.store import Decisions


def decide(file: Path, start: int) -> None:
    decisions = Decisions(file)
    number = start
    while True:
        name = f"{start}-{number}"
        if number % 5 == 4:
            saved = decisions.add(
                Decision(uuid=name, item=number - 1, reviewer="ada", takes_back=f"{start}-{number - 1}")
            )
        else:
            answers = {"verdict": "accept", "note": f"seen {number}"}
            saved = decisions.add(Decision(uuid=name, item=number, reviewer="ada", answers=answers))
        sys.stdout.write(f"{saved.uuid}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    decide(Path(sys.argv[1]), int(sys.argv[2]))

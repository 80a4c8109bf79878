"""A set with known bad rows, a queue drawn from it, and people who look."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.queues.draw import draw_queue

LABELS = ("billing", "delivery", "returns")


def made_rows(count=240):
    """Every tenth row is bad; `quality` is low for these and for some others."""
    return [
        {
            "id": f"r{number}",
            "text": f"The customer with number {number} asks about {LABELS[number % 3]} and waits for an answer",
            "label": LABELS[number % 3],
            "quality": 0.1 if number % 10 == 0 else 0.2 if number % 15 == 1 else 0.9,
        }
        for number in range(count)
    ]


def is_bad(item):
    return int(item.id.removeprefix("r")) % 10 == 0


@dataclass(frozen=True, kw_only=True)
class Review:
    """A queue, its decisions and the file that it was drawn from."""

    file: Path
    queue: object
    decisions: Decisions

    def say(self, reviewer, item, answers, *, seconds=4.0, shown=None, uuid=None):
        return self.decisions.add(
            Decision(
                uuid=uuid or f"{reviewer}-{item}-{len(self.decisions.all())}",
                item=item,
                reviewer=reviewer,
                answers=self.queue.questions.check(answers),
                seconds=seconds,
                shown=shown or {"suggestion": "none"},
            )
        )

    def judge(self, reviewer, items=None):
        """Honest work: bad rows are rejected, gold questions answered right."""
        for number in range(len(self.queue)) if items is None else items:
            item = self.queue.item(number)
            right = (item.known or {}).get("verdict") or ("reject" if is_bad(item) else "accept")
            self.say(reviewer, number, {"verdict": right, "faults": ["tone"] if right == "reject" else []})


@pytest.fixture
def start(tmp_path):
    """Draws a queue; options go to `draw_queue`."""
    opened = []

    def begin(given=None, *, name="made", **options):
        file = tmp_path / f"{name}.jsonl"
        held = made_rows() if given is None else given
        file.write_text("".join(json.dumps(row) + "\n" for row in held), encoding="utf-8")
        queue = draw_queue(file, output=tmp_path / f"{name}-queue", **({"rows": 120, "seed": 3} | options))
        decisions = Decisions(queue.decisions_file)
        opened.append(decisions)
        return Review(file=file, queue=queue, decisions=decisions)

    yield begin
    for one in opened:
        one.close()

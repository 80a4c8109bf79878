"""Generation on real text: a writer as good as people is told from ones that are not. Who writes here is scripted."""

from __future__ import annotations

import csv
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from scipy.stats import binom

from holdfast.backends.chats.scripted import ScriptedChat
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.material import readable

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real
INTENTS, LOST = 10, 2


@pytest.fixture(scope="module")
def world(real_data: Path):
    """Some intents of a bank: real rows, a set that lost two of them, and what a person would write of these."""
    with (real_data / "banking77/train.csv").open(newline="") as file:
        rows = [{"text": row["text"], "intent": row["category"]} for row in csv.DictReader(file)]
    names = sorted(Counter(row["intent"] for row in rows))[::7][:INTENTS]
    dice = random.Random(0)  # noqa: S311 - no secret
    rows = [row for row in rows if row["intent"] in names]
    dice.shuffle(rows)
    real, other = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    lost = names[:LOST]
    candidate = [row for row in other[:300] if row["intent"] not in lost]
    return real, candidate, lost, other


def run(world, answer):
    real, candidate, _, _ = world
    return generate(
        candidate,
        real=real,
        judge_share=0,
        method=["few_shot"],
        model=ScriptedChat.of(answer),
        rows=110,
        rounds=1,
    )


def asked_for(request):
    lines = request.messages[-1].content.split("\n")
    return next(line for line in lines if line.startswith("It is about: ")).removeprefix("It is about: ")


@pytest.fixture(scope="module")
def people(world):
    """Unseen real rows of what is asked for."""
    _, candidate, lost, other = world
    said = {row["text"] for row in candidate}
    fresh = {
        readable(name): iter(
            [row["text"] for row in other if row["intent"] == name and row["text"] not in said]
        )
        for name in lost
    }
    return run(world, lambda request: next(fresh[asked_for(request)]))


def test_what_people_write_is_kept(world, people):
    """Binomial: about as often as the same filters keep the real rows at hand."""
    lost = world[2]
    assert {row["stratum"] for row in people.strata} >= set(lost)
    passes = [people.rounds[0].reality[name]["passes"] for name in lost]
    wished = sum(row["wished"] for row in people.strata)
    assert people.accepted > 0.7 * wished
    assert binom.cdf(people.accepted, wished, min(passes) - 0.1) > 0.001
    assert not [row for row in people.strata if row["state"] == "given_up"]


def test_what_is_something_else_is_given_up(world):
    """Real rows of other intents under the name that was asked for, and words of the prompt, are refused, with figures."""
    real, _, lost, _ = world
    others = [row["text"] for row in real if row["intent"] not in lost]
    dice = random.Random(1)  # noqa: S311 - no secret
    babble = [
        "the",
        "new",
        "text",
        "must",
        "be",
        "about",
        "kind",
        "answer",
        "alone",
        "write",
        "style",
        "please",
        "message",
        "bank",
    ]
    for answer in (
        lambda request: f"Its kind must be: {asked_for(request)}",
        lambda request: " ".join([asked_for(request), *dice.choices(babble, k=6)]),
        lambda _: dice.choice(others) + " " + dice.choice(others),
        lambda request: request.messages[-2].content,  # the last example, to the letter
    ):
        found = run(world, answer)
        assert found.accepted <= 0.15 * found.wished
        assert found.ended in ("too_weak", "rounds")
        given_up = [row for row in found.strata if row["state"] == "given_up"]
        assert len(given_up) >= 1
        assert all("rows written" in row["why"] for row in given_up)

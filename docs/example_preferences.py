"""Example data for the pages on preferences and voice: questions to a bank and answers in several hands, all made up.

people.jsonl          900 pairs of answers, each labelled by two of three people
prefs.jsonl           2,400 pairs, those 900 among them, labelled by a model that likes long answers more than people do; asked in both
                      orders
before.jsonl, after.jsonl      a model's answers to 400 questions before and after it was tuned on such labels: after it, two answers in five
                      are in the teacher's hand
teacher.jsonl         the teacher's answers to the same questions
other-1.jsonl ... other-3.jsonl    answers of models that cannot have taught
approved/texts.jsonl  300 answers that the bank's people approved
rewards.jsonl         what a model in training gives both answers of 500 labelled pairs, at five steps: it learns the judge's taste for length
"""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

TOPICS = [
    "a lost card",
    "a late transfer",
    "a forgotten PIN",
    "a declined payment",
    "a refund",
    "a card limit",
    "a new address",
    "a fee",
    "a card abroad",
    "a direct debit",
    "a loan",
    "a joint account",
    "a jar of coins",
    "an estate",
    "a power of attorney",
    "a strange message",
    "a blocked payment",
]
ASKS = "How do I deal with,What happens with,Who helps me with,How long does it take to settle,What does it cost to handle,Can I arrange"
WHERE = "in the app,by phone,at the branch,online,from abroad,as a student,for my mother,on a Sunday,without my card,this week"
FACTS = [
    "open the app and choose the account",
    "call the number on the back of the card",
    "bring a passport to the branch",
    "the bank checks it within two days",
    "there is no charge in the first year",
    "a letter follows by post",
    "the money comes back within a week",
    "an adviser calls you",
    "the old card stops at once",
    "you confirm it with a code",
    "keep the receipt until then",
    "the limit rises the next morning",
]


class Hand:
    """The way one model, or one person, puts things: openings, joints, endings, and how much is said."""

    def __init__(
        self, opens: str, joins: str, ends: str, *, facts: tuple[int, int], lists: float = 0.0
    ) -> None:
        self.opens, self.joins, self.ends = opens.split("|"), joins.split("|"), ends.split("|")
        self.facts, self.lists = facts, lists

    def answer(self, rng: random.Random, topic: str) -> str:
        """An answer about a topic."""
        facts = rng.sample(FACTS, rng.randint(*self.facts))
        opening = rng.choice(self.opens).format(topic=topic)
        if rng.random() < self.lists and len(facts) > 2:
            return "\n".join([opening, "", *(f"- {fact}" for fact in facts), "", rng.choice(self.ends)])
        said = [facts[0], *(f"{rng.choice(self.joins)} {fact}" for fact in facts[1:])]
        return f"{opening} {'. '.join(one[0].upper() + one[1:] for one in said)}. {rng.choice(self.ends)}"


HANDS = {
    "house": Hand(
        "For {topic}, this is the way.|About {topic}:|Here is what to do about {topic}.",
        "then|and then|also|after that",
        "We are happy to help.|Ask us if anything is unclear.|That is all.",
        facts=(2, 6),
    ),
    "teacher": Hand(
        "Certainly! When it comes to {topic}, there are several key points to consider.|Great question; navigating {topic} can feel complex.",
        "furthermore, it is worth noting that|additionally, please note that|moreover, rest assured that",
        "Ultimately, the right choice depends on your circumstances.|I hope this comprehensive overview helps!",
        facts=(2, 6),
        lists=0.2,
    ),
    "other-1": Hand(
        "Sure thing, {topic} is easy.|OK so, {topic}.",
        "and so|which means|but",
        "Done!|Simple as that.|You got this.",
        facts=(2, 6),
    ),
    "other-2": Hand(
        "Dear customer, regarding {topic} we inform you as follows.|In the matter of {topic}:",
        "in addition|subsequently|in which case",
        "Yours sincerely, the bank.|We remain at your disposal.",
        facts=(2, 6),
    ),
    "other-3": Hand(
        "To resolve {topic}, follow the steps below.|Steps for {topic}.",
        "next|finally|secondly",
        "If the problem persists, contact support.|End of steps.",
        facts=(2, 6),
        lists=0.3,
    ),
}


def pairs(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Pairs of answers of the house and of another model; how good each is, people see and nobody writes down."""
    made = []
    for number in range(count):
        topic = rng.choice(TOPICS)
        prompt = f"{rng.choice(ASKS.split(','))} {topic} {rng.choice(WHERE.split(','))}? (case {number})"
        authors = ["house@1", f"{rng.choice(['other-1', 'other-2', 'other-3'])}@1"]
        rng.shuffle(authors)
        a, b = (HANDS[author.split("@")[0]].answer(rng, topic) for author in authors)
        longer = math.log(len(a.split()) / len(b.split()))
        made.append(
            {
                "row": {
                    "pair_id": f"p{number}",
                    "prompt": prompt,
                    "response_a": a,
                    "response_b": b,
                    "author_a": authors[0],
                    "author_b": authors[1],
                },
                "better": rng.gauss(0.0, 4.0),
                "longer": longer,
            }
        )
    return made


def say(rng: random.Random, pair: dict[str, Any], taste: float) -> str:
    """A verdict: what is better counts, and so does what is longer, as much as the taste says."""
    return "a" if rng.random() < 1 / (1 + math.exp(-(pair["better"] + taste * pair["longer"]))) else "b"


def rewards(rng: random.Random, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rewards of a model that first learns what is better and then what is longer."""
    rows = []
    for number, step in enumerate((0, 100, 200, 300, 400)):
        seen, taste = (0.0, 0.6, 0.8, 0.6, 0.4)[number], (0.0, 0.3, 1.2, 3.0, 5.0)[number]
        for pair in made:
            margin = seen * pair["better"] + taste * pair["longer"] + rng.gauss(0.0, 1.5)
            rows.append(
                {
                    "pair_id": pair["row"]["pair_id"],
                    "step": step,
                    "reward_a": round(margin / 2, 3),
                    "reward_b": round(-margin / 2, 3),
                }
            )
    return rows


def write(folder: Path) -> None:
    """Write the files."""
    rng = random.Random(7)  # noqa: S311 - nothing here is secret
    made = pairs(rng, 2_400)
    people = [
        pair["row"] | {"label": say(rng, pair, 0.4), "annotator": name, "annotator_type": "human"}
        for pair in made[:900]
        for name in rng.sample(["ana", "ben", "cleo"], 2)
    ]
    judged = [
        pair["row"]
        | {
            "label": say(rng, pair, 2.6),
            "annotator": "judge-model",
            "annotator_type": "ai_judge",
            "judge_version": "1",
            "order": rng.choice("ab"),
            "swapped_label": say(rng, pair, 2.6),
        }
        for pair in made
    ]
    _write(folder / "people.jsonl", people)
    _write(folder / "prefs.jsonl", judged)
    asked = [(pair["row"]["prompt"], rng.choice(TOPICS)) for pair in made[:400]]
    for name in ("teacher", "other-1", "other-2", "other-3"):
        _write(folder / f"{name}.jsonl", _answers(rng, asked, lambda _, name=name: name))
    _write(folder / "before.jsonl", _answers(rng, asked, lambda _: "house"))
    _write(
        folder / "after.jsonl",
        _answers(rng, asked, lambda rng: "teacher" if rng.random() < 0.4 else "house"),
    )
    (folder / "approved").mkdir(exist_ok=True)
    texts = [{"text": HANDS["house"].answer(rng, rng.choice(TOPICS))} for _ in range(300)]
    _write(folder / "approved" / "texts.jsonl", texts)
    _write(folder / "rewards.jsonl", rewards(rng, made[:500]))


def _answers(rng: random.Random, asked: list[tuple[str, str]], hand: Any) -> list[dict[str, str]]:
    return [{"prompt": prompt, "response": HANDS[hand(rng)].answer(rng, topic)} for prompt, topic in asked]


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    write(Path())

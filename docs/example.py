"""Example data for the documentation: messages to a bank, made up by a small grammar. Writes into the current folder.

real.jsonl        1,500 messages in the words of many customers, 18 intents from frequent to rare
fresh.jsonl       1,500 more from the same customers
synthetic.jsonl   1,500 messages as a careless generator writes them: frequent intents are favoured, rare ones fade or
                  vanish, one wording per intent comes up most, and many messages open alike
"""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import json
import random
from pathlib import Path

INTENTS = {  # most frequent first; the first wording of each is the one a generator returns to
    "balance": ["what is my balance", "how much money do I have left", "is there enough for the rent"],
    "card_lost": ["I lost my card", "my card is gone", "I cannot find my debit card anywhere"],
    "transfer_late": [
        "my transfer has not arrived",
        "where is the money I sent",
        "a payment is still missing",
    ],
    "pin_reset": [
        "I forgot my PIN",
        "how do I get a new PIN",
        "the machine does not take my number any more",
    ],
    "card_declined": ["my card was declined", "the till refused me", "paying did not work"],
    "refund": ["I want a refund", "the shop sent the goods back but not the money", "they owe me a refund"],
    "limit_raise": ["raise my card limit", "I need to spend more than I am allowed", "the limit is too low"],
    "address_change": [
        "I moved, change my address",
        "letters still go to my old flat",
        "new street from May on",
    ],
    "fee_dispute": ["why was I charged a fee", "this charge is wrong", "nobody told me about that fee"],
    "card_abroad": ["can I use my card abroad", "will it work in Peru", "I travel and need to pay there"],
    "direct_debit": ["stop a direct debit", "the gym keeps taking money", "cancel what the club collects"],
    "loan_term": ["how long does my loan run", "can I pay the credit back sooner", "end the loan early"],
    "joint_account": ["add my wife to the account", "we want one account for two", "my partner needs access"],
    "coins": [
        "where can I deposit coins",
        "a jar of coins from the children",
        "does the branch take small change",
    ],
    "estate": [
        "my father died, what about his account",
        "I am the executor",
        "closing the account of my late aunt",
    ],
    "power_of_attorney": [
        "act for my mother",
        "she cannot sign any more, I can",
        "a power of attorney for my uncle",
    ],
    "phishing": [
        "I gave my code to a stranger",
        "was that text message from you",
        "somebody called in your name",
    ],
    "sanction_check": [
        "why is my payment under review",
        "held because of a name on a list",
        "they ask for papers",
    ],
}
OPENERS = [
    "",
    "",
    "",
    "hi, ",
    "hello, ",
    "morning! ",
    "quick question: ",
    "sorry, ",
    "again me, ",
    "urgent: ",
    "so, ",
]
TIMES = "since Monday,two days ago,yesterday,last week,this morning,on the 3rd,for a month,in spring,again,at noon"
PLACES = "in Leeds,at the airport,at my branch,online,in the app,at the petrol station,abroad,in Cork,at work,on the bus"
ENDINGS = "what now?,please help,thanks,I am worried,any idea?,call me,it is for my son,no hurry,this is silly,best Ana"


def real(rng: random.Random, rows: int) -> list[tuple[str, str]]:
    """Messages of customers: every wording, many openings, times, places and endings."""
    chosen = rng.choices(list(INTENTS), [1 / (rank + 1.5) for rank in range(len(INTENTS))], k=rows)
    return [(intent, _message(rng, rng.choice(INTENTS[intent]), rng.choice(OPENERS))) for intent in chosen]


def synthetic(rng: random.Random, rows: int) -> list[tuple[str, str]]:
    """The same, by a generator that favours what it has seen most."""
    weights = [1 / (rank + 1.5) ** 1.3 if rank < len(INTENTS) - 3 else 0.0 for rank in range(len(INTENTS))]
    messages = []
    for intent in rng.choices(list(INTENTS), weights, k=rows):
        wording = rng.choices(INTENTS[intent], [8, 1, 1])[0]
        opener = "I hope this message finds you well, " if rng.random() < 0.3 else rng.choice(OPENERS)
        messages.append((intent, _message(rng, wording, opener)))
    return messages


def _message(rng: random.Random, wording: str, opener: str) -> str:
    parts = [
        wording,
        rng.choice(TIMES.split(",")),
        rng.choice(PLACES.split(",")),
        rng.choice(ENDINGS.split(",")),
    ]
    return f"{opener}{parts[0]} {parts[1]} {parts[2]}, {parts[3]}"


def write(folder: Path) -> None:
    """Write the three files."""
    rng = random.Random(7)  # noqa: S311 - nothing here is secret
    for name, rows in (
        ("real", real(rng, 1_500)),
        ("fresh", real(rng, 1_500)),
        ("synthetic", synthetic(rng, 1_500)),
    ):
        lines = [
            json.dumps({"id": f"{name}-{number}", "text": text, "intent": intent})
            for number, (intent, text) in enumerate(rows, 1)
        ]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path())

"""Small runs: a world of three strata, models that write well or badly, and runs that cost a second or two."""

import random
import sys
from pathlib import Path

_HERE = str(Path(__file__).parents[1])
if _HERE not in sys.path:
    sys.path.insert(0, _HERE)

from small_world import rows  # noqa: E402 - the path above makes it importable

from holdfast.backends.chats.scripted import ScriptedChat  # noqa: E402
from holdfast.remedies.generate import generate  # noqa: E402

SIZES = {"balance": 70, "refund": 50, "lost": 30}
REAL = rows(1, SIZES)
FULL = rows(2, SIZES)
LOSSY = [row for row in FULL if row["intent"] != "lost"]
"""Nothing of `lost`."""


_SAID = {
    "balance": (
        "how much is on my {a} account",
        "show the {a} balance of {b}",
        "what is left on {b} after {a}",
    ),
    "refund": (
        "give the money for {a} back",
        "i want a refund of {a} on {b}",
        "the {a} was never paid back to {b}",
    ),
    "lost": (
        "my {a} card is gone since {b}",
        "somebody stole the {a} card",
        "block the card i lost at {a} on {b}",
    ),
}
_A = (
    "savings",
    "holiday",
    "train",
    "garden",
    "office",
    "school",
    "market",
    "travel",
    "winter",
    "spare",
    "joint",
    "gold",
)
_B = (
    "monday",
    "friday",
    "easter",
    "may",
    "june",
    "anna",
    "omar",
    "grandma",
    "the bank",
    "noon",
    "christmas",
    "sunday",
)


def phrases(seed, sizes=None):
    """Rows that people might write: word pairs come again, so that rows can cover each other."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    found = [
        {
            "text": f"{dice.choice(said).format(a=dice.choice(_A), b=dice.choice(_B))} {dice.choice(_B)}",
            "intent": name,
        }
        for name, said in _SAID.items()
        for _ in range((sizes or SIZES)[name])
    ]
    dice.shuffle(found)
    return found


def asked_for(request):
    """The stratum that a prompt asks for."""
    lines = request.messages[-1].content.split("\n")
    return next(
        (line.rpartition(": ")[2] for line in lines if line.startswith(("It is about: ", "Its kind"))), None
    )


class Writer:
    """Writes fresh rows of what it is asked for: as good as reality, and the same for the same request."""

    def __init__(self, seed=9, per_stratum=400):
        self._fresh = {}
        for row in rows(seed, SIZES, per_stratum=per_stratum):
            self._fresh.setdefault(row["intent"], []).append(row["text"])
        self._given = {}

    def __call__(self, request):
        key = (request.record, request.hop)
        if key not in self._given:
            stratum = asked_for(request) or "lost"
            # By the row's own number, so that who asks first changes nothing.
            round_, number = (int(part) for part in request.record.split("-")[-2:])
            texts = self._fresh.get(stratum, self._fresh["lost"])
            self._given[key] = texts[(round_ * 97 + number) % len(texts)]
        return self._given[key]


def good(**options):
    """A model that writes well."""
    return ScriptedChat.of(Writer(**options))


def from_nothing(**options):
    """Rows where there are none yet: so few that nothing is audited, which is what costs time."""
    given = {"real": REAL, "judge_share": 0, "rows": 20, "rounds": 2, "method": ["few_shot"], "model": good()}
    return generate(None, **(given | options))

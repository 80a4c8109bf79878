"""Sentences in two languages and several topics, drawn from a seeded generator: everyday words and words of a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_ENGLISH = (
    "the a of to and in that is was he for it with as his on be at by had not are but from or have they which one you were "
    "all her she there would their we him been has when who will no more if out so said what up its about into than them can "
    "only other time new some could these two may first then do any like my now over such our man me even most made after"
)
_GERMAN = (
    "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie "
    "nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein "
    "wurde sei hatte kann gegen vom können schon wenn habe seine ihre dann unter wir soll ich eines jahr zwei diese dieser"
)
_TOPICS = {
    "kitchen": (
        "butter flour oven recipe onion garlic pepper sauce kettle spoon boil bake simmer taste bread cheese dinner breakfast "
        "lemon sugar salt vinegar cook plate kitchen supper pastry mushroom potato cream"
    ),
    "travel": (
        "airport luggage passport ticket railway station harbour hotel journey flight delayed platform driver highway bridge "
        "border customs island mountain village tourist museum weather arrival suitcase crossing timetable window seat"
    ),
    "money": (
        "account balance transfer payment interest savings loan mortgage invoice refund currency exchange deposit withdraw "
        "statement charge credit debit insurance pension budget salary taxes bank receipt branch cashier cheque fraud limit"
    ),
}
_GERMAN_TOPIC = (
    "butter mehl backofen rezept zwiebel knoblauch pfeffer soße löffel kochen schmecken frühstück abendessen zitrone zucker "
    "gewürz küche gebäck kartoffel sahne flughafen reisepass fahrkarte bahnhof verspätung autobahn brücke grenze insel gebirge"
)


def english(topic: str, count: int, rng: np.random.Generator, words: int = 12) -> list[str]:
    """English rows: three everyday words in five, the rest of the topic."""
    return _rows(_ENGLISH, _TOPICS[topic], count, rng, words)


def german(count: int, rng: np.random.Generator, words: int = 12) -> list[str]:
    """The same in German."""
    return _rows(_GERMAN, _GERMAN_TOPIC, count, rng, words)


def _rows(
    everyday: list[str], topic: list[str], count: int, rng: np.random.Generator, words: int
) -> list[str]:
    frequent, special = everyday.split(), topic.split()
    common = rng.random((count, words)) < 0.6
    common[:, -1] = False  # a row that ends with "and" is cut off
    # Everyday words are not equally frequent (Zipf).
    ranks = (len(frequent) ** rng.random((count, words))).astype(int) - 1
    others = rng.integers(len(special), size=(count, words))
    return [
        " ".join(frequent[r] if c else special[o] for c, r, o in zip(*row, strict=True))
        for row in zip(common, ranks, others, strict=True)
    ]

"""Judges and people in a few numbers: worlds of known truth, small enough for the examples in this room's documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from holdfast.data.preferences import Preferences
from holdfast.data.preferences.agents import Agent, Agents
from holdfast.data.preferences.preferences import LABELS, PAIRS
from holdfast.views.ratings import Ratings, read_ratings
from holdfast.views.relations import Relations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.views.ratings import Rater


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What moves somebody's verdicts, in logits.

    Attributes:
        insight: For one standard deviation of how much better a response is.
        length: For one of the log ratio of words.
        lists: For one more list item.
        slot: For being shown first.
        favour: For having been written by the first author.
    """

    insight: float = 1.5
    length: float = 0.3
    lists: float = 0.0
    slot: float = 0.0
    favour: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Pairs whose truth is known.

    Attributes:
        better: float64 [n], how much better a is.
        words: int64 [n, 2], of a and of b.
        lists: int64 [n, 2], list items among them.
        author: int64 [n, 2], who wrote them.
        authors: Their names; nobody knows who wrote what where there are none.
        prompt: int64 [n], which prompt a pair answers.
    """

    better: NDArray[np.float64]
    words: NDArray[np.int64]
    lists: NDArray[np.int64]
    author: NDArray[np.int64]
    authors: tuple[str, ...]
    prompt: NDArray[np.int64]

    @classmethod
    def draw(cls, pairs: int, rng: np.random.Generator, authors: tuple[str, ...] = ()) -> World:
        """Pairs at random, each of a prompt of its own; two different authors for each."""
        first = rng.integers(0, max(len(authors), 1), pairs)
        other = (first + 1 + rng.integers(0, max(len(authors) - 1, 1), pairs)) % max(len(authors), 1)
        return cls(
            better=rng.standard_normal(pairs),
            words=np.maximum(4, rng.lognormal(3.2, 0.6, (pairs, 2))).astype(np.int64),
            lists=rng.integers(0, 4, (pairs, 2)),
            author=np.stack([first, other], axis=1),
            authors=authors,
            prompt=np.arange(pairs),
        )

    def says(self, taste: Taste, rng: np.random.Generator, first: NDArray[np.int64]) -> NDArray[np.int64]:
        """int64 [n], verdicts, 1: a is preferred, -1: b; `first` says what was shown first."""
        ratio = np.log1p(self.words[:, 0]) - np.log1p(self.words[:, 1])
        own = (self.author == 0).astype(float) if self.authors else np.zeros(self.author.shape)
        eta = (
            taste.insight * self.better
            + taste.length * ratio / (ratio.std() or 1.0)
            + taste.lists * (self.lists[:, 0] - self.lists[:, 1])
            + taste.slot * first
            + taste.favour * (own[:, 0] - own[:, 1])
        )
        return np.where(rng.random(len(eta)) < 1 / (1 + np.exp(-eta)), 1, -1)

    def ratings(
        self, people: list[Taste], judges: dict[str, Taste], rng: np.random.Generator, *, both: bool = False
    ) -> Ratings:
        """Everybody looks at every pair; judges in both orders where that is asked."""
        count = len(self.better)
        tables = []
        everybody = [(f"person {number}", "human", taste) for number, taste in enumerate(people)]
        everybody += [(name, "ai_judge", taste) for name, taste in judges.items()]
        for name, kind, taste in everybody:
            first = rng.integers(0, 2, count) * 2 - 1
            label = self.says(taste, rng, first)
            swapped = self.says(taste, rng, -first) if both and kind != "human" else None
            tables.append(_labels(name, kind, label, first, swapped))
        preferences = Preferences(
            pairs=self._pairs(), labels=pa.concat_tables(tables), name="world", shape="holdfast"
        )
        return read_ratings(preferences)

    def _pairs(self) -> pa.Table:
        ids = [f"pair {number}" for number in range(len(self.better))]
        a, b = (
            [_text(words, items) for words, items in zip(self.words[:, k], self.lists[:, k], strict=True)]
            for k in (0, 1)
        )
        names = [
            [self.authors[number] if self.authors else None for number in self.author[:, k]] for k in (0, 1)
        ]
        prompts = [f"question {number}" for number in self.prompt]
        return pa.table([ids, ids, prompts, a, b, *names], schema=PAIRS)


def _text(words: int, items: int) -> str:
    lines = ["- item"] * int(items)
    return "\n".join([" ".join(["word"] * max(1, int(words) - 2 * int(items))), *lines])


def _labels(
    name: str,
    kind: str,
    label: NDArray[np.int64],
    first: NDArray[np.int64],
    swapped: NDArray[np.int64] | None,
) -> pa.Table:
    count = len(label)
    columns = {
        "pair": np.arange(count),
        "label": label.astype(np.int8),
        "annotator": [name] * count,
        "annotator_type": [kind] * count,
        "first": first.astype(np.int8),
        "swapped_label": None if swapped is None else swapped.astype(np.int8),
    }
    return pa.table(
        [
            pa.nulls(count, field.type)
            if columns.get(field.name) is None
            else pa.array(columns[field.name], field.type)
            for field in LABELS
        ],
        schema=LABELS,
    )


def verbose_judge(pairs: int = 400, seed: int = 0) -> tuple[Ratings, tuple[Rater, ...]]:
    """Two people who like length a little, and a judge who likes it a lot."""
    rng = np.random.default_rng(seed)
    world = World.draw(pairs, rng)
    ratings = world.ratings([Taste(), Taste()], {"judge": Taste(length=1.5)}, rng)
    return ratings, ratings.judges


def favouring_judge(pairs: int = 800, seed: int = 0) -> tuple[Ratings, tuple[Rater, ...]]:
    """Two people, and a judge who likes its own answers."""
    rng = np.random.default_rng(seed)
    world = World.draw(pairs, rng, authors=("judge", "another", "a third"))
    ratings = world.ratings([Taste(), Taste()], {"judge": Taste(favour=1.2)}, rng)
    return ratings, ratings.judges


def leaking_judges(pairs: int = 1_500, seed: int = 0) -> tuple[Ratings, tuple[Rater, ...]]:
    """Two judges, each of whom likes what its own student wrote."""
    rng = np.random.default_rng(seed)
    world = World.draw(pairs, rng, authors=("student of one", "student of two"))
    tastes = {"one": Taste(favour=0.8), "two": Taste(favour=-0.8)}
    ratings = world.ratings([Taste(), Taste()], tastes, rng)
    return ratings, ratings.judges


def students() -> Relations:
    """Who taught whom in `leaking_judges`."""
    return Relations(
        Agents(
            described=tuple(
                Agent(name=f"student of {teacher}", trained_on_outputs_of=(teacher,))
                for teacher in ("one", "two")
            )
        )
    )

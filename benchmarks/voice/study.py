"""Planted shares of a teacher's outputs, and nulls of five kinds, read by every statistic that was tried.

A planted share replaces a student's outputs on prompts drawn at random by the teacher's. The others are said anew: their scatter around
the student's mean is dealt among prompts of the same fold, as a second run of the model would move it; equal texts on
both sides would make any test look strong.

    planted    the named teacher's outputs: power
    inside     another teacher's, who is among the placebos; the name is wrong
    outside    another teacher's, who is not among the placebos; the name is wrong
    again      nothing planted: the student's outputs said anew
    length     gpt4_0613, told to be concise, told to be verbose, in all six orders
    relative   a relative in the student's place, in any order: real movements without the named teacher
"""

from __future__ import annotations

from typing import Any

import numpy as np
from models import FAMILY, FIRST_HALF

from holdfast.measures.model.voice import Moves, read_drift
from holdfast.measures.model.voice.moves import spreads

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
FOLDS = 4
DRAWS = 300
HALVES = 199
LENGTHS = ("gpt4_0613", "gpt4_0613_concise", "gpt4_0613_verbose")


class Student:
    """One student and everything that directions from it say, learnt without the prompts they are read on."""

    def __init__(
        self,
        values: np.ndarray,
        names: list[str],
        at: int,
        dealt: tuple[np.ndarray, list[np.ndarray]],
        rng: np.random.Generator,
    ) -> None:
        self.name, self.names, self.at = names[at], names, at
        self.others = [place for place in range(len(names)) if place != at]
        self.moved = values[self.others] - values[at]
        count, prompts, _ = self.moved.shape
        self.fold, self.inverses = dealt
        self.counts = (
            rng.multinomial(prompts, np.full(prompts, 1 / prompts), DRAWS).astype(np.float32) / prompts
        )
        total = self.moved.sum(axis=1)
        self.ways = np.stack(
            [
                (total - self.moved[:, self.fold == part].sum(axis=1))
                / (self.fold != part).sum()
                @ self.inverses[part]
                for part in range(FOLDS)
            ]
        )
        self.told = np.empty((count, count, prompts), np.float32)
        for part in range(FOLDS):
            held = self.fold == part
            self.told[:, :, held] = (self.moved[:, held] @ self.ways[part].T).transpose(2, 0, 1)
        everything = values - values.mean(axis=0)
        self.scatter = everything[at] - everything[at].mean(axis=0)
        self.place = {names[one]: at for at, one in enumerate(self.others)}
        self.halves = self._halves(values[at], rng)

    def _halves(self, start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """float64 [HALVES, others], what each way says of one random half of the student's outputs against the other."""
        scores = np.empty((len(start), len(self.others)))
        for part in range(FOLDS):
            held = self.fold == part
            scores[held] = start[held] @ self.ways[part].T
            scores[held] -= scores[held].mean(axis=0)
        signs = np.where(np.arange(len(start)) % 2 == 0, 2.0, -2.0) / len(start)
        return np.stack([rng.permutation(signs) for _ in range(HALVES)]) @ scores

    def said_anew(self, rng: np.random.Generator) -> np.ndarray:
        """float32 [n, d], the difference of a second run."""
        dealt = np.empty_like(self.scatter)
        for part in range(FOLDS):
            own = np.flatnonzero(self.fold == part)
            dealt[own] = self.scatter[rng.permutation(own)]
        return dealt - self.scatter

    def planted(self, source: str, share: float, rng: np.random.Generator) -> np.ndarray:
        """float32 [n, d], the difference of a mixture."""
        chosen = rng.random(len(self.fold)) < share
        return np.where(chosen[:, None], self.moved[self.place[source]], self.said_anew(rng))

    def read(
        self, after: np.ndarray, named: str, placebos: list[str], rng: np.random.Generator
    ) -> dict[str, Any]:
        """Both statistics: along the ways from the student, and along what tells the panel's members apart."""
        panel = [self.place[name] for name in (named, *placebos)]
        told = np.empty((1 + len(panel), 1 + len(panel), len(self.fold)))
        told[1:, 1:] = self.told[np.ix_(panel, panel)]
        total = after.sum(axis=0)
        for part in range(FOLDS):
            held = self.fold == part
            way = self.inverses[part] @ ((total - after[held].sum(axis=0)) / (~held).sum())
            told[1:, 0, held] = self.ways[part][panel] @ after[held].T
            told[0, 0, held] = after[held] @ way
            told[0, 1:, held] = (self.moved[panel][:, held] @ way).T
        halves = np.column_stack([np.zeros(HALVES), self.halves[:, panel]])
        found = read_drift(Moves(told=told, halves=halves), [named, *placebos], rng, draws=DRAWS)
        return {
            "pull": found.teacher.pull or 0.0,
            "halves": found.teacher.halves or 0.0,
            "surely": found.teacher.surely or 0.0,
            "specific": found.specific_surely if found.specific_surely is not None else -1.0,
            "specific_95": found.specific_interval[0] if found.specific_interval else -1.0,
            "alignment": found.teacher.alignment or 0.0,
            "likeness": found.twin_likeness if found.twin_likeness is not None else 1.0,
        } | self._panel(told[1:, 0], panel)

    def _panel(self, told: np.ndarray, panel: list[int]) -> dict[str, float]:
        """The design's pull: along what tells each voice from the mean of the others of the panel."""
        count = len(panel)
        against = np.eye(count) - (1 - np.eye(count)) / (count - 1)
        scores = against @ told
        everyone = self.told[np.ix_(panel, panel)]
        gaps = np.array(
            [float(np.einsum("j,i,jin->n", against[at], against[at], everyone).mean()) for at in range(count)]
        )
        pulls = scores.mean(axis=1) / gaps
        drawn = (self.counts @ scores.T) / gaps
        return {
            "panel_pull": float(pulls[0]),
            "panel_specific": float(pulls[0] - pulls[1:].max()),
            "panel_surely": float(np.quantile(drawn[:, 0], 0.005)),
        }


def half(student: str, teacher: str) -> str:
    """Which part of the study a pair belongs to."""
    first = [FAMILY[name] in FIRST_HALF for name in (student, teacher)]
    return "choose" if all(first) else "confirm" if not any(first) else "mixed"


def study(
    values: np.ndarray, names: list[str], *, panels: int, placebos: int, seed: int
) -> list[dict[str, Any]]:
    """Every student, `panels` panels each: one row for each movement and panel. The same seed gives the same cases whatever is read."""
    rows: list[dict[str, Any]] = []
    fold = np.random.default_rng(seed).permutation(values.shape[1]) % FOLDS
    dealt = fold, [np.linalg.inv(one).astype(np.float32) for one in spreads(values, fold, FOLDS)]
    for at in range(len(names)):
        rng = np.random.default_rng([seed, at])
        one = Student(values, names, at, dealt, rng)
        strangers = [name for name in names if FAMILY[name] != FAMILY[one.name]]
        for _ in range(panels):
            named = str(rng.choice(strangers))
            wrong = str(rng.choice([name for name in strangers if FAMILY[name] != FAMILY[named]]))
            others = _pick(strangers, {FAMILY[named]}, placebos, rng)
            without = _pick(strangers, {FAMILY[named], FAMILY[wrong]}, placebos, rng)
            cases = [("planted", share, one.planted(named, share, rng), others) for share in SHARES]
            elsewhere = one.planted(wrong, 0.3, rng)
            cases += [
                ("inside", 0.3, elsewhere, [wrong, *without[: placebos - 1]]),
                ("outside", 0.3, elsewhere, without),
            ]
            cases.append(("again", 0.0, one.said_anew(rng), others))
            for place, other in enumerate(one.others):
                if FAMILY[names[other]] == FAMILY[one.name]:
                    kind = "length" if {one.name, names[other]} <= set(LENGTHS) else "relative"
                    cases.append((kind, 1.0, one.moved[place], others))
            rows += [
                {
                    "kind": kind,
                    "share": share,
                    "student": one.name,
                    "named": named,
                    "half": half(one.name, named),
                }
                | one.read(after, named, panel, rng)
                for kind, share, after, panel in cases
            ]
    return rows


def _pick(names: list[str], closed: set[str], count: int, rng: np.random.Generator) -> list[str]:
    """Placebos of different families."""
    found: list[str] = []
    for name in rng.permutation(names):
        if FAMILY[name] not in closed:
            found.append(str(name))
            closed = closed | {FAMILY[name]}
    return found[:count]

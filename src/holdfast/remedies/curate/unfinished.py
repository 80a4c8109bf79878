"""Unfinished: what a long curation has found so far, kept beside its output until that stands.

A run that is killed leaves it behind, and the same command goes on from there. It holds for the same rows, real rows, options and release
alone; anything else is found anew.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.data import digest_of, write_atomic
from holdfast.errors import OutputError
from holdfast.remedies.curate.filters import Marks
from holdfast.remedies.curate.filters.duplicates import Paraphrases
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from holdfast.remedies.curate.filters import Filter
    from holdfast.views.sides import Sides

_MOST = 40
# What was found, and what a writer left who was killed while it wrote that.
_OURS = re.compile(r"[0-9a-f]{32}\.json|\.[0-9a-f]{32}\.json\.[0-9a-f-]+\.tmp")


class Unfinished:
    """What was found so far.

    Args:
        output: The folder that is to be written; None keeps nothing.
        sides: What is curated, beside reality.
        seed: The seed that decided which real rows train what reads strata.
    """

    def __init__(self, output: Path | None, sides: Sides, seed: int) -> None:
        self._folder = None if output is None else output.parent / f".{_short(output.name)}.unfinished"
        self._of = "" if output is None else _digest(sides, seed)

    def marks(self, one: Filter, sides: Sides) -> Marks | str:
        """What a filter would take, or why it cannot say: as it was found before, or found now."""
        own = type(one).__module__.startswith("holdfast.")
        if not own or (sides.embeddings is not None and isinstance(one, Paraphrases)):
            return one(sides)  # somebody's own: its code or its model may be another one by now
        key = f"{one.name} {one!r}"
        known = self._recall(key)
        with suppress(KeyError, TypeError, ValueError, IndexError):  # nothing that we wrote
            if known is not None:
                return known if isinstance(known, str) else _opened(known, sides)
        found = one(sides)
        self._keep(key, found if isinstance(found, str) else _closed(found))
        return found

    def score(self, key: str, find: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        """float64 [n], one number a row, as it was found before, or found now."""
        known = self._recall(key)
        if isinstance(known, list) and all(isinstance(value, int | float) for value in known):
            return np.array(known, np.float64)
        found = find()
        self._keep(key, found.tolist())
        return found

    def done(self) -> None:
        """Forgets everything: the output stands. What somebody else put there stays."""
        if self._folder is None or not self._folder.is_dir():
            return
        with suppress(OSError):
            for file in self._folder.iterdir():
                if _OURS.fullmatch(file.name):
                    file.unlink(missing_ok=True)
            self._folder.rmdir()

    def _place(self, key: str) -> Path | None:
        return None if self._folder is None else self._folder / f"{digest_of([self._of, key])[7:39]}.json"

    def _recall(self, key: str) -> Any:
        file = self._place(key)
        try:
            return None if file is None else msgspec.json.decode(file.read_bytes())
        except (OSError, msgspec.DecodeError):  # not there, or nothing that we wrote
            return None

    def _keep(self, key: str, value: Any) -> None:
        file = self._place(key)
        if file is None:
            return
        # What cannot be kept is found again: no reason to stop.
        with suppress(OSError, OutputError):
            file.parent.mkdir(exist_ok=True)
            with write_atomic(file) as handle:
                handle.write(msgspec.json.encode(value))


def _short(name: str) -> str:
    """The name, or as much of it as leaves room in a file name, told apart from others that begin alike."""
    return name if len(name) <= _MOST else f"{name[:_MOST]}-{digest_of(name)[7:15]}"


def _digest(sides: Sides, seed: int) -> str:
    held = [
        [side.ids, side.texts, side.strata.tolist(), side.answers.tolist()]
        for side in (sides.anchor, sides.candidate)
    ]
    declared = None if sides.declared is None else sides.declared.tolist()
    return digest_of([__version__, seed, sides.labels, sides.origin, declared, held])


def _closed(marks: Marks) -> dict[str, Any]:
    taken = np.flatnonzero(marks.candidate).tolist()
    return {
        "candidate": taken,
        "real": None if marks.real is None else np.flatnonzero(marks.real).tolist(),
        # A guard that relaxes takes fewer rows, never others: reasons of these are enough.
        "reasons": [marks.reason(row) for row in taken],
        "scores": None if marks.scores is None else [part.tolist() for part in marks.scores],
        "cut": marks.cut,
        "sources": None if marks.sources is None else [[row, id_] for row, id_ in marks.sources.items()],
    }


def _opened(known: dict[str, Any], sides: Sides) -> Marks:
    candidate = np.zeros(len(sides.candidate), bool)
    candidate[known["candidate"]] = True
    real = None
    if known["real"] is not None:
        real = np.zeros(len(sides.anchor), bool)
        real[known["real"]] = True
    reasons = dict(zip(known["candidate"], known["reasons"], strict=True))
    scores = known["scores"]
    return Marks(
        candidate=candidate,
        real=real,
        reason=reasons.__getitem__,
        scores=None if scores is None else (_numbers(scores[0]), _numbers(scores[1])),
        cut=known["cut"],
        sources=None if known["sources"] is None else dict(known["sources"]),
    )


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    """JSON has no infinity, which is the score of rows that no cut takes."""
    found = np.array(values, np.float64)
    return np.where(np.isnan(found), np.inf, found)

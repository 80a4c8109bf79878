"""Learners and models in files, so that a program of its own can train one and another can write with it.

model/
├── learner.json   its kind and its settings
├── rows.jsonl     what it was trained on
└── ...            weights, where a kind has any

An n-gram model is its counts, and counting takes no longer than reading counts would: it is counted anew when it is opened.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.errors import InputError, unknown
from holdfast.lab.learners.ngrams import NgramLearner
from holdfast.lab.learners.transformer import TransformerLearner
from holdfast.lab.learners.tuned import TunedLearner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from holdfast.lab.learners.learner import Learner, Trained

_KINDS: dict[str, type[Any]] = {
    "ngrams": NgramLearner,
    "transformer": TransformerLearner,
    "tuned": TunedLearner,
}
_SEED = "seed"


def describe(learner: Learner) -> dict[str, Any]:
    """A learner as plain data.

    >>> describe(NgramLearner(order=2))
    {'kind': 'ngrams', 'order': 2, 'max_words': 60}
    """
    kind = next((name for name, made in _KINDS.items() if isinstance(learner, made)), None)
    if kind is None:
        raise unknown("kind of learner", type(learner).__name__, list(_KINDS))
    return {"kind": kind, **asdict(learner)}  # type: ignore[call-overload] # every kind is a dataclass


def learner_of(described: dict[str, Any], where: str = "learner") -> Learner:
    """The learner that `describe` told of.

    Raises:
        InputError: It is of no known kind, or has other settings.
    """
    settings = dict(described)
    kind = settings.pop("kind", None)
    if kind not in _KINDS:
        raise InputError(str(unknown("kind of learner", str(kind), list(_KINDS))), where=where)
    known = {field.name for field in fields(_KINDS[kind])}
    others = sorted(settings.keys() - known)
    try:
        learner: Learner = msgspec.convert(settings, _KINDS[kind])
    except msgspec.ValidationError as error:
        raise InputError(f"has other settings: {error}", where=where) from error
    if others:
        raise InputError(f"has other settings: {', '.join(others)}", where=where)
    return learner


def train_into(
    folder: Path,
    learner: Learner,
    texts: Sequence[str],
    labels: Sequence[str] | None,
    *,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Trains a model and keeps it in a new folder."""
    folder.mkdir(parents=True)
    trained = learner.train(texts, labels, seed=seed, progress=progress)
    tags: Sequence[str | None] = [None] * len(texts) if labels is None else labels
    rows = [{"text": text, "label": label} for text, label in zip(texts, tags, strict=True)]
    (folder / "rows.jsonl").write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    (folder / "learner.json").write_bytes(msgspec.json.encode({**describe(learner), _SEED: seed}))
    save = getattr(trained, "save", None)
    if save is not None:
        save(folder)
    return trained


def rows_of(folder: Path) -> tuple[list[str], list[str] | None]:
    """Texts and labels that a model was trained on.

    Raises:
        InputError: They cannot be read.
    """
    try:
        rows = [msgspec.json.decode(line) for line in (folder / "rows.jsonl").read_bytes().splitlines()]
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(folder / "rows.jsonl")) from error
    labels = [row["label"] for row in rows]
    return [row["text"] for row in rows], None if None in labels else labels


def open_trained(folder: Path) -> Trained:
    """A model that `train_into` kept.

    Raises:
        InputError: It cannot be read.
    """
    try:
        described = msgspec.json.decode((folder / "learner.json").read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(folder / "learner.json")) from error
    seed = described.pop(_SEED, 0)
    learner = learner_of(described, str(folder))
    opened = getattr(learner, "open", None)
    if opened is not None:
        found: Trained = opened(folder)
        return found
    texts, labels = rows_of(folder)
    return learner.train(texts, labels, seed=seed)

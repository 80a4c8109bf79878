"""Fingerprints: what of an output is counted. The product's stands in `holdfast.views.voice`; the others were tried beside it."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.voice import leave_out, read_layout, read_voices, strip, units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_ENDINGS = (
    "ing",
    "ed",
    "ly",
    "tion",
    "ment",
    "ness",
    "ity",
    "ous",
    "ive",
    "able",
    "al",
    "er",
    "est",
    "es",
    "s",
)
_CLOSED = 150


def words_and_pairs(text: str) -> Iterable[str]:
    found = units(text)
    return [*found, *(" ".join(pair) for pair in pairwise(found))]


def letters(text: str) -> Iterable[str]:
    plain = re.sub(r"[^\S\n]+", " ", text[:8_000])
    return (plain[at : at + size] for size in (3, 4) for at in range(len(plain) - size + 1))


def frames(closed: frozenset[str]) -> Callable[[str], Iterable[str]]:
    """Runs of one to three words in which every word that is not closed is only its ending."""

    def cut(text: str) -> Iterable[str]:
        bare = [
            one
            if one in closed or not one[0].isalpha()
            else "~" + next((end for end in _ENDINGS if one.endswith(end) and len(one) > len(end) + 2), "")
            for one in units(text)
        ]
        return [" ".join(bare[at : at + size]) for size in (1, 2, 3) for at in range(len(bare) - size + 1)]

    return cut


def count(texts: Sequence[str], cut: Callable[[str], Iterable[str]], most: int) -> np.ndarray:
    """float32 [n, most], counts of what stands in most texts."""
    counted = [Counter(cut(text)) for text in texts]
    spread: Counter[str] = Counter()
    for one in counted:
        spread.update(one.keys())
    place = {name: at for at, (name, _) in enumerate(spread.most_common(most))}
    table = np.zeros((len(texts), len(place)), np.float32)
    for row, one in enumerate(counted):
        for name, number in one.items():
            at = place.get(name)
            if at is not None:
                table[row, at] = number
    return table


def roots(table: np.ndarray) -> np.ndarray:
    """Roots of rates."""
    return np.sqrt(table / np.maximum(table.sum(axis=1, keepdims=True), 1))


def logs(table: np.ndarray) -> np.ndarray:
    """Logs of counts, rows of length 1: TF-IDF without the weights, which whitening takes out."""
    found = np.log1p(table)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def closed_words(texts: Sequence[str]) -> frozenset[str]:
    """The most shared words: function words."""
    spread: Counter[str] = Counter()
    for text in texts:
        spread.update({one for one in units(text) if one[0].isalpha()})
    return frozenset(word for word, _ in spread.most_common(_CLOSED))


def make(sets: list[list[str]], name: str) -> np.ndarray:
    """float32 [models, prompts, d]."""
    kind, _, form = name.partition(", ")
    flat = [text for texts in sets for text in texts]
    if kind.startswith("product"):
        most = int(kind.split()[1])
        return read_voices(sets, form, most=most).features  # type: ignore[arg-type]
    if form == "stripped":
        flat = [strip(text) for text in flat]
    cut, most, scaled = {
        "2,000 letter 3- and 4-grams": (letters, 2_000, roots),
        "1,500 frames": (frames(closed_words(flat)), 1_500, roots),
        "1,500 words and pairs, logs": (words_and_pairs, 1_500, logs),
    }[kind.replace(" as logs", ", logs")]
    values = scaled(count(flat, cut, most)).reshape(len(sets), len(sets[0]), -1).astype(np.float32)
    if form != "plain":
        layout = read_layout(flat)
        columns = layout[:, :3] if form == "stripped" else layout
        values = leave_out(values, columns.reshape(len(sets), len(sets[0]), -1))
    return values


TRIED = (
    "product 1000, voice",
    "product 300, voice",
    "product 1000, plain",
    "product 1000, stripped",
    "1,500 words and pairs as logs, voice",
    "1,500 words and pairs as logs, stripped",
    "1,500 frames, voice",
    "2,000 letter 3- and 4-grams, voice",
)

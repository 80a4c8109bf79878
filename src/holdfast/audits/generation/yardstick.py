"""The yardstick: what the same texts cost a model that stays as it is while generations come and go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from holdfast.backends.models import open_model
from holdfast.views.near import find_duplicates, find_pairs
from holdfast.views.support import deal_folds
from holdfast.views.surprisal import read_surprisal
from holdfast.views.tokens import read_tokens, row_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.anchors import Anchor
    from holdfast.backends.models import Model
    from holdfast.views.reality import Reality
    from holdfast.views.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What texts cost.

    Attributes:
        bits: float64 [n].
        bytes: int64 [n], what was read of each text.
    """

    bits: NDArray[np.float64]
    bytes: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """A frozen reference.

    Attributes:
        name: What reports call it.
        kind: `word_trigrams` of the anchor's reference, or how a model is run.
        digest: Over what it consists of; None where that cannot be known.
        model: The model, where it is one.
        reality: The anchor's reference, where it is not.
    """

    name: str
    kind: str
    digest: str | None
    model: Model | None
    reality: Reality

    def read(self, texts: Sequence[Sequence[str]], progress: Callable[[int, int], None]) -> tuple[Costs, ...]:
        """What several sets of texts cost.

        Args:
            texts: The sets.
            progress: Called with what is done, and all there is to do.
        """
        if self.model is None:
            return _trigrams(self.reality, texts)
        found = self.model.score([text for part in texts for text in part], progress)
        ends = np.cumsum([len(part) for part in texts])[:-1]
        return tuple(
            Costs(bits=bits, bytes=size)
            for bits, size in zip(np.split(found.row_bits, ends), np.split(found.bytes, ends), strict=True)
        )


def open_yardstick(frozen: str | Path | Model | None, anchor: Anchor, reality: Reality) -> Yardstick:
    """The frozen reference: a model that is given, or else word trigrams of the anchor's reference.

    Raises:
        InputError: The model cannot be used.
    """
    if frozen is None:
        return Yardstick(
            name=f"word trigrams of {anchor.name}@{anchor.digest.removeprefix('sha256:')[:8]}",
            kind="word_trigrams",
            digest=anchor.digest,
            model=None,
            reality=reality,
        )
    model = open_model(frozen) if isinstance(frozen, str | Path) else frozen
    return Yardstick(name=model.name, kind=model.kind, digest=model.digest, model=model, reality=reality)


def _trigrams(reality: Reality, texts: Sequence[Sequence[str]]) -> tuple[Costs, ...]:
    """Each new row is read by the trigrams that left out the fold it picks, as every real row is."""
    parts = [read_tokens(part) for part in texts]
    together = read_tokens([text for part in texts for text in part])
    real = deal_folds(row_hashes(reality.tokens), reality.duplicates.units)
    own = np.concatenate([deal_folds(row_hashes(part), find_duplicates(part).units) for part in parts])
    copied = _copied(reality.tokens, together)
    # A copy leaves out the fold that its source lies in: its source must not speak for it.
    folds = np.where(copied >= 0, real[np.maximum(copied, 0)], own).astype(np.int8)
    found = read_surprisal(reality.tokens, together, (real, folds))[1]
    ends = np.cumsum([len(part) for part in texts])[:-1]
    return tuple(
        Costs(bits=bits, bytes=size)
        for bits, size in zip(np.split(found.bits, ends), np.split(found.bytes, ends), strict=True)
    )


def _copied(real: Tokens, new: Tokens) -> NDArray[np.int64]:
    """int64 [n], a real row that each new row repeats, or -1."""
    exact, near, _ = find_pairs([real, new])
    split = len(real)
    group = int(exact.max(initial=-1)) + 1
    source = np.full(group, -1, np.int64)  # of each distinct text, a real row that says it
    source[exact[:split][::-1]] = np.arange(split)[::-1]
    beside = np.full(group, -1, np.int64)  # of each distinct text, a real row that is its near-duplicate
    for one, other in ((near[:, 0], near[:, 1]), (near[:, 1], near[:, 0])):
        known = source[exact[other]] >= 0
        beside[exact[one][known]] = source[exact[other]][known]
    return np.where(source >= 0, source, beside)[exact[split:]]

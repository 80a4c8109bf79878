"""The holdout, as an evaluation reads it: rows, their strata, how rare those are, and which rows repeat each other."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import AnchorError
from holdfast.stats.bands import BANDS, membership
from holdfast.views.features import read_features
from holdfast.views.near import find_duplicates
from holdfast.views.reality import read_strata
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.anchors import Anchor
    from holdfast.views.reality import Reality
    from holdfast.views.tokens import Tokens

_LEAST_STRATA = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Real rows that nothing was trained on.

    Attributes:
        ids: Record ids.
        texts: Texts.
        tokens: Their words.
        strata: Name of each row's stratum, None where it has none.
        bands: Name of each row's rarity band, None where it has none.
        units: int64 [n], rows that repeat each other share a number.
        origin: `column` for labels of the anchor, `clusters` for its cells, `none`.
        unbanded: Why there are no bands; None where there are.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    tokens: Tokens
    strata: tuple[str | None, ...]
    bands: tuple[str | None, ...]
    units: NDArray[np.int64]
    origin: str
    unbanded: str | None

    @property
    def digest(self) -> str:
        """`sha256:...` over the ids."""
        lines = "\n".join(
            sha256(id_.encode("utf-8", "surrogatepass")).hexdigest() for id_ in sorted(self.ids)
        )
        return f"sha256:{sha256(lines.encode()).hexdigest()}"


def read_holdout(anchor: Anchor, reality: Reality) -> Holdout:
    """Read the holdout of an anchor.

    Args:
        anchor: The anchor.
        reality: Its reference, which says how rare a stratum is.

    Raises:
        AnchorError: It has none, or another one than was sealed.
    """
    if not anchor.parts["holdout"]:
        raise AnchorError(
            "the anchor has no holdout, and a model is read on real rows that it was not trained on",
            where=str(anchor.path),
            do="Freeze an anchor with one: holdfast anchor freeze --holdout 0.1",
        )
    table = anchor.sealed_part("holdout")
    texts = tuple(table.column("text").to_pylist())
    tokens = read_tokens(texts)
    names, origin, unbanded = _strata(anchor, reality, table.column("stratum").to_pylist(), tokens)
    rarity = {} if unbanded else _rarity(anchor, reality)
    return Holdout(
        ids=tuple(table.column("id").to_pylist()),
        texts=texts,
        tokens=tokens,
        strata=tuple(names),
        bands=tuple(None if name is None else rarity.get(name) for name in names),
        units=find_duplicates(tokens).units,
        origin=origin,
        unbanded=unbanded,
    )


def _strata(
    anchor: Anchor, reality: Reality, given: list[str | None], tokens: Tokens
) -> tuple[list[str | None], str, str | None]:
    """The stratum of each row, where they come from, and why they make no bands."""
    if anchor.labels:
        few = len(anchor.labels) < _LEAST_STRATA
        return given, "column", "reality has a single stratum, so that none is rarer" if few else None
    nothing: list[str | None] = [None] * len(tokens)
    if reality.strata.cells is None:
        return nothing, "none", "reality has no labels, and too few rows to draw clusters"
    read = read_strata(reality, read_features(tokens))
    return [cluster(place) for place in read.tolist()], "clusters", None


def _rarity(anchor: Anchor, reality: Reality) -> dict[str, str]:
    """The band of every stratum, by its share of reality: the declared one, or else that of the reference."""
    if anchor.labels:
        names, rows = list(anchor.labels), reality.strata.given
    else:
        assert reality.strata.cells is not None  # noqa: S101 - asked before
        rows = reality.strata.read
        names = [cluster(place) for place in range(len(reality.strata.cells.centres))]
    shares = np.bincount(rows[rows >= 0], minlength=len(names)).astype(np.float64)
    if anchor.shares is not None:
        shares = np.array([anchor.shares.get(name, 0.0) for name in names])
    return {name: BANDS[band][0] for name, band in zip(names, membership(shares).tolist(), strict=True)}


def cluster(place: int) -> str:
    """What a cell is called."""
    return f"cluster {place + 1}"

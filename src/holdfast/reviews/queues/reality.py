"""What a draw knows of reality: how frequent its strata are, and which of its rows people have verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.anchors.anchor import Anchor, open_anchor
from holdfast.data import read_records
from holdfast.errors import UsageError
from holdfast.stats.bands import BANDS, membership

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from holdfast.data import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Reality:
    """What is known of reality.

    Attributes:
        counts: Rows of every stratum; empty where nothing is known. Where shares were declared, they stand for the counts.
        labels: Names of the strata.
        label_column: Where real rows hold their labels, or None.
        anchor: Name and digest of the anchor, or None.
        gold: The gold part, or None.
        beside: The anchor or the real rows themselves, or None.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    label_column: str | None = None
    anchor: dict[str, str] | None = None
    gold: pa.Table | None = None
    beside: Anchor | Records | None = None

    @property
    def bands(self) -> dict[str, str]:
        """The rarity band of every stratum."""
        if not self.counts:
            return {}
        names = list(self.counts)
        found = membership(np.array([self.counts[name] for name in names], np.float64))
        return {name: BANDS[band][0] for name, band in zip(names, found.tolist(), strict=True)}


def read_reality(anchor: str | Path | Anchor | None, real: Any, label: str | None = None) -> Reality:
    """What is known, from an anchor, from real rows, or from nothing.

    Args:
        anchor: An anchor, or its folder.
        real: Real rows, whatever `read_records` reads.
        label: Column of the strata of real rows; detected by default.

    Raises:
        AnchorError: The anchor is not what was sealed.
        InputError: The real rows cannot be read.
        UsageError: Both were given.
    """
    if anchor is not None and real is not None:
        raise UsageError("give an anchor or real rows, not both", where="--real")
    if real is not None:
        records = read_records(real, label=label)
        counts = _counts(records.strata or [])
        return Reality(
            counts=counts,
            labels=tuple(counts),
            label_column=records.detection.label_column,
            beside=records,
        )
    if anchor is None:
        return Reality()
    held = anchor if isinstance(anchor, Anchor) else open_anchor(anchor)
    counts = _counts(held.part("reference").column("stratum").to_pylist())
    if held.shares is not None:
        total = sum(counts.values()) or 1
        counts = {name: max(1, round(share * total)) for name, share in sorted(held.shares.items())}
    return Reality(
        counts=counts,
        labels=tuple(held.labels) or tuple(counts),
        label_column=held.detection.label_column,
        anchor={"name": held.name, "digest": held.digest},
        gold=held.sealed_part("gold"),
        beside=held,
    )


def _counts(strata: list[str | None]) -> dict[str, int]:
    names, counts = np.unique([name for name in strata if name is not None], return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))

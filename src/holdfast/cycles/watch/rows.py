"""The rows that steer a training: real, never trained on, and none of those that judge it afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from holdfast.anchors import Anchor, open_anchor
from holdfast.audits.generation.holdout import cluster
from holdfast.cycles.stages.parts import SCHEMA, STEERING
from holdfast.data import read_records
from holdfast.errors import AnchorError, InputError, UsageError
from holdfast.stats.bands import BANDS, membership
from holdfast.views.features import read_features
from holdfast.views.near import find_duplicates
from holdfast.views.reality import read_strata
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

_REFUSED = {
    "holdout": "the holdout judges generations, and rows that steered a training could not judge it any more",
    "reference": "the reference is what audits are held against, and a part of it judges in every project",
}
_LEAST_STRATA = 2
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """Rows that steer.

    Attributes:
        name: What logs call them.
        ids: Record ids.
        texts: Texts.
        strata: Name of each row's stratum, None where it has none.
        bands: Name of each row's rarity band, None where it has none.
        units: int64 [n], rows that repeat each other share a number.
        unbanded: Why there are no bands; None where there are.
    """

    name: str
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    strata: tuple[str | None, ...]
    bands: tuple[str | None, ...]
    units: NDArray[np.int64]
    unbanded: str | None

    @property
    def digest(self) -> str:
        """`sha256:...` over texts and bands, in their order."""
        digest = sha256()
        for text, band in zip(self.texts, self.bands, strict=True):
            digest.update(sha256(f"{band}\n{text}".encode("utf-8", "surrogatepass")).digest())
        return f"sha256:{digest.hexdigest()}"

    def sizes(self) -> dict[str, int]:
        """Rows overall and in each band that has any."""
        counts = Counter(band for band in self.bands if band is not None)
        return {"overall": len(self.ids)} | {name: counts[name] for name, _, _ in BANDS if counts[name]}

    def table(self, bits: NDArray[np.float64], size: NDArray[np.int64]) -> pa.Table:
        """What they cost a model, in the form in which generations are compared."""
        scored = size > 0
        return pa.table(
            {
                "id": pa.array(self.ids, pa.string()),
                "stratum": pa.array(self.strata, pa.string()),
                "band": pa.array(self.bands, pa.string()),
                "unit": pa.array(self.units, pa.int64()),
                "bytes": pa.array(size, pa.int64()),
                "bits": pa.array(np.where(scored, bits, 0.0), pa.float64(), mask=~scored),
            }
        )


def read_steering(anchor: str | Path | Anchor | None, part: str, rows: Any, label: str | None) -> Steering:
    """Reads the rows that steer.

    Args:
        anchor: The frozen anchor, which says how rare a stratum is; None where the rows say it themselves.
        part: The anchor's part, where no rows are given.
        rows: A file or records in its place; None without.
        label: The column of the strata in `rows`; found where it is not named.

    Raises:
        UsageError: Neither is given, or the part judges.
        InputError: Rows that judge are among them, or they cannot be read.
        AnchorError: The anchor cannot be used.
    """
    held = open_anchor(anchor) if isinstance(anchor, str | Path) else anchor
    if rows is None:
        ids, texts, strata, name = _part(held, part)
    else:
        _refuse_dealt(rows)
        read = read_records(rows, label=label)
        ids, texts, strata = (read.table.column(one).to_pylist() for one in ("id", "text", "stratum"))
        name = read.name
        if held is not None and held.parts["holdout"]:
            _refuse_among(
                texts, held.part("holdout").column("text").to_pylist(), f"the holdout of {held.name}", name
            )
    _refuse_judging(texts, rows, held, name)
    named, bands, unbanded = _banded(held, texts, strata)
    return Steering(
        name=name,
        ids=tuple(ids),
        texts=tuple(texts),
        strata=tuple(named),
        bands=tuple(bands),
        units=find_duplicates(read_tokens(texts)).units,
        unbanded=unbanded,
    )


def _part(anchor: Anchor | None, part: str) -> tuple[list[str], list[str], list[str | None], str]:
    if part in _REFUSED:
        raise UsageError(
            _REFUSED[part], where=f"part={part!r}", do='Say part="gold", or give other real rows as rows='
        )
    if part != "gold":
        raise UsageError(f"there is no part {part!r} to steer by", where="part", do='Say part="gold"')
    if anchor is None:
        raise UsageError(
            "there are no rows to steer by",
            where="anchor",
            do="Give a frozen anchor with a gold part, or rows=",
        )
    if not anchor.parts["gold"]:
        raise AnchorError(
            "the anchor has no gold part",
            where=str(anchor.path),
            do="Freeze one with it (holdfast anchor freeze --gold 0.1), or give other real rows as rows=",
        )
    table = anchor.sealed_part("gold")
    ids, texts, strata = (table.column(one).to_pylist() for one in ("id", "text", "stratum"))
    return ids, texts, strata, f"the gold part of {anchor.name}"


def _banded(
    anchor: Anchor | None, texts: Sequence[str], given: list[str | None]
) -> tuple[list[str | None], list[str | None], str | None]:
    """Stratum and band of each row, and why there is no band."""
    nothing: list[str | None] = [None] * len(texts)
    if anchor is not None and not anchor.labels and not any(given):
        reality = anchor.reality()
        if reality.strata.cells is None:
            return nothing, nothing, "reality has no labels, and too few rows to draw clusters"
        known = [cluster(place) for place in range(len(reality.strata.cells.centres))]
        counts = Counter(known[place] for place in reality.strata.read.tolist() if place >= 0)
        given = [cluster(place) for place in read_strata(reality, read_features(read_tokens(texts))).tolist()]
        shares: Mapping[str, float] = {name: float(counts[name]) for name in known}
    elif anchor is not None and anchor.labels:
        own = Counter(anchor.sealed_part("reference").column("stratum").to_pylist())
        shares = anchor.shares or {}
        shares = {
            name: shares.get(name, 0.0) if anchor.shares else float(own[name]) for name in anchor.labels
        }
    else:
        shares = {
            name: float(count)
            for name, count in sorted(Counter(one for one in given if one is not None).items())
        }
    if len(shares) < _LEAST_STRATA:
        why = "the rows have a single stratum, so that none is rarer" if shares else "the rows have no strata"
        return given, nothing, why
    places = membership(np.array(list(shares.values()), np.float64)).tolist()
    rarity = {name: BANDS[place][0] for name, place in zip(shares, places, strict=True)}
    return given, [None if name is None else rarity.get(name) for name in given], None


def _refuse_dealt(rows: Any) -> None:
    """Refuses the files in which a project keeps the rows that judge."""
    if not isinstance(rows, str | Path) or Path(rows).name == STEERING:
        return
    try:
        beside = msgspec.json.decode((Path(rows).parent / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return
    if isinstance(beside, dict) and beside.get("schema") == SCHEMA:
        raise InputError(
            "these rows judge the project's cycles, and rows that judge steer nothing",
            where=str(rows),
            do=f"Give {STEERING}, which lies beside them, or the anchor's gold part",
        )


def _refuse_judging(texts: Sequence[str], rows: Any, anchor: Anchor | None, name: str) -> None:
    """Refuses rows that judge in a project that the rows, the anchor or this program lie in."""
    places = [Path.cwd()]
    places += [Path(rows).resolve()] if isinstance(rows, str | Path) else []
    places += [anchor.path.resolve()] if anchor is not None else []
    dealt = {folder / ".holdfast" / "parts" for place in places for folder in (place, *place.parents)}
    for file in sorted(file for folder in dealt for file in folder.glob("*/judge-*.jsonl")):
        _refuse_among(
            texts, read_records(file).table.column("text").to_pylist(), f"those that judge ({file})", name
        )


def _refuse_among(texts: Iterable[str], judging: Iterable[str], whose: str, name: str) -> None:
    shared = sorted(set(texts) & set(judging))
    if shared:
        shown = ", ".join(repr(text[:40]) for text in shared[:_SHOWN])
        raise InputError(
            f"{len(shared):,} of the texts are among {whose}, and rows that judge steer nothing: {shown}",
            where=name,
            do="Leave them out",
        )

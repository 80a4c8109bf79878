"""Parts: which real rows are shown, which steer, and which judge; and what no made row may repeat.

Rows that judge are shown to no prompt, give no quota and move nothing: what they say at the end was not aimed at. The holdout is read for
one thing, that no row repeats it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from holdfast.anchors import Anchor, open_anchor
from holdfast.anchors.deal import deal
from holdfast.audits.given import read_side
from holdfast.data import data_hash
from holdfast.errors import InputError, UsageError
from holdfast.remedies.generate.contract import Seed
from holdfast.views.near import find_duplicates
from holdfast.views.tokens import read_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from holdfast.data import Records

LEAST = 100
"""Real rows: below, a part carries no null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Rows as generation reads them.

    Attributes:
        ids: Their ids.
        texts: Their texts.
        strata: Their strata, None where they have none.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    strata: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def at(self, rows: Sequence[int]) -> Texts:
        """The rows at these positions."""
        return Texts(
            ids=tuple(self.ids[row] for row in rows),
            texts=tuple(self.texts[row] for row in rows),
            strata=tuple(self.strata[row] for row in rows),
        )

    def __add__(self, other: Texts) -> Texts:
        return Texts(
            ids=self.ids + other.ids, texts=self.texts + other.texts, strata=self.strata + other.strata
        )


NO_ROWS = Texts(ids=(), texts=(), strata=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Real rows, dealt.

    Attributes:
        steering: Rows that quotas, prompts and the controller see.
        judging: Rows that judge at the end; empty where somebody else judges.
        gold: Rows of the anchor's gold part: they may be shown, and nothing may repeat them either.
        sealed: Texts of the holdout: nothing may repeat them, and nothing else is done with them.
        candidate: Rows that the made ones will join; empty where there are none.
        candidate_hash: Identity of its rows, as audits have it; None without them.
        unlabelled: Whether the strata of the candidate are not known, so that those of all rows are predicted.
        declared: Shares that strata should have, or None: then reality's own.
        text_column: Column of the text in made rows.
        label_column: Column of the stratum in made rows, or None.
        name: Name of the real rows or the anchor.
        digest: Digest of the anchor, or None.
        depths: Generation depth of rows that may be shown, by id, where it is known.
        licenses: Licences of rows that may be shown, by id, where they are known.
        labels: Strata whose label is no text in the real rows (a number, say), with the label as it stands there: a made row that says
            "2" for 2 would be of a class of its own.
        notes: What a reader should know.
    """

    steering: Texts
    judging: Texts
    gold: Texts
    sealed: tuple[str, ...]
    candidate: Texts
    candidate_hash: str | None
    unlabelled: bool
    declared: Mapping[str, float] | None
    text_column: str
    label_column: str | None
    name: str
    digest: str | None
    depths: Mapping[str, int]
    licenses: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def seeds(
        self, clusters: tuple[Sequence[str | None], Sequence[str | None]] | None = None
    ) -> dict[str | None, list[Seed]]:
        """Rows that prompts may show, by stratum: gold where a stratum has enough of it, else rows that steer as well.

        Args:
            clusters: Of each gold row and each row that steers, in the place of strata that they do not have.
        """
        found: dict[str | None, list[Seed]] = {}
        golden, steering = clusters or (self.gold.strata, self.steering.strata)
        rows = [("gold", self.gold, golden), ("reference", self.steering, steering)]
        for origin, part, strata in rows:
            for id_, text, stratum in zip(part.ids, part.texts, strata, strict=True):
                seeds = found.setdefault(stratum, [])
                if origin == "reference" and _enough_gold(seeds):
                    continue
                seeds.append(self._seed(id_, text, stratum, "gold" if origin == "gold" else "reference"))
        return found

    def _seed(self, id: str, text: str, stratum: str | None, origin: Literal["gold", "reference"]) -> Seed:
        return Seed(
            id=id,
            text=text,
            stratum=stratum,
            origin=origin,
            depth=self.depths.get(id),
            licenses=self.licenses.get(id),
        )


_ENOUGH_GOLD = 20


def _enough_gold(seeds: Sequence[Seed]) -> bool:
    return sum(seed.origin == "gold" for seed in seeds) >= _ENOUGH_GOLD


def read_parts(
    candidate: Any,
    *,
    real: Any = None,
    anchor: str | Path | Anchor | None = None,
    judge_share: float,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
) -> Parts:
    """Read both sides, and deal the real one.

    Args:
        candidate: Rows that the made ones will join, or None.
        real: Real rows; or
        anchor: a frozen anchor. Exactly one of the two.
        judge_share: Share of the reference that judges; 0 where somebody else does.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.

    Raises:
        InputError: Rows, files or an anchor that cannot be used, or too few of them.
        UsageError: Neither real rows nor an anchor are given, or both.
    """
    if (real is None) == (anchor is None):
        raise UsageError("give either real rows or a frozen anchor", where="--real / --anchor")
    if anchor is not None:
        held = anchor if isinstance(anchor, Anchor) else open_anchor(anchor)
        detection = held.detection
        reference, gold, sealed = (held.sealed_part(part) for part in ("reference", "gold", "holdout"))
        hashes = reference.column("content_hash").to_pylist()
        rows, golden = _of(reference), _of(gold)
        written = reference.column("payload").to_pylist()
        holdout = tuple(sealed.column("text").to_pylist())
        declared, name, digest = held.shares, held.name, held.digest
        depths, licenses = _known(held.lineage())
    else:
        records = read_side(real, text, label, id, on_bad_row, keep_rows=True)
        detection = records.detection
        hashes = records.table.column("content_hash").to_pylist()
        rows, golden, holdout = _of(records.table), NO_ROWS, ()
        written = records.table.column("row").to_pylist() if "row" in records.table.column_names else []
        declared, name, digest = None, records.name, None
        depths, licenses = _known(_lineage(records))
    if detection.shape != "text" or "+" in detection.text_column:
        raise InputError(
            f"rows of the shape {detection.shape!r} (text from {detection.text_column!r}) are not written: a made row is one text",
            where=name,
            do="Name one column of plain text with --text"
            + ("" if anchor is None else ", and freeze the anchor with it"),
        )
    units = find_duplicates(read_tokens(list(rows.texts))).units.tolist()
    dealt = deal(hashes, units, judge_share, 1) if judge_share else [0] * len(rows)
    steering, judging = (rows.at([row for row, part in enumerate(dealt) if part == one]) for one in (0, 1))
    if len(steering) < LEAST or (judge_share and len(judging) < LEAST):
        raise InputError(
            f"{len(rows):,} real rows leave {len(steering):,} that steer and {len(judging):,} that judge; {LEAST} of each are needed",
            where=name,
            do="Give more real rows, or let somebody else judge: judge_share = 0",
        )
    made, hashed, unlabelled, notes = _candidate(
        candidate, text, label or detection.label_column, id, on_bad_row, rows
    )
    return Parts(
        steering=steering,
        judging=judging,
        gold=golden,
        sealed=holdout,
        candidate=made,
        candidate_hash=hashed,
        unlabelled=unlabelled,
        declared=declared,
        text_column=detection.text_column,
        label_column=detection.label_column,
        name=name,
        digest=digest,
        depths=depths,
        licenses=licenses,
        labels=_labels(written, rows.strata, detection.label_column),
        notes=notes,
    )


def _candidate(
    candidate: Any,
    text: str | None,
    label: str | None,
    id: str | None,
    on_bad_row: Literal["stop", "skip"],
    real: Texts,
) -> tuple[Texts, str | None, bool, tuple[str, ...]]:
    if candidate is None:
        return NO_ROWS, None, False, ()
    records = read_side(candidate, text, label, id, on_bad_row, may_lack_label=True)
    made = _of(records.table)
    hashed = data_hash(made.ids, records.table.column("content_hash").to_pylist())
    if all(stratum is None for stratum in real.strata):
        return made, hashed, False, ()
    missing = sum(stratum is None for stratum in made.strata)
    if missing <= 0.01 * len(made):
        return made, hashed, False, ()
    note = f"{missing:,} of {len(made):,} rows of the candidate have no label: the strata of all rows are predicted."
    return made, hashed, True, (note,)


def _labels(
    written: Sequence[str], strata: Sequence[str | None], column: str | None
) -> dict[str, int | float | bool]:
    """Labels that are no texts, by stratum, as the first row of each has them."""
    found: dict[str, int | float | bool] = {}
    seen: set[str] = set()
    for row, stratum in zip(written, strata, strict=False):
        if stratum is None or stratum in seen or column is None:
            continue
        seen.add(stratum)
        value = msgspec.json.decode(row).get(column)
        if isinstance(value, int | float):
            found[stratum] = value
    return found


def _of(table: pa.Table) -> Texts:
    return Texts(
        ids=tuple(table.column("id").to_pylist()),
        texts=tuple(table.column("text").to_pylist()),
        strata=tuple(table.column("stratum").to_pylist()),
    )


def _lineage(records: Records) -> pa.Table | None:
    from holdfast.data.lineage import lineage_of

    return lineage_of(records)


def _known(table: pa.Table | None) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    if table is None:
        return {}, {}
    ids = table.column("id").to_pylist()
    depths = dict(zip(ids, table.column("generation_depth").to_pylist(), strict=True))
    licenses = dict(zip(ids, table.column("licenses").to_pylist(), strict=True))
    return (
        {id_: depth for id_, depth in depths.items() if depth is not None},
        {id_: tuple(names) for id_, names in licenses.items() if names is not None},
    )

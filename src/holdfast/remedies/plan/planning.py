"""Plan: from rows of one generation and an anchor to the ratio they ask for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from holdfast.audits.given import read_side
from holdfast.errors import InputError, UsageError
from holdfast.remedies.plan.empirical import pick_blend
from holdfast.remedies.plan.history import join, moved, read_history
from holdfast.remedies.plan.ratio import plan_ratio
from holdfast.remedies.plan.survival import Counts, Seen, effective, pool_rare
from holdfast.remedies.sides import read_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from holdfast.anchors import Anchor
    from holdfast.remedies.plan.contract import Plan
    from holdfast.remedies.plan.forecast import Protocol
    from holdfast.remedies.sides import Beside
    from holdfast.views.sides import Side, Sides


def plan(
    candidate: Any,
    *,
    real: Any = None,
    anchor: str | Path | Anchor | None = None,
    retention: float = 0.9,
    rounds: int | None = None,
    protocol: Protocol = "mix",
    real_share: float | None = None,
    budget: int | None = None,
    trained_on: Any = None,
    history: Sequence[str | Path | Plan] = (),
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Plan:
    """How much real data a loop needs so that no stratum fades, from one generation held against reality.

    Args:
        candidate: Rows of one generation, made with the decoding and the filters of production.
        real: Real rows; or
        anchor: a frozen anchor. Exactly one of the two.
        retention: Share of every stratum that is to be kept.
        rounds: For how many rounds; None is for ever.
        protocol: What the next model learns from: the last model's rows alone (`replace`), those and fresh real rows
            (`mix`), those and the same real rows again (`replay`), or everything so far (`accumulate`).
        real_share: A ratio to judge; by default the planned one.
        budget: Rows that a blend may have: blends of all real rows with more or fewer made ones are tried on a cheap learner,
            and the one it does best with on real rows that it never saw is named. None tries nothing.
        trained_on: The rows that the generator was trained on, where those are not reality's: survival is what one round keeps of
            them. None takes them to be as real rows are.
        history: Plans of earlier rounds, the oldest first: files that `holdfast plan --json` wrote, or plans.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        seed: Seed of all draws.
        progress: Called with a word about what is done next.

    Raises:
        InputError: Rows that cannot be used, or none with a stratum.
        UsageError: An option lies outside its range.
    """
    beside = read_beside(
        candidate,
        real=real,
        anchor=anchor,
        text=text,
        label=label,
        id=id,
        on_bad_row=on_bad_row,
        seed=seed,
        progress=progress,
    )
    trials = None
    if budget is not None:
        sizes = _sizes(budget, beside.sides)
        trials = pick_blend(beside.sides, sizes=sizes, seed=seed, progress=progress)
    progress("planning")
    counts = count_strata(beside.sides)
    if trained_on is not None:
        counts = _learnt(counts, trained_on, beside, text, label, id, on_bad_row)
    past = None
    if history:
        earlier = read_history(history)
        counts = pool_rare(counts)
        past = join(counts, earlier)
    found = plan_ratio(
        counts if past is None else past.counts,
        retention=retention,
        rounds=rounds,
        protocol=protocol,
        real_share=real_share,
        rng=np.random.default_rng(seed),
    )
    if past is not None:
        # What is written down for later rounds is what this one saw, without the earlier ones.
        alone = dict(zip(counts.names, counts.evidence.rows(), strict=True))
        strata = tuple(replace(stratum, seen=alone[stratum.name]) for stratum in found.strata)
        found = replace(found, strata=strata, moved=moved(found, past))
    return replace(found, trials=trials)


def _learnt(
    counts: Counts,
    trained_on: Any,
    beside: Beside,
    text: str | None,
    label: str | None,
    id: str | None,
    on_bad_row: Literal["stop", "skip"],
) -> Counts:
    """The same counts, survival read against what the generator learnt from."""
    column = label or beside.records.detection.label_column
    if column is None:
        raise InputError(
            "strata that nobody labelled cannot be counted in what the generator was trained on",
            where="--trained-on",
            do="Name a column of labels with --label, or leave it out",
        )
    records = read_side(trained_on, text, column, id, on_bad_row)
    held = Counter(records.strata or ())
    before = np.array([float(held[name]) for name in counts.names])
    if not before.any():
        raise InputError("none of the rows has a stratum that reality has", where=records.name)
    every = np.ones(len(counts.names))
    seen = Seen(
        before=before,
        before_rows=every * len(records),
        after=counts.made,
        after_rows=every * counts.made_rows,
    )
    return replace(counts, seen=seen)


def _sizes(budget: int, sides: Sides) -> list[int]:
    """A quarter, a half and all of the made rows that there is room for."""
    own = len(sides.anchor)
    room = min(budget - own, len(sides.candidate))
    if room < 1:
        raise UsageError(
            f"{budget:,} rows leave no room beside {own:,} real ones",
            where="--budget",
            do="A blend that is tried holds all real rows",
        )
    return sorted({max(room // 4, 1), max(room // 2, 1), room})


def count_strata(sides: Sides) -> Counts:
    """Rows of each stratum of reality on both sides, copies counted as far as they are independent.

    Raises:
        InputError: There are no strata, or no row of one side has one.
    """
    if len(sides.labels) < 2:
        raise InputError(
            "there is only one stratum: a ratio keeps strata, and there is none to lose",
            do="Name a column of labels with --label, or give more rows",
        )
    real, made = (_counted(side, len(sides.labels)) for side in (sides.anchor, sides.candidate))
    if min(real.sum(), made.sum()) == 0:
        raise InputError("no row of one side has a stratum that the other side knows")
    known = real > 0
    return Counts(
        names=tuple(sides.labels[at] for at in np.flatnonzero(known)),
        real=real[known],
        made=made[known],
        real_rows=float(real.sum()),
        made_rows=float(made.sum()),
    )


def _counted(side: Side, count: int) -> Any:
    """float64 [k], rows by stratum, shrunk to as many independent rows as the near-duplicates among them leave."""
    rows = side.strata >= 0
    strata = side.strata[rows]
    found = np.bincount(strata, minlength=count).astype(np.float64)
    return found * effective(np.bincount(side.duplicates.units[rows])[np.unique(side.duplicates.units[rows])])

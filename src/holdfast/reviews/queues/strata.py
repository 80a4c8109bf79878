"""Strata of rows that bring no labels: read from their texts, as an audit reads them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from holdfast.anchors.anchor import Anchor
from holdfast.views.compare import compare
from holdfast.views.reality import Rows
from holdfast.views.reality import read_reality as learn_reality

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.reviews.queues.pool import Pool
    from holdfast.reviews.queues.reality import Reality


def read_strata(
    pool: Pool, reality: Reality, *, seed: int, progress: Callable[[str], None]
) -> tuple[Pool, Reality]:
    """A pool of single records with strata read by what reality teaches, and reality counted in the same way.

    A row whose stratum cannot be read has none. Nothing is read where the rows have labels, or nothing is known of reality.

    Args:
        pool: The rows.
        reality: What is known of reality.
        seed: Decides, with the rows' content, which real rows teach.
        progress: Called with a word about what is done next.
    """
    beside = reality.beside
    if beside is None or pool.shape == "pair" or any(one is not None for one in pool.strata):
        return pool, reality
    if isinstance(beside, Anchor):
        learnt = beside.reality(progress)
    else:
        rows = Rows(ids=beside.ids, texts=beside.texts, strata=beside.strata, answers=beside.answers)
        learnt = learn_reality(rows, salt=seed, step=progress)
    columns = {name: pool.table.column(name).to_pylist() for name in ("id", "text", "answer_at")}
    made = Rows(ids=columns["id"], texts=columns["text"], answers=columns["answer_at"])
    sides = compare(learnt, made, step=progress)
    if not sides.labels:
        return pool, reality
    names = [sides.labels[at] if at >= 0 else None for at in sides.candidate.strata.tolist()]
    place = pool.table.column_names.index("stratum")
    table = pool.table.set_column(place, "stratum", pa.array(names, pa.string()))
    # By the same reading, whose errors then fall on both alike.
    seen = sides.anchor.strata
    counts = np.bincount(seen[seen >= 0], minlength=len(sides.labels)).tolist()
    note = (
        "The rows have no labels: their strata were read from their texts "
        f"({'by the labels of' if sides.origin == 'classifier' else 'groups of like rows in'} reality)."
    )
    return (
        replace(pool, table=table, notes=(*pool.notes, note)),
        replace(reality, counts={one: n for one, n in zip(sides.labels, counts, strict=True) if n}),
    )

"""Dealing: the user's rows as a world, as large as they allow."""

from __future__ import annotations

import shutil
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from holdfast.errors import InputError, UsageError
from holdfast.lab.bench.corpus import Corpus
from holdfast.lab.bottled.setting import LEAST_ROWS, MOST_ROWS
from holdfast.lab.collapse.world import deal_world

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.lab.collapse.world import World

_NAME = "yours"
"""Of every corpus: what a world draws depends on its name, and must not depend on that of a file."""
_TAKEN = 1.36
"""Rows that a world takes beside its exam, in rows of a generation."""
_EXAM = 0.25
_SMALLER = 0.98


def prepare(corpus: Corpus, *, rows: int | None, seed: int) -> Corpus:
    """The corpus under names of our own, so that neither a file's name nor the ids in it decide anything.

    Labels that are all the same are none. Of rows without labels only as many are kept as a world and its exam take.
    """
    labelled = corpus.labelled and len(corpus.by_stratum) > 1
    kept = corpus.rows
    if not labelled:
        most = ceil((rows or MOST_ROWS) * _TAKEN / (1 - _EXAM)) + LEAST_ROWS
        if len(kept) > most:
            chosen = np.sort(np.random.default_rng([seed, len(kept)]).permutation(len(kept))[:most])
            kept = tuple(kept[at] for at in chosen.tolist())
    named = [
        replace(row, id=f"real-{at:07d}", label=row.label if labelled else None, parents=())
        for at, row in enumerate(kept)
    ]
    return Corpus.of(_NAME, named)


def deal(corpus: Corpus, *, rows: int | None, folder: Path, seed: int, where: str) -> World:
    """A world of the asked size, or the largest that there are rows for.

    Args:
        corpus: Real rows, prepared.
        rows: Rows of every generation; None takes as many as there are for it, and at most 3,000.
        folder: A folder for its anchor.
        seed: Of the deal.
        where: What errors call the rows.

    Raises:
        InputError: There are too few rows for any world.
        UsageError: There are too few for the asked size.
    """
    if rows is not None:
        try:
            return _examined(deal_world(corpus, size=rows, folder=folder, seed=seed, tail=None), where)
        except UsageError as error:
            raise UsageError(error.what, where=f"--rows {rows}", do=error.do) from error
        except InputError as error:
            raise InputError(
                f"of so few rows too few would judge: {error.what}",
                where=f"--rows {rows}",
                do="Ask for more rows a generation, or another --seed",
            ) from error
    size = min(int(len(corpus) / _TAKEN), MOST_ROWS)
    # How many rows the exam takes depends on the strata and on copies among them. What does not fit is refused quickly.
    while size >= LEAST_ROWS:
        try:
            world = deal_world(corpus, size=size, folder=folder, seed=seed, tail=None)
        except (UsageError, InputError):
            shutil.rmtree(folder, ignore_errors=True)
            size = int(size * _SMALLER)
        else:
            return _examined(world, where)
    raise InputError(
        f"{len(corpus):,} rows are too few to be learnt from, held back and examined with",
        where=where,
        do=f"Give {ceil(LEAST_ROWS * _TAKEN / (1 - _EXAM) / 10) * 10:,} different rows at least; some thousands are better",
    )


def _examined(world: World, where: str) -> World:
    if world.exam:
        return world
    raise InputError(
        "no label has four rows, so that none can be examined",
        where=where,
        do="Name another column with --label, or give --no-labels",
    )

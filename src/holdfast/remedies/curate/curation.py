"""Curate: drop what no one should learn from, keep the tail, and account for every row."""

from __future__ import annotations

import dataclasses
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from holdfast.backends.encoders import asked_encoder
from holdfast.data.write import check_folder
from holdfast.errors import InputError, UsageError, unknown
from holdfast.remedies.curate.contract import Curation, Step
from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST, Marks, Score
from holdfast.remedies.curate.folder import KIND, write_folder
from holdfast.remedies.curate.guard import Guarded, OnTail, guard
from holdfast.remedies.curate.select import MIXES, PREFERENCES, Mix, Prefer, ask_again, choose, quotas
from holdfast.remedies.curate.stock import stock_of
from holdfast.remedies.curate.unfinished import Unfinished
from holdfast.remedies.curate.words import words_of
from holdfast.remedies.sides import read_beside
from holdfast.views.embeddings import read_embeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.anchors import Anchor
    from holdfast.backends.encoders import Encoder
    from holdfast.remedies.curate.filters import Filter
    from holdfast.remedies.sides import Beside
    from holdfast.views.sides import Sides

SELECTION = "selection"
_PREFERRED = {
    "use": "the rows that add most wording",
    "wording": "the rows that add most wording",
    "words": "the rows with words that nobody holds yet, then those that add most wording",
}


def curate(
    candidate: Any,
    *,
    real: Any = None,
    anchor: str | Path | Anchor | None = None,
    output: str | Path | None = None,
    filter: Sequence[str | Filter] = (),
    without: Sequence[str] = (),
    score: str | None = None,
    least_score: float | None = None,
    budget: int | None = None,
    mix: Mix = "equal",
    joined: int = 0,
    prefer: Prefer = "use",
    tolerance: float = 0.05,
    on_tail: OnTail = "relax",
    replace: bool = False,
    encoder: str | Path | Encoder | None = None,
    encoder_model: str | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Curation:
    """Drop rows that no one should learn from, and select down to a budget, without eating the tail.

    Every filter is measured on reality before it acts: what it takes of each band of rarity, it takes of rows that are good
    by definition.

    Args:
        candidate: Rows.
        real: Real rows; or
        anchor: a frozen anchor. Exactly one of the two.
        output: The folder to write; without one nothing is written.
        filter: Filters to run in place of the usual ones, by name or as objects.
        without: Usual filters that are left out.
        score: A column with a score of the rows' quality.
        least_score: Rows below it are dropped.
        budget: Rows to keep at most; those are chosen by stratum, and for variety inside each.
        mix: How strata share the budget: `equal`, counting real rows that will join; as in `reality`; as in the `candidate`.
        joined: How many real rows will be blended in, in reality's mix, for `equal`.
        prefer: Which rows of a stratum are chosen: those a learner has most `use` for, as far as real rows can say; those that add most
            `wording`; or first of all those with `words` that neither real nor chosen rows hold yet. Any word counts, so
            misspellings must be gone, as the filters see to it.
        tolerance: Largest share of reality's rarest tenth that a filter may take.
        on_tail: What is done with a filter that would take more: `relax` it where it does, or `stop` it.
        replace: Whether a curated folder that is there may be replaced.
        encoder: A sentence encoder that judges which rows say the same, as in `audit`; then `paraphrases` is among the usual filters.
        encoder_model: The model to ask for, where the encoder is a server.
        text: Column of the text.
        label: Column of the strata.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        seed: Decides, with the rows' content, which real rows may train what reads strata.
        progress: Called with a word about what is done next.

    Raises:
        InputError: Rows that cannot be used.
        OutputError: The folder cannot be written.
        UsageError: An option has a value that does not exist.
    """
    embedder = asked_encoder(encoder, encoder_model)
    usual = (
        DEFAULTS
        if embedder is None
        else (*DEFAULTS, *(one for one in ON_REQUEST if one.name == "paraphrases"))
    )
    chosen = _filters(filter, without, usual)
    _check(budget, mix, joined, prefer, tolerance, on_tail, score, least_score)
    if output is not None:
        inputs = (candidate, real, getattr(anchor, "path", anchor))
        check_folder(output, replace=replace, kind=KIND, inputs=inputs)
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
    if embedder is not None:
        texts = beside.sides.anchor.texts, beside.sides.candidate.texts
        seen = read_embeddings(embedder, *texts, progress)
        beside = dataclasses.replace(beside, sides=dataclasses.replace(beside.sides, embeddings=seen))
    if score is not None and least_score is not None:
        chosen = [*chosen, Score(column=score, least=least_score, values=_scores(beside, score))]
    unfinished = Unfinished(None if output is None else Path(output), beside.sides, seed)
    kept = np.ones(len(beside.records), bool)
    dropped: dict[str, tuple[str, str]] = {}
    sources: dict[str, str] = {}
    steps = []
    for one in chosen:
        progress(f"looking for {one.title}")
        marks = unfinished.marks(one, beside.sides)
        if isinstance(marks, str):
            steps.append(_unable(one, marks))
            continue
        guarded = guard(beside.sides, marks, tolerance=tolerance, on_tail=on_tail)
        taken = guarded.marks & kept
        for row in np.flatnonzero(taken).tolist():
            name = beside.sides.candidate.ids[row]
            dropped[name] = (one.name, marks.reason(row))
            if marks.sources is not None and row in marks.sources:
                sources[name] = marks.sources[row]
        kept &= ~taken
        steps.append(_step(one, marks, guarded, taken, beside.sides))
    if budget is not None and budget < int(kept.sum()):
        progress("selecting")
        kept, step = _select(beside.sides, kept, budget, mix, joined, prefer, dropped, unfinished, progress)
        steps.append(step)
    ids = beside.sides.candidate.ids
    found = Curation(
        rows=len(ids),
        kept=tuple(ids[row] for row in np.flatnonzero(kept).tolist()),
        dropped=dropped,
        steps=tuple(steps),
        by_stratum=_by_stratum(beside.sides, kept),
        reality=beside.name,
        output=None if output is None else Path(output),
    )
    if output is not None:
        progress("writing")
        asked = {
            "filters": [
                repr(one) if not isinstance(one, Score) else f"score {score} >= {least_score}"
                for one in chosen
            ],
            "budget": budget,
            "mix": mix,
            "joined": joined,
            "prefer": prefer,
            "tolerance": tolerance,
            "on_tail": on_tail,
            "seed": seed,
            "encoder": None if beside.sides.embeddings is None else beside.sides.embeddings.name,
        }
        write_folder(found, beside, kept, sources, asked, replace=replace)
        unfinished.done()
    return found


def _filters(asked: Sequence[str | Filter], without: Sequence[str], usual: Sequence[Filter]) -> list[Filter]:
    known = {one.name: one for one in (*DEFAULTS, *ON_REQUEST)}
    for name in (*(one for one in asked if isinstance(one, str)), *without):
        if name not in known:
            raise unknown("filter", name, list(known))
    chosen = [known[one] if isinstance(one, str) else one for one in asked] or list(usual)
    return [one for one in chosen if one.name not in without]


def _check(
    budget: int | None,
    mix: str,
    joined: int,
    prefer: str,
    tolerance: float,
    on_tail: str,
    score: str | None,
    least_score: float | None,
) -> None:
    if budget is not None and budget < 1:
        raise UsageError("a budget has at least one row", where="--budget")
    if joined < 0:
        raise UsageError("is a number of at least 0", where="--joined")
    if mix not in MIXES:
        raise unknown("value for --mix", mix, list(MIXES))
    if prefer not in PREFERENCES:
        raise unknown("value for --prefer", prefer, list(PREFERENCES))
    if on_tail not in ("relax", "stop"):
        raise unknown("value for --on-tail", on_tail, ["relax", "stop"])
    if not 0 <= tolerance <= 1:
        raise UsageError("a share lies between 0 and 1", where="--tolerance")
    if (score is None) != (least_score is None):
        raise UsageError("a score takes a column and the least value", where="--score / --least-score")


def _scores(beside: Beside, column: str) -> dict[str, float]:
    found = {}
    seen = False
    for id_, row in zip(beside.records.ids, beside.records.table.column("row").to_pylist(), strict=True):
        value = msgspec.json.decode(row)
        seen = seen or column in value
        score = value.get(column)
        if score is None:
            continue
        if isinstance(score, bool) or not isinstance(score, int | float):
            raise InputError(f"the column {column!r} holds {score!r:.40}, which is no number", where=id_)
        found[id_] = float(score)
    if not seen:
        raise UsageError(f"there is no column {column!r}", where="--score")
    return found


def _unable(one: Filter, why: str) -> Step:
    return Step(
        name=one.name,
        title=one.title,
        decision="cannot say",
        why=why,
        marked=0,
        dropped=0,
        spared=0,
        tolls=(),
        strata=(),
        took=(),
    )


def _step(one: Filter, marks: Marks, guarded: Guarded, taken: NDArray[np.bool_], sides: Sides) -> Step:
    return Step(
        name=one.name,
        title=one.title,
        decision=guarded.decision,
        why=guarded.why,
        marked=int(marks.candidate.sum()),
        dropped=int(taken.sum()),
        spared=guarded.spared,
        tolls=tuple(asdict(toll) for toll in guarded.tolls),
        strata=guarded.strata,
        took=_took(sides, taken),
    )


def _took(sides: Sides, taken: NDArray[np.bool_]) -> tuple[tuple[str, int], ...]:
    strata = sides.candidate.strata[taken]
    counts = np.bincount(strata[strata >= 0], minlength=len(sides.labels))
    order = np.argsort(-counts, kind="stable")[:20]
    return tuple((sides.labels[at], int(counts[at])) for at in order if counts[at])


def _select(
    sides: Sides,
    kept: NDArray[np.bool_],
    budget: int,
    mix: Mix,
    joined: int,
    prefer: Prefer,
    dropped: dict[str, tuple[str, str]],
    unfinished: Unfinished,
    progress: Callable[[str], None],
) -> tuple[NDArray[np.bool_], Step]:
    real = np.bincount(sides.known[sides.known >= 0], minlength=len(sides.labels)).astype(np.float64)
    own = np.round(real / max(real.sum(), 1.0) * joined).astype(np.int64)
    stock = stock_of(sides)
    quota = quotas(stock, kept, budget, mix, own)
    asked = f"{SELECTION} {quota.tolist()} {np.flatnonzero(~kept).tolist()}"

    def recall(name: str, find: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        return unfinished.score(f"{name} of {asked}", find)

    use = ask_again(stock, kept, quota, recall, progress) if prefer == "use" else None
    chosen = choose(stock, kept, quota, use, words_of(sides) if prefer == "words" else None)
    left = kept & ~chosen
    for row in np.flatnonzero(left).tolist():
        stratum = int(sides.candidate.strata[row])
        name = repr(sides.labels[stratum]) if stratum >= 0 else "rows of no stratum"
        dropped[sides.candidate.ids[row]] = (
            SELECTION,
            f"the quota of {name} is {int(quota[stratum]):,} rows, and others add more to it",
        )
    step = Step(
        name=SELECTION,
        title=f"the rest, down to {budget:,} rows",
        decision="acts",
        why=f"strata share as {mix} says; inside each, {_PREFERRED[prefer]}",
        marked=int(left.sum()),
        dropped=int(left.sum()),
        spared=0,
        tolls=(),
        strata=(),
        took=_took(sides, left),
    )
    return chosen, step


def _by_stratum(sides: Sides, kept: NDArray[np.bool_]) -> tuple[tuple[str, int, int], ...]:
    strata = sides.candidate.strata
    before = np.bincount(strata[strata >= 0], minlength=len(sides.labels))
    after = np.bincount(strata[kept & (strata >= 0)], minlength=len(sides.labels))
    order = np.argsort(after / np.maximum(before, 1), kind="stable")
    return tuple((sides.labels[at], int(before[at]), int(after[at])) for at in order if before[at])

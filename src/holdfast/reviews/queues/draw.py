"""Drawing a queue: from a set, by a design, into a folder that is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from holdfast.data import read_records
from holdfast.data.preferences.read import read_preferences
from holdfast.data.write import check_folder
from holdfast.errors import OutputError, PreferenceInput, UsageError
from holdfast.reviews.questions.shipped import find_questions
from holdfast.reviews.queues.chances import chances_of
from holdfast.reviews.queues.contract import open_queue
from holdfast.reviews.queues.folder import Drawn, write_queue
from holdfast.reviews.queues.gold import gold_of_anchor, gold_of_file
from holdfast.reviews.queues.order import order_of
from holdfast.reviews.queues.parts import Random, Tail, part_of
from holdfast.reviews.queues.pool import pool_of_preferences, pool_of_records, pool_of_two
from holdfast.reviews.queues.reality import read_reality
from holdfast.reviews.queues.strata import read_strata
from holdfast.reviews.queues.suggested import suggestions_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from holdfast.anchors.anchor import Anchor
    from holdfast.data import Records
    from holdfast.reviews.questions.question import Questionnaire
    from holdfast.reviews.queues.contract import Queue
    from holdfast.reviews.queues.parts import Part
    from holdfast.reviews.queues.pool import Pool
    from holdfast.reviews.queues.reality import Reality

# One item in twenty measures the reviewer: enough to see drift within a few hundred, and little enough not to be the work.
_GOLD_SHARE = 0.05


def draw_queue(
    candidate: Any,
    *,
    output: str | Path,
    anchor: str | Path | Anchor | None = None,
    real: Any = None,
    against: Any = None,
    by: Literal["id", "prompt"] | None = None,
    rows: int = 300,
    design: Sequence[str | Part] | None = None,
    questions: str | Path | Questionnaire | None = None,
    again: float = 0.1,
    people: int = 1,
    gold: Any = None,
    gold_rows: int | None = None,
    suggestion: str | None = None,
    blind: bool | None = None,
    seed: int = 0,
    name: str | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> Queue:
    """Draws rows for people to look at, each with a chance that is known, and writes them as a queue.

    Args:
        candidate: The set that is asked about: single records, or preference pairs.
        output: The folder to write; it must not exist. A queue is never replaced, for people's work stands in it.
        anchor: A frozen anchor: says which strata are rare, what labels there are, and has verified rows.
        real: Real rows, in place of an anchor.
        against: Another set: people say whose answer to the same is better, and never learn who wrote which.
        by: How the two are joined; None takes ids where they meet, and prompts otherwise.
        rows: How many different rows are drawn, on average where a design has several parts.
        design: The parts, or their names with options (see `part_of`). By default half at random and half from the tail, where there are
            strata.
        questions: A shipped set by name, a file, or the questions. By default `fit` for single records and `which` for pairs.
        again: Share of the rows that every reviewer is asked about, for agreement.
        people: How many people see each of the others.
        gold: Rows with known answers (see `gold_of_file`), or False for no gold questions. By default the gold part of the anchor.
        gold_rows: How many gold questions at most; by default one for twenty rows.
        suggestion: The member of a row that holds what a model or filter says: hidden until a person has decided.
        blind: Whether it stays hidden then too, and with it who wrote what; by default for pairs.
        seed: Of all draws.
        name: A name for the queue; by default that of the set.
        text: Column of the text.
        label: Column of the strata, of real rows as well; by default the one that reality has.
        id: Column of the ids.
        on_bad_row: What to do with a row that cannot be read.
        progress: Called with a word about what is done next.

    Returns:
        The queue, opened.

    Raises:
        AnchorError: The anchor is not what was sealed.
        InputError: Rows or questions cannot be read.
        OutputError: The folder exists, or cannot be written.
        UsageError: An option makes no sense, or does not fit the rows.
    """
    _check(rows=rows, again=again, people=people, gold_rows=gold_rows)
    _check_free(output)
    progress("reading rows")
    reality = read_reality(anchor, real, label)
    options = {"text": text, "id": id, "on_bad_row": on_bad_row}
    reading = _Reading(options=options, label=label, reality=reality)
    pool = reading.pool(candidate, against, by)
    pool, reality = read_strata(pool, reality, seed=seed, progress=progress)
    strata = reality.labels or tuple(sorted({one for one in pool.strata if one is not None}))
    asked = find_questions(questions or ("fit" if pool.shape == "single" else "which"), strata=strata)
    _check_fit(asked, pool)
    parts = _parts(design, pool)
    progress("drawing")
    rng = np.random.default_rng(seed)
    chances = chances_of(pool, parts, rows, reality.counts)
    drawn, first = chances.draw(rng)
    known_rows, known = _gold(gold, reality, asked, pool, options | {"label": label})
    wanted = max(1, round(_GOLD_SHARE * rows)) if gold_rows is None else gold_rows
    golden = np.sort(rng.permutation(len(known))[:wanted])
    progress("writing")
    order = order_of(len(drawn), len(golden), again, rng)
    write_queue(
        output,
        Drawn(
            name=name or str(pool.sources[0]["name"]),
            pool=pool,
            rows=drawn,
            part=[parts[number].name for number in first.tolist()],
            chance=chances.chance[drawn],
            suggestions=suggestions_of(pool, drawn, asked, suggestion),
            gold=known_rows.take(golden),
            known=[known[number] for number in golden.tolist()],
            order=order,
        ),
        questions=asked,
        design=parts,
        reality=reality,
        blind=pool.shape == "pair" if blind is None else blind,
        people=people,
        seed=seed,
    )
    return open_queue(output)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """How the sets are read."""

    options: dict[str, Any]
    label: str | None
    reality: Reality

    def pool(self, candidate: Any, against: Any, by: str | None) -> Pool:
        if against is not None:
            return pool_of_two(self._records(candidate), self._records(against), by=by)
        if by is not None:
            raise UsageError("there is nothing to join", where="--by", do="Add --against FILE")
        try:
            return pool_of_records(self._records(candidate))
        except PreferenceInput:
            return pool_of_preferences(
                read_preferences(candidate, keep_rows=True, on_bad_row=self.options["on_bad_row"])
            )

    def _records(self, source: Any) -> Records:
        label = self.label or self.reality.label_column
        try:
            return read_records(source, label=label, keep_rows=True, **self.options)
        except UsageError as error:
            # Reality's column is a guess: a set that lacks it has no labels, or others.
            if self.label is not None or error.where != "--label":
                raise
            return read_records(source, keep_rows=True, **self.options)


def _check(*, rows: int, again: float, people: int, gold_rows: int | None) -> None:
    if rows < 1:
        raise UsageError("at least one row is drawn", where="--rows")
    if not 0.0 <= again <= 1.0:
        raise UsageError("is a share, 0 to 1", where="--again")
    if people < 1:
        raise UsageError("at least one person is asked", where="--people")
    if gold_rows is not None and gold_rows < 0:
        raise UsageError("is not below 0", where="--gold-rows")


def _check_free(output: str | Path) -> None:
    folder = Path(output)
    if folder.is_dir() and any(folder.iterdir()):
        raise OutputError(
            "the folder exists and is not empty, and a queue is never replaced: people's work may stand in it",
            where=str(output),
            do="Give another path",
        )
    check_folder(output)


def _check_fit(asked: Questionnaire, pool: Pool) -> None:
    if pool.shape == "single" and asked.of_kind("which") is not None:
        raise UsageError(
            "which of two is better cannot be asked of single records",
            where="--questions",
            do="Give preference pairs, or another set with --against",
        )
    verdict = asked.of_kind("verdict")
    if pool.shape == "pair" and verdict is not None and "edit" in verdict.values:
        raise UsageError(
            "a pair cannot be edited: an edit could belong to either side",
            where="--questions",
            do='Say answers = ["accept", "reject"]',
        )


def _parts(design: Sequence[str | Part] | None, pool: Pool) -> tuple[Part, ...]:
    if design:
        return tuple(part_of(one) if isinstance(one, str) else one for one in design)
    return (Random(), Tail()) if len(set(pool.strata)) > 1 else (Random(),)


def _gold(
    given: Any, reality: Reality, asked: Questionnaire, pool: Pool, options: dict[str, Any]
) -> tuple[pa.Table, list[dict[str, Any]]]:
    none = pool.table.slice(0, 0), list[dict[str, Any]]()
    if given is False:
        return none
    if given is not None:
        return gold_of_file(given, asked, pool.shape, options)
    if reality.gold is None or pool.shape == "pair":
        return none
    return gold_of_anchor(reality.gold, asked)

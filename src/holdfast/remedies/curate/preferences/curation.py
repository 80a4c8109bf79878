"""Curate labels: drop what judges add to people's taste, measured on people's own labels, and account for every row."""

from __future__ import annotations

import zlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from holdfast.data.preferences import Preferences, joined, read_preferences
from holdfast.data.preferences.agents import Agents, read_agents
from holdfast.data.write import check_folder
from holdfast.errors import InputError, UsageError, unknown
from holdfast.remedies.curate.folder import KIND
from holdfast.remedies.curate.preferences.contract import PreferenceCuration, PreferenceStep, Weighed
from holdfast.remedies.curate.preferences.filters import (
    Disagreeing,
    JudgeCap,
    LengthMatched,
    Swapped,
    TeacherCap,
)
from holdfast.remedies.curate.preferences.folder import write_label_folder
from holdfast.remedies.curate.preferences.label_rows import LabelRows, name_rows
from holdfast.remedies.curate.preferences.toll import decide, toll
from holdfast.remedies.curate.preferences.weighing import COLUMN, HumanWeight
from holdfast.remedies.curate.preferences.written_rows import (
    rows_as_they_came,
    rows_in_our_form,
    with_weight,
)
from holdfast.views.ratings import read_ratings
from holdfast.views.relations import Relations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from holdfast.anchors.preferences import PreferenceAnchor
    from holdfast.remedies.curate.preferences.contract import LabelToll
    from holdfast.remedies.curate.preferences.marks import PreferenceFilter, PreferenceMarks

FILTERS = ("swapped", "disagreeing", "length_matched", "teacher_cap", "judge_cap", "human_weight")
"""All there are, in the order in which they run: a label is dropped by the first that takes it."""
USUAL = ("swapped", "length_matched", "teacher_cap", "judge_cap")
"""What is run where nothing else is asked. `disagreeing` makes a judge look perfect on the very pairs that it is measured on."""
MOST = 0.8
_SHOWN = 20


def curate_preferences(
    candidate: Any,
    *,
    real: Any = None,
    anchor: str | Path | PreferenceAnchor | None = None,
    annotator: str | None = None,
    annotator_type: str | None = None,
    agents: str | Path | Agents | None = None,
    family: str | None = None,
    output: str | Path | None = None,
    filter: Sequence[str | PreferenceFilter] = (),
    without: Sequence[str] = (),
    judge_cap: float = 0.7,
    most: float = MOST,
    swap: bool = False,
    replace: bool = False,
    on_bad_row: Literal["stop", "skip"] = "stop",
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> PreferenceCuration:
    """Drop, or weigh, labels of judges that lean away from people.

    Every filter is measured before it acts on the pairs that people labelled: what it takes of labels that most people share, it
    takes of good ones. Labels of people are never dropped. Filters for which something is missing say what, and the others run.

    Args:
        candidate: Pairs with labels, in any form that `read_preferences` knows; or `Preferences`.
        real: Human labels, in the same forms; or
        anchor: a frozen anchor of human labels. At most one of the two; the candidate may hold human labels of its own.
        annotator: Who labelled the candidate's rows that name nobody.
        annotator_type: What that is: one of `KINDS`.
        agents: A file that says which model descends from which; without it only equal names are known to be related.
        family: The model whose relatives `teacher_cap` holds to people's rate.
        output: The folder to write; without one nothing is written.
        filter: Filters to run in place of the usual ones, by name or as objects.
        without: Usual filters that are left out.
        judge_cap: Largest share of the labels that one model may give.
        most: Largest share of the judges' labels that one filter may take; one that would take more is stopped.
        swap: Writes every kept label in both orders, and drops none for turning with it.
        replace: Whether a curated folder that is there may be replaced.
        on_bad_row: What to do with a row that cannot be read.
        seed: Chooses among labels that are as good as each other.
        progress: Called with a word about what is done next.

    Returns:
        What was kept, what was dropped, and why.

    Raises:
        InputError: Rows, files or an anchor that cannot be used, or nothing would be left.
        OutputError: The folder cannot be written.
        UsageError: An option has a value that does not exist.
    """
    _check(real, anchor, judge_cap, most, seed)
    names = _names(filter, without, swap=swap)
    if output is not None:
        check_folder(
            output,
            replace=replace,
            kind=KIND,
            inputs=(candidate, real, getattr(anchor, "path", anchor), agents),
        )
    relations = Relations(read_agents(agents) if isinstance(agents, str | Path) else agents)
    progress("reading labels")
    read = (
        read_preferences(
            candidate,
            annotator=annotator,
            annotator_type=annotator_type,
            on_bad_row=on_bad_row,
            keep_rows=True,
        )
        if not isinstance(candidate, Preferences)
        else candidate
    )
    known, reality, notes = _beside(read, real, anchor, on_bad_row)
    rows = LabelRows(preferences=read, ratings=read_ratings(known), ids=name_rows(read))
    own: dict[str, PreferenceFilter] = {
        "swapped": Swapped(),
        "disagreeing": Disagreeing(),
        "length_matched": LengthMatched(),
        "teacher_cap": TeacherCap(teacher=family, relations=relations),
        "judge_cap": JudgeCap(most=judge_cap),
    }
    kept = np.ones(len(rows), bool)
    dropped: dict[str, tuple[str, str]] = {}
    steps: list[PreferenceStep] = []
    for one in names:
        if one == HumanWeight.name:
            continue
        chosen = own[one] if isinstance(one, str) else one
        progress(f"looking for {chosen.title}")
        alone = _look(chosen, rows, np.ones_like(kept), seed)
        marks = alone if kept.all() else _look(chosen, rows, kept, seed)
        if isinstance(marks, str) or isinstance(alone, str):
            why = marks if isinstance(marks, str) else str(alone)
            steps.append(PreferenceStep(name=chosen.name, title=chosen.title, decision="cannot say", why=why))
            continue
        step, taken = _act(chosen, marks, toll(rows, alone), rows, kept, most)
        for at in np.flatnonzero(taken).tolist():
            dropped[rows.ids[at]] = (chosen.name, marks.reason(at))
        kept &= ~taken
        steps.append(step)
    if not kept.any():
        raise InputError(
            "nothing would be left: every label is dropped by a filter",
            where=read.name,
            do="Leave filters out with --without, or have more pairs labelled by people",
        )
    weights, weighed = None, None
    if HumanWeight.name in names:
        progress("weighing")
        found = HumanWeight()(rows, kept)
        weights, weighed = (None, Weighed(why=found)) if isinstance(found, str) else found
    written, more = _written(read, swap=swap)
    result = PreferenceCuration(
        name=read.name,
        labels=len(rows),
        pairs=len(read),
        kept=tuple(rows.ids[at] for at in np.flatnonzero(kept)),
        dropped=dropped,
        steps=tuple(steps),
        by_author=_by_author(rows, kept),
        prompts=_prompts(rows, kept),
        people=(len(rows.votes), int((rows.agrees | rows.contradicts).sum())),
        reality=reality,
        weighed=weighed,
        notes=(*notes, *_notes(rows, read), *more),
        output=None if output is None else Path(output),
    )
    if output is not None:
        progress("writing")
        lines = [
            [row if weights is None else with_weight(row, COLUMN, float(weights[at])) for row in row_of]
            for at, row_of in enumerate(written)
        ]
        asked = {
            "filters": [one if isinstance(one, str) else repr(one) for one in names],
            "judge_cap": judge_cap,
            "most": most,
            "family": family,
            "swap": swap,
            "seed": seed,
        }
        write_label_folder(result, rows, kept, lines, asked, replace=replace)
    return result


def _check(real: Any, anchor: Any, judge_cap: float, most: float, seed: int) -> None:
    if real is not None and anchor is not None:
        raise UsageError("give either human labels or a frozen anchor", where="--real / --anchor")
    if not 0 < judge_cap <= 1:
        raise UsageError("a share lies above 0, and is at most 1", where="--judge-cap")
    if not 0 < most <= 1:
        raise UsageError("a share lies above 0, and is at most 1", where="--most")
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")


def _names(
    asked: Sequence[str | PreferenceFilter], without: Sequence[str], *, swap: bool
) -> list[str | PreferenceFilter]:
    for name in (*(one for one in asked if isinstance(one, str)), *without):
        if name not in FILTERS:
            raise unknown("filter of labels", name, list(FILTERS))
    if swap and "swapped" in asked:
        raise UsageError(
            "labels that turn with the order are either dropped or written in both orders",
            where="--swap",
            do="Leave out --swap or --filter swapped",
        )
    left_out = {*without, *(["swapped"] if swap else [])}
    chosen = set(asked or USUAL) - left_out
    return [*(one for one in FILTERS if one in chosen), *(one for one in asked if not isinstance(one, str))]


def _beside(
    read: Preferences, real: Any, anchor: Any, on_bad_row: Literal["stop", "skip"]
) -> tuple[Preferences, str | None, tuple[str, ...]]:
    """The candidate's pairs and reality's with all labels, reality's name, and what there is to say."""
    if real is None and anchor is None:
        return read, None, ()
    if anchor is not None:
        from holdfast.anchors.preferences import PreferenceAnchor, open_preference_anchor

        opened = anchor if isinstance(anchor, PreferenceAnchor) else open_preference_anchor(anchor)
        held, name = opened.preferences, opened.name
    else:
        held = (
            real
            if isinstance(real, Preferences)
            else read_preferences(real, annotator_type="human", on_bad_row=on_bad_row)
        )
        name = held.name
    known, shared = joined(read, held)
    notes = (f"{shared.both:,} of {len(read):,} pairs are among the {len(held):,} of {name}", shared.hint)
    return known, name, tuple(note for note in notes if note)


def _look(
    one: PreferenceFilter, rows: LabelRows, kept: NDArray[np.bool_], seed: int
) -> PreferenceMarks | str:
    # A stream of its own for each filter, so that adding one changes no other.
    return one(rows, kept.copy(), np.random.default_rng([seed, zlib.crc32(one.name.encode())]))


def _act(
    one: PreferenceFilter,
    marks: PreferenceMarks,
    tolls: tuple[LabelToll, LabelToll],
    rows: LabelRows,
    kept: NDArray[np.bool_],
    most: float,
) -> tuple[PreferenceStep, NDArray[np.bool_]]:
    good, bad = tolls
    decision, why = decide(marks, int((kept & rows.made).sum()), good, bad, most=most)
    # A filter of somebody's own may mark what it must not have.
    taken = marks.taken & kept & rows.made if decision in ("acts", "not measured") else np.zeros_like(kept)
    step = PreferenceStep(
        name=one.name,
        title=one.title,
        decision=decision,
        why=why,
        marked=int(marks.taken.sum()),
        dropped=int(taken.sum()),
        good=good,
        bad=bad,
        took=_took(rows, taken),
        details=marks.details,
    )
    return step, taken


def _took(rows: LabelRows, taken: NDArray[np.bool_]) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for at in np.flatnonzero(taken).tolist():
        a, b = rows.authors(int(rows.pair[at]))
        chosen = {1: a, -1: b}.get(int(rows.label[at]))
        if chosen is not None:
            counts[chosen] += 1
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:_SHOWN])


def _by_author(rows: LabelRows, kept: NDArray[np.bool_]) -> tuple[tuple[str, int, int], ...]:
    author = rows.ratings.author[rows.pair]
    count = len(rows.ratings.authors)
    before, after = (np.zeros(count, np.int64) for _ in range(2))
    for side in range(2):
        known = author[:, side] >= 0
        # Both responses by one author are one label of theirs.
        known &= (author[:, 0] != author[:, 1]) | (side == 0)
        before += np.bincount(author[known, side], minlength=count)
        after += np.bincount(author[known & kept, side], minlength=count)
    found = [
        (name, int(one), int(two))
        for name, one, two in zip(rows.ratings.authors, before, after, strict=True)
        if one
    ]
    return tuple(sorted(found, key=lambda entry: (entry[2] / entry[1], -entry[1], entry[0])))


def _prompts(rows: LabelRows, kept: NDArray[np.bool_]) -> tuple[int, int]:
    prompts = rows.ratings.prompt[rows.pair]
    return len(np.unique(prompts)), len(np.unique(prompts[kept]))


def _written(read: Preferences, *, swap: bool) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """The lines of each label, and what there is to say of their form."""
    if swap:
        if read.shape in ("trl", "hh"):
            raise UsageError(
                "rows of chosen and rejected have no order that could be reversed",
                where="--swap",
                do="Leave it out, or give rows of response_a, response_b and label",
            )
        both = zip(rows_in_our_form(read), rows_in_our_form(read, reverse=True), strict=True)
        return list(both), ("every label is written in both orders, in holdfast's own form",)
    came = rows_as_they_came(read)
    if came is not None:
        return [(row,) for row in came], ()
    return [(row,) for row in rows_in_our_form(read)], (
        "rows are written in holdfast's own form, one for each label, because a row held several labels",
    ) if read.written is not None else ()


def _notes(rows: LabelRows, read: Preferences) -> list[str]:
    notes = []
    if not rows.made.any():
        notes.append("people gave every label, so there is nothing to drop")
    elif not len(rows.votes):
        notes.append(
            "no human label is at hand: filters that hold judges against people cannot say anything; give --real or --anchor"
        )
    if read.skipped_count:
        notes.append(f"{read.skipped_count:,} rows could not be read and were skipped")
    for reason, count in read.set_aside.items():
        notes.append(f"{count:,} pairs were left out: {reason}")
    return notes

"""Outcome: what a run comes to, judged by real rows that steered nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.remedies.generate.contract import Generation
from holdfast.remedies.generate.effects import find_effects
from holdfast.remedies.generate.examples import draw_examples
from holdfast.remedies.generate.ground import LEAST_LOOK, Ground
from holdfast.remedies.generate.material import names_of
from holdfast.remedies.generate.selection import read_selection
from holdfast.remedies.generate.tallies import drawn_of, texts_of
from holdfast.remedies.generate.variety import prompts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.remedies.generate.ground import Look
    from holdfast.remedies.generate.report import Pointed
    from holdfast.remedies.generate.turning import Run

_FINDINGS = 5


def tell(run: Run, pointed: Pointed | None) -> Generation:
    """What a run comes to.

    Args:
        run: The run, ended.
        pointed: The report that it was for, or None.
    """
    assert run.end is not None  # noqa: S101 - for the type checker; the caller has looked
    accepted = run.accepted
    before, after = _judged(run)
    ended, sentence = run.end
    return Generation(
        wished=len(run.made),
        written=sum(one.text is not None for one in run.made),
        accepted=len(accepted),
        lost=dict(Counter(one.lost for one in run.made if one.lost is not None)),
        dropped=dict(Counter(one.dropped_by for one in run.made if one.dropped_by is not None)),
        rounds=tuple(run.rounds),
        ended=ended,  # type: ignore[arg-type]  # one of its words
        sentence=sentence,
        before=None if before is None else before.worth,
        after=None if after is None else after.worth,
        strata=_strata(run, before, after),
        effects=tuple(
            asdict(one)
            for one in find_effects(drawn_of(run.made), np.random.default_rng([run.recipe.seed, 0xEF]))
        ),
        prompts=prompts_of(run),
        selection=_selection(run),
        requests=_requests(run),
        spent=run.asking.spent(),
        notes=_notes(run, pointed),
        asked=_asked(run),
        examples=draw_examples(
            run.made,
            run.parts,
            _steering_of(run),
            _worst_first(run, before),
            np.random.default_rng([run.recipe.seed, 0xE8]),
        ),
    )


def _steering_of(run: Run) -> dict[str | None, list[int]]:
    """Places of rows that steer, by stratum: their own, or the cluster that stands for it."""
    rows = run.parts.steering
    names: Sequence[str | None] = rows.strata
    if run.look is not None and not any(name is not None for name in names):
        place = dict(zip(run.look.sides.anchor.ids, names_of(run.look), strict=True))
        names = [place.get(id_) for id_ in rows.ids]
    found: dict[str | None, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        found[name].append(row)
    return found


def _asked(run: Run) -> dict[str, Any]:
    """What there was, and what was allowed."""
    parts, recipe = run.parts, run.recipe
    return {
        "name": parts.name,
        "candidate": len(parts.candidate),
        "steering": len(parts.steering),
        "judging": len(parts.judging),
        "steer": run.steer,
        "seed": recipe.seed,
        **{name: getattr(recipe, name) for name in ("rows", "rounds", "requests", "tokens", "cost")},
    }


def _worst_first(run: Run, before: Look | None) -> list[str | None]:
    """Strata that rows were asked for, those first of which least was there."""
    table = {} if before is None else {row["stratum"]: row["retention"] for row in before.strata}
    asked = Counter(one.stratum for one in run.made)

    def rank(name: str | None) -> tuple[float, int, str]:
        kept = table.get(name)
        return (2.0 if kept is None else float(kept), -asked[name], name or "")

    return sorted(asked, key=rank)


def _judged(run: Run) -> tuple[Look | None, Look | None]:
    """Before and after, by the rows that judge."""
    parts = run.parts
    if not len(parts.judging):
        return None, None
    ground = Ground.of(
        parts.judging, labelled=not parts.unlabelled, declared=parts.declared, seed=run.recipe.seed
    )
    before = ground.look(parts.candidate) if len(parts.candidate) >= LEAST_LOOK else None
    grown = parts.candidate + texts_of(run.accepted)
    run.progress(f"judging {len(grown):,} rows after")
    after = ground.look(grown) if len(grown) >= LEAST_LOOK else None
    return before, after


def _strata(run: Run, before: Look | None, after: Look | None) -> tuple[Mapping[str, Any], ...]:
    """Strata that rows were asked for: rows, and retention by rows that judge, before and after."""
    asked = Counter(one.stratum for one in run.made)
    kept = Counter(one.stratum for one in run.accepted)
    # Where reality has no labels, the rows that judge have clusters of their own: theirs are not those that were asked for.
    labelled = any(stratum is not None for stratum in run.parts.steering.strata)
    tables = [
        {} if look is None or not labelled else {row["stratum"]: row for row in look.strata}
        for look in (before, after)
    ]
    states = {need.stratum: need for need in run.needs}
    found = []
    for name in sorted(asked, key=lambda name: (name is None, name or "")):
        rows = [table.get(name) for table in tables]
        need = states.get(name)
        found.append(
            {
                "stratum": name,
                "wished": asked[name],
                "accepted": kept[name],
                "state": None if need is None else need.state,
                "why": None if need is None else need.why,
                **{
                    f"{fact}_{when}": None if row is None else row[fact]
                    for when, row in zip(("before", "after"), rows, strict=True)
                    for fact in ("candidate_rows", "expected_rows", "retention", "interval", "lost")
                },
            }
        )
    return tuple(found)


def _selection(run: Run) -> dict[str, Any] | None:
    if not run.made:
        return None
    dropped: dict[str | None, Counter[str]] = defaultdict(Counter)
    for one in run.made:
        if one.dropped_by is not None:
            dropped[one.stratum][one.dropped_by] += 1
    reality = run.rounds[-1].reality if run.rounds else {}
    tolls = {
        str(one["filter"]): float(one["all"])
        for one in (run.rounds[-1].guards if run.rounds else ())
        if one.get("all") is not None
    }
    found = read_selection(
        run.tallies,
        dropped,
        Counter(name for name in run.parts.steering.strata if name is not None),
        np.random.default_rng([run.recipe.seed, 0x5E]),
        real_accept={name: rates["passes"] for name, rates in reality.items() if "passes" in rates},
        tolls=tolls,
    )
    return asdict(found)


def _requests(run: Run) -> dict[str, Any]:
    """What was asked, and who answered in the place of the model that was asked: over all processes that worked on the run."""
    told = run.asking.told()
    others: dict[str, Counter[str]] = defaultdict(Counter)
    for call in (call for one in run.made for call in one.calls):
        if call.answered is not None and call.answered != call.asked:
            others[call.asked][call.answered] += 1
    return told and told | {"other_models": {asked: dict(found) for asked, found in sorted(others.items())}}


def _notes(run: Run, pointed: Pointed | None) -> tuple[str, ...]:
    notes = list(run.parts.notes)
    told = _requests(run)
    for asked, answered in told.get("other_models", {}).items():
        names = ", ".join(f"{name} {count:,} times" for name, count in answered.items())
        notes.append(f"{asked} was asked, and others say they answered: {names}. Lineage names who answered.")
    if told.get("lost_before"):
        notes.append(
            f"{told['lost_before']:,} requests were on their way when an earlier run was killed; they were asked again, under the same keys."
        )
    untold = run.asking.untold
    if untold:
        notes.append(
            f"{untold:,} requests may have cost tokens of which nobody told: tokens and cost are at least what is said."
        )
    found = told.get("batch_findings", ())
    notes.extend(found[:_FINDINGS])
    if len(found) > _FINDINGS:
        notes.append(f"There are {len(found) - _FINDINGS:,} more findings in what came back in batch files.")
    cut = sum(one.lost == "cut" for one in run.made)
    if cut:
        notes.append(
            f"{cut:,} answers were cut at max_tokens and left out: long rows are lost by that. Raise max_tokens."
        )
    notes.extend(_about_strata(run))
    depths = [one for one in run.recipe.models if one.trained_on_depth is None]
    if depths and any(one.model is not None for one in run.accepted):
        notes.append(
            f"Nobody knows what {_names([one.name for one in depths])} learnt from, so the generation depth of its rows is unknown: "
            "trained_on_depth in [[model]] says it."
        )
    if pointed is not None and pointed.lost:
        asked_for = {one.stratum for one in run.made}
        missed = [name for name in pointed.lost if name not in asked_for]
        if missed and run.steer:
            notes.append(
                f"The report lists {_names(missed)} as lost; the rows that steer, a part of all, do not see that, and asked for none of it."
            )
    return tuple(notes)


def _about_strata(run: Run) -> list[str]:
    """What a prompt could not say of strata: meanings of those that reality does not have, and names that mean nothing."""
    meanings = run.recipe.strata
    real = {name for rows in (run.parts.steering, run.parts.gold) for name in rows.strata if name is not None}
    notes = []
    strangers = sorted(set(meanings) - real)
    if strangers and real:
        notes.append(f"[strata] explains {_names(strangers)}, which no real row that steers belongs to.")
    numbers = sorted({str(one.stratum) for one in run.made if (one.stratum or "").isdigit()} - set(meanings))
    if numbers and any(one.model is not None for one in run.made):
        notes.append(
            f"Prompts named strata by numbers ({_names(numbers)}), which say nothing to a model: [strata] in a recipe says what they mean."
        )
    return notes


def _names(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")

"""Verify: what of the new rows may be kept. Every filter is measured on real rows first, as in curate, and may not eat their tail.

Rows that were there before come first: where a new row repeats an old one, the new one goes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.measures.text.label_noise import read_margins
from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST
from holdfast.remedies.curate.filters.copies import AnchorCopies
from holdfast.remedies.curate.filters.scored import LabelNoise
from holdfast.remedies.curate.filters.unlike import Unlike
from holdfast.remedies.curate.guard import guard
from holdfast.remedies.generate.steering.weak import Nearness
from holdfast.remedies.leaks import find_leaks
from holdfast.views.likeness import JUDGES, by_content, deal_parts
from holdfast.views.margins import MARGINS
from holdfast.views.reading import read_view
from holdfast.views.representation import represent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from holdfast.remedies.curate.filters import Filter
    from holdfast.remedies.generate.ground import Ground
    from holdfast.remedies.generate.parts import Parts, Texts
    from holdfast.remedies.generate.recipe import Recipe
    from holdfast.views.margins import Judges
    from holdfast.views.sides import Sides

LEAK = "leak"
NEARER = 0.05
"""A row adds something where a real row has that much more wording in common with it than with any row before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What became of new rows.

    Attributes:
        dropped: Filter and reason of each row that is not kept, by id.
        sources: The row that it repeats, for those that were dropped as copies.
        added: Ids of kept rows that come closer to a real row than all before them.
        guards: What each filter takes of reality, and what the guard decided.
        passes: Share of real rows of each stratum that the same filters let pass, by stratum.
        noise: Share of real rows of other strata that the label check would let pass under each stratum's name; without labels empty.
        real_added: Share of real rows of each stratum that would add something in the place of a new row, by stratum.
        nearness: How near accepted rows come to real rows of their stratum, by stratum, beside rows of others and real ones.
    """

    dropped: Mapping[str, tuple[str, str]]
    sources: Mapping[str, str]
    added: frozenset[str]
    guards: tuple[Mapping[str, Any], ...]
    passes: Mapping[str | None, float]
    noise: Mapping[str | None, float]
    real_added: Mapping[str | None, float]
    nearness: Mapping[str, Nearness]


def verify(
    before: Texts,
    new: Texts,
    ground: Ground,
    parts: Parts,
    recipe: Recipe,
    *,
    accepted: frozenset[str],
    edited: Mapping[str, frozenset[str]],
    parents: Mapping[str, frozenset[str]] | None = None,
) -> Verified:
    """Decides which new rows are kept.

    Args:
        before: Rows that are there: the candidate's and those that were accepted.
        new: Rows that are looked at.
        ground: Real rows that steer.
        parts: All real rows: nothing may repeat one.
        recipe: The filters.
        accepted: Ids of those rows before that were made in this run.
        edited: For rows that a rule changed, the ids of the rows they were: near these they may lie, and say so in their lineage.
        parents: For rows that were made in this run, the ids of the rows they were made from: to be near these is no merit, as it is none
            of a real row to be near itself.
    """
    count = len(before)
    sides = ground.sides(before + new)
    dropped: dict[str, tuple[str, str]] = {}
    sources: dict[str, str] = {}
    for row, source in _leaks(new, parts).items():
        dropped[new.ids[row]] = (
            LEAK,
            f"repeats the real row {source}" if source else "repeats a row of the holdout",
        )
        if source:
            sources[new.ids[row]] = source
    kept = np.ones(len(sides.candidate), bool)
    passed = np.ones(len(sides.anchor), bool)
    guards: list[dict[str, Any]] = []
    for one in filters(recipe):
        marks = one(sides)
        if isinstance(marks, str):
            guards.append({"filter": one.name, "decision": "cannot say", "why": marks})
            continue
        guarded = guard(sides, marks, tolerance=recipe.tolerance, on_tail=recipe.on_tail)  # type: ignore[arg-type]
        taken = guarded.marks & kept
        if one.name == AnchorCopies.name:
            taken &= ~_own_edits(sides, edited)
        for row in np.flatnonzero(taken[count:]).tolist():
            id_ = new.ids[row]
            if id_ not in dropped:
                dropped[id_] = (one.name, marks.reason(count + row))
                if marks.sources is not None and count + row in marks.sources:
                    sources[id_] = marks.sources[count + row]
        kept &= ~taken
        if guarded.real is not None:
            passed &= ~guarded.real
        rarest = guarded.tolls[0] if guarded.tolls else None
        guards.append(
            {
                "filter": one.name,
                "decision": guarded.decision,
                "why": guarded.why,
                "strata": list(guarded.strata),
                "spared": guarded.spared,
                "all": None if marks.real is None else float(marks.real.mean()),
                "rarest_tenth": None if rarest is None else rarest.share,
                "rarest_tenth_high": None if rarest is None else rarest.high,
            }
        )
    good = [row for row in range(len(new)) if new.ids[row] not in dropped]
    hidden = _Hidden.of_rows(sides, parents or {})
    added, real_added = _added(sides, count, good, hidden)
    own = [row for row, id_ in enumerate(before.ids) if id_ in accepted]
    return Verified(
        dropped=dropped,
        sources=sources,
        added=frozenset(new.ids[row] for row in added),
        guards=tuple(guards),
        passes=_by_stratum(sides, passed),
        noise=_noise(sides, recipe),
        real_added=real_added,
        nearness=_nearness(sides, [*own, *(count + row for row in good)], hidden),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hidden:
    """Real rows that do not judge a made row, as it was made from them.

    Attributes:
        groups: int64 [m], group of related rows of each anchor row.
        of: For rows of the candidate, by number, the groups of their parents.
    """

    groups: NDArray[np.int64]
    of: Mapping[int, NDArray[np.int64]]

    @classmethod
    def of_rows(cls, sides: Sides, parents: Mapping[str, frozenset[str]]) -> _Hidden:
        groups = sides.anchor.duplicates.related
        place = {id_: at for at, id_ in enumerate(sides.anchor.ids)}
        found = {}
        for row, id_ in enumerate(sides.candidate.ids):
            known = [place[parent] for parent in parents.get(id_, ()) if parent in place]
            if known:
                found[row] = groups[known]
        return cls(groups=groups, of=found)

    def blind(self, close: NDArray[Any], rows: NDArray[np.int64], judges: NDArray[np.int64]) -> None:
        """Takes closeness to parents out of float [rows, judges], in place."""
        for at, row in enumerate(rows.tolist()):
            hidden = self.of.get(row)
            if hidden is not None:
                close[at, np.isin(self.groups[judges], hidden)] = 0.0


def _own_edits(sides: Sides, edited: Mapping[str, frozenset[str]]) -> NDArray[np.bool_]:
    """bool [n], rows that a rule made of the very row they resemble, and that are not the same to the letter."""
    found = np.zeros(len(sides.candidate), bool)
    for row, id_ in enumerate(sides.candidate.ids):
        of = int(sides.copied[row])
        if of >= 0 and sides.anchor.ids[of] in edited.get(id_, ()):
            found[row] = sides.candidate.texts[row] != sides.anchor.texts[of]
    return found


def filters(recipe: Recipe) -> tuple[Filter, ...]:
    """The filters of a recipe; the label check at its own strictness."""
    known = {one.name: one for one in (*DEFAULTS, *ON_REQUEST)}
    names = recipe.filter or (*(one.name for one in DEFAULTS), Unlike.name)
    chosen = [known[name] for name in names if name not in recipe.without]
    return tuple(
        replace(one, takes=recipe.label_noise) if isinstance(one, LabelNoise) else one for one in chosen
    )


def _leaks(new: Texts, parts: Parts) -> dict[int, str]:
    """New rows that repeat a real row which nobody showed: the row's id, or nothing where it lies in the holdout."""
    found: dict[int, str] = {}
    for leak in find_leaks(new.texts, parts.sealed):
        found[leak.row] = ""
    for part in (parts.judging, parts.gold):
        for leak in find_leaks(new.texts, part.texts):
            if leak.kind != "paraphrase":
                found.setdefault(leak.row, part.ids[leak.of])
    return found


def _added(
    sides: Sides, count: int, good: Sequence[int], hidden: _Hidden
) -> tuple[list[int], dict[str | None, float]]:
    """New rows that come closer to a real row than all before them; and what real rows would do in their place."""
    judges = by_content(sides.anchor.keys, 0)[:JUDGES]
    representation = represent(sides, judges)
    labels = sides.anchor.strata[judges]

    def closeness(rows: NDArray[np.int64], *, real: bool = False) -> NDArray[np.float64]:
        close = np.asarray((representation.real if real else representation.new)(rows), np.float64)
        if sides.origin == "column":
            own = (sides.anchor if real else sides.candidate).strata[rows]
            close[(own[:, None] != labels[None, :]) & (labels >= 0)[None, :]] = 0.0
        if not real:
            hidden.blind(close, rows, judges)
        return close

    best = np.zeros(len(judges))
    for start in range(0, count, _CHUNK):
        best = np.maximum(
            best, closeness(np.arange(start, min(start + _CHUNK, count))).max(axis=0, initial=0.0)
        )
    real = _real_added(sides, judges, best, closeness)
    found = []
    for start in range(0, len(good), _CHUNK):
        rows = np.array(good[start : start + _CHUNK], np.int64)
        for row, close in zip(rows.tolist(), closeness(rows + count), strict=True):
            if (close > best + NEARER).any():
                found.append(row)
            best = np.maximum(best, close)
    return found, real


_CHUNK = 1_024
_ASKED = 40


def _real_added(
    sides: Sides, judges: NDArray[np.int64], best: NDArray[np.float64], closeness: Any
) -> dict[str | None, float]:
    """Of each stratum, the share of real rows that would come closer to another real row than what is there."""
    groups = sides.anchor.duplicates.related
    known = sides.known
    found: dict[str | None, float] = {}
    for number in [*range(len(sides.labels))] or [None]:
        rows = np.arange(len(sides.anchor)) if number is None else np.flatnonzero(known == number)
        rows = rows[:_ASKED]
        if not len(rows):
            continue
        close = closeness(rows, real=True)
        close[groups[rows][:, None] == groups[judges][None, :]] = 0.0
        found[None if number is None else sides.labels[number]] = float(
            (close > best + NEARER).any(axis=1).mean()
        )
    return found


def _nearness(sides: Sides, rows: Sequence[int], hidden: _Hidden) -> dict[str, Nearness]:
    """Likeness of accepted rows to the nearest real row of the stratum they were made for."""
    found: dict[str, Nearness] = {}
    place = np.array(rows, np.int64)
    strata = sides.candidate.strata[place]
    groups = sides.anchor.duplicates.related
    for number in np.unique(strata[strata >= 0]).tolist():
        judges = np.flatnonzero(sides.known == number)
        if not len(judges):
            continue
        representation = represent(sides, judges)
        others = np.flatnonzero((sides.known >= 0) & (sides.known != number))
        others = (
            others[np.linspace(0, len(others) - 1, min(len(others), _OTHERS)).astype(np.int64)]
            if len(others)
            else others
        )
        real = np.asarray(representation.real(judges), np.float64)
        real[groups[judges][:, None] == groups[judges][None, :]] = 0.0
        own = place[strata == number]
        close = np.asarray(representation.new(own), np.float64)
        hidden.blind(close, own, judges)
        found[sides.labels[number]] = Nearness(
            accepted=close.max(axis=1),
            others=np.asarray(representation.real(others).max(axis=1), np.float64)
            if len(others)
            else np.empty(0),
            real=real.max(axis=1) if len(judges) > 1 else np.empty(0),
        )
    return found


_OTHERS = 200


def _by_stratum(sides: Sides, passed: NDArray[np.bool_]) -> dict[str | None, float]:
    if not sides.labels:
        return {None: float(passed.mean())}
    found: dict[str | None, float] = {}
    for number, label in enumerate(sides.labels):
        rows = sides.known == number
        if rows.any():
            found[label] = float(passed[rows].mean())
    return found


def _noise(sides: Sides, recipe: Recipe) -> dict[str | None, float]:
    """How often a row of another stratum would pass the label check under a stratum's name: what the check cannot tell.

    Real rows are given another stratum's name, each a name drawn by its place, and judged as made rows are.
    """
    if (
        sides.origin != "column"
        or len(sides.labels) < 2
        or not any(isinstance(one, LabelNoise) for one in filters(recipe))
    ):
        return {}
    count = len(sides.labels)
    own = np.flatnonzero(sides.anchor.strata >= 0)
    real, _ = read_margins(sides)
    cut = float(np.quantile(real[own], recipe.label_noise, method="lower"))
    # Every real row under another name, in turn, so that every stratum gets rows of all others.
    shift = 1 + np.arange(len(own)) % (count - 1)
    names = (sides.anchor.strata[own] + shift) % count
    judged = sides.anchor.at(own)
    parts = deal_parts(judged.keys, judged.duplicates.units)
    judges: Judges = read_view(sides, MARGINS).model
    passing = judges.read(judged.features, names, parts, own=False) >= cut
    found: dict[str | None, float] = {}
    for number, label in enumerate(sides.labels):
        rows = names == number
        if rows.any():
            found[label] = float(passing[rows].mean())
    return found

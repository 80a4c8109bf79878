"""Turning: one round after another, until there is nothing to make, nothing to make it with, or nothing comes of it any more."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.data import digest_of
from holdfast.errors import BackendError
from holdfast.remedies.generate.attributes import ATTRIBUTES
from holdfast.remedies.generate.contract import Material, Round, Seed, Tally, Worth
from holdfast.remedies.generate.echoes import Echoes
from holdfast.remedies.generate.effects import Drawn, find_effects
from holdfast.remedies.generate.ground import Ground
from holdfast.remedies.generate.parts import Texts
from holdfast.remedies.generate.recipe import plain_recipe
from holdfast.remedies.generate.rounds import Ended, Steered
from holdfast.remedies.generate.steering.needs import even_needs, read_needs, whole_need
from holdfast.remedies.generate.steering.shares import move_shares
from holdfast.remedies.generate.steering.stops import ended as ended_by
from holdfast.remedies.generate.steering.temperature import move_temperature
from holdfast.remedies.generate.steering.weak import given_up
from holdfast.remedies.generate.verify import verify
from holdfast.remedies.generate.wishes import draft, wishes_of
from holdfast.remedies.generate.writing import write_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from holdfast.remedies.generate.asking import Asking
    from holdfast.remedies.generate.contract import Made, Move, Need
    from holdfast.remedies.generate.ground import Look
    from holdfast.remedies.generate.parts import Parts
    from holdfast.remedies.generate.recipe import Recipe
    from holdfast.remedies.generate.verify import Verified

_FIRST = 0.35
"""Share of the rows that the first round asks for: the next ones know what came of it."""
_NEXT = 0.5
_LEAST_ROUND = 40
_NO_WORTH = Worth(
    rows=0,
    real_rows=None,
    low=None,
    high=None,
    at_least=False,
    rarest=None,
    reason="there are no rows yet",
    lost=(),
)


def run_digest(parts: Parts, recipe: Recipe, *, steer: bool) -> str:
    """What a run depends on, budgets and numbers of rows and rounds aside: with more of them it goes on where it was."""
    asked = plain_recipe(recipe)
    for name in ("rows", "rounds", "requests", "tokens", "cost"):
        asked.pop(name)
    real = [
        digest_of([part.ids, part.texts, part.strata]) for part in (parts.steering, parts.judging, parts.gold)
    ]
    return digest_of({"recipe": asked, "steer": steer, "real": real, "candidate": parts.candidate_hash})


@dataclass(slots=True, kw_only=True)
class Run:
    """A generation under way.

    Attributes:
        parts: Real rows, dealt, and the candidate.
        recipe: The recipe.
        asking: Who is asked.
        ground: The real rows that steer.
        steer: Whether what was lost is asked for; else rows are asked for in reality's mix, and nothing moves.
        digest: Of the run.
        progress: Called with a word about what is done next.
        look: What the rows that steer say of candidate and accepted rows; None without rows.
        needs: What each stratum lacks.
        steered: What the controller decided.
        rounds: Rounds that ended.
        made: All rows.
        prompts: Messages by prompt id.
        worths: Of candidate and accepted rows: before the first round, and after each.
        end: Why it ended, and in a sentence; None while it goes on.
    """

    parts: Parts
    recipe: Recipe
    asking: Asking
    ground: Ground
    steer: bool
    digest: str
    progress: Callable[[str], None]
    look: Look | None = None
    needs: tuple[Need, ...] = ()
    steered: Steered
    rounds: list[Round] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    prompts: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    worths: list[Worth] = field(default_factory=list)
    end: tuple[str, str] | None = None

    @classmethod
    def of(
        cls,
        parts: Parts,
        recipe: Recipe,
        asking: Asking,
        *,
        steer: bool,
        digest: str,
        progress: Callable[[str], None],
    ) -> Run:
        """A run before its first round."""
        progress("reading the rows that steer")
        ground = Ground.of(
            parts.steering, labelled=not parts.unlabelled, declared=parts.declared, seed=recipe.seed
        )
        shares = {arm.name: arm.share for arm in recipe.arms}
        run = cls(
            parts=parts,
            recipe=recipe,
            asking=asking,
            ground=ground,
            steer=steer,
            digest=digest,
            progress=progress,
            steered=Steered(shares=shares, temperature=recipe.draws.declared_temperature, given_up={}),
        )
        run._see()
        return run

    @property
    def over(self) -> bool:
        """Whether it ended."""
        return self.end is not None

    @property
    def accepted(self) -> list[Made]:
        """Rows that are kept."""
        return [one for one in self.made if one.kept]

    @property
    def tallies(self) -> list[Tally]:
        """What came of every arm in every stratum and round."""
        return [tally for one in self.rounds for tally in one.tallies]

    @property
    def prefix(self) -> str:
        """What ids of made rows begin with: another run has others."""
        return f"g{self.digest.removeprefix('sha256:')[:8]}"

    def all_rows(self) -> Texts:
        """The candidate and the accepted rows."""
        return self.parts.candidate + texts_of(self.accepted)

    def take(self, ended: Ended) -> None:
        """Takes over a round that ended: one of now, or one that was found."""
        self.rounds.append(ended.round)
        self.made.extend(ended.made)
        self.prompts.update(ended.prompts)
        self.steered = ended.steered
        self._see(ended.round.worth)

    def turn(self) -> Ended:
        """One round."""
        number = len(self.rounds) + 1
        recipe = self.recipe
        arms, needs = recipe.arms, self.needs
        wishes = wishes_of(
            needs, arms, self.steered.shares, prefix=self.prefix, number=number, seed=recipe.seed
        )
        material = self._material()
        drafts = [draft(wish, arms, material, recipe) for wish in wishes]
        draws = (
            recipe.draws
            if self.steered.temperature is None
            else recipe.draws.within(self.steered.temperature)
        )
        prompts: dict[str, list[dict[str, str]]] = {}
        made = write_rows(
            drafts,
            self.asking,
            recipe,
            draws,
            shown=self.parts.steering.texts[:_SHOWN],
            echoes=Echoes(self.parts.steering.texts),
            prompts=prompts,
            progress=lambda done, of: self.progress(f"round {number}: {done:,} of {of:,} rows"),
        )
        self._refuse_nothing(made, number)
        self.progress(f"round {number}: checking {sum(one.text is not None for one in made):,} rows")
        made, verified = self._verified(made)
        tallies = tuple(_tally(made, number))
        history = [*self.tallies, *tallies]
        self.progress(f"round {number}: auditing")
        grown = self.parts.candidate + texts_of([*self.accepted, *(one for one in made if one.kept)])
        look = self.ground.look(grown) if len(grown) >= _LEAST_LOOK else None
        steered, moves = self._steer(history, verified, made) if self.steer else (self.steered, ())
        self._look = look
        done = Round(
            number=number,
            needs=needs,
            shares=dict(self.steered.shares),
            temperature=self.steered.temperature,
            tallies=tallies,
            filtered=dict(Counter(one.dropped_by for one in made if one.dropped_by is not None)),
            guards=verified.guards,
            worth=_NO_WORTH if look is None else look.worth,
            moves=moves,
            spent=self.asking.spent(),
            reality=_reality(verified, needs),
        )
        return Ended(round=done, made=tuple(made), steered=steered, prompts=prompts)

    _look: Look | None = None

    def _see(self, worth: Worth | None = None) -> None:
        """Reads candidate and accepted rows by the rows that steer, and what they lack; and whether that is the end."""
        rows = self.all_rows()
        if self._look is not None:
            self.look, self._look = self._look, None
        else:
            self.look = self.ground.look(rows) if len(rows) >= _LEAST_LOOK else None
        self.worths.append(worth or (_NO_WORTH if self.look is None else self.look.worth))
        self.needs = self._needs()
        self.end = self._ended()

    def _needs(self) -> tuple[Need, ...]:
        budget = self._rows_of_round()
        strata = [name for name in self.parts.steering.strata if name is not None]
        if not self.steer:
            return even_needs(Counter(strata), budget_rows=budget)
        if self.look is None or not self.look.strata:
            real = Counter(strata)
            return (
                even_needs(real, budget_rows=budget)
                if real
                else (
                    whole_need(real=len(self.parts.steering), have=len(self.all_rows()), budget_rows=budget),
                )
            )
        before = {need.stratum for one in self.rounds for need in one.needs if need.state == "missing"}
        return read_needs(
            self.look.strata,
            budget_rows=budget,
            given_up=self.steered.given_up,
            named=frozenset(name for name in before if name is not None),
            passing=_passing(self.tallies),
            target=self.recipe.retention,
            by_name=bool(strata),
        )

    def _rows_of_round(self) -> int:
        """Rows that the next round asks for at most."""
        left = self.recipe.rows - len(self.accepted)
        tries = math.ceil(self.recipe.rows * self.recipe.tries) - len(self.made)
        last = len(self.rounds) + 1 >= self.recipe.rounds
        share = 1.0 if last else _NEXT if self.rounds else _FIRST
        return max(0, min(left, tries, max(_LEAST_ROUND, math.ceil(left * share))))

    def _ended(self) -> tuple[str, str] | None:
        recipe = self.recipe
        accepted, wished = len(self.accepted), len(self.made)
        if accepted >= recipe.rows:
            return "rows", f"{accepted:,} rows are made, as many as were asked for"
        if wished and self._rows_of_round() == 0:
            return (
                "tries",
                f"{wished:,} rows were tried for {recipe.rows:,}, and {accepted:,} passed: more tries would be a filter of their own",
            )
        budget = {"requests": recipe.requests, "tokens": recipe.tokens, "cost": recipe.cost}
        spent = self.asking.spent()
        if self.rounds and any(
            call.failed == "budget"
            for one in self.made[-wished:]
            for call in one.calls
            if one.round == len(self.rounds)
        ):
            # The wall was met inside the round: what was left did not hold another request.
            spent = {
                name: (value if (wall := budget[name]) is None else max(value or 0.0, float(wall)))
                for name, value in spent.items()
            }
        if not self.steer:
            if len(self.rounds) >= recipe.rounds:
                return "rounds", f"{len(self.rounds):,} rounds were allowed: {accepted:,} rows are made"
            over = [name for name, wall in budget.items() if wall is not None and (spent[name] or 0) >= wall]
            return (
                ("budget", f"the budget of {over[0]} is spent: {accepted:,} rows are made") if over else None
            )
        return ended_by(self.needs, self.worths, spent=spent, budget=budget, most_rounds=recipe.rounds)

    def _refuse_nothing(self, made: Sequence[Made], number: int) -> None:
        """A server that answers nothing at all is an error, not a round."""
        asked = [one for one in made if one.calls]
        failed = Counter(one.calls[-1].failed for one in asked if one.lost == "failed")
        failed.pop("budget", None)
        if asked and number == 1 and sum(failed.values()) == len(asked):
            kind, count = failed.most_common(1)[0]
            said = next(one.calls[-1].said for one in asked if one.calls[-1].failed == kind)
            raise BackendError(
                f"none of {len(asked):,} requests was answered; {count:,} times: {said}",
                where=asked[0].calls[-1].asked,
                do="What came in stays; the same command goes on when the server answers",
            )

    def _material(self) -> Material:
        parts, look = self.parts, self.look
        seeds: dict[str | None, list[Seed]] = parts.seeds()
        uncovered: dict[str | None, list[Seed]] = defaultdict(list)
        if look is not None:
            names = names_of(look)
            if not any(stratum is not None for stratum in parts.steering.strata):
                # Reality has no labels: its clusters stand for strata, and their rows say what they are.
                place = dict(zip(look.sides.anchor.ids, names, strict=True))
                regrouped: dict[str | None, list[Seed]] = defaultdict(list)
                for seed in seeds.get(None, []):
                    regrouped[place.get(seed.id)].append(seed)
                seeds = dict(regrouped)
            by_id = {seed.id: seed for group in seeds.values() for seed in group}
            for row in look.uncovered:
                found = by_id.get(look.sides.anchor.ids[row])
                if found is not None:
                    uncovered[names[row]].append(found)
        own = {name for name in seeds if name is not None}
        return Material(
            seeds=seeds,
            strata={name: self.recipe.strata.get(name, readable(name)) for name in sorted(own)},
            attributes={**ATTRIBUTES, **self.recipe.attributes},
            uncovered=dict(uncovered),
            shunned=() if look is None else look.shunned[:_SHUNNED],
            subject=self.recipe.subject,
        )

    def _verified(self, made: Sequence[Made]) -> tuple[list[Made], Verified]:
        new = texts_of([one for one in made if one.kept])
        before = self.all_rows()
        accepted = frozenset(one.id for one in self.accepted)
        edited = {one.id: frozenset(one.parents) for one in made if one.source_type == "machine_edited"}
        verified = verify(before, new, self.ground, self.parts, self.recipe, accepted=accepted, edited=edited)
        decided = []
        for one in made:
            took = verified.dropped.get(one.id)
            if one.dropped_by is not None:
                decided.append(one)
                continue
            decided.append(
                replace(
                    one,
                    dropped_by=None if took is None else took[0],
                    drop_reason=None if took is None else took[1],
                    duplicate_of=verified.sources.get(one.id),
                    added=one.id in verified.added,
                )
            )
        return decided, verified

    def _steer(
        self, history: Sequence[Tally], verified: Verified, made: Sequence[Made]
    ) -> tuple[Steered, tuple[Move, ...]]:
        """What the next round does otherwise."""
        recipe, now = self.recipe, self.steered
        shares, moves = move_shares(recipe.arms, history, now=now.shares)
        found = list(moves)
        temperature = now.temperature
        declared = recipe.draws.declared_temperature
        if recipe.temperature and temperature is not None and declared is not None:
            drawn = drawn_of([*self.made, *made])
            effects = (
                find_effects(drawn, np.random.default_rng([recipe.seed, len(self.rounds), 7]))
                if drawn
                else ()
            )
            asking = frozenset(arm.name for arm in recipe.arms if arm.model is not None)
            temperature, move = move_temperature(
                temperature,
                declared,
                history,
                effects=effects,
                asking=asking,
                real_passes=verified.passes,
                real_adds=verified.real_added,
            )
            found += [] if move is None else [move]
        weak = given_up(
            history,
            {name: share for name, share in verified.passes.items() if name is not None},
            {name: share for name, share in verified.noise.items() if name is not None},
            nearness=verified.nearness,
        )
        tried = _tried_out(history, self.needs, self.rounds, recipe.tries)
        return Steered(shares=shares, temperature=temperature, given_up={**tried, **weak}), tuple(found)


_LEAST_LOOK = 50
"""Rows from which on measures say something."""
_SHOWN = 200
_SHUNNED = 6


def readable(name: str) -> str:
    """A stratum's name as words.

    >>> readable("card_arrival"), readable("oilChange-how")
    ('card arrival', 'oil change how')
    """
    spaced = "".join(
        f" {letter.lower()}" if letter.isupper() and at and name[at - 1].islower() else letter
        for at, letter in enumerate(name)
    )
    return " ".join(spaced.replace("_", " ").replace("-", " ").split())


def texts_of(made: Sequence[Made]) -> Texts:
    """Rows that have a text, as generation reads them."""
    rows = [one for one in made if one.text is not None]
    return Texts(
        ids=tuple(one.id for one in rows),
        texts=tuple(one.text or "" for one in rows),
        strata=tuple(one.stratum for one in rows),
    )


def drawn_of(made: Sequence[Made]) -> list[Drawn]:
    """Rows that a model wrote, with what was drawn for them; failures of servers belong to no experiment."""
    return [
        Drawn(
            arm=one.arm,
            stratum=one.stratum,
            round=one.round,
            parameters={
                f"gen_ai.request.{name}": float(value)
                for name, value in one.calls[-1].parameters.items()
                if name != "seed" and isinstance(value, int | float)
            },
            accepted=one.kept,
            added=one.kept and one.added,
            reason=one.dropped_by or one.lost,
        )
        for one in made
        if one.calls and one.lost != "failed"
    ]


def names_of(look: Look) -> list[str | None]:
    """The stratum of each real row that steers, as it was read."""
    known = look.sides.known.tolist()
    return [look.sides.labels[at] if at >= 0 else None for at in known]


def _tally(made: Sequence[Made], number: int) -> list[Tally]:
    groups: dict[tuple[str, str | None], list[Made]] = defaultdict(list)
    for one in made:
        groups[one.arm, one.stratum].append(one)
    found = []
    for (arm, stratum), rows in groups.items():
        costs = [one.cost for one in rows]
        known = [cost for cost in costs if cost is not None]
        found.append(
            Tally(
                arm=arm,
                stratum=stratum,
                round=number,
                wished=len(rows),
                written=sum(one.text is not None for one in rows),
                accepted=sum(one.kept for one in rows),
                added=sum(one.kept and one.added for one in rows),
                requests=sum(not call.cache_hit for one in rows for call in one.calls),
                cost=sum(known) if len(known) == len(costs) else None,
            )
        )
    return found


def _passing(history: Sequence[Tally]) -> dict[str, float]:
    """Share of rows asked for that were accepted, by stratum, drawn towards that of all."""
    wished, accepted = Counter[str](), Counter[str]()
    for tally in history:
        if tally.stratum is not None:
            wished[tally.stratum] += tally.wished
            accepted[tally.stratum] += tally.accepted
    usual = (sum(accepted.values()) + 1) / (sum(wished.values()) + 1)
    return {name: (accepted[name] + 4 * usual) / (count + 4) for name, count in wished.items()}


def _tried_out(
    history: Sequence[Tally], needs: Sequence[Need], rounds: Sequence[Round], tries: float
) -> dict[str, str]:
    """Strata that had all their tries: to ask until enough passes would keep what passes, not what is like reality."""
    lacked: dict[str | None, float] = {}
    for needed in [*(one.needs for one in rounds), needs]:
        for need in needed:
            if need.state == "missing":
                lacked.setdefault(need.stratum, max(need.expected - need.have, 1.0))
    found = {}
    for name, lack in lacked.items():
        own = [tally for tally in history if tally.stratum == name]
        wished, accepted = sum(tally.wished for tally in own), sum(tally.accepted for tally in own)
        if name is not None and wished >= max(_LEAST_TRIES, tries * lack) and accepted < lack:
            found[name] = (
                f"{wished:,} rows were asked for where {lack:,.0f} were missing, and {accepted:,} passed: its tries are used up"
            )
    return found


_LEAST_TRIES = 20


def _reality(verified: Verified, needs: Sequence[Need]) -> dict[str, dict[str, float]]:
    """What real rows would have scored in the place of new ones, for strata that were asked for."""
    asked = {need.stratum for need in needs if need.quota}
    found: dict[str, dict[str, float]] = {}
    for what, rates in (
        ("passes", verified.passes),
        ("noise", verified.noise),
        ("added", verified.real_added),
    ):
        for name, rate in rates.items():
            if name in asked:
                found.setdefault(name or "", {})[what] = rate
    return found


def plain_rounds(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Rounds as plain data."""
    return [asdict(one) for one in rounds]


__all__ = ["Run", "drawn_of", "names_of", "readable", "run_digest", "texts_of"]

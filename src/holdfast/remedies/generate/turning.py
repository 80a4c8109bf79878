"""Turning: one round after another, until there is nothing to make, nothing to make it with, or nothing comes of it any more."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from holdfast.measures.reading import counted
from holdfast.remedies.generate.contract import Round, Worth
from holdfast.remedies.generate.echoes import Echoes
from holdfast.remedies.generate.effects import find_effects
from holdfast.remedies.generate.ground import LEAST_LOOK, Ground
from holdfast.remedies.generate.identity import steering_digest
from holdfast.remedies.generate.material import material_of
from holdfast.remedies.generate.rounds import Ended, Steered
from holdfast.remedies.generate.steering.needs import even_needs, read_needs, whole_need
from holdfast.remedies.generate.steering.shares import move_shares
from holdfast.remedies.generate.steering.stops import ended as ended_by
from holdfast.remedies.generate.steering.temperature import move_temperature
from holdfast.remedies.generate.steering.weak import given_up
from holdfast.remedies.generate.tallies import (
    drawn_of,
    passing_of,
    reality_of,
    tally_of,
    texts_of,
    tried_out,
    walls_of,
)
from holdfast.remedies.generate.verify import verify
from holdfast.remedies.generate.wishes import draft, wishes_of
from holdfast.remedies.generate.writing import refuse_nothing, write_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from holdfast.remedies.generate.asking import Asking
    from holdfast.remedies.generate.contract import Made, Move, Need, Tally
    from holdfast.remedies.generate.ground import Look
    from holdfast.remedies.generate.parts import Parts, Texts
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
        prefix: What ids of made rows begin with: another run has others, and all draws follow from them.
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
    prefix: str
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
            prefix=f"g{steering_digest(parts, recipe, steer=steer).removeprefix('sha256:')[:8]}",
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
    def tried(self) -> int:
        """Rows that were tried: one that no server answered was not."""
        return sum(one.lost != "failed" for one in self.made)

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

    def turn(self) -> Ended | None:
        """One round; None where the budget holds no further request, which is the end."""
        number = len(self.rounds) + 1
        recipe = self.recipe
        arms, needs = recipe.arms, self.needs
        wishes = wishes_of(
            needs, arms, self.steered.shares, prefix=self.prefix, number=number, seed=recipe.seed
        )
        material = material_of(self.parts, self.look, self.ground, recipe)
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
        refuse_nothing(made, number)
        if made and all(one.calls and one.calls[0].failed == "budget" for one in made):
            self.end = self._ended(walls_of([call for one in made for call in one.calls]))
            return None
        self.progress(f"round {number}: checking {sum(one.text is not None for one in made):,} rows")
        made, verified = self._verified(made)
        tallies = tuple(tally_of(made, number))
        history = [*self.tallies, *tallies]
        self.progress(f"round {number}: auditing")
        grown = self.parts.candidate + texts_of([*self.accepted, *(one for one in made if one.kept)])
        look = self.ground.look(grown) if len(grown) >= LEAST_LOOK else None
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
            reality=reality_of(verified, needs),
        )
        return Ended(round=done, made=tuple(made), steered=steered, prompts=prompts)

    _look: Look | None = None

    def _see(self, worth: Worth | None = None) -> None:
        """Reads candidate and accepted rows by the rows that steer, and what they lack; and whether that is the end."""
        rows = self.all_rows()
        if self._look is not None:
            self.look, self._look = self._look, None
        else:
            self.progress(f"auditing {len(rows):,} rows that are there")
            self.look = self.ground.look(rows) if len(rows) >= LEAST_LOOK else None
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
            passing=passing_of(self.tallies),
            target=self.recipe.retention,
            by_name=bool(strata),
        )

    def _rows_of_round(self) -> int:
        """Rows that the next round asks for at most."""
        left = self.recipe.rows - len(self.accepted)
        tries = math.ceil(self.recipe.rows * self.recipe.tries) - self.tried
        last = len(self.rounds) + 1 >= self.recipe.rounds
        share = 1.0 if last else _NEXT if self.rounds else _FIRST
        return max(0, min(left, tries, max(_LEAST_ROUND, math.ceil(left * share))))

    def _ended(self, walls: frozenset[str] = frozenset()) -> tuple[str, str] | None:
        """Why it ends here, if it does; `walls` are budgets that did not hold another request."""
        recipe = self.recipe
        accepted, tried = len(self.accepted), self.tried
        if accepted >= recipe.rows:
            return "rows", f"{accepted:,} rows are made, as many as were asked for"
        if tried and self._rows_of_round() == 0:
            return (
                "tries",
                f"{tried:,} rows were tried for {recipe.rows:,}, and {accepted:,} passed: more tries would be a filter of their own",
            )
        budget = {"requests": recipe.requests, "tokens": recipe.tokens, "cost": recipe.cost}
        spent = self._spent(budget, walls)
        if not self.steer:
            if len(self.rounds) >= recipe.rounds:
                return (
                    "rounds",
                    f"{counted(len(self.rounds), 'round')} {'was' if len(self.rounds) == 1 else 'were'} allowed: {accepted:,} rows are made",
                )
            over = [name for name, wall in budget.items() if wall is not None and (spent[name] or 0) >= wall]
            return (
                ("budget", f"the budget of {over[0]} is spent: {accepted:,} rows are made") if over else None
            )
        return ended_by(self.needs, self.worths, spent=spent, budget=budget, most_rounds=recipe.rounds)

    def _spent(self, budget: Mapping[str, float | None], walls: frozenset[str]) -> dict[str, float | None]:
        """What was spent, as far as it ends the run: a wall that did not hold another request counts as reached.

        What a round that was killed has spent is no reason not to make it again, and nor is what an earlier run has: the answers are there.
        """
        last = [call for one in self.made if one.round == len(self.rounds) for call in one.calls]
        met = walls | walls_of(last)
        sent = any(not call.cache_hit for call in last)
        return {
            name: float(wall)
            if name in met and wall is not None
            else self.rounds[-1].spent[name]
            if self.rounds and sent
            else None
            for name, wall in budget.items()
        }

    def _verified(self, made: Sequence[Made]) -> tuple[list[Made], Verified]:
        new = texts_of([one for one in made if one.kept])
        before = self.all_rows()
        accepted = frozenset(one.id for one in self.accepted)
        edited = {one.id: frozenset(one.parents) for one in made if one.source_type == "machine_edited"}
        verified = verify(
            before,
            new,
            self.ground,
            self.parts,
            self.recipe,
            accepted=accepted,
            edited=edited,
            parents={one.id: frozenset(one.parents) for one in [*self.made, *made] if one.parents},
        )
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
        tried = tried_out([*self.made, *made], self.needs, self.rounds, recipe.tries)
        # What was given up stays so: each look has its share of the error rate, and none is looked at again until it pleases.
        return Steered(
            shares=shares, temperature=temperature, given_up={**tried, **weak, **now.given_up}
        ), tuple(found)


_SHOWN = 200

"""Tallies: what came of the rows of a run, counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from holdfast.remedies.generate.contract import Tally
from holdfast.remedies.generate.effects import Drawn
from holdfast.remedies.generate.parts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.remedies.generate.contract import Call, Made, Need, Round
    from holdfast.remedies.generate.verify import Verified


def walls_of(calls: Sequence[Call]) -> frozenset[str]:
    """Budgets that did not hold another request."""
    said = [call.said or "" for call in calls if call.failed == "budget"]
    return frozenset(name for name in ("requests", "tokens", "cost") if any(name in one for one in said))


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


def tally_of(made: Sequence[Made], number: int) -> list[Tally]:
    """What came of each arm in each stratum of a round."""
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


def passing_of(history: Sequence[Tally]) -> dict[str, float]:
    """Share of rows asked for that were accepted, by stratum, drawn towards that of all."""
    wished, accepted = Counter[str](), Counter[str]()
    for tally in history:
        if tally.stratum is not None:
            wished[tally.stratum] += tally.wished
            accepted[tally.stratum] += tally.accepted
    usual = (sum(accepted.values()) + 1) / (sum(wished.values()) + 1)
    return {name: (accepted[name] + 4 * usual) / (count + 4) for name, count in wished.items()}


def tried_out(
    made: Sequence[Made], needs: Sequence[Need], rounds: Sequence[Round], tries: float
) -> dict[str, str]:
    """Strata that had all their tries: to ask until enough passes would keep what passes, not what is like reality."""
    lacked: dict[str | None, float] = {}
    for needed in [*(one.needs for one in rounds), needs]:
        for need in needed:
            if need.state == "missing":
                lacked.setdefault(need.stratum, max(need.expected - need.have, 1.0))
    found = {}
    for name, lack in lacked.items():
        own = [one for one in made if one.stratum == name and one.lost != "failed"]
        wished, accepted = len(own), sum(one.kept for one in own)
        if name is not None and wished >= max(_LEAST_TRIES, tries * lack) and accepted < lack:
            found[name] = (
                f"{wished:,} rows were asked for where {lack:,.0f} were missing, and {accepted:,} passed: its tries are used up"
            )
    return found


_LEAST_TRIES = 20


def reality_of(verified: Verified, needs: Sequence[Need]) -> dict[str, dict[str, float]]:
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

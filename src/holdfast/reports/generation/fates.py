"""Fates: what became of rows, by filter, by round and by way of making, each rate beside that of real rows in their place."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from holdfast.reports.generation import wording
from holdfast.stats.intervals import exact_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from holdfast.reports.generation.contract import Arm, Lost, Rate, Taken, Turn, Value


def rate(count: int, of: int, real: float | None = None) -> Rate:
    """Rows out of rows, with an exact interval.

    >>> rate(0, 5)["interval"][1].__round__(3), rate(0, 0)["share"]
    (0.522, None)
    """
    return {
        "count": count,
        "of": of,
        "share": count / of if of else None,
        "interval": exact_share(count, of) if of else None,
        "real": real,
    }


def value_of(worth: Mapping[str, Any] | None, rows: int) -> Value | None:
    """A worth, where there is one, beside what as many real rows are worth."""
    if worth is None or worth.get("real_rows") is None or worth.get("low") is None:
        return None
    return {
        "real_rows": float(worth["real_rows"]),
        "low": float(worth["low"]),
        "high": worth["high"],
        "at_least": bool(worth["at_least"]),
        "reality": rows,
    }


def taken_of(found: Mapping[str, Any]) -> list[Taken]:
    """What each filter took, beside what it takes of real rows; filters that took nothing of either are left out."""
    guards: dict[str, Mapping[str, Any]] = {}
    for one in found["rounds"]:
        guards |= {guard["filter"]: guard for guard in one["guards"]}
    names = sorted(found["dropped"], key=lambda name: (-found["dropped"][name], name))
    # A filter that the guard holds back is said, though it took nothing: it may be why.
    names += [
        name
        for name, guard in guards.items()
        if name not in found["dropped"] and guard["decision"] not in {"acts", "not measured"}
    ]
    taken: list[Taken] = []
    for name in names:
        guard = guards.get(name, {})
        decision, held = _decision(guard)
        taken.append(
            {
                "filter": name,
                "title": wording.filter_title(name),
                "made": rate(found["dropped"].get(name, 0), found["written"], guard.get("all")),
                "rarest": guard.get("rarest_tenth"),
                "rarest_high": guard.get("rarest_tenth_high"),
                "decision": decision,
                "held": held,
                "why": guard.get("why") or "",
            }
        )
    return taken


def _decision(guard: Mapping[str, Any]) -> tuple[str, str]:
    """What the guard decided, and what that held back."""
    if not guard:
        return "no guard", ""
    if guard["decision"] not in {"relaxed", "stopped"}:
        return str(guard["decision"]), ""
    count, spared = len(guard["strata"]), guard["spared"]
    where = (
        f"in {count:,} {'stratum' if count == 1 else 'strata'}, " if guard["decision"] == "relaxed" else ""
    )
    return str(
        guard["decision"]
    ), f"{where}{spared:,} {'row' if spared == 1 else 'rows'} spared in the last round"


def lost_of(found: Mapping[str, Any]) -> list[Lost]:
    """Rows that never had a text, by reason."""
    return [
        {"reason": name, "title": wording.lost_title(name) or name, "made": rate(count, found["wished"])}
        for name, count in sorted(found["lost"].items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def turns_of(rounds: Sequence[Mapping[str, Any]]) -> list[Turn]:
    """Rounds, each with its own rates and those of real rows in the same strata."""
    turns: list[Turn] = []
    for one in rounds:
        tallies = [(one, tally) for tally in one["tallies"]]
        kept, added = _rates(tallies)
        worth = one["worth"]
        temperature = one["temperature"]
        turns.append(
            {
                "number": one["number"],
                "asked": sum(tally["wished"] for tally in one["tallies"]),
                "kept": kept,
                "added": added,
                "worth": value_of(worth, worth["rows"]),
                "reason": worth["reason"],
                "missing": sum(need["state"] == "missing" for need in one["needs"]),
                "shares": dict(one["shares"]),
                "temperature": None if temperature is None else (temperature[0], temperature[1]),
                "moves": list(one["moves"]),
            }
        )
    return turns


def arms_of(rounds: Sequence[Mapping[str, Any]]) -> list[Arm]:
    """Ways of making rows, over all rounds, those that were asked most first."""
    by: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = defaultdict(list)
    for name in (name for one in rounds for name in one["shares"]):
        by.setdefault(name, [])
    for one in rounds:
        for tally in one["tallies"]:
            by[tally["arm"]].append((one, tally))
    found: list[Arm] = []
    for name, tallies in by.items():
        kept, added = _rates(tallies)
        costs = [tally["cost"] for _, tally in tallies]
        found.append(
            {
                "name": name,
                "asked": sum(tally["wished"] for _, tally in tallies),
                "kept": kept,
                "added": added,
                "share_first": rounds[0]["shares"].get(name),
                "share_last": rounds[-1]["shares"].get(name),
                "requests": sum(tally["requests"] for _, tally in tallies),
                "cost": None if None in costs else float(sum(costs)),
            }
        )
    return sorted(found, key=lambda arm: (-arm["asked"], arm["name"]))


def _rates(tallies: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> tuple[Rate, Rate]:
    """Kept of written and nearer of kept; beside each what real rows of the same strata, in the same rounds, score."""
    counts = Counter[str]()
    real = {"passes": [0.0, 0.0], "added": [0.0, 0.0]}
    for one, tally in tallies:
        for name in ("written", "accepted", "added"):
            counts[name] += tally[name]
        scores = one["reality"].get(tally["stratum"] or "", {})
        for what, rows in (("passes", tally["written"]), ("added", tally["accepted"])):
            if what in scores:
                real[what][0] += rows * scores[what]
                real[what][1] += rows
    passes, adds = (total / rows if rows else None for total, rows in real.values())
    return rate(counts["accepted"], counts["written"], passes), rate(
        counts["added"], counts["accepted"], adds
    )

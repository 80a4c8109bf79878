"""Summarise: what `generate` says becomes what its page shows, each figure with its interval and what reality scores in its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from holdfast.reports.generation import wording
from holdfast.reports.generation.fates import arms_of, lost_of, rate, taken_of, turns_of, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from holdfast.reports.generation.contract import (
        Beside,
        Effect,
        Interval,
        Kept,
        Look,
        Question,
        Rate,
        Rejected,
        Stratum,
        Summary,
        Wall,
    )
    from holdfast.reports.summary import Verdict

_LEFT = re.compile(r"; (?=still missing|what is still missing)")
_NAMED = 8


def summarise(found: Mapping[str, Any]) -> Summary:
    """What the page of a generation shows.

    Args:
        found: What `generate` said, as plain data (`dataclasses.asdict`, or `generation.json`).
    """
    before, after = (_look(name, found[name]) for name in ("before", "after"))
    strata = _strata(found["strata"])
    head, rest = _halves(found["sentence"])
    effects = [_effect(one) for one in found["effects"]]
    asked = found.get("asked") or {}
    prompts = found["prompts"]
    return {
        "name": _name(found),
        "word": _word(found, after),
        "verdict": _verdict(found, after),
        "head": f"{head[:1].upper()}{head[1:]}.",
        "rest": rest,
        "judged": _judged(before, after, asked),
        "subject": _subject(found, asked),
        "ended": found["ended"],
        "before": before,
        "after": after,
        "strata": strata,
        "given_up": [one for one in strata if one["state"] == "given_up"],
        "wished": found["wished"],
        "written": rate(found["written"], found["wished"]),
        "accepted": rate(found["accepted"], found["written"], _real_share(found["selection"])),
        "taken": taken_of(found),
        "lost": lost_of(found),
        "turns": turns_of(found["rounds"]),
        "arms": arms_of(found["rounds"]),
        "beside": _beside(found.get("examples") or ()),
        "rejected": _rejected(found.get("examples") or (), found["dropped"]),
        "effects": [one for one in effects if one["change"] is not None],
        "untold": list(dict.fromkeys(one["sentence"] for one in effects if one["change"] is None)),
        "prompts": prompts,
        "selection": found["selection"],
        "questions": _questions(found["selection"]),
        "bands": _bands(found["selection"]),
        "requests": _requests(found["requests"]),
        "failures": sorted(
            (found["requests"].get("failed") or {}).items(), key=lambda pair: (-pair[1], pair[0])
        ),
        "other_models": [
            (name, other, count)
            for name, others in sorted((found["requests"].get("other_models") or {}).items())
            for other, count in sorted(others.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "walls": _walls(found, asked),
        "notes": list(found["notes"]),
        "steer": bool(asked.get("steer", True)),
    }


def _name(found: Mapping[str, Any]) -> str:
    output = found.get("output")
    return "made rows" if output is None else str(output).rstrip("/\\").replace("\\", "/").split("/")[-1]


def _halves(sentence: str) -> tuple[str, str]:
    """Why it ended, and what is left; the figures of what was given up stand further down."""
    parts = _LEFT.split(sentence, maxsplit=1)
    head = parts[0].rstrip(".")
    if len(parts) == 1:
        return head, ""
    rest = parts[1].split(". ")[0].rstrip(".")
    return head, f"By the rows that steer, {rest}."


def _word(found: Mapping[str, Any], after: Look | None) -> str:
    if after is not None and after["lost"] and found["ended"] in {"covered", "nothing_missing", "rows"}:
        return "STRATA STILL LOST"
    return wording.ENDED.get(found["ended"], str(found["ended"]).upper())


def _verdict(found: Mapping[str, Any], after: Look | None) -> Verdict:
    """As exit codes have it: lost strata fail; what nobody judged is undetermined."""
    if after is None:
        return "undetermined"
    if after["lost"]:
        return "fail"
    if after["overall"] is None:
        return "undetermined"
    return "pass" if found["ended"] in {"covered", "nothing_missing", "rows"} else "warn"


def _judged(before: Look | None, after: Look | None, asked: Mapping[str, Any]) -> str:
    if after is None:
        return "No real rows judged: what it is worth is not known."
    who = (
        f"By {asked['judging']:,} real rows that steered nothing"
        if asked.get("judging")
        else "By real rows that steered nothing"
    )
    if after["overall"] is None:
        return f"{who}, what it is worth cannot be told: {after['reason']}."
    said = f"{who}, the {after['rows']:,} rows are now worth {wording.worth(after['overall'])} real ones"
    if before is not None and before["overall"] is not None:
        said += f"; the {before['rows']:,} before were worth {wording.worth(before['overall'])}"
    return f"{said}. {_losses(before, after)}"


def _losses(before: Look | None, after: Look) -> str:
    now = len(after["lost"])
    names = ", ".join(after["lost"][:_NAMED]) + (f" and {now - _NAMED:,} more" if now > _NAMED else "")
    said = (
        "No stratum is named as lost now"
        if not now
        else f"{now:,} {'stratum is' if now == 1 else 'strata are'} still lost ({names})"
    )
    if before is None:
        return f"{said}."
    return (
        f"{said}; before it was {len(before['lost']):,}."
        if before["lost"]
        else f"{said}; nor was one before."
    )


def _subject(found: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    said = [f"{found['wished']:,} rows asked for, {found['accepted']:,} kept"]
    if asked.get("candidate"):
        said.append(f"joined to {asked['candidate']:,} rows")
    if asked.get("steering"):
        said.append(
            f"{asked['steering']:,} real rows steered"
            if asked.get("steer", True)
            else f"{asked['steering']:,} real rows were shown, and nothing steered"
        )
    if "judging" in asked:
        said.append(f"{asked['judging']:,} others judged" if asked["judging"] else "none judged")
    return said


def _look(name: str, worth: Mapping[str, Any] | None) -> Look | None:
    if worth is None:
        return None
    return {
        "name": name,
        "rows": worth["rows"],
        "overall": value_of(worth, worth["rows"]),
        "rarest": value_of(worth["rarest"], worth["rows"]),
        "reason": worth["reason"],
        "lost": list(worth["lost"]),
    }


def _kept(row: Mapping[str, Any], when: str) -> Kept | None:
    if row[f"expected_rows_{when}"] is None:
        return None
    return {
        "rows": row[f"candidate_rows_{when}"] or 0,
        "expected": row[f"expected_rows_{when}"],
        "share": row[f"retention_{when}"],
        "interval": _pair(row[f"interval_{when}"]),
        "lost": bool(row[f"lost_{when}"]),
    }


def _strata(rows: Sequence[Mapping[str, Any]]) -> list[Stratum]:
    found: list[Stratum] = [
        {
            "name": row["stratum"],
            "asked": row["wished"],
            "kept": row["accepted"],
            "before": _kept(row, "before"),
            "after": _kept(row, "after"),
            "state": row["state"],
            "why": row["why"] or "",
        }
        for row in rows
    ]
    return sorted(found, key=_worst)


def _worst(one: Stratum) -> tuple[bool, float, str]:
    """Lost ones first, then by what is kept."""
    after = one["after"]
    share = None if after is None else after["share"]
    return (not (after is not None and after["lost"]), 9.0 if share is None else share, one["name"] or "")


def _pair(interval: Sequence[float] | None) -> Interval:
    return None if interval is None else (float(interval[0]), float(interval[1]))


def _real_share(selection: Mapping[str, Any] | None) -> float | None:
    """Of real rows in the place of those that were written, the share that passes the same filters."""
    known = [one for one in (selection or {}).get("strata", ()) if one["real_share"] is not None]
    rows = sum(one["written"] for one in known)
    return sum(one["written"] * one["real_share"] for one in known) / rows if rows else None


def _questions(selection: Mapping[str, Any] | None) -> list[Question]:
    return [
        {
            "question": wording.QUESTIONS.get(one["question"], one["question"]),
            "state": one["state"],
            "found": wording.asked_value(one["question"], one["value"]),
            "chance": wording.NONE
            if one["null"] is None
            else wording.asked_band(one["question"], one["null"]["low"], one["null"]["high"]),
            "sentence": one["sentence"],
        }
        for one in (selection or {}).get("asked", ())
    ]


def _bands(selection: Mapping[str, Any] | None) -> list[tuple[str, Rate]]:
    return [
        (
            wording.stratum(one["stratum"]),
            {
                "count": one["accepted"],
                "of": one["written"],
                "share": one["share"],
                "interval": _pair(one["interval"]),
                "real": one["real_share"],
            },
        )
        for one in (selection or {}).get("bands", ())
    ]


def _beside(examples: Sequence[Mapping[str, Any]]) -> list[Beside]:
    names = dict.fromkeys(one["stratum"] for one in examples if one["side"] == "kept")
    return [
        {
            "stratum": name,
            "made": [one for one in examples if one["side"] == "kept" and one["stratum"] == name],
            "real": [one for one in examples if one["side"] == "real" and one["stratum"] == name],
        }
        for name in names
    ]


def _rejected(examples: Sequence[Mapping[str, Any]], dropped: Mapping[str, int]) -> list[Rejected]:
    names = dict.fromkeys(one["filter"] for one in examples if one["side"] == "dropped")
    return [
        {
            "filter": name,
            "title": wording.filter_title(name),
            "taken": dropped.get(name, 0),
            "rows": [one for one in examples if one["side"] == "dropped" and one["filter"] == name],
        }
        for name in names
    ]


def _effect(one: Mapping[str, Any]) -> Effect:
    null = one["null"]
    low, high = one["low_value"], one["high_value"]
    return {
        "parameter": wording.parameter(one["parameter"]),
        "outcome": wording.outcome(one["outcome"]),
        "state": one["state"],
        "change": one["change"],
        "interval": _pair(one["interval"]),
        "null": None if null is None else (null["low"], null["high"]),
        "span": "" if low is None or high is None else f"{low:.2g} to {high:.2g}",
        "needed_rows": one["needed_rows"],
        "smallest_detectable": one["smallest_detectable"],
        "p_adjusted": one["p_adjusted"],
        "mean": one["mean"],
        "rows": one["rows"],
        "sentence": wording.without_prefix(one["sentence"]),
    }


def _requests(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (title, f"{told[name]:,}")
        for name, title in wording.REQUESTS.items()
        if told.get(name) is not None and (told[name] or name in {"sent", "answered"})
    ]


def _walls(found: Mapping[str, Any], asked: Mapping[str, Any]) -> list[Wall]:
    spent = dict(found["spent"]) | {"rows": found["accepted"], "rounds": len(found["rounds"])}
    walls: list[Wall] = []
    for unit in ("rows", "rounds", "requests", "tokens", "cost"):
        used, allowed = spent.get(unit), asked.get(unit)
        if not used and allowed is None:
            continue
        walls.append(
            {
                "unit": unit,
                "spent": used,
                "allowed": allowed,
                "share": None if used is None or not allowed else min(used / allowed, 1.0),
            }
        )
    return walls

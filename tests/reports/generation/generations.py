"""Generations built by hand: one with everything, and what is left where something is not known."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from holdfast.remedies.generate.contract import Example, Generation, Move, Need, Round, Tally, Worth
from holdfast.stats.intervals import exact_share


def worth(rows: int, value: float | None, low: float | None, high: float | None, **facts: Any) -> Worth:
    return Worth(
        rows=rows,
        real_rows=value,
        low=low,
        high=high,
        at_least=facts.get("at_least", False),
        rarest=facts.get("rarest"),
        reason=facts.get("reason"),
        lost=facts.get("lost", ()),
    )


def stratum(name: str | None, wished: int, accepted: int, state: str, **facts: Any) -> dict[str, Any]:
    return {
        "stratum": name,
        "wished": wished,
        "accepted": accepted,
        "state": state,
        "why": facts.get("why", ""),
        "candidate_rows_before": 0,
        "expected_rows_before": 12.4,
        "retention_before": 0.0,
        "interval_before": (0.0, 0.214),
        "lost_before": True,
        "candidate_rows_after": accepted,
        "expected_rows_after": 13.1,
        "retention_after": facts.get("after", 0.91),
        "interval_after": facts.get("interval", (0.41, 2.06)),
        "lost_after": facts.get("lost", False),
    }


def guard(name: str, decision: str = "acts", **facts: Any) -> dict[str, Any]:
    return {
        "filter": name,
        "decision": decision,
        "why": facts.get("why", ""),
        "strata": facts.get("strata", []),
        "spared": facts.get("spared", 0),
        "all": facts.get("all", 0.0123),
        "rarest_tenth": facts.get("rarest", 0.0),
        "rarest_tenth_high": facts.get("high", 0.0549),
    }


GUARDS = (
    guard("near_duplicates"),
    guard(
        "label_noise",
        "relaxed",
        why="it would take 8% of the rarest tenth of reality, 5% are tolerated",
        strata=["estate"],
        spared=4,
        all=0.0495,
        rarest=0.0755,
        high=0.164,
    ),
    guard("surprisal", "stopped", spared=2, all=0.21, rarest=0.31, high=0.4),
    guard("language", "cannot say", why="texts are too short", all=None, rarest=None, high=None),
)
RAREST = {"band": "rarest tenth", "real_rows": 31.0, "low": 12.0, "high": 77.0, "at_least": False}


def turn(number: int, **facts: Any) -> Round:
    return Round(
        number=number,
        needs=(
            Need(stratum="estate", real=24, have=3, expected=12.4, quota=20, state="missing"),
            Need(stratum="fees", real=30, have=5, expected=13.0, quota=20, state="missing"),
            Need(stratum="card", real=90, have=92, expected=88.0, quota=0, state="covered"),
        ),
        shares=facts.get("shares", {"few_shot/small": 0.5, "rule_based": 0.5}),
        temperature=facts.get("temperature", (0.6, 1.2)),
        tallies=(
            Tally(
                arm="few_shot/small",
                stratum="estate",
                round=number,
                wished=20,
                written=18,
                accepted=4,
                added=2,
                requests=20,
                cost=0.0012,
            ),
            Tally(
                arm="rule_based", stratum="fees", round=number, wished=20, written=20, accepted=13, added=6
            ),
        ),
        filtered={"near_duplicates": 12, "label_noise": 7, "leak": 2},
        guards=GUARDS,
        worth=facts.get("worth", worth(317, 140.0, 96.0, 210.0, rarest=RAREST)),
        moves=facts.get("moves", ()),
        spent={"requests": 20.0 * number, "tokens": 900.0 * number, "cost": 0.0012 * number},
        reality={
            "estate": {"passes": 0.92, "noise": 0.11, "added": 0.4},
            "fees": {"passes": 0.97, "noise": 0.02, "added": 0.3},
        },
    )


def effect(parameter: str, outcome: str, state: str, **facts: Any) -> dict[str, Any]:
    change = facts.get("change")
    told = change is not None
    return {
        "parameter": f"gen_ai.request.{parameter}",
        "outcome": outcome,
        "state": state,
        "rows": 78 if told else 0,
        "low_value": 0.66,
        "high_value": 1.14,
        "mean": 0.42,
        "change": change,
        "interval": (change - 0.11, change + 0.11) if told else None,
        "null": {"median": 0.001, "low": -0.094, "high": 0.097} if told else None,
        "p_value": 0.004 if told else None,
        "p_adjusted": facts.get("p_adjusted"),
        "smallest_detectable": facts.get("smallest"),
        "needed_rows": facts.get("needed"),
        "sentence": facts.get("sentence", f"gen_ai.request.{parameter} said -3.1 points"),
    }


def passed(name: str, real: int, written: int, accepted: int) -> dict[str, Any]:
    return {
        "stratum": name,
        "real": real,
        "wished": written + 2,
        "written": written,
        "accepted": accepted,
        "dropped": {},
        "share": accepted / written,
        "interval": exact_share(accepted, written),
        "real_share": 0.934,
        "retention": 0.87,
        "retention_interval": (0.55, 1.18),
    }


def effective(distinct: int, of: int) -> dict[str, Any]:
    return {"distinct": distinct, "order_1": distinct - 0.6, "order_2": distinct - 1.1, "all_distinct": of}


def variety(name: str | None, **facts: Any) -> dict[str, Any]:
    return {
        "stratum": name,
        "requests": 40,
        "prompts": effective(38, 40),
        "templates": effective(2, 40),
        "attributes": effective(9, 40),
        "shown": effective(31, 40),
        "repeated_share": 0.1,
        "likeness": facts.get(
            "likeness",
            {"value": 0.031, "real": 0.012, "low": 0.007, "high": 0.018, "compared": "more", "reason": None},
        ),
        "answers": {
            "prompts": 2,
            "answers": 4,
            "distinct_share": 0.75,
            "likeness": 0.21,
            "apart": 0.034,
            "real": 0.012,
        },
        "answers_per_prompt": 1.05,
    }


SELECTION = {
    "strata": [passed("estate", 24, 36, 8), passed("fees", 30, 40, 26)],
    "bands": [passed("rarest tenth", 24, 36, 8), passed("head half", 30, 40, 26)],
    "filters": [],
    "asked": [
        {
            "question": "rarity",
            "state": "yes",
            "value": -0.412,
            "null": {"median": 0.0, "low": -0.181, "high": 0.163},
            "p_value": 0.0005,
            "sentence": "acceptance takes more where reality is rare: 20 % of the rows asked for (p = 0.0005)",
        },
        {
            "question": "mix",
            "state": "undetermined",
            "value": None,
            "null": None,
            "p_value": None,
            "sentence": "only 12 rows were asked for; 40 are needed",
        },
    ],
}
MOVES = (
    Move(
        what="share of rule_based",
        before=0.5,
        after=0.75,
        low=0.12,
        high=1.0,
        why="6 of 20 rows added something; 2.25 times the mean of all arms (1.33 to 3.81)",
    ),
    Move(what="temperature", before=0.9, after=0.87, low=0.6, high=1.2, why="too many are lost"),
)
EXAMPLES = (
    Example(
        side="kept",
        id="g1-1",
        text="my late aunt had an account",
        stratum="estate",
        arm="rule_based",
        source="my aunt had an account",
    ),
    Example(side="real", id="r-7", text="what happens to a dead person's account", stratum="estate"),
    Example(
        side="dropped",
        id="g1-2",
        text="where is my card",
        stratum="estate",
        arm="few_shot/small",
        filter="label_noise",
        reason="another label than 'estate' fits far better",
    ),
    Example(
        side="dropped",
        id="g1-3",
        text="what is this fee",
        stratum="fees",
        arm="rule_based",
        filter="near_duplicates",
        reason="nearly repeats g1-1",
        source="what is this fee for",
    ),
)


def whole() -> Generation:
    """Everything there can be."""
    return Generation(
        wished=80,
        written=76,
        accepted=34,
        lost={"refused": 3, "failed": 1},
        dropped={"near_duplicates": 24, "label_noise": 14, "leak": 4},
        rounds=(
            turn(1, moves=MOVES, worth=worth(300, 110.0, 80.0, None, rarest=RAREST)),
            turn(2, shares={"few_shot/small": 0.25, "rule_based": 0.75}, temperature=(0.6, 1.14)),
        ),
        ended="too_weak",
        sentence=(
            "2 of 3 strata are covered after 2 rounds; what is still missing is beyond these methods and models: estate (8 of 13 rows). "
            "estate: 8 rows where reality would have 13.1; given up: of 36 rows written 8 passed"
        ),
        before=worth(283, 70.0, 48.0, 104.0, lost=("estate", "fees")),
        after=worth(317, 160.0, 120.0, None, at_least=True, rarest=RAREST, lost=("estate",)),
        strata=(
            stratum("fees", 40, 26, "covered"),
            stratum(
                "estate",
                40,
                8,
                "given_up",
                why="given up: of 36 rows written 8 passed (22 %, at most 39 %), where real rows pass at 92 %",
                after=0.31,
                interval=(0.14, 0.66),
                lost=True,
            ),
        ),
        effects=(
            effect("temperature", "accepted", "lowers", change=-0.183, p_adjusted=0.012, smallest=0.16),
            effect(
                "top_p", "accepted", "undetermined", change=-0.031, p_adjusted=0.7, smallest=0.2, needed=915
            ),
            effect("temperature", "added", "none", change=0.012, p_adjusted=0.9, smallest=0.08),
            effect(
                "max_tokens",
                "accepted",
                "undetermined",
                sentence="gen_ai.request.max_tokens: it was the same for all rows of an arm",
            ),
        ),
        prompts={
            "overall": variety(None),
            "strata": [
                variety("estate"),
                variety(
                    "fees",
                    likeness={
                        "value": 0.4,
                        "real": None,
                        "low": None,
                        "high": None,
                        "compared": None,
                        "reason": "fewer than 10 real rows to hold it against",
                    },
                ),
            ],
        },
        selection=SELECTION,
        requests={
            "sent": 43,
            "answered": 42,
            "hits": 5,
            "retried": 2,
            "limited": 1,
            "cut": 0,
            "lost_before": 0,
            "failed": {"server": 1},
            "other_models": {"small": {"small-turbo": 17}},
        },
        spent={"requests": 43.0, "tokens": 1800.0, "cost": 0.0024},
        notes=("small was asked, and others say they answered: small-turbo 17 times.",),
        output=Path("runs/more"),
        asked={
            "name": "real.jsonl",
            "candidate": 283,
            "steering": 144,
            "judging": 146,
            "steer": True,
            "seed": 7,
            "rows": 60,
            "rounds": 8,
            "requests": 100,
            "tokens": None,
            "cost": 2.0,
        },
        examples=EXAMPLES,
    )


def unjudged() -> Generation:
    """Nobody judged, no model was asked, and reality has no strata."""
    row = stratum(None, 80, 34, "unknown")
    row |= {
        name: None for name in row if name.endswith(("_before", "_after")) and not name.startswith("lost")
    }
    return replace(
        whole(),
        ended="rows",
        sentence="34 rows are made, as many as were asked for",
        before=None,
        after=None,
        strata=(row,),
        effects=(),
        prompts=None,
        selection=None,
        requests={},
        spent={"requests": 0.0, "tokens": 0.0, "cost": None},
        notes=(),
        output=None,
        asked={**whole().asked, "candidate": 0, "judging": 0},
        examples=(),
    )


def idle() -> Generation:
    """Nothing was missing."""
    return replace(
        unjudged(),
        wished=0,
        written=0,
        accepted=0,
        lost={},
        dropped={},
        rounds=(),
        ended="nothing_missing",
        sentence="nothing is missing: 3 of 3 strata are covered",
        before=worth(283, 270.0, 240.0, 310.0),
        after=worth(283, 270.0, 240.0, 310.0),
        strata=(),
    )


def untold() -> Generation:
    """What it is worth cannot be told."""
    nothing = worth(31, None, None, None, reason="only 31 candidate rows; 50 are needed")
    return replace(
        whole(), before=None, after=nothing, rounds=(turn(1, worth=nothing, temperature=None),), asked={}
    )


SAMPLES = {"whole": whole, "unjudged": unjudged, "idle": idle, "untold": untold}


def plain(found: Generation) -> dict[str, Any]:
    """As the command hands it over."""
    return asdict(found)

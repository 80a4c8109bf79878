"""Wording of the laboratory: one place for the numbers and sentences that the terminal, the page and Markdown share."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.reports.laboratory.contract import Check, Laboratory, Trial

NONE = "–"
"""Stands where there is no number, which is not a zero."""
HOLDS, BROKEN = "holds", "DOES NOT HOLD"
RULE = (
    "A number holds where it lies within four Monte-Carlo standard errors of what was expected, or within the floor that the catalogue "
    "states, whichever is more. A number that is right lies further off once in 16,000 times."
)
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MOST_DECIMALS = 12
_DIGITS = 4
_NAMED = re.compile(r"[A-Z][\w-]+(?:, [A-Z][\w-]+)*(?: and [A-Z][\w-]+| et al\.)? (?:19|20)\d\d\b")
_MINUS = "\N{MINUS SIGN}"


def number(value: float | None, decimals: int | None = None) -> str:
    """A number as people write it.

    >>> [number(value) for value in (0.8284, 115.2, 1e5, -0.25, 0.0, 3.2e-7, None)]
    ['0.8284', '115.2', '100,000', '−0.25', '0', '3.2·10⁻⁷', '–']
    >>> number(115.2, 3)
    '115.200'
    """
    if value is None:
        return NONE
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e9:
        power = math.floor(math.log10(abs(value)))
        head = f"{value / 10**power:.2g}"
        if head.lstrip("-") == "10":  # 9.96 was rounded
            head, power = head.replace("10", "1"), power + 1
        times = "" if head == "1" else "-" if head == "-1" else f"{head}·"
        return f"{times}10{str(power).translate(_SUPERSCRIPTS)}".replace("-", _MINUS)
    if decimals is None:
        text = f"{value:,.{places(value)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:,.{decimals}f}"
    return text.replace("-", _MINUS) if float(text.replace(",", "")) else text.lstrip("-")


def places(value: float, digits: int = _DIGITS) -> int:
    """Decimals that show so many digits.

    >>> places(115.2), places(0.001), places(12345.6), places(0.0)
    (1, 6, 0, 3)
    """
    lead = math.floor(math.log10(abs(value))) if value else 0
    return min(max(digits - 1 - lead, 0), _MOST_DECIMALS)


def decimals_of(check: Check) -> int:
    """Decimals of a check: two digits of its standard error, or four of the numbers, and no more than its tolerance asks for.

    What fails gets as many as it takes to look different.
    """
    known = [abs(value) for value in (check["expected"], check["measured"]) if value]
    decimals = places(max(known)) if known else 3
    error = check["standard_error"]
    if error:
        decimals = min(places(error, 2), decimals + 2)
    if check["tolerance"]:
        decimals = min(decimals, places(check["tolerance"], 3))
    if not check["holds"] and len(known) == 2:
        while (
            number(check["expected"], decimals) == number(check["measured"], decimals)
            and decimals < _MOST_DECIMALS
        ):
            decimals += 1
    return decimals


def expected(check: Check) -> str:
    """What it was to be.

    >>> expected(sample(relation="at_most"))
    'at most 0.50'
    """
    relation = {"equals": "", "at_most": "at most ", "at_least": "at least "}[check["relation"]]
    return f"{relation}{number(check['expected'], decimals_of(check))}"


def measured(check: Check) -> str:
    """What came out, with its standard error.

    >>> measured(sample())
    '0.52 ± 0.10'
    """
    if check["measured"] is None:
        return "no number"
    decimals = decimals_of(check)
    said = number(check["measured"], decimals)
    if check["standard_error"] is None:
        return said
    return f"{said} ± {error(check['standard_error'], decimals)}"


def error(value: float, decimals: int) -> str:
    """A standard error beside a number of so many decimals; one too small for them keeps a digit of its own.

    >>> error(0.1, 2), error(0.00004, 2), error(0.0, 2)
    ('0.10', '4·10⁻⁵', '0')
    """
    if not value:
        return "0"
    text = number(value, decimals)
    return text if value >= 0.5 * 10**-decimals else number(float(f"{value:.1g}"))


def tolerance(check: Check) -> str:
    """How far it may lie off; none where it must be exact.

    >>> tolerance(sample()), tolerance(sample(tolerance=0.0))
    ('0.4', 'exact')
    """
    value = check["tolerance"]
    return "exact" if value == 0 else number(None if value is None else float(f"{value:.2g}"))


def off(check: Check) -> float | None:
    """How far it lies on the wrong side of what was expected, in tolerances; None where that is no number.

    >>> round(off(sample()), 2), off(sample(relation="at_least"))
    (0.05, 0.0)
    """
    wanted, found, allowed = check["expected"], check["measured"], check["tolerance"]
    if wanted is None or found is None or allowed is None:
        return None
    apart = found - wanted
    apart = {"equals": abs(apart), "at_most": max(apart, 0.0), "at_least": max(-apart, 0.0)}[
        check["relation"]
    ]
    if not allowed:
        return 0.0 if apart == 0 else None
    return apart / allowed


def state(holds: bool) -> str:  # noqa: FBT001 - one word of one fact
    """Whether a number or an experiment does, in words."""
    return HOLDS if holds else BROKEN


def tally(trial: Trial) -> str:
    """How many numbers hold.

    >>> tally({"checks": [sample(), sample(holds=False)]})
    '1 of 2'
    """
    checks = trial["checks"]
    return f"{sum(check['holds'] for check in checks):,} of {len(checks):,}"


def sentence(trial: Trial) -> str:
    """How an experiment came out.

    >>> sentence({"id": "L0", "checks": [sample(name="mean")], "holds": True})
    'L0 holds: its one number takes up 5 % of its tolerance.'
    >>> sentence({"id": "L0", "checks": [sample(name="mean", measured=1.5, holds=False)], "holds": False})
    'L0 does not hold: mean was to be 0.50 and came out at 1.50, 2.5 times its tolerance away.'
    """
    checks = trial["checks"]
    if not checks:
        return f"{trial['id']} does not hold: it measured nothing."
    wrong = [check for check in checks if not check["holds"]]
    if not wrong:
        return f"{trial['id']} holds: {_within(checks)}."
    worst = max(wrong, key=lambda check: math.inf if (far := off(check)) is None else far)
    many = f"{len(wrong)} of {len(checks)} numbers lie too far off. " if len(wrong) > 1 else ""
    first = "The furthest, " if len(wrong) > 1 else ""
    tail = "," if len(wrong) > 1 else ""
    return (
        f"{trial['id']} does not hold: {many}{first}{worst['name']}{tail} was to be {expected(worst)} and "
        f"{'gave no number' if worst['measured'] is None else 'came out at ' + number(worst['measured'], decimals_of(worst))}{_away(worst)}."
    )


def _away(check: Check) -> str:
    far = off(check)
    if far is None:
        return ""
    return f", {number(far, 1 if far < 10 else 0)} times its tolerance away"


def _within(checks: list[Check]) -> str:
    far, _, name = max((off(check) or 0.0, -place, check["name"]) for place, check in enumerate(checks))
    if len(checks) == 1:
        return (
            f"its one number {f'takes up {_percent(far)} of its tolerance' if far else 'is as it was to be'}"
        )
    if not far:
        return f"all {len(checks)} numbers are as they were to be"
    return f"all {len(checks)} numbers lie within their tolerance, of which the furthest ({name}) takes up {_percent(far)}"


def _percent(value: float) -> str:
    return "less than 1 %" if value < 0.01 else f"{100 * value:.0f} %"


def word(trials: list[Trial]) -> str:
    """The verdict in a word or two.

    >>> word([{"holds": True}]), word([{"holds": True}, {"holds": False}])
    ('HOLDS', 'NOT ALL HOLD')
    """
    good = all(trial["holds"] for trial in trials)
    if len(trials) == 1:
        return "HOLDS" if good else BROKEN
    return "ALL HOLD" if good else "NOT ALL HOLD"


def headline(laboratory: Laboratory) -> str:
    """What the whole folder says, in a sentence.

    >>> headline({"experiments": [{"id": "L5", "holds": True}, {"id": "L9", "holds": False}, {"id": "L12", "holds": False}]})
    'Of 3 experiments 1 came out as published or derived; L9 and L12 did not.'
    """
    trials = laboratory["experiments"]
    wrong = [trial["id"] for trial in trials if not trial["holds"]]
    if not wrong:
        return (
            f"{'Both' if len(trials) == 2 else f'All {len(trials)}'} experiments came out as published or derived."
            if len(trials) > 1
            else "The experiment came out as published or derived."
        )
    if len(trials) == 1:
        return "The experiment did not come out as published or derived."
    return f"Of {len(trials)} experiments {len(trials) - len(wrong)} came out as published or derived; {enumerated(wrong)} did not."


def enumerated(names: list[str]) -> str:
    """Names in a row.

    >>> enumerated(["L1", "L2", "L3"])
    'L1, L2 and L3'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def named_source(source: str, most: int) -> str:
    """Whom a source names, as far as whole names fit; for a line of a list.

    >>> named_source("Coverage: Suresh et al. 2025, arXiv:2412.17646; He, Xu, Cheng 2025. Derived again for this project.", 40)
    'Suresh et al. 2025; He, Xu, Cheng 2025'
    >>> named_source("Suresh et al. 2025; He, Xu, Cheng 2025.", 30)
    'Suresh et al. 2025'
    >>> named_source("Derived for this project.", 30)
    'derived'
    """
    names = list(dict.fromkeys(_NAMED.findall(source)))
    while len(names) > 1 and len("; ".join(names)) > most:
        names.pop()
    return "; ".join(names) or ("derived" if "derived" in source.casefold() else source)


def command(trial: Trial) -> str:
    """What runs it again."""
    return f"holdfast lab run {trial['id']} --seed {trial['seed']}"


def command_of_all(laboratory: Laboratory) -> list[str]:
    """What runs a whole folder again: one command for each seed."""
    by_seed: dict[int, list[str]] = {}
    for trial in laboratory["experiments"]:
        by_seed.setdefault(trial["seed"], []).append(trial["id"])
    return [f"holdfast lab run {' '.join(ids)} --seed {seed}" for seed, ids in by_seed.items()]


def sample(**facts: object) -> Check:
    """A check for examples."""
    made: dict[str, object] = {
        "name": "share",
        "relation": "equals",
        "expected": 0.5,
        "measured": 0.52,
        "standard_error": 0.1,
        "floor": 0.0,
        "tolerance": 0.4,
        "holds": True,
    }
    return made | facts  # type: ignore[return-value]

"""Words that the page and the terminal share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.reports.wording import real_rows, real_rows_interval, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.generation.contract import Interval, Rate, Value

NONE = "\N{EN DASH}"
ENDED = {
    "covered": "COVERED",
    "nothing_missing": "NOTHING MISSING",
    "budget": "BUDGET SPENT",
    "no_gain": "NO FURTHER GAIN",
    "too_weak": "BEYOND THESE MODELS",
    "rounds": "ROUNDS USED UP",
    "rows": "ALL ROWS MADE",
    "tries": "TRIES USED UP",
}
STATES = {
    "missing": "still missing",
    "covered": "covered",
    "given_up": "given up",
    "unknown": "too few rows to tell",
}
OUTCOMES = {
    "accepted": "rows that are kept",
    "added": "kept rows that come nearer",
    "likeness": "likeness to the nearest kept row",
}
EFFECTS = {
    "raises": "raises it",
    "lowers": "lowers it",
    "none": "nothing that matters",
    "undetermined": "undetermined",
}
QUESTIONS = {
    "strata": "Do strata pass at different rates?",
    "rarity": "Do rarer strata pass less?",
    "mix": "Is what was kept mixed otherwise than what was asked for?",
}
ANSWERS = {"yes": "yes", "no": "no, as far as these rows can tell", "undetermined": "undetermined"}
REQUESTS = {
    "sent": "sent",
    "answered": "answered",
    "hits": "taken from the store of answers, nobody asked",
    "retried": "retried",
    "limited": "turned away for coming too fast",
    "cut": "answers cut at max_tokens",
    "lost_before": "on their way when an earlier run was killed, asked again under the same keys",
}
_OWN = {
    "leak": "rows that repeat a real row nobody showed, or one of the holdout",
    "echo": "answers that say the prompt again",
}
NOT_CLAIMED = (
    "Rows made from real rows that steer know those rows. What they are worth is said by other real rows of the same reality; a reality "
    "that has moved on is another question.",
    "The label check learnt from real rows and errs as often as is said here. It cannot see a wrong fact.",
    "A model may have read your real data elsewhere; copies are found by wording alone.",
    "Servers say which model answered. Nobody checks that.",
    "Rounds are read by the rows that steer: their figures say where it went, not what it is worth.",
)
_PREFIX = "gen_ai.request."


def filter_title(name: str) -> str:
    """What a filter takes, in words.

    >>> filter_title("near_duplicates"), filter_title("of_my_own")
    ('rows that nearly repeat an earlier row', 'of my own')
    """
    from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST

    known = {one.name: one.title for one in (*DEFAULTS, *ON_REQUEST)} | _OWN
    return known.get(name, name.replace("_", " "))


def lost_title(reason: str) -> str | None:
    """Why a row never had a text, in words; None for anything else.

    >>> lost_title("refused"), lost_title("near_duplicates")
    ('the model refused', None)
    """
    from holdfast.remedies.generate.folder import LOST

    return LOST.get(reason)


def parameter(name: str) -> str:
    """A parameter without the prefix that all of them have.

    >>> parameter("gen_ai.request.temperature")
    'temperature'
    """
    return name.removeprefix(_PREFIX)


def without_prefix(sentence: str) -> str:
    """A sentence in which parameters stand without their prefix."""
    return sentence.replace(_PREFIX, "")


def outcome(name: str) -> str:
    """An outcome in words.

    >>> outcome("dropped: refusals"), outcome("accepted")
    ('dropped: refusals', 'rows that are kept')
    """
    if name in OUTCOMES:
        return OUTCOMES[name]
    what, _, reason = name.partition(": ")
    return f"{what}: {lost_title(reason) or filter_title(reason)}" if what == "dropped" else name


def worth(value: Value) -> str:
    """A worth with its interval.

    >>> worth({"real_rows": 752.8, "low": 628.0, "high": None, "at_least": True, "reality": 900})
    'at least 750 (630 or more)'
    """
    return f"{worth_figure(value)} ({worth_interval(value)})"


def worth_figure(value: Value) -> str:
    """A worth alone."""
    return real_rows(_plain(value))


def worth_interval(value: Value) -> str:
    """Its interval alone."""
    return real_rows_interval(_plain(value))


def _plain(value: Value) -> Any:
    return {name: value[name] for name in ("real_rows", "low", "high", "at_least")}


def rate(found: Rate, *, of: bool = True) -> str:
    """Rows out of rows as a share with its interval.

    >>> rate({"count": 3, "of": 12, "share": 0.25, "interval": (0.05, 0.57), "real": 0.9}).replace("\N{NO-BREAK SPACE}", " ")
    '3 of 12: 25 % (5.0 to 57 %)'
    """
    head = f"{found['count']:,} of {found['of']:,}" if of else ""
    if found["share"] is None:
        return head or NONE
    said = f"{share(found['share'])} ({share_interval(found['interval'])})"
    return f"{head}: {said}" if of else said


def retention(value: float | None, interval: Interval) -> str:
    """A retention with its interval.

    >>> retention(0.94, (0.32, 2.74)).replace("\N{NO-BREAK SPACE}", " "), retention(None, None)
    ('94 % (32 to 274 %)', '\N{EN DASH}')
    """
    if value is None:
        return NONE
    return share(value) + ("" if interval is None else f" ({share_interval(interval)})")


def points(value: float) -> str:
    """A change in points.

    >>> points(-0.083)
    '-8.3'
    """
    return f"{100 * value:+.1f}"


def points_interval(interval: Interval) -> str:
    """An interval of changes."""
    return "" if interval is None else f"{points(interval[0])} to {points(interval[1])}"


def change(effect: Mapping[str, Any]) -> str:
    """A change with its interval, in points."""
    if effect["change"] is None:
        return NONE
    return f"{points(effect['change'])} ({points_interval(effect['interval'])})"


def amount(value: float | None, unit: str) -> str:
    """What was spent or allowed.

    >>> amount(24202.0, "tokens"), amount(0.0045, "cost"), amount(None, "cost")
    ('24,202', '0.0045', 'not known')
    """
    if value is None:
        return "not known"
    if unit != "cost":
        return f"{value:,.0f}"
    return f"{value:,.2f}" if value >= 1 or value == 0 else f"{value:.2g}"


def asked_value(question: str, value: float | None) -> str:
    """What was found to a question of selection, in points.

    >>> asked_value("rarity", -0.05), asked_value("mix", 0.05)
    ('-5.0 points', '5.0 points')
    """
    if value is None:
        return NONE
    return f"{points(value) if question == 'rarity' else f'{100 * value:.1f}'} points"


def asked_band(question: str, low: float, high: float) -> str:
    """What chance gives, in points."""
    return f"{asked_value(question, low).removesuffix(' points')} to {asked_value(question, high)}"


def stratum(name: str | None) -> str:
    """A stratum's name; where reality has none, all rows."""
    return "all rows" if name is None else name

"""Figures of a history in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE = "–"
"""Stands where there is no figure, which is not a zero."""
GROUPS = {
    "benchmarks": ("Skills", "What benchmarks and real rows say it can do."),
    "bias": (
        "Bias and facts",
        "Benchmarks of stereotypes, toxicity and truthfulness. A loop can keep its skills and lose these.",
    ),
    "perplexity": (
        "Perplexities",
        "Three, and never one: of real rows, of its own samples under itself, and of its own samples under a model that stays as it is. "
        "Only the first has a better side. Where the other two fall, what it writes draws together; where the last rises, errors add up.",
    ),
    "tail": ("The tail", "What is rare in reality goes first."),
    "diversity": ("Diversity", "Whether it says new things, or the same things again."),
    "coherence": ("Coherence", "Rows that are broken, strange or beside the point."),
    "strata": ("Strata", "Bits per byte of real rows it never saw, stratum by stratum; less is better."),
    "other": ("Other readings", "What else was read."),
}
STATES = {
    "dropped": ("fail", "dropped"),
    "held": ("pass", "no sure drop"),
    "not_compared": ("undetermined", "not compared"),
    "first": ("undetermined", "nothing before it"),
    "missing": ("undetermined", "not measured"),
}


def value(number: float | None, *, percent: bool) -> str:
    """A figure.

    >>> value(0.834, percent=True), value(1.2345, percent=False), value(None, percent=True)
    ('83.4 %', '1.23', '–')
    """
    if number is None:
        return NONE
    if percent:
        return f"{100 * number:.1f} %"
    size = abs(number)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{number:,.{digits}f}"


def step(number: float | None, series: Mapping[str, Any]) -> str:
    """A difference.

    >>> step(-0.031, {"percent": True, "unit": ""}), step(0.0421, {"percent": False, "unit": "bits per byte"})
    ('−3.1 points', '0.042 bits per byte')
    """
    if number is None:
        return NONE
    unit = series["unit"] if series["unit"] == "bits per byte" else ""
    text = f"{100 * number:.1f} points" if series["percent"] else f"{number:.2g} {unit}".rstrip()
    return text.replace("-", "\N{MINUS SIGN}")


def span(interval: Sequence[float | None] | None, *, percent: bool) -> str:
    """An interval; empty where there is none.

    >>> span([0.81, 0.86], percent=True), span(None, percent=True)
    ('81.0 to 86.0', '')
    """
    if interval is None or interval[0] is None or interval[1] is None:
        return ""
    low, high = (value(end, percent=percent).removesuffix(" %") for end in interval)
    return f"{low} to {high}"


def last(series: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The newest generation's point; None where it has none."""
    found: Mapping[str, Any] | None = series["points"][-1]
    return found


def change(series: Mapping[str, Any]) -> str:
    """What became of a series, in a sentence."""
    point = last(series)
    percent = series["percent"]
    if point is None:
        return "The newest generation has no such figure."
    if point["state"] == "first":
        return "No earlier generation has this figure."
    if point["state"] in ("not_compared", "missing"):
        return f"{capital(point['reason'] or 'it has no figure')}."
    drop = point["drop"]
    how = f"{point['items']:,} items" if point["paired"] and point["items"] else "standard errors"
    interval = span(point["drop_interval"], percent=percent).replace("-", "\N{MINUS SIGN}")
    beside = f" ({interval})" if interval else ""
    if drop > 0:
        moved = f"{step(drop, series)}{beside} worse than {point['against']}, by {how}."
    elif drop == 0:
        moved = f"As {point['against']}, by {how}."
    else:
        moved = f"{step(-drop, series)} better than {point['against']}, the best before it, by {how}."
    if point["state"] == "held" and point["smallest_drop"] is not None:
        moved += f" A drop of {step(point['smallest_drop'], series)} would have shown."
    return moved


def better(series: Mapping[str, Any]) -> str:
    """Which way is better."""
    side = series["higher_is_better"]
    return "" if side is None else "more is better" if side else "less is better"


def metric(series: Mapping[str, Any]) -> str:
    """What stands below a title."""
    told = [series["unit"]] if series["unit"] else [series["metric"], series["filter"]]
    return ", ".join(part for part in (*told, better(series)) if part)


def name(series: Mapping[str, Any]) -> str:
    """What a series is called."""
    return str(series["task"])


def reality(series: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What reality scores in place of the newest generation that has something real beside it."""
    known = [
        point["reality"] for point in series["points"] if point is not None and point["reality"] is not None
    ]
    return known[-1] if known else None


def has_reality(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any of these series has something real beside it."""
    return any(reality(series) is not None for series in rows)


def since(series: Mapping[str, Any]) -> str | None:
    """The generation from which on all have been worse; None where the newest is the first."""
    found = None
    for point in reversed(series["points"][:-1]):
        if point is None or point["state"] != "dropped":
            break
        found = point["generation"]
    return found


def alarms(history: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Alarms that are over: series, generation, and how far it fell."""
    return [
        (
            name(series),
            point["generation"],
            f"{step(point['drop'], series)} worse than {point['against']}",
        )
        for series in history["series"]
        if series["state"] != "dropped"
        for point in series["points"][:-1]
        if point is not None and point["state"] == "dropped"
    ]


def refused(history: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Pairs of generations that were not compared: for what, and why; alike ones together."""
    found: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for series in history["series"]:
        for point in series["points"]:
            for pair in [] if point is None else point["not_compared_with"]:
                key = (point["generation"], pair["generation"], tuple(pair["reasons"]))
                found.setdefault(key, []).append(name(series))
    return [
        {"later": later, "earlier": earlier, "reasons": list(reasons), "series": names}
        for (later, earlier, reasons), names in found.items()
    ]


def capital(text: str) -> str:
    """A sentence that begins as sentences do."""
    return text[:1].upper() + text[1:]

"""Dot plots of a generation: rates beside those of real rows, and what parameters did beside what shuffled draws score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.generation import wording
from holdfast.reports.generation.pictures import both
from holdfast.reports.preferences.dot_plot import Row, Scale, dot_plot, spanning
from holdfast.reports.wording import NBSP, p_value, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from holdfast.reports.generation.contract import Effect, Rate

_ROOM = 22
_SHARES = Scale(low=0.0, high=1.0, step=0.25, strong=None, unit=f"{NBSP}%")


def rates_plot(rates: Sequence[tuple[str, Rate]], *, label: str, what: str) -> Markup:
    """Shares with their intervals; the upright mark is the share of real rows in the same place."""
    rows = [_rate_row(name, rate, what) for name, rate in rates]
    return both(lambda narrow: dot_plot(rows, _SHARES, label=label, narrow=narrow))


def _rate_row(name: str, rate: Rate, what: str) -> Row:
    real = "real rows: nobody knows" if rate["real"] is None else f"real rows {share(rate['real'])}"
    if rate["share"] is None:
        return Row(name=name, reason=f"none {what}")
    return Row(
        name=name,
        value=rate["share"],
        interval=rate["interval"],
        people=rate["real"],
        figure=f"{share(rate['share'])} ({share_interval(rate['interval'])})",
        small=f"{rate['count']:,} of {rate['of']:,}; {real}",
    )


def effects_plot(effects: Sequence[Effect]) -> Markup:
    """What parameters did; the soft bar is what shuffled draws score in the place of theirs."""
    rows = [
        Row(
            name=_effect_name(one),
            value=one["change"],
            interval=one["interval"],
            people_interval=one["null"],
            look="warn"
            if one["state"] in {"raises", "lowers"}
            else "open"
            if one["state"] == "undetermined"
            else "plain",
            figure=wording.change(one).replace("-", "\N{MINUS SIGN}"),
            small=_effect_small(one),
        )
        for one in effects
    ]
    scale = spanning(rows)
    return both(
        lambda narrow: dot_plot(rows, scale, label="Change across the range, in points", narrow=narrow)
    )


def _effect_name(one: Effect) -> str:
    """The parameter, with its range where there is room for it."""
    named = f"{one['parameter']} {one['span']}"
    return named if len(named) <= _ROOM else one["parameter"]


def _effect_small(one: Effect) -> str:
    said = wording.EFFECTS[one["state"]]
    if one["needed_rows"] is not None:
        return f"{said}; about {one['needed_rows']:,} rows would tell"
    if one["smallest_detectable"] is not None and one["state"] == "none":
        return f"{said}; sees from {100 * one['smallest_detectable']:.0f} points"
    return said if one["p_adjusted"] is None else f"{said}; {p_value(one['p_adjusted'])}"

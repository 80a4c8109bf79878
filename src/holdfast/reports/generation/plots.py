"""Dot plots of a generation: rates beside those of real rows, and what parameters did beside what shuffled draws score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.reports.generation import wording
from holdfast.reports.generation.pictures import both
from holdfast.reports.preferences.dot_plot import Row, Scale, dot_plot, spanning
from holdfast.reports.wording import NBSP, share, share_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from holdfast.reports.generation.contract import Effect, Interval, Rate, Taken

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


def taken_plot(taken: Sequence[Taken]) -> Markup | None:
    """What filters took of made rows; the soft bar reaches from what they take of the rarest tenth of reality to its upper bound."""
    rows = [
        Row(
            name=one["filter"].replace("_", " "),
            value=one["made"]["share"],
            interval=one["made"]["interval"],
            people=one["rarest"],
            people_interval=_reach(one),
            figure=f"{share(one['made']['share'])} ({share_interval(one['made']['interval'])})",
            small=f"{one['made']['count']:,} rows; {_real(one)}",
        )
        for one in taken
        if one["made"]["share"] is not None
    ]
    if not rows:
        return None
    reach = max(at for row in rows for at in (row.value or 0.0, *(row.interval or ())))
    top = next(top for top in (0.1, 0.2, 0.5, 1.0) if reach <= top or top == 1.0)
    scale = Scale(low=0.0, high=top, step=top / 4 if top > 0.1 else 0.025, unit=f"{NBSP}%")
    return both(
        lambda narrow: dot_plot(rows, scale, label="What each filter took of made rows", narrow=narrow)
    )


def _reach(one: Taken) -> Interval:
    if one["rarest"] is None or one["rarest_high"] is None:
        return None
    return one["rarest"], one["rarest_high"]


def _real(one: Taken) -> str:
    if one["rarest"] is None:
        return (
            "real rows: not asked"
            if one["made"]["real"] is None
            else f"real rows {share(one['made']['real'])}"
        )
    most = "" if one["rarest_high"] is None else f", at most {share(one['rarest_high'])}"
    return f"rarest tenth {share(one['rarest'])}{most}"


def effects_plot(effects: Sequence[Effect]) -> Markup:
    """What parameters did; the soft bar is what shuffled draws score in the place of theirs."""
    rows = [
        Row(
            name=f"{one['parameter']}",
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


def _effect_small(one: Effect) -> str:
    said = wording.EFFECTS[one["state"]]
    if one["needed_rows"] is not None:
        said += f": about {one['needed_rows']:,} rows would tell"
    elif one["state"] == "none" and one["smallest_detectable"] is not None:
        said += f": sees from {100 * one['smallest_detectable']:.0f} points"
    return f"{one['span']}; {said}"

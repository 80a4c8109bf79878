"""Wording: how numbers and verdicts are written, the same in every report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from holdfast.reports.summary import Band, Reading, Stratum, Summary, Verdict

NBSP = "\N{NO-BREAK SPACE}"

VERDICT_WORDS: dict[Verdict, str] = {
    "pass": "PASS",
    "warn": "WARN",
    "fail": "FAIL",
    "undetermined": "UNDETERMINED",
}

ORIGINS: dict[str, str] = {
    "column": "read from a column",
    "classifier": "predicted by a classifier trained on the real rows",
    "clusters": "clusters of the real rows, for want of labels",
    "none": "none",
}


def count(value: float) -> str:
    """A count with thousands separators.

    >>> count(15000), count(3.84), count(0.25), count(12.0)
    ('15,000', '3.8', '0.25', '12')
    """
    if float(value).is_integer():
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def rows(value: int) -> str:
    """A number of rows.

    >>> rows(1).replace(NBSP, " ")
    '1 row'
    """
    return f"{value:,}{NBSP}{'row' if value == 1 else 'rows'}"


def share(value: float | None) -> str:
    """A share as a percentage, with the precision a reader can use.

    >>> [share(s).replace(NBSP, " ") for s in (0, 0.00004, 0.0042, 0.031, 0.5, 1, 2.345)]
    ['0 %', '< 0.01 %', '0.42 %', '3.1 %', '50 %', '100 %', '235 %']
    """
    if value is None:
        return "unknown"
    points = 100 * value
    if 0 < points < 0.01:
        return f"<{NBSP}0.01{NBSP}%"
    if points == 0 or points >= 9.95:
        return f"{points:,.0f}{NBSP}%"
    return f"{points:.2g}{NBSP}%" if points < 1 else f"{points:.1f}{NBSP}%"


def share_interval(interval: tuple[float, float] | None) -> str:
    """An interval of shares.

    >>> share_interval((0.0, 0.214)).replace(NBSP, " ")
    '0 to 21 %'
    """
    if interval is None:
        return "interval unknown"
    low, high = share(interval[0]), share(interval[1])
    return f"{low.removesuffix(f'{NBSP}%')} to {high}"


def ratio(value: float) -> str:
    """A rate ratio.

    >>> ratio(41.3), ratio(2.54), ratio(1234.0)
    ('41×', '2.5×', '1,234×')
    """
    return f"{value:,.0f}×" if value >= 10 else f"{value:.1f}×"


def p_value(value: float | None) -> str:
    """A p-value, never smaller than its draws can show.

    >>> [p_value(p).replace(NBSP, " ") for p in (0.0002, 0.0123, 0.43, 1.0, None)]
    ['p < 0.001', 'p = 0.012', 'p = 0.43', 'p = 1', 'no p-value']
    """
    if value is None:
        return "no p-value"
    if value < 0.001:
        return f"p{NBSP}<{NBSP}0.001"
    if value > 0.995:
        return f"p{NBSP}={NBSP}1"
    return f"p{NBSP}={NBSP}{value:.3f}" if value < 0.0995 else f"p{NBSP}={NBSP}{value:.2f}"


def decimals(reading: Reading) -> int:
    """Decimals that resolve the band which reality scores, and no more: the rest is noise."""
    null, value = reading["null"], reading["value"]
    known = [value, *(null or {}).values()]
    if not reading["percent"] and all(isinstance(at, float | int) and float(at).is_integer() for at in known):
        return 0
    spread = 0.0
    if null is not None:
        spread = null["high"] - null["low"]
    if spread <= 0 and null is not None and value is not None:
        spread = abs(value - null["median"])
    if spread <= 0:
        return 1 if reading["percent"] else 3
    return min(4, max(0, math.ceil(-math.log10(spread * (100 if reading["percent"] else 1) / 5))))


def amount(reading: Reading, value: float | None) -> str:
    """A value in this reading's unit: a percentage or a plain number.

    A reading without a value says so.
    """
    if value is None:
        return "not measured"
    digits = decimals(reading)
    if reading["percent"]:
        return f"{_number(100 * value, digits)}{NBSP}%"
    return _number(value, digits)


def difference(reading: Reading, value: float | None) -> str:
    """A difference between two values of this reading; between percentages these are points."""
    if value is None:
        return "unknown"
    return f"{_three_digits(100 * value)}{NBSP}points" if reading["percent"] else _three_digits(value)


def effect(reading: Reading) -> str:
    """How far the value lies from reality's median, in words."""
    value = reading["effect"]
    if value is None:
        return "unknown"
    if value == 0:
        return "exactly reality’s median"
    return f"{difference(reading, abs(value))} {'worse' if value > 0 else 'better'} than reality’s median"


def expected(value: float) -> str:
    """Rows reality would have put into a stratum; a decimal only where it matters.

    >>> expected(13.33), expected(3.84), expected(1250.0)
    ('13', '3.8', '1,250')
    """
    return count(round(value) if value >= 10 else value)


def level(value: float) -> str:
    """A level or setting as it was asked for.

    >>> level(0.01).replace(NBSP, " ")
    '1 %'
    """
    return f"{100 * value:g}{NBSP}%"


def span(reading: Reading, interval: tuple[float, float]) -> str:
    """An interval in this reading's unit."""
    low, high = amount(reading, interval[0]), amount(reading, interval[1])
    return f"{low.removesuffix(f'{NBSP}%')} to {high}"


def reality(reading: Reading) -> str:
    """What reality itself scores: median and the middle 95 %."""
    null = reading["null"]
    if null is None:
        return "reality unknown"
    return f"{amount(reading, null['median'])} ({span(reading, (null['low'], null['high']))})"


def band_shares(null: Band | None) -> str:
    """What reality retains of itself in a rarity band."""
    if null is None:
        return "reality unknown"
    return f"{share(null['median'])} ({share_interval((null['low'], null['high']))})"


def direction(reading: Reading) -> Literal[-1, 1] | None:
    """Where worse lies: 1 above reality, -1 below, None where the reading does not tell."""
    value, null, effect = reading["value"], reading["null"], reading["effect"]
    if value is None or null is None or not effect:
        return None
    gap = value - null["median"]
    if gap == 0:
        return None
    return 1 if (gap > 0) == (effect > 0) else -1


def lost(summary: Summary) -> list[Stratum]:
    """The strata named as lost, rarest first."""
    table = [stratum for stratum in summary["strata"]["table"] if stratum["lost"]]
    return sorted(table, key=lambda stratum: (stratum["real_share"], stratum["stratum"]))


def against(summary: Summary) -> str:
    """How the candidate is meant to be used."""
    return {"replace": "in place of the real rows", "add": "in addition to the real rows"}[
        summary["settings"]["use"]
    ]


def _number(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"

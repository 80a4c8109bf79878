"""Figures of the bench in words: shares, bounds, and what stands where nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NONE = "–"
"""Stands where there is no figure, which is not a zero."""


def share(value: float | None) -> str:
    """A share in per cent.

    >>> share(0.256), share(None)
    ('26 %', '–')
    """
    return NONE if value is None else f"{100 * value:.0f} %"


def two(value: float | None) -> str:
    """A figure with two decimals.

    >>> two(-0.126), two(None)
    ('-0.13', '–')
    """
    return NONE if value is None else f"{value:.2f}"


def bound(rate: Mapping[str, Any] | None) -> str:
    """A rate with its draws and its upper bound.

    >>> bound({"hits": 3, "draws": 400, "share": 0.0075, "upper": 0.019})
    '0.8 % of 400 (at most 1.9 %)'
    """
    if rate is None or rate["share"] is None:
        return NONE
    return f"{100 * rate['share']:.1f} % of {rate['draws']:,} (at most {100 * rate['upper']:.1f} %)"


def hits(rate: Mapping[str, Any] | None) -> str:
    """Hits of draws.

    >>> hits({"hits": 3, "draws": 4, "share": 0.75, "upper": 0.98})
    '3/4'
    """
    return NONE if rate is None or not rate["draws"] else f"{rate['hits']}/{rate['draws']}"


def at(detector: Mapping[str, Any], harm: float, kind: str = "power") -> Mapping[str, Any] | None:
    """The power of a detector from a harm on; None where there is none."""
    return next((power for power in detector[kind] if power["harm"] == harm), None)


def worst(power: Mapping[str, Any] | None) -> str:
    """Power on the worst scenario, and which it is."""
    if power is None or power["worst"] is None:
        return NONE
    return f"{share(power['worst_share'])} ({power['worst']}, {hits(power['by_scenario'][power['worst']])})"


def mean(power: Mapping[str, Any] | None) -> str:
    """Mean power over scenarios."""
    return share(None if power is None else power["mean_share"])


def agreement(detector: Mapping[str, Any], kind: str) -> str:
    """A rank correlation with the largest that noise allows.

    >>> agreement({"correlation": {"within": 0.5, "ceiling_within": 0.9}}, "within")
    '0.50 of 0.90'
    """
    ceiling = "ceiling" if kind == "pooled" else "ceiling_within"
    found = detector["correlation"]
    return NONE if found[kind] is None else f"{two(found[kind])} of {two(found[ceiling])}"


def seconds(value: float) -> str:
    """Time of a look.

    >>> seconds(0.0042), seconds(12.4)
    ('0.004', '12')
    """
    return f"{value:.3f}" if value < 0.1 else f"{value:.1f}" if value < 10 else f"{value:.0f}"


def names(found: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    """Keys that any of the detectors has in a mapping, in the order in which they first stand there."""
    return list(dict.fromkeys(name for detector in found for name in detector[kind]))

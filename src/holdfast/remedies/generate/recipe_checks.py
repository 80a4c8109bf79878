"""What of a recipe cannot be followed, wherever it comes from: a file, flags or Python."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from holdfast.errors import InputError, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.remedies.generate.recipe import Recipe

MOST_JUDGING = 0.9
"""Share of the real rows that may judge: somebody has to steer."""


def check(recipe: Recipe, where: str, *, whole: bool = True) -> None:
    """Refuses a recipe that cannot be followed.

    Args:
        recipe: The recipe.
        where: How errors call it.
        whole: Whether nothing can be added to it any more, such as a model by a flag.

    Raises:
        InputError: A name stands twice, a method has nobody to ask, or bounds leave no shares.
    """
    _check_numbers(recipe, where)
    for kind, names in (
        ("model", [one.name for one in recipe.models]),
        ("method", [one.method.name for one in recipe.methods]),
    ):
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise InputError(f"two of them are called {doubled[0]!r}", where=f"{where}: [[{kind}]]")
    asking = [one.method.name for one in recipe.methods if one.method.asks]
    if whole and asking and not recipe.models:
        raise InputError(
            f"{asking[0]} asks a model, and there is none",
            where=where,
            do="Add --model URL --model-name NAME, or [[model]] in the recipe; --method rule_based needs none",
        )
    _check_bounds(recipe, where)
    _check_filters(recipe, where)
    arms = recipe.arms if recipe.models or not asking else ()
    for arm in arms:
        if arm.low > arm.high + _ROUNDED:
            raise InputError(
                f"{arm.name} may have a share of {arm.low:.3g} at least and of {arm.high:.3g} at most",
                where=where,
                do="Lower low, or raise high, of its method or its model",
            )
    if arms and (sum(arm.low for arm in arms) > 1 + 1e-9 or sum(arm.high for arm in arms) < 1 - 1e-9):
        raise InputError(
            "the bounds of the shares leave none that sum to 1", where=where, do="Lower low, or raise high"
        )
    if (
        whole
        and recipe.cost is not None
        and any(one.price_input is None or one.price_output is None for one in recipe.models)
    ):
        raise InputError(
            "a budget of money needs the prices of every model",
            where=where,
            do="Add price_input and price_output to [[model]], in the same currency, for a million tokens",
        )


def _check_numbers(recipe: Recipe, where: str) -> None:
    """Refuses numbers that mean nothing, from wherever they come."""
    for name, least in (("rows", 1), ("rounds", 1), ("seed", 0), ("requests", 0), ("tokens", 0)):
        value = getattr(recipe, name)
        optional = name in ("requests", "tokens")
        if (value is None and optional) or (_is_whole(value) and value >= least):
            continue
        raise InputError(f"{name} is a whole number of at least {least}", where=where)
    values = {name: getattr(recipe, name) for name in _RANGES}
    for name, (low, high) in _RANGES.items():
        number_of(values, name, where, low=low, high=high)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_RANGES: Mapping[str, tuple[float, float | None]] = {
    "cost": (0.0, None),
    "judge_share": (0.0, MOST_JUDGING),
    "retention": (0.0, 1.0),
    "tries": (1.0, None),
    "tolerance": (0.0, 1.0),
    "label_noise": (0.0, 0.5),
}


def _check_bounds(recipe: Recipe, where: str) -> None:
    """Refuses a share that begins outside its own bounds."""
    for kind, entries in (
        ("model", [(one.name, one) for one in recipe.models]),
        ("method", [(one.method.name, one) for one in recipe.methods]),
    ):
        total = sum(one.share for _, one in entries)
        for name, one in entries:
            low, high = 0.0 if one.low is None else one.low, 1.0 if one.high is None else one.high
            if not low - _ROUNDED <= one.share / total <= high + _ROUNDED:
                raise InputError(
                    f"{name} begins with a share of {one.share / total:.3g}, outside its bounds, {low:g} and {high:g}",
                    where=f"{where}: [[{kind}]]",
                    do="Change its share in relation to the others, or its low and high",
                )


_ROUNDED = 1e-9


def _check_filters(recipe: Recipe, where: str) -> None:
    """Refuses filters that there are not."""
    from holdfast.remedies.curate.filters import DEFAULTS, ON_REQUEST

    names = [one.name for one in (*DEFAULTS, *ON_REQUEST)]
    for name in (*recipe.filter, *recipe.without):
        if name not in names:
            raise InputError(str(unknown("filter", name, names)), where=f"{where}: [verify]")


def number_of(
    values: Mapping[str, Any],
    name: str,
    where: str,
    *,
    low: float,
    high: float | None = None,
    above: bool = False,
) -> float | None:
    """A number within bounds, or None where the key is not there.

    Raises:
        InputError: It is none, or lies outside.
    """
    value = values.get(name)
    if value is None:
        return None
    if (
        not _is_finite(value)
        or value < low
        or (above and value <= low)
        or (high is not None and value > high)
    ):
        bound = f"above {low:g}" if above else f"of at least {low:g}"
        raise InputError(
            f"{name} is a number {bound}{'' if high is None else f' and at most {high:g}'}", where=where
        )
    return float(value)


def _is_finite(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False

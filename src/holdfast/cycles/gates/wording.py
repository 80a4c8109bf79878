"""A gate in words: who judges, by what, how surely, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.measures import MEASURES

if TYPE_CHECKING:
    from holdfast.cycles.project.recipe import Gate, Recipe

_UNDETERMINED = {
    "ask": "what cannot be known waits for a person",
    "block": "what cannot be known stops the cycle",
    "pass": "what cannot be known passes",
}
_AGAINST = {
    "start": "the model before the first cycle",
    "best": "every earlier model that counted",
    "previous": "the model that counts",
}


def describe_gates(
    recipe: Recipe, anchor: dict[str, Any], looks: dict[str, list[int]]
) -> dict[str, list[str]]:
    """What both gates of a recipe ask for, one sentence a line.

    Args:
        recipe: The recipe.
        anchor: Name and rows of each part of its anchor.
        looks: By gate, looks that were taken at each part that judges.
    """
    judge = recipe.judge
    rate = judge.alpha / (2 * judge.parts)
    found = {}
    for name, lines in (("data_gate", _data(recipe, anchor)), ("model_gate", _model(recipe, anchor))):
        gate: Gate = getattr(recipe, name)
        taken = ", ".join(map(str, looks[name]))
        lines.append(
            f"each part's looks share an error rate of {100 * rate:.3g} %, of {100 * judge.alpha:g} % over everything; looks taken so far: {taken}"
        )
        follows = (
            "a failure stops the cycle"
            if gate.severity == "stop"
            else "a failure is written down, and the cycle goes on"
        )
        asked = "; a person must approve what passes, too" if gate.approval else ""
        lines.append(f"{follows}; {_UNDETERMINED[gate.on_undetermined]}{asked}")
        found[name] = lines
    return found


def _data(recipe: Recipe, anchor: dict[str, Any]) -> list[str]:
    options = recipe.data_gate.options
    names = options["measures"]
    rows = round(anchor["rows"]["reference"] * recipe.judge.share / recipe.judge.parts)
    which = f"all {len(MEASURES)} measures" if names is None else ", ".join(names)
    allowed = ", ".join(f"{name} up to {100 * value:g} %" for name, value in options["tolerance"].items())
    return [
        f"the blend is audited against {anchor['name']}: about {rows:,} rows of its reference, one of {recipe.judge.parts} parts that take turns and steer nothing",
        f"by {which}; let pass: {allowed or 'what each measure lets pass by itself'}",
        f"a pass that could have missed a loss above {100 * options['detectable']:g} % is none",
    ]


def _model(recipe: Recipe, anchor: dict[str, Any]) -> list[str]:
    options = recipe.model_gate.options
    rows = round(anchor["rows"]["holdout"] / recipe.judge.parts)
    bands = ", ".join(f"{name} {value:g}" for name, value in options["margin"].items())
    tasks = ", ".join(f"{name} {value:g}" for name, value in options["scores"].items())
    lines = [f"the model is held against {_AGAINST[options['against']]}, row by row"]
    if bands:
        lines.append(f"bits per byte it may lose on about {rows:,} rows of the holdout: {bands}")
    if tasks:
        lines.append(f"points it may lose in benchmarks: {tasks}")
    if not bands and not tasks:
        lines.append("no margin is given, so nothing can be known")
    return lines

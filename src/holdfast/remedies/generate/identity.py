"""Identity of a run: what must be the same for it to go on where it was, and what decides its draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.data import digest_of
from holdfast.remedies.generate.recipe import plain_recipe

if TYPE_CHECKING:
    from holdfast.remedies.generate.parts import Parts, Texts
    from holdfast.remedies.generate.recipe import Recipe


def run_digest(parts: Parts, recipe: Recipe, *, steer: bool) -> str:
    """What a run depends on, budgets and numbers of rows and rounds aside: with more of them it goes on where it was."""
    refused = [_digest_of_rows(parts.judging), digest_of(list(parts.sealed))]
    return digest_of([steering_digest(parts, recipe, steer=steer), refused])


def steering_digest(parts: Parts, recipe: Recipe, *, steer: bool) -> str:
    """What decides which rows are asked for and how: rows that judge, and the holdout, have no part in it."""
    asked = plain_recipe(recipe)
    for name in ("rows", "rounds", "requests", "tokens", "cost"):
        asked.pop(name)
    shown = [_digest_of_rows(part) for part in (parts.steering, parts.gold)]
    return digest_of({"recipe": asked, "steer": steer, "shown": shown, "candidate": parts.candidate_hash})


def _digest_of_rows(rows: Texts) -> str:
    return digest_of([rows.ids, rows.texts, rows.strata])

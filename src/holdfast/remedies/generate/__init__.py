"""Generate: rows towards what reality has and a candidate has lost, made by models or rules, judged before they are kept."""

from __future__ import annotations

from holdfast.remedies.generate.contract import Generation, Round, Worth
from holdfast.remedies.generate.generating import generate
from holdfast.remedies.generate.recipe import Recipe
from holdfast.remedies.generate.recipe_file import read_recipe

__all__ = ["Generation", "Recipe", "Round", "Worth", "generate", "read_recipe"]

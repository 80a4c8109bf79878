"""Blend: sources to exact shares, planned and realised on record, the holdout kept out."""

from __future__ import annotations

from holdfast.remedies.blend.blending import Blend, blend
from holdfast.remedies.blend.recipe import Recipe, SourceRecipe, read_recipe

__all__ = ["Blend", "Recipe", "SourceRecipe", "blend", "read_recipe"]

"""A project: its folder, its recipe and its models."""

from __future__ import annotations

from holdfast.cycles.project.models import Model, read_model
from holdfast.cycles.project.project import RECIPE, Project, init, open_project
from holdfast.cycles.project.recipe import Recipe, read_recipe

__all__ = ["RECIPE", "Model", "Project", "Recipe", "init", "open_project", "read_model", "read_recipe"]

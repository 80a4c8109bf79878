"""Weights & Biases: Trackio's code with another import. Figures go to its server unless WANDB_MODE says otherwise."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from holdfast.reports.sinks.board import Board


def wandb(project: str, *, module: Any = None) -> Board:
    """Weights & Biases.

    Args:
        project: The project over there.
        module: What stands for the package `wandb`.
    """
    return Board(
        project,
        module=lambda: import_module("wandb") if module is None else module,
        options=lambda run: {"id": run.id},
        # A run that is resumed takes no figure of a step that it has passed, and a cycle may be resumed.
        steps=False,
    )

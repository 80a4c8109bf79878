"""A generation of a model, held against a frozen anchor."""

from holdfast.audits.generation.losses import Loss, paired_losses

__all__ = ["Loss", "paired_losses"]

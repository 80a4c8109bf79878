"""A generation of a model, held against a frozen anchor."""

from holdfast.audits.generation.evaluating import evaluate
from holdfast.audits.generation.evaluation import Evaluation
from holdfast.audits.generation.losses import Loss, paired_losses

__all__ = ["Evaluation", "Loss", "evaluate", "paired_losses"]

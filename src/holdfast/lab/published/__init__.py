"""Published results, run again: the catalogue L1 to L18. One file is one experiment; it stands in this tuple.

Drift is what finite samples lose of an unbiased generator, bias is what a generator that prefers the typical loses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.lab.published.bias import BIAS
from holdfast.lab.published.drift import DRIFT

if TYPE_CHECKING:
    from holdfast.lab.published.experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = tuple(sorted((*DRIFT, *BIAS), key=lambda each: int(each.id[1:])))
"""In the order of their numbers."""

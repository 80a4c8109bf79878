"""A measured line of a figure: the mean of many runs, and what single runs do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.lab.published.drift.replicates import mean, measured, quantiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from holdfast.lab.published.experiment import Curve

BAND = "Bands hold four of five runs."
"""What a reader of the figure has to know; experiments put it in their notes."""


def banded(name: str, x: Iterable[float], runs: NDArray[np.float64]) -> Curve:
    """The mean of the runs, with four of five of them as its band.

    Args:
        name: What the line shows.
        x: Ascending.
        runs: One row per run, one column per x.

    Returns:
        The line.

    >>> import numpy as np
    >>> curve = banded("share", [1, 2], np.array([[0.0, 1.0], [1.0, 1.0]]))
    >>> curve.y, curve.low, curve.high
    ((0.5, 1.0), (0.1, 1.0), (0.9, 1.0))
    """
    return measured(name, x, [mean(at) for at in runs.T], [quantiles(at) for at in runs.T])

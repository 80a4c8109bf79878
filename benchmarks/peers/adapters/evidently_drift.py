"""Evidently's drift methods on features, text and labels, each with the limit it has by default.

Those that draw a threshold stand in `evidently_bootstrap`, as they are slow. `psi` is the population stability index of
the labels; its default limit is .1.
"""

import warnings

import pandas as pd
from evidently.legacy.calculations.stattests.psi import psi_stat_test
from evidently.legacy.core import ColumnType
from evidently.legacy.metrics.data_drift import embedding_drift_methods as methods
from evidently.legacy.utils.data_drift_utils import calculate_text_drift_score

NAME, PACKAGE, VERSION = "evidently", "evidently", 1
EMBEDDING = {
    "mmd": methods.mmd(),
    "distance": methods.distance(),
    "model": methods.model(),
    "ratio": methods.ratio(),
}
PSI_LIMIT = 0.1


def look(pair):
    warnings.simplefilter("ignore")
    real, made = (pd.DataFrame(side).rename(columns=str) for side in pair.features)
    for name, method in EMBEDDING.items():
        score, drifted, _ = method(made.copy(), real.copy())  # some add a column to what they are given
        yield {"name": f"evidently:{name}", "strength": score, "alarm": drifted}
    real, made = pd.Series(pair.real), pd.Series(pair.made)
    score, drifted = calculate_text_drift_score(real, made, bootstrap=False)
    yield {"name": "evidently:text", "strength": score, "alarm": drifted}
    if pair.real_labels is None or pair.made_labels is None:
        yield {"name": "evidently:psi", "strength": None, "reason": "there are no labels"}
        return
    found = psi_stat_test(
        pd.Series(pair.real_labels), pd.Series(pair.made_labels), ColumnType.Categorical, PSI_LIMIT
    )
    yield {"name": "evidently:psi", "strength": found.drift_score, "alarm": found.drifted}

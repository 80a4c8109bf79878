"""Evidently's drift methods that draw their own threshold, as they do by default when asked to."""

import warnings

import pandas as pd
from evidently.legacy.metrics.data_drift import embedding_drift_methods as methods
from evidently.legacy.utils.data_drift_utils import calculate_text_drift_score

NAME, PACKAGE, VERSION = "evidently", "evidently", 1
EMBEDDING = {"mmd": methods.mmd(bootstrap=True), "model": methods.model(bootstrap=True)}


def look(pair):
    warnings.simplefilter("ignore")
    real, made = (pd.DataFrame(side).rename(columns=str) for side in pair.features)
    for name, method in EMBEDDING.items():
        score, drifted, _ = method(made.copy(), real.copy())  # some add a column to what they are given
        yield {"name": f"evidently:{name}, bootstrap", "strength": score, "alarm": drifted}
    score, drifted = calculate_text_drift_score(pd.Series(pair.real), pd.Series(pair.made), bootstrap=True)
    yield {"name": "evidently:text, bootstrap", "strength": score, "alarm": drifted}

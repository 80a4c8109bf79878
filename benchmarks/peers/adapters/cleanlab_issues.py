"""cleanlab Datalab on the candidate alone: the share of rows with each kind of issue. No reference, no rule.

Label issues need predicted probabilities: a nearest-centroid model, out of fold.
"""

import numpy as np
from cleanlab import Datalab

NAME, PACKAGE, VERSION = "cleanlab", "cleanlab", 1
FOLDS = 5
SHARPNESS = 10.0


def look(pair):
    _, made = pair.features
    data, options = {"text": pair.made}, {"features": made}
    kinds = {"near_duplicate": {}, "outlier": {}}
    if pair.made_labels is None or len(set(pair.made_labels)) < 2:
        lab = Datalab(data, verbosity=0)
    else:
        classes, labels = np.unique(pair.made_labels, return_inverse=True)
        lab = Datalab(data | {"y": labels.tolist()}, label_name="y", verbosity=0)
        options["pred_probs"] = guesses(made, labels, len(classes), np.random.default_rng(pair.seed))
        kinds["label"] = {}
    lab.find_issues(**options, issue_types=kinds)
    for kind in ("near_duplicate", "outlier", "label"):
        if kind not in kinds:
            yield {"name": f"cleanlab:{kind}", "strength": None, "reason": "there are no two labels"}
        else:
            yield {"name": f"cleanlab:{kind}", "strength": lab.get_issues(kind)[f"is_{kind}_issue"].mean()}


def guesses(rows, labels, count, rng):
    """float64 [n, k], out of fold."""
    folds = rng.permutation(len(labels)) % FOLDS
    found = np.full((len(labels), count), 1.0 / count)
    for fold in range(FOLDS):
        learn = folds != fold
        sums = np.zeros((count, rows.shape[1]))
        np.add.at(sums, labels[learn], rows[learn])
        fits = (
            SHARPNESS
            * rows[~learn]
            @ (sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)).T
        )
        odds = np.exp(fits - fits.max(axis=1, keepdims=True))
        found[~learn] = odds / odds.sum(axis=1, keepdims=True)
    return found

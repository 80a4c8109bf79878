"""alibi-detect's two-sample tests on features and labels, at p < .01; its MMD, which is slow, stands in `alibi_mmd`.

BSL 1.1: run as an opponent, never depended on.
"""

import numpy as np
from alibi_detect.cd import ChiSquareDrift, ClassifierDrift, KSDrift, LSDDDrift
from sklearn.linear_model import LogisticRegression

NAME, PACKAGE, VERSION = "alibi-detect", "alibi-detect", 1
LEVEL = 0.01
PERMUTATIONS = 200


def look(pair):
    real, made = (side.astype(np.float32) for side in pair.features)
    np.random.seed(pair.seed % 2**32)  # noqa: NPY002 - it reads the global state
    found = KSDrift(real, p_val=LEVEL).predict(made, drift_type="batch", return_p_val=True)["data"]
    # One test for each dimension; Bonferroni by default.
    yield answer(
        "ks", float(found["distance"].max()), float(found["p_val"].min() * len(found["p_val"])), found
    )
    import torch

    torch.manual_seed(pair.seed % 2**31)
    torch.set_num_threads(1)
    lsdd = LSDDDrift(real, backend="pytorch", p_val=LEVEL, n_permutations=PERMUTATIONS)
    found = lsdd.predict(made, return_p_val=True, return_distance=True)["data"]
    yield answer("lsdd", float(found["distance"]), float(found["p_val"]), found)
    model = ClassifierDrift(
        real,
        LogisticRegression(max_iter=500),
        backend="sklearn",
        p_val=LEVEL,
        preds_type="probs",
        n_folds=5,
        seed=pair.seed % 2**31,
    )
    found = model.predict(made, return_p_val=True, return_distance=True)["data"]
    yield answer("classifier", float(found["distance"]), float(found["p_val"]), found)
    if pair.real_labels is None or pair.made_labels is None:
        yield {"name": "alibi-detect:chi2", "strength": None, "reason": "there are no labels"}
        return
    # It knows only categories of the reference.
    classes = sorted({*pair.real_labels, *pair.made_labels})
    place = {label: at for at, label in enumerate(classes)}
    real, made = (
        np.array([[place[label]] for label in side], np.int64)
        for side in (pair.real_labels, pair.made_labels)
    )
    tested = ChiSquareDrift(real, p_val=LEVEL, categories_per_feature={0: list(range(len(classes)))})
    found = tested.predict(made, return_p_val=True, return_distance=True)["data"]
    yield answer("chi2", float(found["distance"][0]), float(found["p_val"][0]), found)


def answer(name, strength, p_value, found):
    return {
        "name": f"alibi-detect:{name}",
        "strength": strength,
        "p_value": min(p_value, 1.0),
        "alarm": bool(found["is_drift"]),
    }

"""alibi-detect's MMD test on features, at p < .01, with its default of 100 permutations.

With all of 2,000 rows a side a look takes 20 seconds, so it sees 1,000 of each. BSL 1.1: run as an opponent, never
depended on.
"""

import numpy as np
import torch
from alibi_detect.cd import MMDDrift

NAME, PACKAGE, VERSION = "alibi-detect", "alibi-detect", 1
LEVEL = 0.01
ROWS = 1_000


def look(pair):
    rng = np.random.default_rng(pair.seed)
    real, made = (side[rng.permutation(len(side))[:ROWS]].astype(np.float32) for side in pair.features)
    torch.manual_seed(pair.seed % 2**31)
    torch.set_num_threads(1)
    found = MMDDrift(real, backend="pytorch", p_val=LEVEL).predict(made)["data"]
    yield {
        "name": "alibi-detect:mmd, 1000 rows",
        "strength": float(found["distance"]),
        "p_value": float(found["p_val"]),
        "alarm": bool(found["is_drift"]),
    }

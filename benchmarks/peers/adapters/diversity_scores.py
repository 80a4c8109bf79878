"""`diversity`: readings of the candidate alone, as it has them; no reference and no rule.

Homogenization compares all pairs, word by word, so it sees 30 rows.
"""

import numpy as np
from diversity import compression_ratio, homogenization_score, ngram_diversity_score, self_repetition_score

NAME, PACKAGE, VERSION = "diversity", "diversity", 1
ROWS = 30


def look(pair):
    yield {"name": "diversity:compression, gzip", "strength": compression_ratio(pair.made, "gzip")}
    yield {"name": "diversity:compression, xz", "strength": compression_ratio(pair.made, "xz")}
    yield {"name": "diversity:n-grams", "strength": -ngram_diversity_score(pair.made, 4)}
    yield {"name": "diversity:self-repetition", "strength": self_repetition_score(pair.made)}
    chosen = np.random.default_rng(pair.seed).permutation(len(pair.made))[:ROWS]
    few = [pair.made[i] for i in chosen]
    yield {"name": "diversity:homogenization, 30 rows", "strength": homogenization_score(few, "rougel")}

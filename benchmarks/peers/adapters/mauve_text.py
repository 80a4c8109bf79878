"""MAUVE on the features of both sides (Pillutla et al. 2021). No rule of its own; 1 - MAUVE is how bad it is."""

import mauve

NAME, PACKAGE, VERSION = "mauve", "mauve-text", 1


def look(pair):
    real, made = pair.features
    found = mauve.compute_mauve(p_features=real, q_features=made, seed=25, verbose=False)
    yield {"name": "mauve", "strength": 1.0 - found.mauve}

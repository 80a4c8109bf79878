"""Precision, recall, density and coverage (Naeem et al. 2020), five neighbours. No rule; 1 - reading is how bad it is."""

from prdc import compute_prdc

NAME, PACKAGE, VERSION = "prdc", "prdc", 1


def look(pair):
    real, made = pair.features
    found = compute_prdc(real_features=real, fake_features=made, nearest_k=5)
    for reading in ("precision", "recall", "density", "coverage"):
        yield {"name": f"prdc:{reading}", "strength": 1.0 - found[reading]}

"""Vendi score (Friedman and Dieng 2023), candidate over anchor. No rule; what the ratio lacks of one is how bad it is."""

from vendi_score import vendi

NAME, PACKAGE, VERSION = "vendi", "vendi-score", 1


def look(pair):
    real, made = pair.features
    yield {
        "name": "vendi",
        "strength": 1.0 - vendi.score_dual(made, normalize=True) / vendi.score_dual(real, normalize=True),
    }

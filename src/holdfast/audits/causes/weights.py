"""Weights: how many nats each sign adds to the odds of each cause. Fitted, not chosen: see `benchmarks/causes.py`."""

WEIGHTS: dict[str, tuple[float, dict[str, float]]] = {}

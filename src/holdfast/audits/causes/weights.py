"""Weights: how many nats each sign adds to the odds of each cause. Fitted, not chosen: see `benchmarks/causes.py`."""

WEIGHTS: dict[str, tuple[float, dict[str, float]]] = {
    "no_novelty": (-3.0, {"near_duplicates": 1.0}),
    "amplified_errors": (-3.0, {"label_noise": 1.5}),
    "mismatch": (-3.0, {"off_anchor": 1.5}),
    "artifacts": (-3.0, {"artifacts": 1.0}),
    "homogenization": (-3.0, {"stratum_shrinkage": 1.0}),
    "drift": (-3.0, {"disordered_rows": 1.0}),
    "bias": (-3.0, {"rare_strata": 1.0}),
}

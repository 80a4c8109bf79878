"""Over-optimisation: at what distance from the first model does going on stop to help people?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from holdfast.measures.model.reward.accuracy import SUBJECT
from holdfast.measures.model.reward.resampling import DETECTABLE, column_means, draw_prompts, resampled
from holdfast.measures.model.reward.run import LEAST_PAIRS
from holdfast.measures.preference.reading import PreferenceReading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from holdfast.measures.model.reward.run import Run
    from holdfast.measures.reading import Calibration

LEAST_STEPS = 5
_LEAST_TURNS = 0.95
"""Share of resamples that must have a turning point in range before one is named."""

Form = Literal["best_of_n", "training"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningPoint:
    """Distance sqrt(KL) from the first model at which accuracy on people's labels is highest, and falls beyond.

    Accuracy is fitted as c + d (alpha - beta d), the form for choosing the best of n, or c + d (alpha - beta log d), the form for
    training; d is the square root of the divergence that the log gives (`kl`).

    Reads
        the distance; the judge's accuracy is fitted beside it.
    Blind to
        other shapes than these; steps outside of the range that was seen.
    Undetermined
        without divergences, with fewer than five distances or 100 pairs, or where fewer than 95 of 100 resamples have a turning point
        inside of the range.
    Cost
        a fit for each of 1,000 resamples.
    Source
        Gao et al. 2023, arXiv:2210.10760, section 3.1.

    >>> from holdfast.measures.model.reward.examples import made_run
    >>> from holdfast.measures.reading import Calibration
    >>> TurningPoint()(made_run(human=(0.6, 0.8)), Calibration()).reason
    'the log gives no divergence from the first model (kl)'
    """

    name: ClassVar[str] = "reward_turning_point"
    title: ClassVar[str] = "Where going on stops to help people"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "square root of the divergence from the first model, in nats"
    primary: ClassVar[bool] = False

    form: Form = "training"

    def __call__(self, run: Run, null: Calibration) -> PreferenceReading:
        """Fit the curve and find where it turns."""
        people = run.hits(run.human)
        known = np.isfinite(run.kl) & (run.kl >= 0)
        d = np.sqrt(np.where(known, run.kl, 0.0))
        n = int(np.isfinite(people).sum(axis=1).min())
        reason = None
        if not known.any():
            reason = "the log gives no divergence from the first model (kl)"
        elif len(np.unique(d[known])) < LEAST_STEPS:
            reason = f"only {len(np.unique(d[known]))} different distances; {LEAST_STEPS} are needed"
        elif n < LEAST_PAIRS:
            reason = f"some step scores only {n:,} human pairs; {LEAST_PAIRS} are needed"
        if reason is not None:
            return self._unknown(reason, n)
        counts = draw_prompts(run.cluster, null.rng(self.name))
        values = np.vstack([column_means(people)[known], resampled(people[known], run.cluster, counts)])
        fits = fit_curve(d[known], values, self.form)
        turns = turning_points(fits, self.form)
        inside = np.isfinite(turns) & (turns > d[known].min()) & (turns < d[known].max())
        details: dict[str, object] = {
            "form": self.form,
            "people": _plain(fits[0]),
            "judge": self._judge(run, d, known),
            "in_range": float(inside[1:].mean()),
            "curve": [[float(at), float(value)] for at, value in zip(d[known], values[0], strict=True)],
        }
        if not inside[0] or inside[1:].mean() < _LEAST_TURNS:
            share = f"{inside[1:].mean():.0%} of resamples"
            return self._unknown(
                f"the fitted curve does not surely turn inside of the distances that were seen ({share})",
                n,
                details,
            )
        low, high = (float(end) for end in np.quantile(turns[1:][inside[1:]], [0.025, 0.975]))
        return PreferenceReading(
            measure=self.name,
            subject=SUBJECT,
            unit=self.unit,
            value=float(turns[0]),
            interval=(low, high),
            smallest_detectable=DETECTABLE * float(turns[1:][inside[1:]].std()),
            n=n,
            state="beyond" if high < d[known][-1] else "within",
            evidence=(
                f"the last step lies at {d[known][-1]:.2f}; people's accuracy turns at {turns[0]:.2f} ({low:.2f} to {high:.2f})",
            ),
            details=details,
        )

    def _judge(self, run: Run, d: NDArray[np.float64], known: NDArray[np.bool_]) -> dict[str, float] | None:
        judged = column_means(run.hits(run.judge))[known]
        return _plain(fit_curve(d[known], judged[None], self.form)[0]) if np.isfinite(judged).all() else None

    def _unknown(self, reason: str, n: int, details: dict[str, object] | None = None) -> PreferenceReading:
        return PreferenceReading(
            measure=self.name,
            subject=SUBJECT,
            unit=self.unit,
            state="undetermined",
            reason=reason,
            n=n,
            details=details or {},
        )


def fit_curve(d: NDArray[np.float64], values: NDArray[np.float64], form: Form) -> NDArray[np.float64]:
    """float64 [draws, 3], least-squares c, alpha and beta of c + d (alpha - beta d), or of c + d (alpha - beta log d).

    Args:
        d: float64 [s], distances, at least 0.
        values: float64 [draws, s].
        form: `best_of_n` or `training`.

    >>> d = np.array([0.5, 1.0, 2.0, 3.0, 4.0])
    >>> fit_curve(d, (0.5 + d * (0.3 - 0.05 * d))[None], "best_of_n").round(6).tolist()
    [[0.5, 0.3, 0.05]]
    """
    other = d**2 if form == "best_of_n" else d * np.log(np.where(d > 0, d, 1.0))
    X = np.stack([np.ones(len(d)), d, -other], axis=1)
    return np.asarray(np.linalg.lstsq(X, values.T, rcond=None)[0].T)


def turning_points(fits: NDArray[np.float64], form: Form) -> NDArray[np.float64]:
    """float64 [draws], where each curve is highest: alpha / (2 beta), or exp(alpha / beta - 1); NaN where it does not turn down.

    >>> turning_points(np.array([[0.5, 0.3, 0.05], [0.5, 0.3, -0.05]]), "best_of_n").round(6).tolist()
    [3.0, nan]
    """
    alpha, beta = fits[:, 1], fits[:, 2]
    turned = beta > 0
    ratio = np.where(turned, alpha / np.where(turned, beta, 1.0), np.nan)
    with np.errstate(over="ignore"):
        return np.asarray(ratio / 2.0 if form == "best_of_n" else np.exp(np.minimum(ratio - 1.0, 700.0)))


def _plain(fit: NDArray[np.float64]) -> dict[str, float]:
    return {name: float(value) for name, value in zip(("c", "alpha", "beta"), fit, strict=True)}

"""Classics: what people compute by hand, in a few lines each. None has a null; the bench measures one for them."""

from __future__ import annotations

import gzip
import lzma
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from holdfast.lab.bench.detectors.detector import Detection, Shown
from holdfast.views.tokens import ngrams, read_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """Distinct word pairs per word pair, anchor minus candidate, at an equal number of words."""

    source: ClassVar[str] = "Li et al. 2016, arXiv:1510.03055 (distinct-n); equal numbers: audits.md 10"
    needs_labels: ClassVar[bool] = False
    version: ClassVar[str] = "1"

    size: int = 2

    @property
    def name(self) -> str:
        """Which n-grams."""
        return f"distinct-{self.size}"

    def __call__(
        self,
        anchor: Shown,
        candidate: Shown,
        rng: np.random.Generator,
        *,
        declared: Mapping[str, float] | None = None,  # noqa: ARG002 - labels are not read
    ) -> tuple[Detection, ...]:
        """Compare both sides."""
        sides = [self._ngrams(side, rng) for side in (anchor, candidate)]
        least = min(len(side) for side in sides)
        if least == 0:
            return (Detection(name=self.name, strength=None, reason="rows are too short"),)
        real, made = (len(np.unique(side[:least])) / least for side in sides)
        return (Detection(name=self.name, strength=real - made),)

    def _ngrams(self, side: Shown, rng: np.random.Generator) -> NDArray[np.uint64]:
        """uint64 [t], in a random order of rows."""
        return ngrams(read_tokens([side.texts[i] for i in rng.permutation(len(side))]), self.size)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Share of the anchor's vocabulary that the candidate does not use."""

    source: ClassVar[str] = "vocabulary coverage; science.md 8.5"
    needs_labels: ClassVar[bool] = False
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "vocabulary coverage"

    def __call__(
        self,
        anchor: Shown,
        candidate: Shown,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is drawn
        *,
        declared: Mapping[str, float] | None = None,  # noqa: ARG002 - labels are not read
    ) -> tuple[Detection, ...]:
        """Compare both sides."""
        real, made = (np.unique(read_tokens(list(side.texts)).words) for side in (anchor, candidate))
        if len(real) == 0:
            return (Detection(name=self.name, strength=None, reason="there are no words"),)
        return (Detection(name=self.name, strength=float(1.0 - np.isin(real, made).mean())),)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelShares:
    """Pearson's chi-squared of label counts, both sides against each other, or the candidate against declared shares."""

    source: ClassVar[str] = "Pearson 1900, doi:10.1080/14786440009463897"
    needs_labels: ClassVar[bool] = True
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "label chi-squared"

    def __call__(
        self,
        anchor: Shown,
        candidate: Shown,
        rng: np.random.Generator,  # noqa: ARG002 - nothing is drawn
        *,
        declared: Mapping[str, float] | None = None,
    ) -> tuple[Detection, ...]:
        """Compare both sides."""
        from scipy.special import chdtrc

        if anchor.labels is None or candidate.labels is None:
            return (Detection(name=self.name, strength=None, reason="there are no labels"),)
        labels = sorted({*anchor.labels, *candidate.labels, *(declared or ())})
        place = {label: at for at, label in enumerate(labels)}
        real, made = (
            np.bincount([place[label] for label in side], minlength=len(labels)).astype(np.float64)
            for side in (anchor.labels, candidate.labels)
        )
        if declared is None:
            table = np.stack([real, made])
            expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
        else:
            table = made
            expected = len(candidate) * np.array([declared.get(label, 0.0) for label in labels])
        # A label that was declared away and is there all the same cannot be divided by; half a row stands in.
        divisor = np.where(expected > 0, expected, 0.5)
        statistic = float(((table - expected) ** 2 / divisor).sum())
        freedom = max(len(labels) - 1, 1)
        p_value = float(chdtrc(freedom, statistic))
        return (
            Detection(name=self.name, strength=statistic / freedom, p_value=p_value, alarm=p_value < 0.01),
        )


Packer = Literal["gzip", "lzma"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """Compressed over plain length, anchor minus candidate, at equal length and in random order of rows.

    gzip looks back 32 KiB, so that it hardly sees repeats that stand far apart; lzma sees all of them.
    """

    source: ClassVar[str] = "Shaib et al. 2024, arXiv:2403.00553 (compression ratio)"
    needs_labels: ClassVar[bool] = False
    version: ClassVar[str] = "1"

    packer: Packer = "gzip"

    @property
    def name(self) -> str:
        """Which compressor."""
        return f"{self.packer} ratio"

    def __call__(
        self,
        anchor: Shown,
        candidate: Shown,
        rng: np.random.Generator,
        *,
        declared: Mapping[str, float] | None = None,  # noqa: ARG002 - labels are not read
    ) -> tuple[Detection, ...]:
        """Compare both sides."""
        sides = [
            "\n".join(side.texts[i] for i in rng.permutation(len(side))).encode(errors="surrogatepass")
            for side in (anchor, candidate)
        ]
        least = min(len(side) for side in sides)
        if least == 0:
            return (Detection(name=self.name, strength=None, reason="there is no text"),)
        pack = (lambda data: gzip.compress(data, 9, mtime=0)) if self.packer == "gzip" else lzma.compress
        real, made = (len(pack(side[:least])) / least for side in sides)
        return (Detection(name=self.name, strength=real - made),)

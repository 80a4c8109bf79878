"""A pair of sides as peers see it, and the features that those among them need that read vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

DIMENSIONS = 64


@dataclass(frozen=True)
class Pair:
    """Real rows and the candidate."""

    real: list[str]
    made: list[str]
    real_labels: list[str] | None
    made_labels: list[str] | None
    seed: int

    @classmethod
    def read(cls, asked: dict) -> Pair:
        """What the bench asked."""
        anchor, candidate = asked["anchor"], asked["candidate"]
        return cls(
            real=anchor["texts"],
            made=candidate["texts"],
            real_labels=anchor["labels"],
            made_labels=candidate["labels"],
            seed=asked["seed"],
        )

    @cached_property
    def features(self):
        """float64 [n, 64] twice, unit rows: TF-IDF of words and word pairs, SVD, all fitted on the union of both.

        Fitted on one side they would tell the sides apart by themselves.
        """
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.preprocessing import normalize

        words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, analyzer="word")
        rows = words.fit_transform([*self.real, *self.made])
        dense = TruncatedSVD(min(DIMENSIONS, rows.shape[1] - 1), random_state=0).fit_transform(rows)
        unit = normalize(dense)
        return unit[: len(self.real)], unit[len(self.real) :]

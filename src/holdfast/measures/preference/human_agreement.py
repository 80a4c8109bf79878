"""Agreement among people: is there anything here that a judge could agree with?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from holdfast.measures.preference.people import leave_one_out, share_of, tally
from holdfast.measures.preference.reading import PreferenceReading
from holdfast.measures.reading import counted, percent
from holdfast.stats.agreement import krippendorff_alpha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.measures.reading import Calibration
    from holdfast.views.ratings import Rater, Ratings

LEAST_ALPHA = 0.4
"""Below this people agree so little that most of what a judge misses is theirs: a choice of this project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanAgreement:
    """Krippendorff's alpha among people, over pairs that at least two of them labelled.

    One reading, of people as a whole. Labels are nominal: a tie is one of three. Pairs of one prompt are resampled together.

    Reads
        1 where people always agree, 0 where they agree as chance does; below `least_alpha` the anchor is too noisy to hold a judge
        against.
    Blind to
        an opinion that all of these people share and others do not.
    Undetermined
        where fewer than `least_pairs` pairs have two people's labels, or all their labels are the same.
    Cost
        linear in labels.
    Source
        Krippendorff 2011, Computing Krippendorff's Alpha-Reliability.

    >>> from holdfast.measures.preference.by_hand import Said, lined_up
    >>> from holdfast.measures.reading import Calibration
    >>> anna, ben = Said(label=[1, -1] * 60, kind="human"), Said(label=[1, -1, 1, 1] * 30, kind="human")
    >>> (found,) = HumanAgreement()(lined_up({"anna": anna, "ben": ben}), (), Calibration())
    >>> round(found.value, 2), found.state
    (0.5, 'within')
    """

    name: ClassVar[str] = "human_agreement"
    title: ClassVar[str] = "Agreement among people"
    version: ClassVar[int] = 1
    unit: ClassVar[str] = "beyond chance (Krippendorff's alpha)"
    primary: ClassVar[bool] = False

    least_pairs: int = 100
    least_alpha: float = LEAST_ALPHA

    def __call__(
        self, ratings: Ratings, judges: Sequence[Rater], null: Calibration
    ) -> tuple[PreferenceReading, ...]:
        """Read people; judges are not asked."""
        del judges
        counts = tally(ratings.people, len(ratings))
        twice = counts.sum(axis=1) >= 2
        pairs = int(twice.sum())
        if pairs < self.least_pairs:
            had = (
                f"only {counted(pairs, 'pair')} labelled by two people"
                if pairs
                else "no pair was labelled by two people"
            )
            return (
                self._unknown(f"{had}; {self.least_pairs} are needed to know how well people agree", pairs),
            )
        rng = null.rng(self.name)
        # Every pair either way round: which response is called a is nobody's habit, least of all in files of chosen and rejected.
        either = np.concatenate([counts[twice], counts[twice, ::-1]])
        groups = np.tile(ratings.prompt[twice], 2)
        alpha = krippendorff_alpha(either, rng, groups=groups, draws=null.draws)
        if alpha.value is None:
            return (
                self._unknown(
                    "all labels of people are the same, so agreement cannot be told from habit", pairs
                ),
            )
        ordinal = krippendorff_alpha(either, rng, level="ordinal", groups=groups, draws=null.draws)
        left_out = leave_one_out(ratings.people, counts)
        person = share_of((left_out.own == left_out.others).astype(float), ratings.prompt[left_out.rows])
        noisy = alpha.value < self.least_alpha
        ends = "" if alpha.interval is None else f" ({alpha.interval[0]:.2f} to {alpha.interval[1]:.2f})"
        lines = [f"people's labels of {pairs:,} pairs agree with an alpha of {alpha.value:.2f}{ends}"]
        if noisy:
            lines.append(
                f"that is below {self.least_alpha}: the anchor is too noisy, and who disagrees with it may be right"
            )
        if person is not None:
            lines.append(
                f"a person says what most of the others say in {percent(person.value)} of {person.n:,} cases"
            )
        return (
            PreferenceReading(
                measure=self.name,
                subject="people",
                unit=self.unit,
                value=alpha.value,
                interval=alpha.interval,
                n=pairs,
                state="beyond" if noisy else "within",
                evidence=tuple(lines),
                details={
                    "title": self.title,
                    "noisy": noisy,
                    "least_alpha": self.least_alpha,
                    "ordinal_alpha": ordinal.value,
                    "ordinal_interval": None if ordinal.interval is None else list(ordinal.interval),
                    "people": len(ratings.people),
                    "person": None if person is None else person.plain(),
                },
            ),
        )

    def _unknown(self, reason: str, pairs: int) -> PreferenceReading:
        return PreferenceReading(
            measure=self.name,
            subject="people",
            unit=self.unit,
            state="undetermined",
            reason=reason,
            n=pairs,
            details={"title": self.title, "noisy": None, "needed_pairs": self.least_pairs},
        )

"""Losses: what is planted in a reality to learn whether an audit would have seen it, in the order of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.lab.bench.scenarios import (
    Homogenising,
    LabelNoise,
    ModeDropping,
    RareThinning,
    Repeating,
    Sharpening,
    Template,
)
from holdfast.lab.blindness.planting import Broken, Narrowing, Shuffled

if TYPE_CHECKING:
    from holdfast.lab.bench.instance import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One kind of loss and how its dose is said.

    Attributes:
        name: The word for it on the command line and in JSON.
        title: The same for a reader.
        scenario: What plants it.
        unit: Completes "40 % ...", the amount that a dose comes to.
        factor: The amount at dose 1, as a share.
        blind: Completes "it does not see ...".
        harmless: Whether an audit that fails it is wrong.
        of_frequency: Whether it works on labels of unequal frequency alone.
    """

    name: str
    title: str
    scenario: Scenario
    unit: str
    factor: float
    blind: str
    harmless: bool = False
    of_frequency: bool = False

    @property
    def needs_labels(self) -> bool:
        """Whether it can be planted only where rows have labels."""
        return self.scenario.needs_labels

    def amount(self, dose: float) -> float:
        """The share that a dose comes to.

        >>> LOSSES[3].name, LOSSES[3].amount(0.5)
        ('near_duplicates', 0.375)
        """
        return self.factor * dose


LOSSES: tuple[Loss, ...] = (
    Loss(
        name="rare_strata",
        title="Rare strata thinned",
        scenario=RareThinning(),
        unit="of the rows of the rarest third of strata gone",
        factor=1.0,
        blind="rare strata that grow thinner",
    ),
    Loss(
        name="sharpened_labels",
        title="Frequent labels favoured",
        scenario=Sharpening(),
        unit="of the way to labels drawn at temperature 0.5",
        factor=1.0,
        blind="frequent labels that crowd out the others",
        of_frequency=True,
    ),
    Loss(
        name="modes",
        title="Kinds of wording dropped",
        scenario=ModeDropping(),
        unit="of the clusters of wording gone, rarest first",
        factor=0.5,
        blind="whole kinds of wording that vanish",
    ),
    Loss(
        name="near_duplicates",
        title="Near-duplicates",
        scenario=Repeating(near=True),
        unit="of the rows repeat another almost word for word",
        factor=0.75,
        blind="rows that repeat each other",
    ),
    Loss(
        name="narrowed",
        title="Typical rows only",
        scenario=Narrowing(),
        unit="of the rows replaced by the most typical of their stratum",
        factor=1.0,
        blind="variety that is lost inside strata while every row stays real",
    ),
    Loss(
        name="homogenised",
        title="Wording made alike",
        scenario=Homogenising(),
        unit="of the rows said again in the common words of their stratum",
        factor=1.0,
        blind="wording that is made alike",
    ),
    Loss(
        name="shuffled_words",
        title="Words in disorder",
        scenario=Shuffled(),
        unit="of the rows with their words in disorder",
        factor=1.0,
        blind="rows whose words are in disorder",
    ),
    Loss(
        name="broken_rows",
        title="Broken rows",
        scenario=Broken(),
        unit="of the rows refused, cut off, garbled or stuck in a loop",
        factor=0.25,
        blind="broken rows",
    ),
    Loss(
        name="label_noise",
        title="Wrong labels",
        scenario=LabelNoise(),
        unit="of the rows with another row's label",
        factor=0.5,
        blind="labels that do not fit their rows",
    ),
    Loss(
        name="template",
        title="A template around rows",
        scenario=Template(form="heading"),
        unit="of the rows under the same heading of a few plain words",
        factor=1.0,
        blind="a template around rows",
        harmless=True,
    ),
)
"""Every loss once. The template costs little and must not fail: it is a control."""

FRESH = "fresh"
"""Stands for fresh real rows, dose 0: whatever fails them is a false alarm."""

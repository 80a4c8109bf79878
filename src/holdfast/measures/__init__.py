"""Measures: one file, one measure. Each compares a candidate with an anchor and says what reality would have scored.

A measure is registered by standing in the tuple below; the protocol is the gatekeeper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from holdfast.measures.reading import Band, Calibration, Reading, Undetermined
from holdfast.measures.text.anchor_copies import AnchorCopies
from holdfast.measures.text.artifacts import Artifacts
from holdfast.measures.text.association_amplification import AssociationAmplification
from holdfast.measures.text.band_retention import BandRetention
from holdfast.measures.text.broken_rows import BrokenRows
from holdfast.measures.text.diversity_profile import DiversityProfile
from holdfast.measures.text.duplicates import ModeShare, NearDuplicates
from holdfast.measures.text.label_noise import LabelNoise
from holdfast.measures.text.length_and_format import LengthAndFormat
from holdfast.measures.text.lexical_diversity import LexicalDiversity
from holdfast.measures.text.off_anchor import OffAnchor
from holdfast.measures.text.off_language import OffLanguage
from holdfast.measures.text.prompt_diversity import PromptDiversity
from holdfast.measures.text.rare_words import RareWords
from holdfast.measures.text.real_equivalent_rows import RealEquivalentRows
from holdfast.measures.text.self_repetition import SelfRepetition
from holdfast.measures.text.stratum_deficit import StratumDeficit
from holdfast.measures.text.stratum_shrinkage import StratumShrinkage
from holdfast.measures.text.surprisal import Surprisal
from holdfast.measures.text.syntactic_templates import SyntacticTemplates
from holdfast.measures.text.two_samples import TwoSamples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.views.sides import Sides
    from holdfast.views.view import View

__all__ = [
    "MEASURES",
    "AnchorCopies",
    "Artifacts",
    "AssociationAmplification",
    "Band",
    "BandRetention",
    "BrokenRows",
    "Calibration",
    "DiversityProfile",
    "LabelNoise",
    "LengthAndFormat",
    "LexicalDiversity",
    "Measure",
    "ModeShare",
    "NearDuplicates",
    "OffAnchor",
    "OffLanguage",
    "PromptDiversity",
    "RareWords",
    "Reading",
    "RealEquivalentRows",
    "SelfRepetition",
    "StratumDeficit",
    "StratumShrinkage",
    "Surprisal",
    "SyntacticTemplates",
    "TwoSamples",
    "Undetermined",
    "views_of",
]


class Measure(Protocol):
    """What every measure is.

    Attributes:
        name: The word for it in flags, columns and reports.
        title: The same for a reader.
        version: Raised whenever old readings stop being comparable.
        unit: Completes "12 % ...".
        percent: Whether values are shares.
        judged: Whether it can fail a candidate; an advisory measure only warns.
        decisive: Whether its being undetermined leaves the whole audit undetermined.
        of_shares: Whether it reads the shares of strata; then it is not asked where rows are added to real ones.
        tolerance: Largest effect that is let pass.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[int]
    unit: ClassVar[str]
    percent: ClassVar[bool]
    judged: ClassVar[bool]
    decisive: ClassVar[bool]
    of_shares: ClassVar[bool]

    @property
    def tolerance(self) -> float:
        """Largest effect that is let pass."""
        ...

    def __call__(self, sides: Sides, null: Calibration) -> Reading | Undetermined:
        """Read both sides."""
        ...


def views_of(measures: Sequence[Measure], sides: Sides, null: Calibration) -> tuple[View, ...]:
    """What measures are going to ask of every row, each view once: of a candidate that is read block by block nothing else can be asked.

    A measure says so with a method `views(sides, null)`; one without it asks for nothing, or for the read rows alone.

    Args:
        measures: The battery.
        sides: Both sides, before views were read.
        null: How the measures calibrate themselves.
    """
    asked: dict[View, None] = {}
    for measure in measures:
        views = getattr(measure, "views", None)
        if views is not None:
            asked.update((view, None) for view in views(sides, null))
    return tuple(asked)


MEASURES: tuple[Measure, ...] = (
    RealEquivalentRows(),
    StratumDeficit(),
    BandRetention(),
    StratumShrinkage(),
    NearDuplicates(),
    ModeShare(),
    AnchorCopies(),
    OffAnchor(),
    OffLanguage(),
    BrokenRows(),
    LabelNoise(),
    DiversityProfile(),
    Artifacts(),
    AssociationAmplification(),
    Surprisal(),
    LexicalDiversity(),
    RareWords(),
    SelfRepetition(),
    PromptDiversity(),
    SyntacticTemplates(),
    LengthAndFormat(),
    TwoSamples(),
)

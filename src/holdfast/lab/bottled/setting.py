"""What is asked of a bottle: protocols by the names that the command line has for them, a learner, and how far to go."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from holdfast.data import canonical_json
from holdfast.errors import UsageError, unknown
from holdfast.lab.collapse.managed import Managed
from holdfast.lab.collapse.protocols import Accumulate, MixIn, Replace
from holdfast.lab.collapse.world import REAL_SHARE
from holdfast.lab.learners.learner import Decoding
from holdfast.lab.learners.ngrams import NgramLearner
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.lab.collapse.generation import Protocol
    from holdfast.lab.learners.learner import Learner
    from holdfast.remedies.plan.forecast import Protocol as Foretold

Kind = Literal["ngrams", "transformer"]
KINDS: tuple[Kind, ...] = ("ngrams", "transformer")
PROTOCOLS = ("replace", "mix", "accumulate", "accumulate-subsample", "managed")
MANAGED = "managed"
MOST_ROWS = 3_000
"""Rows of a generation, where nobody says how many: a run of n-grams then takes minutes, not hours."""
LEAST_ROWS = 700
"""With fewer rows of a generation too few real rows of its world would judge: an audit asks for a hundred."""
_FORETOLD: dict[str, Foretold] = {
    "replace": "replace",
    # The real rows at hand are the same ones in every generation, which is what the planner calls a replay.
    "mix": "replay",
    "accumulate": "accumulate",
    "accumulate-subsample": "accumulate",
}
_WORDS = (60, 300)
_UNITS = (64, 512)
_STEPS, _BATCH, _EPOCHS = 500, 32, (4, 60)
"""Steps that a transformer takes to say words of so few rows, as far as epochs go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is asked.

    Attributes:
        protocols: Names of `PROTOCOLS`, in the order in which they are shown.
        real_share: Of real rows where a protocol mixes them in; at most three tenths, and at most what is at hand.
        learner: What kind of model learns.
        decoding: How models write.
        generations: How often a model is trained anew, generation 0 not counted.
        rows: Rows of every generation; None takes as many as there are for it, and at most 3,000.
        seed: Seed of everything random.
        audited: Whether every generation is audited.
    """

    protocols: tuple[str, ...] = ("replace", "mix", MANAGED)
    real_share: float = REAL_SHARE
    learner: Kind = "ngrams"
    decoding: Decoding = field(default_factory=Decoding)
    generations: int = 5
    rows: int | None = None
    seed: int = 0
    audited: bool = True

    def check(self) -> None:
        """Says what cannot be asked.

        Raises:
            UsageError: An option lies outside its range, or two do not go together.
            MissingExtra: The learner needs packages that are not installed.
        """
        for name in self.protocols:
            if name not in PROTOCOLS:
                raise unknown("protocol", name, list(PROTOCOLS))
        if not self.protocols or self.generations < 1:
            raise UsageError("a bottle takes a protocol and a generation at least", where="--protocol")
        if self.learner not in KINDS:
            raise unknown("learner", self.learner, list(KINDS))
        learner_for(self.learner, ())
        if not 0 < self.real_share <= REAL_SHARE:
            raise UsageError(
                f"real rows at hand are at most {REAL_SHARE:.0%} of a generation",
                where=f"--real-share {self.real_share:g}",
            )
        if self.rows is not None and self.rows < LEAST_ROWS:
            raise UsageError(
                f"a generation takes {LEAST_ROWS} rows at least",
                where=f"--rows {self.rows}",
                do="Ask for more",
            )


def learner_for(kind: Kind, texts: Sequence[str]) -> Learner:
    """A learner of a kind that writes texts as long as these, within reason.

    >>> learner_for("ngrams", ["a few words"]).name
    'n-grams of order 3'
    """
    if kind == "ngrams":
        words = max((len(text.split()) for text in texts), default=0)
        # Punctuation counts as words of its own.
        return NgramLearner(max_words=min(max(round(1.5 * words), _WORDS[0]), _WORDS[1]))
    from holdfast.lab.learners.torch_setting import need_torch
    from holdfast.lab.learners.transformer import TransformerLearner

    need_torch("a transformer")
    units = max((len(text.encode()) for text in texts), default=0) + 2
    epochs = round(_STEPS * _BATCH / max(len(texts), 1))
    return TransformerLearner(
        context=min(max(-(-units // 64) * 64, _UNITS[0]), _UNITS[1]),
        epochs=min(max(epochs, _EPOCHS[0]), _EPOCHS[1]),
        batch=_BATCH,
    )


def protocol_of(name: str, setting: Setting) -> Protocol:
    """The protocol of a name."""
    if name == MANAGED:
        return Managed(real=setting.real_share)
    if name == "mix":
        return MixIn(share=setting.real_share)
    return Replace() if name == "replace" else Accumulate(fixed=name == "accumulate-subsample")


def foretold_as(name: str) -> Foretold | None:
    """What the planner calls a protocol; None where it knows no formula for it, as for the managed loop."""
    return _FORETOLD.get(name)


def key_of(name: str, setting: Setting, *, digest: str, rows: int, learner: Learner) -> str:
    """`sha256:...` over everything that decides what becomes of a protocol, but for how far it is followed."""
    told = [
        __version__,
        digest,
        rows,
        learner.name,
        setting.decoding.temperature,
        setting.decoding.top_p,
        setting.seed,
        setting.audited,
        protocol_of(name, setting).name,
        setting.real_share if name == MANAGED else None,
    ]
    return "sha256:" + sha256(canonical_json(told)).hexdigest()

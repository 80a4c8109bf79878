"""What an evaluation says of a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from holdfast.audits.generation.audited import plain_audit
from holdfast.audits.generation.figures import Beside, Line, plain_figure
from holdfast.measures.reading import Undetermined
from holdfast.version import __version__

if TYPE_CHECKING:
    import pyarrow as pa

    from holdfast.audits.result import Audit
    from holdfast.backends.models import Sample
    from holdfast.measures.model.calibration import Calibrated
    from holdfast.measures.model.mass import Mass

SCHEMA = "holdfast.evaluation/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who was asked.

    Attributes:
        name: What reports call it.
        kind: How it is run.
        digest: Over what it consists of; None where that cannot be known.
        where: Its folder or address; None for what the anchor holds.
    """

    name: str
    kind: str
    digest: str | None
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the model wrote.

    Attributes:
        rows: As an audit reads them: `id`, and `text` or `prompt` and `completion`.
        prompts: The prompt of each; empty without one.
        samples: The samples.
        audit: How they were judged; None where none has text.
        unread: Why there is no audit.
        per_prompt: How different samples of one prompt are; None where no prompt has several.
    """

    rows: list[dict[str, Any]]
    prompts: tuple[str, ...]
    samples: tuple[Sample, ...]
    audit: Audit | None
    unread: str | None
    per_prompt: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A model generation held against a frozen anchor.

    Attributes:
        model: The model.
        anchor: The anchor: its name and digest.
        frozen: The frozen reference that shows what reality scores.
        overall: Bits per byte of the holdout.
        bands: The same by rarity, the rarest first; empty where reality has no strata.
        unbanded: Why there are no bands.
        strata: The same by stratum, the costliest first.
        strata_from: `column`, `clusters` or `none`.
        unread: Rows of the holdout that the model could not read.
        held_out: Real rows under the model, beside the same under the frozen reference.
        own: The model's samples under itself, beside real rows under the model.
        reference: The model's samples under the frozen reference, beside real rows there.
        mass: How concentrated the next token is.
        calibration: Whether the model knows how often it is right.
        written: What it wrote.
        conditions: What must be equal before two evaluations are compared.
        rows: The holdout row by row, without texts.
        notes: What a reader should know about the reading.
    """

    model: Party
    anchor: Party
    frozen: Party
    overall: Line
    bands: tuple[Line, ...]
    unbanded: str | None
    strata: tuple[Line, ...]
    strata_from: str
    unread: int
    held_out: Beside
    own: Beside
    reference: Beside
    mass: Mass
    calibration: Calibrated | Undetermined
    written: Written
    conditions: dict[str, Any]
    rows: pa.Table
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As plain data (`holdfast.evaluation/1`); what is not known is None, with a reason."""
        return {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "model": asdict(self.model),
            "anchor": {"name": self.anchor.name, "digest": self.anchor.digest},
            "frozen": {"name": self.frozen.name, "kind": self.frozen.kind, "digest": self.frozen.digest},
            "conditions": self.conditions,
            "holdout": {
                **self.overall.plain(),
                "unread_rows": self.unread,
                "bands": [line.plain() for line in self.bands],
                "bands_reason": self.unbanded,
                "strata": [line.plain() for line in self.strata],
                "strata_from": self.strata_from,
            },
            "perplexities": {
                "unit": "bits per byte",
                "holdout": self.held_out.plain(),
                "self": self.own.plain(),
                "frozen": self.reference.plain(),
            },
            "mass": {field.name: plain_figure(getattr(self.mass, field.name)) for field in fields(self.mass)},
            "calibration": _calibration(self.calibration),
            "samples": self._samples(),
            "notes": list(self.notes),
        }

    def audit(self) -> dict[str, Any]:
        """The samples' audit as plain data, every reading beside its null."""
        return plain_audit(self.written.audit, self.written.unread)

    def _samples(self) -> dict[str, Any]:
        audit = self.audit()
        samples = self.written.samples
        return {
            "rows": len(samples),
            "empty_rows": sum(not sample.text.strip() for sample in samples),
            "finished_share": sum(sample.finished for sample in samples) / len(samples) if samples else None,
            "verdict": audit["verdict"],
            "exit_code": audit["exit_code"],
            "sentence": audit["sentence"],
            "judged_by": audit["judged_by"],
            "causes": audit["causes"],
            "readings": audit["readings"],
            "per_prompt": self.written.per_prompt,
        }


def _calibration(found: Calibrated | Undetermined) -> dict[str, Any]:
    if isinstance(found, Undetermined):
        return {
            "error": None,
            "null": None,
            "p_value": None,
            "confidence": None,
            "right": None,
            "bins": [],
            "tokens": None,
            "reason": found.reason,
        }
    return {**asdict(found), "bins": [asdict(one) for one in found.bins], "reason": None}

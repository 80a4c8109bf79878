"""Selftest: plant losses of known dose in somebody's own reality, and see which of them the audit sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from holdfast.anchors import Anchor, open_anchor
from holdfast.data import read_records
from holdfast.errors import InputError, UsageError, unknown
from holdfast.lab.bench.corpus import Corpus, Row
from holdfast.lab.blindness.deal import Ground
from holdfast.lab.blindness.losses import LOSSES
from holdfast.lab.blindness.plain import plain_curve, plain_point
from holdfast.lab.blindness.study import Study
from holdfast.lab.blindness.trial import Bench
from holdfast.lab.blindness.wording import blindness, cannot, sentence
from holdfast.measures import MEASURES
from holdfast.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from holdfast.data import Detection
    from holdfast.lab.blindness.curves import Curve, Point

DOSES = (0.15, 0.4, 1.0)
"""Roughly equal steps on a scale of ratios: a dose that is seen is known to a factor of three before interpolation."""
REPEATS = 4
SCHEMA = "holdfast.selftest/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reality:
    """The rows losses are planted in, and how they were understood.

    Attributes:
        corpus: The rows.
        detection: How they were understood.
        files: Files read.
        notes: What was left out, one sentence each.
    """

    corpus: Corpus
    detection: Detection
    files: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selftest:
    """What an audit of a reality sees and does not see.

    Attributes:
        reality: Where the rows came from.
        study: Every trial.
        created_at: When it was made, UTC.
    """

    reality: Reality
    study: Study
    created_at: str

    @property
    def curves(self) -> tuple[Curve, ...]:
        """A power curve for every loss, those that could not be planted included."""
        return self.study.curves()

    @property
    def fresh(self) -> Point:
        """Audits of fresh real rows: those that failed are false alarms."""
        return self.study.fresh()

    @property
    def complete(self) -> bool:
        """False where it was interrupted."""
        return self.study.complete

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        return sentence(self)

    @property
    def blind(self) -> list[str]:
        """What this audit on this data does not see."""
        return blindness(self)

    def curve(self, loss: str) -> Curve:
        """The curve of one loss by name.

        Raises:
            UsageError: There is no such loss.
        """
        for curve in self.curves:
            if curve.loss.name == loss:
                return curve
        raise unknown("loss", loss, [curve.loss.name for curve in self.curves])

    def plain(self) -> dict[str, Any]:
        """Everything as plain data, in the documented form of `holdfast selftest --json`."""
        bench, ground = self.study.bench, self.study.bench.ground
        corpus, detection = self.reality.corpus, self.reality.detection
        titles = {measure.name: measure.title for measure in MEASURES}
        return {
            "schema": SCHEMA,
            "holdfast_version": __version__,
            "created_at": self.created_at,
            "complete": self.complete,
            "sentence": self.sentence,
            "real": {
                "name": corpus.name,
                "files": list(self.reality.files),
                "rows": len(corpus),
                "strata": len(corpus.by_stratum) if corpus.labelled else None,
                "text_column": detection.text_column,
                "label_column": detection.label_column if corpus.labelled else None,
                "notes": [*detection.notes, *self.reality.notes],
            },
            "settings": {
                "anchor_rows": ground.anchor,
                "candidate_rows": ground.size,
                "doses": sorted(self.study.doses),
                "repeats": self.study.repeats,
                "alpha": bench.alpha,
                "draws": bench.draws,
                "seed": bench.seed,
            },
            "fresh": plain_point(self.fresh, 0.0),
            "losses": [plain_curve(curve) for curve in self.curves],
            "measures": titles,
            "blind": self.blind,
            "always_blind": cannot(self),
        }


def selftest(
    real: Any = None,
    *,
    anchor: str | Path | Anchor | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    alpha: float = 0.01,
    draws: int = 1_999,
    seed: int = 0,
    size: int | None = None,
    losses: Sequence[str] = (),
    doses: Sequence[float] = DOSES,
    repeats: int = REPEATS,
    workers: int = 1,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> Selftest:
    """Plant losses of known dose in a reality, and see which of them an audit sees.

    Args:
        real: Real rows: a path, several, a list of dicts or strings, or an Arrow table; or
        anchor: a frozen anchor, its folder or an opened one, whose reference is taken. Exactly one of the two.
        text: Column (or `a+b`) the text is taken from; detected where not given.
        label: Column the strata are taken from; detected where not given.
        id: Column the record ids are taken from.
        alpha: Family-wise error rate of the audits.
        draws: Null draws per measure.
        seed: Seed of deals, losses and audits.
        size: Rows of a candidate; a quarter of the real rows, up to 1,000, where not given.
        losses: Losses to plant, by name; all where none is named.
        doses: Doses to plant, above 0 up to 1.
        repeats: Deals of every dose; fresh real rows are tried twice as often.
        workers: Processes.
        on_bad_row: What to do with a row that cannot be read.
        progress: Called with a word about what is done next.

    Returns:
        The curves; see `Selftest`.

    Raises:
        InputError: Rows that cannot be used, or too few of them.
        UsageError: A parameter that does not exist or does not fit.
    """
    study = prepare(
        real,
        anchor=anchor,
        text=text,
        label=label,
        id=id,
        alpha=alpha,
        draws=draws,
        seed=seed,
        size=size,
        losses=losses,
        doses=doses,
        repeats=repeats,
        workers=workers,
        on_bad_row=on_bad_row,
        progress=progress,
    )
    study.study.run(progress)
    return study


def prepare(
    real: Any = None,
    *,
    anchor: str | Path | Anchor | None = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    alpha: float = 0.01,
    draws: int = 1_999,
    seed: int = 0,
    size: int | None = None,
    losses: Sequence[str] = (),
    doses: Sequence[float] = DOSES,
    repeats: int = REPEATS,
    workers: int = 1,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> Selftest:
    """The same self-test before its first trial: `study.run()` fills it, and it can be read at any moment."""
    _check(doses, repeats, seed)
    names = [loss.name for loss in LOSSES]
    for name in losses:
        if name not in names:
            raise unknown("loss", name, names)
    if (real is None) == (anchor is None):
        raise UsageError("give either real rows or a frozen anchor", where="--real / --anchor")
    progress("reading real rows")
    if anchor is not None:
        reality = _of_anchor(anchor if isinstance(anchor, Anchor) else open_anchor(anchor))
    else:
        reality = _of_rows(real, text, label, id, on_bad_row)
    progress("grouping near-duplicates")
    ground = Ground.of(reality.corpus, size)
    return Selftest(
        reality=reality,
        study=Study(
            bench=Bench(ground=ground, alpha=alpha, draws=draws, seed=seed),
            losses=tuple(loss for loss in LOSSES if not losses or loss.name in losses),
            doses=tuple(sorted({float(dose) for dose in doses}, reverse=True)),
            repeats=repeats,
            workers=workers,
        ),
        created_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _check(doses: Sequence[float], repeats: int, seed: int) -> None:
    if not doses or not all(0 < dose <= 1 for dose in doses):
        raise UsageError("doses lie above 0 and up to 1", where="--dose", do="For example 0.15, 0.4 and 1")
    if repeats < 1:
        raise UsageError("at least one repeat is needed", where="--repeats")
    if seed < 0:
        raise UsageError("the seed is a number of at least 0", where="--seed")


def _of_anchor(anchor: Anchor) -> Reality:
    anchor.reality()  # refuses what is not as it was sealed
    table = anchor.part("reference")
    notes = (
        ()
        if anchor.shares is None
        else (
            "The declared shares of the anchor are not used: losses are planted in its rows as they stand.",
        )
    )
    corpus, left_out = _corpus(
        anchor.name, *(table.column(name).to_pylist() for name in ("id", "text", "stratum"))
    )
    return Reality(corpus=corpus, detection=anchor.detection, files=anchor.files, notes=(*notes, *left_out))


def _of_rows(
    real: Any, text: str | None, label: str | None, id: str | None, on_bad_row: Literal["stop", "skip"]
) -> Reality:
    records = read_records(real, text=text, label=label, id=id, on_bad_row=on_bad_row)
    strata = records.strata or [None] * len(records)
    corpus, notes = _corpus(records.name, records.ids, records.texts, strata)
    return Reality(corpus=corpus, detection=records.detection, files=records.files, notes=notes)


def _corpus(
    name: str, ids: Sequence[str], texts: Sequence[str], strata: Sequence[str | None]
) -> tuple[Corpus, tuple[str, ...]]:
    """The rows; where some have a label, those without one are left out."""
    rows = [Row(id=id_, text=text, label=label) for id_, text, label in zip(ids, texts, strata, strict=True)]
    labelled = [row for row in rows if row.label is not None]
    if len({row.label for row in labelled}) < 2:
        # A single label says nothing that could be lost.
        return Corpus.of(name, [Row(id=row.id, text=row.text) for row in rows]), ()
    if not rows:
        raise InputError("there is no row to plant a loss in", where=name)
    without = len(rows) - len(labelled)
    note = f"{without:,} of {len(rows):,} rows have no label and were left out."
    return Corpus.of(name, labelled), (note,) if without else ()

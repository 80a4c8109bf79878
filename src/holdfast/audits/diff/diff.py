"""Diff: hold a new reality against the frozen one, in both directions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from holdfast.anchors import Anchor, open_anchor
from holdfast.audits.audit import audit
from holdfast.audits.diff.candidate import Persistence, compare_findings
from holdfast.audits.diff.moves import MEASURES_OF_REALITY, Limit, Move, find_moves, limits
from holdfast.audits.diff.plain import plain
from holdfast.audits.diff.shares import Share, read_shares_table
from holdfast.audits.diff.wording import sentence, smallest_move
from holdfast.audits.given import read_side
from holdfast.data import read_records
from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from holdfast.audits.result import Audit
    from holdfast.data import Records

DRAWS = 2_999
"""Each direction is audited at half the error rate, which takes half as many draws again."""
_EXIT = {"not moved": 0, "moved": 1, "undetermined": 3}
Verdict = Literal["not moved", "moved", "undetermined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """A new reality held against the frozen one.

    Attributes:
        since: The audit of the new rows against the old ones: what reality lost, and what is new in it.
        before: The audit of the old rows against the new ones: what reality gained, and what is gone.
        alpha: Error rate of both together.
        shared: Share of the new rows that stand in the old reality, too, word for word or almost.
        candidate: Audits of a candidate against the old and the new reality, where one was given.
        notes: What a reader should know about the reading of the rows.
    """

    since: Audit
    before: Audit
    alpha: float
    shared: float
    candidate: tuple[Audit, Audit] | None = None
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """`moved` where a finding in either direction stands; `not moved` only where both could tell."""
        verdicts = {self.since.verdict, self.before.verdict}
        if "fail" in verdicts:
            return "moved"
        return "undetermined" if "undetermined" in verdicts else "not moved"

    @property
    def exit_code(self) -> int:
        """0 not moved, 1 moved, 3 undetermined."""
        return _EXIT[self.verdict]

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        return sentence(self)

    @property
    def smallest_move(self) -> str:
        """The smallest move of strata that would have been seen, in one sentence."""
        return smallest_move(self)

    @property
    def moves(self) -> tuple[Move, ...]:
        """How reality has moved, what counts for the verdict first."""
        return find_moves(self.since, self.before)

    @property
    def limits(self) -> tuple[Limit, ...]:
        """What could have been seen."""
        return limits(self.since, self.before)

    @property
    def shares(self) -> tuple[Share, ...]:
        """Strata, old and new; empty where either side has no labels."""
        return read_shares_table(self.since, self.before)

    @property
    def persistence(self) -> tuple[Persistence, ...]:
        """What becomes of the findings of the candidate; empty where none was given."""
        return () if self.candidate is None else compare_findings(*self.candidate)

    def plain(self, *, show_text: bool = True) -> dict[str, Any]:
        """Everything as plain data, in the documented form of `holdfast anchor diff --json`."""
        return plain(self, show_text=show_text)

    @property
    def record(self) -> dict[str, Any]:
        """What the manifest of a successor keeps: the verdict and which strata moved, no row and no text."""
        named = {
            change: [s.stratum for s in self.shares if s.change == change]
            for change in ("lost", "thinned", "grew", "new")
        }
        return {
            "verdict": self.verdict,
            "sentence": self.sentence,
            "moves": [move.words for move in self.moves if move.sure],
            "strata": {change: names for change, names in named.items() if names},
            "smallest_move": self.smallest_move,
            "alpha": self.alpha,
        }


def diff(
    old: str | Path | Anchor,
    new: Any,
    *,
    candidate: Any = None,
    text: str | None = None,
    label: str | None = None,
    id: str | None = None,
    alpha: float = 0.01,
    tolerance: Mapping[str, float] | None = None,
    detectable: float = 0.5,
    draws: int = DRAWS,
    seed: int = 0,
    on_bad_row: Literal["stop", "skip"] = "stop",
    progress: Callable[[str], None] = lambda _: None,
) -> Diff:
    """Hold a new reality against a frozen one: has reality moved?

    Args:
        old: The frozen anchor: its folder, or an opened one.
        new: The new reality: an anchor likewise, or fresh real rows (a path, several, a list of dicts or strings, or an
            Arrow table).
        candidate: A synthetic set; for each of its findings against the old reality the diff says whether it persists
            against the new one.
        text: Column (or `a+b`) the text of rows is taken from; detected where not given.
        label: Column the strata are taken from; that of the old anchor where not given.
        id: Column the record ids are taken from.
        alpha: Error rate of both directions together.
        tolerance: Largest effects that are let pass, by measure name.
        detectable: A diff that could have missed a move larger than this is undetermined.
        draws: Null draws per measure.
        seed: Seed of all draws.
        on_bad_row: What to do with a row that cannot be read.
        progress: Called with a word about what is done next.

    Returns:
        The diff; see `Diff`.

    Raises:
        InputError: Rows, files or an anchor that cannot be used.
        UsageError: A parameter that does not exist or does not fit.
    """
    if not 0 < alpha < 1:
        raise UsageError("the error rate lies between 0 and 1", where="--alpha")
    progress("reading the old reality")
    held = old if isinstance(old, Anchor) else open_anchor(old)
    old_rows, notes = _reference(held)
    label = label or held.detection.label_column
    progress("reading the new reality")
    if isinstance(new, Anchor) or (isinstance(new, str | Path) and Path(new).is_dir()):
        other = new if isinstance(new, Anchor) else open_anchor(new)
        new_rows, more = _reference(other)
        notes += more
        if other.digest == held.digest:
            raise UsageError(
                "both are the same anchor, so nothing can have moved",
                where=str(other.path),
                do="Give a newer one",
            )
    else:
        new_rows = read_side(new, text, label, id, on_bad_row, may_lack_label=True)
    if (old_rows.strata is None) != (new_rows.strata is None):
        which = "old" if old_rows.strata is None else "new"
        notes += (
            f"The {which} rows have no labels, so strata that grew and strata that shrank are not held to the same rule: "
            "label them for a table of shares.",
        )
    asked: dict[str, Any] = {
        "alpha": alpha / 2,
        "tolerance": tolerance,
        "detectable": detectable,
        "draws": draws,
        "seed": seed,
        "measures": MEASURES_OF_REALITY,
    }
    since = audit(new_rows, real=old_rows, progress=_told(progress, "since"), **asked)
    before = audit(old_rows, real=new_rows, progress=_told(progress, "before"), **asked)
    audits: tuple[Audit, Audit] | None = None
    if candidate is not None:
        made = read_side(candidate, text, label, id, on_bad_row, may_lack_label=True)
        rest: dict[str, Any] = {"alpha": alpha, "detectable": detectable, "draws": draws, "seed": seed}
        audits = (
            audit(made, real=old_rows, progress=_told(progress, "candidate and old reality"), **rest),
            audit(made, real=new_rows, progress=_told(progress, "candidate and new reality"), **rest),
        )
    return Diff(
        since=since,
        before=before,
        alpha=alpha,
        shared=float((since.sides.copied >= 0).mean()),
        candidate=audits,
        notes=(*notes, *since.notes),
    )


def _told(progress: Callable[[str], None], what: str) -> Callable[[str], None]:
    return lambda step: progress(f"{what}: {step}")


def _reference(anchor: Anchor) -> tuple[Records, tuple[str, ...]]:
    """The rows of the reference, as they stand; gold and holdout are not looked at."""
    reality = anchor.reality()  # refuses what is not as it was sealed
    del reality
    table = anchor.part("reference")
    labelled = bool(anchor.labels)
    columns = ("id", "text", "stratum") if labelled else ("id", "text")
    rows = table.select(list(columns)).to_pylist()
    records = read_records(
        rows, text="text", label="stratum" if labelled else None, id="id", name=anchor.name
    )
    records = replace(records, detection=anchor.detection, files=anchor.files)
    notes: tuple[str, ...] = ()
    if anchor.shares is not None:
        notes = (
            f"{anchor.name} declares shares of its strata; they are not looked at: rows are compared as they stand.",
        )
    return records, notes

"""Plain: a diff as plain data, for JSON and for the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.audits.diff.diff import Diff
    from holdfast.audits.diff.moves import Move
    from holdfast.audits.result import Audit, Source

SCHEMA = "holdfast.diff/1"


def plain(diff: Diff, *, show_text: bool) -> dict[str, Any]:
    """A diff as plain data; unknown values are None."""
    return {
        "schema": SCHEMA,
        "holdfast_version": __version__,
        "verdict": diff.verdict,
        "exit_code": diff.exit_code,
        "sentence": diff.sentence,
        "smallest_move": diff.smallest_move,
        "old": _side(diff.since.anchor, len(diff.since.sides.anchor)),
        "new": _side(diff.since.candidate, len(diff.since.sides.candidate)),
        "shared_share": diff.shared,
        "alpha": diff.alpha,
        "strata_from": diff.since.sides.origin,
        "moves": [_move(move, show_text=show_text) for move in diff.moves],
        "shares": [asdict(share) for share in diff.shares],
        "limits": [asdict(limit) for limit in diff.limits],
        "candidate": None
        if diff.candidate is None
        else {
            "old_verdict": diff.candidate[0].verdict,
            "new_verdict": diff.candidate[1].verdict,
            "old_sentence": diff.candidate[0].sentence,
            "new_sentence": diff.candidate[1].sentence,
            "name": diff.candidate[0].candidate.name,
            "findings": [asdict(found) for found in diff.persistence],
        },
        "settings": _settings(diff.since),
        "notes": list(diff.notes),
    }


def _settings(audit: Audit) -> dict[str, Any]:
    settings = audit.settings
    return {
        "draws": settings.draws,
        "seed": settings.seed,
        "detectable": settings.detectable,
        "tolerances": dict(settings.tolerance),
    }


def _side(source: Source, rows: int) -> dict[str, Any]:
    return {
        "name": source.name,
        "files": list(source.files),
        "rows": rows,
        "label_column": source.detection.label_column,
    }


def _move(move: Move, *, show_text: bool) -> dict[str, Any]:
    examples = [asdict(example) for example in move.examples]
    if not show_text:
        examples = [example | {"text": None} for example in examples]
    return asdict(move) | {"examples": examples}

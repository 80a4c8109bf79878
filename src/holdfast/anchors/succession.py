"""Succession: which anchor took the place of which, when, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.anchors.anchor import Anchor

_LONGEST = 2_000


def succeed(old: Anchor, *, reason: str | None, moved: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The chain of predecessors that a successor's manifest keeps, newest first.

    Args:
        old: The anchor whose place is taken.
        reason: Why, in a sentence.
        moved: The summary of the diff between both, as plain data; None where none was made, and then so it says.

    Raises:
        UsageError: There is no reason.
    """
    if reason is None or not reason.strip():
        raise UsageError(
            "an anchor that takes another's place says why",
            where="--reason",
            do='For example --reason "customers ask about the new app"',
        )
    entry = {
        "name": old.name,
        "digest": old.digest,
        "frozen_at": str(old.manifest.get("created_at", "unknown")),
        "reason": reason.strip()[:_LONGEST],
        "diff": None if moved is None else dict(moved),
    }
    return [entry, *old.predecessors]

"""Rows as they are written: as they came where that can be, in our own form where a row held several labels or both orders are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.data.preferences import Preferences

_WORD = {1: "a", 0: "tie", -1: "b"}
_SIDE = {1: "a", -1: "b"}
_AS_IS = (
    "strength",
    "annotator",
    "annotator_type",
    "judge_version",
    "judge_prompt_hash",
    "cycle",
    "timestamp",
    "licence",
)


def rows_as_they_came(preferences: Preferences) -> list[str] | None:
    """JSON of the row of each label; None where they are not at hand, or a row holds several labels."""
    written = preferences.written
    if written is None or len(written.rows) != len(written.row):
        return None
    return list(written.rows)


def rows_in_our_form(preferences: Preferences, *, reverse: bool = False) -> list[str]:
    """JSON of each label, members without a value left out.

    Args:
        preferences: Pairs and labels.
        reverse: With the responses the other way round, and the verdict that was given then; the same verdict where it was not asked.
    """
    pairs = preferences.pairs.to_pylist()
    return [
        _encoded(_own(pairs[label["pair"]], label, reverse=reverse))
        for label in preferences.labels.to_pylist()
    ]


def with_weight(row: str, column: str, weight: float) -> str:
    """A row with a weight; a member of that name that it had keeps its value as `<name>_given`."""
    value = msgspec.json.decode(row)
    kept = {f"{column}_given" if name == column else name: member for name, member in value.items()}
    return _encoded(kept | {column: round(weight, 6)})


def _own(pair: dict[str, Any], label: dict[str, Any], *, reverse: bool) -> dict[str, Any]:
    verdict, swapped, first = label["label"], label["swapped_label"], label["first"]
    sides: Sequence[str] = ("a", "b")
    pair_id = pair["pair_id"]
    if reverse:
        verdict, swapped = -(verdict if swapped is None else swapped), (None if swapped is None else -verdict)
        sides = ("b", "a")
        # The reversed order of a pair of which a was shown first shows b first, which is now a.
        pair_id = f"{pair_id}/reversed"
    row = {
        "pair_id": pair_id,
        "prompt": pair["prompt"],
        "response_a": pair[f"response_{sides[0]}"],
        "response_b": pair[f"response_{sides[1]}"],
        "author_a": pair[f"author_{sides[0]}"],
        "author_b": pair[f"author_{sides[1]}"],
        "label": _WORD[verdict],
        "order": _SIDE.get(first),
        "swapped_label": None if swapped is None else _WORD[swapped],
    } | {name: label[name] for name in _AS_IS}
    return {name: value for name, value in row.items() if value is not None}


def _encoded(value: Any) -> str:
    return msgspec.json.encode(value).decode()

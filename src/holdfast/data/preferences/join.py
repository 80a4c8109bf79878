"""Joining: the pairs of a candidate and of an anchor as one, each pair once, whoever gave which order first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from holdfast.data.preferences.identity import Identity, identify_all
from holdfast.data.preferences.preferences import LABELS, PAIRS, Preferences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TURNED = {
    "response_a": "response_b",
    "response_b": "response_a",
    "author_a": "author_b",
    "author_b": "author_a",
}
_SIGNED = ("label", "first", "swapped_label")
_WHO = ("annotator", "annotator_type", "judge_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What two sets of pairs have in common.

    Attributes:
        both: Pairs that both have.
        only_candidate: Pairs that the candidate alone has.
        only_anchor: Pairs that the anchor alone has.
        turned: Pairs of both whose responses stand the other way round in the anchor.
        once: Labels that both have, by the same annotator and with the same verdict; they are counted once.
        reworded: The anchor's other pairs of which the candidate has both responses, to a prompt that is written otherwise.
    """

    both: int
    only_candidate: int
    only_anchor: int
    turned: int
    once: int
    reworded: int = 0

    @property
    def hint(self) -> str | None:
        """What to look at where both sets hold the same responses to other prompts; None where they do not."""
        if not self.reworded:
            return None
        return (
            f"{self.reworded:,} more {'pair has' if self.reworded == 1 else 'pairs have'} the same two responses and another prompt, and count as other pairs: "
            "write prompts alike in both, with or without input, template and system prompt"
        )


def joined(candidate: Preferences, anchor: Preferences) -> tuple[Preferences, Shared]:
    """Pairs and labels of both; a pair that both have stands as the candidate has it.

    Pairs are the same when prompt and both responses are, in whatever order and apart from white space at their ends; where
    one side has no prompt, both responses suffice, if no other pair has the same. The candidate's pairs come first and keep
    their rows. The anchor's labels come before the candidate's, so that of two labels by one annotator the sealed one counts.

    Args:
        candidate: Pairs to be examined.
        anchor: Pairs that people labelled.

    Returns:
        The union, and what both share.
    """
    ours, theirs = identify_all(candidate.pairs), identify_all(anchor.pairs)
    match = _matches(candidate, anchor, ours, theirs)
    rows: list[int] = []
    signs: list[int] = []
    fresh: list[int] = []
    for row, own in enumerate(theirs):
        found = match.get(row)
        if found is None:
            rows.append(len(ours) + len(fresh))
            signs.append(1)
            fresh.append(row)
        else:
            rows.append(found)
            signs.append(1 if ours[found].a == own.a else -1)
    labels, once = _labels(candidate.labels, _turn(anchor.labels, rows, signs))
    union = replace(
        candidate,
        pairs=_pairs(candidate.pairs, anchor.pairs, {match[row]: row for row in match}, fresh, signs),
        labels=labels,
        files=(*candidate.files, *(file for file in anchor.files if file not in candidate.files)),
        notes=(*candidate.notes, *(f"Anchor: {note}" for note in anchor.notes)),
    )
    return union, Shared(
        both=len(match),
        only_candidate=len(ours) - len(match),
        only_anchor=len(fresh),
        turned=sum(sign < 0 for sign in signs),
        once=once,
        reworded=_reworded(match, ours, theirs),
    )


def _matches(
    candidate: Preferences, anchor: Preferences, ours: Sequence[Identity], theirs: Sequence[Identity]
) -> dict[int, int]:
    """The candidate's row of each of the anchor's rows that both have; no row is taken twice."""
    whole: dict[str, list[int]] = defaultdict(list)
    for row, own in enumerate(ours):
        whole[own.pair_hash].append(row)
    about = _Sides(candidate=_details(candidate), anchor=_details(anchor))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for row, own in enumerate(theirs):
        free = [other for other in whole.get(own.pair_hash, ()) if other not in taken]
        if free:
            best = max(
                free, key=lambda other: (about.alike(other, row, turned=ours[other].a != own.a), -other)
            )
            found[row] = best
            taken.add(best)
    _match_without_prompt(found, taken, ours, theirs)
    return found


def _match_without_prompt(
    found: dict[int, int], taken: set[int], ours: Sequence[Identity], theirs: Sequence[Identity]
) -> None:
    """Pairs of which one side does not know the prompt, where the responses can mean one pair only."""
    if all(own.prompt for own in ours) and all(own.prompt for own in theirs):
        return
    left: dict[bytes, list[int]] = defaultdict(list)
    right: dict[bytes, list[int]] = defaultdict(list)
    for row, own in enumerate(ours):
        left[own.responses].append(row)
    for row, own in enumerate(theirs):
        right[own.responses].append(row)
    for responses, rows in right.items():
        others = left.get(responses, [])
        if len(rows) != 1 or len(others) != 1 or rows[0] in found or others[0] in taken:
            continue
        if ours[others[0]].prompt is None or theirs[rows[0]].prompt is None:
            found[rows[0]] = others[0]
            taken.add(others[0])


def _reworded(match: Mapping[int, int], ours: Sequence[Identity], theirs: Sequence[Identity]) -> int:
    """How many of the anchor's unmatched pairs have the responses of one of the candidate's unmatched pairs."""
    taken = set(match.values())
    left = {own.responses for row, own in enumerate(ours) if row not in taken}
    return sum(own.responses in left for row, own in enumerate(theirs) if row not in match)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Ids and authors, by which pairs of equal texts are told apart."""

    candidate: Mapping[str, list[Any]]
    anchor: Mapping[str, list[Any]]

    def alike(self, ours: int, theirs: int, *, turned: bool) -> int:
        """2 where the ids are the same, 1 where the authors are, 0 elsewhere."""
        if self.candidate["pair_id"][ours] == self.anchor["pair_id"][theirs]:
            return 2
        authors = [self.anchor[name][theirs] for name in ("author_a", "author_b")]
        own = [self.candidate[name][ours] for name in ("author_a", "author_b")]
        return int(own == (authors[::-1] if turned else authors) and None not in own)


def _details(preferences: Preferences) -> dict[str, list[Any]]:
    return {name: preferences.pairs.column(name).to_pylist() for name in ("pair_id", "author_a", "author_b")}


def _turn(labels: pa.Table, rows: Sequence[int], signs: Sequence[int]) -> pa.Table:
    """The anchor's labels, of the union's pairs and in terms of their a and b."""
    pair = labels.column("pair").to_pylist()
    columns: dict[str, Any] = {"pair": [rows[at] for at in pair]}
    for name in _SIGNED:
        values = labels.column(name).to_pylist()
        columns[name] = [
            None if value is None else signs[at] * value for at, value in zip(pair, values, strict=True)
        ]
    arrays = [
        pa.array(columns[column.name], column.type) if column.name in columns else labels.column(column.name)
        for column in LABELS
    ]
    return pa.Table.from_arrays(arrays, schema=LABELS)


def _labels(candidate: pa.Table, anchor: pa.Table) -> tuple[pa.Table, int]:
    """The anchor's labels, and those of the candidate that are not among them."""

    def keys(table: pa.Table) -> Any:
        return zip(*(table.column(name).to_pylist() for name in ("pair", "label", *_WHO)), strict=True)

    known = set(keys(anchor))
    new = [row for row, key in enumerate(keys(candidate)) if key not in known]
    kept = candidate.take(pa.array(new, pa.int64()))
    return pa.concat_tables([anchor, kept]).combine_chunks(), candidate.num_rows - len(new)


def _pairs(
    candidate: pa.Table, anchor: pa.Table, same: Mapping[int, int], fresh: Sequence[int], signs: Sequence[int]
) -> pa.Table:
    """The candidate's pairs, with what only the anchor knows of them, and the anchor's other pairs."""
    columns = []
    for column in PAIRS:
        name = column.name
        own, other = candidate.column(name), anchor.column(name).to_pylist()
        if name in ("prompt", "author_a", "author_b"):
            values = own.to_pylist()
            crossed = anchor.column(_TURNED.get(name, name)).to_pylist()
            for ours, theirs in same.items():
                if values[ours] is None:
                    values[ours] = (other if signs[theirs] > 0 else crossed)[theirs]
            own = pa.chunked_array([pa.array(values, column.type)])
        added = [other[row] for row in fresh]
        if name == "pair_id":
            added = _own_ids(own.to_pylist(), added)
        columns.append(pa.chunked_array([*own.chunks, pa.array(added, column.type)], column.type))
    return pa.Table.from_arrays(columns, schema=PAIRS)


def _own_ids(taken: Sequence[str], added: Sequence[str]) -> list[str]:
    """Ids that no other pair has."""
    known, found = set(taken), []
    for id_ in added:
        own = id_
        while own in known:
            own = f"anchor:{own}"
        known.add(own)
        found.append(own)
    return found

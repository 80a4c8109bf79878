"""Generation depth: how many models stand between a record and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def depth_of(
    source_type: str | None,
    *,
    method: str | None = None,
    parents: Sequence[int | None] = (),
    trained_on: int | None = None,
) -> int | None:
    """The depth of a record; None where it cannot be known.

    0 says that no model stands in its ancestry. What a model wrote or edited lies one above the deepest of its content
    parents and of the data that the model was trained on. A person's edit keeps the depth of what was edited. One
    unknown ancestor makes it unknown, never 0.

    Args:
        source_type: Who made the text.
        method: How; `label_only` changes no text and keeps the parent's depth.
        parents: Depths of the content parents.
        trained_on: Largest depth in the data that the generating model was trained on; 0 for a model that was
            trained on people's texts alone.

    >>> depth_of("human"), depth_of("synthetic", trained_on=0), depth_of("synthetic")
    (0, 1, None)
    >>> depth_of("synthetic", parents=[0, 2], trained_on=1), depth_of("human_edited", parents=[3])
    (3, 3)
    """
    if source_type is None or source_type == "unknown":
        return None
    if parents and (method == "label_only" or source_type in ("human", "human_edited")):
        return _deepest(parents)
    if source_type == "human":
        return 0
    if source_type == "human_edited":
        return None
    if trained_on is None:
        return None
    below = _deepest([*parents, trained_on])
    return None if below is None else below + 1


def _deepest(depths: Sequence[int | None]) -> int | None:
    known = [depth for depth in depths if depth is not None]
    return max(known) if len(known) == len(depths) else None

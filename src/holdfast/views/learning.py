"""Learning: what views learn from an anchor, and what of it was learnt before.

Every audit against an anchor learns the same from it, whatever the candidate. What was learnt is kept in the store under the content of the
anchor's rows and whatever else it depends on, which each view says (`View.depends`); another anchor, another release, another version of
the view is learnt anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.backends.store import Key, get_model, put_model
from holdfast.kernels import compiled
from holdfast.version import __version__
from holdfast.views.streaming.digest import digest_of
from holdfast.views.view import Learnt, Viewed

if TYPE_CHECKING:
    from holdfast.views.sides import Sides
    from holdfast.views.view import View


def learn(sides: Sides, view: View) -> Learnt:
    """What a view learns from the anchor: kept, or learnt now and kept.

    Args:
        sides: Both sides; nothing is kept where they have no store.
        view: What learns.
    """
    key = key_of_view(sides, view)
    if key is None or sides.shelf is None:
        return view.learn(sides)
    classes = (Learnt, *view.holds)
    found = get_model(sides.shelf, key, classes)
    if isinstance(found, Learnt):
        return found
    learnt = view.learn(sides)
    put_model(sides.shelf, key, learnt, classes)
    return learnt


def key_of_view(sides: Sides, view: View) -> Key | None:
    """What a view's lessons are kept under; None where they are not."""
    depends = view.depends(sides)
    if depends is None:
        return None
    return key_of_anchor(sides, f"learnt {view.name}", view.version, repr(view), digest_of(depends))


def key_of_anchor(sides: Sides, kind: str, version: int, *parts: str) -> Key | None:
    """What is kept under the content of the anchor's rows: their texts, words and repeats, and whether kernels are worth it.

    Args:
        sides: Both sides.
        kind: What is kept.
        version: Of what makes it.
        parts: What else it depends on; strata, if it does.

    Returns:
        The key, or None where nothing is kept.
    """
    if sides.shelf is None or not sides.shelf.on or sides.embeddings is not None:
        return None
    fast = compiled(len(sides.anchor) + len(sides.candidate))
    return Key(
        kind=kind, version=version, parts=(__version__, digest_of_anchor(sides), f"kernels {fast}", *parts)
    )


def digest_of_anchor(sides: Sides) -> str:
    """The digest of the anchor's rows as views see them, strata left out; taken once."""

    def take() -> Viewed:
        anchor = sides.anchor
        tokens, texts = anchor.tokens, anchor.texts
        read: tuple[Any, ...] = (tokens.words, tokens.row_starts, tokens.begins, tokens.ends, anchor.keys)
        found = digest_of((tuple(texts), anchor.answers, read, anchor.duplicates))
        return Viewed(model=found, real={}, candidate={})

    digest: str = sides.memo.get(("anchor digest", None), take).model
    return digest

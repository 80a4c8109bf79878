"""Held: facts in memory instead of on disk, for what one run asks again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.backends.store.forms import Facts
    from holdfast.backends.store.key import Key


class Shelf(Protocol):
    """Where models are kept: a `Store`, or `Held`."""

    @property
    def on(self) -> bool:
        """Whether anything can be kept."""
        ...

    @property
    def bound(self) -> int:
        """Bytes, about, that it may take."""
        ...

    def get(self, key: Key) -> Mapping[str, Any] | None:
        """The facts under a key, or None."""
        ...

    def put(self, key: Key, facts: Facts) -> None:
        """Keep facts."""
        ...


class Held:
    """Facts in memory. Threads may share it.

    Args:
        bound: Bytes. Nothing is removed; a model that takes more than a twentieth of them is not held (see `put_model`).

    >>> from holdfast.backends.store import Key
    >>> held, key = Held(), Key(kind="letters", version=1, parts=())
    >>> held.put(key, {"script": "Latn"})
    >>> held.get(key)
    {'script': 'Latn'}
    """

    on = True

    def __init__(self, bound: int = 10**10) -> None:
        self.bound = bound
        self.hits = 0
        self._facts: dict[Key, Facts] = {}

    def get(self, key: Key) -> Mapping[str, Any] | None:
        """The facts under a key, or None."""
        found = self._facts.get(key)
        self.hits += found is not None
        return found

    def put(self, key: Key, facts: Facts) -> None:
        """Keep facts; they are not to be changed."""
        self._facts[key] = facts

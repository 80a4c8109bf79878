"""Arrays inside other data: write-protected before they are shared, copied before they are kept."""

from __future__ import annotations

from copy import copy
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

T = TypeVar("T")


def write_protected(value: T) -> T:
    """The same data with arrays that cannot be written to; the caller's own stay as they are, and nothing is copied.

    Args:
        value: Frozen dataclasses, tuples, lists and dicts of arrays; anything else in it is handed on.

    >>> import numpy as np
    >>> array = np.zeros(2)
    >>> write_protected({"a": [array]})["a"][0].flags.writeable, array.flags.writeable
    (False, True)
    """

    def protect(array: NDArray[Any]) -> NDArray[Any]:
        view = array.view()
        view.flags.writeable = False
        return view

    found: T = _mapped(value, protect, {})
    return found


def owned(value: T) -> T:
    """The same data with arrays of one's own: what came from a store that workers share would hold its place there.

    >>> import numpy as np
    >>> array = np.zeros(2)
    >>> array.flags.writeable = False
    >>> owned((array, "b"))[0].flags.writeable
    True
    """
    found: T = _mapped(value, lambda array: array.copy(), {})
    return found


def _mapped(value: Any, do: Callable[[NDArray[Any]], NDArray[Any]], seen: dict[int, Any]) -> Any:
    """The data with something done to each array in it; what stands in it twice is one thing afterwards, too."""
    import numpy as np

    if id(value) in seen:
        return seen[id(value)]
    found = value
    if isinstance(value, np.ndarray):
        found = do(value)
    elif type(value) is dict:
        if not _plain(value.values()):
            found = {key: _mapped(member, do, seen) for key, member in value.items()}
    elif type(value) in (tuple, list):
        if not _plain(value):
            found = type(value)(_mapped(member, do, seen) for member in value)
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        found = type(value)(*(_mapped(member, do, seen) for member in value))
    elif is_dataclass(value) and not isinstance(value, type) and _frozen(value):
        found = copy(value)
        for one in fields(value):
            if hasattr(value, one.name):
                object.__setattr__(found, one.name, _mapped(getattr(value, one.name), do, seen))
    seen[id(value)] = found
    return found


def _plain(value: Any) -> bool:
    """Whether no array stands in it: rows of text are long lists of strings, and vocabularies long dicts."""
    return all(type(member) in (str, int, float, bool, bytes) for member in value)


def _frozen(value: Any) -> bool:
    return bool(type(value).__dataclass_params__.frozen)

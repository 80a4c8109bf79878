"""Narrow: whole numbers held in the fewest bytes that hold them, and read as wide as ever.

Nearly all columns of a large set are lengths, labels, and numbers of rows and groups: two bytes hold most of what eight do. Whoever
reads one gets 64 bits, so that nothing is added or multiplied in fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fewest(values: NDArray[Any]) -> np.dtype[Any]:
    """The smallest type that holds these whole numbers; others keep their own.

    >>> fewest(np.array([-1, 200])), fewest(np.array([.5])), fewest(np.array([0, 255], np.uint64))
    (dtype('int16'), dtype('float64'), dtype('uint8'))
    """
    if values.dtype.kind not in "iu" or values.dtype.itemsize == 1:
        return values.dtype
    if not values.size:
        return np.dtype(np.int8 if values.dtype.kind == "i" else np.uint8)
    low, high = int(values.min()), int(values.max())
    for bits in (8, 16, 32):
        kind = np.dtype(f"{'' if values.dtype.kind == 'i' else 'u'}int{bits}")
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return kind
    return values.dtype


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """These numbers in the fewest bytes.

    >>> narrowed(np.array([1, 300])).dtype
    dtype('int16')
    """
    return values.astype(fewest(values), copy=False)


class Whole:
    """A field of a dataclass: whole numbers that are read as int64, however they are held.

    An array that is int64 already is handed on as it is. The dataclass has no slots: the array stands in its dictionary.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Whole: ...
    @overload
    def __get__(self, instance: object, owner: type) -> NDArray[np.int64]: ...
    def __get__(self, instance: object | None, owner: type) -> Whole | NDArray[np.int64]:
        if instance is None:
            raise AttributeError(self._name)  # so the field has no default
        held: NDArray[Any] = instance.__dict__[self._name]
        return held.astype(np.int64, copy=False)

    def __set__(self, instance: object, value: NDArray[Any]) -> None:
        instance.__dict__[self._name] = value


def held(instance: object, name: str) -> NDArray[Any]:
    """A field that is `Whole`, as it is held."""
    found: NDArray[Any] = instance.__dict__[name]
    return found

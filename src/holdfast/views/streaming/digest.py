"""Digest: what is learnt from the anchor, in one number: facts that were read with the same model are right, with another they are not.

Everything that a model is made of goes into it: values, types, shapes, the order of what stands in lists and dicts, and the names of
dataclasses and their fields. What is not known here has no digest, and facts that were read with it are not kept.
"""

from __future__ import annotations

import re
import struct
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SIMPLE = (np.bool_, np.integer, np.floating)
_KINDS = frozenset("biufcSUmM")
_SPARSE = ("csr", "csc", "coo")


def digest_of(value: Any) -> str:
    """The digest of a model.

    Args:
        value: Dataclasses, tuples, lists, dicts and sets of arrays, sparse arrays, numbers and texts.

    Raises:
        TypeError: Something else is among them.

    >>> digest_of((1, np.arange(2))) == digest_of((1, np.arange(2)))
    True
    >>> digest_of(np.arange(2)) == digest_of(np.arange(2, dtype=np.int32))
    False
    """
    digest = sha256()
    _feed(digest.update, value)
    return digest.hexdigest()


def kept_digest(value: Any) -> str | None:
    """The digest of a model, or None where it has none."""
    try:
        return digest_of(value)
    except TypeError:
        return None


def _feed(add: Callable[[Any], None], value: Any) -> None:  # noqa: PLR0911, PLR0912 - one branch for each type
    """Every value says what it is and how long, so that no two of them run together."""
    kind = type(value)
    if value is None or kind is bool or kind is int:
        add(f"<{kind.__name__} {value}>".encode())
        return
    if kind is float:
        add(b"<float>" + struct.pack("<d", value))
        return
    if kind is str or kind is bytes:
        content = value.encode("utf-8", "surrogatepass") if kind is str else value
        add(f"<{kind.__name__} {len(content)}>".encode())
        add(content)
        return
    if kind is np.ndarray:
        _feed_array(add, value)
        return
    if isinstance(value, _SIMPLE):
        add(f"<number {value.dtype.str}>".encode() + value.tobytes())
        return
    if kind is tuple or kind is list:
        add(f"<{kind.__name__} {len(value)}>".encode())
        if len(value) > 0 and all(type(member) is str for member in value):
            _feed_texts(add, value)
            return
        for member in value:
            _feed(add, member)
        return
    if kind is dict:
        add(f"<dict {len(value)}>".encode())
        for key, member in value.items():
            _feed(add, key)
            _feed(add, member)
        return
    if kind is frozenset or kind is set:
        add(f"<{kind.__name__} {len(value)}>".encode())
        for member in sorted(digest_of(member) for member in value):
            add(member.encode())
        return
    if kind is re.Pattern:
        _feed(add, ("pattern", value.pattern, value.flags))
        return
    if is_dataclass(value) and not isinstance(value, type):
        add(f"<{kind.__module__}.{kind.__qualname__}>".encode())
        for field in fields(value):
            add(f"<field {field.name}>".encode())
            _feed(add, getattr(value, field.name))
        return
    if getattr(value, "format", None) in _SPARSE and kind.__module__.startswith("scipy.sparse"):
        add(f"<{kind.__qualname__} {value.shape}>".encode())
        parts = (value.row, value.col) if value.format == "coo" else (value.indptr, value.indices)
        for part in (*parts, value.data):
            _feed_array(add, part)
        return
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        add(f"<{kind.__module__}.{kind.__qualname__}>".encode())
        _feed(add, tuple(value))
        return
    raise TypeError(f"a {kind.__module__}.{kind.__qualname__} has no digest")


def _feed_array(add: Callable[[Any], None], value: np.ndarray[Any, Any]) -> None:
    if value.dtype.kind not in _KINDS:
        raise TypeError(f"an array of {value.dtype} has no digest")
    add(f"<array {value.dtype.str} {value.shape}>".encode())
    if value.size:
        add(np.ascontiguousarray(value).reshape(-1).view(np.uint8).data)


def _feed_texts(add: Callable[[Any], None], texts: Sequence[str]) -> None:
    """Long lists of words: their lengths, and then all of them at once."""
    joined = "".join(texts).encode("utf-8", "surrogatepass")
    add(f"<texts {len(joined)}>".encode())
    add(np.fromiter(map(len, texts), np.int64, len(texts)).tobytes())
    add(joined)

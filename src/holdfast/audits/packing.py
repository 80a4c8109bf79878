"""Packing: what measures returned, and what was said of both sides, as bytes that can be read back. Nothing is executed when they are."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from holdfast.audits.extent import Extent
from holdfast.audits.judge import NotAsked
from holdfast.audits.result import Source
from holdfast.data import Detection, SkippedRow
from holdfast.measures.reading import Band, Reading, Undetermined

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS: dict[str, Any] = {
    "band": Band,
    "detection": Detection,
    "extent": Extent,
    "not asked": NotAsked,
    "reading": Reading,
    "skipped": SkippedRow,
    "source": Source,
    "undetermined": Undetermined,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def pack(results: Sequence[Any]) -> bytes:
    """What measures returned, in the order of the battery, or anything else that is made of such things.

    Fields of theirs that are sequences are tuples again when they are unpacked; sequences inside of details are lists.

    Raises:
        ValueError: One of them broke: that is not kept.

    >>> unpack(pack([Undetermined(reason="too few rows", needed_rows=50)]))
    [Undetermined(reason='too few rows', needed_rows=50, applies=True)]
    """
    return msgspec.msgpack.encode([_plain(result) for result in results])


def unpack(packed: bytes) -> list[Any]:
    """What `pack` was given.

    Raises:
        ValueError: These bytes are something else.
    """
    try:
        return [_object(one) for one in msgspec.msgpack.decode(packed, type=list)]
    except (msgspec.MsgspecError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not what a battery returned: {error}") from error


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        if type(value) not in _NAMES:
            raise ValueError(f"{type(value).__name__} cannot be kept")
        held = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {"": _NAMES[type(value)], **held}
    if isinstance(value, dict):
        # Pairs, since a key may be a number and may be empty.
        return {"": "mapping", "pairs": [[_plain(key), _plain(held)] for key, held in value.items()]}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, np.ndarray):
        return [_plain(held) for held in value.tolist()]
    if isinstance(value, np.generic):
        return value.item()
    return value


def _object(value: Any) -> Any:
    if isinstance(value, list):
        return [_object(held) for held in value]
    if not isinstance(value, dict):
        return value
    held = dict(value)
    kind = held.pop("")
    if kind == "mapping":
        return {_object(key): _object(found) for key, found in held["pairs"]}
    return _KINDS[kind](
        **{
            name: tuple(found) if isinstance(found, list) else found
            for name, found in ((name, _object(found)) for name, found in held.items())
        }
    )

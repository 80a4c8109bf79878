"""Content hashes: what a record and a set of records *are*, whatever file they came in.

`content_hash` is SHA-256 over the canonical JSON (RFC 8785) of a record without its id and without null members:
Arrow cannot tell a null member from a missing one, so neither may the hash. Nulls inside lists stay. Text is not
normalised: the hash sees every byte.

Values that JSON numbers cannot carry are written as strings, so that every record has a hash:

| value | written as |
|---|---|
| integer beyond ±(2^53 - 1) | `"holdfast:int:<decimal>"`, hexadecimal above 4,300 digits |
| NaN, infinities | `"holdfast:float:nan"`, `"holdfast:float:inf"`, `"holdfast:float:-inf"` |
| bytes | `"holdfast:bytes:<hex>"` |
| decimal | `"holdfast:decimal:<digits as stored>"` |
| date, time, date-time | ISO 8601; a date-time with a zone is turned to UTC first |
| duration | `"holdfast:duration:<microseconds>"` |
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
import rfc8785

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The largest integer whose neighbours are doubles too (RFC 8785, section 3.2.2.3).
EXACT = 2**53 - 1
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_ENCODE_LINES = msgspec.json.Encoder().encode_lines
# `repr` of a float in this range has no exponent, and is then what ECMAScript writes.
_REPR_FROM, _REPR_BELOW = 1e-4, 1e16


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of a value, without null members at any depth.

    Raises:
        TypeError: The value holds something that is no data, such as an object.
        UnicodeEncodeError: A string holds half of a surrogate pair.
        RecursionError: The value is nested too deeply.

    >>> canonical_json({"b": 1.0, "a": ["é", None], "c": None}).decode()
    '{"a":["é",null],"b":1}'
    """
    if type(value) is dict:
        # Rows are mostly flat and made of strings: leave them as they are, msgspec writes the same bytes.
        for key, member in value.items():
            kind = type(member)
            if not (kind is str or kind is bool or (kind is int and -EXACT <= member <= EXACT)):
                break
            if not (type(key) is str and key.isascii()):
                break
        else:
            return _ENCODE(value)
    return _ENCODE(_prepared(value))


def digest_of(value: Any) -> str:
    """`sha256:<hex>` of the canonical JSON of a value.

    >>> digest_of({"a": 1, "b": None}) == digest_of({"a": 1})
    True
    """
    return "sha256:" + sha256(canonical_json(value)).hexdigest()


def content_hash(record: Mapping[str, Any], *, id_column: str | None) -> str:
    """`sha256:<hex>` of a record without its id.

    >>> content_hash({"id": 7, "text": "hi"}, id_column="id") == content_hash({"text": "hi"}, id_column=None)
    True
    """
    if id_column is not None and id_column in record:
        record = {key: member for key, member in record.items() if key != id_column}
    return digest_of(record)


def data_hash(ids: Iterable[str], content_hashes: Iterable[str]) -> str:
    """`sha256:<hex>` of a set of records: blind to their order, sensitive to everything else.

    It is SHA-256 over one line `["<id>","<content hash>"]` of JSON per record, sorted by id, then by hash.

    >>> data_hash(["a", "b"], ["x", "y"]) == data_hash(["b", "a"], ["y", "x"])
    True
    >>> data_hash(["a", "b"], ["x", "y"]) == data_hash(["a", "b"], ["y", "x"])
    False
    """
    digest = sha256()
    pairs = sorted(zip(ids, content_hashes, strict=True))
    for start in range(0, len(pairs), 65_536):
        digest.update(_ENCODE_LINES(pairs[start : start + 65_536]))
    return "sha256:" + digest.hexdigest()


def _prepared(value: Any) -> Any:
    """The value in parts that msgspec writes as RFC 8785 wants them."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if -EXACT <= value <= EXACT else _big(value)
    if kind is dict:
        return _members(value)
    if kind is list or kind is tuple:
        return [_prepared(member) for member in value]
    if kind is float:
        return _float(value)
    return _foreign(value)


def _members(value: dict[Any, Any]) -> Any:
    members = {}
    ordered_alike = True
    for key, member in value.items():
        if member is None:
            continue
        if not isinstance(key, str):
            raise TypeError(f"the key {key!r} is not a string")
        # Code points and UTF-16 units sort alike below the surrogates.
        if ordered_alike and not key.isascii() and max(key) >= "\ud800":
            ordered_alike = False
        members[key] = _prepared(member)
    if ordered_alike:
        return members
    by_units = sorted(members.items(), key=lambda pair: pair[0].encode("utf-16-be"))
    return msgspec.Raw(
        b"{" + b",".join(_ENCODE(key) + b":" + _ENCODE(member) for key, member in by_units) + b"}"
    )


def _float(value: float) -> Any:
    if math.isnan(value) or math.isinf(value):
        return f"holdfast:float:{value}"
    if value.is_integer() and -EXACT <= value <= EXACT:
        return int(value)
    if _REPR_FROM <= abs(value) < _REPR_BELOW and not value.is_integer():
        return msgspec.Raw(repr(value).encode())
    return msgspec.Raw(rfc8785.dumps(value))


def _big(value: int) -> str:
    try:
        return f"holdfast:int:{value}"
    except ValueError:  # more digits than Python turns into decimals
        return f"holdfast:int:{value:#x}"


def _foreign(value: Any) -> Any:  # noqa: PLR0911 - one line for each row of the table above
    """What tables and programs hold beside JSON."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"holdfast:bytes:{bytes(value).hex()}"
    if isinstance(value, Decimal):
        return f"holdfast:decimal:{value}"
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return f"holdfast:duration:{value // dt.timedelta(microseconds=1)}"
    bases: tuple[Any, ...] = (dict, list, tuple, int, float)
    for base in bases:  # what is left are their subclasses
        if isinstance(value, base):
            return _prepared(base(value))
    # NumPy scalars and arrays say what they are in plain Python.
    plain = getattr(value, "tolist", None)
    if plain is not None and hasattr(value, "dtype"):
        return _prepared(plain())
    raise TypeError(f"a value of type {type(value).__name__} is no data")

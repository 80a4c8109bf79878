"""The documented JSON form of an audit, and its schema."""

from __future__ import annotations

import json
import math
import re
import types
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from holdfast.reports import summary as contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast.reports.summary import Summary

# Valid inside a JSON string, yet harmful where the file is looked at: escapes, bidirectional overrides, line separators.
_RISKY = re.compile(
    "[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)


def render(summary: Summary) -> str:
    """Render an audit as JSON.

    Args:
        summary: The audit.

    Returns:
        Indented JSON in UTF-8-safe characters, ending in a line break.

    Raises:
        ValueError: A number is NaN or infinite; the message says where. JSON has no such number, and a report that
            cannot say what it measured must not be written.
    """
    return render_plain(summary)


def render_plain(found: object) -> str:
    """Render plain data as JSON, by the same rules.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    refuse_non_numbers(found)
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, indent=2)
    return _RISKY.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n"


def refuse_non_numbers(value: object, where: str = "summary") -> None:
    """Raise on the first NaN or infinite number.

    >>> refuse_non_numbers({"readings": [{"value": float("nan")}]})
    Traceback (most recent call last):
    ...
    ValueError: summary.readings[0].value is nan; unknown values are null
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} is {value}; unknown values are null")
    if isinstance(value, dict):
        for key, member in value.items():
            refuse_non_numbers(member, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for place, member in enumerate(value):
            refuse_non_numbers(member, f"{where}[{place}]")


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the JSON form, generated from the contract.

    Unknown keys are allowed: a later release may add some within one schema version.
    """
    definitions: dict[str, Any] = {}
    root = _typed_dict(contract.Summary, definitions)
    root["properties"]["schema"] = {"const": contract.SCHEMA}
    definitions.pop("Summary")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:holdfast:audit:1",
        "title": contract.SCHEMA,
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _typed_dict(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    definitions[kind.__name__] = {}  # named before its members are looked at
    hints: Mapping[str, Any] = get_type_hints(kind)
    made = {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {name: _type(hint, definitions) for name, hint in hints.items()},
        "required": sorted(kind.__required_keys__),
    }
    definitions[kind.__name__] = made
    return made


_PLAIN: dict[object, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    types.NoneType: {"type": "null"},
}


def _type(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if is_typeddict(hint):
        if hint.__name__ not in definitions:
            _typed_dict(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    return _container(origin, [_type(argument, definitions) for argument in arguments], hint)


def _container(origin: Any, inner: list[dict[str, Any]], hint: object) -> dict[str, Any]:
    if origin is types.UnionType:
        return {"anyOf": inner}
    if origin is list:
        return {"type": "array", "items": inner[0]}
    if origin is dict:
        return {"type": "object", "additionalProperties": inner[1]}
    if origin is tuple:
        return {"type": "array", "prefixItems": inner, "minItems": len(inner), "maxItems": len(inner)}
    raise TypeError(f"the contract holds {hint!r}, which has no JSON form")

"""Store: the generations that were read, one line of JSON each, by what decided them.

It is written anew as a whole after every generation, so that a line is there or is not, and an interrupt never cuts one off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from holdfast.data import write_text_atomic
from holdfast.lab.collapse.readings import Reading  # noqa: TC001 - msgspec reads the types

if TYPE_CHECKING:
    from pathlib import Path

STORE = "collapse.jsonl"
_MOST_BYTES = 256_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """What the planner counted in the first generation: rows by stratum on both sides, copies as far as they are independent.

    Attributes:
        names: Strata of reality.
        real: Rows of each in what the first model learnt from.
        made: Rows of each in what it wrote.
    """

    names: tuple[str, ...]
    real: tuple[float, ...]
    made: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A generation.

    Attributes:
        key: `sha256:...` over everything that decides it.
        reading: What was read of it.
        counts: Rows of each stratum that its model learnt from; empty without labels.
        examples: What its model writes where it is asked for what the examples show, one entry each; none where it has forgotten.
        survived: What the planner counted, in generation 1 where there are labels and rows of a model.
    """

    key: str
    reading: Reading
    counts: dict[str, int] = field(default_factory=dict)
    examples: tuple[tuple[str, ...], ...] = ()
    survived: Survived | None = None


def read_lines(path: Path | None) -> dict[tuple[str, int], Line]:
    """What a file holds, by key and generation; what cannot be read is as if it were not there."""
    if path is None or not path.exists() or path.stat().st_size > _MOST_BYTES:
        return {}
    found = {}
    decode = msgspec.json.Decoder(Line).decode
    for text in path.read_bytes().splitlines():
        try:
            line = decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        found[line.key, line.reading.generation] = line
    return found


def keep_lines(path: Path, lines: dict[tuple[str, int], Line]) -> None:
    """Writes all lines.

    Raises:
        OutputError: They could not be written.
    """
    encode = msgspec.json.Encoder().encode
    write_text_atomic(path, "".join(encode(line).decode() + "\n" for line in lines.values()))

"""What a transformer reads and writes, one after the other: bytes, characters, or words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Unit = Literal["bytes", "characters", "words"]

END = 0
UNKNOWN = 1
_SPECIAL = 2
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """Numbers for the units of a text: the end, the unknown one, a lead for each label, and the units.

    Attributes:
        unit: What a text is cut into; white space between words is not kept.
        leads: How many leads there are: one for each label, or one where there are none.
        units: The units that are known, in order; of bytes all 256.
        numbers: Their numbers.
    """

    unit: Unit
    leads: int
    units: tuple[str, ...]
    numbers: dict[str, int]

    @classmethod
    def of(cls, texts: Iterable[str], *, unit: Unit, leads: int, known: Sequence[str] = ()) -> Self:
        """The alphabet of these texts.

        Args:
            texts: Training texts.
            unit: What they are cut into.
            leads: How many leads there are.
            known: Units that are known whether or not the texts hold them, so that models of several generations share one alphabet.
        """
        if unit == "bytes":
            units = tuple(chr(byte) for byte in range(256))
        else:
            units = tuple(dict.fromkeys([*known, *(one for text in texts for one in _cut(text, unit))]))
        first = _SPECIAL + leads
        return cls(
            unit=unit,
            leads=leads,
            units=units,
            numbers={one: first + at for at, one in enumerate(units)},
        )

    def __len__(self) -> int:
        return _SPECIAL + self.leads + len(self.units)

    @property
    def first(self) -> int:
        """Number of the first unit."""
        return _SPECIAL + self.leads

    def lead(self, label: int) -> int:
        """Number of the lead of a label, by its place; one that was never read is the unknown one."""
        return _SPECIAL + label if 0 <= label < self.leads else UNKNOWN

    def encode(self, text: str) -> list[int]:
        """Numbers of a text's units, without lead and end."""
        numbers = self.numbers
        return [numbers.get(one, UNKNOWN) for one in _cut(text, self.unit)]

    def decode(self, numbers: Iterable[int]) -> str:
        """The text of these numbers; bytes that are no text are shown as U+FFFD.

        >>> bytewise = Alphabet.of([], unit="bytes", leads=1)
        >>> bytewise.decode(bytewise.encode("día"))
        'día'
        """
        units = [self.units[number - self.first] for number in numbers]
        if self.unit == "bytes":
            return bytes(map(ord, units)).decode(errors="replace")
        return (" " if self.unit == "words" else "").join(units)

    @property
    def blank(self) -> list[int]:
        """Numbers of what cannot begin a text, since a text of nothing else would be empty.

        >>> Alphabet.of(["a b"], unit="characters", leads=1).blank
        [4]
        """
        return [number for one, number in self.numbers.items() if one.isspace()]


def _cut(text: str, unit: Unit) -> list[str]:
    if unit == "bytes":
        return [chr(byte) for byte in text.encode(errors="replace")]
    return _WORD.findall(text) if unit == "words" else list(text)

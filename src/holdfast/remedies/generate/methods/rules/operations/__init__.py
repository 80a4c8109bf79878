"""Operations: one file, one habit of people who write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.remedies.generate.methods.rules.operations.casing import Casing
from holdfast.remedies.generate.methods.rules.operations.contractions import Contractions
from holdfast.remedies.generate.methods.rules.operations.dialect import Dialect
from holdfast.remedies.generate.methods.rules.operations.keyboard import Keyboard
from holdfast.remedies.generate.methods.rules.operations.left_out import LeftOut
from holdfast.remedies.generate.methods.rules.operations.punctuation import Punctuation
from holdfast.remedies.generate.methods.rules.operations.short_forms import ShortForms
from holdfast.remedies.generate.methods.rules.operations.speech import Speech
from holdfast.remedies.generate.methods.rules.operations.typos import Typos
from holdfast.remedies.generate.methods.rules.operations.whitespace import Whitespace

if TYPE_CHECKING:
    from holdfast.remedies.generate.methods.rules.operation import Operation

__all__ = [
    "OPERATIONS",
    "Casing",
    "Contractions",
    "Dialect",
    "Keyboard",
    "LeftOut",
    "Punctuation",
    "ShortForms",
    "Speech",
    "Typos",
    "Whitespace",
]

OPERATIONS: tuple[Operation, ...] = (
    LeftOut(),
    Dialect(style="british"),
    Dialect(style="american"),
    Contractions(style="contracted"),
    Contractions(style="expanded"),
    ShortForms(style="short"),
    ShortForms(style="long"),
    Speech(),
    Typos(),
    Keyboard(),
    Contractions(style="no_apostrophe"),
    Punctuation(style="no_final_mark"),
    Punctuation(style="final_mark"),
    Punctuation(style="no_punctuation"),
    Punctuation(style="doubled_mark"),
    Casing(style="lower"),
    Casing(style="upper"),
    Casing(style="sentence"),
    Casing(style="small_start"),
    Whitespace(),
)
"""All of them, in the order in which they are laid over a text: words first, then letters, marks, case and spaces."""

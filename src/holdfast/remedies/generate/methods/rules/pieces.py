r"""Pieces: the words of a text that may be changed, between everything that may not.

A chunk between blanks is kept whole when it is more than words and punctuation: numbers, ids, addresses, paths, `{placeholders}`, tags,
words of scripts other than Latin, and words whose letters carry separate accents. So no operation can break one, nor split a letter
from what belongs to it.

>>> [piece.text for piece in cut("Hi {first name}, see www.a.org or call 555-0100. Danke, Привет!") if piece.kind == "word"]
['Hi', 'see', 'or', 'call', 'Danke']
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy as np

Kind = Literal["word", "mark", "space", "kept"]
Phrase = tuple[str, ...]

# Bounded, so that text that opens a bracket and never closes it is read once.
_SCAN = re.compile(
    r"\{\{[^{}\n]{0,60}\}\}|\{[^{}\n]{0,60}\}|<[^<>\n]{1,80}>|\[[A-Z][A-Z0-9_ ]{0,40}\]|\s+|[^\s{<\[]+|.",
    re.DOTALL,
)
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
_WORD = re.compile(f"([{_LATIN}]+(?:['’][{_LATIN}]+)*)")
# A sign that only addresses, ids, code and amounts have; a dot between letters is a domain or an abbreviation.
_SIGN = re.compile(rf"[\d@:/\\_#=&+~^|<>{{}}$€£%*`]|[{_LATIN}]\.[{_LATIN}]")
_LEADING = "\"'(“‘«¿¡["
_TRAILING = ".,;:!?)\"'”’»…]"


class Piece(NamedTuple):
    """A part of a text.

    Attributes:
        text: What stands there.
        kind: `word`: letters that may be changed; `mark`: punctuation; `space`; `kept`: not to be touched.
    """

    text: str
    kind: Kind


@lru_cache(maxsize=2)  # one text is looked at by many operations, one after the other
def cut(text: str) -> tuple[Piece, ...]:
    """The pieces of a text; joined, they are the text again."""
    pieces: list[Piece] = []
    chunk: list[Piece] = []
    for match in _SCAN.finditer(text):
        found = match[0]
        if found.isspace():
            pieces += _settled(chunk)
            pieces.append(Piece(found, "space"))
            chunk = []
        elif found[0] in "{<[" and len(found) > 1:
            chunk.append(Piece(found, "kept"))
        else:
            chunk += _pieces_of(found)
    return (*pieces, *_settled(chunk))


def joined(pieces: Iterable[Piece]) -> str:
    """The text again."""
    return "".join(piece.text for piece in pieces)


def words_of(pieces: Sequence[Piece]) -> list[int]:
    """Places of the words."""
    return [at for at, piece in enumerate(pieces) if piece.kind == "word"]


@lru_cache(maxsize=4_096)
def plain(word: str) -> str:
    """A word as tables have it: small letters, a straight apostrophe."""
    return word.lower().replace("’", "'")


def cased_like(new: str, old: str) -> str:
    """New words in the case of the old: all large, large at the start, or as they are.

    >>> cased_like("i'm", "I am"), cased_like("colour", "COLOR"), cased_like("pls", "please")
    ("I'm", 'COLOUR', 'pls')
    """
    letters = [letter for letter in old if letter.isalpha()]
    if len(letters) > 1 and old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if letters and letters[0].isupper() else new


def find_phrases(
    pieces: Sequence[Piece], table: Mapping[Phrase, object], *, longest: int
) -> Iterator[tuple[int, int, Phrase]]:
    """Where phrases of a table stand, longest first, none twice.

    Args:
        pieces: Of the text.
        table: Phrases, as tuples of plain words; a phrase never crosses punctuation or a line.
        longest: Words of the longest phrase.

    Yields:
        First piece, the piece after the last, and the phrase.
    """
    begins = {phrase[0] for phrase in table}
    at, end = 0, len(pieces)
    while at < end:
        piece = pieces[at]
        if piece.kind != "word" or plain(piece.text) not in begins:
            at += 1
            continue
        reach = [at]
        while len(reach) < longest and reach[-1] + 2 < end and _neighbours(pieces, reach[-1]):
            reach.append(reach[-1] + 2)
        said = tuple(plain(pieces[place].text) for place in reach)
        for length in range(len(reach), 0, -1):
            if said[:length] in table:
                yield at, reach[length - 1] + 1, said[:length]
                at = reach[length - 1]
                break
        at += 1


def replace_phrases(
    text: str,
    table: Mapping[Phrase, Sequence[str]],
    rate: float,
    rng: np.random.Generator,
    *,
    unless: Callable[[Phrase, str | None], bool] = lambda _phrase, _following: False,
) -> str:
    """A text with some of its phrases said otherwise, in the case that they had.

    Args:
        text: What was written.
        table: What each phrase may become.
        rate: Chance for each phrase.
        rng: Draws.
        unless: Whether a phrase stays, given the plain word after it (None where none follows).
    """
    pieces = cut(text)
    said: list[str] = []
    done = 0
    for start, end, phrase in find_phrases(pieces, table, longest=max(map(len, table))):
        if unless(phrase, after(pieces, end)) or rng.random() >= rate:
            continue
        choices = table[phrase]
        new = choices[int(rng.integers(len(choices)))]
        said += [joined(pieces[done:start]), cased_like(new, joined(pieces[start:end]))]
        done = end
    return "".join(said) + joined(pieces[done:])


def after(pieces: Sequence[Piece], end: int) -> str | None:
    """The plain word, or what else is said, after a blank from this place on."""
    if end + 1 < len(pieces) and pieces[end].kind == "space" and pieces[end + 1].kind in {"word", "kept"}:
        return plain(pieces[end + 1].text)
    return None


def _neighbours(pieces: Sequence[Piece], at: int) -> bool:
    between = pieces[at + 1]
    return between.kind == "space" and "\n" not in between.text and pieces[at + 2].kind == "word"


def _pieces_of(run: str) -> list[Piece]:
    """A run without blanks: marks before, its core, marks after."""
    rest = run.lstrip(_LEADING)
    core = rest.rstrip(_TRAILING)
    found = [Piece(run[: len(run) - len(rest)], "mark")] if len(rest) < len(run) else []
    if core:
        found += _core(core)
    return [*found, Piece(rest[len(core) :], "mark")] if len(core) < len(rest) else found


def _core(core: str) -> list[Piece]:
    if core[0] == "-" or _SIGN.search(core):
        return [Piece(core, "kept")]
    parts = _WORD.split(core)  # other, word, other, word, ..., other
    if any(_strange(letter) for other in parts[::2] if other for letter in other):
        return [Piece(core, "kept")]
    return [Piece(part, "word" if at % 2 else "mark") for at, part in enumerate(parts) if part]


def _strange(letter: str) -> bool:
    """Letters of other scripts, accents that stand alone, joiners, half surrogate pairs."""
    return unicodedata.category(letter)[0] in "LMNC"


def _settled(chunk: list[Piece]) -> list[Piece]:
    """What touches something that is kept is kept with it, punctuation aside."""
    if len(chunk) > 1 and any(piece.kind == "kept" for piece in chunk):
        return [Piece(piece.text, "kept") if piece.kind == "word" else piece for piece in chunk]
    return chunk

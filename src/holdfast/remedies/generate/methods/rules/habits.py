"""Habits: how often real rows are written so, that made rows may be written so as often."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from holdfast.remedies.generate.methods.rules.operations import OPERATIONS, Keyboard, Typos
from holdfast.remedies.generate.methods.rules.operations.keyboard import neighbours
from holdfast.remedies.generate.methods.rules.pieces import cut, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from holdfast.remedies.generate.methods.rules.operation import Operation

LEAST_TEXTS = 50
"""Real rows that habits are learnt from; fewer say too little about what one row in fifty does."""
MOST_TEXTS = 5_000
"""Real rows that are looked at, evenly from all of them: shares are exact to two points with so many."""
LEAST_LETTERS = 5  # of a word that is looked at: shorter words have other words all around them
LEAST_TIMES = 20  # that the right word is written for each time that the wrong one is
TELLING = 2  # letters at the end where a difference is another form of the word: "card", "cards"


def learn_weights(
    texts: Sequence[str], *, operations: Sequence[Operation] = OPERATIONS
) -> dict[str, float] | None:
    """How often real rows show each habit.

    The weight of an operation is the share of rows that show what it does: rows without capitals for `lower_case`, rows with "I'm" for
    `contracted`. A row is mistyped when one of its words is a letter away from a word that the same rows write twenty times as often, and
    the difference is neither the first letter nor one of the last two (other words; other forms). That misses what is mistyped in rare
    words, and takes a rare word beside a frequent one for a typo now and then: a rough share, not an exact one.

    Args:
        texts: Real rows.
        operations: What is looked for.

    Returns:
        Shares by name of the operation, 0 where no row shows it; None where the texts are too few.
    """
    if len(texts) < LEAST_TEXTS:
        return None
    if len(texts) > MOST_TEXTS:
        texts = [texts[at * len(texts) // MOST_TEXTS] for at in range(MOST_TEXTS)]
    shown = Counter(operation.name for text in texts for operation in operations if operation.shows(text))
    weights = {operation.name: shown[operation.name] / len(texts) for operation in operations}
    boards = [operation for operation in operations if isinstance(operation, Keyboard)]
    if boards or any(isinstance(operation, Typos) for operation in operations):
        around = neighbours(boards[0].layout) if boards else {}
        found = Counter(kind for kinds in _mistyped(texts, around) for kind in kinds)
        weights |= {
            operation.name: found[operation.name] / len(texts)
            for operation in operations
            if isinstance(operation, Keyboard | Typos)
        }
    return weights


def _mistyped(texts: Sequence[str], around: Mapping[str, str]) -> Iterator[set[str]]:
    """For each text the kinds of typos in it."""
    rows = [
        {
            word
            for piece in cut(text)
            if piece.kind == "word"
            for word in [plain(piece.text)]
            if _looked_at(word)
        }
        for text in texts
    ]
    counts = Counter(word for row in rows for word in row)
    frequent = {word for word, count in counts.items() if count >= LEAST_TIMES}
    by_rest: dict[str, list[str]] = {}
    for word in sorted(frequent):
        for rest in {word, *_shorter(word)}:
            by_rest.setdefault(rest, []).append(word)
    kinds: dict[str, str] = {}
    for word, count in counts.items():
        rests = {word, *_shorter(word)}
        meant = sorted(
            {
                right
                for rest in rests
                for right in by_rest.get(rest, ())
                if counts[right] >= LEAST_TIMES * count
            }
        )
        found = [kind for right in meant for kind in [_kind(word, right, around)] if kind]
        if found:
            kinds[word] = found[0]
    for row in rows:
        yield {kinds[word] for word in row if word in kinds}


def _looked_at(word: str) -> bool:
    return len(word) >= LEAST_LETTERS and word.isalpha()


def _shorter(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _kind(wrong: str, right: str, around: Mapping[str, str]) -> str | None:
    """`typos` for a letter left out, added or swapped, `keyboard` for a key beside it, None for anything else.

    >>> [_kind(wrong, "transfer", {"n": "b"}) for wrong in ("trasnfer", "tranfer", "trabsfer", "transfers", "trezmfer")]
    ['typos', 'typos', 'keyboard', None, None]
    """
    shared = next(
        (at for at, (a, b) in enumerate(zip(wrong, right, strict=False)) if a != b),
        min(len(wrong), len(right)),
    )
    if shared == 0 or shared >= min(len(wrong), len(right)) - TELLING + 1:
        return None
    w, r = wrong[shared:], right[shared:]
    if w == r[1:] or w[1:] == r:
        return "typos"
    if w[1:] == r[1:]:
        return "keyboard" if w[0] in around.get(r[0], "") else "typos"
    return "typos" if w[:2] == r[1::-1] and w[2:] == r[2:] else None

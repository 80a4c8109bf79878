"""Contractions: "I'm" for "I am", the other way round, and "im"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.remedies.generate.methods.rules.pieces import after, cut, find_phrases, replace_phrases

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from holdfast.remedies.generate.methods.rules.pieces import Phrase

Style = Literal["contracted", "expanded", "no_apostrophe"]
Table = dict["Phrase", tuple[str, ...]]

_WITH = {
    "am": ("'m", "i"),
    "are": ("'re", "you we they"),
    "have": ("'ve", "i you we they"),
    "will": ("'ll", "i you he she it we they"),
    "is": ("'s", "it that what where how who there he she"),
}
_NOT = "is are was were do does did has have had could would should must need"
_PAIRS: dict[tuple[str, str], str] = {
    **{(word, verb): word + end for verb, (end, words) in _WITH.items() for word in words.split()},
    **{(verb, "not"): verb + "n't" for verb in _NOT.split()},
    ("will", "not"): "won't",
    ("can", "not"): "can't",
}
# "I have a card" is not "I've a card" in most mouths, but "I have been" is "I've been": what follows decides.
_PARTICIPLES = "been had got gone lost made done seen tried just already never not"
_AFTER_HAVE = frozenset(_PARTICIPLES.split())
_SHORT: Table = {long: (short,) for long, short in _PAIRS.items()} | {("cannot",): ("can't",)}
_LONG: Table = {(short,): (" ".join(long),) for long, short in _PAIRS.items()} | {
    ("can't",): ("cannot", "can not")
}
# "were", "well", "ill", "hell", "its", "wont" and so on are words of their own.
_BARE_WORDS = "we're we'll i'll he'll she'll it's it'll"
_OTHER_WORDS = frozenset(_BARE_WORDS.split())
_BARE: Table = {(said,): (said.replace("'", ""),) for (said,) in _LONG if said not in _OTHER_WORDS}
_BARE_FORMS: Table = {(short,): (said,) for (said,), (short,) in _BARE.items()}
_CHANGES: dict[Style, Table] = {"contracted": _SHORT, "expanded": _LONG, "no_apostrophe": _BARE}
_FORMS: dict[Style, Table] = {"contracted": _LONG, "expanded": _SHORT, "no_apostrophe": _BARE_FORMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contractions:
    """People write "I'm" or "I am" by habit, and leave the apostrophe out where it takes a second key.

    English only. What has two long forms ("I'd", "it's been") is left alone, and so is what nobody shortens ("yes, I am", "I have a card").

    Rate
        per phrase that has another form. A guess, replace it; how many rows it befalls, `learn_weights` measures.

    >>> import numpy as np
    >>> [Contractions(style=style, rate=1.0)("I am sure it's what's meant.", np.random.default_rng(0))
    ...  for style in ("contracted", "expanded", "no_apostrophe")]
    ["I'm sure it's what's meant.", 'I am sure it is what is meant.', "I am sure it's whats meant."]
    """

    style: Style = "contracted"
    rate: float = 0.8

    @property
    def name(self) -> str:
        """Its style."""
        return self.style

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """With other forms of the same words."""
        return replace_phrases(text, _CHANGES[self.style], self.rate, rng, unless=_UNLESS[self.style])

    def shows(self, text: str) -> bool | None:
        """Whether a text has the form already; None where it has nothing to choose."""
        pieces = cut(text)

        def stands(style: Style) -> bool:
            found = find_phrases(pieces, _FORMS[style], longest=2)
            return any(
                style != "expanded" or not _stays(phrase, after(pieces, end)) for _, end, phrase in found
            )

        if stands(self.style):
            return True
        return False if any(stands(style) for style in _FORMS if style != self.style) else None


def _stays(phrase: Phrase, following: str | None) -> bool:
    """Whether nobody shortens this here: "yes, I am", "I have a card"."""
    return following is None or (phrase[-1] == "have" and following not in _AFTER_HAVE)


def _unclear(phrase: Phrase, following: str | None) -> bool:
    """Whether "'s" may stand for "has": "it's been"."""
    return phrase[0].endswith("'s") and (following is None or following in _AFTER_HAVE)


def _never(phrase: Phrase, following: str | None) -> bool:
    del phrase, following
    return False


_UNLESS: dict[Style, Callable[[Phrase, str | None], bool]] = {
    "contracted": _stays,
    "expanded": _unclear,
    "no_apostrophe": _never,
}

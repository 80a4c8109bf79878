"""Short forms: "pls" for "please", "u" for "you", "gonna" for "going to"; and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from holdfast.remedies.generate.methods.rules.pieces import cut, find_phrases, replace_phrases

if TYPE_CHECKING:
    import numpy as np

    from holdfast.remedies.generate.methods.rules.pieces import Phrase

Style = Literal["short", "long"]

# A small table of our own: what people write in messages, only where the short form says one thing.
_TABLE = """
    please: pls plz | you: u | your: ur | thanks: thx | thank you: thx ty | because: cuz bc | tomorrow: tmrw | tonight: tonite
    message: msg | messages: msgs | picture: pic | pictures: pics | appointment: appt | account: acct acc | information: info
    number: no. | telephone: phone | application: app | about: abt | before: b4 | great: gr8 | people: ppl | probably: prob
    minutes: mins | minute: min | hours: hrs | weeks: wks | department: dept | temperature: temp | refrigerator: fridge
    okay: ok | transaction: txn | payment: pymt | as soon as possible: asap | by the way: btw | i do not know: idk | i don't know: idk
    to be honest: tbh | in my opinion: imo | going to: gonna | want to: wanna | got to: gotta | kind of: kinda | sort of: sorta
    let me: lemme | give me: gimme | out of: outta | do not know: dunno | don't know: dunno | what is up: wassup | right now: rn
"""


def _pairs() -> list[tuple[str, str]]:
    entries = [entry.strip() for line in _TABLE.strip().splitlines() for entry in line.split("|")]
    return [
        (long, short)
        for entry in entries
        for long, _, shorts in [entry.partition(": ")]
        for short in shorts.split()
    ]


_SHORT: dict[Phrase, tuple[str, ...]] = {}
_LONG: dict[Phrase, tuple[str, ...]] = {}
for _long, _short in _pairs():
    if _short.isalpha():  # digits and dots are kept by other operations, and so not written by this one
        _SHORT[tuple(_long.split())] = (*_SHORT.get(tuple(_long.split()), ()), _short)
        _LONG.setdefault((_short,), (_long,))
# "going to the bank" is no "gonna the bank": a verb must follow, and these are never one.
_NO_VERBS = "the a an my your his her our their this that these those me you him us them it where which what bed work school"
_NOUNS_FOLLOW = frozenset(_NO_VERBS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortForms:
    """People in a hurry write "pls", "u" and "gonna"; others write the words out.

    English only.

    Rate
        per phrase that has another form. A guess, replace it; how many rows it befalls, `learn_weights` measures.

    >>> import numpy as np
    >>> ShortForms(rate=1.0)("Because you are going to pay", np.random.default_rng(1))
    'Bc u are gonna pay'
    >>> ShortForms(style="long", rate=1.0)("u gotta pay", np.random.default_rng(1))
    'you got to pay'
    """

    style: Style = "short"
    rate: float = 0.6

    @property
    def name(self) -> str:
        """`short_forms` or `long_forms`."""
        return f"{self.style}_forms"

    def __call__(self, text: str, rng: np.random.Generator) -> str:
        """With other forms of the same words."""
        return replace_phrases(
            text, _SHORT if self.style == "short" else _LONG, self.rate, rng, unless=_not_a_verb
        )

    def shows(self, text: str) -> bool | None:
        """Whether a text has the form already; None where it has nothing to choose."""
        pieces = cut(text)
        short = next(find_phrases(pieces, _LONG, longest=1), None) is not None
        long = next(find_phrases(pieces, _SHORT, longest=4), None) is not None
        return (short if self.style == "short" else long) if short or long else None


def _not_a_verb(phrase: Phrase, following: str | None) -> bool:
    return phrase[-1] == "to" and (following is None or following in _NOUNS_FOLLOW)

"""Answers: what of an answer is the row. Frames are taken off, the row is left as it was written.

A frame is taken off only where reality does not use it itself: what many of the real texts that were given do, such as stand in quotes or
begin with "Answer:", belongs to the form of the rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from holdfast.views.damage import KINDS, read_damage
from holdfast.views.endings import read_endings
from holdfast.views.tokens import MAXIMUM_CHARACTERS, read_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

Why = Literal["empty", "refused", "too_long"]

USUAL = 0.1
"""A frame that so many of the real texts have belongs to them; fewer are oddities, and would switch off what most answers need."""
TOO_LONG = 10
LONG = 2_000
"""An answer above 2,000 characters that is ten times as long as the longest real text is no row of theirs."""

_THOUGHT = re.compile(r"<(think|thinking|reasoning|thought)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"\A.*</(?:think|thinking|reasoning|thought)>", re.DOTALL | re.IGNORECASE)
_TOKEN = re.compile(r"<[|｜][a-z_▁][\w▁ ]{0,40}[|｜]>|</s>|<(?:start|end)_of_(?:turn|text)>|<eos>|\[/?INST\]")
_CODE = re.compile(r"\A```[\w+-]{0,20}[ \t]*\n")
_MARK = re.compile(r'\A"{3,}')
_SURE = r"(?:sure(?: thing)?|certainly|of course|absolutely|definitely|no problem|okay|ok|understood|got it|great)"
_ADVERTS = r"(?:here(?:'s| is| are)|below is|this is|i(?:'d| would) suggest|you (?:could|can) say|how about)"
_NOUNS = (
    r"(?:version|paraphrase|rewrite|rewording|rephrasing|translation|example|sample|text|message|sentence|question|query|request|answer"
    r"|response|review|one|variation|option|attempt|result)s?"
)
_MADE = r"(?:new|another|possible|rewritten|rephrased|reworded|paraphrased|translated|revised|evolved|different|modified|final)"
_LEAD = re.compile(
    # "Sure! Here is a text for you:" whatever stands behind it; without "sure", the noun must be one of a writer's own.
    rf"\A{_SURE}\b[!,.]*\s+{_ADVERTS}\b[^\n:?]{{0,120}}:(?=[\s\"“«])\s*(?=\S)"
    rf"|\A{_SURE}\b[!,.:]*[ \t]*\n+(?=\s*\S)"
    rf"|\A{_ADVERTS} (?:(?:a|an|the|my|your|one|some|\w+) )?(?:\w+ )?{_MADE}(?: {_NOUNS})?\b[^\n:?]{{0,120}}:(?=[\s\"“«])\s*(?=\S)"
    rf"|\A{_ADVERTS} (?:(?:a|an|the|my|your|one|some|\w+) )?(?:\w+ )?{_NOUNS}\b[^\n:?]{{0,120}}:\s*(?:\n\s*|(?=[\"“«]))(?=\S)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\A(?P<mark>\*{0,2})(?:(?:assistant|ai|chatgpt|model)"
    rf"|(?:(?:the|my|a) )?{_MADE} {_NOUNS}(?: is)?"
    r"|(?:paraphrase|translation|rewrite|answer|output|response|text)(?: (?:in|into|to) \w+)?)(?:(?P=mark):|:(?P=mark))\s*(?=\S)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\A(?:\(?\d{1,2}[.):]|[-*•–])[ \t]+(?=\S)")
_NEXT_ITEM = re.compile(r"[\s.,;]\(?2[.):]|[ \t][-*•][ \t]")
_FIRST_ITEM = re.compile(r"\A(?:\(?1[.):]|[-*•])[ \t]+(?=\S)")
# Each line is looked at once: what begins with a run of white space would be looked at from every place in it.
_NOTE = re.compile(
    r"\n[ \t]*(?:[-*_]{3,}[ \t]*\n\s*)?[*(\[]{0,3}(?:"
    r"note:? (?:that )?(?:i|this|the|these|in|it) |(?:explanation|rationale|reasoning|changes made|key changes)\**:"
    r"|i hope (?:this|that|it) (?:helps|works|meets)|let me know if you(?:'d| would)? (?:like|want|need) (?:me|any|more|further|another)"
    r"|(?:in )?this (?:(?:new|rewritten|rephrased|revised) (?:version|text|message)|version|rewrite|paraphrase) "
    r"(?:is |keeps|maintains|conveys|uses|says|captures|preserves|retains|adds|expresses)"
    r"|i (?:changed|replaced|rewrote|rephrased) (?:the|some|a few) |feel free to (?:modify|adjust|ask|let)"
    r"|would you like me to |is there anything else )",
    re.IGNORECASE,
)
_PAIRS = {
    '"': '"',
    "“": "”",
    "„": "“",
    "«": "»",
    "'": "'",
    "‘": "’",
    "`": "`",
    "「": "」",
    "『": "』",
    "*": "*",
}
_FRAMES = 12  # frames in frames: a lead-in, a fence, a list, a label, quotes
_REFUSED, _EMPTY = KINDS.index("refusals"), KINDS.index("empty rows")
_CANNOT = re.compile(
    r"\A(?:i'?m |i am )?(?:so |very |really )?(?:sorry|apologi[sz]e|unfortunately)\b[^.!?\n]{0,30}\bi (?:can't|cannot|am unable to|'m unable to|"
    r"am not able to|won't) (?:help|assist|comply|do that|write|generate|create|fulfil|provide|rewrite|translate|paraphrase)"
    r"|\Ai (?:can't|cannot|am unable to|'m unable to|won't) (?:help|assist|comply)(?: you)?(?: with (?:that|this))?[.!]?\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What of an answer is the row.

    Attributes:
        text: The row's text; None where there is none.
        why: Why there is none: `empty`, `refused` or `too_long`; else None.
        stripped: What was taken off, in order: `thoughts`, `tokens`, `fence`, `lead-in`, `label`, `list`, `lines`, `note`, `quotes`.
    """

    text: str | None
    why: Why | None
    stripped: tuple[str, ...]


def read_answer(text: str, *, shown: Sequence[str] = ()) -> Read:
    r"""What of an answer is the row.

    Args:
        text: The answer, as it came.
        shown: Real texts of the form that is wanted: those that stood in the prompt, or more. Where none of them has a line break, the
            first line of several is the row; where one has, or none is given, lines are kept, and only a list gives its first item.

    >>> read_answer('Sure! Here is a new message:\n\n1. "Where is it?"\n2. "Is it lost?"', shown=["where is my card"])
    Read(text='Where is it?', why=None, stripped=('lead-in', 'lines', 'list', 'quotes'))
    >>> read_answer("I'm sorry, but I can't assist with that request.").why
    'refused'
    """
    own = _habits(tuple(shown))
    said, stripped = text.strip(), []
    steps = [(name, step) for name, step in _STEPS.items() if name not in own and (shown or name != "lines")]
    for _ in range(_FRAMES):
        # The first frame that comes off, and then from the beginning: what is left of it may stand in another one.
        found = next(((name, less) for name, step in steps if (less := step(said).strip()) != said), None)
        if found is None:
            break
        said = found[1]
        stripped.append(found[0])
    if not said:
        return Read(text=None, why="empty", stripped=tuple(stripped))
    why = _why_not(said, own, shown)
    return Read(text=None if why else said, why=why, stripped=tuple(stripped))


def _why_not(said: str, own: frozenset[str], shown: Sequence[str]) -> Why | None:
    longest = max(map(len, shown)) * TOO_LONG if shown else MAXIMUM_CHARACTERS
    if len(said) > max(longest, LONG):
        return "too_long"
    damage = _damage_of([said])[0]
    if damage[_EMPTY] and "empty" not in own:
        return "empty"
    refuses = damage[_REFUSED] or _CANNOT.search(_folded(said))
    return "refused" if refuses and "refused" not in own else None


def _damage_of(texts: Sequence[str]) -> NDArray[np.bool_]:
    """bool [n, kinds]; what is read of words and endings is left to filters, and costs most."""
    nothing = [""] * len(texts)
    return read_damage(texts, read_tokens(nothing), read_endings(nothing))


def _folded(said: str) -> str:
    return said.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


@lru_cache(maxsize=64)
def _habits(shown: tuple[str, ...]) -> frozenset[str]:
    """What enough of the real texts do themselves."""
    texts = [text.strip() for text in shown if text.strip()]
    if not texts:
        return frozenset()
    most = USUAL * len(texts)
    own = {name for name, step in _STEPS.items() if sum(step(text).strip() != text for text in texts) > most}
    # One real text of several lines shows that rows may have some, and then a list may be a row.
    own -= {"lines", "list"}
    if any("\n" in text for text in texts):
        own |= {"lines", "list"}
    elif sum(_FIRST_ITEM.match(text) is not None for text in texts) > most:
        own.add("list")
    damage = _damage_of(texts)
    own |= {name for name, kind in (("empty", _EMPTY), ("refused", _REFUSED)) if damage[:, kind].sum() > most}
    return frozenset(own)


def _without_thoughts(said: str) -> str:
    return _THOUGHT_END.sub("", _THOUGHT.sub("", said))


def _without_tokens(said: str) -> str:
    """Less the tokens of a chat template that stand at its end."""
    cut = end = None
    for found in _TOKEN.finditer(said):
        if end is None or said[end : found.start()].strip():
            cut = found.start()
        end = found.end()
    return said if end is None or said[end:].strip() else said[:cut]


def _without_fence(said: str) -> str:
    code, mark = _CODE.match(said), _MARK.match(said)
    if code and said.endswith("```") and "```" not in said[3:-3]:
        return said[code.end() : -3]
    fence = mark[0] if mark else ""
    inner = said[len(fence) : -len(fence)].strip() if fence and said.endswith(fence) else ""
    return inner or said


def _without_note(said: str) -> str:
    """Less what is said about the text below it."""
    found = _NOTE.search(said)
    return said[: found.start()] if found else said


def _first_line(said: str) -> str:
    """The first line that is no heading."""
    lines = [line for line in said.split("\n") if line.strip()]
    return next((line for line in lines if not line.rstrip().endswith(":")), said) if len(lines) > 1 else said


def _first_item(said: str) -> str:
    lines = [line.strip() for line in said.split("\n") if line.strip()]
    if not all(_ITEM.match(line) for line in lines):
        return said
    if len(lines) > 1:
        return _ITEM.sub("", lines[0])
    # A single line is an item only as the first of a list: "2. May" may be a text, and so may "1. One 2. Two".
    return said if _NEXT_ITEM.search(said, 2) else _FIRST_ITEM.sub("", said)


def _without_quotes(said: str) -> str:
    """Less one pair of quotes around all of it; a text that only begins and ends with quoted words keeps them."""
    close = _PAIRS.get(said[:1])
    if close is None or len(said) < 3 or said[-1] != close:
        return said
    inner = said[1:-1]
    if said[0] in inner or close in inner or inner != inner.strip():
        return said
    return inner


_STEPS: dict[str, Callable[[str], str]] = {
    "thoughts": _without_thoughts,
    "tokens": _without_tokens,
    "fence": _without_fence,
    "lead-in": lambda said: _LEAD.sub("", said),
    "label": lambda said: _LABEL.sub("", said),
    "note": _without_note,
    "lines": _first_line,
    "list": _first_item,
    "quotes": _without_quotes,
}
"""What is taken off: always the first of these that comes off, until none does."""

"""Damage: rows that went wrong, whatever they are about.

Every kind is a small rule on one row. None is a proof: a corpus about code holds placeholders and HTML by right. So a
kind says nothing by itself; measures hold its share against reality's own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from holdfast.views.sides import select_tokens
from holdfast.views.tokens import mix, ngrams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from holdfast.views.tokens import Tokens

CHARACTERS_READ = 4_000
"""Characters of a record the patterns read, from its beginning and its end; loops are looked for further (`tokens`)."""

LOOP_TURNS = 4
LOOP_CHARACTERS = 60
"""A loop says the same at least four times in a row, over at least sixty characters: "no no no no" and refrains are none,
nor is a verse that returns after another one. (Of 14,000 real reviews one does, of 3,500 tweets none.)"""
_LOOP_CHARACTERS_UNSPACED = 30  # a character of Chinese or Thai says more
_GRAM = 4
_GRAMS_AT_ONCE = 4_000_000
REPEATED_SHARE = 0.6
REPEATED_WORDS = 64
"""A row of at least 64 words repeats itself when six in ten of its word 4-grams stood in it before. (Rae et al. 2021,
table A1, drop web pages far below that; poems and source code reach 0.4.)"""

# What UTF-8 becomes when it is read byte by byte as Windows-1252 or Latin-1: a lead byte and its continuation bytes.
_MORE = "\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™"
_MORE_THAN_QUOTES = "\u0080-\u00a9\u00ac-\u00ba\u00bc-\u00bfŒœŠšŸŽžƒˆ˜†‡•‰€™"
# The same as Windows-1251.
_MORE_1251 = "ЂЃѓЉЊЌЋЏђљњќћџЎўЈҐЁЄЇІіґёєјЅѕї‚„…†‡€‰‹‘’“”•–—™›\u00a0¤¦§©«¬\u00ad®°±µ¶·№»"
_ENCODING = re.compile(
    "[\ufffd\ud800-\udfff\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"  # lost, halved and control characters
    rf"|[ÃÂ][{_MORE_THAN_QUOTES}]|[ÄÅ][\u0080-\u009fŒœŠšŸŽžƒˆ˜†‡‰]|(?:[Â-ß][{_MORE}]){{2,}}"
    rf"|â€[{_MORE}]|(?:[à-ï][{_MORE}]{{2}}){{2,}}|ðŸ[{_MORE}]|ï»¿|ï¿½"
    rf"|(?:[РС][{_MORE_1251}]){{3,}}"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # all that a text in ASCII can hold of that
_LOST_APOSTROPHE = re.compile(r"[a-z]\?(?:t|s|re|ve|ll)\b(?!=)")
_ESCAPES = re.compile(
    r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\n(?![a-z])|\\\"|(?:%[0-9A-F]{2}){3,}|(?:=[0-9A-F]{2}){2,}"
)
_CHARACTER_LOOP = re.compile(r"(\S{1,8}?)\1{4,}")

_MODEL = (
    r"(?:ai|artificial intelligence|(?:ai |large )?language model|ai assistant|chatbot|virtual assistant)\b"
)
_UNABLE = r"(?:can(?:'t|not| not)|won't be able to|am (?:not able|unable) to|'m (?:not able|unable) to)"
_OFFERS = "(?:assist|help|fulfill?|comply|provide|generate|create|write|complete|answer|continue|produce|engage|offer)"
# The boundary of a word is asked for once and not by each: what begins no word costs one look.
_REFUSALS = re.compile(
    r"\b(?:"
    + "|".join(
        (
            rf"as an? {_MODEL}",
            rf"i(?:'m| am) (?:just |only |merely |simply )?an? {_MODEL}",
            rf"(?:sorry|apologi[sz]e|apologies)\b[^.!?\n]{{0,40}}\bi ?{_UNABLE} (?:\w+ )?{_OFFERS}\b",
            rf"i ?{_UNABLE} {_OFFERS} (?:you )?(?:with )?(?:that|this|your|such) (?:request|content|prompt|kind|type)",
            r"against my (?:guidelines|programming|principles|ethic)",
            r"(?:my|of my) (?:training data|knowledge cut-?off|last (?:knowledge )?update)\b",
            r"i (?:do not|don't) have (?:personal (?:opinion|experience|feeling|belief|preference|emotion)|real-time "
            r"|access to (?:real-time|the internet)|the ability to (?:browse|access))",
            r"(?:developed|created|trained) by (?:openai|anthropic|google deepmind|meta ai|mistral ai)\b",
            r"als (?:eine? )?(?:ki|künstliche intelligenz|ki-\w+|(?:großes )?sprachmodell)\b",
            r"ich bin (?:nur |lediglich )?(?:eine ki|ein (?:ki-|großes )?sprachmodell|eine künstliche intelligenz)\b",
            r"tut mir leid,? (?:aber )?(?:ich|das|dabei|damit) kann (?:ich )?(?:dir |ihnen |diese |dabei |leider )*nicht\b",
            r"en tant qu(?:e |'|' )(?:ia|intelligence artificielle|modèle de langage|assistant virtuel)\b",
            r"désolée?,? (?:mais )?je ne (?:peux|suis)\b",
            r"como una? (?:ia|inteligencia artificial|modelo de lenguaje)\b",
            r"lo siento,? pero no (?:puedo|soy capaz)\b",
            r"come (?:ia|intelligenza artificiale|modello (?:di linguaggio|linguistico))\b",
            r"mi dispiace,? ma non posso\b",
            r"como uma? (?:ia|inteligência artificial|modelo de linguagem)\b",
            r"(?:desculpe|lamento|sinto muito),? mas (?:eu )?não posso\b",
            r"als (?:een )?(?:ai|taalmodel)\b|het spijt me,? maar ik kan\b",
            r"jako (?:model językowy|sztuczna inteligencja)\b",
            r"как (?:ии|искусственный интеллект|(?:большая )?языковая модель)\b",
            r"(?:извините|простите),? (?:но )?я не могу\b",
        )
    )
    + ")"
)
_REFUSALS_UNSPACED = re.compile(
    r"作为(?:一个|一名|一款)?(?:人工智能|ai|大?型?语言模型)|(?:抱歉|对不起)[,，]? ?(?:但)?我(?:无法|不能)"
    r"|(?:人工知能|言語モデル|ai ?アシスタント)として|(?:인공지능|언어 모델)(?:로서|으로서)"
)
_SURE = "(?:sure(?: thing)?|certainly|of course|absolutely|definitely|no problem|great question|understood|got it)"
_LIST = r":\s*(?:\n|[\"“«*\d-]|\Z)"  # what is announced stands on lines of its own, or in quotes
_OPENINGS = re.compile(
    r"\A\W{0,3}(?:"
    + "|".join(
        (
            rf"{_SURE}\b[!,.:]* (?:i(?:'d| would) be (?:happy|glad)|i can (?:certainly |definitely )?help"
            r"|here(?:'s| is| are)|below (?:is|are))\b",
            r"here(?:'s| is| are) (?:an?|the|some|my|your|one|two|three|four|five|\d+|several|another|possible)\b"
            rf"[^.!?\n]{{0,100}}{_LIST}",
            r"(?:natürlich|gerne|klar|selbstverständlich)[!,.]+ (?:hier|ich helfe)\b",
            rf"(?:bien sûr|certainement|d'accord)[ !,.]+voici\b|voici (?:une?|la|le|les|quelques|des) [^.!?\n]{{0,80}}{_LIST}",
            r"(?:claro|por supuesto|desde luego)[!,.]+ (?:aquí|a continuación)\b",
            rf"(?:certo|certamente|ecco)[!,.]* (?:ecco|una?|il|la|alcuni) [^.!?\n]{{0,80}}{_LIST}",
            r"(?:claro|com certeza)[!,.]+ (?:aqui|segue)\b",
            r"конечно[!,.]+ вот\b",
            r"(?:当然|好的)[！!,，。]? ?(?:以下|这里|下面|这是)",
            r"(?:もちろん|はい)[！!、,。]? ?(?:以下|こちら)",
        )
    )
    + ")"
)
_SLOTS = (
    "(?:insert|enter|fill|your|my|first|last|full|user|customer|company|product|brand|name|date|city|country|location|topic"
    "|number|amount|phone|question|answer|category|placeholder)"
)
_PLACEHOLDERS = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\{%[^%\n]{1,80}%\}|\$\{[A-Za-z_][\w.]{0,40}\}|%\([a-z_]\w{0,30}\)s"
    rf"|\{{(?i:{_SLOTS})(?:[_ ][^\W_]{{1,20}}){{0,3}}\}}|<(?i:{_SLOTS})(?:[_ ][^\W_]{{1,20}}){{0,3}}>"
    rf"|\[(?i:{_SLOTS})(?:[_ '’/]{{1,2}}[^\W_]{{1,20}}){{0,6}}\]|\[[A-Z]{{3,20}}(?:[ _-][A-Z0-9]{{1,20}}){{0,4}}\]"
    r"|(?i:\blorem ipsum\b)|\b(?:TODO|TBD|FIXME)\b"
)
_TEMPLATES = re.compile(
    r"<[|｜][a-z_▁][\w▁ ]{0,40}[|｜]>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_(?:turn|text)>|\A\s*<s>|</s>\s*\Z|</?think>"
    r"|<(?:pad|unk|eos|bos|mask|sep|cls)>|\[(?:PAD|UNK|CLS|SEP|MASK|EOS|BOS)\]"
    r"|^#{2,3} ?(?:Instruction|Response|Input|Output|Human|Assistant|User|System)\b"
    r"|^(?:Human|Assistant|ASSISTANT|USER|User|AI|System|SYSTEM|ChatGPT): |(?:Ġ\w{1,20}\W{0,3}){3}|▁\w",
    re.MULTILINE,
)
_HTML = re.compile(
    r"&(?:amp|lt|gt|quot|nbsp|apos|[lr][sd]quo|[mn]dash|hellip|#\d{1,6}|#x[0-9a-fA-F]{1,5});"
    r"|</?(?:br|p|div|span|b|i|u|em|strong|a|ul|ol|li|td|tr|th|table|h[1-6]|img|font|body|html|script)\b[^<>\n]{0,200}>"
)
_NOTHING = {"nan", "none", "null", "n/a", "undefined", "removed", "deleted"}
_OPEN_END = re.compile(r"(?:[(\[{„,–—\\]|(?<=\w)-)\Z")
_OPEN_WORDS = {"the", "a", "an", "and", "or", "but", "my", "our", "your", "their", "although"}
_OPEN_WORDS |= {"und", "oder", "aber", "et", "ou", "mais", "les", "y", "o", "los", "las"}
_TRAILING_OFF = re.compile(r"(?:\.\.\.|…)\Z")
_LONG = 200  # characters from which dots at the end are no mere habit
# A full stop after a single letter or a capital is an abbreviation's; a sentence begins with anything but a small letter.
_SENTENCE_END = re.compile(r"(?<=[^\WA-Z][^\WA-Z])[.!?]['\"”’)\]]{0,2}\s+(?=[^a-z\s])|[。！？]+")
_LEFT_OPEN = 12  # characters after the last sentence that ends
_SEVERAL_WORDS = 5

CUT_OFF = "cut-off rows"
KINDS = (
    "encoding damage",
    "literal escapes",
    "loops",
    "refusals",
    "assistant openings",
    "unfilled placeholders",
    "template tokens",
    "HTML leftovers",
    "empty rows",
    CUT_OFF,
)

COSMETIC = ("assistant openings", "template tokens")
"""Kinds that frame a row and leave it whole: artifacts, which cost a learner next to nothing."""


def read_damage(texts: Sequence[str], tokens: Tokens, endings: Endings | None = None) -> NDArray[np.bool_]:
    """Which kinds of damage each text shows.

    Args:
        texts: n texts as given.
        tokens: Their words.
        endings: How they end, where that was read before.

    Returns:
        bool [n, kinds], in the order of `KINDS`.

    >>> from holdfast.views.tokens import read_tokens
    >>> texts = ["Dear {{name}}, it is cafÃ© time", "no no no no, I said"]
    >>> [[KINDS[kind] for kind in np.flatnonzero(row)] for row in read_damage(texts, read_tokens(texts))]
    [['encoding damage', 'unfilled placeholders'], []]
    """
    endings = endings or read_endings(texts)
    flags = np.zeros((len(texts), len(KINDS)), bool)
    for row, text in enumerate(texts):
        flags[row, : KINDS.index(CUT_OFF)] = _damage_of(_part(text))
    flags[:, KINDS.index("loops")] |= _loops(tokens)
    flags[:, KINDS.index(CUT_OFF)] = endings.broken | endings.left_open
    return flags


def _part(text: str) -> str:
    if len(text) <= CHARACTERS_READ:
        return text
    return text[: CHARACTERS_READ // 2] + "\n" + text[-CHARACTERS_READ // 2 :]


def _damage_of(text: str) -> tuple[bool, ...]:
    folded = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return (
        (_CONTROL if text.isascii() else _ENCODING).search(text) is not None
        or _holds(_LOST_APOSTROPHE, text, "?"),
        _holds(_ESCAPES, text, "\\", "%", "="),
        any(
            len(loop[0]) >= LOOP_CHARACTERS and any(map(str.isalpha, loop[1]))
            for word in folded.split()
            if len(word) >= LOOP_CHARACTERS
            for loop in _CHARACTER_LOOP.finditer(word)
        ),
        _REFUSALS.search(folded) is not None
        or (not folded.isascii() and _REFUSALS_UNSPACED.search(folded) is not None),
        _OPENINGS.search(folded) is not None,
        _holds(_PLACEHOLDERS, text, "{", "[", "<", "%(", "TODO", "TBD", "FIXME")
        or ("lorem" in folded and _PLACEHOLDERS.search(text) is not None),
        _holds(_TEMPLATES, text, "<", "[", "#", ": ", "Ġ", "▁"),
        _HTML.search(text) is not None,
        _says_nothing(folded),
    )


def _holds(pattern: re.Pattern[str], text: str, *signs: str) -> bool:
    """Whether a pattern is found, which needs one of these signs: most rows hold none, and are read much quicker."""
    return any(sign in text for sign in signs) and pattern.search(text) is not None


def _says_nothing(text: str) -> bool:
    """No letter, digit or pictogram, or nothing but a word that stands for nothing."""
    if re.search(r"\w", text) is None:
        return not any(unicodedata.category(sign) == "So" for sign in text)
    return len(text) < 40 and text.strip(" \n\t.[]()<>\"'") in _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """How rows end.

    Attributes:
        broken: bool [n], rows that end where nothing ends.
        several: bool [n], rows whose last paragraph has several sentences.
        bare: bool [n], rows that end in a word without a full stop, and not in a link or a tag.
    """

    broken: NDArray[np.bool_]
    several: NDArray[np.bool_]
    bare: NDArray[np.bool_]

    @property
    def left_open(self) -> NDArray[np.bool_]:
        """bool [n], rows of several sentences of which the last does not end, and nothing else shows that it was cut."""
        return self.several & self.bare & ~self.broken


def read_endings(texts: Sequence[str]) -> Endings:
    """How each text ends.

    >>> found = read_endings(["It is fine. It works. What I did not like was", "no full stop", "on Monday and the bank and"])
    >>> found.broken.tolist(), found.left_open.tolist()
    ([False, False, True], [True, False, False])
    """
    found = np.array([_ending(_part(text).rstrip()) for text in texts], bool).reshape(-1, 3)
    return Endings(broken=found[:, 0], several=found[:, 1], bare=found[:, 2])


def _ending(text: str) -> tuple[bool, bool, bool]:
    sentences = _SENTENCE_END.split(text[text.rfind("\n") + 1 :])
    several = len(sentences) > 2
    if _OPEN_END.search(text) or (len(text) >= _LONG and _TRAILING_OFF.search(text)):
        return True, several, False
    if not text[-1:].isalnum():
        return False, several, False
    words = text[-200:].split()
    if words[-1].lower() in _OPEN_WORDS and len(words) >= _SEVERAL_WORDS:
        return True, several, True
    # A link or a tag closes a row as a full stop does.
    return False, several, len(sentences[-1]) >= _LEFT_OPEN and not set("#@/_") & set(words[-1])


def _loops(tokens: Tokens) -> NDArray[np.bool_]:
    """bool [n], rows that go round in a loop of words, however long its period, or are mostly made of their own words."""
    flags = np.zeros(len(tokens), bool)
    # Rows are taken some at a time, so that memory does not grow with their number.
    cuts = np.searchsorted(
        tokens.row_starts, np.arange(_GRAMS_AT_ONCE, tokens.row_starts[-1] + _GRAMS_AT_ONCE, _GRAMS_AT_ONCE)
    )
    start = 0
    for stop in np.unique(np.minimum(cuts, len(tokens))).tolist():
        flags[start:stop] = _find_loops(select_tokens(tokens, np.arange(start, stop)))
        start = stop
    return flags


def _find_loops(tokens: Tokens) -> NDArray[np.bool_]:
    hashes, positions = ngrams(tokens, _GRAM)
    flags = np.zeros(len(tokens), bool)
    if len(hashes) == 0:
        return flags
    row = tokens.rows[positions]
    back = _distances(mix(hashes + mix(row.astype(np.uint64))))
    seen = np.bincount(row, back > 0, minlength=len(tokens))
    read = np.bincount(row, minlength=len(tokens))
    flags |= (seen >= REPEATED_SHARE * read) & (tokens.counts >= REPEATED_WORDS)
    # In a loop every n-gram stood there one period earlier: a run of equal distances.
    first = np.flatnonzero(np.append(True, (back[1:] != back[:-1]) | (row[1:] != row[:-1])))
    last = np.append(first[1:], len(back)) - 1
    period = back[first]
    words = last - first + 1 + period + _GRAM - 1
    begin, end = positions[first] - period, positions[last] + _GRAM - 1
    characters = tokens.ends[end].astype(np.int64) - tokens.begins[begin]
    letters = np.concatenate([[0], np.cumsum(tokens.ends - tokens.begins)])
    unspaced = letters[end + 1] - letters[begin] == words
    enough = characters >= np.where(unspaced, _LOOP_CHARACTERS_UNSPACED, LOOP_CHARACTERS)
    for run in np.flatnonzero((period > 0) & (words >= LOOP_TURNS * period) & enough).tolist():
        at = int(row[first[run]])
        if not flags[at]:
            said = tokens.folded[at][tokens.begins[begin[run]] : tokens.ends[end[run]]]
            flags[at] = any(map(str.isalpha, said))
    return flags


def _distances(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """int64 [g], how far back the same key stood last, 0 where it never did."""
    order = np.argsort(keys, kind="stable")
    again = keys[order][1:] == keys[order][:-1]
    back = np.zeros(len(keys), np.int64)
    back[order[1:][again]] = order[1:][again] - order[:-1][again]
    return back

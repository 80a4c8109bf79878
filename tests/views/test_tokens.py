"""Words against a plain implementation that reads one character after another."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.views.tokens import MAXIMUM_CHARACTERS, fold, fold_all, mix, ngrams, read_tokens

UNSPACED = [
    range(0x0E00, 0x0F00),
    range(0x1000, 0x10A0),
    range(0x1780, 0x1800),
    range(0x3040, 0x3100),
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xF900, 0xFB00),
    range(0x20000, 0x40000),
]
PIECES = [
    "don't",
    "rock’n’roll",
    "'quoted'",
    "l'''eau",
    "snake_case",
    "3.14",
    "naïve",
    "e\u0301te\u0301",
    "中文字",
    "漢字かなカナ",
    "ภาษาไทย",
    "ไม่ได้",
    "ပြည်",
    "ខ្មែរ",
    "हिन्दी",
    "ﬁne",
    "ＡＢＣ",
    "İstanbul",
    "😀",
    "👨‍👩‍👧",
    "🏳️‍🌈",
    "\x00",
    "a\x00b",
    "\u00a0",
    "\u200b",
    "\n\t",
    "—",
    "...",
    "ß",
    "ﷺ",
    "𝔘𝔫𝔦",
    "مرحبا",
    "\ud800",
    "",
    " ",
]
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(PIECES),
        st.text(max_size=6),
        st.characters(min_codepoint=0x0E00, max_codepoint=0x0E7F),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x4E2F),
        st.sampled_from("'’ ab_1"),
    ),
    max_size=10,
).map("".join)


def kind_of(character):
    category = unicodedata.category(character)
    if category[0] in "ZC":
        return "space"
    if category[0] in "LM" and any(ord(character) in block for block in UNSPACED):
        return "alone"
    return "letter" if category[0] in "LNM" or category == "Pc" else "mark"


def plain_words(text):
    folded = unicodedata.normalize("NFKC", text).lower()
    kinds = [kind_of(character) for character in folded]
    words, word = [], ""
    for place, character in enumerate(folded):
        kind = kinds[place]
        if character in "'’" and kinds[max(place - 1, 0) : place + 2] == ["letter", "mark", "letter"]:
            kind = "letter"
        if kind == "letter":
            word += character
            continue
        words += [word] * bool(word)
        word = ""
        words += [character] * (kind == "alone")
    return words + [word] * bool(word)


def spelled(tokens, row):
    return [tokens.spell(place) for place in range(tokens.row_starts[row], tokens.row_starts[row + 1])]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't STOP, snake_case!", ["don't", "stop", "snake_case"]),
        ("rock’n’roll 'n' roll'", ["rock’n’roll", "n", "roll"]),
        ("3.14 and v2", ["3", "14", "and", "v2"]),
        ("我love你", ["我", "love", "你"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("ﬁne ＡＢＣ", ["fine", "abc"]),
        ("e\u0301", ["é"]),
        ("ok😀ok", ["ok", "ok"]),
        ("a\x00b", ["a", "b"]),
        ("", []),
        ("?! …", []),
    ],
)
def test_words_one_by_one(text, words):
    tokens = read_tokens([text])
    assert spelled(tokens, 0) == words
    assert plain_words(text) == words


@given(TEXTS)
@example("'")
@example("a'")
@example("'a")
@example("中'文")
@settings(max_examples=250, deadline=None)
def test_words_of_any_text(text):
    tokens = read_tokens([text])
    assert spelled(tokens, 0) == plain_words(text)
    assert tokens.counts.tolist() == [len(plain_words(text))]


@given(st.lists(TEXTS, max_size=6))
@example(["", ""])
@example(["a", "", "b"])
@example(["abc", "'tis so"])
@example(["rock'", "n"])
@example(["rock", "'", "n"])
@settings(max_examples=150, deadline=None)
def test_rows_are_read_one_by_one(texts):
    tokens = read_tokens(texts)
    assert len(tokens) == len(texts)
    assert tokens.row_starts[-1] == len(tokens.words) == len(tokens.begins) == len(tokens.ends)
    for row, text in enumerate(texts):
        assert spelled(tokens, row) == plain_words(text)
        alone = read_tokens([text])
        assert tokens.words[tokens.row_starts[row] : tokens.row_starts[row + 1]].tolist() == (
            alone.words.tolist()
        )
    np.testing.assert_array_equal(tokens.rows, np.repeat(np.arange(len(texts)), tokens.counts))


@given(st.lists(TEXTS, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_hashes_are_equal_where_words_are(texts):
    hashes = {}
    for text in texts:
        tokens = read_tokens([text])
        for place, value in enumerate(tokens.words.tolist()):
            assert hashes.setdefault(tokens.spell(place), value) == value
    assert len(set(hashes.values())) == len(hashes)


def test_no_two_of_many_words_share_a_hash():
    letters = "abcdefghij"
    words = [a + b + c + d for a in letters for b in letters for c in letters for d in letters]
    tokens = read_tokens([*words, "ab ba aab aba baa"])
    assert len(set(tokens.words.tolist())) == len(words) + 5


@given(st.lists(TEXTS, max_size=5), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_ngrams_stay_inside_their_row(texts, size):
    tokens = read_tokens(texts)
    hashes, positions = ngrams(tokens, size)
    wanted = [
        (row, place, tuple(words[place : place + size]))
        for row, words in enumerate(plain_words(text) for text in texts)
        for place in range(len(words) - size + 1)
    ]
    rows = tokens.rows[positions]
    assert [(r, p) for r, p, _ in wanted] == list(
        zip(rows.tolist(), (positions - tokens.row_starts[rows]).tolist(), strict=True)
    )
    known = {}
    for (_, _, gram), value in zip(wanted, hashes.tolist(), strict=True):
        assert known.setdefault(gram, value) == value
    assert len(set(known.values())) == len(known), "different n-grams, different hashes"


def test_an_ngram_depends_on_the_order_of_its_words():
    hashes, _ = ngrams(read_tokens(["a b", "b a", "a a", "b b"]), 2)
    assert len(set(hashes.tolist())) == 4


def test_a_long_record_is_judged_by_its_beginning():
    tokens = read_tokens(["x" * MAXIMUM_CHARACTERS + " tail", "a " * (MAXIMUM_CHARACTERS // 2)])
    assert tokens.truncated == 1
    assert tokens.counts.tolist() == [1, MAXIMUM_CHARACTERS // 2]
    assert len(tokens.folded[0]) == MAXIMUM_CHARACTERS


def test_a_phrase_is_spelled_as_it_stands_in_its_row():
    tokens = read_tokens(["one, TWO;  three", "中 文"])
    assert tokens.spell(0, 3) == "one, two;  three"
    assert tokens.spell(3, 2) == "中 文"


def test_folding_makes_look_alikes_equal():
    assert fold("ＦＵＬＬ Ǆ") == "full dž"
    assert fold(fold("Ǆ ﬁ")) == fold("Ǆ ﬁ")


def test_mixing_loses_nothing():
    values = np.concatenate([np.arange(50_000, dtype=np.uint64), np.arange(50_000, dtype=np.uint64) << 40])
    assert len(np.unique(mix(values))) == len(np.unique(values))


def test_nothing_to_read():
    for texts in ([], [""], ["", "  "]):
        tokens = read_tokens(texts)
        assert len(tokens.words) == 0
        assert tokens.counts.tolist() == [0] * len(texts)
        assert len(ngrams(tokens, 2)[0]) == 0


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [""],
        ["", ""],
        ["Plain", "ＦＵＬＬ Ǆ", "", "ONE\0TWO", "Σ", "ΑΣ"],
        ["A\0B"],
        ["ΑΣ", "Α"],
        ["A" * (MAXIMUM_CHARACTERS + 5), "B"],
        ["ß" * (MAXIMUM_CHARACTERS + 5), "B", "\ud800 X"],
    ],
)
def test_folding_together_is_folding_each(texts):
    assert fold_all(texts) == [fold(text) for text in texts]

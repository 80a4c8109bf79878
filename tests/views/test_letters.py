"""Spelling models against one written out by hand, and scripts by name."""

from __future__ import annotations

from collections import Counter
from math import log2

import numpy as np
import pytest

from holdfast.views.letters import main_scripts, read_letters
from holdfast.views.tokens import read_tokens

ANCHOR = ["the cat sat", "a cat ran", "the rat sat", "that hat", "the end"]
FOLDS = np.array([0, 1, 2, 3, 3], np.int8)
NEW = ["the bat", "zzz x9 sat"]


def spelled_by_hand(word, known, letters):
    """Bits, and bits by the frequencies of letters, of one word under a model of the known ones."""
    counts = [Counter() for _ in range(3)]
    for other in known:
        text = f"\0\0{other}\0"
        for end in range(2, len(text)):
            for size in range(3):
                counts[size][text[end - size : end + 1]] += 1
    before = [Counter() for _ in range(3)]
    for size in (1, 2):
        for gram, count in counts[size].items():
            before[size][gram[:-1]] += count
    total = sum(counts[0].values())
    text, bits, plain = f"\0\0{word}\0", 0.0, 0.0
    for end in range(2, len(text)):
        single = p = (counts[0][text[end]] + 1) / (total + letters + 1)
        for size in (1, 2):
            gram = text[end - size : end + 1]
            p = (counts[size][gram] + 10 * p) / (before[size][gram[:-1]] + 10)
        bits, plain = bits - log2(p), plain - log2(single)
    return bits, plain


def test_spelling_against_a_model_by_hand():
    found = read_letters(read_tokens(ANCHOR), read_tokens(NEW), FOLDS)
    words = [text.split() for text in ANCHOR]
    alphabet = set("".join(ANCHOR + NEW)) - {" "} | {"\0"}
    places = dict(zip(" ".join(ANCHOR + NEW).split(), np.concatenate(found.places).tolist(), strict=True))
    for fold in range(5):
        known = {word for row, f in zip(words, FOLDS, strict=True) for word in row if f != fold}
        for word, place in places.items():
            bits, plain = spelled_by_hand(word, known, len(alphabet))
            assert found.bits[place, fold] == pytest.approx(bits)
            assert found.saved[place, fold] == pytest.approx(plain - bits)
    assert [word for word, place in places.items() if not found.spelled[place]] == ["x9"]


def test_words_beyond_the_first_are_not_read():
    tokens = read_tokens(["one two three four"])
    assert len(read_letters(tokens, tokens, np.zeros(1, np.int8), words_read=3)) == 3


SCRIPTS = {
    "what is my balance": "LATIN",
    "каков мой баланс": "CYRILLIC",
    "ποιο είναι το υπόλοιπο": "GREEK",
    "余额是多少": "CJK",
    "残高はいくらですか": "KANA",
    "カード": "KANA",
    "잔액이 얼마인가요": "HANGUL",
    "ยอดเงินของฉัน": "THAI",
    "ما هو رصيدي": "ARABIC",
    "מה היתרה שלי": "HEBREW",
    "నా బ్యాలెన్స్ ఎంత": "TELUGU",
    "मेरा बैलेंस क्या है": "DEVANAGARI",
    "ｆｕｌｌ ｗｉｄｔｈ": "LATIN",
    "12 + 7 = 19": None,
    "ok": None,  # too few letters to tell
    "😀 !!": None,
    "": None,
}


def test_scripts():
    found = read_letters(read_tokens(list(SCRIPTS)), read_tokens(["a"]), np.zeros(len(SCRIPTS), np.int8))
    main = main_scripts(found, 0, len(SCRIPTS))
    assert [found.scripts[s] if s >= 0 else None for s in main] == list(SCRIPTS.values())


@pytest.mark.parametrize("texts", [[], [""], ["12 34"], ["a" * 50_000], ["\ud800 \udfff"], ["_" * 50]])
def test_odd_rows(texts):
    tokens = read_tokens(texts)
    found = read_letters(tokens, tokens, np.zeros(len(texts), np.int8))
    assert np.isfinite(found.bits).all()
    assert len(main_scripts(found, 1, len(texts))) == len(texts)

"""Spelling models against one written out by hand, and scripts by name."""

from __future__ import annotations

from collections import Counter
from math import log2

import numpy as np
import pytest

from holdfast.views.language import main_scripts
from holdfast.views.letters import NO_LETTER, script_of
from holdfast.views.tokens import read_tokens
from holdfast.views.vocabulary import learn_vocabulary

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
    vocabulary = learn_vocabulary(read_tokens(ANCHOR), FOLDS)
    texts = [*ANCHOR, *NEW]
    read = vocabulary.read(read_tokens(texts))
    alphabet = set("".join(ANCHOR)) - {" "} | {"\0"}
    places = dict(zip(" ".join(texts).split(), read.places.tolist(), strict=True))
    words = [text.split() for text in ANCHOR]
    for fold in range(5):
        known = {word for row, f in zip(words, FOLDS, strict=True) for word in row if f != fold}
        for word, place in places.items():
            at, left_out = np.array([place]), np.array([fold], np.int8)
            bits, plain = spelled_by_hand(word, known, len(alphabet))
            assert read.by_fold("bits", at, left_out)[0] == pytest.approx(bits)
            assert read.by_fold("saved", at, left_out)[0] == pytest.approx(plain - bits)
    spelled = read.of("spelled", np.array(list(places.values())))
    assert [word for word, flag in zip(places, spelled, strict=True) if not flag] == ["x9"]


def test_what_a_word_costs_does_not_depend_on_the_words_beside_it():
    vocabulary = learn_vocabulary(read_tokens(ANCHOR), FOLDS)
    alone = vocabulary.read(read_tokens(["bat"]))
    beside = vocabulary.read(read_tokens(["żółw bat ☃ 我"]))
    fold = np.zeros(1, np.int8)
    assert alone.by_fold("bits", alone.places, fold) == beside.by_fold("bits", beside.places[1:2], fold)


def test_words_beyond_the_first_are_not_read():
    tokens = read_tokens(["one two three four"])
    vocabulary = learn_vocabulary(tokens, np.zeros(1, np.int8), words_read=3)
    assert len(vocabulary.words) == len(vocabulary.letters) == len(vocabulary.read(tokens).places) == 3


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
    "12 + 7 = 19": "",
    "ok": "",  # too few letters to tell
    "😀 !!": "",
    "": "",
}


@pytest.mark.parametrize("anchor", [["a"], list(SCRIPTS)])
def test_scripts(anchor):
    vocabulary = learn_vocabulary(read_tokens(anchor), np.zeros(len(anchor), np.int8))
    letters = main_scripts(vocabulary.read(read_tokens(list(SCRIPTS))), len(SCRIPTS))
    assert [script_of(letter) for letter in letters.tolist()] == list(SCRIPTS.values())
    assert (letters[-4:] == NO_LETTER).all()


@pytest.mark.parametrize("texts", [[], [""], ["12 34"], ["a" * 50_000], ["\ud800 \udfff"], ["_" * 50]])
def test_odd_rows(texts):
    tokens = read_tokens(texts)
    for anchor in (tokens, read_tokens(["some words"])):
        vocabulary = learn_vocabulary(anchor, np.zeros(len(anchor), np.int8))
        read = vocabulary.read(tokens)
        assert np.isfinite(vocabulary.letters.bits).all()
        assert np.isfinite(read.new.bits).all()
        assert len(main_scripts(read, len(texts))) == len(texts)

import numpy as np
import pytest

from holdfast.remedies.generate.methods.rules.pieces import (
    cased_like,
    cut,
    find_phrases,
    joined,
    replace_phrases,
)

ALPHABET = [
    *"ab zI'’.,!?-_{}<>[]@:/0\n\t",
    "é",
    "e\u0301",
    "\u200d",
    "👍🏽",
    "\ud800",
    "Ж",
    "中",
    "कि",
    "www.",
    "http://",
    "{name}",
    "İ",
]


def words(text):
    return [piece.text for piece in cut(text) if piece.kind == "word"]


def test_pieces_are_the_text_again():
    rng = np.random.default_rng(0)
    for _ in range(3_000):
        text = "".join(ALPHABET[at] for at in rng.integers(len(ALPHABET), size=rng.integers(30)))
        assert joined(cut(text)) == text
        for piece in cut(text):
            assert piece.kind != "word" or all(letter.isalpha() or letter in "'’" for letter in piece.text)


@pytest.mark.parametrize(
    "kept",
    [
        "12345", "3.50", "1,000", "$50", "€9", "50%", "4711-AB", "B2B", "ORDER_ID", "user@example.org", "https://a.example/b?c=d",
        "www.example.org", "example.org", "/etc/hosts", "C:\\temp", "#tag", "@somebody", "{name}", "{{ user name }}", "{first name}",
        "<b>", "<first name>", "[CITY NAME]", "%s", "--force", "a/b", "e.g", "Привет", "中文", "नमस्ते", "ขอบคุณ", "cafe\u0301", "x\ud800y",
    ],
)  # fmt: skip
def test_what_is_more_than_words_is_kept_whole(kept):
    assert words(f"please take {kept} and go") == ["please", "take", "and", "go"]
    assert words(f"please ({kept}), go") == ["please", "go"]


def test_what_touches_something_kept_is_kept():
    assert words("Dear {name}'s friend, x{y}z") == ["Dear", "friend"]


def test_words_of_any_language_in_latin_letters_are_words():
    assert words("Ça été, l’hôtel à Łódź! Straße tiếng-Việt") == [
        "Ça",
        "été",
        "l’hôtel",
        "à",
        "Łódź",
        "Straße",
        "tiếng",
        "Việt",
    ]


def test_a_phrase_is_the_longest_and_crosses_no_punctuation():
    table = {("going", "to"): ("gonna",), ("going",): ("off",), ("to",): ("2",)}
    assert [phrase for _, _, phrase in find_phrases(cut("Going to, going. To go"), table, longest=2)] == [
        ("going", "to"),
        ("going",),
        ("to",),
    ]
    assert list(find_phrases(cut("going\nto"), {("going", "to"): ()}, longest=2)) == []


def test_replaced_phrases_keep_their_case():
    table = {("thank", "you"): ("thanks",)}
    rng = np.random.default_rng(0)
    assert replace_phrases("Thank you, THANK YOU, thank you", table, 1.0, rng) == "Thanks, THANKS, thanks"
    assert replace_phrases("thank you", table, 0.0, rng) == "thank you"
    assert cased_like("", "A") == ""

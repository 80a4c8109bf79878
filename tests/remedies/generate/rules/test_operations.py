import pickle
import unicodedata
from dataclasses import fields, replace

import numpy as np
import pytest

from holdfast.remedies.generate.methods.rules import OPERATIONS
from holdfast.remedies.generate.methods.rules.operations import (
    Casing,
    Contractions,
    Dialect,
    Keyboard,
    LeftOut,
    Punctuation,
    ShortForms,
    Speech,
    Typos,
    Whitespace,
)
from holdfast.remedies.generate.methods.rules.operations.keyboard import LAYOUTS, neighbours

KEPT = [
    "4711-AB",
    "user@example.org",
    "https://a.example/b?c=D",
    "{first name}",
    "{NAME}",
    "1,000.50",
    "ORDER_ID",
    "555",
    "Привет",
    "नमस्ते",
]
MIXED = "Hello, I am going to the bank, please. Can you tell ABC 4711-AB what is my favorite color? It's for you and I cannot wait! "


@pytest.fixture(params=OPERATIONS, ids=lambda operation: operation.name)
def operation(request):
    return request.param


def drawn(operation, text, times=20):
    return [operation(text, np.random.default_rng(seed)) for seed in range(times)]


def test_names_are_unique_and_operations_are_values(operation):
    assert [other.name for other in OPERATIONS].count(operation.name) == 1
    assert pickle.loads(pickle.dumps(operation)) == operation  # noqa: S301 - our own
    assert operation.__doc__
    assert "Rate" in operation.__doc__
    assert 0 < operation.rate <= 1


def test_the_same_draws_give_the_same_text(operation):
    assert drawn(operation, MIXED, 5) == drawn(operation, MIXED, 5)


def test_something_happens_to_a_text_that_has_everything(operation):
    texts = [MIXED, "u gotta look at my favourite, thx", "i won't say what's ok"]
    texts += [text.lower() for text in texts]
    assert any(
        text not in drawn(operation, text)[:1] or len(set(drawn(operation, text))) > 1 for text in texts
    )


def test_numbers_ids_addresses_placeholders_and_other_scripts_stay(operation):
    loud = replace(operation, rate=1.0)
    for kept in KEPT:
        for text in drawn(loud, f"Hello, {kept} is the color that I am going to want please, {kept}!", 10):
            assert text.count(kept) == 2, text


@pytest.mark.parametrize(
    "text",
    [
        "Как мне сменить пароль?",
        "怎么 改密码？",
        "كيف حالك؟",
        "खाता कैसे खोलें?",
        "רוצה לדעת",
        "👍🏽 👩‍👩‍👧",
        "12 345",
        "",
        " \n\t ",
    ],
)
def test_texts_of_other_scripts_are_left_alone(operation, text):
    # Number words are what speech is for, and a space is a space in any script.
    if operation.name != "whitespace":
        assert set(drawn(replace(operation, rate=1.0), text, 5)) == {text}


def test_nothing_becomes_empty(operation):
    for text in ("a", "the", "I", "please", "!", "?", "you are", "a the an", "{x}", " a "):
        assert all(found.strip() for found in drawn(replace(operation, rate=1.0), text, 5))


def test_letters_are_not_split_from_their_accents(operation):
    alone = unicodedata.normalize("NFD", "élève à l'hôtel, où déjà café señor")
    for text in drawn(replace(operation, rate=1.0), alone, 10):
        assert [letter for letter in text if unicodedata.combining(letter)] == [
            letter for letter in alone if unicodedata.combining(letter)
        ]
        for at, letter in enumerate(text):
            assert not unicodedata.combining(letter) or text[at - 1].lower() in "eaouncs"
    for text in drawn(replace(operation, rate=1.0), "half \ud83d pair \udc4d there", 5):
        assert "\ud83d" in text
        assert "\udc4d" in text


@pytest.mark.parametrize("unit", ["the color, please. ", "a.", "{", "<a ", "a-", "a'", "e\u0301", "? "])
def test_a_text_that_says_one_thing_over_and_over_is_read_to_its_end(operation, unit):
    """What takes the square of the length, or worse, does not come back from this."""
    text = unit * 20_000
    assert operation(text, np.random.default_rng(0)).strip()


def cases():
    yield Casing(style="lower"), "Call ABC at K9 Now", "call abc at K9 now"
    yield Casing(style="upper"), "Call abc at k9 now", "CALL ABC AT k9 NOW"
    yield (
        Casing(style="sentence"),
        "i am here. what's up? i'm ok, thanks",
        "I am here. What's up? I'm ok, thanks",
    )
    yield Casing(style="sentence"), "WHERE IS IT", "Where is it"
    yield (
        Casing(style="small_start"),
        "Where is Rome? ATM works. I say so.",
        "where is Rome? ATM works. i say so.",
    )
    yield Casing(style="small_start"), "5 Apples", "5 Apples"
    yield Punctuation(style="no_final_mark"), "Is it 3.5?", "Is it 3.5"
    yield Punctuation(style="no_final_mark"), "See www.a.org.", "See www.a.org"
    yield Punctuation(style="no_final_mark"), "(Is it?)", "(Is it?)"
    yield Punctuation(style="final_mark"), "where is it", "where is it?"
    yield Punctuation(style="final_mark"), "it is there ", "it is there. "[:-1]
    yield Punctuation(style="final_mark"), "it is there!", "it is there!"
    yield Punctuation(style="no_punctuation"), "Well, is it 3.5, or e.g. 4; no?", "Well is it 3.5 or e.g 4 no"
    yield Punctuation(style="doubled_mark"), "Where?", "Where??"
    yield Contractions(style="contracted", rate=1), "I am not what I am", "I'm not what I am"
    yield Contractions(style="contracted", rate=1), "I CANNOT go; you do not", "I CAN'T go; you do not"
    yield (
        Contractions(style="contracted", rate=1),
        "I have a card, they have been",
        "I have a card, they've been",
    )
    yield Contractions(style="contracted", rate=1), "they have lost it", "they've lost it"
    yield Contractions(style="expanded", rate=1), "It’s late, I won't go", "It is late, I will not go"
    yield Contractions(style="expanded", rate=1), "it's been, I'd go", "it's been, I'd go"
    yield (
        Contractions(style="no_apostrophe", rate=1),
        "I'm sure you're right, it's here",
        "Im sure youre right, it's here",
    )
    yield ShortForms(rate=1), "Please give me your message", "P"
    yield ShortForms(rate=1), "going to the bank", "going to the bank"
    yield ShortForms(rate=1), "i want to go", "i wanna go"
    yield ShortForms(style="long", rate=1), "Pls msg ur friend, thx", "Please message your friend, thanks"
    yield Dialect(style="british", rate=1), "My favorite color, canceled", "My favourite colour, cancelled"
    yield Dialect(style="british", rate=1), "check the line", "check the line"
    yield Dialect(style="american", rate=1), "Cancelled my holiday by cheque", "Canceled my vacation by check"
    yield LeftOut(rate=1), "Can you please tell me the rate of the card", "Tell me rate of card"
    yield LeftOut(rate=1), "the card", "the card"
    yield LeftOut(rate=1), "It works now. The app is fine", "It works now. App is fine"
    yield Speech(rate=0, fillers=0, run_together=0), "Is it 21, 105 or 07?", "is it 21 105 or 07"
    yield (
        Speech(rate=0, fillers=0, run_together=0),
        "At 20 or 21 of 13 {x}!",
        "at twenty or twenty one of 13 {x}",
    )
    yield Speech(rate=0, fillers=0, run_together=0, numbers=False), "At 20!", "at 20"
    yield Speech(rate=1, fillers=0, run_together=0), "Right!", "write"
    yield Speech(rate=0, fillers=0, run_together=1), "log in now", "loginnow"
    yield Whitespace(rate=1), "a,  b, c? yes", "a,  b,c ?  yes"
    yield Typos(rate=1), "is it me", "is it me"
    yield Keyboard(rate=1), "is it me", "is it me"


@pytest.mark.parametrize(("operation", "text", "expected"), [*cases()], ids=str)
def test_what_operations_do(operation, text, expected):
    found = operation(text, np.random.default_rng(0))
    assert found == expected if len(expected) > 1 else found.startswith(expected)


@pytest.mark.parametrize("kind", [Typos, Keyboard])
def test_so_many_words_are_mistyped_as_the_rate_says(kind):
    words, rate = 8_000, 0.06
    text = " ".join(["transfer", "is", "mistyped"] * (words // 2))
    changed = sum(
        a != b
        for a, b in zip(text.split(), kind(rate=rate)(text, np.random.default_rng(1)).split(), strict=True)
    )
    # A double letter that is left out twice the same way, or swapped with itself, is no change: "transfer" and "mistyped" have none.
    assert abs(changed - words * rate) < 4 * np.sqrt(words * rate * (1 - rate))
    assert kind(rate=0.0)(text, np.random.default_rng(1)) == text


def test_a_mistyped_word_keeps_its_first_letter_and_is_one_step_away():
    rng = np.random.default_rng(0)
    lengths = {len(Typos(rate=1.0)("Transfer", rng)) for _ in range(200)}
    assert lengths == {7, 8, 9}
    for _ in range(100):
        hit = Keyboard(rate=1.0)("Transfer", rng)
        different = [(a, b) for a, b in zip("Transfer", hit, strict=True) if a != b]
        assert len(different) == 1
        assert different[0][1] in neighbours("qwerty")[different[0][0]]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_keys_are_neighbours_of_each_other(layout):
    around = neighbours(layout)
    for key, others in around.items():
        assert others
        assert all(key in around[other] for other in others)
    assert set("".join(LAYOUTS[layout])) == set(around)
    assert "z" in around["a" if layout != "qwertz" else "t"]


@pytest.mark.parametrize(
    "text", ["where is it", "Where is it?", "WHERE IS IT", "where is Rome", "Where is it, ABC"]
)
def test_cases_exclude_each_other(text):
    styles = ("lower", "upper", "sentence", "small_start")
    assert sum(Casing(style=style).shows(text) for style in styles) == 1


def test_a_row_that_shows_a_habit_has_no_more_of_it():
    rng = np.random.default_rng(0)
    for operation in OPERATIONS:
        sure = replace(operation, **{field.name: 1.0 for field in fields(operation) if field.name == "rate"})
        if isinstance(operation, Casing | Punctuation | Dialect):
            found = sure("My favorite colour, please. Is it in here, Bob", rng)
            if found != "My favorite colour, please. Is it in here, Bob":
                assert operation.shows(found)


def test_what_rows_show():
    assert Contractions(style="contracted").shows("i'm here") is True
    assert Contractions(style="contracted").shows("i am here") is False
    assert Contractions(style="contracted").shows("no choice") is None
    assert Contractions(style="expanded").shows("yes i am") is None  # nobody shortens it there
    assert Contractions(style="no_apostrophe").shows("im here") is True
    assert ShortForms().shows("pls") is True
    assert ShortForms().shows("please") is False
    assert ShortForms().shows("no") is None
    assert Dialect(style="british").shows("my colour") is True
    assert Dialect(style="british").shows("my color") is False
    assert Dialect(style="british").shows("mine") is None
    assert Punctuation(style="final_mark").shows("yes.") is True
    assert Punctuation(style="no_final_mark").shows("yes, no") is True
    assert Punctuation(style="no_punctuation").shows("yes no") is True
    assert Punctuation(style="doubled_mark").shows("yes!!") is True
    assert Punctuation(style="doubled_mark").shows("yes...") is False
    assert Punctuation(style="final_mark").shows("123") is None
    assert Speech().shows("um yes") is True
    assert Speech().shows("yes") is False
    assert Whitespace().shows("a  b") is True
    assert Whitespace().shows("a b , c") is True
    assert Whitespace().shows("a b, c") is False
    assert LeftOut().shows("what is exchange rate of card") is True
    assert LeftOut().shows("what is the rate of card") is False
    assert Typos().shows("yse") is None
    assert Keyboard().shows("yse") is None

"""A selection for words takes first what nobody holds yet, and never by length alone."""

import numpy as np
import pytest

from holdfast.errors import UsageError
from holdfast.remedies.curate import curate
from holdfast.remedies.curate.words import Words

COMMON = [
    "please tell me the balance of my card",
    "please tell me the fee of my card",
    "tell me the limit of my card",
]


def rows(texts, name):
    return [{"id": f"{name}{at}", "text": text, "label": "card"} for at, text in enumerate(texts)]


@pytest.fixture
def real():
    return rows([f"{text} {number}" for number in range(20) for text in COMMON], "r")


def vocabulary(made, kept):
    return {word for row in made if row["id"] in kept for word in row["text"].split()}


def test_words_that_nobody_holds_are_all_taken_where_there_is_room(real):
    new = [
        f"tell me the {word} of my card" for word in ("overdraft", "mortgage", "cheque", "pension", "stocks")
    ]
    made = rows([*(f"please tell me the fee of my card {number}" for number in range(20, 60)), *new], "m")
    kept = {
        name: set(curate(made, real=real, filter=("exact_duplicates",), budget=6, prefer=name).kept)
        for name in ("words", "wording")
    }
    words = {"overdraft", "mortgage", "cheque", "pension", "stocks"}
    assert words <= vocabulary(made, kept["words"])
    assert len(kept["words"]) == len(kept["wording"]) == 6


def test_a_word_is_taken_once_and_from_the_shorter_row(real):
    long = "tell me the overdraft of my card and the fee of my card and the limit of my card please"
    made = rows(
        [long, "tell me the overdraft", *(f"please tell me the fee of my card {n}" for n in range(20, 40))],
        "m",
    )
    kept = curate(made, real=real, filter=("exact_duplicates",), budget=1, prefer="words").kept
    assert kept == ("m1",)


def test_what_is_missing_shrinks_as_rows_are_taken():
    words = Words(starts=np.array([0, 2, 3, 3]), ids=np.array([0, 1, 1]), count=2)
    missing = words.missing(np.array([True, True, True]))
    assert [missing.count(row) for row in range(3)] == [2, 1, 0]
    other = missing.copy()
    missing.take(np.array([1]))
    assert [missing.count(row) for row in range(3)] == [1, 0, 0]
    assert other.count(0) == 2
    assert words.missing(np.array([False, True, True])).count(0) == 1


def test_a_preference_that_there_is_not_is_an_error_with_the_names(real):
    with pytest.raises(UsageError, match="wording"):
        curate(rows(COMMON, "m"), real=real, budget=1, prefer="word")

"""What all encoders do around their model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.backends.encoders.distinct import encode_distinct, whole_characters
from holdfast.errors import InputError

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=8)


def lengths(texts):
    return np.array([[len(text), 1.0] for text in texts], np.float32)


def encode(texts, embed=lengths, **options):
    return encode_distinct(texts, embed, **{"dimensions": 2, "chunk": 3, "where": "it", **options})


def test_a_text_is_embedded_once_and_rows_come_in_order():
    seen = []

    def embed(texts):
        seen.extend(texts)
        return lengths(texts)

    texts = ["bb", "a", "bb", "cccc", "a", "dd"]
    rows = encode(texts, embed)
    assert sorted(seen) == ["a", "bb", "cccc", "dd"]
    assert seen[0] == "cccc"
    expected = lengths(texts) / np.linalg.norm(lengths(texts), axis=1, keepdims=True)
    np.testing.assert_allclose(rows, expected, rtol=1e-6)
    assert rows.dtype == np.float32


@given(st.lists(TEXTS, max_size=12))
def test_every_text_has_a_row_of_length_one(texts):
    rows = encode(texts)
    assert rows.shape == (len(texts), 2)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)
    for place, text in enumerate(texts):
        np.testing.assert_array_equal(rows[place], rows[texts.index(text)])


@given(TEXTS)
def test_every_text_becomes_one_that_utf_8_can_carry(text):
    whole = whole_characters(text)
    whole.encode()
    assert whole_characters(whole) == whole


def test_no_texts():
    assert encode([]).shape == (0, 2)


def test_a_vector_of_zeros_stays_and_tiny_and_huge_ones_do_not_vanish():
    rows = encode(["ccc", "bb", "a"], lambda _: np.array([[0, 0], [1e-30, 0], [3e38, 3e38]], np.float32))
    np.testing.assert_allclose(rows, [[0, 0], [1, 0], [0.5**0.5, 0.5**0.5]], rtol=1e-6)


def test_progress_counts_distinct_texts():
    steps = []
    encode(["a", "b", "c", "d", "a", "a"], progress=lambda done, of: steps.append((done, of)))
    assert steps == [(3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("vectors", "reason"),
    [
        ([[1.0, float("nan")]], "not finite for 1 of 1 texts"),
        ([[1.0, float("inf")]], "not finite"),
        ([[1.0]], r"shape \(1, 1\) where \(1, 2\)"),
        ([[1.0, 2.0], [1.0, 2.0]], r"shape \(2, 2\) where \(1, 2\)"),
    ],
)
def test_what_is_no_vector_is_refused(vectors, reason):
    with pytest.raises(InputError, match=reason) as caught:
        encode(["a"], lambda _: np.array(vectors, np.float32))
    assert caught.value.where == "it"
    assert caught.value.do

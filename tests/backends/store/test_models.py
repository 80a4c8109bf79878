"""What was learnt is read back as it was, to the bit; a file that says anything else is as if it were not there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from holdfast.backends.store import Key, Store, get_model, put_model

KEY = Key(kind="learnt", version=1, parts=("a",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    numbers: np.ndarray
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    inner: Inner
    other: Any
    share: float
    rows: int


CLASSES = (Inner, Outer)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path, bound=10**9)


def same(one, other):
    """Equal to the bit: types, shapes, the order in which arrays lie in memory, signs of zeros."""
    assert type(one) is type(other)
    if isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    elif isinstance(one, np.generic):
        assert (one.dtype, one.tobytes()) == (other.dtype, other.tobytes())
    elif isinstance(one, Inner | Outer):
        for name in one.__slots__:
            same(getattr(one, name), getattr(other, name))
    elif isinstance(one, tuple | list):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            same(first, second)
    elif isinstance(one, dict):
        same(list(one.items()), list(other.items()))
    elif isinstance(one, float):
        assert np.float64(one).tobytes() == np.float64(other).tobytes()
    else:
        assert one == other


def back(store, model, classes=CLASSES):
    assert put_model(store, KEY, model, classes)
    found = get_model(store, KEY, classes)
    same(found, model)
    return found


NUMBERS = arrays.arrays(
    dtype=st.sampled_from(["?", "i1", "i4", "i8", "u1", "u2", "u8", "f4", "f8"]).map(np.dtype),
    shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
TEXTS = st.text(st.characters(), max_size=6)  # halves of surrogate pairs among them
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, NUMBERS)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(TEXTS, inner, max_size=3),
        st.lists(TEXTS, min_size=16, max_size=20).map(tuple),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(VALUES)
def test_whatever_models_hold_comes_back(tmp_path_factory, value):
    model = Outer(
        inner=Inner(numbers=np.arange(3), words=("a", "é")), other=value, share=0.1 + 0.2, rows=2**70
    )
    back(Store(tmp_path_factory.mktemp("store"), bound=10**9), model)


@pytest.mark.parametrize("fill", [0, -1, np.nan, -0.0])
def test_arrays_of_nearly_one_value_come_back_and_take_little(store, fill):
    numbers = np.full((300, 400), fill, np.float64)
    numbers[3, ::7] = [0.0, -0.0, np.inf, *range(55)]
    back(store, numbers)
    assert store.holdings()[0].bytes < numbers.nbytes / 20


@pytest.mark.parametrize("dtype", ["?", "u1", "i4", "u8", "f4", "f8"])
def test_long_arrays_of_much_alike_take_little(store, dtype):
    rng = np.random.default_rng(1)
    back(store, np.sort(rng.integers(0, 2, 90_000).astype(dtype)))
    numbers = rng.integers(0, 100, 90_000).astype(dtype)
    back(store, numbers)
    if numbers.itemsize > 1:
        assert store.holdings()[0].bytes < numbers.nbytes / 2


def test_arrays_lie_in_memory_as_they_did(store):
    numbers = np.random.default_rng(0).random((30, 20))
    for one in (numbers.T, np.asfortranarray(numbers), numbers.reshape(5, 6, 20).transpose(1, 2, 0)):
        found = back(store, one)
        assert found.strides == one.strides
    back(store, numbers[::2, ::-3])


def test_arrays_may_be_written_to_and_what_stands_twice_is_one(store):
    numbers = np.random.default_rng(0).random(30_000)
    first, second = back(store, (numbers, [numbers]))
    first[0] = 7
    assert second[0] is first
    assert store.holdings()[0].bytes < 1.2 * numbers.nbytes


@pytest.mark.parametrize(
    "other", [object(), {1, 2}, np.array(["a"]), np.array([None]), np.array([1], ">i8"), 1j, len, b"a"]
)
def test_what_is_not_known_is_not_kept(store, other):
    assert not put_model(store, KEY, [other], CLASSES)
    assert not store.holdings()


def test_other_classes_are_not_kept_and_not_made(store):
    inner = Inner(numbers=np.arange(3), words=())
    assert not put_model(store, KEY, inner, ())
    assert put_model(store, KEY, inner, CLASSES)
    assert get_model(store, KEY, ()) is None
    assert get_model(store, KEY, (Outer,)) is None


def test_a_class_with_other_fields_is_a_miss(store):
    @dataclass(frozen=True)
    class Changed:
        numbers: np.ndarray

    Changed.__module__, Changed.__qualname__ = Inner.__module__, Inner.__qualname__
    put_model(store, KEY, Inner(numbers=np.arange(3), words=()), CLASSES)
    assert get_model(store, KEY, (Changed,)) is None


HOSTILE = [
    "",
    "{",
    '"text"',
    "1.5",
    "[]",
    "{}",
    "[[]]",
    '["made", "os.system", []]',
    '["made", "builtins.eval", [["x", "1"]]]',
    '["made", 3]',
    '["array", "0", "<i8", [4], [0]]',
    '["array", "0", "O", [3], [0]]',
    '["array", "0", "<f8", [3], [0]]',
    '["array", "9", "<i8", [3], [0]]',
    '["array", "0", "<i8", [3], [1]]',
    '["sparse", "0", "0", "0", "<i8", [-3], [0]]',
    '["sparse", "0", "0", "0", "<i8", [1], [0]]',
    '["sparse", "0", "0", "0", "<i8", [1000000000000000], [0]]',
    '["array", ["0", "<i8", 3], "<i8", [3], [0]]',
    '["array", ["1", "<i8", 3], "<i8", [3], [0]]',
    '["array", ["1", "<i8", 1000000000000000], "<i8", [1000000000000000], [0]]',
    '["array", ["1", "O", 3], "<i8", [3], [0]]',
    '["array", ["1"], "<i8", [3], [0]]',
    '["float", "zz"]',
    '["float", 3]',
    '["dict", [[["list", []], 1]]]',
    '["tuple", 5]',
    "[" * 10_000,
]


@pytest.mark.parametrize("tree", HOSTILE)
def test_a_file_that_says_something_else_is_a_miss(store, tree):
    store.put(KEY, {"0": np.arange(3), "1": np.arange(90, dtype=np.uint8), "tree": tree})
    found = get_model(store, KEY, CLASSES)
    assert found is None or found == "text"


def test_damage_is_a_miss(store, tmp_path):
    put_model(store, KEY, Inner(numbers=np.arange(300), words=()), CLASSES)
    (path,) = tmp_path.rglob("*.arrow")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert get_model(store, KEY, CLASSES) is None
    path.write_bytes(content[:100])
    assert get_model(store, KEY, CLASSES) is None
    store.put(KEY, {"0": np.arange(3)})
    assert get_model(store, KEY, CLASSES) is None


def test_what_is_very_large_and_a_store_that_is_off_keep_nothing(tmp_path):
    small = Store(tmp_path, bound=10**6)
    assert not put_model(small, KEY, np.random.default_rng(0).random(10**5), ())
    off = Store(None, bound=10**6)
    assert not put_model(off, KEY, np.arange(3), ())
    assert get_model(off, KEY, ()) is None


def test_the_tree_is_json(store):
    put_model(store, KEY, (1, 2.5, "a"), ())
    facts = store.get(KEY)
    assert json.loads(facts["tree"])[0] == "tuple"

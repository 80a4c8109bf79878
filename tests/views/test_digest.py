"""Digests of models: another model, another digest."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array

from holdfast.views.streaming.digest import digest_of, kept_digest


@dataclass(frozen=True)
class One:
    """A model."""

    a: object
    b: object = None


@dataclass(frozen=True)
class Other:
    """Another."""

    a: object
    b: object = None


DIFFERENT = [
    None,
    True,
    1,
    1.0,
    "1",
    b"1",
    0.0,
    -0.0,
    (),
    [],
    {},
    frozenset(),
    (1, 2),
    (12,),
    ("a", "b"),
    ("ab",),
    ("", "ab"),
    ["a", "b"],
    ("a", ("b",)),
    {"a": 1, "b": 2},
    {"b": 2, "a": 1},
    frozenset({"a", "b"}),
    np.arange(4),
    np.arange(4, dtype=np.int32),
    np.arange(4.0),
    np.arange(4).reshape(2, 2),
    np.zeros((0, 3)),
    np.zeros((3, 0)),
    np.int64(1),
    np.int32(1),
    One(a=1),
    One(a=None, b=1),
    Other(a=1),
    (One(a=1), 2),
    re.compile("a"),
    re.compile("a", re.IGNORECASE),
    csr_array(np.eye(2)),
    csr_array(np.eye(2) * 2),
    csr_array((np.ones(2), ([0, 1], [0, 1])), shape=(2, 3)),
    "\ud800",
]


def test_what_differs_has_another_digest():
    assert len({digest_of(value) for value in DIFFERENT}) == len(DIFFERENT)


def test_what_is_the_same_has_the_same():
    assert digest_of(One(a=np.arange(6)[::2])) == digest_of(One(a=np.array([0, 2, 4])))
    assert digest_of(frozenset({"a", "b"})) == digest_of(frozenset({"b", "a"}))


def test_what_is_not_known_has_none():
    with pytest.raises(TypeError, match="no digest"):
        digest_of(One(a=object()))
    assert kept_digest(np.array([object()])) is None

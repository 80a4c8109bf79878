"""The identity of a set from its parts is the identity of the whole."""

from __future__ import annotations

import hashlib

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import data_hash
from holdfast.data.set_hash import SetHash
from holdfast.data.string_hashes import string_hashes

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(st.lists(st.tuples(NAMES, st.sampled_from("xyz")), max_size=8), max_size=6),
    held=st.integers(1, 12),
    together=st.integers(1, 12),
)
def test_any_parts_in_any_order(parts, held, together):
    pairs = [pair for part in parts for pair in part]
    whole = data_hash([one for one, _ in pairs], [digest for _, digest in pairs])
    with SetHash(held_rows=held, range_rows=together) as found:
        for part in reversed(parts):
            found.add([one for one, _ in part], pa.array([digest for _, digest in part], pa.string()))
        assert found.digest() == whole


def test_many_rows_laid_on_disk():
    ids = [f"a.jsonl:{row}" for row in range(30_000)]
    hashes = [f"sha256:{row:064x}" for row in range(30_000)]
    with SetHash(held_rows=7_000, range_rows=1_000) as found:
        for start in range(0, 30_000, 2_500):
            found.add(ids[start : start + 2_500], hashes[start : start + 2_500])
        assert found.digest() == data_hash(ids, hashes)


def test_no_rows():
    with SetHash() as found:
        assert found.digest() == data_hash([], [])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(NAMES, st.text("ab\0", max_size=90)), max_size=12), st.integers(0, 12))
def test_a_hash_depends_on_the_string_alone(strings, cut):
    whole = string_hashes(pa.array(strings, pa.string()))
    alone = [int(string_hashes(pa.array([one], pa.large_string()))[0]) for one in strings]
    assert whole.tolist() == alone
    parts = pa.chunked_array([pa.array(strings[:cut], pa.string()), pa.array(strings[cut:], pa.string())])
    assert string_hashes(parts).tolist() == alone
    assert string_hashes(pa.array(["x", *strings], pa.string()).slice(1)).tolist() == alone
    assert len(set(alone)) == len(set(strings))


def test_published_values():
    # BLAKE2b with a digest of 8 bytes, by the standard library.
    known = int.from_bytes(hashlib.blake2b("é".encode(), digest_size=8).digest(), "little")
    assert string_hashes(pa.array(["é"])).tolist() == [known]
    assert string_hashes(pa.array([], pa.string())).tolist() == []

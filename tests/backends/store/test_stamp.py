"""A file is taken for unchanged only where a change would have shown."""

import os
import time
from dataclasses import replace

import pytest

from holdfast.backends.store.stamp import SETTLED, stamp_of
from holdfast.backends.store.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "s", bound=10**8)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("one\n")
    return path


def settled(path):
    """The stamp that a look in some time would give."""
    stamp = stamp_of(path)
    return replace(stamp, taken=stamp.changed + SETTLED)


def test_a_file_at_rest_is_known_again(store, file):
    assert store.known_hash(stamp_of(file)) is None
    assert store.note_hash(settled(file), "sha256:1")
    assert store.known_hash(stamp_of(file)) == "sha256:1"
    link = file.with_name("link")
    link.symlink_to(file)
    assert store.known_hash(stamp_of(link)) == "sha256:1"


def test_a_file_that_was_just_written_is_not_noted(store, file):
    assert not stamp_of(file).settled
    assert not store.note_hash(stamp_of(file), "sha256:1")
    assert not store.note_hash(replace(settled(file), taken=settled(file).taken - 1), "sha256:1")
    future = time.time() + 10**6
    os.utime(file, (future, future))
    assert not store.note_hash(settled(file), "sha256:1")
    assert store.known_hash(stamp_of(file)) is None


def test_a_file_that_changed_while_it_was_read_is_not_noted(store, file):
    before = settled(file)
    file.write_text("two\n")
    assert not store.note_hash(before, "sha256:1")
    file.unlink()
    assert not store.note_hash(before, "sha256:1")


def test_any_change_is_seen(store, file):
    assert store.note_hash(settled(file), "sha256:1")
    about = file.stat()
    time.sleep(0.02)
    file.write_text("two\n")
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))  # as a copy that keeps the time does
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (about.st_size, about.st_mtime_ns)
    assert store.known_hash(stamp_of(file)) is None
    other = file.with_name("other")
    other.write_text("one\n")
    os.utime(other, ns=(about.st_atime_ns, about.st_mtime_ns))
    other.replace(file)
    assert store.known_hash(stamp_of(file)) is None


def test_what_is_no_file_has_no_stamp(store, tmp_path):
    for path in (tmp_path, tmp_path / "none", "/dev/null", "s3://bucket/rows.jsonl", "a\0b"):
        assert stamp_of(path) is None
    assert store.known_hash(None) is None
    assert not store.note_hash(None, "sha256:1")

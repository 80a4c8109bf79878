"""What is kept between audits is listed, and let go; nobody else's file is touched."""

import json
import os

import numpy as np
import pytest

from holdfast.backends.store import Key, Store, take_stock
from holdfast.errors import UsageError


@pytest.fixture
def folder(tmp_path):
    """A store with facts of two kinds, and files of others in it and beside it."""
    store = Store(tmp_path / "kept", bound=10**8)
    for number in range(3):
        store.put(Key(kind="words", version=1, parts=(str(number),)), {"counts": np.arange(9)})
    store.put_record(Key(kind="files", version=1, parts=("a",)), "sha256:ab")
    (tmp_path / "kept" / "mine.txt").write_text("mine")
    (tmp_path / "kept" / "v1" / "words" / "mine.arrow").write_text("mine")
    (tmp_path / "beside.txt").write_text("mine")
    return tmp_path / "kept"


def others(folder):
    found = sorted(folder.parent.rglob("*"))
    return [path.name for path in found if path.name.startswith(("mine", "beside"))]


def test_what_is_kept_is_listed(say, folder):
    said = say("store", "--store", str(folder))
    assert said.code == 0
    assert f"kept in {folder}: 4 files, 16 kB of at most 10 GB" in said.out
    rows = {line.split()[0]: line.split()[1] for line in said.out.splitlines()[3:]}
    assert rows == {"files": "1", "words": "3"}


def test_what_is_kept_is_let_go_and_nothing_else(say, folder):
    before = others(folder)
    said = say("store", "--store", str(folder), "--empty", "--kind", "words")
    assert said.out.splitlines()[0] == f"removed 3 files (12 kB) from {folder}"
    assert [holding.kind for holding in take_stock(str(folder)).holdings] == ["files"]
    assert say("store", "--store", str(folder), "--empty").out == f"removed 1 file (4.1 kB) from {folder}\n"
    assert say("store", "--store", str(folder)).out == f"nothing is kept in {folder}\n"
    assert others(folder) == before


def test_it_is_said_to_machines(say, folder):
    said = say("store", "--store", str(folder), "--empty", "--json", "-")
    found = json.loads(said.out)
    assert found["removed"] == {"files": 4, "bytes": 4 * 4096}
    assert (found["files"], found["kinds"]) == (0, [])
    assert say("store", "--store", str(folder), "--json", str(folder.parent / "out.json")).code == 0
    assert json.loads((folder.parent / "out.json").read_text())["folder"] == str(folder)


def test_where_it_is_may_be_said_by_the_environment(say, folder, monkeypatch):
    monkeypatch.setenv("HOLDFAST_STORE", str(folder))
    assert "4 files" in say("store").out
    assert say("store", "--store", "off").out == "nothing is kept: the store is off\n"


def test_looking_makes_no_folder(say, tmp_path):
    said = say("store", "--store", str(tmp_path / "nowhere"), "--empty")
    assert said.out == f"removed 0 files (0 bytes) from {tmp_path / 'nowhere'}\n"
    assert not (tmp_path / "nowhere").exists()


def test_a_kind_that_is_not_there_is_named(folder):
    with pytest.raises(UsageError, match=r"Did you mean 'words'\?"):
        take_stock(str(folder), kind="word")
    take_stock(str(folder), empty=True)
    with pytest.raises(UsageError, match="nothing is kept"):
        take_stock(str(folder), kind="words")


def test_a_file_is_no_store(say, folder):
    said = say("store", "--store", str(folder / "mine.txt"))
    assert said.code == 2
    assert (
        said.err == f"error: {folder / 'mine.txt'}: is a file, and a store is a folder. Name another folder\n"
    )


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are others there")
def test_a_folder_that_others_may_write_to_is_not_believed(say, folder):
    (folder / "v1").chmod(0o777)
    said = say("store", "--store", str(folder))
    assert said.code == 2
    assert "others may write to it" in said.err

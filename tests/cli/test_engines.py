"""Engines, stores and URLs, as somebody tries them for the first time."""

import os
from pathlib import Path

import pytest

from holdfast.cli.options import sources


def test_a_url_stays_one():
    given = sources(["s3://bucket/rows", "gs://bucket/more", "C:/rows.jsonl", "-"])
    assert [os.fspath(one) for one in given] == ["s3://bucket/rows", "gs://bucket/more", "C:/rows.jsonl", "-"]
    assert [isinstance(one, Path) for one in given] == [False, False, True, False]
    assert isinstance(sources(["s3://bucket/rows"]), os.PathLike), "a place, and no text"


def test_a_file_url_is_a_file(say, place, real):
    said = say("audit", f"file://{place}/nowhere.jsonl", "--real", real, "--store", "off")
    assert said.code == 2
    assert said.err.startswith(f"error: {place}/nowhere.jsonl: the file does not exist")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--engine", "inlin"], "Did you mean 'inline'?"),
        (["--engine", "inline", "--workers", "0"], "0 is not in the range"),
        (["--workers", "2"], "--workers: there is no engine that it is meant for. Give --engine as well"),
        (["--address", "auto"], "--address: there is no engine that it is meant for. Give --engine as well"),
        (["--engine", "inline", "--address", "auto"], "only the engine `ray` has an address"),
        (["--engine", "inline", "--only", "a"], "cannot be cut by --where or --only"),
    ],
)
def test_what_an_engine_cannot_do_is_said(say, place, real, flags, told):
    said = say("audit", str(place / "good.jsonl"), "--real", real, "--store", "off", *flags)
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("engine", [[], ["--engine", "inline"]])
def test_nothing_to_read_is_said(say, tmp_path, real, engine):
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "folder").mkdir()
    for name, told in (("empty.jsonl", "the file is empty"), ("folder", "the folder has no readable file")):
        said = say("audit", str(tmp_path / name), "--real", real, "--store", "off", *engine)
        assert said.code == 2
        assert told in said.err


def test_a_store_is_no_file(say, place, real):
    said = say("audit", str(place / "good.jsonl"), "--real", real, "--store", real)
    assert said.code == 2
    assert said.err == f"error: --store {real}: is a file, and a store is a folder. Name another folder\n"

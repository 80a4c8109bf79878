"""Paths, globs, folders, lists: what rows come from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.data import read_records
from holdfast.errors import InputError, UsageError


def put(path, *texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def put_arrow(path, *texts):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({"text": texts})
    with pa.ipc.new_stream(str(path), table.schema) as sink:
        sink.write_table(table)


def test_one_file_is_named_after_itself(tmp_path):
    path = put(tmp_path / "a.jsonl", "x")
    records = read_records(str(path))
    assert (records.name, records.files) == ("a.jsonl", (str(path),))
    assert read_records(path, name="synthetic").name == "synthetic"


def test_globs_and_several_files(tmp_path):
    put(tmp_path / "b.jsonl", "2")
    put(tmp_path / "a.jsonl", "1")
    assert read_records(tmp_path / "*.jsonl").texts == ["1", "2"]
    several = read_records([str(tmp_path / "b.jsonl"), str(tmp_path / "*.jsonl")])
    assert several.texts == ["2", "1"]
    assert several.name == "b.jsonl + 1 more"
    with pytest.raises(InputError, match="no file matches"):
        read_records(str(tmp_path / "*.csv"))


def test_files_of_one_name_keep_their_folder_in_the_id(tmp_path):
    paths = [
        put(tmp_path / "x" / "a.jsonl", "1"),
        put(tmp_path / "y" / "a.jsonl", "2"),
        put(tmp_path / "c.jsonl", "3"),
    ]
    assert read_records(paths).ids == ["x/a.jsonl:1", "y/a.jsonl:1", "c.jsonl:1"]


def test_a_missing_file_names_its_neighbour(tmp_path):
    put(tmp_path / "train.jsonl", "a")
    with pytest.raises(InputError, match=r"trian.jsonl: the file does not exist. Did you mean .*train.jsonl"):
        read_records(tmp_path / "trian.jsonl")
    with pytest.raises(InputError, match="There is no folder"):
        read_records(tmp_path / "no" / "a.jsonl")
    with pytest.raises(InputError, match="does not exist"):
        read_records([str(tmp_path / "missing.jsonl")])


def test_a_file_with_brackets_in_its_name(tmp_path):
    assert read_records(put(tmp_path / "a[1].jsonl", "x")).texts == ["x"]


def test_a_folder_without_readable_files(tmp_path):
    with pytest.raises(InputError, match="the folder has no readable file"):
        read_records(tmp_path)
    (tmp_path / "README.md").touch()
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputError, match="Its folders are sub"):
        read_records(tmp_path)


def test_a_saved_dataset(tmp_path):
    for name, text in (("data-00000-of-00002.arrow", "1"), ("data-00001-of-00002.arrow", "2")):
        put_arrow(tmp_path / name, text)
    (tmp_path / "dataset_info.json").write_text("{}")
    assert read_records(tmp_path).texts == ["1", "2"]
    files = [{"filename": "data-00001-of-00002.arrow"}, {"filename": "data-00000-of-00002.arrow"}]
    (tmp_path / "state.json").write_text(json.dumps({"_data_files": files}))
    assert read_records(tmp_path).texts == ["2", "1"]
    (tmp_path / "data-00000-of-00002.arrow").unlink()
    with pytest.raises(InputError, match=r"that state\.json lists is missing"):
        read_records(tmp_path)


def test_a_saved_dataset_with_splits(tmp_path):
    for split in ("train", "test"):
        put_arrow(tmp_path / split / "data-00000-of-00001.arrow", split)
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    records = read_records(tmp_path)
    assert records.texts == ["train"]
    assert "train, test" in records.detection.notes[0]
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["test", "other"]}')
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="the splits test, other and none is named train"):
        read_records(tmp_path)
    (tmp_path / "dataset_dict.json").write_text("{")
    with pytest.raises(InputError, match=r"dataset_dict\.json: cannot be read"):
        read_records(tmp_path)


def test_a_hub_folder(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
        pq.write_table(pa.table({"text": [name[:11]]}), tmp_path / "data" / f"{name}.parquet")
    records = read_records(tmp_path)
    assert records.texts == ["train-00000", "train-00001"]
    assert "not test" in records.detection.notes[0]


def test_a_folder_of_files(tmp_path):
    put(tmp_path / "a.jsonl", "1")
    put(tmp_path / "b.jsonl", "2")
    put(tmp_path / ".hidden.jsonl", "3")
    (tmp_path / "config.json").write_text("{}")
    assert read_records(tmp_path).texts == ["1", "2"]
    (tmp_path / "c.csv").write_text("text,label\nx,y\n")
    with pytest.raises(InputError, match="several formats"):
        read_records(tmp_path)


def test_values_in_memory():
    assert read_records(["one text", "another"]).texts == ["one text", "another"]
    assert read_records({"text": text} for text in "ab").ids == ["row:1", "row:2"]
    assert read_records(pa.table({"text": ["a"]})).texts == ["a"]
    assert read_records(["a"]).files == ()
    # A word that is by chance the name of a folder does not make a list of texts a list of paths.
    assert read_records(["/", "a word", "\0"]).texts == ["/", "a word", "\0"]
    with pytest.raises(InputError, match="no readable record"):
        read_records([""])


@pytest.mark.parametrize("source", [{"text": "a"}, 3, b"text", None])
def test_no_source(source):
    with pytest.raises(UsageError, match="a source cannot be of type"):
        read_records(source)


def test_no_rows():
    with pytest.raises(InputError, match="no readable record"):
        read_records([])


@pytest.mark.parametrize(
    ("given", "out"),
    [
        (b'{"text": "a"}\n\n{"text": "b"}\n', "stdin ['stdin:1', 'stdin:3']"),
        (b"{\n", "standard input:1: broken JSON"),
    ],
)
def test_standard_input(given, out):
    code = (
        "from holdfast.data import read_records\n"
        "from holdfast.errors import InputError\n"
        "try: r = read_records('-'); print(r.name, r.ids)\n"
        "except InputError as error: print(error)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", code],
        input=given,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert done.stdout.decode().startswith(out)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_read_once_and_kept(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    row = b'{"text": "a"}\n'
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(row,))
    writer.start()
    assert read_records(tmp_path / "pipe").texts == ["a"]
    writer.join()


def test_a_folder_of_a_generation_is_read_as_its_kept_rows(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "made.jsonl").write_text('{"id": "a", "text": "kept"}\n')
    (tmp_path / "rounds.jsonl").write_text('{"number": 1}\n')
    (tmp_path / "calls.parquet").write_bytes(b"PAR1")
    (tmp_path / "manifest.json").write_text('{"schema": "holdfast.generation/1"}')
    assert list(read_records(tmp_path).texts) == ["kept"]

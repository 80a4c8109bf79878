"""What a user can put in, right and wrong: an answer, or an error that says what, where and what to do."""

from __future__ import annotations

import gzip
import json
import os
import random
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

import world
from world import QUICK, rows, write


@pytest.fixture
def refused(say, real, tmp_path):
    """Audits something that cannot be read, and gives the error."""

    def go(name, content=None, *more):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        said = say("audit", str(path), "--real", real, *QUICK, *more)
        assert said.code == 2
        assert said.out == ""
        assert said.err.startswith("error: ")
        assert len(said.err.splitlines()) == 1
        return said.err.removeprefix("error: ").replace(f"{tmp_path}{os.sep}", "")

    return go


@pytest.fixture
def few(tmp_path_factory):
    """Sixty real rows, for tests that ask how a candidate is read: most measures have nothing to say, and take no time."""
    return write(tmp_path_factory.mktemp("few") / "few.jsonl", rows(60, seed=6))


def lines(made):
    return "".join(json.dumps(row) + "\n" for row in made).encode()


def test_a_missing_file_and_its_neighbour(refused, tmp_path):
    (tmp_path / "candidate.jsonl").touch()
    said = refused("candidat.jsonl")
    assert said.startswith("candidat.jsonl: the file does not exist. Did you mean candidate.jsonl?")


def test_missing_real_rows(say, good, tmp_path):
    said = say("audit", good, "--real", str(tmp_path / "none.jsonl"))
    assert said.code == 2
    assert "none.jsonl: the file does not exist" in said.err


def test_an_empty_file(refused):
    assert refused("a.jsonl", b"") == "a.jsonl: the file is empty. Give a file with at least one row\n"


def test_rows_without_text(refused):
    said = refused("a.jsonl", b'{"text": ""}\n{"text": null}\n')
    assert said.startswith("a.jsonl: no readable record (2 empty")


def test_one_row_is_undetermined(say, place, real):
    said = say("audit", str(place / "one.jsonl"), "--real", real, *QUICK)
    assert said.code == 3
    assert said.out.startswith("UNDETERMINED")


def test_broken_json_is_named_by_its_line(refused):
    content = lines(rows(4, seed=5)) + b'{"text": "brok\n' + lines(rows(4, seed=6))
    assert refused("a.jsonl", content).startswith("a.jsonl:5: broken JSON")


def test_a_broken_row_can_be_skipped_and_is_counted(say, few, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(rows(60, seed=5)) + b'{"text": "brok\n')
    said = say("audit", str(path), "--real", few, "--on-bad-row", "skip", *QUICK)
    assert "a.jsonl:61: broken JSON" in " ".join(said.out.split())
    assert "unreadable and skipped" in " ".join(said.out.split())


def test_mixed_shapes(refused):
    chat = [{"messages": [{"role": "user", "content": "hello there"}]}]
    said = refused("a.jsonl", lines(rows(4, seed=5)) + lines(chat))
    assert said.startswith("a.jsonl:5: the row is of shape messages")
    assert "--on-bad-row skip" in said


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("a.jsonl", b'{"text": "one"}\n{"text": "caf\xe9"}\n', "a.jsonl:2"),
        ("a.csv", b"text,intent\none,a\ncaf\xe9,b\n", "a.csv:3"),
    ],
)
def test_a_wrong_encoding(refused, name, content, where):
    said = refused(name, content)
    assert said.startswith(f"{where}: the encoding is not UTF-8: byte 0xe9")
    assert "iconv" in said


def test_utf16(refused):
    assert "UTF-16" in refused("a.jsonl", lines(rows(4, seed=5)).decode().encode("utf-16"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_byte_order_mark_is_no_text(say, few, tmp_path, name):
    content = lines(rows(60, seed=5))
    if name == "a.csv":
        content = "text,intent\n" + "".join(f'"{row["text"]}",{row["intent"]}\n' for row in rows(60, seed=5))
        content = content.encode()
    (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + content)
    said = say("audit", str(tmp_path / name), "--real", few, *QUICK)
    assert said.code in (0, 3)
    assert "text from column text, label from column intent" in " ".join(said.out.split())


def test_a_raw_nul_byte_is_named(refused):
    content = lines(rows(4, seed=5)) + b'{"text": "a\x00b"}\n'
    assert refused("a.jsonl", content).startswith("a.jsonl:5: a raw NUL byte")


def test_an_escaped_nul_is_text(say, real, tmp_path):
    made = [*rows(60, seed=5), {"id": "z", "text": "one \0 two", "intent": "card"}]
    said = say("audit", write(tmp_path / "a.jsonl", made), "--real", real, *QUICK)
    assert "61 rows" in said.out.replace("\xa0", " ")


def test_a_binary_file(refused):
    assert "binary and of an unknown format" in refused("a.xlsx", b"PK\x03\x04" + bytes(200))


def test_nested_nulls(say, real, tmp_path):
    made = [
        {
            "messages": [
                {"role": "user", "content": row["text"], "tool_calls": None},
                {"role": "assistant", "content": [{"type": "text", "text": "ok"}, {"type": "image"}, None]},
                {"role": "tool", "content": None},
            ],
            "meta": {"a": None, "b": [None, {"c": None}]},
            "intent": row["intent"],
        }
        for row in rows(60, seed=5)
    ]
    made[7]["messages"] = None
    said = say("audit", write(tmp_path / "a.jsonl", made), "--real", real, *QUICK)
    text = " ".join(said.out.replace("\xa0", " ").split())
    assert said.code in (0, 1, 3)
    assert "shape messages" in text
    assert "1 row without text left out" in text


def test_a_line_of_fifty_megabytes(say, real, tmp_path):
    path = tmp_path / "a.jsonl"
    huge = {"id": "huge", "text": "lorem ipsum dolor " * 2_800_000, "intent": "card"}
    path.write_bytes(lines([*rows(60, seed=5), huge]))
    said = say("audit", str(path), "--real", real, *QUICK)
    assert said.code in (0, 1, 3)
    assert "longer than 20,000 characters" in said.out
    assert len(said.out) < 20_000


def test_numbers_where_text_is_expected(refused):
    said = refused("a.jsonl", b'{"text": 3}\n{"text": 4}\n')
    assert said.startswith("a.jsonl:1: column 'text' holds numbers, not text")
    assert "--text" in said


def test_preference_pairs_are_refused_politely(refused):
    said = refused("a.jsonl", b'{"prompt": "p", "chosen": "a", "rejected": "b"}\n')
    assert "preference pairs" in said
    assert "--text chosen" in said


def test_a_candidate_without_the_label_column(say, real, tmp_path):
    made = [{"text": row["text"]} for row in rows(200, seed=5)]
    said = say("audit", write(tmp_path / "a.jsonl", made), "--real", real, *QUICK)
    assert said.code in (0, 3)
    assert "no column 'intent'; its strata are predicted" in " ".join(said.out.split())


def test_real_rows_without_the_named_label_column(say, good, tmp_path):
    real = write(tmp_path / "plain.jsonl", ({"text": row["text"]} for row in rows(60, seed=5)))
    said = say("audit", good, "--real", real, "--label", "intent")
    assert said.code == 2
    assert "--label: there is no column 'intent' in plain.jsonl" in said.err


def test_a_constant_label_column(say, good, tmp_path):
    real = write(tmp_path / "same.jsonl", ({**row, "intent": "one"} for row in rows(200, seed=5)))
    said = say("audit", good, "--real", real, *QUICK)
    assert "The column 'intent' has no two values and is not used as label" in " ".join(said.out.split())
    named = say("audit", good, "--real", real, "--label", "intent", *QUICK)
    assert "The label column 'intent' has one value only" in " ".join(named.out.split())


def test_a_label_column_of_texts_is_taken_with_a_note(say, tmp_path):
    few = write(tmp_path / "few.jsonl", rows(60, seed=5))
    said = say("audit", few, "--real", few, "--label", "text", *QUICK)
    assert "most strata are a row or two" in " ".join(said.out.split())


def test_a_candidate_that_is_the_anchor(say, real, anchor):
    for held in (("--real", real), ("--anchor", anchor)):
        said = say("audit", real, *held, *QUICK)
        assert said.code == 1
        assert said.out.startswith("FAIL")
        assert "copies of real rows" in said.out


def test_another_alphabet(say, real, tmp_path):
    rng = random.Random(5)  # noqa: S311 - no secret
    words = [
        "привет",
        "хочу",
        "узнать",
        "баланс",
        "карты",
        "перевод",
        "деньги",
        "банк",
        "счёт",
        "сегодня",
        "спасибо",
        "код",
        "кредит",
        "лимит",
    ]
    made = [{**row, "text": " ".join(rng.choices(words, k=12))} for row in rows(200, seed=5)]
    said = say("audit", write(tmp_path / "a.jsonl", made), "--real", real, *QUICK)
    assert said.code == 1
    assert "unlike anything real" in said.out


def test_all_rows_equal(say, real, tmp_path):
    made = [{"text": "my card was lost today", "intent": "card"}] * 200
    said = say("audit", write(tmp_path / "a.jsonl", made), "--real", real, *QUICK)
    assert said.code == 1
    assert "rows repeat an earlier row" in " ".join(said.out.split())


def forms(folder):
    """The same rows in every form there is: what to give, by name."""
    made = rows(60, seed=5)
    plain = Path(write(folder / "a.jsonl", made))
    content = plain.read_bytes()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(content))
    with pa.output_stream(str(folder / "a.jsonl.zst"), compression="zstd") as stream:
        stream.write(content)
    for name, mark in (("a.csv", ","), ("a.tsv", "\t")):
        table = [mark.join(made[0]), *(mark.join(f'"{value}"' for value in row.values()) for row in made)]
        (folder / name).write_text("\n".join(table) + "\n")
    (folder / "a.json").write_text(json.dumps(made))
    (folder / "indented.json").write_text(json.dumps(made, indent=2))
    table = pa.Table.from_pylist(made)
    parquet.write_table(table, folder / "a.parquet")
    feather.write_feather(table, folder / "a.arrow")
    train = folder / "saved" / "train"
    train.mkdir(parents=True)
    (folder / "saved" / "dataset_dict.json").write_text('{"splits": ["train"]}')
    (train / "state.json").write_text('{"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}')
    with pa.ipc.new_stream(str(train / "data-00000-of-00001.arrow"), table.schema) as stream:
        stream.write_table(table)
    write(folder / "part1.jsonl", made[:30])
    write(folder / "part2.jsonl", made[30:])
    plain_forms = ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.tsv", "a.json", "indented.json")
    given = {name: [name] for name in (*plain_forms, "a.parquet", "a.arrow", "saved", "saved/train")}
    return {**given, "glob": ["part?.jsonl"], "several": ["part1.jsonl", "part2.jsonl"]}


def test_every_form_gives_the_same_rows(say, tmp_path):
    read = {}
    for name, given in forms(tmp_path).items():
        output = tmp_path / f"anchor-{name.replace('/', '-')}"
        paths = [str(tmp_path / path) for path in given]
        said = say("anchor", "freeze", *paths, "-o", str(output))
        read[name] = said.err.split("leave only")[0]  # too few for an anchor, and quickly counted
    assert read == dict.fromkeys(read, "error: 60 real rows ")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.json", "a.jsonl.gz"])
def test_standard_input(tmp_path, few, name):
    forms(tmp_path)
    with (tmp_path / name).open("rb") as file:
        said = world.spawn("audit", "-", "--real", few, *QUICK, cwd=tmp_path, stdin=file)
    assert said.code in (0, 3), said.err
    assert "stdin, 60 rows" in said.out.replace("\xa0", " ")


def test_a_table_through_a_pipe_says_to_give_the_file(tmp_path, real):
    forms(tmp_path)
    with (tmp_path / "a.parquet").open("rb") as file:
        said = world.spawn("audit", "-", "--real", real, cwd=tmp_path, stdin=file)
    assert said.code == 2
    assert said.err == "error: standard input: Parquet cannot be read from a pipe. Give the file itself\n"


def test_empty_standard_input(tmp_path, real):
    said = world.spawn("audit", "-", "--real", real, cwd=tmp_path, input="")
    assert said.code == 2
    assert said.err == "error: standard input: the input is empty. Give at least one row\n"


def test_standard_input_is_read_once(say):
    said = say("audit", "-", "--real", "-")
    assert said.code == 2
    assert "standard input can be read once only" in said.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("store", ["off", "kept"])
def test_a_named_pipe(say, few, tmp_path, store):
    """What is in a pipe can be read once: nobody may look into it to know whether it was seen before."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    thread = threading.Thread(target=pipe.write_bytes, args=(lines(rows(60, seed=5)),))
    thread.start()
    said = say(
        "audit",
        str(pipe),
        "--real",
        few,
        *QUICK,
        "--store",
        store if store == "off" else str(tmp_path / store),
    )
    thread.join()
    assert "pipe, 60 rows" in said.out.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("shape", "turn"),
    [
        ("prompt_completion", lambda text: {"prompt": text, "completion": "done"}),
        ("alpaca", lambda text: {"instruction": text, "input": "", "output": "done"}),
        (
            "sharegpt",
            lambda text: {
                "conversations": [{"from": "human", "value": text}, {"from": "gpt", "value": "ok"}]
            },
        ),
        (
            "messages",
            lambda text: {
                "messages": [
                    {"role": "user", "content": text},
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [
                            {"type": "function", "function": {"name": "find", "arguments": '{"a": 1}'}}
                        ],
                    },
                    {"role": "tool", "content": "found"},
                ]
            },
        ),
    ],
)
def test_every_shape(say, tmp_path, shape, turn):
    made = [{**turn(row["text"]), "intent": row["intent"]} for row in rows(150, seed=5)]
    path = write(tmp_path / "a.jsonl", made)
    said = say("anchor", "freeze", path, "-o", str(tmp_path / "anchor"), "--gold", "0", "--holdout", "0")
    assert said.code == 0, said.err
    assert f"read as {shape}: " in said.out
    assert "strata from 'intent'" in said.out


def test_an_anchor_is_no_set_of_rows(say, good, anchor):
    said = say("audit", good, "--real", anchor)
    assert said.code == 2
    assert "is a frozen anchor" in said.err
    assert "--anchor" in said.err

"""Files of pairs: each pair once, every label turned to it, and bad rows named by their place."""

import gzip
import json
import os
import subprocess
import sys
import threading

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.data import content_hash, read_records
from holdfast.data.lineage.schema import lineage_table
from holdfast.data.lineage.sidecar import sidecar_of, write_lineage
from holdfast.data.preferences import find_preferences, read_preferences
from holdfast.errors import InputError, PreferenceInput, UsageError

PAIR = {"prompt": "p", "response_a": "one", "response_b": "two", "label": "a"}
TRL = {"prompt": "p", "chosen": "one", "rejected": "two"}


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet", "gz", "folder", "table", "list"])
def test_any_source(tmp_path, kind):
    rows = [TRL | {"prompt": f"p{at}"} for at in range(3)]
    path = tmp_path / f"pairs.{kind}"
    if kind == "jsonl":
        write(path, rows)
    elif kind == "json":
        path.write_text(json.dumps(rows))
    elif kind == "csv":
        path.write_text("prompt,chosen,rejected\n" + "".join(f"p{at},one,two\n" for at in range(3)))
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif kind == "gz":
        path = tmp_path / "pairs.jsonl.gz"
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    elif kind == "folder":
        path.mkdir()
        write(path / "train.jsonl", rows)
    source = {"table": pa.Table.from_pylist(rows), "list": rows}.get(kind, path)
    found = read_preferences(source)
    assert found.pairs.column("prompt").to_pylist() == ["p0", "p1", "p2"]
    assert found.labels.column("label").to_pylist() == [1, 1, 1]
    assert found.shape == "trl"


def test_several_labels_of_a_pair():
    rows = [
        PAIR | {"annotator": "x"},
        PAIR | {"annotator": "y", "label": "b"},
        # The same pair the other way round: what is said of it is turned.
        PAIR
        | {
            "annotator": "z",
            "response_a": "two ",
            "response_b": " one",
            "order": "a",
            "swapped_label": "tie",
        },
    ]
    found = read_preferences(rows)
    assert len(found) == 1
    labels = found.labels.to_pylist()
    assert [(one["pair"], one["annotator"], one["label"], one["first"]) for one in labels] == [
        (0, "x", 1, 0),
        (0, "y", -1, 0),
        (0, "z", -1, -1),
    ]
    assert labels[2]["swapped_label"] == 0


def test_authors_tell_pairs_of_equal_texts_apart():
    rows = [
        PAIR | {"author_a": "m", "author_b": "n"},
        PAIR | {"author_a": "m", "author_b": "o"},
        PAIR | {"response_a": "two", "response_b": "one", "author_a": "n", "author_b": "m", "label": "b"},
        PAIR | {"annotator": "who"},
    ]
    found = read_preferences(rows)
    assert len(found) == 2
    assert found.labels.column("pair").to_pylist() == [0, 1, 0, 0]
    assert found.labels.column("label").to_pylist() == [1, 1, 1, 1]


def test_an_author_may_be_learnt_later():
    found = read_preferences([PAIR, PAIR | {"author_a": "m", "author_b": "n"}])
    assert found.pairs.select(["author_a", "author_b"]).to_pylist() == [{"author_a": "m", "author_b": "n"}]


def test_ids_tell_pairs_apart():
    rows = [PAIR | {"pair_id": "x"}, PAIR | {"pair_id": "y"}, PAIR | {"pair_id": 3}, PAIR | {"pair_id": "x"}]
    found = read_preferences(rows)
    assert found.pairs.column("pair_id").to_pylist() == ["x", "y", "3"]
    assert found.labels.column("pair").to_pylist() == [0, 1, 2, 0]


def test_an_id_of_two_pairs(tmp_path):
    path = write(
        tmp_path / "a.jsonl", [PAIR | {"pair_id": "x"}, PAIR | {"pair_id": "x", "response_b": "else"}]
    )
    with pytest.raises(InputError, match=r"a\.jsonl:2: the pair_id 'x' has other texts at .*a\.jsonl:1"):
        read_preferences(path)
    assert len(read_preferences(path, on_bad_row="skip")) == 1
    # A row that leaves the prompt out speaks of the same pair.
    bare = {name: value for name, value in PAIR.items() if name != "prompt"}
    assert len(read_preferences([PAIR | {"pair_id": "x"}, bare | {"pair_id": "x"}])) == 1


def test_an_id_that_reads_like_a_place():
    found = read_preferences([PAIR | {"pair_id": "row:2"}, PAIR | {"response_a": "other"}])
    assert found.pairs.column("pair_id").to_pylist() == ["row:2", "row:2'"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"response_b": "one"}, "both responses are the same"),
        ({"response_b": " one\n"}, "both responses are the same"),
        ({"response_b": ""}, "a response is empty"),
        ({"response_b": " \n"}, "a response is empty"),
        ({"response_b": None}, "a response is empty"),
        ({"label": None}, "no label was given"),
    ],
)
def test_what_is_set_aside(change, reason):
    found = read_preferences([PAIR, PAIR | change])
    assert (len(found), found.set_aside) == (1, {reason: 1})
    with pytest.raises(InputError, match=f"no readable pair .*1: {reason}"):
        read_preferences([PAIR | change])


def test_one_empty_response_can_be_kept():
    rows = [PAIR | {"response_b": ""}, PAIR | {"response_a": " ", "response_b": ""}]
    found = read_preferences(rows, keep_empty=True)
    assert (len(found), found.set_aside) == (1, {"a response is empty": 1})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (PAIR | {"label": "c"}, "there is no label 'c' .*There are: a, b, tie"),
        (PAIR | {"label": "tia"}, "Did you mean 'tie'"),
        (PAIR | {"label": 1}, "'label' is a number, not a word"),
        (PAIR | {"order": "first"}, "there is no response 'first'"),
        (
            PAIR | {"annotator_type": "judge"},
            "there is no kind of annotator 'judge'.*Did you mean 'ai_judge'",
        ),
        (PAIR | {"strength": -1}, "'strength' is -1, below 0"),
        (PAIR | {"strength": "much"}, "'strength' is 'much', not a number"),
        (PAIR | {"strength": 10**400}, "'strength' is out of range"),
        (PAIR | {"strength": "1e999"}, "'strength' is out of range"),
        (PAIR | {"cycle": 2**31}, "'cycle' is 2147483648, not a whole number"),
        (PAIR | {"timestamp": "\ud800"}, "surrogate"),
        (PAIR | {"cycle": 1.5}, "'cycle' is 1.5, not a whole number"),
        (PAIR | {"response_a": 5}, "'response_a' is a number, not text"),
        (PAIR | {"response_a": ["x", "y"]}, "'response_a' holds 2 responses, not one.*one row for each pair"),
        (PAIR | {"response_c": "three"}, "a third response, 'response_c'.*one row for each pair"),
        (PAIR | {"author_a": {"x": 1}}, "'author_a' is an object, not a name"),
        ({"label": "a", "text": "t"}, "neither 'response_a' nor 'response_b'; it has label, text"),
        (PAIR | {"response_a": "\ud800"}, "surrogate"),
        (7, "the row is a number, not an object"),
    ],
)
def test_a_bad_row_is_named(row, message):
    first = PAIR | {"pair_id": "x", "order": None, "response_c": None}
    with pytest.raises(InputError, match=f"row:2: .*{message}"):
        read_preferences([first, row])
    found = read_preferences([first, row, PAIR | {"prompt": "q"}], on_bad_row="skip")
    assert (len(found), found.skipped_count, found.skipped[0].where) == (2, 1, "row:2")


def test_rejected_lists_and_strangers():
    with pytest.raises(InputError, match="row:2: 'rejected' holds 2 responses"):
        read_preferences([TRL, TRL | {"rejected": ["two", "three"]}])
    mixed = {"chosen": [{"role": "user", "content": "q"}], "rejected": "x"}
    with pytest.raises(InputError, match="one side is a list of messages, the other a string"):
        read_preferences([TRL, mixed])
    transcript = {name: f"\n\nHuman: q\n\nAssistant: {name}" for name in ("chosen", "rejected")}
    with pytest.raises(InputError, match="row:3: the text is no transcript"):
        read_preferences([transcript, transcript, {"chosen": "x", "rejected": "y"}])


def test_hostile_texts_stay_as_they_are():
    text = "<script>alert(1)</script>\x1b[31m\u202e =cmd()|\"'; DROP"
    found = read_preferences([PAIR | {"prompt": text, "response_a": text + "!"}])
    assert found.pairs.to_pylist()[0]["response_a"] == text + "!"
    assert found.pairs.to_pylist()[0]["prompt"] == text


def test_who_labelled():
    row = PAIR | {"annotator": "x", "annotator_type": None}
    found = read_preferences([row, PAIR], annotator="me", annotator_type="human")
    assert [(one["annotator"], one["annotator_type"]) for one in found.labels.to_pylist()] == [
        ("x", "human"),
        ("me", "human"),
    ]
    assert not any("Nobody is named" in note for note in found.notes)
    assert any("annotator of 1 labels" in note for note in read_preferences([PAIR]).notes)


def test_lineage_says_who_judged_and_wrote(tmp_path):
    path = write(
        tmp_path / "a.jsonl", [TRL, TRL | {"prompt": "q"}, TRL | {"prompt": "r", "annotator": "own"}]
    )
    columns = {
        "id": ["a.jsonl:1", "a.jsonl:3"],
        "content_hash": [content_hash(TRL, id_column=None), None],
        "judge_agent": ["judge@1", "judge@1"],
        "chosen_agent": ["m", None],
        "rejected_agent": ["n", None],
        "label_source_type": ["synthetic", "human"],
    }
    write_lineage(lineage_table(columns, 2), sidecar_of(path))
    found = read_preferences(path, annotator="else", annotator_type="rule")
    assert [(one["annotator"], one["annotator_type"]) for one in found.labels.to_pylist()] == [
        ("judge@1", "ai_judge"),
        ("else", "rule"),
        ("own", "human"),
    ]
    assert found.pairs.column("author_a").to_pylist() == ["m", None, None]
    assert found.pairs.column("author_b").to_pylist() == ["n", None, None]
    write(path, [TRL | {"chosen": "edited"}])
    with pytest.raises(InputError, match=r"a\.jsonl:1: the row was edited since"):
        read_preferences(path)


def test_notes_say_what_is_not_read():
    found = read_preferences([PAIR | {"anotator": "x", "topic": "t"}])
    assert "Not read: 'anotator', 'topic'." in found.notes
    assert "The column 'anotator' may be meant as 'annotator'." in found.notes
    assert any(
        "Pairs without a prompt: 1 of 1" in note for note in read_preferences([PAIR | {"prompt": " "}]).notes
    )


def test_options_are_checked():
    with pytest.raises(UsageError, match="Say 'stop' or 'skip'"):
        read_preferences([PAIR], on_bad_row="ignore")
    with pytest.raises(UsageError, match="Did you mean 'human'"):
        read_preferences([PAIR], annotator_type="humans")
    with pytest.raises(InputError, match="no readable pair"):
        read_preferences([])


def test_progress():
    seen = []
    read_preferences([PAIR | {"prompt": str(at)} for at in range(9_000)], progress=seen.append)
    assert seen == [8_192, 9_000]


def test_looking_first(tmp_path):
    path = write(tmp_path / "a.jsonl", [PAIR])
    assert find_preferences(path) == "holdfast"
    assert find_preferences([str(path)]) == "holdfast"
    assert find_preferences([TRL]) == "trl"
    assert find_preferences(pa.Table.from_pylist([TRL])) == "trl"
    assert find_preferences([{"text": "t", "label": "a"}]) is None
    assert find_preferences(["a text", "another"]) is None
    assert find_preferences([{"prompt": "q", "completion": "x", "label": True}]) is None
    assert find_preferences(tmp_path / "missing.jsonl") is None
    assert find_preferences([]) is None
    with pytest.raises(UsageError, match="gone through once only"):
        find_preferences(iter([TRL]))


def test_a_broken_row_later_does_not_hide_pairs(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(TRL) + "\n{broken\n")
    assert find_preferences(path) == "trl"


@pytest.mark.parametrize("piped", [True, False])
def test_standard_input_can_be_read_again(tmp_path, piped):
    path = write(tmp_path / "a.jsonl", [TRL | {"prompt": f"{at} " + "x" * 20_000} for at in range(9)])
    program = (
        "from holdfast.data.preferences import *;"
        "print(find_preferences('-'), find_preferences(['-']), len(read_preferences('-')))"
    )
    with path.open("rb") as file:
        done = subprocess.run(  # noqa: S603 - this Python and a program written above
            [sys.executable, "-W", "error", "-c", program],
            **({"input": file.read()} if piped else {"stdin": file}),
            capture_output=True,
            check=False,
            timeout=600,
        )
    assert (done.stdout.decode().split(), done.stderr) == (["trl", "trl", "9"], b"")


@pytest.mark.parametrize(
    ("row", "side"),
    [
        (TRL, "chosen"),
        (PAIR, "response_a"),
        ({"instruction": "q", "output_1": "x", "output_2": "y", "preference": 1}, "output_1"),
        ({"input": "q", "output_1": "x", "output_2": "y", "label": 1}, "output_1"),
        ({"input": "q", "response1": "x", "response2": "y", "annotator1": 1}, "response1"),
    ],
)
def test_pairs_are_no_single_records(row, side):
    with pytest.raises(
        PreferenceInput, match=f"holdfast audit and holdfast.audit_preferences .*--text {side}"
    ):
        read_records([row])
    assert len(read_records([row], text=side)) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_not_looked_at(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert find_preferences(pipe) is None
    assert find_preferences([str(pipe)]) is None
    assert find_preferences(["a\0text", "x" * 9_000]) is None
    writer = threading.Thread(target=pipe.write_text, args=(json.dumps(TRL),))
    writer.start()
    assert len(read_preferences(pipe)) == 1
    writer.join()

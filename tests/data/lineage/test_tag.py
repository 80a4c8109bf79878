"""Tag: lineage beside rows that had none."""

import hashlib
import json

import pytest

from holdfast.data import read_records
from holdfast.data.lineage import SCHEMA, Declared, lineage_of, read_lineage, sidecar_of, tag
from holdfast.errors import InputError, OutputError, UsageError


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def made(tmp_path):
    return write(
        tmp_path / "made.jsonl", [{"id": str(i), "text": f"row {i}", "intent": "ab"[i % 2]} for i in range(6)]
    )


def test_the_rows_stay_as_they_are_and_lineage_stands_beside_them(made):
    before = made.read_bytes()
    found = tag(
        made, declared=Declared(source="shop", source_type="synthetic", agent="org/m@1"), trained_on_depth=0
    )
    assert made.read_bytes() == before
    assert found.path == made.with_name("made.lineage.parquet") == sidecar_of(made)
    table = read_lineage(made)
    assert table.schema.equals(SCHEMA)
    assert table.column("id").to_pylist() == [str(i) for i in range(6)]
    assert set(table.column("generation_depth").to_pylist()) == {1}
    assert table.column("strata").to_pylist()[1] == [("intent", "b")]
    assert (
        table.column("content_hash").to_pylist()
        == read_records(made).table.column("content_hash").to_pylist()
    )


def test_what_nobody_said_is_null(made):
    table = tag(made).table
    for name in SCHEMA.names:
        if name not in ("id", "content_hash", "strata"):
            assert table.column(name).null_count == 6, name


def test_lineage_is_not_overwritten_unless_asked(made):
    tag(made, declared=Declared(source="one"))
    with pytest.raises(OutputError, match="--replace"):
        tag(made, declared=Declared(source="two"))
    assert set(read_lineage(made).column("source").to_pylist()) == {"one"}
    tag(made, declared=Declared(source="two"), replace=True)
    assert set(read_lineage(made).column("source").to_pylist()) == {"two"}


def test_a_word_that_lineage_does_not_know_names_the_nearest(made):
    with pytest.raises(UsageError, match="Did you mean 'synthetic'"):
        tag(made, declared=Declared(source_type="sinthetic"))


def test_an_edited_row_is_no_longer_what_its_lineage_speaks_of(made):
    tag(made)
    made.write_text(made.read_text(encoding="utf-8").replace("row 3", "row three"), encoding="utf-8")
    with pytest.raises(InputError, match="was edited since") as error:
        lineage_of(read_records(made))
    assert error.value.where == "3"


def test_lineage_follows_the_order_of_the_rows(made):
    tag(made)
    lines = made.read_text(encoding="utf-8").splitlines()
    made.write_text("\n".join([*reversed(lines), json.dumps({"id": "new", "text": "x y"})]), encoding="utf-8")
    table = lineage_of(read_records(made))
    assert table.column("id").to_pylist() == ["5", "4", "3", "2", "1", "0", "new"]
    assert table.column("strata").to_pylist()[-1] is None


def test_rows_without_lineage_have_none(made):
    assert lineage_of(read_records(made)) is None
    assert lineage_of(read_records([{"text": "in memory"}])) is None


def test_depth_comes_from_parents_in_this_file_and_in_others(tmp_path):
    real = write(tmp_path / "real.jsonl", [{"id": "r", "text": "a"}])
    tag(real, declared=Declared(source_type="human"))
    rows = [
        {"id": "late", "text": "c", "made_from": ["early"]},
        {"id": "early", "text": "b", "made_from": "r"},
        {"id": "stranger", "text": "d", "made_from": ["r", "nobody knows"]},
        {"id": "ring 1", "text": "e", "made_from": ["ring 2"]},
        {"id": "ring 2", "text": "f", "made_from": ["ring 1"]},
    ]
    made = write(tmp_path / "made.jsonl", rows)
    table = tag(
        made,
        declared=Declared(source_type="synthetic"),
        parents="made_from",
        parents_in=[real],
        trained_on_depth=0,
    ).table
    assert table.column("generation_depth").to_pylist() == [2, 1, None, None, None]
    assert table.column("parent_ids").to_pylist()[1] == ["r"]


def test_distilabel(tmp_path):
    rows = [
        {
            "instruction": f"Explain {i}",
            "generation": f"It is {i}.",
            "model_name": "org/m",
            "distilabel_metadata": {"raw_output_text_generation_0": "x"},
            "keep_row_after_filter_0": i != 1,
        }
        for i in range(3)
    ]
    found = tag(write(tmp_path / "d.jsonl", rows), text="generation")
    assert found.origin == "distilabel"
    row = found.table.to_pylist()[1]
    assert (row["agent"], row["source_type"], row["kept"], row["dropped_by"]) == (
        "org/m",
        "synthetic",
        False,
        "filter_0",
    )
    assert row["prompt_id"] == hashlib.sha256(b"Explain 1").hexdigest()
    assert row["generation_depth"] is None
    # Whoever reads the instructions reads what somebody else may have written.
    asked = tag(tmp_path / "d.jsonl", text="instruction", output=tmp_path / "asked.lineage.parquet").table
    assert asked.column("source_type").null_count == 3


def test_curator(tmp_path):
    rows = [
        {
            "response_message": f"answer {i}",
            "finish_reason": "stop",
            "raw_response": {"model": "m-2026-02"},
            "token_usage": {"input": 7, "output": 3},
            "generic_request": {
                "model": "m",
                "messages": [{"role": "user", "content": f"ask {i}"}],
                "generation_params": {"temperature": 0.7, "seed": 5},
                "original_row": {"x": i},
                "original_row_idx": i,
            },
        }
        for i in range(2)
    ]
    found = tag(write(tmp_path / "responses_0.jsonl", rows), text="response_message")
    row = found.table.to_pylist()[1]
    assert found.origin == "curator"
    assert (row["agent"], row["parent_ids"], row["source_type"]) == ("m-2026-02", ["1"], "synthetic")
    assert row["gen_ai"]["request"]["temperature"] == 0.7
    assert row["gen_ai"]["request"]["model"] == "m"
    assert row["gen_ai"]["response"] == {"model": "m-2026-02", "id": None, "finish_reasons": ["stop"]}
    assert row["gen_ai"]["usage"] == {"input_tokens": 7, "output_tokens": 3}


def test_data_designer(tmp_path):
    (tmp_path / "builder_config.json").write_text("{}")
    (tmp_path / "metadata.json").write_text('{"config_hash": "abc"}')
    (tmp_path / "parquet-files").mkdir()
    file = write(
        tmp_path / "parquet-files" / "batch_0.jsonl",
        [{"text": "hello you", "text__trace": "[]"}, {"text": "b c"}],
    )
    found = tag(file)
    assert found.origin == "data-designer"
    assert found.table.column("recipe_hash").to_pylist() == ["abc", "abc"]
    assert found.table.column("source_type").to_pylist() == ["synthetic", None]


def test_datatrove(tmp_path):
    rows = [
        {"text": "a b", "id": "1", "media": [], "metadata": {"dataset": "web", "rollout_idx": 3}},
        {"text": "c d", "id": "2", "media": [], "metadata": {"filter_reason": "gopher_short"}},
    ]
    found = tag(write(tmp_path / "t.jsonl", rows))
    one, two = found.table.to_pylist()
    assert found.origin == "datatrove"
    assert (one["source"], one["sample_index"], one["kept"]) == ("web", 3, None)
    assert (two["kept"], two["drop_reason"]) == (False, "gopher_short")


def test_plain_columns(tmp_path):
    rows = [
        {"text": f"r {i}", "model": "org/m", "parent_id": 7, "source_type": "synthetic", "license": "MIT"}
        for i in range(2)
    ]
    row = tag(write(tmp_path / "p.jsonl", rows)).table.to_pylist()[0]
    assert (row["agent"], row["parent_ids"], row["source_type"], row["licenses"]) == (
        "org/m",
        ["7"],
        "synthetic",
        ["MIT"],
    )
    assert row["generation_depth"] is None


def test_a_column_with_words_of_its_own_is_an_error_that_names_the_row(tmp_path):
    file = write(tmp_path / "p.jsonl", [{"text": "a b", "source_type": "gpt"}])
    with pytest.raises(InputError, match=r"p\.jsonl:1: its source_type is 'gpt'.*--origin none"):
        tag(file)
    assert tag(file, origin="none").table.column("source_type").null_count == 1
    assert tag(file, declared=Declared(source_type="synthetic"), origin="none", replace=True).origin is None


def test_a_set_beside_its_lineage_is_read_without_it(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": ["a b", "c d"]}), tmp_path / "made.parquet")
    tag(tmp_path / "made.parquet", declared=Declared(source="x"))
    assert len(read_records(tmp_path)) == 2
    assert len(read_records(str(tmp_path / "*.parquet"))) == 2
    assert lineage_of(read_records(tmp_path)).column("source").to_pylist() == ["x", "x"]


def test_a_column_of_parents_that_is_not_there(tmp_path):
    file = tmp_path / "made.jsonl"
    file.write_text('{"id": "a", "text": "one"}\n')
    with pytest.raises(UsageError, match="no column 'nosuch'"):
        tag(file, parents="nosuch")
    assert not (tmp_path / "made.lineage.parquet").exists()


def test_lineage_is_never_written_over_rows(tmp_path):
    file = tmp_path / "made.jsonl"
    file.write_text('{"id": "a", "text": "one"}\n')
    with pytest.raises(UsageError, match=r"ends in lineage\.parquet"):
        tag(file, output=file, replace=True)
    assert file.read_text() == '{"id": "a", "text": "one"}\n'


def test_a_column_without_a_name(tmp_path):
    """As data frames write their index."""
    file = tmp_path / "made.csv"
    file.write_text(",text,intent\n0,hello there,a\n1,good bye,b\n")
    assert tag(file).table.num_rows == 2

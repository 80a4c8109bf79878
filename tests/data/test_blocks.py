"""Blocks: read together they give what the whole gives, in every format and wherever they are cut."""

from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.data import data_hash, read_records
from holdfast.data.blocks import block_digest, find_blocks, read_block
from holdfast.data.cutting import Size
from holdfast.data.survey import survey
from holdfast.errors import HoldfastError, InputError, PreferenceInput, UsageError

SMALL = Size(rows=3, bytes=150)


def read_in_blocks(source, *, size=SMALL, on_bad_row="stop", keep_rows=False, keep_payload=False, **named):
    """What `read_records` gives, put together from blocks that were pickled and read in another order."""
    with ExitStack() as stack:
        blocks = find_blocks(source, stack, on_bad_row=on_bad_row, size=size, **named)
        found = survey(blocks, on_bad_row=on_bad_row)
        references = pickle.loads(pickle.dumps(blocks.references))  # noqa: S301 - made in this line
        reading = pickle.loads(pickle.dumps(found.reading))  # noqa: S301 - same
        read = {}
        for at in [*range(1, len(references), 2), *range(0, len(references), 2)]:
            read[at] = read_block(
                references[at],
                reading,
                on_bad_row=on_bad_row,
                keep_rows=keep_rows,
                keep_payload=keep_payload,
            )
        parts = [read[at] for at in range(len(references))]
        digests = [block_digest(one) for one in references]
    assert [len(part) for part in parts] == list(found.counts)
    return found, parts, digests


def said(source, **options):
    """All that is to be the same, or the error."""
    try:
        whole = read_records(source, **options)
    except HoldfastError as error:
        return type(error), str(error)
    identity = data_hash(whole.ids, whole.table.column("content_hash").to_pylist())
    return (
        whole.table.to_pydict(),
        whole.table.schema,
        whole.detection,
        whole.name,
        whole.files,
        (whole.empty_rows, whole.skipped_count, whole.skipped),
        identity,
    )


def said_in_blocks(source, **options):
    try:
        found, parts, _ = read_in_blocks(source, **options)
    except HoldfastError as error:
        return type(error), str(error)
    table = pa.concat_tables([part.table for part in parts])
    first = parts[0]
    assert found.empty_rows == sum(part.empty_rows for part in parts)
    assert found.skipped_count == sum(part.skipped_count for part in parts)
    return (
        table.to_pydict(),
        table.schema,
        first.detection,
        first.name,
        first.files,
        (found.empty_rows, found.skipped_count, tuple(row for part in parts for row in part.skipped)),
        found.data_hash,
    )


def same(source, **options):
    one, other = said(source, **options), said_in_blocks(source, **options)
    assert one == other
    return one


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    st.sampled_from(["", " ", "été 😀", "a\u2028b", "\r", 'say "hi", then\nnothing', "x" * 400]),
)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), TEXTS)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": TEXTS},
        optional={"label": st.sampled_from(["a", "b", 3, None, " "]), "id": VALUES, "x": VALUES},
    ),
    min_size=1,
    max_size=14,
)
BROKEN = [
    b'{"text": "a"',
    b"",
    b" \t",
    b"[1]",
    b"null",
    b'"a text"',
    b'{"text": "\xff"}',
    b'{"text": 1}',
    b'{"text": "a", "x": 1e999}',
    b'{"text": "\\ud800"}',
    b"{}{}",
    b'{"text": "a\x00"}',
    b'{"other": "a"}',
]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@FEW
@given(
    rows=ROWS,
    broken=st.lists(st.tuples(st.integers(0, 14), st.sampled_from(BROKEN)), max_size=3),
    ends=st.sampled_from([b"\n", b"\r\n"]),
    final=st.booleans(),
    mark=st.booleans(),
    packed=st.booleans(),
    skip=st.booleans(),
    rows_of_a_block=st.integers(1, 5),
    bytes_of_a_block=st.integers(1, 300),
)
def test_json_lines(folder, rows, broken, ends, final, mark, packed, skip, rows_of_a_block, bytes_of_a_block):
    lines = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
    for at, line in broken:
        lines.insert(at, line)
    content = (b"\xef\xbb\xbf" if mark else b"") + ends.join(lines) + (ends if final else b"")
    file = folder / ("a.jsonl.gz" if packed else "a.jsonl")
    file.write_bytes(gzip.compress(content) if packed else content)
    size = Size(rows=rows_of_a_block, bytes=bytes_of_a_block)
    options = {"on_bad_row": "skip" if skip else "stop", "keep_rows": True, "keep_payload": True}
    one = said(file, **options)
    assert said_in_blocks(file, size=size, **options) == one


@FEW
@given(rows=ROWS, indent=st.sampled_from([None, 1]), mark=st.booleans())
def test_arrays(folder, rows, indent, mark):
    file = folder / "a.json"
    text = json.dumps(rows, indent=indent, ensure_ascii=mark)
    file.write_text(("\ufeff" if mark else "") + text, encoding="utf-8")
    same(file, on_bad_row="skip", keep_rows=True)


@FEW
@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=14),
    broken=st.lists(
        st.tuples(st.integers(1, 14), st.sampled_from(["a", '"a"b,c', "a,b,c", "", "x\0,y", '5" x,y'])),
        max_size=2,
    ),
    dialect=st.sampled_from(["excel", "unix"]),
    suffix=st.sampled_from([".csv", ".tsv", ".csv.gz"]),
)
def test_csv(folder, rows, broken, dialect, suffix):
    out = io.StringIO()
    writer = csv.writer(out, dialect=dialect, delimiter="\t" if suffix == ".tsv" else ",")
    writer.writerow(["text", "label"])
    for number, row in enumerate(rows, start=1):
        for at, line in broken:
            if at == number:
                out.write(line + "\n")
        writer.writerow(row)
    content = out.getvalue().encode()
    file = folder / f"a{suffix}"
    file.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    same(file, on_bad_row="skip")
    same(file)


@FEW
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {"text": TEXTS, "label": st.sampled_from(["a", "b", None]), "n": st.integers(-9, 9)}
        ),
        min_size=1,
        max_size=14,
    ),
    group=st.integers(1, 14),
    kind=st.sampled_from(["parquet", "file", "stream", "memory"]),
)
def test_tables(folder, rows, group, kind):
    table = pa.Table.from_pylist(rows)
    file = folder / ("a.parquet" if kind == "parquet" else "a.arrow")
    if kind == "parquet":
        pq.write_table(table, file, row_group_size=group)
    elif kind != "memory":
        begin = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
        with begin(str(file), table.schema) as sink:
            sink.write_table(table, max_chunksize=group)
    same(table if kind == "memory" else file, keep_rows=True)


@FEW
@given(rows=st.one_of(ROWS, st.lists(TEXTS, min_size=1, max_size=14)))
def test_memory(rows):
    same(rows, on_bad_row="skip", keep_rows=True)


def put(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        ([f"i{i}" for i in range(400)], None),
        ([f"i{i % 390}" for i in range(400)], None),
        ([f"i{i % 390}" for i in range(400)], "id"),
        ([f"i{i}" if i != 350 else None for i in range(400)], None),
        ([f"i{i}" if i != 350 else None for i in range(400)], "id"),
        ([i * 10**9 for i in range(400)], None),
        ([f"{'long' * 30}{i % 399}" for i in range(400)], "id"),
    ],
)
def test_ids_are_unique_over_all_blocks(tmp_path, ids, named):
    file = put(tmp_path / "a.jsonl", [{"id": one, "text": f"t {i}"} for i, one in enumerate(ids)])
    same(file, id=named)
    same(file, id=named, on_bad_row="skip")


@pytest.mark.parametrize(
    "labels",
    [
        [f"l{i % 5}" for i in range(400)],
        [f"l{i}" for i in range(400)],
        ["one"] * 400,
        ["a", "b"] * 199 + [["no label"], "a"],
        [None] * 400,
    ],
)
def test_the_column_of_labels_is_chosen_from_all_rows(tmp_path, labels):
    rows = [{"text": f"t {i}", "label": label, "intent": i % 3} for i, label in enumerate(labels)]
    file = put(tmp_path / "a.jsonl", rows)
    same(file)
    same(file, label="label", on_bad_row="skip")
    same(file, label="label")


def test_many_files_and_folders(tmp_path):
    for number in range(7):
        put(tmp_path / f"{number}.jsonl", [{"text": f"{number} {row}"} for row in range(number + 1)])
    same(tmp_path)
    same(str(tmp_path / "*.jsonl"))
    with ExitStack() as stack:  # small files go together
        assert len(find_blocks(tmp_path, stack).references) == 1
        assert len(find_blocks(tmp_path, stack, size=Size(rows=10, bytes=10**6)).references) == 4


def test_errors_are_those_of_the_whole(tmp_path):
    for rows in (
        [{"chosen": "a", "rejected": "b"}],
        [{"a": 1}],
        [{"text": " "}],
        [{"text": "a"}] * 300 + [{"messages": [{"role": "user", "content": "b"}]}],
    ):
        same(put(tmp_path / "a.jsonl", rows))
    same(put(tmp_path / "a.jsonl", [{"text": "a"}]), label="x")
    assert said(tmp_path / "a.jsonl", label="x")[0] is UsageError
    (tmp_path / "b.json").write_text('[{"text": "a"},')
    same(tmp_path / "b.json")
    (tmp_path / "c.jsonl").write_bytes(b"")
    same(tmp_path / "c.jsonl")
    (tmp_path / "d.parquet").write_bytes(b"PAR1 no")
    same(tmp_path / "d.parquet")
    same(tmp_path / "missing.jsonl")
    assert said(put(tmp_path / "a.jsonl", [{"chosen": "a", "rejected": "b"}]))[0] is PreferenceInput
    with ExitStack() as stack, pytest.raises(UsageError, match="Say 'stop' or 'skip'"):
        find_blocks(["a"], stack, on_bad_row="ignore")


def test_lines_of_megabytes(tmp_path):
    texts = ["a", "b" * 3_000_000, "c", "d" * 1_500_000, "e"]
    file = put(tmp_path / "a.jsonl", [{"text": text} for text in texts])
    found, parts, _ = read_in_blocks(file, size=Size(rows=100, bytes=2**20))
    assert [text for part in parts for text in part.texts] == texts
    assert found.counts == (2, 2, 1)


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".csv", ".parquet", ".arrow"])
def test_rows_that_are_appended_change_the_last_blocks_only(tmp_path, suffix):
    rows = [{"text": f"text number {i}", "label": "ab"[i % 2]} for i in range(1_000)]
    file = tmp_path / f"a{suffix}"

    def write(count):
        if suffix == ".csv":
            with file.open("w", newline="") as sink:
                writer = csv.writer(sink)
                writer.writerow(["text", "label"])
                writer.writerows(row.values() for row in rows[:count])
        elif suffix == ".parquet":
            pq.write_table(pa.Table.from_pylist(rows[:count]), file, row_group_size=100)
        elif suffix == ".arrow":
            table = pa.Table.from_pylist(rows[:count])
            with pa.ipc.new_stream(str(file), table.schema) as sink:
                sink.write_table(table, max_chunksize=100)
        else:
            content = "".join(json.dumps(row) + "\n" for row in rows[:count]).encode()
            file.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)

    size = Size(rows=100, bytes=10**6)
    digests, references = [], []
    for count in (930, 1_000):
        write(count)
        digests.append(read_in_blocks(file, size=size)[2])
        with ExitStack() as stack:
            references.append(find_blocks(file, stack, size=size).references)
    assert references[0][:9] == references[1][:9]
    assert len(set(digests[0])) == 10
    assert digests[0][:9] == digests[1][:9]
    assert digests[0][9] != digests[1][9]


def test_a_digest_knows_content_and_not_names(tmp_path):
    rows = [{"text": f"t {i}"} for i in range(10)]
    one, other = put(tmp_path / "a.jsonl", rows), put(tmp_path / "b.jsonl", rows)
    assert read_in_blocks(one)[2] == read_in_blocks(other)[2]
    assert read_in_blocks(rows)[2] == read_in_blocks(list(rows))[2]
    assert read_in_blocks(pa.Table.from_pylist(rows))[2] == read_in_blocks(pa.Table.from_pylist(rows))[2]
    assert read_in_blocks(put(other, rows[::-1]))[2] != read_in_blocks(one)[2]
    assert read_in_blocks([{"text": "a", "x": object()}, {"text": "b"}], on_bad_row="skip")[2] == [None]


def test_a_file_that_changes_while_it_is_read_is_an_error(tmp_path):
    file = put(tmp_path / "a.jsonl", [{"text": f"t {i}"} for i in range(10)])
    with ExitStack() as stack:
        blocks = find_blocks(file, stack, size=SMALL)
        found = survey(blocks)
        put(file, [{"text": f"u {i}"} for i in range(10)])
        with pytest.raises(InputError, match=r"a\.jsonl: the file has changed"):
            read_block(blocks.references[1], found.reading)
        file.write_text("")
        with pytest.raises(InputError, match="the file has changed"):
            read_block(blocks.references[1], found.reading)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".arrow"])
def test_tables_that_change_are_errors(tmp_path, suffix):
    file = tmp_path / f"a{suffix}"
    for texts in (["a", "b", "c", "d", "e"], ["f", "g", "h", "i", "jj"]):
        table = pa.table({"text": texts})
        if suffix == ".csv":
            file.write_text("text\n" + "".join(f"{text}\n" for text in texts))
        elif suffix == ".parquet":
            pq.write_table(table, file)
        else:
            with pa.ipc.new_file(str(file), table.schema) as sink:
                sink.write_table(table)
        if texts[0] == "a":
            with ExitStack() as stack:
                blocks = find_blocks(file, stack, size=SMALL)
            found = survey(blocks)
    with pytest.raises(InputError, match="the file has changed"):
        read_block(blocks.references[0], found.reading)


def test_a_reference_is_small(tmp_path):
    file = put(tmp_path / "a.jsonl", [{"text": "word " * 20} for _ in range(50_000)])
    with ExitStack() as stack:
        blocks = find_blocks(file, stack)
        assert [one.rows for one in blocks.references] == [20_000, 20_000, 10_000]
        assert max(len(pickle.dumps(one)) for one in blocks.references) < 1_000
    table = pa.table({"text": ["word " * 20] * 50_000})
    with ExitStack() as stack:
        held = find_blocks(table, stack).references
        assert max(len(pickle.dumps(one)) for one in held) < 3_000_000


def test_rows_are_cut_in_order_whatever_runs_the_cutting(tmp_path):
    file = put(tmp_path / "a.jsonl", [{"text": f"t {i}"} for i in range(100)])
    asked = []

    def backwards(work, jobs):
        asked.append(len(jobs))
        return [work(job) for job in reversed(jobs)][::-1]

    with ExitStack() as stack:
        one = find_blocks(file, stack, size=SMALL, run=backwards)
        assert one == find_blocks(file, stack, size=SMALL)
        assert survey(one, run=backwards) == survey(one)
    assert asked

"""Questions to lineage."""

import pytest

from holdfast.data.lineage import lineage_table, query, summarise, trace, write_lineage
from holdfast.errors import InputError, UsageError


@pytest.fixture
def files(tmp_path):
    real = lineage_table(
        {
            "id": ["r1", "r2"],
            "source": ["people"] * 2,
            "source_type": ["human"] * 2,
            "generation_depth": [0, 0],
        },
        2,
    )
    made = lineage_table(
        {
            "id": ["a", "b", "c", "d"],
            "source": ["shop", "shop", "lab", None],
            "source_type": ["synthetic"] * 4,
            "agent": ["m@1", "m@1", "n@2", "n@2"],
            "parent_ids": [["r1", "r2"], ["a"], ["b", "gone"], None],
            "generation_depth": [1, 2, 3, None],
            "kept": [True, False, True, True],
            "dropped_by": [None, "damage", None, None],
        },
        4,
    )
    for name, table in (("real", real), ("made", made)):
        write_lineage(table, tmp_path / f"{name}.lineage.parquet")
    return [tmp_path / "real.lineage.parquet", tmp_path / "made.lineage.parquet"]


def test_ancestors_and_offspring(files):
    found = trace("b", files)
    assert found.record["dropped_by"] == "damage"
    assert [(row["id"], row["steps"]) for row in found.parents] == [("a", 1), ("r1", 2), ("r2", 2)]
    assert [(row["id"], row["steps"]) for row in found.children] == [("c", 1)]
    assert found.missing == ()
    assert trace("c", files).missing == ("gone",)
    assert [row["id"] for row in trace("r2", files).children] == ["a", "b", "c"]


def test_a_ring_of_parents_ends(tmp_path):
    table = lineage_table({"id": ["x", "y"], "parent_ids": [["y"], ["x"]]}, 2)
    write_lineage(table, tmp_path / "ring.lineage.parquet")
    found = trace("x", [tmp_path / "ring.lineage.parquet"])
    assert [row["id"] for row in found.parents] == ["y"]
    assert [row["id"] for row in found.children] == ["y"]


def test_an_unknown_id_names_the_nearest(files):
    with pytest.raises(InputError, match=r"no record has the id 'r3'.*Did you mean 'r"):
        trace("r3", files)


def test_one_id_of_two_records_is_refused(files, tmp_path):
    write_lineage(lineage_table({"id": ["r1"]}, 1), tmp_path / "other.lineage.parquet")
    with pytest.raises(InputError, match="2 records have the id 'r1'"):
        trace("r1", [*files, tmp_path / "other.lineage.parquet"])


def test_shares(files):
    found = summarise(files)
    assert found.rows == 6
    assert [(s.value, s.rows) for s in found.groups["source"]] == [
        ("people", 2),
        ("shop", 2),
        (None, 1),
        ("lab", 1),
    ]
    by_agent = {s.value: (s.rows, s.kept) for s in found.groups["agent"]}
    assert by_agent == {None: (2, None), "m@1": (2, 1), "n@2": (2, 2)}
    assert {s.value: s.rows for s in found.groups["generation_depth"]} == {0: 2, 1: 1, 2: 1, 3: 1, None: 1}
    assert "cycle" not in found.groups
    assert sum(s.share for s in found.groups["source"]) == pytest.approx(1)


def test_sql(files):
    found = query(
        "SELECT source, count(*) AS rows FROM lineage WHERE kept GROUP BY source ORDER BY rows, source", files
    )
    assert found.to_pylist() == [
        {"source": "lab", "rows": 1},
        {"source": "shop", "rows": 1},
        {"source": None, "rows": 1},
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '{elsewhere}'",
        "COPY (SELECT 1) TO '{elsewhere}'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "nonsense",
    ],
)
def test_a_question_reads_nothing_else_and_writes_nothing(files, tmp_path, sql):
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("a\n1\n")
    with pytest.raises(UsageError, match="DuckDB says"):
        query(sql.format(elsewhere=elsewhere), files)
    assert elsewhere.read_text() == "a\n1\n"


def test_no_lineage_says_how_to_make_it(tmp_path):
    (tmp_path / "made.jsonl").write_text('{"text": "a"}\n')
    with pytest.raises(InputError, match=r"there is no lineage beside it\. holdfast tag"):
        summarise([tmp_path / "made.jsonl"])
    with pytest.raises(InputError, match="there is no such file"):
        trace("a", [tmp_path / "other.jsonl"])


def test_a_file_that_is_no_lineage_is_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "x.lineage.parquet")
    with pytest.raises(InputError, match="no column 'id'"):
        summarise([tmp_path / "x.lineage.parquet"])
    (tmp_path / "y.lineage.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(InputError, match="cannot be read"):
        summarise([tmp_path / "y.lineage.parquet"])

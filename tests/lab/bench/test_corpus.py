import csv
import json

import pytest

from holdfast.errors import InputError, UsageError
from holdfast.lab.bench.corpus import Corpus, Row, generate_corpus, read_corpus


def test_files_of_either_kind_in_any_order_are_the_same_corpus(tmp_path):
    rows = [{"text": f"row number {i}", "label": "ab"[i % 2]} for i in range(40)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["text", "label"])
        writer.writeheader()
        writer.writerows(reversed(rows))
    one, two = (
        read_corpus(tmp_path / "rows.jsonl", label="label"),
        read_corpus(tmp_path / "rows.csv", label="label"),
    )
    assert one.digest == two.digest
    assert one.labelled
    assert [row.text for row in one.rows] == [row.text for row in two.rows]
    assert {s: len(group) for s, group in one.by_stratum.items()} == {"a": 20, "b": 20}
    plain = read_corpus(tmp_path / "rows.jsonl", labelled=False)
    assert not plain.labelled
    assert plain.digest == one.unlabelled().digest != one.digest


def test_a_corpus_is_whole():
    with pytest.raises(InputError, match="no label"):
        Corpus.of("x", [Row(id="1", text="a", label="l"), Row(id="2", text="b")])
    with pytest.raises(InputError, match="share an id"):
        Corpus.of("x", [Row(id="1", text="a"), Row(id="1", text="b")])
    with pytest.raises(InputError, match="needs rows"):
        Corpus.of("x", [])


def test_generated_rows_are_the_same_for_the_same_seed():
    one, two, other = (generate_corpus(strata=3, rows_per_stratum=50, seed=seed) for seed in (1, 1, 2))
    assert one.digest == two.digest != other.digest
    assert len(one) == 150
    assert len({row.text for row in one.rows}) > 140
    with pytest.raises(UsageError):
        generate_corpus(strata=1)


def test_edits_remember_where_they_come_from():
    row = Row(id="7", text="a", label="l")
    edited = row.edited("x", text="b")
    assert (edited.text, edited.label, edited.parents) == ("b", "l", ("7",))
    assert edited.edited("y").origins == ("7",)
    assert row.origins == ("7",)

"""Lineage of real rows is frozen with them, so that what is known of them is known wherever they go."""

import json

import pyarrow.parquet as pq
import pytest

from holdfast.anchors import freeze, open_anchor, verify
from holdfast.anchors.gold import add_gold
from holdfast.data.lineage import Declared, tag
from holdfast.errors import AnchorError, InputError
from holdfast.remedies.blend import blend


def rows_of(name, count):
    return [
        {"id": f"{name}{i}", "text": f"{name} says {i * 7919} and {i * 104729}", "intent": "abc"[i % 3]}
        for i in range(count)
    ]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def frozen(tmp_path):
    real = write(tmp_path / "real.jsonl", rows_of("real", 300))
    tag(real, declared=Declared(source="support", source_type="human", licenses=("MIT",)))
    return freeze(real, output=tmp_path / "anchor")


def test_rows_of_reference_and_gold_keep_it(frozen):
    table = frozen.lineage()
    open_ = {id_ for part in ("reference", "gold") for id_ in frozen.part(part).column("id").to_pylist()}
    assert set(table.column("id").to_pylist()) == open_
    assert set(table.column("source").to_pylist()) == {"support"}
    assert set(table.column("generation_depth").to_pylist()) == {0}
    assert verify(frozen.path) == []


def test_an_anchor_without_it_is_what_it_always_was(tmp_path):
    found = freeze(rows_of("real", 300), output=tmp_path / "anchor")
    assert "lineage" not in found.manifest
    assert found.lineage() is None
    assert not (tmp_path / "anchor/lineage.parquet").exists()


def test_it_is_sealed(frozen):
    file = frozen.path / "lineage.parquet"
    table = pq.read_table(file)
    pq.write_table(table.take(list(range(len(table)))[::-1]), file, compression="none")
    assert verify(frozen.path) == []
    changed = table.set_column(table.schema.get_field_index("source"), "source", [["elsewhere"] * len(table)])
    pq.write_table(changed, file)
    assert verify(frozen.path) != []
    with pytest.raises(AnchorError, match="not what was sealed"):
        open_anchor(frozen.path).lineage()
    file.unlink()
    assert "missing" in verify(frozen.path)[0]


def test_parts_have_a_depth_in_a_blend(frozen, tmp_path):
    write(tmp_path / "made.jsonl", rows_of("made", 60))
    tag(tmp_path / "made.jsonl", declared=Declared(source_type="synthetic", generation_depth=1))
    (tmp_path / "recipe.toml").write_text(
        'rows = 20\nmax_depth = 1\nanchor = "anchor"\n'
        '[[source]]\nname = "made"\npath = "made.jsonl"\nshare = 0.5\n'
        '[[source]]\nname = "gold"\nanchor_part = "gold"\nshare = 0.5\n'
    )
    found = blend(tmp_path / "recipe.toml")
    assert found.realised["generation_depth"] == {"0": 10, "1": 10}
    assert found.realised["source_type"] == {"human": 10, "synthetic": 10}


def test_gold_that_joins_brings_its_own(frozen, tmp_path):
    fresh = write(tmp_path / "fresh.jsonl", rows_of("fresh", 20))
    tag(fresh, declared=Declared(source="shop", source_type="human_edited", generation_depth=1))
    grown = add_gold(frozen, fresh, output=tmp_path / "second", by="Ada", reason="more").anchor
    plain = add_gold(grown, rows_of("plain", 5), output=tmp_path / "third", by="Ada", reason="more").anchor
    assert verify(grown.path) == verify(plain.path) == []
    known = dict(zip(*(plain.lineage().column(name).to_pylist() for name in ("id", "source")), strict=True))
    assert known["fresh3"] == "shop"
    assert "plain3" not in known
    (tmp_path / "recipe.toml").write_text(
        f'anchor = "third"\n[[source]]\nname = "gold"\nanchor_part = "gold"\nrows = {plain.parts["gold"]}\n'
    )
    counts = blend(tmp_path / "recipe.toml").realised["source_type"]
    assert counts == {"human": frozen.parts["gold"], "human_edited": 20, "unknown": 5}


@pytest.mark.parametrize(
    "declared",
    [
        {"source_type": "synthetic", "agent": "org/model"},
        {"source_type": "machine_edited"},
        {"source_type": "human_edited", "generation_depth": 1},
    ],
)
def test_what_a_model_wrote_is_no_reality(tmp_path, declared):
    real = write(tmp_path / "real.jsonl", rows_of("real", 300))
    tag(real, declared=Declared(**declared))
    with pytest.raises(InputError, match=r"a model had a hand in 300 of the rows"):
        freeze(real, output=tmp_path / "anchor")
    assert not (tmp_path / "anchor").exists()

"""Blend: exact counts, drawn by id, with the holdout kept out."""

import json
import os
import random
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.anchors import freeze, open_anchor
from holdfast.data import read_records
from holdfast.data.lineage import Declared, lineage_of, read_lineage, tag, trace
from holdfast.errors import AnchorError, InputError, OutputError
from holdfast.remedies.blend import blend, read_recipe
from holdfast.remedies.blend.counts import apportion, largest_total
from holdfast.remedies.curate import curate
from holdfast.remedies.leaks import find_leaks


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def rows_of(name, count):
    return [
        {"id": f"{name}{i}", "text": f"{name} says {i * 7919} and {i * 104729}", "intent": "abc"[i % 3]}
        for i in range(count)
    ]


RECIPE = """
rows = 100
seed = 3
[[source]]
name = "made"
path = "made.jsonl"
share = 0.7
[[source]]
name = "real"
path = "real.jsonl"
share = 0.3
"""


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "made.jsonl", rows_of("made", 90))
    write(tmp_path / "real.jsonl", rows_of("real", 60))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    return tmp_path


def made_of(found):
    return [json.loads(line)["id"] for line in (found.output / "data/train.jsonl").read_text().splitlines()]


def test_shares_are_exact_and_on_record(folder):
    found = blend(folder / "recipe.toml", output=folder / "out")
    assert found.rows == 100
    assert found.realised["source"] == {"made": 70, "real": 30}
    manifest = json.loads((folder / "out/manifest.json").read_text())
    assert manifest["planned_share"] == {"made": 0.7, "real": 0.3}
    assert manifest["realised_rows"]["source"] == {"made": 70, "real": 30}
    assert manifest["holdout_checked"] is False
    ids = made_of(found)
    assert len(set(ids)) == 100
    assert (folder / "out/recipe.toml").read_text() == RECIPE
    lineage = read_lineage(folder / "out")
    assert lineage.column("id").to_pylist() == ids
    assert lineage.column("source").to_pylist() == [
        "made" if name.startswith("made") else "real" for name in ids
    ]
    assert (
        lineage.column("content_hash").to_pylist()
        == read_records(folder / "out").table.column("content_hash").to_pylist()
    )


def test_the_same_seed_gives_the_same_rows_in_whatever_order_they_came(folder):
    first = blend(folder / "recipe.toml", output=folder / "a")
    for name in ("made", "real"):
        lines = (folder / f"{name}.jsonl").read_text().splitlines()
        random.Random(0).shuffle(lines)  # noqa: S311 - no secret
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    parts = RECIPE.split("[[source]]")
    (folder / "turned.toml").write_text("[[source]]".join([parts[0], parts[2], parts[1]]))
    second = blend(folder / "turned.toml", output=folder / "b")
    assert made_of(first) == made_of(second)
    assert first.manifest["data_hash"] == second.manifest["data_hash"]
    (folder / "other.toml").write_text(RECIPE.replace("seed = 3", "seed = 4"))
    assert made_of(blend(folder / "other.toml", output=folder / "c")) != made_of(first)


def test_a_larger_blend_contains_the_smaller_one(folder):
    small = set(made_of(blend(folder / "recipe.toml", output=folder / "a")))
    (folder / "more.toml").write_text(RECIPE.replace("rows = 100", "rows = 120"))
    assert small < set(made_of(blend(folder / "more.toml", output=folder / "b")))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(sum), st.integers(0, 500))
def test_counts_sum_exactly_whatever_the_order(weights, rows):
    shares = {f"s{i}": weight / sum(weights) for i, weight in enumerate(weights)}
    found = apportion(shares, rows)
    assert sum(found.values()) == rows
    assert found == apportion(dict(reversed(shares.items())), rows)
    assert all(abs(found[name] - share * rows) < 1 + 1e-6 for name, share in shares.items())
    assert all(found[name] == 0 for name, share in shares.items() if share == 0)


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.05, 0.95))
def test_the_largest_total_is_the_largest(one, two, share):
    shares, held = {"a": share, "b": 1 - share}, {"a": one, "b": two}
    most = largest_total(shares, held)
    assert all(count <= held[name] for name, count in apportion(shares, most).items())
    above = range(most + 1, one + two + 2)
    assert all(any(count > held[name] for name, count in apportion(shares, rows).items()) for rows in above)


def test_too_few_rows_name_the_largest_blend(folder):
    (folder / "recipe.toml").write_text(RECIPE.replace("rows = 100", "rows = 1000"))
    with pytest.raises(InputError, match=r"source 'made' has 90 rows.*700 are asked for.*has 12\d rows"):
        blend(folder / "recipe.toml")
    (folder / "recipe.toml").write_text(
        RECIPE.replace("rows = 100", "rows = 1000")
        .replace("share = 0.7", "share = 0.7\nrepeat = true")
        .replace("share = 0.3", "share = 0.3\nrepeat = true")
    )
    found = blend(folder / "recipe.toml", output=folder / "out")
    ids = made_of(found)
    assert len(ids) == len(set(ids)) == 1000
    assert sum("#" in name for name in ids) == 1000 - 150
    lineage = {row["id"]: row for row in read_lineage(folder / "out").to_pylist()}
    assert lineage["made0#2"]["duplicate_of"] == "made0"


def test_a_share_of_nothing_is_no_row_and_an_empty_source_an_error(folder):
    (folder / "recipe.toml").write_text(
        RECIPE.replace("0.7", "1.0").replace("0.3", "0.0").replace("rows = 100", "rows = 90")
    )
    assert blend(folder / "recipe.toml").realised["source"] == {"made": 90, "real": 0}
    (folder / "recipe.toml").write_text(RECIPE)
    (folder / "real.jsonl").write_text("")
    with pytest.raises(InputError, match=r"source 'real'.*empty"):
        blend(folder / "recipe.toml")


def test_strata_inside_a_source(folder):
    strata = "[source.strata]\na = 0.5\nb = 0.5\n"
    (folder / "recipe.toml").write_text(RECIPE.replace("rows = 100", "rows = 50") + strata)
    found = blend(folder / "recipe.toml", output=folder / "out")
    labels = [
        json.loads(line)["intent"]
        for line in (folder / "out/data/train.jsonl").read_text().splitlines()
        if '"real' in line
    ]
    assert sorted(labels) == ["a"] * 8 + ["b"] * 7
    assert found.realised["source"]["real"] == 15
    (folder / "recipe.toml").write_text(
        RECIPE.replace(
            'path = "made.jsonl"\nshare = 0.7', 'path = "made.jsonl"\nshare = 0.7\n[source.strata]\nz = 1.0\n'
        )
    )
    with pytest.raises(InputError, match="0 rows of stratum 'z'"):
        blend(folder / "recipe.toml")


def test_deep_rows_and_rows_of_unknown_depth_stay_out(folder):
    (folder / "recipe.toml").write_text("max_depth = 1\n" + RECIPE.replace("rows = 100", "rows = 50"))
    with pytest.raises(InputError, match=r"90 generation depth unknown.*holdfast tag"):
        blend(folder / "recipe.toml")
    tag(folder / "made.jsonl", declared=Declared(source_type="synthetic"), trained_on_depth=0)
    tag(folder / "real.jsonl", declared=Declared(source_type="human"))
    found = blend(folder / "recipe.toml")
    assert found.realised["generation_depth"] == {"1": 35, "0": 15}
    assert found.realised["source_type"] == {"synthetic": 35, "human": 15}
    tag(folder / "made.jsonl", declared=Declared(source_type="synthetic"), trained_on_depth=1, replace=True)
    with pytest.raises(InputError, match=r"90 generation depth above 1"):
        blend(folder / "recipe.toml")


def test_rows_that_a_filter_dropped_stay_out(folder):
    write(
        folder / "made.jsonl",
        [
            row | {"keep_row_after_x": i % 2 == 0, "distilabel_metadata": {}}
            for i, row in enumerate(rows_of("made", 90))
        ],
    )
    tag(folder / "made.jsonl")
    (folder / "recipe.toml").write_text(RECIPE.replace("rows = 100", "rows = 50"))
    found = blend(folder / "recipe.toml")
    assert found.left_out["made"] == {"dropped by a filter": 45}


@pytest.fixture
def anchored(folder, real):
    freeze(
        [row | {"id": f"anchor{i}"} for i, row in enumerate(real)], output=folder / "anchor", label="intent"
    )
    return folder


def test_copies_of_the_holdout_are_refused_or_dropped(anchored):
    sealed = open_anchor(anchored / "anchor").part("holdout").column("text").to_pylist()
    long = max(sealed, key=len)
    words = long.split()
    copies = [
        {"id": "exact", "text": f"  {long.upper()} ", "intent": "a"},
        {"id": "near", "text": f"{long}!", "intent": "a"},
        {"id": "turned", "text": " ".join(reversed(words)), "intent": "a"},
    ]
    write(anchored / "made.jsonl", rows_of("made", 90) + copies)
    recipe = 'anchor = "anchor"\n' + RECIPE
    (anchored / "recipe.toml").write_text(recipe)
    with pytest.raises(
        InputError,
        match=r"3 rows copy the anchor's holdout: exact \(exact\), near \(near\), turned \(paraphrase\)",
    ):
        blend(anchored / "recipe.toml", output=anchored / "out")
    assert not (anchored / "out").exists()
    (anchored / "recipe.toml").write_text('on_leak = "drop"\n' + recipe)
    found = blend(anchored / "recipe.toml", output=anchored / "out")
    assert found.left_out["made"] == {"copies the holdout": 3}
    assert found.manifest["holdout_checked"] is True
    assert not {"exact", "near", "turned"} & set(made_of(found))


def test_gold_enters_by_name_and_the_holdout_never(anchored):
    recipe = 'anchor = "anchor"\n[[source]]\nname = "gold"\nanchor_part = "gold"\nrows = 20\n'
    (anchored / "recipe.toml").write_text(recipe)
    found = blend(anchored / "recipe.toml", output=anchored / "out")
    assert found.rows == 20
    assert set(read_lineage(anchored / "out").column("anchor_part").to_pylist()) == {"gold"}
    gold = set(open_anchor(anchored / "anchor").part("gold").column("id").to_pylist())
    assert set(made_of(found)) <= gold
    (anchored / "recipe.toml").write_text(recipe.replace('= "gold"\nrows', '= "holdout"\nrows'))
    with pytest.raises(InputError, match="The holdout is never trained on"):
        blend(anchored / "recipe.toml")


def test_two_sources_may_use_one_id(folder):
    write(
        folder / "real.jsonl",
        [row | {"id": row["id"].replace("real", "made")} for row in rows_of("real", 60)],
    )
    ids = made_of(blend(folder / "recipe.toml", output=folder / "out"))
    assert len(set(ids)) == 100
    assert any(name.startswith("real/made") for name in ids)


def test_sources_with_ids_of_other_names_come_under_one(folder):
    rows = [{"uuid": row["id"], "text": row["text"], "intent": row["intent"]} for row in rows_of("real", 60)]
    write(folder / "real.jsonl", rows)
    made = [{"text": row["text"], "intent": row["intent"], "id": 1} for row in rows_of("made", 90)]
    write(folder / "made.jsonl", made)
    (folder / "recipe.toml").write_text(
        RECIPE.replace("share = 0.3", "share = 0.3\nrepeat = true").replace("rows = 100", "rows = 120")
    )
    blend(folder / "recipe.toml", output=folder / "out")
    records = read_records(folder / "out")
    assert records.detection.id_column == "id"
    assert set(lineage_of(records).column("source").to_pylist()) == {"made", "real"}


def test_an_edited_holdout_is_noticed(anchored):
    from pyarrow import parquet

    path = anchored / "anchor/holdout.parquet"
    parquet.write_table(parquet.read_table(path).slice(1), path)
    (anchored / "recipe.toml").write_text('anchor = "anchor"\n' + RECIPE)
    with pytest.raises(AnchorError, match="the holdout is not what was sealed"):
        blend(anchored / "recipe.toml")


def test_orders(folder):
    for order, first in (("sources", "made"), ("depth", "made")):
        tag(
            folder / "made.jsonl",
            declared=Declared(source_type="synthetic"),
            trained_on_depth=0,
            replace=True,
        )
        tag(folder / "real.jsonl", declared=Declared(source_type="human"), replace=True)
        (folder / "recipe.toml").write_text(f'order = "{order}"\n' + RECIPE)
        ids = made_of(blend(folder / "recipe.toml", output=folder / "out", replace=True))
        assert [name[:4] for name in ids] == [first] * 70 + ["real"] * 30


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("share = 0.7", "share = 0.6"), "shares sum to 0.9, not to 1"),
        (("seed = 3", "sed = 3"), "no key 'sed'. Did you mean 'seed'"),
        (('name = "real"', 'name = "made"'), "two sources are called 'made'"),
        (("share = 0.3", "rows = 30"), "some sources have a share and some have rows"),
        (("rows = 100", ""), "shares need the number of rows"),
        (('path = "real.jsonl"', ""), "either a path or an anchor_part"),
        (("share = 0.3", "share = 1.3"), "share lies between 0 and 1"),
        (("rows = 100", "rows = 1.5"), "whole number"),
        (('path = "real.jsonl"', 'anchor_part = "gold"'), "the recipe names none"),
        (('path = "real.jsonl"', 'path = "reel.jsonl"'), "source 'real'.*Did you mean"),
        (("[[source]]", "[[source"), "is no TOML"),
    ],
)
def test_wrong_recipes_say_what_and_where(folder, change, match):
    (folder / "recipe.toml").write_text(
        RECIPE.replace(*change, 1) if change[0] != "[[source]]" else RECIPE.replace(*change)
    )
    with pytest.raises(InputError, match=match) as error:
        blend(folder / "recipe.toml")
    assert "recipe.toml" in str(error.value)


def test_different_shapes_are_not_mixed(folder):
    write(folder / "real.jsonl", [{"messages": [{"role": "user", "content": f"x {i}"}]} for i in range(60)])
    with pytest.raises(InputError, match="different shapes"):
        blend(folder / "recipe.toml")


def test_a_blend_is_replaced_only_when_asked(folder):
    blend(folder / "recipe.toml", output=folder / "out")
    with pytest.raises(OutputError, match="--replace"):
        blend(folder / "recipe.toml", output=folder / "out")
    blend(folder / "recipe.toml", output=folder / "out", replace=True)
    with pytest.raises(InputError, match="there is no such recipe"):
        read_recipe(folder / "none.toml")


def test_leaks_are_one_sided():
    sealed = ["please tell me when my parcel will be delivered to the house"]
    texts = ["when does the shop open", "Please tell me  when my parcel will be delivered to the house"]
    assert [(leak.row, leak.of, leak.kind) for leak in find_leaks(texts * 2, sealed)] == [
        (1, 0, "exact"),
        (3, 0, "exact"),
    ]
    assert find_leaks(texts, []) == find_leaks([], sealed) == ()


def test_a_blend_replaces_nothing_that_it_reads(folder):
    found = blend(folder / "recipe.toml", output=folder / "out")
    (folder / "again.toml").write_text('[[source]]\nname = "a"\npath = "out"\nrows = 20\n')
    with pytest.raises(OutputError, match="is read, and would be lost"):
        blend(folder / "again.toml", output=folder / "out", replace=True)
    assert len(made_of(found)) == 100
    (folder / "none.toml").write_text('[[source]]\nname = "a"\npath = "made.jsonl"\nrows = 0\n')
    with pytest.raises(InputError, match="asks for no row"):
        blend(folder / "none.toml", output=folder / "none")


def test_a_source_that_shrank_repeats_no_row(folder):
    """It asks for fewer rows, or says so; it never fills up by itself."""
    write(folder / "made.jsonl", rows_of("made", 69))
    with pytest.raises(InputError, match="69 rows that may enter, 70 are asked for"):
        blend(folder / "recipe.toml")
    (folder / "recipe.toml").write_text(RECIPE.replace("rows = 100", "rows = 98"))
    names = made_of(blend(folder / "recipe.toml", output=folder / "out"))
    assert len(set(names)) == len(names) == 98


def test_another_process_writes_the_same(folder):
    found = {}
    for hash_seed in ("0", "7"):
        command = [
            sys.executable,
            "-m",
            "holdfast",
            "blend",
            "recipe.toml",
            "-o",
            f"out{hash_seed}",
            "--quiet",
        ]
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        subprocess.run(command, cwd=folder, check=True, capture_output=True, env=environment)  # noqa: S603 - this program
        found[hash_seed] = {
            file.name: file.read_bytes() for file in (folder / f"out{hash_seed}").rglob("*") if file.is_file()
        }
    assert found["0"] == found["7"]


def test_all_parents_are_kept_through_every_step(folder):
    """A row made from several is blamed on none of them alone."""
    rows = rows_of("made", 90)
    for at, row in enumerate(rows):
        row["parents"] = [f"real{at % 60}", f"real{(at + 1) % 60}", f"real{(at + 2) % 60}"]
    write(folder / "made.jsonl", rows)
    real, made = folder / "real.jsonl", folder / "made.jsonl"
    tag(real, declared=Declared(source_type="human"))
    tag(
        made,
        declared=Declared(source_type="synthetic"),
        parents="parents",
        parents_in=[real],
        trained_on_depth=0,
    )
    curate(made, real=real, output=folder / "curated", budget=80)
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.replace("made.jsonl", "curated").replace("rows = 100", "rows = 60"))
    found = blend(recipe, output=folder / "out")
    lineage = read_lineage(found.output)
    for id_, parents, depth in zip(
        *(lineage.column(name).to_pylist() for name in ("id", "parent_ids", "generation_depth")), strict=True
    ):
        if id_.startswith("made"):
            assert parents == rows[int(id_[4:])]["parents"]
            assert depth == 1
    name = next(id_ for id_ in lineage.column("id").to_pylist() if id_.startswith("made"))
    assert len(trace(name, [folder / "out", real]).parents) == 3


@pytest.mark.slow
def test_killed_at_any_moment_it_leaves_the_old_or_the_new_state(folder, start):
    command = ["blend", str(folder / "recipe.toml"), "-o", str(folder / "out"), "--replace", "--quiet"]

    def run():
        process = start(*command)
        process.join()
        assert process.exitcode == 0

    def snapshot():
        return {
            file.relative_to(folder / "out").as_posix(): file.read_bytes()
            for file in sorted((folder / "out").rglob("*"))
            if file.is_file()
        }

    def ask(rows):
        (folder / "recipe.toml").write_text(RECIPE.replace("rows = 100", f"rows = {rows}"))

    states, spans = [], []
    ask(50)
    run()  # the first one starts the process that is forked
    for rows in (50, 80):
        ask(rows)
        begun = time.monotonic()
        run()
        spans.append(time.monotonic() - begun)
        states.append(snapshot())
    assert states[0] != states[1]
    dice = random.Random(0)  # noqa: S311 - no secret
    killed = 0
    for trial in range(20):
        ask((50, 80)[trial % 2])
        process = start(*command)
        # Late moments are the ones that matter: most kills fall into the last quarter.
        time.sleep(min(spans) * (dice.uniform(0, 1) if trial < 5 else dice.uniform(0.7, 1.05)))
        killed += process.is_alive()
        process.kill()
        process.join()
        assert snapshot() in states
    assert killed >= 1
    ask(80)
    run()
    assert snapshot() == states[1]
    assert not list(folder.glob(".out.*"))

"""Freeze, open, verify: what was sealed is known again, and nothing else is."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from worlds import near_copies, zipf_world

import holdfast
from holdfast.anchors import freeze, open_anchor, verify
from holdfast.anchors.split import PARTS
from holdfast.anchors.store import read_table, write_table
from holdfast.cli import run
from holdfast.errors import AnchorError, OutputError, UsageError
from holdfast.measures import MEASURES, PromptDiversity, StratumDeficit
from holdfast.views.near import find_duplicates
from holdfast.views.reality import Rows, read_reality
from holdfast.views.tokens import read_tokens


@pytest.fixture(scope="module")
def world():
    return zipf_world(0, strata=6, exponent=0.6)


@pytest.fixture(scope="module")
def records(world):
    rng = np.random.default_rng(0)
    rows = near_copies(world.rows(60, rng), 1, rng, changed=1) + world.rows(480, rng)
    return [
        {
            "id": f"id-{i:04d}",
            "text": text,
            "intent": stratum,
            "meta": {"source": {"page": i, "tags": ["x", i]}},
        }
        for i, (text, stratum) in enumerate(zip(rows.texts, rows.strata, strict=True))
    ]


@pytest.fixture(scope="module")
def sealed(records, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed") / "anchor"
    freeze(records, output=folder)
    return folder


@pytest.fixture
def folder(sealed, tmp_path):
    return shutil.copytree(sealed, tmp_path / "anchor")


@pytest.fixture(scope="module")
def unlabelled(records, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unlabelled") / "anchor"
    freeze([record["text"] for record in records], output=folder)
    return folder


def edit(folder, part, change, **options):
    path = folder / f"{part}.parquet"
    table = parquet.read_table(path)
    parquet.write_table(change(table), path, **options)


def with_value(name, row, value):
    def change(table):
        values = table.column(name).to_pylist()
        values[row] = value(values[row]) if callable(value) else value
        column = pa.array(values, table.schema.field(name).type)
        return table.set_column(table.column_names.index(name), name, column)

    return change


def test_every_row_lies_in_one_part(sealed, records):
    anchor = open_anchor(sealed)
    found = [id_ for part in PARTS for id_ in anchor.part(part).column("id").to_pylist()]
    assert sorted(found) == [record["id"] for record in records]
    assert anchor.parts == {part: anchor.part(part).num_rows for part in PARTS}
    assert anchor.labels == tuple(sorted({record["intent"] for record in records}))
    assert anchor.detection.text_column == "text"
    assert anchor.detection.label_column == "intent"
    assert anchor.shares is None
    assert verify(sealed) == []


def test_the_whole_record_is_kept(sealed, records):
    table = open_anchor(sealed).part("gold")
    by_id = {record["id"]: record for record in records}
    for id_, payload in zip(table.column("id").to_pylist(), table.column("payload").to_pylist(), strict=True):
        assert json.loads(payload) == by_id[id_]


def test_no_near_duplicates_across_parts(sealed):
    anchor = open_anchor(sealed)
    texts, parts = [], []
    for part in PARTS:
        texts += anchor.part(part).column("text").to_pylist()
        parts += [part] * anchor.parts[part]
    units = find_duplicates(read_tokens(texts)).units
    for unit in np.flatnonzero(np.bincount(units) > 1):
        assert len({parts[row] for row in np.flatnonzero(units == unit)}) == 1


def test_the_same_rows_make_the_same_seals(sealed, records, tmp_path):
    again = freeze(records, output=tmp_path / "again")
    before = open_anchor(sealed).manifest
    for key in ("parts", "learnt", "labels", "split"):
        assert again.manifest[key] == before[key]


def test_the_time_of_freezing_is_no_part_of_the_digest(folder):
    path = folder / "manifest.json"
    before = open_anchor(folder).digest
    path.write_text(json.dumps(json.loads(path.read_text()) | {"created_at": "1999-12-31T23:59:59Z"}))
    assert open_anchor(folder).digest == before
    assert verify(folder) == []


@pytest.mark.parametrize("options", [{"compression": "none"}, {"compression": "gzip"}, {"row_group_size": 7}])
def test_packing_the_same_content_otherwise_is_no_change(folder, options):
    for part in (*PARTS, "nulls", "labeller"):
        edit(folder, part, lambda table: table, **options)
    assert verify(folder) == []
    open_anchor(folder).reality()


@pytest.mark.parametrize("part", ["gold", "holdout"])
def test_the_order_of_rows_is_no_change(folder, part):
    edit(folder, part, lambda table: table.take(list(range(table.num_rows - 1, -1, -1))))
    assert verify(folder) == []


def test_rows_in_another_order_read_alike(folder, world):
    candidate = list(world.rows(400, np.random.default_rng(3)).texts)
    before = holdfast.audit(candidate, anchor=folder, draws=1_199)
    edit(folder, "reference", lambda table: table.take(np.random.default_rng(4).permutation(table.num_rows)))
    assert verify(folder) == []
    after = holdfast.audit(candidate, anchor=folder, draws=1_199)
    values = [
        [outcome.reading.value for outcome in result.outcomes if outcome.reading is not None]
        for result in (before, after)
    ]
    assert values[1] == pytest.approx(values[0], abs=0.05)


CHANGES = {
    "a nested value": with_value("payload", 3, lambda text: text.replace('"page":', '"page":1', 1)),
    "a payload that is no JSON": with_value("payload", 3, "{"),
    "a payload that is no object": with_value("payload", 3, "[]"),
    "an id in a payload": with_value("payload", 3, lambda text: text.replace('"id-', '"zz-', 1)),
    "a text": with_value("text", 3, lambda text: text + " "),
    "a stratum": with_value("stratum", 3, "stratum 05x"),
    "a missing stratum": with_value("stratum", 3, None),
    "an id": with_value("id", 3, "id-9999"),
    "a hash": with_value("content_hash", 3, "sha256:" + "0" * 64),
    "a dropped row": lambda table: table.slice(1),
    "a repeated row": lambda table: pa.concat_tables([table, table.slice(0, 1)]),
    "a replaced row": lambda table: pa.concat_tables([table.slice(1), table.slice(1, 1)]),
    "no row at all": lambda table: table.slice(0, 0),
}


def swapped(*names):
    def change(table):
        order = [1, 0, *range(2, table.num_rows)]
        for name in names:
            at = table.column_names.index(name)
            table = table.set_column(at, name, table.column(name).take(order))
        return table

    return change


CHANGES["two swapped ids"] = swapped("id")
CHANGES["two swapped texts"] = swapped("text")
CHANGES["two swapped payloads"] = swapped("payload")
CHANGES["two swapped payloads and hashes"] = swapped("payload", "content_hash")
CHANGES["two swapped records under their ids"] = swapped("payload", "content_hash", "text", "stratum")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found(folder, part, change):
    held_out = set(open_anchor(folder).part("holdout").column("id").to_pylist())
    edit(folder, part, CHANGES[change])
    problems = verify(folder)
    assert problems
    assert all(problem.startswith(f"{part}:") for problem in problems)
    assert not any(id_ in problem for problem in problems for id_ in held_out)
    if part == "reference" and "payload" not in change and "nested" not in change:
        with pytest.raises(AnchorError):
            open_anchor(folder).reality()


def test_changed_records_are_named_but_those_of_the_holdout(folder):
    for part in ("gold", "holdout"):
        edit(folder, part, CHANGES["a nested value"])
    gold, holdout = (open_anchor(folder).part(part).column("id")[3].as_py() for part in ("gold", "holdout"))
    problems = "\n".join(verify(folder))
    assert f"gold: 1 record is not what was sealed: {gold}" in problems
    assert "holdout: 1 record is not what was sealed" in problems
    assert holdout not in problems
    edit(folder, "gold", with_value("payload", 5, lambda text: text.replace('"page":', '"page":1', 1)))
    assert "gold: 2 records are not what was sealed" in "\n".join(verify(folder))


@pytest.mark.parametrize("name", ["exact", "near", "unit", "read"])
def test_an_edited_null_is_found(folder, name):
    edit(folder, "nulls", with_value(name, 0, lambda value: value + 1))
    assert len(verify(folder)) == 1
    with pytest.raises(AnchorError, match="learnt"):
        open_anchor(folder).reality()


@pytest.mark.parametrize(
    ("name", "value"), [("fit_row", lambda v: v + 1), ("coefficients", lambda v: [v[0] + 1e-3, *v[1:]])]
)
def test_an_edited_labeller_is_found(folder, name, value):
    edit(folder, "labeller", with_value(name, 0, value))
    assert len(verify(folder)) == 1
    with pytest.raises(AnchorError, match="learnt"):
        open_anchor(folder).reality()


@pytest.mark.parametrize("name", ["cells", "centres"])
def test_edited_clusters_are_found(unlabelled, tmp_path, name):
    folder = shutil.copytree(unlabelled, tmp_path / "anchor")
    assert verify(folder) == []
    column = "basis" if name == "cells" else "centre"
    edit(folder, name, with_value(column, 0, lambda v: [v[0] + 1e-3, *v[1:]]))
    assert verify(folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("labels", ["a"]),
        ("shares", {"stratum 00": 1.0}),
        ("name", "other"),
        ("empty_rows", 9),
        ("digest", "x"),
    ],
)
def test_an_edited_manifest_is_found(folder, key, value):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(AnchorError, match="edited"):
        verify(folder)


def test_a_manifest_written_otherwise_is_no_change(folder):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True))
    assert verify(folder) == []


@pytest.mark.parametrize("part", [*PARTS, "nulls", "labeller"])
def test_missing_and_damaged_files_are_named(folder, part):
    path = folder / f"{part}.parquet"
    path.write_bytes(path.read_bytes()[:50])
    assert any(f"{part}.parquet" in problem for problem in verify(folder))
    path.unlink()
    assert any(f"{part}.parquet" in problem for problem in verify(folder))


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b'{"schema": "other/1"}', b"\xff"])
def test_what_is_no_anchor_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(AnchorError):
        open_anchor(tmp_path)


def test_the_command_line_never_prints_the_holdout(folder, capsys):
    table = open_anchor(folder).part("holdout")
    secrets = table.column("id").to_pylist() + table.column("text").to_pylist()
    assert run(["anchor", "show", str(folder)]) == 0
    assert run(["anchor", "verify", str(folder)]) == 0
    edit(folder, "holdout", CHANGES["a nested value"])
    edit(folder, "holdout", CHANGES["a text"])
    assert run(["anchor", "verify", str(folder)]) == 2
    (folder / "holdout.parquet").write_bytes(b"PAR1")
    assert run(["anchor", "verify", str(folder)]) == 2
    printed = "".join(capsys.readouterr())
    assert "holdout" in printed
    assert not any(secret in printed for secret in secrets)


def test_an_audit_never_shows_the_holdout(sealed):
    table = open_anchor(sealed).part("holdout")
    held = [{"text": text, "intent": "stratum 00"} for text in table.column("text").to_pylist()] * 4
    result = holdfast.audit(held, anchor=sealed, draws=1_199)
    shown = [example.id for finding in result.findings for example in finding.examples]
    assert not set(shown) & set(table.column("id").to_pylist())


def test_what_was_learnt_comes_back_unchanged(sealed, unlabelled):
    for path in (sealed, unlabelled):
        anchor = open_anchor(path)
        table = anchor.part("reference")
        strata = table.column("stratum").to_pylist() if anchor.labels else None
        anew = read_reality(
            Rows(ids=table.column("id").to_pylist(), texts=table.column("text").to_pylist(), strata=strata)
        )
        kept = anchor.reality()
        np.testing.assert_array_equal(kept.strata.read, anew.strata.read)
        np.testing.assert_array_equal(kept.duplicates.units, anew.duplicates.units)
        np.testing.assert_array_equal(kept.support, anew.support)
        if anchor.labels:
            np.testing.assert_array_equal(
                kept.strata.labeller.coefficients, anew.strata.labeller.coefficients
            )
            np.testing.assert_array_equal(kept.strata.confusion, anew.strata.confusion)
        else:
            np.testing.assert_array_equal(kept.strata.cells.basis, anew.strata.cells.basis)
            np.testing.assert_array_equal(kept.strata.cells.centres, anew.strata.cells.centres)


@pytest.mark.parametrize("labels", [True, False])
def test_a_frozen_anchor_reads_like_its_reference(sealed, world, labels):
    anchor = open_anchor(sealed)
    reference = [json.loads(text) for text in anchor.part("reference").column("payload").to_pylist()]
    shares = world.shares.copy()
    shares[4] = 0
    candidate = world.rows(260, np.random.default_rng(5), shares).records()
    if not labels:
        candidate = [{"text": row["text"]} for row in candidate]
    # A frozen anchor keeps the split it was frozen with; a one-shot audit takes it from its seed, 0 being the same.
    frozen = holdfast.audit(candidate, anchor=sealed, draws=1_199)
    fresh = holdfast.audit(candidate, real=reference, draws=1_199)
    assert frozen.sides.origin == fresh.sides.origin == ("column" if labels else "classifier")
    for left, right in zip(frozen.outcomes, fresh.outcomes, strict=True):
        assert left.result == right.result, left.measure.name
    assert frozen.verdict == fresh.verdict
    assert frozen.findings == fresh.findings


def test_a_label_that_the_user_names_must_be_there(sealed, world):
    rows = world.rows(200, np.random.default_rng(8))
    plain = [{"text": text} for text in rows.texts]
    options = {"anchor": sealed, "measures": (StratumDeficit(),)}
    assert holdfast.audit(plain, **options).sides.origin == "classifier"
    for column in ("intent", "topic"):
        with pytest.raises(UsageError) as error:
            holdfast.audit(plain, label=column, **options)
        assert error.value.where == "--label"
    assert holdfast.audit(rows.records(), label="intent", **options).sides.origin == "column"


def test_declared_shares_are_kept_and_used(records, world, tmp_path):
    shares = dict.fromkeys(world.labels, 1.0)
    anchor = freeze(records, output=tmp_path / "anchor", shares=shares)
    assert anchor.shares == pytest.approx(dict.fromkeys(world.labels, 1 / 6))
    candidate = world.rows(240, np.random.default_rng(6), np.ones(6)).records()
    # One measure alone, at the level it has in the whole battery.
    alone = {"measures": (StratumDeficit(),), "alpha": 0.01 / sum(measure.judged for measure in MEASURES)}
    result = holdfast.audit(candidate, anchor=anchor, draws=1_199, **alone)
    np.testing.assert_allclose(result.sides.declared, 1 / 6)
    assert result.outcome("stratum_deficit").verdict != "fail"
    falling = world.rows(900, np.random.default_rng(7)).records()
    assert holdfast.audit(falling, anchor=anchor, **alone).outcome("stratum_deficit").verdict == "fail"


def test_an_anchor_is_not_overwritten_by_accident(folder, records):
    with pytest.raises(OutputError):
        freeze(records, output=folder)
    freeze(records, output=folder, replace=True, gold=0.2)
    assert verify(folder) == []


@pytest.mark.parametrize("shares", [{"gold": -0.1}, {"holdout": 1.0}, {"gold": 0.5, "holdout": 0.5}])
def test_impossible_shares_of_parts_are_refused(records, tmp_path, shares):
    with pytest.raises(UsageError):
        freeze(records, output=tmp_path / "anchor", **shares)
    assert not (tmp_path / "anchor").exists()


def test_answers_stay_apart_from_prompts(tmp_path):
    rng = np.random.default_rng(8)
    world = zipf_world(3, strata=4)

    def rows(count, each):
        for i in range(count):
            stratum = int(rng.integers(4))
            answers = [world.text(stratum, rng) for _ in range(each)]
            yield from ({"prompt": f"please answer number {i}", "completion": answer} for answer in answers)

    anchor = freeze(list(rows(120, 3)), output=tmp_path / "anchor", gold=0, holdout=0)
    same = [{**row, "completion": "one and the same short answer"} for row in rows(60, 3)]
    result = holdfast.audit(same, anchor=anchor, draws=1_199, measures=(PromptDiversity(),))
    found = next(o for o in result.outcomes if o.measure.name == "prompt_diversity")
    assert found.reading.details["alike"]["candidate"] == 1.0
    assert found.reading.value > 3 * found.reading.null.high
    # Anchors frozen before answers were told from prompts have no such column.
    part = tmp_path / "anchor" / "reference.parquet"
    write_table(read_table(part).drop_columns(["answer_at"]), part)
    result = holdfast.audit(same, anchor=anchor, draws=1_199, measures=(PromptDiversity(),))
    found = next(o for o in result.outcomes if o.measure.name == "prompt_diversity")
    assert found.reading is None
    assert "no real row holds a prompt" in found.reason

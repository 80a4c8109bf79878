"""Frozen labels of people: only theirs, split by prompt, and refused when anything in them changed."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from holdfast.anchors import (
    freeze_preferences,
    is_preference_anchor,
    open_anchor,
    open_preference_anchor,
    verify_preference_anchor,
)
from holdfast.data.preferences import joined, read_preferences
from holdfast.errors import AnchorError, InputError, OutputError, UsageError


def rows(count=200, *, people=2, judge=True):
    """Three pairs for each prompt, each labelled by people and by a judge."""
    found = []
    for at in range(count):
        pair = {"prompt": f"p{at // 3}", "response_a": f"a{at}", "response_b": f"b{at}", "author_a": "m"}
        found += [
            pair | {"label": "ab"[(at + who) % 2], "annotator": f"ann{who}", "annotator_type": "human"}
            for who in range(people)
        ]
        if judge:
            found.append(pair | {"label": "a", "annotator": "gpt", "annotator_type": "ai_judge"})
    return found


@pytest.fixture
def folder(tmp_path):
    return freeze_preferences(rows(), output=tmp_path / "anchor", holdout=0.2).path


def test_a_prompt_is_in_one_part(folder):
    anchor = open_preference_anchor(folder)
    reference, holdout = (anchor.part(part) for part in ("reference", "holdout"))
    assert len(reference) + len(holdout) == 200
    # 67 prompts, a fifth of them in the holdout: 4 standard deviations are 13.
    held = set(holdout.pairs.column("prompt").to_pylist())
    assert 1 <= len(held) <= 27
    assert held.isdisjoint(reference.pairs.column("prompt").to_pylist())
    assert anchor.parts == {"reference": len(reference), "holdout": len(holdout)}
    assert anchor.labels == {"reference": 2 * len(reference), "holdout": 2 * len(holdout)}
    assert anchor.preferences.pairs.equals(reference.pairs)


def test_only_people_are_kept(folder):
    anchor = open_preference_anchor(folder)
    assert set(anchor.preferences.labels.column("annotator").to_pylist()) == {"ann0", "ann1"}
    assert anchor.people == 2
    assert "200 labels that are not known to be people's are left out." in anchor.notes


def test_labels_stay_with_their_pairs(folder):
    anchor = open_preference_anchor(folder)
    read = read_preferences(rows(judge=False))
    union, shared = joined(read, anchor.preferences)
    assert shared.once == anchor.preferences.labels.num_rows
    assert (len(union), union.labels.num_rows) == (200, 400)


def test_a_grown_set_splits_as_before(tmp_path):
    small, grown = (
        freeze_preferences(rows(count), output=tmp_path / str(count), holdout=0.3) for count in (150, 300)
    )
    held = [set(one.part("holdout").pairs.column("response_a").to_pylist()) for one in (small, grown)]
    assert held[0] == {text for text in held[1] if int(text[1:]) < 150}


def test_nobody_who_is_not_known_to_be_a_person(tmp_path):
    chosen = [{"prompt": f"p{at}", "chosen": f"a{at}", "rejected": f"b{at}"} for at in range(30)]
    with pytest.raises(
        InputError, match=r"not one of the 30 labels is known to be a person's.*--annotator-type human"
    ):
        freeze_preferences(chosen, output=tmp_path / "anchor")
    assert not (tmp_path / "anchor").exists()
    anchor = freeze_preferences(chosen, output=tmp_path / "anchor", annotator_type="human", holdout=0)
    assert anchor.labels == {"reference": 30, "holdout": 0}
    assert anchor.people == 0
    assert any("agreement with people is judged from 100 on" in note for note in anchor.notes)


def test_the_digest_is_that_of_the_content(tmp_path):
    one = freeze_preferences(rows(), output=tmp_path / "one")
    same = freeze_preferences(read_preferences(rows()), output=tmp_path / "same")
    other = freeze_preferences(rows(199), output=tmp_path / "other")
    assert one.digest == same.digest != other.digest


def test_packing_is_no_change(folder):
    for path in folder.glob("*.parquet"):
        table = parquet.read_table(path)
        parquet.write_table(table.take(list(range(len(table)))[::-1]), path, compression="none")
    assert verify_preference_anchor(folder) == []
    assert open_preference_anchor(folder).preferences.labels.num_rows > 0


@pytest.mark.parametrize("part", ["reference", "holdout"])
@pytest.mark.parametrize(
    ("file", "column", "value"),
    [
        ("pairs", "response_a", "edited"),
        ("pairs", "prompt", "edited"),
        ("pairs", "author_a", "edited"),
        ("labels", "label", 0),
        ("labels", "annotator", "edited"),
        ("labels", "annotator_type", "rule"),
    ],
)
def test_an_edit_is_seen(folder, part, file, column, value):
    path = folder / f"{part}_{file}.parquet"
    table = parquet.read_table(path)
    values = table.column(column).to_pylist()
    values[0] = value
    at = table.column_names.index(column)
    edited = table.set_column(
        at, table.schema.field(column), pa.array(values, table.schema.field(column).type)
    )
    parquet.write_table(edited, path)
    problems = verify_preference_anchor(folder)
    assert len(problems) == 1
    assert problems[0].startswith(f"{part}: ")
    assert ("1 pairs have other texts" in problems[0]) == (column in ("response_a", "prompt"))
    assert ("row:" in problems[0]) == (column in ("response_a", "prompt") and part == "reference")
    with pytest.raises(AnchorError, match=f"the {part} is not what was sealed.*anchor verify"):
        open_preference_anchor(folder)


@pytest.mark.parametrize("damage", ["missing", "truncated", "column", "stranger"])
def test_a_damaged_part(folder, damage):
    path = folder / "reference_labels.parquet"
    table = parquet.read_table(path)
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "column":
        parquet.write_table(table.drop_columns(["label"]), path)
    else:
        ids = ["nobody", *table.column("pair_id").to_pylist()[1:]]
        parquet.write_table(table.set_column(0, table.schema.field(0), pa.array(ids, pa.string())), path)
    with pytest.raises(AnchorError, match="reference_labels"):
        open_preference_anchor(folder)
    assert len(verify_preference_anchor(folder)) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "digest does not fit"),
        ("{", "cannot be read"),
        ("[]", "is not a holdfast.preference_anchor/1 manifest"),
        ('{"schema": "holdfast.anchor/1"}', "is an anchor of single records, and preference pairs"),
        ('{"schema": "holdfast.preference_anchor/1"}', "lacks '"),
    ],
)
def test_an_edited_manifest(folder, content, message):
    path = folder / "manifest.json"
    if content is None:
        manifest = json.loads(path.read_bytes())
        manifest["parts"]["holdout"]["pairs"] += 1
        content = json.dumps(manifest)
    path.write_text(content)
    for use in (open_preference_anchor, verify_preference_anchor):
        with pytest.raises(AnchorError, match=message):
            use(folder)


def test_which_anchor_it_is(folder, tmp_path):
    assert is_preference_anchor(folder)
    assert not is_preference_anchor(tmp_path)
    assert not is_preference_anchor(tmp_path / "missing")
    with pytest.raises(AnchorError, match="has no manifest"):
        open_preference_anchor(tmp_path)
    with pytest.raises(AnchorError, match="is an anchor of people's preferences, and single records"):
        open_anchor(folder)
    with pytest.raises(InputError, match="frozen anchor, not a set of rows"):
        read_preferences(folder)


def test_what_stands_there_is_replaced_on_request_only(folder, tmp_path):
    with pytest.raises(OutputError, match="not empty"):
        freeze_preferences(rows(), output=folder)
    assert freeze_preferences(rows(90), output=folder, replace=True).parts["reference"] < 100
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="not written by holdfast"):
        freeze_preferences(rows(), output=tmp_path / "mine", replace=True)


def test_options_are_checked(tmp_path):
    with pytest.raises(UsageError, match="between 0 and 1"):
        freeze_preferences(rows(), output=tmp_path / "a", holdout=1)


def test_a_holdout_that_leaves_nothing(tmp_path):
    one = {"prompt": "p", "response_a": "a", "response_b": "b", "label": "a", "annotator_type": "human"}
    refused = 0
    for at in range(20):
        try:
            freeze_preferences([one | {"prompt": str(at)}], output=tmp_path / f"one{at}", holdout=0.5)
        except InputError:
            refused += 1
    assert 0 < refused < 20

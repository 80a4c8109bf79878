"""Gold grows from verified rows, never from the holdout, and says how."""

from __future__ import annotations

import random

import pytest

from holdfast.anchors import freeze, open_anchor, verify
from holdfast.anchors.gold import add_gold, list_gold, promote_gold
from holdfast.cli import run
from holdfast.errors import AnchorError, InputError, UsageError

NAMES = ("card", "parcel", "refund")


def words(seed):
    dice = random.Random(seed)  # noqa: S311 - no secret
    return " ".join("".join(dice.choices("abcdefghijklmnop", k=6)) for _ in range(9))


def rows(count, start=0):
    return [
        {"id": f"r{i}", "text": f"{NAMES[i % 3]} {words(i)}", "intent": NAMES[i % 3]}
        for i in range(start, start + count)
    ]


@pytest.fixture(scope="module")
def anchor(tmp_path_factory):
    return freeze(rows(400), output=tmp_path_factory.mktemp("gold") / "anchor")


def test_rows_are_added_and_everything_else_stays(anchor, tmp_path):
    grown = add_gold(anchor, rows(10, 1000), output=tmp_path / "new", by="Ada", reason="reviewed in May")
    assert len(grown.added) == 10
    assert grown.known == ()
    new = open_anchor(tmp_path / "new")
    assert verify(tmp_path / "new") == []
    assert new.parts == anchor.parts | {"gold": anchor.parts["gold"] + 10}
    for part in ("reference", "holdout"):
        assert new.manifest["parts"][part] == anchor.manifest["parts"][part]
    assert new.digest != anchor.digest
    assert new.predecessors[0]["digest"] == anchor.digest
    assert new.predecessors[0]["reason"] == "reviewed in May"
    assert new.manifest["gold_growth"][0]["rows"] == 10
    listed = list_gold(new)
    assert [(row.id, row.by) for row in listed[-10:]] == [(f"r{i}", "Ada") for i in range(1000, 1010)]
    assert listed[0].by is None
    again = add_gold(new, rows(5, 2000), output=tmp_path / "newer", by="Bo", reason="reviewed in June")
    assert [entry["by"] for entry in again.anchor.manifest["gold_growth"]] == ["Ada", "Bo"]
    assert len(again.anchor.predecessors) == 2


def test_the_holdout_is_refused_in_any_form(anchor, tmp_path):
    sealed = max(anchor.part("holdout").column("text").to_pylist(), key=len)
    for text in (sealed, f" {sealed.upper()}", f"{sealed}!"):
        with pytest.raises(InputError, match="1 rows copy the holdout"):
            add_gold(anchor, [{"id": "new", "text": text}], output=tmp_path / "new", by="Ada", reason="x")
    assert not (tmp_path / "new").exists()


def test_what_is_gold_already_is_left_out(anchor, tmp_path):
    gold = anchor.part("gold").select(["id", "text"]).to_pylist()[:2]
    given = [{"id": "copy", "text": gold[0]["text"].upper()}, gold[1], *rows(1, 3000)]
    grown = add_gold(anchor, given, output=tmp_path / "new", by="Ada", reason="x")
    assert grown.known == tuple(sorted(["copy", gold[1]["id"]]))
    assert grown.added == ("r3000",)


def test_an_id_stands_for_one_row(anchor, tmp_path):
    taken = anchor.part("reference").column("id")[0].as_py()
    with pytest.raises(InputError, match="the reference part has another row of this id"):
        add_gold(
            anchor,
            [{"id": taken, "text": "something else entirely"}],
            output=tmp_path / "n",
            by="A",
            reason="x",
        )


def test_somebody_verified_them_and_says_why(anchor, tmp_path):
    with pytest.raises(UsageError, match="--by"):
        add_gold(anchor, rows(1, 9000), output=tmp_path / "new", by=" ", reason="x")
    with pytest.raises(UsageError, match="says why"):
        add_gold(anchor, rows(1, 9000), output=tmp_path / "new", by="A", reason="")


def test_an_edited_anchor_does_not_grow(anchor, tmp_path):
    import shutil

    from pyarrow import parquet

    folder = tmp_path / "edited"
    shutil.copytree(anchor.path, folder)
    table = parquet.read_table(folder / "holdout.parquet")
    parquet.write_table(table.slice(1), folder / "holdout.parquet")
    with pytest.raises(AnchorError, match="holdout is not what was sealed"):
        add_gold(folder, rows(1, 9000), output=tmp_path / "new", by="A", reason="x")


def test_from_the_command_line(anchor, tmp_path, capsys):
    import json

    file = tmp_path / "verified.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows(3, 5000)))
    assert (
        run(
            [
                "gold",
                "add",
                str(anchor.path),
                str(file),
                "-o",
                str(tmp_path / "new"),
                "--by",
                "Ada",
                "--reason",
                "x",
                "--quiet",
            ]
        )
        == 0
    )
    assert f"3 rows added, {anchor.parts['gold'] + 3:,} are gold now" in capsys.readouterr().out
    assert run(["gold", "list", str(tmp_path / "new")]) == 0
    assert "r5000 refund (Ada, " in capsys.readouterr().out


def test_accepted_rows_of_a_reviewed_set_become_gold(anchor, tmp_path):
    reviewed = rows(20, 4000)
    accepted = tmp_path / "accepted.txt"
    accepted.write_text("r4003\n\nr4001\nr4003\n")
    grown = promote_gold(
        anchor, reviewed, accepted=accepted, output=tmp_path / "new", by="Bo", reason="accepted in June"
    )
    assert grown.added == ("r4001", "r4003")
    assert [row.by for row in list_gold(grown.anchor)[-2:]] == ["Bo", "Bo"]
    assert verify(tmp_path / "new") == []


def test_an_id_that_no_row_has_is_an_error(anchor, tmp_path):
    with pytest.raises(InputError, match="no row has the id r9"):
        promote_gold(
            anchor, rows(3, 5000), accepted=["r5001", "r9"], output=tmp_path / "new", by="Bo", reason="x"
        )
    with pytest.raises(UsageError, match="no row was accepted"):
        promote_gold(anchor, rows(3, 5000), accepted=[], output=tmp_path / "new", by="Bo", reason="x")
    with pytest.raises(InputError, match="cannot be read"):
        promote_gold(
            anchor, rows(3, 5000), accepted=tmp_path / "no.txt", output=tmp_path / "new", by="Bo", reason="x"
        )
    assert not (tmp_path / "new").exists()


def test_a_holdout_row_cannot_be_promoted(anchor, tmp_path):
    sealed = anchor.part("holdout").to_pylist()[0]
    stolen = [{"id": "new", "text": sealed["text"], "intent": sealed["stratum"]}, *rows(3, 6000)]
    with pytest.raises(InputError, match="copy the holdout"):
        promote_gold(anchor, stolen, accepted=["new"], output=tmp_path / "new", by="Bo", reason="x")

"""Applying reviews: nobody is outvoted, nothing is lost, and every row says where it comes from."""

import json

import pytest

from holdfast.data import read_records
from holdfast.data.lineage import Declared, read_lineage, tag
from holdfast.errors import InputError, OutputError, UsageError
from holdfast.reviews.outcomes import apply_reviews


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_rows_are_kept_rejected_edited_or_left_open(start, tmp_path):
    review = start(again=1.0, rows=60)
    ids = [review.queue.item(number).id for number in range(6)]
    texts = [review.queue.item(number).text for number in range(6)]
    review.say("ada", 0, {"verdict": "accept"})
    review.say("ada", 1, {"verdict": "reject", "faults": ["tone"], "note": "rude"})
    review.say("bob", 1, {"verdict": "reject"})
    review.say("ada", 2, {"verdict": "edit", "edited": "A better text"})
    review.say("ada", 3, {"verdict": "accept"})
    review.say("bob", 3, {"verdict": "reject"})
    review.say("ada", 4, {"verdict": "edit", "edited": "One text"})
    review.say("bob", 4, {"verdict": "edit", "edited": "Another text"})
    review.say("ada", 5, {"verdict": "edit", "edited": texts[5]})
    done = apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")
    assert set(done.accepted) == {ids[0], ids[5]}
    assert done.rejected == {ids[1]: "tone: rude"}
    assert list(done.edited) == [ids[2]]
    assert set(done.open) == {ids[3], ids[4]}
    assert done.unreviewed == 240 - 6
    out = tmp_path / "out"
    kept = {row["id"] for row in lines(out / "data/kept.jsonl")}
    assert len(kept) == 238
    assert {ids[0], ids[3], ids[4], ids[5]} <= kept
    (edited,) = lines(out / "data/edited.jsonl")
    assert (edited["id"], edited["text"]) == (done.edited[ids[2]], "A better text")
    dropped = {row["id"]: row for row in lines(out / "dropped/rows.jsonl")}
    assert dropped[ids[1]]["by"] == ["ada", "bob"]
    assert dropped[ids[1]]["drop_reason"] == "rejected by ada, bob: tone: rude"
    assert dropped[ids[2]]["row"]["text"] == texts[2]
    open_ = {row["id"]: row for row in lines(out / "open/items.jsonl")}
    assert [one["reviewer"] for one in open_[ids[3]]["said"]] == ["ada", "bob"]
    # A reader finds the rows that stay and the edits, and nothing else.
    assert set(read_records(out).ids) == kept | {edited["id"]}


@pytest.mark.parametrize(
    ("source", "depth", "becomes"),
    [("synthetic", 1, "human_edited"), ("human", 0, "human"), ("unknown", None, "human_edited")],
)
def test_an_edit_keeps_its_parent_and_depth(start, tmp_path, source, depth, becomes):
    review = start(rows=30)
    trained_on = 0 if source == "synthetic" else None
    tag(review.file, declared=Declared(source_type=source, agent="org/m@1"), trained_on_depth=trained_on)
    item = review.queue.item(0)
    review.say("ada", 0, {"verdict": "edit", "edited": "A better text"})
    review.say("ada", 1, {"verdict": "reject"})
    done = apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")
    held = {row["id"]: row for row in read_lineage(tmp_path / "out").to_pylist()}
    made = held[done.edited[item.id]]
    assert made["source_type"] == becomes
    assert made["parent_ids"] == [item.id]
    assert made["generation_depth"] == depth
    assert made["agent"] == "ada"
    assert made["kept"] is True
    assert held[item.id]["kept"] is False
    assert held[item.id]["dropped_by"] == "review"
    assert [one["decision"] for one in held[item.id]["review"]] == ["edit"]
    assert held[review.queue.item(1).id]["review"][0]["author"] == "ada"
    assert len(held) == 241


@pytest.mark.parametrize(
    "rows",
    [
        [{"prompt": f"question {n}?", "completion": f"answer {n}"} for n in range(30)],
        [
            {
                "messages": [
                    {"role": "user", "content": f"hi {n}"},
                    {"role": "assistant", "content": f"yes {n}"},
                ]
            }
            for n in range(30)
        ],
    ],
)
def test_edits_of_answers_find_their_place(start, tmp_path, rows):
    review = start(rows, rows=20)
    item = review.queue.item(0)
    review.say("ada", 0, {"verdict": "edit", "edited": item.text[: item.answer_at] + "a better answer"})
    review.say("ada", 1, {"verdict": "edit", "edited": "something else altogether"})
    done = apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")
    (edited,) = lines(tmp_path / "out/data/edited.jsonl")
    assert edited["id"] == done.edited[item.id]
    answer = edited["completion"] if "completion" in edited else edited["messages"][1]["content"]
    assert answer == "a better answer"
    assert "no one place" in done.open[review.queue.item(1).id]
    assert len(read_records(tmp_path / "out")) == 30


def test_people_who_have_not_spoken_leave_items_open(start, tmp_path):
    review = start(again=1.0, rows=30)
    review.judge("ada")
    done = apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out", people=2)
    assert len(done.open) == len(review.queue)
    assert not done.accepted
    assert not done.rejected


def test_who_gave_no_verdict_changes_nothing(start, tmp_path):
    questions = tmp_path / "questions.toml"
    questions.write_text(
        'title = "?"\n[questions.fit]\nkind = "verdict"\nrequired = false\n[questions.remark]\nkind = "note"\nrequired = false\n'
    )
    review = start(questions=questions, rows=30)
    review.say("ada", 0, {"remark": "hm"})
    review.say("ada", 1, {"remark": "no", "fit": "reject"})
    review.say("ben", 1, {"remark": "hm"})
    done = apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")
    assert list(done.rejected) == [review.queue.item(1).id]
    assert done.unreviewed == 239


def test_the_same_reviews_give_the_same_bytes(start, tmp_path):
    review = start(rows=30)
    review.judge("ada", range(1, 20))
    review.say("ada", 0, {"verdict": "edit", "edited": "A better text"})
    for name in ("one", "two"):
        apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / name)
    for file in (
        "data/kept.jsonl",
        "data/edited.jsonl",
        "dropped/rows.jsonl",
        "lineage.parquet",
        "manifest.json",
    ):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_other_rows_are_refused_and_nothing_is_written(start, tmp_path):
    review = start(rows=30)
    review.judge("ada")
    other = tmp_path / "other.jsonl"
    other.write_text(review.file.read_text().replace("waits", "longs"))
    with pytest.raises(InputError, match="not the 240"):
        apply_reviews(review.queue, review.decisions, other, output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")
    with pytest.raises(OutputError, match="not empty"):
        apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")
    apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out", replace=True)


def test_a_queue_without_verdicts_has_no_such_outcome(start, tmp_path):
    review = start(questions="rating", rows=30)
    with pytest.raises(UsageError, match="no verdict"):
        apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")


def test_hostile_texts_stay_as_they_are(start, tmp_path):
    texts = ["<script>alert(1)</script>", "=cmd|'/C calc'!A0", "a\u202eb \x1b[31m", "x" * 15_000, "../../etc"]
    rows = [{"id": f"r{n}", "text": text} for n, text in enumerate(texts)]
    review = start(rows, rows=5)
    for number in range(5):
        review.say("ada", number, {"verdict": "edit", "edited": review.queue.item(number).text + "\u2028!"})
    apply_reviews(review.queue, review.decisions, review.file, output=tmp_path / "out")
    assert [row["text"] for row in lines_of_json(tmp_path / "out/data/edited.jsonl")] == [
        text + "\u2028!" for text in texts
    ]


def lines_of_json(file):
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line]

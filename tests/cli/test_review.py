"""`holdfast review`, as a user types it."""

import json

import pytest

from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.decisions.store import Decisions


@pytest.fixture
def made(tmp_path):
    rows = [
        {"id": f"r{n}", "text": f"row {n} of all", "label": "ab"[n % 10 == 0], "score": n / 100}
        for n in range(100)
    ]
    file = tmp_path / "made.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_a_queue_is_drawn_and_its_state_shown(say, made, tmp_path):
    queue = str(tmp_path / "queue")
    drawn = say("review", "draw", str(made), "--real", str(made), "-o", queue, "--rows", "20", "--quiet")
    assert drawn.code == 0, drawn.err
    assert "rows. Is it fit for training?" in drawn.out
    assert "of 100 rows" in drawn.out
    assert [line.split()[0] for line in drawn.out.splitlines() if line.startswith("  ")] == [
        "drawn",
        "random",
        "tail",
        "in",
        "rarest",
        "head",
    ]
    before = say("review", "status", queue)
    assert before.code == 0
    assert "\n0 of " in before.out
    assert sorted(file.name for file in (tmp_path / "queue").iterdir()) == ["items.parquet", "queue.json"]
    with Decisions(tmp_path / "queue" / "decisions.sqlite") as decisions:
        for number, who in enumerate(["ada", "ada", "ben"]):
            answers = {"verdict": "accept"}
            decisions.add(Decision(uuid=f"u{number}", item=number, reviewer=who, answers=answers))
        decisions.add(Decision(uuid="back", item=2, reviewer="ben", takes_back="u2"))
    after = say("review", "status", queue)
    assert "\n2 of " in after.out
    assert "  ada       2\n" in after.out
    assert "  ben       0\n" in after.out
    assert "1 decision was taken back" in after.out
    told = json.loads(say("review", "status", queue, "--json", "-").out)
    assert (told["schema"], told["decided"], told["taken_back"]) == ("holdfast.review_status/1", 2, 1)
    assert told["reviewers"] == {"ada": 2, "ben": 0}


def test_parts_are_named_with_their_options(say, made, tmp_path):
    queue = tmp_path / "queue"
    parts = ["--part", "threshold:column=score,cut=0.5,width=0.02", "--part", "random:share=0.5"]
    drawn = say("review", "draw", str(made), "-o", str(queue), "--rows", "20", *parts, "--quiet")
    assert drawn.code == 0, drawn.err
    values = json.loads((queue / "queue.json").read_text())
    assert values["design"] == [
        {"part": "threshold", "column": "score", "cut": 0.5, "width": 0.02, "share": 1.0},
        {"part": "random", "share": 0.5},
    ]
    assert str(tmp_path) not in (queue / "queue.json").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--part", "tial"], "Did you mean 'tail'"),
        (["--part", "threshold:column=scor,cut=1"], "Did you mean 'score'"),
        (["--questions", "which"], "single records"),
        (["--by", "di"], "Did you mean 'id'"),
        (["--real", "a", "--anchor", "b"], "not both"),
    ],
)
def test_mistakes_are_told(say, made, tmp_path, options, said):
    done = say("review", "draw", str(made), "-o", str(tmp_path / "queue"), *options, "--quiet")
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "queue").exists()


def test_a_queue_with_people_s_work_is_not_replaced(say, made, tmp_path):
    queue = str(tmp_path / "queue")
    assert say("review", "draw", str(made), "-o", queue, "--quiet").code == 0
    again = say("review", "draw", str(made), "-o", queue, "--quiet")
    assert again.code == 2
    assert "not empty" in again.err
    # There is no way to insist, so none is advised.
    assert "--replace" not in again.err
    assert say("review", "status", str(tmp_path)).code == 2

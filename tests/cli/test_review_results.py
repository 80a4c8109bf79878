"""`holdfast review results`, `apply`, `gold`, `export` and `import`, as a user gives them."""

import json

import pytest

from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.queues.contract import open_queue


@pytest.fixture
def queue(say, place, good, tmp_path):
    folder = tmp_path / "queue"
    said = say(
        "review",
        "draw",
        good,
        "--anchor",
        str(place / "anchor"),
        "-o",
        str(folder),
        "--rows",
        "40",
        "--quiet",
    )
    assert said.code == 0
    return folder


def decide(folder, people=("ada", "ben")):
    held = open_queue(folder)
    with Decisions(held.decisions_file) as decisions:
        for person in people:
            for number in range(len(held)):
                verdict = "reject" if number % 8 == 0 and not held.item(number).gold else "accept"
                decisions.add(
                    Decision(
                        uuid=f"{person}-{number}", item=number, reviewer=person, answers={"verdict": verdict}
                    )
                )
    return held


def test_nothing_decided_is_undetermined(say, queue):
    said = say("review", "results", str(queue))
    assert said.code == 3
    assert "not known" in said.out


def test_results_as_text_and_json(say, queue, tmp_path):
    decide(queue)
    said = say("review", "results", str(queue), "--json", str(tmp_path / "found.json"), "--no-color")
    assert said.code == 0
    assert "are rejected" in said.out
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["schema"] == "holdfast.review_results/1"
    assert [one["name"] for one in found["reviewers"]] == ["ada", "ben"]
    again = say("review", "results", str(queue), "--json", "-")
    assert json.loads(again.out) == found


def test_a_flag_that_no_row_has_is_an_error(say, queue):
    decide(queue)
    said = say("review", "results", str(queue), "--flag", "txt=a")
    assert said.code == 2
    assert "--flag" in said.err


def test_reviews_are_applied(say, queue, good, tmp_path):
    held = decide(queue)
    rejected = sum(n % 8 == 0 and not held.item(n).gold for n in range(len(held)))
    said = say("review", "apply", str(queue), good, "-o", str(tmp_path / "out"), "--quiet")
    assert said.code == 0
    assert f"{rejected} rejected" in said.out
    kept = (tmp_path / "out" / "data" / "kept.jsonl").read_text().splitlines()
    assert len(kept) == 400 - rejected
    assert say("audit", "--help").code == 0
    assert say("review", "apply", str(queue), good, "-o", str(tmp_path / "out"), "--quiet").code == 2


def test_accepted_rows_become_gold(say, queue, place, good, tmp_path):
    decide(queue)
    said = say(
        "review",
        "gold",
        str(queue),
        good,
        "--anchor",
        str(place / "anchor"),
        "-o",
        str(tmp_path / "grown"),
        "--quiet",
    )
    assert said.code == 0, said.err
    assert "are gold now" in said.out


@pytest.mark.parametrize("tool", ["argilla", "label-studio"])
def test_a_review_goes_out_and_comes_back(say, queue, tmp_path, tool):
    file, settings = tmp_path / "out.json", tmp_path / "settings"
    said = say("review", "export", str(queue), "--to", tool, "-o", str(file), "--settings", str(settings))
    assert said.code == 0
    body = json.loads(file.read_text())
    assert settings.read_text()
    if tool == "argilla":
        body[0]["responses"] = [
            {"question_name": "verdict", "value": "accept", "user_id": "7", "status": "submitted"}
        ]
    else:
        result = {
            "from_name": "verdict",
            "to_name": "text",
            "type": "choices",
            "value": {"choices": ["accept"]},
        }
        body[0]["annotations"] = [{"completed_by": 7, "result": [result]}]
    file.write_text(json.dumps(body))
    said = say("review", "import", str(queue), str(file), "--from", tool, "--person", "7=ada")
    assert said.code == 0, said.err
    assert "1 decisions added, 0 known already (ada 1)" in said.out
    body[0]["metadata" if tool == "argilla" else "data"]["item"] = 900
    file.write_text(json.dumps(body))
    said = say("review", "import", str(queue), str(file), "--from", tool)
    assert said.code == 2
    assert "no item 900" in said.err


def test_a_file_that_is_none_is_an_error(say, queue, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    for file in ("broken.json", "missing.json"):
        said = say("review", "import", str(queue), str(tmp_path / file), "--from", "argilla")
        assert said.code == 2
        assert "cannot be read" in said.err


def test_a_gate_needs_a_project(say, queue, tmp_path):
    decide(queue)
    said = say(
        "review", "approve", str(queue), "--project", str(tmp_path), "--by", "ada", "--reason", "looks fine"
    )
    assert said.code == 2

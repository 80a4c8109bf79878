"""A review lets a gate pass, and the journal keeps what it found."""

import json

import pytest

from holdfast.cycles.loop import resume, run
from holdfast.cycles.project import open_project
from holdfast.errors import InputError
from holdfast.reviews.decisions.decision import Decision
from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.outcomes import approve_with_reviews, reject_with_reviews
from holdfast.reviews.queues.draw import draw_queue
from holdfast.reviews.results import review_results


@pytest.fixture
def found(tmp_path):
    file = tmp_path / "made.jsonl"
    file.write_text("".join(json.dumps({"id": f"r{n}", "text": f"row number {n}"}) + "\n" for n in range(40)))
    queue = draw_queue(file, output=tmp_path / "queue", rows=40)
    with Decisions(queue.decisions_file) as decisions:
        for number in range(len(queue)):
            verdict = "reject" if number < 4 else "accept"
            decisions.add(
                Decision(uuid=f"{number}", item=number, reviewer="ada", answers={"verdict": verdict})
            )
        return review_results(queue, decisions)


def test_a_review_speaks_at_a_gate(fresh, found):
    recipe = fresh / "holdfast.toml"
    recipe.write_text(recipe.read_text().replace('on_undetermined = "pass"', 'on_undetermined = "ask"'))
    with open_project(fresh, work=True) as project:
        with pytest.raises(InputError):
            reject_with_reviews(project, found, by="ada", reason="nothing is open yet")
        (one,) = run(project)
        assert one.outcome == "waiting"
        event = approve_with_reviews(project, found, by="ada", reason="few are bad")
        assert event.body["reason"].startswith("few are bad [review made.jsonl (sha256:")
        assert "rejected 10.0 % (10.0 to 10.0 %)" in event.body["reason"]
        assert resume(project).outcome == "accepted"

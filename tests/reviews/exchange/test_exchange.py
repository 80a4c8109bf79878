"""Argilla and Label Studio: what goes out names no model, and what comes back is checked before any of it is kept."""

import copy
import json
from xml.etree import ElementTree as ET

import pytest

from holdfast.errors import InputError, UsageError
from holdfast.reviews.decisions.store import Decisions
from holdfast.reviews.exchange import bring_answers, send_items
from holdfast.reviews.exchange.send import tool_settings
from holdfast.reviews.results import review_results

TOOLS = ["argilla", "label-studio"]


def answered(tool, sent, told, *, person="7", seconds=3.5):
    """What a tool writes when a person has answered some items: {item: answers}."""
    body = copy.deepcopy(sent)
    for number, answers in told.items():
        one = body[number]
        if tool == "argilla":
            one["responses"] += [
                {"question_name": name, "value": value, "user_id": person, "status": "submitted"}
                for name, value in answers.items()
            ]
            continue
        kinds = {
            "verdict": ("choices", lambda value: {"choices": [value]}),
            "faults": ("choices", lambda value: {"choices": value}),
            "note": ("textarea", lambda value: {"text": [value]}),
            "edited": ("textarea", lambda value: {"text": [value]}),
            "rating": ("rating", lambda value: {"rating": value}),
            "label": ("choices", lambda value: {"choices": [value]}),
            "which": ("pairwise", lambda value: {"selected": value}),
            "which-ties": ("choices", lambda value: {"choices": [value]}),
        }
        one["annotations"].append(
            {
                "id": 1000 + number,
                "completed_by": int(person),
                "was_cancelled": False,
                "ground_truth": False,
                "lead_time": seconds,
                "created_at": "2026-11-20T10:00:00Z",
                "result": [
                    {
                        "id": f"{number}-{name}",
                        "from_name": name,
                        "to_name": "text",
                        "type": kinds[name][0],
                        "value": kinds[name][1](value),
                    }
                    for name, value in answers.items()
                ],
            }
        )
    return body


@pytest.mark.parametrize("tool", TOOLS)
def test_answers_come_back(start, tool):
    review = start(again=1.0)
    sent = send_items(review.queue, tool)
    told = {0: {"verdict": "accept"}, 1: {"verdict": "reject", "faults": ["tone"], "note": "rude"}}
    told[2] = {"verdict": "edit", "edited": "A better text"}
    body = answered(tool, sent, told)
    body = answered(tool, body, {0: {"verdict": "reject"}}, person="8")
    found = bring_answers(review.queue, review.decisions, body, tool, people={"8": "bob"})
    assert (found.added, found.known) == (4, 0)
    assert found.reviewers == {f"{tool}:7": 3, "bob": 1}
    held = {(one.item, one.reviewer): one for one in review.decisions.standing()}
    assert held[1, f"{tool}:7"].answers == {"verdict": "reject", "faults": ["tone"], "note": "rude"}
    assert held[2, f"{tool}:7"].answers == {"verdict": "edit", "edited": "A better text"}
    assert held[0, "bob"].answers == {"verdict": "reject"}
    assert held[0, f"{tool}:7"].seconds == (3.5 if tool == "label-studio" else None)
    assert review_results(review.queue, review.decisions).differ == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_the_same_file_twice_is_kept_once_and_a_changed_answer_counts(start, tool):
    review = start()
    sent = send_items(review.queue, tool)
    first = answered(tool, sent, {0: {"verdict": "accept"}, 1: {"verdict": "accept"}})
    second = answered(tool, sent, {0: {"verdict": "reject"}, 1: {"verdict": "accept"}})
    counts = []
    for body in (first, first, second, first, first):
        found = bring_answers(review.queue, review.decisions, body, tool)
        counts.append((found.added, found.known))
    assert counts == [(2, 0), (0, 2), (1, 1), (1, 1), (0, 2)]
    (now, _) = review.decisions.standing()
    assert {one.answers["verdict"] for one in review.decisions.standing()} == {"accept"}
    assert now.shown["tool"] == tool
    assert len(review.decisions.all()) == 4


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("wrong", ["item", "no item", "hash", "queue", "id", "answer", "question", "nobody"])
def test_one_wrong_answer_keeps_all_out(start, tool, wrong):
    review = start()
    body = answered(tool, send_items(review.queue, tool), {n: {"verdict": "accept"} for n in range(5)})
    marks = body[3]["metadata" if tool == "argilla" else "data"]
    if wrong == "item":
        marks["item"] = 4_000
    elif wrong == "no item":
        del marks["item"]
    elif wrong in ("hash", "queue", "id"):
        marks["content_hash" if wrong == "hash" else wrong] = "sha256:0"
    elif tool == "argilla":
        response = body[3]["responses"][0]
        response |= {
            "answer": {"value": "perhaps"},
            "question": {"question_name": "other"},
            "nobody": {"user_id": ""},
        }[wrong]
    else:
        annotation = body[3]["annotations"][0]
        if wrong == "nobody":
            annotation["completed_by"] = None
        elif wrong == "answer":
            annotation["result"][0]["value"] = {"choices": ["perhaps"]}
        else:
            annotation["result"][0]["from_name"] = "other"
    with pytest.raises(InputError, match=r"record 3|task 4"):
        bring_answers(review.queue, review.decisions, body, tool)
    assert review.decisions.all() == []


def test_two_people_cannot_be_made_one(start):
    review = start()
    body = answered("argilla", send_items(review.queue, "argilla"), {0: {"verdict": "accept"}})
    body = answered("argilla", body, {0: {"verdict": "reject"}}, person="8")
    with pytest.raises(InputError, match="two people are called 'ada'"):
        bring_answers(review.queue, review.decisions, body, "argilla", people={"7": "ada", "8": "ada"})
    assert review.decisions.all() == []


def test_every_wrong_answer_is_named(start):
    review = start()
    body = answered(
        "argilla", send_items(review.queue, "argilla"), {n: {"verdict": "accept"} for n in range(5)}
    )
    for number in (1, 3):
        body[number]["metadata"]["content_hash"] = "sha256:0"
    with pytest.raises(InputError, match=r"2 of 5 .*record 1.*record 3"):
        bring_answers(review.queue, review.decisions, body, "argilla")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(("said", "kept"), [("accept", "edit"), ("edit", "edit"), ("reject", "reject")])
def test_a_text_that_was_edited_in_the_tool_is_an_edit(start, tool, said, kept):
    review = start()
    body = answered(tool, send_items(review.queue, tool), {0: {"verdict": said}})
    body[0]["fields" if tool == "argilla" else "data"]["text"] = "Edited there"
    bring_answers(review.queue, review.decisions, body, tool)
    (one,) = review.decisions.standing()
    assert one.answers == {"verdict": kept} | ({"edited": "Edited there"} if kept == "edit" else {})


def test_a_text_box_that_nobody_touched_is_no_edit(start):
    review = start()
    text = review.queue.item(0).text
    body = answered(
        "label-studio", send_items(review.queue, "label-studio"), {0: {"verdict": "accept", "edited": text}}
    )
    bring_answers(review.queue, review.decisions, body, "label-studio")
    (one,) = review.decisions.standing()
    assert one.answers == {"verdict": "accept"}


def test_cancelled_drafts_and_discarded_ones_are_no_answers(start):
    review = start()
    body = answered("label-studio", send_items(review.queue, "label-studio"), {0: {"verdict": "accept"}})
    body[0]["annotations"][0]["was_cancelled"] = True
    assert bring_answers(review.queue, review.decisions, body, "label-studio").added == 0
    body = answered(
        "argilla", send_items(review.queue, "argilla"), {n: {"verdict": "accept"} for n in range(2)}
    )
    body[0]["responses"][0]["status"] = "draft"
    body[1]["responses"][0]["status"] = "discarded"
    assert bring_answers(review.queue, review.decisions, body, "argilla").added == 0


def test_argilla_answers_as_its_client_and_its_server_write_them(start):
    review = start()
    client, server = (send_items(review.queue, "argilla") for _ in range(2))
    client[0]["responses"] = {"verdict": [{"value": "accept", "user_id": "u-1", "status": "submitted"}]}
    server[1]["responses"] = [
        {"values": {"verdict": {"value": "reject"}}, "user_id": "u-1", "status": "submitted"}
    ]
    bring_answers(review.queue, review.decisions, client, "argilla")
    bring_answers(review.queue, review.decisions, {"items": server}, "argilla")
    assert [one.answers["verdict"] for one in review.decisions.standing()] == ["accept", "reject"]


@pytest.fixture
def pairs(start, tmp_path):
    """A blind comparison whose rows name their models everywhere but in their answers."""
    old = [
        {"id": f"olga-model-{n}", "prompt": f"question {n}?", "completion": f"short {n}", "model": "olga"}
        for n in range(60)
    ]
    new = tmp_path / "new.jsonl"
    new.write_text(
        "".join(
            json.dumps(
                row
                | {
                    "id": f"nina-model-{n}",
                    "completion": f"long answer {n}",
                    "model": "nina",
                    "judge": {"which": "b"},
                }
            )
            + "\n"
            for n, row in enumerate(old)
        )
    )
    return start(old, name="olga", against=new, by="prompt", rows=60)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_blind_queue_leaks_no_model(pairs, tool):
    sent = send_items(pairs.queue, tool)
    text = json.dumps(sent)
    assert "olga" not in text
    assert "nina" not in text
    assert pairs.queue.item(0).content_hash not in text
    assert all(not one.get("predictions") and not one.get("suggestions") for one in sent)
    with pytest.raises(UsageError, match="blind"):
        send_items(pairs.queue, tool, suggestions=True)
    seen = "fields" if tool == "argilla" else "data"
    lefts = [one[seen]["left"].startswith("short") for one in sent]
    assert 15 < sum(lefts) < 45  # sides are dealt


@pytest.mark.parametrize("tool", TOOLS)
def test_left_and_right_are_turned_back_here(pairs, tool):
    sent = send_items(pairs.queue, tool)
    seen = "fields" if tool == "argilla" else "data"
    told = {}
    for number, one in enumerate(sent):
        side = "left" if one[seen]["left"].startswith("long") else "right"
        told[number] = {"which": side}
    told[0] = {"which-ties" if tool == "label-studio" else "which": "both_bad"}
    bring_answers(pairs.queue, pairs.decisions, answered(tool, sent, told), tool)
    answers = [one.answers["which"] for one in pairs.decisions.standing()]
    assert answers[0] == "both_bad"
    # The longer answer is the second set's, whichever side it stood on.
    assert set(answers[1:]) == {"b"}
    sides = {one.shown["left"] for one in pairs.decisions.standing()}
    assert sides == {"a", "b"}


@pytest.mark.parametrize("tool", TOOLS)
def test_suggestions_go_along_only_where_asked_and_are_noted(start, tool):
    rows = [{"id": f"r{n}", "text": f"row number {n}", "judge": "accept"} for n in range(30)]
    review = start(rows, rows=30, suggestion="judge")
    assert "accept" not in json.dumps(send_items(review.queue, tool))
    sent = send_items(review.queue, tool, suggestions=True)
    bring_answers(review.queue, review.decisions, answered(tool, sent, {0: {"verdict": "accept"}}), tool)
    (one,) = review.decisions.standing()
    assert one.shown["suggestion"] == "open"


@pytest.mark.parametrize("questions", ["fit", "rating", "label"])
def test_tools_are_told_what_is_asked(start, questions):
    review = start(questions=questions)
    names = {one.name for one in review.queue.questions.questions}
    config = ET.fromstring(tool_settings(review.queue, "label-studio"))  # noqa: S314 - our own
    assert names <= {one.get("name") for one in config.iter()}
    settings = tool_settings(review.queue, "argilla")
    assert names <= {one["name"] for one in settings["questions"]}


@pytest.mark.parametrize(
    ("tool", "body"), [("argilla", 3), ("argilla", [3]), ("label-studio", {}), ("label-studio", [{}])]
)
def test_other_files_are_errors(start, tool, body):
    review = start()
    with pytest.raises(InputError):
        bring_answers(review.queue, review.decisions, body, tool)


def test_answers_survive_in_the_file(start):
    review = start()
    body = answered("argilla", send_items(review.queue, "argilla"), {0: {"verdict": "accept"}})
    bring_answers(review.queue, review.decisions, body, "argilla")
    with Decisions(review.queue.decisions_file, read_only=True) as again:
        assert len(again.standing()) == 1

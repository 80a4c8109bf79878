"""Rows that judge, and the holdout: they steer nothing, stand in no prompt, and nothing may repeat them."""

import json
from collections import Counter

import pytest
from small_runs import FULL, LOSSY, REAL, SIZES, Writer, good, rows

from holdfast.anchors import freeze
from holdfast.backends.chats.scripted import ScriptedChat
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.asking import Asking
from holdfast.remedies.generate.identity import run_digest
from holdfast.remedies.generate.methods import METHODS
from holdfast.remedies.generate.parts import NO_ROWS, Parts, Texts, read_parts
from holdfast.remedies.generate.recipe import Recipe, with_flags
from holdfast.remedies.generate.turning import Run

MORE = rows(3, {name: 3 * count for name, count in SIZES.items()})
OTHERS = rows(5, {"balance": 60, "refund": 20, "lost": 60})


def texts(found, prefix):
    return Texts(
        ids=tuple(f"{prefix}{number}" for number in range(len(found))),
        texts=tuple(row["text"] for row in found),
        strata=tuple(row["intent"] for row in found),
    )


def turned(judging, *, sealed=(), model=None):
    """Two rounds by hand, with these rows to judge."""
    parts = Parts(
        steering=texts(REAL, "r"),
        judging=judging,
        gold=NO_ROWS,
        sealed=sealed,
        candidate=texts(LOSSY, "c"),
        candidate_hash="sha256:c",
        unlabelled=False,
        declared=None,
        text_column="text",
        label_column="intent",
        name="real",
        digest=None,
        depths={},
        licenses={},
    )
    chat = good() if model is None else model
    recipe = with_flags(Recipe(rows=40, rounds=2), method=["few_shot", "paraphrase"], model=chat)
    digest = run_digest(parts, recipe, steer=True)
    with Asking.of(recipe, cache=None, run=digest, batch=None) as asking:
        run = Run.of(parts, recipe, asking, steer=True, digest=digest, progress=lambda _: None)
        for _ in range(2):
            if not run.over:
                run.take(run.turn())
    return run, {request.record: request for request in chat.asked}


@pytest.fixture(scope="module")
def plain():
    return turned(texts(OTHERS, "j"))


def outcome(run):
    return [(one.id, one.stratum, one.arm, one.text, one.kept, one.added, one.dropped_by) for one in run.made]


def test_other_rows_that_judge_change_nothing(plain):
    """Other texts, other labels, other rows of the holdout: the same wishes, prompts, parameters, decisions and rows."""
    run, asked = plain
    shuffled = texts([row | {"intent": "balance"} for row in rows(99, {"refund": 130})], "x")
    other, asked_too = turned(shuffled, sealed=tuple(row["text"] for row in rows(98, {"lost": 30})))
    assert asked_too == asked
    assert outcome(other) == outcome(run)
    assert [one.needs for one in other.rounds] == [one.needs for one in run.rounds]
    assert [one.moves for one in other.rounds] == [one.moves for one in run.rounds]
    assert [one.worth for one in other.rounds] == [one.worth for one in run.rounds]
    assert other.end == run.end
    assert other.digest != run.digest  # what was refused is part of a run, and of nothing that is drawn


def test_what_repeats_a_row_that_judges_goes_and_nothing_else_changes(plain):
    run, _ = plain
    repeated = [one for one in run.made if one.round == 1 and one.kept][:3]
    judging = Texts(
        ids=("j1", "j2", "j3"), texts=tuple(one.text.upper() for one in repeated), strata=("lost",) * 3
    )
    other, _ = turned(judging)
    first = {one.id: one for one in other.made if one.round == 1}
    assert {id_: one.dropped_by for id_, one in first.items() if one.dropped_by == "leak"} == {
        one.id: "leak" for one in repeated
    }
    for one in run.made:
        if one.round == 1 and one.id not in {row.id for row in repeated}:
            assert (first[one.id].text, first[one.id].kept) == (one.text, one.kept)


@pytest.fixture(scope="module")
def anchored(tmp_path_factory):
    """A run of every method by a frozen anchor, with a model that writes some rows of the holdout, and of what judges."""
    folder = tmp_path_factory.mktemp("anchored")
    real = folder / "real.jsonl"
    real.write_text("".join(json.dumps({"id": f"r{n}", **row}) + "\n" for n, row in enumerate(MORE)))
    anchor = freeze(real, output=folder / "anchor", gold=0.15, holdout=0.15)
    parts = read_parts(LOSSY, anchor=anchor, judge_share=0.5)
    hidden = [*parts.sealed, *parts.judging.texts]
    writer = Writer()

    def answer(request):
        number = int(request.record[-3:])
        if number % 3 or request.hop:
            return writer(request)
        text = hidden[number % len(hidden)]
        return text if number % 2 else f"{text} word1"

    chat = ScriptedChat.of(answer)
    asking = [name for name, method in METHODS.items() if method.asks]
    found = generate(
        LOSSY, anchor=anchor, model=chat, method=asking, rows=60, rounds=1, output=folder / "made"
    )
    return found, chat, parts, folder / "made"


def test_no_prompt_holds_a_row_that_judges_or_one_of_the_holdout(anchored):
    found, chat, parts, folder = anchored
    said = "\n".join(message.content for request in chat.asked for message in request.messages)
    assert found.wished >= 30
    answered = {chat.answer(request) for request in chat.asked}
    for text in (*parts.sealed, *parts.judging.texts):
        # Only what a model said itself may be asked of it again, on the way there and back.
        assert text not in said or any(text in one for one in answered)
    hops = [request for request in chat.asked if request.hop == 0]
    first = "\n".join(message.content for request in hops for message in request.messages)
    for text in (*parts.sealed, *parts.judging.texts):
        assert text not in first
    kept = (folder / "prompts.jsonl").read_text()
    assert all(text in first for text in parts.gold.texts if text in kept)


def test_gold_rows_are_shown(anchored):
    _, chat, parts, _ = anchored
    said = "\n".join(message.content for request in chat.asked for message in request.messages)
    assert sum(text in said for text in parts.gold.texts) >= 5


def test_no_made_row_repeats_the_holdout_or_what_judges(anchored):
    found, _, parts, folder = anchored
    assert found.dropped["leak"] >= 5
    kept = [json.loads(line)["text"] for line in (folder / "data" / "made.jsonl").read_text().splitlines()]
    assert kept
    for text in kept:
        for hidden in (*parts.sealed, *parts.judging.texts):
            assert hidden not in text


def test_the_outcome_is_judged_by_rows_that_steered_nothing(anchored):
    found, _, parts, _ = anchored
    assert found.before is not None
    assert found.before.rows == len(LOSSY)
    assert found.after.rows == len(LOSSY) + found.accepted
    assert len(parts.judging) > 100
    (row,) = (row for row in found.strata if row["stratum"] == "lost")
    assert row["retention_before"] == 0
    assert row["retention_after"] > 0
    assert Counter(one.number for one in found.rounds) == {1: 1}
    assert len(FULL) > len(LOSSY)

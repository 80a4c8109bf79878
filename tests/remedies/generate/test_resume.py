"""Runs that are interrupted, killed, or begun again: nothing is lost, nothing is asked twice, and walls hold."""

import json
from collections import Counter

import pytest
from small_runs import LOSSY, REAL, from_nothing, good

from holdfast.errors import InputError
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.identity import run_digest
from holdfast.remedies.generate.parts import read_parts
from holdfast.remedies.generate.recipe import Recipe, with_flags

TWO_HOPS = {"method": ["back_translation", "few_shot"], "rows": 45}
"""Forty rows in the first round, and the rest in the second: too few to be audited, which is what takes time."""


def rows_of(folder):
    return (folder / "data" / "made.jsonl").read_bytes()


def gone_of(folder):
    return (folder / "dropped" / "rows.jsonl").read_bytes()


def folders(path):
    return sorted(one.name for one in path.iterdir())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    place = tmp_path_factory.mktemp("whole") / "made"
    chat = good()
    return from_nothing(**TWO_HOPS, model=chat, output=place), chat, place


class Interrupt:
    """Ctrl-C at a word of progress, the nth time that it begins so."""

    def __init__(self, word, at=1):
        self.word, self.left = word, at

    def __call__(self, step):
        if step.startswith(self.word):
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("word", "at"),
    [
        ("reading the rows", 1),
        ("round 1: 17 of", 1),
        ("round 2: 2 of", 1),
        ("writing", 1),
    ],
)
def test_interrupted_and_begun_again_it_makes_the_same_rows(whole, tmp_path, word, at):
    found, before, place = whole
    chat, output = good(), tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        from_nothing(**TWO_HOPS, model=chat, output=output, progress=Interrupt(word, at))
    again = from_nothing(**TWO_HOPS, model=chat, output=output)
    assert rows_of(output) == rows_of(place)
    assert gone_of(output) == gone_of(place)
    assert (again.sentence, again.wished, again.accepted) == (found.sentence, found.wished, found.accepted)
    asked = Counter((request.record, request.hop) for request in chat.asked)
    twice = sum(asked.values()) - len(asked)
    # What was on its way when it was interrupted is asked again, and told; `parallel` is 8.
    assert twice <= 8
    assert again.requests["lost_before"] >= twice
    assert set(asked) == {(request.record, request.hop) for request in before.asked}
    assert folders(tmp_path) == ["made"]


def test_interrupted_many_times(whole, tmp_path):
    _, _, place = whole
    chat, output = good(), tmp_path / "made"
    for word in ("round 1: 5 of", "round 1: 30 of", "round 2: 1 of"):
        with pytest.raises(KeyboardInterrupt):
            from_nothing(**TWO_HOPS, model=chat, output=output, progress=Interrupt(word))
    from_nothing(**TWO_HOPS, model=chat, output=output)
    assert rows_of(output) == rows_of(place)
    assert max(Counter((request.record, request.hop) for request in chat.asked).values()) <= 5


def test_a_round_that_ended_is_read_and_not_made_again(tmp_path):
    chat, output = good(), tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        from_nothing(rows=45, model=chat, output=output, progress=Interrupt("round 2: 1 of"))
    (file,) = tmp_path.rglob("round-001.json")
    body = json.loads(file.read_bytes())
    body["made"][0]["text"] = "a row that only this file has"
    file.write_text(json.dumps(body))
    from_nothing(rows=45, model=chat, output=output)
    assert b"a row that only this file has" in rows_of(output)


def test_a_damaged_round_is_an_error_that_helps(tmp_path):
    chat, output = good(), tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        from_nothing(rows=45, model=chat, output=output, progress=Interrupt("round 2: 1 of"))
    before = len(chat.asked)
    (file,) = tmp_path.rglob("round-001.json")
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(InputError, match="Delete it") as caught:
        from_nothing(rows=45, model=chat, output=output)
    assert str(file) in str(caught.value)
    assert not output.exists()
    file.unlink()
    from_nothing(rows=45, model=chat, output=output)
    first = [request for request in chat.asked[before:] if request.record.split("-")[1] == "1"]
    assert first == []  # its answers lay beside it


def test_another_run_goes_its_own_way(tmp_path):
    output = tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        from_nothing(rows=45, output=output, progress=Interrupt("round 2: 1 of"))
    chat = good()
    from_nothing(rows=20, seed=1, model=chat, output=output)
    assert len(chat.asked) >= 20
    asked = good()  # and the first is still there
    with pytest.raises(KeyboardInterrupt):
        from_nothing(rows=45, model=asked, output=output, replace=True, progress=Interrupt("round 2: 1 of"))
    assert all(request.record.split("-")[1] == "2" for request in asked.asked)


def test_what_a_run_is_known_by():
    """Everything that is asked, shown or refused; not how much of it."""
    chat = good()

    def digest(rows=LOSSY, real=REAL, *, steer=True, **changed):
        recipe = with_flags(Recipe(**changed), method=["few_shot"], model=chat)
        return run_digest(read_parts(rows, real=real, judge_share=0), recipe, steer=steer)

    same = [digest(), digest(rows=LOSSY), digest(requests=5), digest(cost=None, rounds=3), digest(tokens=9)]
    assert len(set(same)) == 1
    others = [
        digest(LOSSY[:-1]),
        digest(real=REAL[:-1]),
        digest(real=[*REAL[:-1], REAL[-1] | {"intent": "other"}]),
        digest(steer=False),
        digest(seed=1),
        digest(subject="a message to a bank"),
        digest(label_noise=0.02),
        digest(without=("damage",)),
        digest(retention=0.8),
        digest(strata={"lost": "a card that was lost"}),
    ]
    assert len({same[0], *others}) == 1 + len(others)


def test_another_candidate_is_another_run(tmp_path):
    output = tmp_path / "made"
    chat = good()
    for rows, seen in ((LOSSY[:40], 40), (LOSSY[:41], 80)):
        with pytest.raises(KeyboardInterrupt):
            generate(
                rows,
                real=REAL,
                judge_share=0,
                method=["few_shot"],
                model=chat,
                rows=45,
                output=output,
                progress=Interrupt("round 1: checking"),
            )
        assert len(chat.asked) == seen


def test_a_wall_holds_over_attempts_and_takes_no_row_away(tmp_path):
    """What a killed round has spent is spent; what it brought is used."""
    chat, output = good(), tmp_path / "made"
    wall = {"rows": 45, "requests": 25, "output": output}
    for word in ("round 1: 10 of", "round 1: checking", "round 1: auditing"):
        with pytest.raises(KeyboardInterrupt):
            from_nothing(**wall, model=chat, progress=Interrupt(word))
    found = from_nothing(**wall, model=chat)
    assert len(chat.asked) == 25
    assert (found.ended, found.spent["requests"]) == ("budget", 25)
    uninterrupted = from_nothing(**(wall | {"output": tmp_path / "other"}), model=good())
    lost = found.requests["lost_before"]
    assert uninterrupted.accepted - lost <= found.accepted <= uninterrupted.accepted
    assert found.accepted > 0


def test_a_wall_that_is_moved_lets_it_go_on(tmp_path):
    """Budgets and numbers of rows are no part of a run's identity."""
    chat, output = good(), tmp_path / "made"
    with pytest.raises(KeyboardInterrupt):
        from_nothing(rows=45, requests=10, model=chat, output=output, progress=Interrupt("round 1: auditing"))
    assert len(chat.asked) == 10
    found = from_nothing(rows=45, requests=1_000, model=chat, output=output)
    assert found.ended == "rounds"
    assert found.lost == {}
    assert max(Counter(request.record for request in chat.asked).values()) == 1


def test_answers_may_be_kept_for_several_runs(tmp_path):
    """The same run again costs nothing, and a wall that the first one reached is no reason to stop before."""
    chat, cache = good(), tmp_path / "answers.sqlite"
    first = from_nothing(rows=45, requests=60, model=chat, cache=cache, output=tmp_path / "one")
    asked = len(chat.asked)
    again = from_nothing(rows=45, requests=asked, model=chat, cache=cache, output=tmp_path / "two")
    assert len(chat.asked) == asked
    assert rows_of(tmp_path / "one") == rows_of(tmp_path / "two")
    assert (again.accepted, again.ended) == (first.accepted, first.ended)

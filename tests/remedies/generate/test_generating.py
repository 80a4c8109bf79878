import random
from collections import Counter

import pytest
from small_runs import FULL, LOSSY, REAL, SIZES, Writer, asked_for, from_nothing, good

from holdfast.backends.chats.chat import Trouble
from holdfast.backends.chats.scripted import ScriptedChat
from holdfast.errors import BackendError, InputError, UsageError
from holdfast.remedies.generate import generate
from holdfast.remedies.generate.recipe import Recipe

BASE = {"real": REAL, "judge_share": 0, "method": ["few_shot"], "rows": 60}


@pytest.fixture(scope="module")
def covered():
    """A run with a model that writes well, and what was asked of it."""
    chat = good()
    return generate(LOSSY, **BASE, rounds=4, model=chat), chat


@pytest.fixture(scope="module")
def unsteered():
    return generate(LOSSY, **BASE, rounds=1, model=good(), steer=False)


@pytest.fixture(scope="module")
def weak():
    dice = random.Random(0)  # noqa: S311 - no secret
    words = lambda: " ".join("".join(dice.choices("abcdefghij", k=6)) for _ in range(8))  # noqa: E731
    return generate(LOSSY, **BASE, rounds=4, model=ScriptedChat.of(lambda _: words()))


def test_what_was_lost_is_covered_again(covered):
    found, _ = covered
    assert found.ended == "covered"
    assert found.sentence == f"3 of 3 strata are covered after {len(found.rounds)} rounds"
    last = {need.stratum: need for need in found.rounds[-1].needs}
    (row,) = found.strata
    assert (row["stratum"], row["state"]) == ("lost", "covered")
    assert last["lost"].have + found.rounds[-1].tallies[0].accepted >= 0.9 * 30 * 150 / 150
    assert found.accepted == row["accepted"]


def test_quotas_go_to_what_was_lost_alone(covered):
    found, chat = covered
    for one in found.rounds:
        assert {need.stratum for need in one.needs if need.quota} == {"lost"}
    assert Counter(asked_for(request) for request in chat.asked) == {"lost": found.wished}
    assert sum(need.quota for one in found.rounds for need in one.needs) == found.wished


def test_figures_add_up(covered):
    found, chat = covered
    assert found.wished == found.written + sum(found.lost.values()) == len(chat.asked)
    assert found.written == found.accepted + sum(found.dropped.values())
    assert found.requests["sent"] == found.wished
    assert found.spent["requests"] == found.wished
    assert sum(tally.accepted for one in found.rounds for tally in one.tallies) == found.accepted
    assert (found.before, found.after) == (None, None)


def test_unsteered_goes_in_the_mix_of_reality(unsteered):
    found = unsteered
    assert found.ended == "rounds"
    assert found.sentence == f"1 round was allowed: {found.accepted} rows are made"
    asked = {row["stratum"]: row["wished"] for row in found.strata}
    for name, size in SIZES.items():
        assert abs(asked[name] - 60 * size / 150) <= 1
    assert all(not one.moves for one in found.rounds)


def test_a_model_that_writes_noise_is_given_up_with_figures(weak):
    assert weak.ended == "too_weak"
    assert weak.accepted == 0
    assert "beyond these methods and models: lost (0 of 24 rows)" in weak.sentence
    assert "of 30 rows written 0 passed" in weak.sentence
    (row,) = weak.strata
    assert row["state"] == "given_up"


def test_a_budget_is_a_wall():
    chat = good()
    found = generate(LOSSY, **BASE, rounds=4, model=chat, requests=20)
    assert (found.ended, len(chat.asked), found.spent["requests"]) == ("budget", 20, 20)
    assert found.sentence.startswith("the budget of 20 requests is spent after 1 round")
    assert found.lost == {"failed": found.wished - 20}


def test_a_budget_that_holds_no_request_makes_no_round():
    """What was not asked is no row that was tried."""
    chat = good()
    found = generate(LOSSY, **BASE, rounds=4, model=chat, requests=0)
    assert (found.ended, found.wished, found.rounds, chat.asked) == ("budget", 0, (), [])
    assert "0 requests" in found.sentence
    other = generate(None, real=REAL, judge_share=0, method=["few_shot"], rows=20, model=chat, tokens=3)
    assert (other.ended, other.wished, chat.asked) == ("budget", 0, [])
    assert "tokens" in other.sentence


def test_a_budget_stops_nobody_who_asks_nobody():
    found = from_nothing(method=["rule_based"], model=None, requests=0)
    assert (found.ended, found.wished) == ("rows", 20) or found.accepted > 0


def test_as_many_rows_as_were_asked_for():
    found = generate(LOSSY, **(BASE | {"rows": 10}), rounds=4, model=good())
    assert (found.ended, found.accepted) == ("rows", 10)
    assert found.sentence == "10 rows are made, as many as were asked for"


def test_nothing_is_missing():
    chat = good()
    found = generate(FULL, **BASE, rounds=4, model=chat)
    assert (found.ended, found.wished, chat.asked) == ("nothing_missing", 0, [])
    assert found.sentence == "nothing is missing: 3 of 3 strata are covered"


def test_tries_are_counted():
    """Every second row is noise: asking until enough pass would be a filter."""
    writer = Writer()

    def half(request):
        return "zzqx jjkw vvbn" if int(request.record[-1]) % 2 else writer(request)

    recipe = Recipe(tries=1.0)
    found = generate(None, recipe=recipe, **(BASE | {"rows": 20}), rounds=5, model=ScriptedChat.of(half))
    assert found.ended == "tries"
    assert found.wished == 20
    assert found.sentence.startswith("20 rows were tried for 20, and ")


def test_rows_that_no_server_answered_are_no_tries():
    """A server that was ill for half a round costs no stratum its tries, and the rows are asked for again."""
    writer = Writer()

    def half(request):
        ill = request.record.split("-")[1] == "1" and int(request.record[-1]) % 2
        return Trouble("missing", "no such model") if ill else writer(request)

    recipe = Recipe(tries=1.0)
    found = generate(None, recipe=recipe, **(BASE | {"rows": 16}), rounds=5, model=ScriptedChat.of(half))
    assert found.lost == {"failed": 8}
    assert found.ended in ("rows", "tries")
    assert found.written == 16


@pytest.mark.parametrize("kind", ["key", "missing", "refused_by_all"])
def test_a_server_that_answers_nothing_is_an_error(kind):
    if kind == "refused_by_all":
        found = from_nothing(model=ScriptedChat.of(lambda _: Trouble("refused", "no")))
        assert (found.accepted, found.lost) == (0, {"refused": found.wished})
        return
    with pytest.raises(BackendError, match="none of 20 requests was answered") as caught:
        from_nothing(model=ScriptedChat.of(lambda _: Trouble(kind, "another key is wanted")))
    assert "another key is wanted" in str(caught.value)


def test_a_server_that_goes_down_later_is_an_error_too(tmp_path):
    """The rounds that ended stay, and the same command goes on."""
    writer, down = Writer(), [True]

    def answer(request):
        if request.record.split("-")[1] == "2" and down[0]:
            return Trouble("key", "the key has ended")
        return writer(request)

    chat = ScriptedChat.of(answer)
    given = BASE | {"rows": 45, "rounds": 2, "model": chat, "output": tmp_path / "made"}
    with pytest.raises(BackendError, match="the key has ended"):
        generate(None, **given)
    before = len(chat.asked)
    down[0] = False
    found = generate(None, **given)
    assert found.accepted == 45 or found.ended in ("rounds", "rows")
    again = Counter(request.record for request in chat.asked[before:])
    assert all(record.split("-")[1] == "2" for record in again)
    assert set(again.values()) == {1}


def test_usage():
    with pytest.raises(UsageError, match="real rows or a frozen anchor"):
        generate(LOSSY)
    with pytest.raises(InputError, match="few_shot asks a model"):
        generate(LOSSY, real=REAL, method=["few_shot"])
    with pytest.raises(InputError, match="100 of each are needed"):
        generate(LOSSY, real=REAL[:50], method=["rule_based"])

import asyncio
import threading
import time
from dataclasses import replace

import pytest
from chat_server import ChatServer, Said, completion

from holdfast.backends.chats import Answer, ChatRequest, Failed, Message, Parameters, Trouble
from holdfast.backends.chats.asker import Asker, Endpoint, each, run
from holdfast.backends.chats.budget import Budget, Price
from holdfast.backends.chats.opening import open_chat
from holdfast.backends.chats.pace import Patience
from holdfast.backends.chats.scripted import ScriptedChat
from holdfast.backends.chats.store import AnswerStore
from holdfast.errors import UsageError

QUICK = Patience(seconds=0.01)


def request(record="r-1", text="hi", *, max_tokens=20, sample=0):
    return ChatRequest(
        record=record,
        sample=sample,
        messages=(Message(role="user", content=text),),
        parameters=Parameters(max_tokens=max_tokens),
    )


@pytest.fixture
def store():
    with AnswerStore(None, run="test") as opened:
        yield opened


def asker(chat, store, *, parallel=8, price=None, budget=None, patience=QUICK):
    endpoint = Endpoint(chat=chat, parallel=parallel, price=price)
    return Asker({"a": endpoint}, store, budget, seed=1, patience=patience)


def ask_all(asking, requests, width=16):
    found = []

    async def work(asked):
        return asked.record, await asking.ask(asked, "a")

    async def everything():
        async with asking:
            await each(requests, work, width=width, done=found.append)

    run(everything())
    return dict(found)


def scripted(*answers):
    """A chat that says one after the other, and the last one for ever."""
    left = list(answers)
    return ScriptedChat.of(lambda _: left.pop(0) if len(left) > 1 else left[0])


def test_what_is_known_is_not_asked(store):
    chat = scripted("well")
    first = ask_all(asker(chat, store), [request()])["r-1"]
    again = asker(chat, store)
    second = ask_all(again, [request(), request("r-2"), request("r-1", sample=1)])
    assert not first.cache_hit
    assert len(chat.asked) == 3
    assert again.tally.plain() == {
        "lost_before": 0,
        "sent": 2,
        "answered": 2,
        "hits": 1,
        "retried": 0,
        "limited": 0,
        "cut": 0,
        "failed": {},
        "other_models": {},
    }
    assert set(second) == {"r-1", "r-2"}


def test_a_hit_says_that_it_is_one(store):
    chat = scripted("well")
    asking = asker(chat, store)
    ask_all(asking, [request()])
    assert ask_all(asking, [request()])["r-1"].cache_hit


def test_the_same_request_twice_at_a_time_is_sent_once(store):
    chat = ScriptedChat.of(lambda _: "well", seconds=0.05)
    asking = asker(chat, store)
    ask_all(asking, [request()] * 6)
    assert len(chat.asked) == 1
    assert asking.tally.hits == 5


@pytest.mark.parametrize("kind", ["unreachable", "unavailable", "timeout", "unreadable", "empty"])
def test_troubles_of_the_way_are_tried_three_times_again(store, kind):
    chat = scripted(*[Trouble(kind, "no")] * 3, "well")
    asking = asker(chat, store)
    assert ask_all(asking, [request()])["r-1"].text == "well"
    assert (asking.tally.sent, asking.tally.retried) == (4, 3)
    chat = scripted(Trouble(kind, "no", where="there"))
    asking = asker(chat, store)
    assert ask_all(asking, [request("r-2")])["r-2"] == Failed(kind=kind, said="there: no", tries=4)
    assert asking.tally.failed == {kind: 1}


@pytest.mark.parametrize("kind", ["refused", "key", "missing"])
def test_what_does_not_pass_is_not_tried_again(store, kind):
    asking = asker(scripted(Trouble(kind, "no")), store)
    assert ask_all(asking, [request()])["r-1"] == Failed(kind=kind, said="no", tries=1)


def test_failures_are_not_kept(store):
    ask_all(asker(scripted(Trouble("refused", "no")), store), [request()])
    assert ask_all(asker(scripted("well"), store), [request()])["r-1"].text == "well"


def test_429_goes_back_to_the_queue(store):
    limited = Trouble("limited", "slow", retry_after=0.01)
    chat = scripted(limited, "well")
    asking = asker(chat, store)
    assert ask_all(asking, [request()])["r-1"].text == "well"
    assert (asking.tally.limited, asking.tally.retried, asking.paces["a"].cuts) == (1, 0, 1)
    assert asking.paces["a"].limit == 6


def test_patience_with_429_ends():
    limited = Trouble("limited", "slow", retry_after=0.001)
    for patience, tries in ((Patience(limits=1), 1), (Patience(limits=99, limited_seconds=0.0005), 1)):
        with AnswerStore(None, run="test") as store:
            failed = ask_all(asker(scripted(limited), store, patience=patience), [request()])["r-1"]
            assert (failed.kind, failed.tries) == ("limited", tries)


def test_a_server_that_asks_for_a_day_is_not_waited_for(store):
    began = time.monotonic()
    failed = ask_all(asker(scripted(Trouble("limited", "quota", retry_after=86_400.0)), store), [request()])
    assert failed["r-1"].kind == "limited"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("kind", "sent"), [("key", 5), ("missing", 5), ("refused", 30)])
def test_an_endpoint_that_is_closed_to_us_is_asked_no_more(store, kind, sent):
    chat = scripted(Trouble(kind, "no"))
    asking = asker(chat, store, parallel=1)
    failed = ask_all(asking, [request(f"r-{at}") for at in range(30)])
    assert {each.kind for each in failed.values()} == {kind}
    assert (len(failed), len(chat.asked)) == (30, sent)


def test_answers_of_others_and_cut_ones_are_counted(store):
    other = Answer(text="x", finish_reason="length", model="tiny-2026-01", input_tokens=4, output_tokens=20)
    asking = asker(scripted(other, replace(other, model=None), "well"), store, parallel=1)
    ask_all(asking, [request(f"r-{at}") for at in range(3)], width=1)
    assert asking.tally.cut == 2
    assert asking.tally.other_models == {"scripted": {"tiny-2026-01": 1}}


def test_costs_are_written_down(store):
    told = Answer(text="x", finish_reason="stop", model="m", input_tokens=1_000, output_tokens=200)
    asking = asker(
        scripted(told, replace(told, input_tokens=None)),
        store,
        parallel=1,
        price=Price(input="0.15", output="0.6"),
    )
    found = ask_all(asking, [request("r-1"), request("r-2")], width=1)
    assert (found["r-1"].cost, found["r-2"].cost) == (0.00027, None)
    spent = store.spent()
    assert (spent.cost_nano, spent.requests, spent.unknown) == (270_000, 2, 1)


def test_an_unknown_endpoint_is_named(store):
    asking = asker(scripted("well"), store)

    async def other():
        return await asking.ask(request(), "b")

    with pytest.raises(UsageError, match="there is no endpoint 'b'"):
        run(other())


def test_a_budget_of_money_needs_prices(store):
    with pytest.raises(UsageError, match="needs the price"):
        asker(scripted("well"), store, budget=Budget(cost=1))


def test_broken_code_is_no_answer(store):
    def broken(_):
        raise ZeroDivisionError

    asking = asker(ScriptedChat.of(broken), store, budget=Budget(requests=5))
    with pytest.raises(ZeroDivisionError):
        ask_all(asking, [request()])
    assert asking.budget.in_flight == 0
    assert asking.paces["a"].in_flight == 0


# Budgets, with requests side by side at a real server.


def test_a_budget_of_requests_is_a_wall(chats, store):
    asking = asker(open_chat(chats.url, name="tiny"), store, budget=Budget(requests=37))
    found = ask_all(asking, [request(f"r-{at}") for at in range(100)])
    assert len(chats.asked) == 37
    assert sum(isinstance(each, Answer) for each in found.values()) == 37
    assert asking.tally.failed == {"budget": 63}
    assert asking.budget.ended == "requests"


def test_retries_are_requests(chats, store):
    chats.answer = lambda *_: Said(status=503)
    asking = asker(open_chat(chats.url, name="tiny"), store, budget=Budget(requests=10))
    ask_all(asking, [request(f"r-{at}") for at in range(8)])
    assert len(chats.asked) == 10


@pytest.mark.parametrize("says", [True, False])
def test_a_budget_of_tokens_is_a_wall(chats, store, says):
    tokens = []

    def answer(asked, number):
        used = (len(asked["messages"][0]["content"].encode()) + 3, 1 + number % asked["max_tokens"])
        tokens.append(sum(used))
        return completion(tokens=used) | ({} if says else {"usage": None})

    chats.answer = answer
    asking = asker(open_chat(chats.url, name="tiny"), store, budget=Budget(tokens=4_000))
    found = ask_all(asking, [request(f"r-{at}", "x" * (at % 50)) for at in range(300)])
    assert sum(tokens) <= 4_000
    # What nobody says counts as the most that it could be: about 125 a request instead of about 38.
    assert sum(tokens) > (3_800 if says else 700)
    assert sum(isinstance(each, Answer) for each in found.values()) == len(tokens)
    assert asking.budget.ended == "tokens"


def test_a_budget_of_money_is_a_wall_over_runs(chats, tmp_path):
    price = Price(input="10", output="30")
    chats.answer = lambda *_: completion(tokens=(100, 20))  # 0.0016 each
    sent = []
    for _ in range(3):
        with AnswerStore(tmp_path / "answers.sqlite", run="one") as store:
            asking = asker(open_chat(chats.url, name="tiny"), store, price=price, budget=Budget(cost="0.032"))
            ask_all(asking, [request(f"r-{at}") for at in range(60)])
            assert store.spent().cost_nano == 1_600_000 * len(chats.asked) <= 32_000_000
            sent.append(len(chats.asked))
    assert 18 <= sent[0] <= 20
    assert sent[1:] == [sent[0]] * 2


# Faults of a real server: each is survived, reported, accounted for.

FAULTS = {
    "429": lambda: Said(status=429, headers={"Retry-After": "0.02"}),
    "500": lambda: Said(status=500, body=b"oops"),
    "502": lambda: Said(status=502),
    "503 with a wait": lambda: Said(status=503, headers={"Retry-After": "0.05"}),
    "504": lambda: Said(status=504),
    "late": lambda: Said(delay=60.0),
    "drip": lambda: Said(drip=0.05),
    "truncated": lambda: Said(cut=40),
    "truncated JSON": lambda: Said(body=b'{"choices": [{"mess'),
    "no choices": lambda: Said(body=completion() | {"choices": []}),
    "null content": lambda: Said(body={"choices": [{"message": {"content": None}}]}),
    "reset": lambda: Said(reset=True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_every_third_request_lose_nothing(chats, store, fault):
    chats.answer = lambda asked, number: FAULTS[fault]() if number % 3 == 0 else completion()
    # Which requests meet a fault is a matter of chance: one may meet several.
    patience = Patience(seconds=0.01, times=20)
    asking = asker(open_chat(chats.url, name="tiny", seconds=1.5), store, patience=patience)
    found = ask_all(asking, [request(f"r-{at}") for at in range(24)])
    assert all(isinstance(each, Answer) for each in found.values())
    tally = asking.tally
    faults = sum(number % 3 == 0 for number in range(len(chats.asked)))
    assert tally.sent == len(chats.asked) == 24 + faults
    assert (tally.limited, tally.retried) == ((faults, 0) if fault == "429" else (0, faults))
    assert store.spent().requests == tally.sent
    assert store.unsettled() == 0


def test_a_server_that_says_429_sets_the_pace(store):
    """It takes four at a time, and says 429 to the fifth: most of what is sent must come through."""
    now, most = [0], 4
    lock = threading.Lock()

    class Chat(ScriptedChat):
        __slots__ = ()

        async def complete(self, asked, /):
            with lock:
                now[0] += 1
                over = now[0] > most
            try:
                await asyncio.sleep(0.002)
                if over:
                    raise Trouble("limited", "slow", retry_after=0.01)
                return Answer(text="well", finish_reason="stop", model="m")
            finally:
                now[0] -= 1

    chat = Chat(model="m", answer=lambda _: "")
    asking = asker(chat, store, parallel=32)
    found = ask_all(asking, [request(f"r-{at}") for at in range(600)], width=64)
    assert all(isinstance(each, Answer) for each in found.values())
    assert 1 <= asking.paces["a"].limit <= 8
    assert asking.tally.limited < 200


def test_endpoints_have_paces_of_their_own(store):
    with (
        ChatServer(lambda *_: Said(status=429, headers={"Retry-After": "30"})) as slow,
        ChatServer() as quick,
    ):
        asking = Asker(
            {
                "slow": Endpoint(chat=open_chat(slow.url, name="s"), parallel=2),
                "quick": Endpoint(chat=open_chat(quick.url, name="q"), parallel=4),
            },
            store,
            patience=Patience(limited_seconds=10.0),
        )

        async def both():
            async with asking:
                jobs = [asking.ask(request(f"r-{at}"), "quick") for at in range(20)]
                return await asyncio.gather(asking.ask(request("r-s"), "slow"), *jobs)

        began = time.monotonic()
        failed, *found = run(both())
    assert time.monotonic() - began < 10
    assert failed.kind == "limited"
    assert all(isinstance(each, Answer) for each in found)
    assert quick.most <= 4


def test_who_is_interrupted_leaves_the_ledger_open(store):
    chat = ScriptedChat.of(lambda _: "well", seconds=60)
    asking = asker(chat, store, budget=Budget(tokens=1_000))

    async def interrupted():
        async with asking:
            job = asyncio.create_task(asking.ask(request(), "a"))
            await asyncio.sleep(0.05)
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)

    run(interrupted())
    assert store.spent().requests == 1
    assert (asking.budget.in_flight, asking.paces["a"].in_flight) == (0, 0)

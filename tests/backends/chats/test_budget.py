from decimal import Decimal

import pytest

from holdfast.backends.chats import ChatRequest, Message, Parameters
from holdfast.backends.chats.budget import Bound, Budget, Price
from holdfast.backends.chats.store import Spent
from holdfast.errors import UsageError


def bound(tokens=10, output=5, nano=None):
    return Bound(input_tokens=tokens, output_tokens=output, nano=nano)


def request(text, **parameters):
    return ChatRequest(
        record="r", messages=(Message(role="user", content=text),), parameters=Parameters(**parameters)
    )


@pytest.mark.parametrize(
    ("price", "tokens", "nano"),
    [
        (("0.15", "0.60"), (1_000_000, 0), 150_000_000),
        ((0.15, 0.6), (1_000, 200), 270_000),
        ((Decimal("0.0375"), 0), (1, 0), 38),  # 37.5, rounded up
        ((0, 0), (10**6, 10**6), 0),
        ((3, 15), (7, 3), 66_000),
    ],
)
def test_prices_are_exact(price, tokens, nano):
    assert Price(input=price[0], output=price[1]).nano(*tokens) == nano


def test_a_million_small_sums_lose_nothing():
    # In binary floating point, 0.1 ten million times is not a million.
    assert Price(input=0.1, output=0.1).nano(1, 0) * 10_000_000 == 10**9


@pytest.mark.parametrize("text", ["hello", "größer", "\U0001f600" * 9, "\ud83d half", ""])
def test_no_tokenizer_makes_more_tokens_than_there_are_bytes(text):
    found = Bound.of(request(text, max_tokens=9), Price(input=1, output=2))
    assert found.input_tokens >= len(text.encode(errors="replace")) + 16
    assert found.output_tokens == 9
    assert found.nano == 1_000 * found.input_tokens + 2_000 * 9


def test_the_wall_of_requests():
    wall = Budget(requests=2)
    assert [wall.reserve(bound(output=None)) for _ in range(3)] == [True, True, False]
    assert wall.ended is None  # two are on their way
    for _ in range(2):
        wall.settle(bound(output=None), tokens=1, nano=None)
    assert not wall.reserve(bound(output=None))
    assert wall.ended == "requests"


def test_what_comes_back_gives_room():
    wall = Budget(tokens=40)
    assert [wall.reserve(bound()) for _ in range(3)] == [True, True, False]
    wall.settle(bound(), tokens=4, nano=None)
    assert wall.reserve(bound())  # 4 + 15 + 15
    wall.settle(bound(), tokens=None, nano=None)  # nobody says: all of the 15
    wall.settle(bound(), tokens=15, nano=None)
    assert not wall.reserve(bound())  # 34 + 15
    assert wall.ended == "tokens"
    assert wall.reserve(bound(1, 5))  # 40


def test_the_wall_of_money():
    wall = Budget(cost="0.000001")  # a thousand billionths
    assert wall.reserve(bound(nano=600))
    assert not wall.reserve(bound(nano=600))
    wall.settle(bound(nano=600), tokens=3, nano=400)
    assert wall.reserve(bound(nano=600))


def test_who_resumes_gets_no_new_budget():
    wall = Budget(requests=10, tokens=100, cost=1)
    wall.begin(Spent(requests=9, input_tokens=40, output_tokens=30, cost_nano=10, unknown=0))
    assert not wall.reserve(bound(20, 15, 1))  # 70 + 35
    assert wall.reserve(bound(20, 10, 1))
    assert not wall.reserve(bound(1, 1, 1))  # the tenth request is on its way


def test_sends_of_which_nobody_told_count_as_the_largest():
    wall = Budget(tokens=100)
    wall.begin(Spent(requests=3, input_tokens=10, output_tokens=0, cost_nano=0, unknown=2))
    assert wall.reserve(bound(20, 10))  # 10 + 2 * 30 + 30
    assert not wall.reserve(bound(1, 0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Budget(requests=-1),
        lambda: Budget(tokens=1.5),
        lambda: Budget(requests=True),
        lambda: Budget(cost="much"),
        lambda: Budget(cost=-1),
        lambda: Budget(cost=float("nan")),
        lambda: Price(input="free", output=1),
        lambda: Price(input=1, output=float("inf")),
        lambda: Budget(tokens=10).reserve(bound(output=None)),
        lambda: Budget(cost=10).reserve(bound(nano=None)),
    ],
)
def test_what_bounds_nothing_is_refused(make):
    with pytest.raises(UsageError):
        make()

from math import inf

import numpy as np
import pytest

from holdfast.backends.chats.pace import TRIED_AGAIN, Pace, Patience


def filled(most):
    pace = Pace(most)
    return pace, [pace.send() for _ in range(most)]


def test_the_first_429_of_a_burst_cuts_and_the_others_hold():
    pace, tickets = filled(16)
    assert pace.limited(tickets[0], 100.0)
    assert (pace.limit, pace.wait(100.0)) == (12, 2.0)
    assert not any(pace.limited(ticket, 100.5) for ticket in tickets[1:8])
    assert (pace.limit, pace.wait(101.0), pace.cuts) == (12, 1.0, 1)


def test_others_in_flight_may_prolong_the_cool_down():
    pace, tickets = filled(4)
    pace.limited(tickets[0], 0.0)
    pace.limited(tickets[1], 1.0, 30.0)
    assert pace.wait(1.0) == 30.0
    assert pace.limit == 3


@pytest.mark.parametrize(("said", "wait"), [(None, 2.0), (7.5, 7.5), (0.0, 2.0), (90.0, 90.0)])
def test_the_server_says_how_long(said, wait):
    pace, tickets = filled(2)
    pace.limited(tickets[0], 0.0, said)
    assert pace.wait(0.0) == wait


def test_limits_fall_by_a_quarter_and_never_below_one():
    pace, seen = Pace(64), []
    for moment in range(14):
        pace.limited(pace.send(), 1000.0 * moment)
        seen.append(pace.limit)
    assert seen == [48, 36, 27, 20, 15, 11, 8, 6, 4, 3, 2, 1, 1, 1]


def test_bursts_without_a_success_between_them_cool_down_longer():
    pace, seen = Pace(8), []
    for burst in range(7):
        pace.limited(pace.send(), 1000.0 * burst, 1.0 if burst else None)
        seen.append(pace.wait(1000.0 * burst))
    assert seen == [2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    pace.send()
    pace.answered()
    pace.limited(pace.send(), 10_000.0)
    assert pace.wait(10_000.0) == 2.0


@pytest.mark.parametrize(("successes", "limit"), [(24, 6), (25, 7), (49, 7), (50, 8), (75, 8)], ids=str)
def test_twenty_five_successes_in_a_row_allow_one_more(successes, limit):
    pace = Pace(8)
    pace.limited(pace.send(), 0.0)
    assert pace.limit == 6
    for _ in range(successes):
        pace.send()
        pace.answered()
    assert pace.limit == limit


@pytest.mark.parametrize("end", ["failed", "limited"])
def test_a_row_of_successes_is_broken(end):
    pace = Pace(8)
    pace.limited(pace.send(), 0.0)
    old = pace.send()
    pace.limited(pace.send(), 100.0)
    for _ in range(24):
        pace.send()
        pace.answered()
    pace.failed() if end == "failed" else pace.limited(old, 200.0)
    limit = pace.limit
    pace.send()
    pace.answered()
    assert pace.limit == limit


def test_the_limit_holds():
    pace, _ = filled(3)
    assert pace.wait(0.0) == inf
    pace.answered()
    assert pace.wait(0.0) == 0.0
    assert pace.in_flight == 2


def test_random_histories_stay_within_bounds():
    rng = np.random.default_rng(5)
    pace, tickets, now = Pace(12), [], 0.0
    for _ in range(20_000):
        now += rng.exponential(0.2)
        if pace.wait(now) == 0 and rng.random() < 0.7:
            tickets.append(pace.send())
        elif tickets:
            ticket = tickets.pop(int(rng.integers(len(tickets))))
            end = rng.random()
            if end < 0.9:
                pace.answered()
            elif end < 0.95:
                pace.failed()
            else:
                pace.limited(ticket, now, rng.choice([None, 0.5]))
        assert 1 <= pace.limit <= 12
        assert pace.in_flight == len(tickets) <= 12


def test_waits_double_with_a_fifth_of_chance_and_heed_the_server():
    patience, rng = Patience(), np.random.default_rng(0)
    for tried, planned in enumerate([1.0, 2.0, 4.0, 8.0]):
        waits = [patience.wait(tried, rng) for _ in range(200)]
        assert 0.8 * planned <= min(waits) < 0.85 * planned
        assert 1.15 * planned < max(waits) <= 1.2 * planned
    assert patience.wait(0, rng, 7.0) == 7.0
    assert patience.wait(0, rng, 600.0) == 60.0
    assert patience.wait(50, rng) == 60.0


def test_429_is_no_trouble_of_the_way():
    assert "limited" not in TRIED_AGAIN
    assert not TRIED_AGAIN & {"refused", "key", "missing", "budget"}

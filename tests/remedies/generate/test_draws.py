"""Parameters are drawn as declared, each request from a stream of its own, and never outside of what makes sense."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pytest
from scipy import stats

from holdfast.errors import InputError
from holdfast.remedies.generate.draws import Fixed, Normal, read_draws

ROWS = 2_000
WORST = 1e-3  # tests below are seeded: a p-value under this once is a wrong distribution


def drawn(values, name, *, run_seed=1, rows=ROWS, **within):
    draws = read_draws(values, "recipe.toml")
    draws = draws.within(**within) if within else draws
    return np.array([getattr(draws.parameters(run_seed, f"r-{row}"), name) for row in range(rows)])


def truncated(mean, deviation, low, high):
    return stats.truncnorm((low - mean) / deviation, (high - mean) / deviation, mean, deviation)


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("temperature", {"uniform": [0.7, 1.2]}, stats.uniform(0.7, 0.5)),
        ("top_p", {"uniform": [0.5, 1.0]}, stats.uniform(0.5, 0.5)),
        ("presence_penalty", {"uniform": [-2, 2]}, stats.uniform(-2, 4)),
        ("temperature", {"loguniform": [0.1, 2.0]}, stats.loguniform(0.1, 2.0)),
        ("temperature", {"normal": [0.9, 0.1]}, stats.norm(0.9, 0.1)),
        ("temperature", {"normal": [0.2, 0.3]}, truncated(0.2, 0.3, 0, 50)),
        ("temperature", {"normal": [0.9, 0.4], "low": 0.8, "high": 1.5}, truncated(0.9, 0.4, 0.8, 1.5)),
        ("frequency_penalty", {"normal": [-1.5, 1.0], "high": 0.0}, truncated(-1.5, 1.0, -2, 0)),
        ("top_p", {"normal": [0.95, 0.2]}, truncated(0.95, 0.2, 0, 1)),
    ],
)
def test_draws_have_the_declared_distribution(name, written, expected):
    found = drawn({name: written}, name)
    assert stats.kstest(found, expected.cdf).pvalue > WORST


def test_other_bounds_of_the_temperature_have_the_distribution_between_them():
    moved = drawn({"temperature": {"uniform": [0.5, 1.5]}}, "temperature", temperature=(0.8, 1.0))
    assert stats.kstest(moved, stats.uniform(0.8, 0.2).cdf).pvalue > WORST
    moved = drawn(
        {"temperature": {"normal": [0.9, 0.2], "low": 0.2, "high": 1.5}},
        "temperature",
        temperature=(0.9, 1.4),
    )
    assert stats.kstest(moved, truncated(0.9, 0.2, 0.9, 1.4).cdf).pvalue > WORST


def test_choices_come_as_often_as_they_weigh():
    found = drawn({"temperature": {"choice": [0.9, 1.0, 0.2], "weights": [1, 2, 5]}}, "temperature")
    counts = [int((found == value).sum()) for value in (0.9, 1.0, 0.2)]
    assert stats.chisquare(counts, ROWS * np.array([1, 2, 5]) / 8).pvalue > WORST
    found = drawn({"top_k": {"choice": [10, 50]}}, "top_k")
    assert stats.binomtest(int((found == 10).sum()), ROWS, 0.5).pvalue > WORST
    assert found.dtype.kind == "i"


def test_whole_numbers_have_their_whole_share_at_the_bounds():
    found = drawn({"top_k": {"uniform": [1, 5]}}, "top_k")
    assert found.dtype.kind == "i"
    assert stats.chisquare(np.bincount(found, minlength=6)[1:]).pvalue > WORST
    assert set(drawn({"max_tokens": {"loguniform": [1, 4]}}, "max_tokens")) == {1, 2, 3, 4}
    assert drawn({"max_tokens": {"normal": [4, 3]}}, "max_tokens").min() == 1


def test_seeds_are_small_spread_and_never_one_for_all():
    draws = read_draws({}, "recipe.toml")
    seeds = [draws.parameters(5, f"r-{row}").seed for row in range(ROWS)]
    assert len(set(seeds)) == ROWS
    assert all(seed in range(2**31) for seed in seeds)
    assert stats.kstest(np.array(seeds) / 2**31, "uniform").pvalue > WORST
    own = {
        draws.parameters(*asked).seed
        for asked in [(5, "r", 0, 0), (6, "r", 0, 0), (5, "r", 1, 0), (5, "r", 0, 1)]
    }
    assert len(own) == 4


def test_a_draw_hangs_on_its_own_request_alone():
    written = {"temperature": {"uniform": [0.5, 1.5]}, "top_p": {"uniform": [0.5, 1.0]}}
    draws = read_draws(written, "recipe.toml")
    alone = draws.parameters(3, "r-7", 2, 1)
    everything = {row: draws.parameters(3, f"r-{row}", 2, 1) for row in reversed(range(20))}
    assert everything[7] == alone
    # A further parameter, or other bounds of one, changes no other.
    more = (
        read_draws(written | {"top_k": {"uniform": [1, 50]}}, "recipe.toml")
        .within((0.9, 1.0))
        .parameters(3, "r-7", 2, 1)
    )
    assert (more.top_p, more.seed) == (alone.top_p, alone.seed)
    assert 0.9 <= more.temperature <= 1.0


@pytest.mark.parametrize("by", ["record", "sample", "hop", "seed", "name"])
def test_neighbours_say_nothing_of_each_other(by):
    draws = read_draws(
        {"temperature": {"uniform": [0.5, 1.5]}, "top_p": {"uniform": [0.1, 1.0]}}, "recipe.toml"
    )

    def asked(number, step):
        one = {
            "record": (1, f"r-{number + step}", 0, 0),
            "sample": (1, "r", number + step, 0),
            "hop": (1, "r", 0, number + step),
            "seed": (number + step, "r", 0, 0),
            "name": (1, f"r-{number}", 0, 0),
        }[by]
        found = draws.parameters(*one)
        return found.top_p if by == "name" and step else found.temperature

    pairs = [(asked(number, 0), asked(number, 1)) for number in range(ROWS)]
    assert stats.spearmanr(*zip(*pairs, strict=True)).pvalue > WORST


def test_ids_that_look_like_others_are_their_own():
    draws = read_draws({"temperature": {"uniform": [0.5, 1.5]}}, "recipe.toml")
    odd = [
        (1, "r", 1, 1),
        (1, "1 r", 1, 0),
        (1, "1 seed r", 0, 0),
        (11, "r", 0, 0),
        (1, "", 0, 0),
        (1, "\ud83d", 0, 0),
    ]
    assert len({draws.parameters(*asked).seed for asked in odd}) == len(odd)


def test_without_a_word_the_server_decides_and_answers_end():
    found = read_draws({}, "recipe.toml").parameters(1, "r")
    assert found.known() == {"seed": found.seed, "max_tokens": 256}


def test_a_recipe_as_people_write_it():
    written = tomllib.loads("""
        temperature = { normal = [0.9, 0.1], low = 0.2, high = 1.5 }
        top_p = 0.95
        top_k = { choice = [20, 40], weights = [3, 1.5] }
        max_tokens = 60
        presence_penalty = -0.5
        stop_sequences = ["\\n\\n"]
    """)
    draws = read_draws(written, "recipe.toml")
    found = draws.parameters(1, "r")
    assert (found.top_p, found.max_tokens, found.presence_penalty, found.stop_sequences) == (
        0.95,
        60,
        -0.5,
        ("\n\n",),
    )
    assert found.top_k in (20, 40)
    assert 0.2 <= found.temperature <= 1.5
    assert draws.declared_temperature == (0.2, 1.5)
    assert draws.given == written


def test_the_temperature_moves_inside_of_what_was_declared():
    draws = read_draws({"temperature": {"uniform": [0.5, 1.5]}}, "recipe.toml")
    assert draws.declared_temperature == (0.5, 1.5)
    assert draws.temperature is None
    narrow = draws.within((0.9, 1.1))
    assert narrow.temperature == (0.9, 1.1)
    assert narrow.within((0.2, 1.2)).temperature == (0.5, 1.2)  # from the declared ones, not from the last
    assert draws.within((2.0, 3.0)).temperature == (1.5, 1.5)
    assert draws.within((2.0, 3.0)).parameters(1, "r").temperature == 1.5
    assert draws.within((1.1, 0.9)) == narrow
    assert draws.parameters(1, "r") == read_draws({"temperature": {"uniform": [0.5, 1.5]}}, "x").parameters(
        1, "r"
    )


def test_choices_move_to_those_that_lie_inside():
    draws = read_draws({"temperature": {"choice": [0.5, 0.9, 1.5], "weights": [1, 1, 8]}}, "recipe.toml")
    assert draws.declared_temperature == (0.5, 1.5)

    def values(low, high):
        return {draws.within((low, high)).parameters(1, f"r-{row}").temperature for row in range(200)}

    assert values(0.4, 1.0) == {0.5, 0.9}
    assert values(1.0, 1.1) == {0.9}


@pytest.mark.parametrize("written", [{}, {"temperature": 0.9}, {"temperature": {"normal": [0.9, 0.1]}}])
def test_what_has_no_bounds_does_not_move(written):
    draws = read_draws(written, "recipe.toml")
    assert draws.declared_temperature is None
    assert draws.within((0.1, 0.2)) == draws


def test_bounds_far_from_the_mean_still_give_numbers():
    for low, high in ((5.0, 6.0), (0.0, 0.01)):
        found = Normal(mean=0.9, deviation=0.01, low=low, high=high)
        assert all(low <= found.at(chance) <= high for chance in (1e-16, 0.5, 1 - 1e-16))
    everywhere = Normal(mean=0.0, deviation=1.0, low=-math.inf, high=math.inf)
    assert everywhere.at(0.975) == pytest.approx(stats.norm.ppf(0.975))
    assert math.isfinite(everywhere.at(2.0**-60))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"temprature": 0.9}, "temperature"),
        ({"seed": 7}, "one for all"),
        ({"temperature": -0.1}, "at least 0, not -0.1"),
        ({"temperature": True}, "is a number"),
        ({"temperature": "0.9"}, "is a number"),
        ({"temperature": float("nan")}, "is a number"),
        ({"temperature": float("inf")}, "is a number"),
        ({"temperature": 10**400}, "is a number"),
        ({"temperature": [0.7, 1.2]}, "Write a number"),
        ({"top_p": 0}, "above 0"),
        ({"top_p": 1.01}, "at most 1"),
        ({"top_k": 0}, "at least 1"),
        ({"top_k": 2.5}, "whole number"),
        ({"max_tokens": 0}, "at least 1"),
        ({"frequency_penalty": 2.1}, "from -2 to 2"),
        ({"temperature": {}}, "one distribution"),
        ({"temperature": {"unifrom": [0.1, 0.2]}}, "uniform"),
        ({"temperature": {"uniform": [0.1, 0.2], "normal": [0.1, 0.2]}}, "one distribution"),
        ({"temperature": {"uniform": [0.1, 0.2], "low": 0.1}}, "low"),
        ({"temperature": {"normal": [0.1, 0.2], "weights": [1]}}, "weights"),
        ({"temperature": {"uniform": [0.2, 0.1]}}, "below the second"),
        ({"temperature": {"uniform": [0.2, 0.2]}}, "number alone"),
        ({"temperature": {"uniform": [0.2]}}, "two numbers"),
        ({"temperature": {"uniform": 0.2}}, "list of numbers"),
        ({"temperature": {"uniform": [-0.2, 0.2]}}, "at least 0"),
        ({"temperature": {"loguniform": [0, 0.2]}}, "above 0"),
        ({"presence_penalty": {"loguniform": [-1, 0.2]}}, "above 0"),
        ({"temperature": {"normal": [0.9, 0]}}, "above 0"),
        ({"temperature": {"normal": [0.9, -1]}}, "above 0"),
        ({"temperature": {"normal": ["0.9", 1]}}, "a mean"),
        ({"temperature": {"normal": [0.9, 0.1], "low": 1.0, "high": 0.5}}, "low is below high"),
        ({"temperature": {"normal": [0.9, 0.1], "low": -1}}, "at least 0"),
        ({"top_p": {"normal": [9, 0.1]}}, "almost nothing"),
        ({"temperature": {"choice": []}}, "list of numbers"),
        ({"temperature": {"choice": [0.9, "1"]}}, "is a number"),
        ({"temperature": {"choice": [0.9, 1.0], "weights": [1]}}, "one number for each"),
        ({"temperature": {"choice": [0.9, 1.0], "weights": [1, 0]}}, "above 0"),
        ({"temperature": {"choice": [0.9, 1.0], "weights": 1}}, "one number for each"),
        ({"stop_sequences": "\n"}, "list of texts"),
        ({"stop_sequences": [""]}, "list of texts"),
    ],
)
def test_what_cannot_be_drawn_from_is_told(written, said):
    with pytest.raises(InputError, match=said) as error:
        read_draws(written, "recipe.toml")
    assert "recipe.toml" in str(error.value)


def test_fixed_values_are_as_they_were_written():
    draws = read_draws({"temperature": 0, "max_tokens": 60, "top_p": 0.123456789}, "recipe.toml")
    found = draws.parameters(1, "r")
    assert (found.temperature, found.max_tokens, found.top_p) == (0.0, 60, 0.123456789)
    assert isinstance(found.max_tokens, int)
    assert draws.declared["temperature"] == Fixed(value=0.0)

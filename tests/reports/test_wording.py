from __future__ import annotations

import pytest
import samples

from holdfast.reports import wording


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.031, 0.0, 0.31, "3 %"),
        (0.1242, 0.0022, 0.0213, "12.4 %"),
        (0.00042, 0.0001, 0.0005, "0.042 %"),
        (-0.0001, 0.0, 0.3, "0 %"),
    ],
)
def test_precision_follows_the_band(value: float, low: float, high: float, shown: str) -> None:
    reading = samples.reading(value=value, null={"median": low, "low": low, "high": high})
    assert plain(wording.amount(reading, value)) == shown


def test_counts_have_no_decimals() -> None:
    assert wording.reality(samples.readings()[3]) == "0 (0 to 1)"


@pytest.mark.parametrize(("index", "worse"), [(0, 1), (1, -1), (2, 1)])
def test_direction_is_read_from_the_effect(index: int, worse: int) -> None:
    assert wording.direction(samples.readings()[index]) == worse


def test_effect_in_words() -> None:
    assert plain(wording.effect(samples.reading())) == "11.5 points worse than in reality"
    assert "better" in wording.effect(samples.reading(effect=-0.01))
    assert wording.effect(samples.reading(effect=None)) == "unknown"


def test_what_never_varies_needs_no_range() -> None:
    never = samples.reading(value=0.0, null={"median": 0.0, "low": 0.0, "high": 0.0})
    assert (plain(wording.amount(never, 0.0)), plain(wording.reality(never))) == ("0 %", "0 %")


def test_a_smallest_loss_has_two_figures() -> None:
    reading = samples.reading(smallest_detectable=0.2943, tolerance=0.025)
    assert plain(wording.detectable(reading)) == "29 points"
    assert plain(wording.detectable({**reading, "smallest_detectable": 0.025})) == "2.5 points"


def test_lost_are_sorted_by_rarity() -> None:
    shares = [row["real_share"] for row in wording.lost(samples.fail())]
    assert len(shares) == 10
    assert shares == sorted(shares)

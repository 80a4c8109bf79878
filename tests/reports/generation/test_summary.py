"""The plain summary: what is shown, and that no figure stands without its interval or what reality scores."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from generations import SAMPLES, plain, unjudged, whole

from holdfast.remedies.generate.contract import Ended
from holdfast.reports.generation import wording
from holdfast.reports.generation.summarise import summarise

GOLDEN = Path(__file__).parent / "summary.json"
"""Written by `python tests/reports/generation/test_summary.py`, and looked at before it is committed."""


def encoded() -> str:
    return msgspec.json.format(msgspec.json.encode(summarise(plain(whole()))), indent=1).decode() + "\n"


def test_the_summary_is_what_it_was():
    assert msgspec.json.decode(encoded()) == msgspec.json.decode(GOLDEN.read_text(encoding="utf-8"))


def test_what_a_file_holds_is_summarised_as_what_was_returned():
    told = msgspec.json.decode(msgspec.json.encode(plain(whole()), enc_hook=str))
    assert msgspec.json.encode(summarise(told)) == msgspec.json.encode(summarise(plain(whole())))


def found_in(value, kind):
    """Everything in a summary that has these members."""
    if isinstance(value, dict):
        if kind <= set(value):
            yield value
        for one in value.values():
            yield from found_in(one, kind)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from found_in(one, kind)


@pytest.mark.parametrize("name", SAMPLES)
def test_no_figure_stands_alone(name):
    told = summarise(plain(SAMPLES[name]()))
    for rate in found_in(told, {"count", "of", "share", "interval"}):
        assert (rate["share"] is None) == (rate["of"] == 0)
        if rate["share"] is not None:
            low, high = rate["interval"]
            assert 0 <= low <= rate["share"] <= high <= 1
            assert low < high
    for value in found_in(told, {"real_rows", "low", "high", "reality"}):
        assert value["low"] <= value["real_rows"]
        assert value["reality"] > 0
    for kept in found_in(told, {"expected", "share", "interval"}):
        assert (kept["share"] is None) == (kept["interval"] is None)
        assert kept["expected"] > 0
    for effect in told["effects"]:
        assert effect["interval"] is not None
        assert effect["null"] is not None


def test_real_rows_are_weighed_as_made_ones_are():
    told = summarise(plain(whole()))
    first = told["turns"][0]
    # 18 rows were written for estate, where 92 % of real rows pass, and 20 for fees, where 97 % do.
    assert first["kept"]["real"] == pytest.approx((18 * 0.92 + 20 * 0.97) / 38)
    assert first["added"]["real"] == pytest.approx((4 * 0.4 + 13 * 0.3) / 17)
    rules = next(arm for arm in told["arms"] if arm["name"] == "rule_based")
    assert (rules["asked"], rules["kept"]["count"], rules["kept"]["of"]) == (40, 26, 40)
    assert rules["kept"]["real"] == pytest.approx(0.97)
    assert rules["cost"] is None
    assert told["accepted"]["real"] == pytest.approx(0.934)


def test_a_filter_stands_beside_what_it_takes_of_the_rarest_tenth():
    told = {one["filter"]: one for one in summarise(plain(whole()))["taken"]}
    noise = told["label_noise"]
    assert (noise["made"]["count"], noise["made"]["of"], noise["made"]["real"]) == (14, 76, 0.0495)
    assert (noise["rarest"], noise["rarest_high"], noise["decision"]) == (0.0755, 0.164, "relaxed")
    assert noise["held"] == "in 1 stratum, 4 rows spared in the last round"
    assert told["leak"]["made"]["real"] is None
    assert told["leak"]["decision"] == "no guard"
    # Held back by the guard, it took nothing, and is said.
    assert told["surprisal"]["made"]["count"] == 0
    assert told["surprisal"]["decision"] == "stopped"


def test_lost_strata_come_first_and_decide():
    told = summarise(plain(whole()))
    assert [one["name"] for one in told["strata"]] == ["estate", "fees"]
    assert told["verdict"] == "fail"
    assert [one["name"] for one in told["given_up"]] == ["estate"]
    assert told["head"] == "2 of 3 strata are covered after 2 rounds."
    assert told["rest"].endswith("beyond these methods and models: estate (8 of 13 rows).")
    assert "1 stratum is still lost (estate); before it was 2." in told["judged"]


def test_what_steers_and_what_judges_may_differ():
    found = plain(whole()) | {"ended": "covered", "sentence": "3 of 3 strata are covered after 2 rounds"}
    told = summarise(found)
    assert (told["verdict"], told["word"]) == ("fail", "STRATA STILL LOST")


def test_what_nobody_judged_is_undetermined():
    told = summarise(plain(unjudged()))
    assert (told["verdict"], told["before"], told["after"]) == ("undetermined", None, None)
    assert told["judged"].startswith("No real rows judged")
    assert "none judged" in told["subject"]


@pytest.mark.parametrize("ended", Ended.__args__)
def test_every_end_has_a_word(ended):
    assert ended in wording.ENDED
    told = summarise(plain(whole()) | {"ended": ended})
    assert told["word"]
    assert told["head"].endswith(".")


if __name__ == "__main__":
    GOLDEN.write_text(encoded(), encoding="utf-8")

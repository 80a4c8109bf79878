"""Judges against people on PandaLM and LLMBar: what is known of these data comes out. Only figures, no texts."""

import json
from functools import cache

import pytest

from holdfast.data.preferences import read_preferences
from holdfast.measures.preference.agreement import Agreement
from holdfast.measures.preference.human_agreement import HumanAgreement
from holdfast.measures.preference.position import Position
from holdfast.measures.reading import Calibration
from holdfast.views.ratings import read_ratings

pytestmark = pytest.mark.real
NULL = Calibration(draws=499)
# An answer of the judge that says nothing of either response counts as a tie, as in PandaLM's own comparison.
SIDES = {"1": "a", "2": "b", "0": "tie", "Tie": "tie", "garbage": "tie"}


@cache
def pandalm(folder):
    def load(name):
        return json.loads((folder / "pandalm" / name).read_text())

    rows = []
    judged = {
        "gpt-3.5-turbo": [one["gpt_result"] for one in load("gpt-3.5-turbo-testset-v1.json")],
        "pandalm-7b": [one["pandalm_result"] for one in load("pandalm-7b-testset-v1.json")],
    }
    for at, pair in enumerate(load("testset-v1.json")):
        shared = {
            "pair_id": str(pair["idx"]),
            "prompt": f"{pair['instruction']}\n{pair['input']}",
            "response_a": str(pair["response1"]),
            "response_b": str(pair["response2"]),
            "order": "a",
        }
        rows += [
            shared
            | {
                "annotator": f"annotator{k}",
                "annotator_type": "human",
                "label": SIDES[str(pair[f"annotator{k}"])],
            }
            for k in (1, 2, 3)
        ]
        rows += [
            shared | {"annotator": name, "annotator_type": "ai_judge", "label": SIDES[str(labels[at])]}
            for name, labels in judged.items()
        ]
    # Answers of equal texts, and empty ones, are pairs here: the published figures count all 999.
    for row in rows:
        row["response_a"] = f"1. {row['response_a']}"
        row["response_b"] = f"2. {row['response_b']}"
    return read_ratings(read_preferences(rows))


def test_people_agree_on_pandalm(real_data):
    (found,) = HumanAgreement()(pandalm(real_data), (), NULL)
    assert found.value == pytest.approx(0.864, abs=1e-3)
    assert found.n == 999
    assert found.state == "within"


@pytest.mark.parametrize(
    ("judge", "accuracy", "alpha"), [("gpt-3.5-turbo", 0.711, 0.495), ("pandalm-7b", 0.668, 0.436)]
)
def test_judges_of_pandalm(real_data, judge, accuracy, alpha):
    ratings = pandalm(real_data)
    (found,) = Agreement()(ratings, [one for one in ratings.judges if one.name == judge], NULL)
    assert found.n == 999
    assert found.value == pytest.approx(accuracy, abs=5e-4)
    assert found.details["alpha"] == pytest.approx(alpha, abs=1e-3)
    assert found.details["informative"]
    assert found.reality > 0.9, "a person says what the other two say"
    assert found.effect_interval[1] < 0
    assert not found.details["alternative"]["passes"]
    longer = next(one for one in found.details["baselines"] if one["name"] == "the longer response")
    # Of the two only GPT-3.5 is surely better than choosing the longer response.
    assert (longer["judge_more_interval"][0] > 0) == (judge == "gpt-3.5-turbo")


def llmbar(folder, *subsets):
    rows = []
    with (folder / "llmbar/judge_votes.jsonl").open() as file:
        votes = [json.loads(line) for line in file]
    for vote in votes:
        if vote["subset"] not in subsets or vote["strategy"] != "Vanilla_NoRules":
            continue
        # Texts do not matter here; the published figures leave out verdicts that could not be read.
        pair = {
            "pair_id": f"{vote['subset']} {vote['i']}",
            "prompt": f"{vote['subset']} {vote['i']}",
            "response_a": "one",
            "response_b": "two",
        }
        rows.append(
            pair | {"annotator": "agreed", "annotator_type": "human", "label": "ab"[vote["label"] - 1]}
        )
        if vote["winner"] in ("1", "2") and vote["winner_swapped"] in ("1", "2"):
            rows.append(
                pair
                | {
                    "annotator": vote["judge"],
                    "annotator_type": "ai_judge",
                    "order": "a",
                    "label": "ab"[int(vote["winner"]) - 1],
                    "swapped_label": "ab"[int(vote["winner_swapped"]) - 1],
                }
            )
    return read_ratings(read_preferences(rows))


def by_judge(measure, ratings):
    return {found.subject: found for found in measure(ratings, ratings.judges, NULL)}


def test_the_order_decides_for_some_judges_of_llmbar(real_data):
    """Two of the five parts have votes here; counts and verdicts on these 300 pairs."""
    ratings = llmbar(real_data, "LLMBar/Natural", "Processed/MT-Bench")
    found = by_judge(Position(), ratings)
    known = {
        "GPT-4": (300, 29, 17),
        "ChatGPT": (300, 117, 113),
        "PaLM2": (289, 68, 56),
        "LLaMA2": (300, 92, 75),
    }
    for judge, (pairs, changed, first) in known.items():
        details = found[judge].details
        assert (found[judge].n, details["inconsistent"], details["to_first"]) == (pairs, changed, first), (
            judge
        )
    assert {judge: found[judge].state for judge in known} == {
        "GPT-4": "within",
        "ChatGPT": "beyond",
        "PaLM2": "beyond",
        "LLaMA2": "beyond",
    }


def test_judges_of_llmbar_in_both_orders(real_data):
    found = by_judge(Agreement(), llmbar(real_data, "Processed/MT-Bench"))
    known = {"GPT-4": 0.81, "ChatGPT": 0.7125, "PaLM2": 0.729, "LLaMA2": 0.72}
    for judge, accuracy in known.items():
        assert found[judge].value == pytest.approx(accuracy, abs=5e-4)
        assert found[judge].details["informative"]
        first = next(one for one in found[judge].details["baselines"] if one["name"] == "the first response")
        assert first["value"] == 0.5

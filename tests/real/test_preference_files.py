"""Published files of preferences are read for what they are: counts, labels, and win rates that are known."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from holdfast.anchors import freeze_preferences, open_preference_anchor
from holdfast.data.preferences import find_preferences, joined, read_preferences
from holdfast.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real
# The published figures have 14 digits.
TOLERANCE = 1e-10
ANNOTATIONS = [
    *(
        ("alpaca_eval_gpt4", model)
        for model in (
            *("alpaca-7b", "claude", "gpt-3.5-turbo-0301", "gpt4", "guanaco-65b", "vicuna-13b"),
            "wizardlm-13b",
        )
    ),
    *(
        ("weighted_alpaca_eval_gpt4_turbo", model)
        for model in (
            *("alpaca-7b", "claude", "gpt-3.5-turbo-0301", "oasst-sft-llama-33b", "vicuna-13b"),
            "wizardlm-13b",
        )
    ),
]


def lines(path: Path):
    with path.open() as file:
        return [json.loads(line) for line in file]


def annotated(folder: Path, judge: str, model: str):
    """The annotations of a model, with the outputs that they are about. One baseline's outputs are not at hand."""
    votes = lines(folder / f"annotations/{judge}__{model}.jsonl")
    made = {row["instruction"]: row["output"] for row in lines(folder / f"outputs/{model}.jsonl")}
    base = folder / "outputs/text_davinci_003.jsonl"
    held = {row["instruction"]: row["output"] for row in lines(base)} if judge == "alpaca_eval_gpt4" else {}
    return [
        vote
        | {
            "output_1": held.get(vote["instruction"], f"baseline {at}"),
            "output_2": made[vote["instruction"]],
            "pair_id": str(at),
        }
        for at, vote in enumerate(votes)
    ]


def known(folder: Path, judge: str, model: str):
    with (folder / f"{judge}_leaderboard.csv").open(newline="") as file:
        return next(row for row in csv.DictReader(file) if row[""] == model)


def share_won(label: int, strength: float | None) -> float:
    """How much of a pair the second response won."""
    return 0.5 - 0.5 * label * (1.0 if strength is None else strength)


@pytest.mark.parametrize(("judge", "model"), ANNOTATIONS)
def test_win_rates_are_those_of_the_leaderboard(real_data, judge, model):
    folder = real_data / "alpaca_eval"
    rows = annotated(folder, judge, model)
    found = read_preferences(rows, keep_empty=True)
    labels = found.labels.to_pylist()
    votes = [(one["label"], one["strength"]) for one in labels]
    # Two models that gave the same answer are no pair, though the judge had to choose. There are 14 at most; so that the
    # published figure can be met, their votes are read beside other texts.
    alike = [row for row in rows if row["output_1"].strip() == row["output_2"].strip()]
    assert len(alike) == found.set_aside.get("both responses are the same", 0) <= 14
    if alike:
        other = read_preferences([row | {"output_1": "another"} for row in alike])
        votes += [(one["label"], one["strength"]) for one in other.labels.to_pylist()]
    published = known(folder, judge, model)
    assert len(votes) == int(published["n_total"])
    raw = 100 * sum(share_won(*vote) for vote in votes) / len(votes)
    assert abs(raw - float(published["win_rate"])) < TOLERANCE
    discrete = 100 * sum(share_won(label, None) for label, _ in votes) / len(votes)
    assert abs(discrete - float(published["discrete_win_rate"])) < TOLERANCE
    assert sum(label == 0 for label, _ in votes) == int(published["n_draws"])
    assert {one["annotator_type"] for one in labels} == {"ai_judge"}
    assert set(found.pairs.column("author_b").to_pylist()) == {model}
    assert found.shape == "alpaca_eval"


def test_annotations_without_outputs_say_what_is_missing(real_data):
    file = real_data / "alpaca_eval/annotations/alpaca_eval_gpt4__claude.jsonl"
    assert find_preferences(file) is None
    with pytest.raises(InputError, match=r"claude\.jsonl:1: the rows are annotations without the outputs"):
        read_preferences(file)


def test_pandalm(real_data):
    file = real_data / "pandalm/testset-v1.json"
    assert find_preferences(file) == "pandalm"
    found = read_preferences(file, keep_empty=True)
    assert (len(found), found.labels.num_rows) == (999, 2_997)
    given = json.loads(file.read_text())
    names = {1: 1, 2: -1, 0: 0}
    for who in ("annotator1", "annotator2", "annotator3"):
        own = [
            one["label"]
            for one in found.labels.select(["annotator", "label"]).to_pylist()
            if one["annotator"] == who
        ]
        assert own == [names[row[who]] for row in given]
    assert found.pairs.column("pair_id").to_pylist() == [str(row["idx"]) for row in given]
    assert set(found.pairs.column("author_a").to_pylist()) == {row["cmp_key"].split("_")[0] for row in given}
    # 54 answers are empty: without being asked to, nobody counts them as answers.
    assert read_preferences(file).set_aside == {"a response is empty": 54}
    with pytest.raises(InputError, match="verdicts by number"):
        read_preferences(real_data / "pandalm/gpt-3.5-turbo-testset-v1.json")


def test_a_judge_of_pandalm_joins_its_people(real_data, tmp_path):
    file = real_data / "pandalm/testset-v1.json"
    frozen = freeze_preferences(file, output=tmp_path / "anchor", keep_empty=True)
    anchor = open_preference_anchor(frozen.path)
    assert anchor.people == 3
    votes = {
        row["idx"]: row["pandalm_result"]
        for row in json.loads((real_data / "pandalm/pandalm-7b-testset-v1.json").read_text())
    }
    words = {0: "tie", 1: "b", 2: "a"}
    judged = [
        {
            "prompt": "\n".join(part for part in (row["instruction"], row["input"]) if part),
            # The other way round than people saw it.
            "response_a": str(row["response2"]),
            "response_b": str(row["response1"]),
            "label": words[int(votes[row["idx"]])],
            "pair_id": f"judged-{row['idx']}",
        }
        for row in json.loads(file.read_text())
    ]
    candidate = read_preferences(judged, annotator="pandalm-7b", annotator_type="ai_judge", keep_empty=True)
    union, shared = joined(candidate, anchor.preferences)
    assert len(union) == 999
    assert shared.both == shared.turned == anchor.parts["reference"]
    # What the judge and the first person agree on, counted from the files and from the joined table.
    people, judge = {}, {}
    for one in union.labels.to_pylist():
        if one["annotator"] == "annotator1":
            people[one["pair"]] = one["label"]
        elif one["annotator"] == "pandalm-7b":
            judge[one["pair"]] = one["label"]
    held = {int(id_) for id_ in anchor.preferences.pairs.column("pair_id").to_pylist()}
    alike = sum(
        int(votes[row["idx"]]) == row["annotator1"]
        for row in json.loads(file.read_text())
        if row["idx"] in held
    )
    assert sum(judge[at] == label for at, label in people.items()) == alike


def test_llmbar(real_data):
    counts = Counter()
    for file in sorted((real_data / "llmbar").glob("*_dataset.json")):
        assert find_preferences(file) == "llmbar"
        given = json.loads(file.read_text())
        found = read_preferences(file)
        # One pair stands twice in a case study, and is one pair with two labels.
        assert found.labels.num_rows + sum(found.set_aside.values()) == len(given)
        counts.update(found.set_aside)
        if not found.set_aside and len(found) == len(given):
            assert found.labels.column("label").to_pylist() == [3 - 2 * int(row["label"]) for row in given]
        assert set(found.labels.column("annotator_type").to_pylist()) == {"human"}
    assert counts == {"both responses are the same": 1, "a response is empty": 1}
    with pytest.raises(InputError, match="verdicts without the texts"):
        read_preferences(real_data / "llmbar/judge_votes.jsonl")


def test_votes_of_llmbar_in_both_orders(real_data):
    words = {"1": "a", "2": "b"}
    files = {"LLMBar/Natural": "LLMBar_Natural", "Processed/MT-Bench": "Processed_MT-Bench"}
    pairs = {
        name: json.loads((real_data / f"llmbar/{stem}_dataset.json").read_text())
        for name, stem in files.items()
    }
    votes = [
        vote
        for vote in lines(real_data / "llmbar/judge_votes.jsonl")
        if vote["strategy"] == "Vanilla_NoRules" and vote["subset"] in files and vote["winner"]
    ]
    rows = [
        {
            "prompt": pairs[vote["subset"]][vote["i"]]["input"],
            "response_a": pairs[vote["subset"]][vote["i"]]["output_1"],
            "response_b": pairs[vote["subset"]][vote["i"]]["output_2"],
            "label": words[vote["winner"]],
            "swapped_label": words.get(vote["winner_swapped"]),
            "order": "a",
            "annotator": vote["judge"],
            "annotator_type": "ai_judge",
        }
        for vote in votes
    ]
    people = [real_data / f"llmbar/{stem}_dataset.json" for stem in files.values()]
    union, shared = joined(read_preferences(rows), read_preferences(people))
    # Five of the 300 pairs of these two files stand there twice.
    assert (len(union), shared.both, shared.only_anchor) == (295, 295, 0)
    labels = union.labels.to_pylist()
    for judge in ("GPT-4", "ChatGPT", "PaLM2", "LLaMA2"):
        own = [vote for vote in votes if vote["judge"] == judge and vote["winner_swapped"]]
        read = [one for one in labels if one["annotator"] == judge and one["swapped_label"] is not None]
        apart = [one for one in read if one["label"] != one["swapped_label"]]
        assert len(read) == len(own)
        assert len(apart) == sum(vote["winner"] != vote["winner_swapped"] for vote in own)
        # Asked twice and saying 1 first and 2 then: the first slot both times.
        assert sum(one["label"] == one["first"] for one in apart) == sum(
            (vote["winner"], vote["winner_swapped"]) == ("1", "2") for vote in own
        )
    # How often GPT-4 is right, from the joined table and from the file of votes.
    gold = {one["pair"]: one["label"] for one in labels if one["annotator_type"] == "human"}
    right = sum(gold[one["pair"]] == one["label"] for one in labels if one["annotator"] == "GPT-4")
    assert right == sum(vote["winner"] == str(vote["label"]) for vote in votes if vote["judge"] == "GPT-4")

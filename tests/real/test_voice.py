"""Voices of models on AlpacaEval: pairs whose teacher is known, and pairs that have none. Only figures, no texts."""

import json

import pytest

from holdfast.audits.voice import voice
from holdfast.data.preferences import read_preferences
from holdfast.measures.preference.label_voice import LabelVoice, read_panel
from holdfast.measures.reading import Calibration
from holdfast.views.ratings import read_ratings

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def outputs(real_data):
    def read(name):
        lines = (real_data / "alpaca_eval/outputs" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return [
            {"instruction": row["instruction"], "output": row["output"]}
            for row in map(json.loads, lines)
            if row["output"].strip()
        ]

    return read


def pandalm(folder):
    rows = []
    judged = json.loads((folder / "gpt-3.5-turbo-testset-v1.json").read_text())
    for pair, judge in zip(json.loads((folder / "testset-v1.json").read_text()), judged, strict=True):
        shared = {
            "pair_id": str(pair["idx"]),
            "prompt": f"{pair['instruction']}\n{pair['input']}",
            "response_a": str(pair["response1"]),
            "response_b": str(pair["response2"]),
            "order": "a",
        }
        said = {f"person {at}": str(pair[f"annotator{at}"]) for at in (1, 2, 3)} | {
            "judge": str(judge["gpt_result"])
        }
        rows += [
            shared
            | {
                "annotator": name,
                "annotator_type": "ai_judge" if name == "judge" else "human",
                "label": {"1": "a", "2": "b"}.get(label, "tie"),
            }
            for name, label in said.items()
        ]
    return read_ratings(read_preferences(rows))


def audit(outputs, after, before, teacher, *placebo):
    return voice(
        outputs(after),
        before=outputs(before),
        teacher=outputs(teacher),
        placebo=[outputs(name) for name in placebo],
        draws=499,
    )


def test_claude_taught_claude2_alpaca(outputs):
    found = audit(
        outputs,
        "claude2-alpaca-13b",
        "alpaca-7b",
        "claude-2",
        "gpt4",
        "gpt-3.5-turbo-0301",
        "oasst-sft-llama-33b",
    )
    assert found.finding == "teacher_specific"
    main = found.drifts["voice"]
    assert main.teacher.pull == pytest.approx(0.82, abs=0.05)
    assert main.teacher.alignment > 0.85
    assert main.twin_likeness < 0.5
    assert main.prompts == 805
    assert [one.name for one in found.nearest.voices if one.kept] == ["teacher"]


@pytest.mark.parametrize("told", ["gpt4_0613_concise", "gpt4_0613_verbose"])
@pytest.mark.parametrize("teacher", ["claude-2", "gpt-3.5-turbo-0301"])
def test_being_told_to_be_brief_or_verbose_names_nobody(outputs, told, teacher):
    others = [
        name
        for name in ("claude-2", "gpt-3.5-turbo-0301", "Mistral-7B-Instruct-v0.2", "guanaco-65b")
        if name != teacher
    ]
    assert audit(outputs, told, "gpt4_0613", teacher, *others).finding != "teacher_specific"


def test_a_wrong_name_is_not_confirmed(outputs):
    found = audit(
        outputs,
        "claude2-alpaca-13b",
        "alpaca-7b",
        "gpt-3.5-turbo-0301",
        "gpt4",
        "Mistral-7B-Instruct-v0.2",
        "falcon-40b-instruct",
    )
    assert found.finding == "generic"
    assert found.drifts["voice"].teacher.pull > 0.5, "closer to it than before, and yet not its voice"


def test_preference_tuning_on_own_outputs_is_generic(outputs):
    found = audit(
        outputs,
        "Snorkel-Mistral-PairRM-DPO",
        "Mistral-7B-Instruct-v0.2",
        "gpt4",
        *("claude-2", "guanaco-65b", "falcon-40b-instruct", "text_davinci_003"),
    )
    assert found.finding in ("generic", "length_or_format")


def test_no_judge_of_pandalm_prefers_a_teachers_voice(real_data, outputs):
    ratings = pandalm(real_data / "pandalm")
    panel = read_panel(
        outputs("gpt-3.5-turbo-0301"),
        [outputs(name) for name in ("claude-2", "Mistral-7B-Instruct-v0.2", "oasst-sft-llama-33b")],
    )
    for one in LabelVoice(panel=panel)(ratings, ratings.judges, Calibration(draws=499)):
        assert one.state == "within"
        assert one.smallest_detectable < 0.45
        assert abs(one.reality) < 0.1, "nor does a second person, given the first"

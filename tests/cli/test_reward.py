"""`reward`, run as a user would."""

import json

import numpy as np
import pytest

from holdfast.audits.reward import audit_rewards
from holdfast.cli.reward import reward
from holdfast.data.preferences import read_preferences
from holdfast.errors import InputError, UsageError
from holdfast.reports.reward import render_rewards

PAIRS = 240


def lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def pair(i, *, prompts="p"):
    return {"prompt": f"{prompts}{i}", "response_a": f"answer a of {i}", "response_b": f"the answer b of {i}"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """People and the judge agree on half of the pairs; the model goes to the judge's side in the end."""
    folder = tmp_path_factory.mktemp("reward")
    rng = np.random.default_rng(0)
    human = rng.choice(["a", "b"], PAIRS)
    other = {"a": "b", "b": "a"}
    judge = [label if i % 2 else other[label] for i, label in enumerate(human)]
    lines(
        folder / "people.jsonl",
        [
            {
                "pair_id": f"h{i}",
                **pair(i),
                "label": human[i],
                "annotator": f"person {k}",
                "annotator_type": "human",
            }
            for i in range(PAIRS)
            for k in range(2)
        ],
    )
    lines(
        folder / "judge.jsonl",
        [
            # The judge saw the responses the other way round.
            {
                "pair_id": f"j{i}",
                "prompt": f"p{i}",
                "response_a": pair(i)["response_b"],
                "response_b": pair(i)["response_a"],
            }
            | {"label": other[judge[i]], "annotator": "teacher-1", "annotator_type": "ai_judge"}
            for i in range(PAIRS)
        ],
    )
    log = []
    for step, (own, led) in enumerate([(0.0, 0.0), (2.0, 1.0), (1.0, 2.0), (0.5, 3.0)]):
        for i in range(PAIRS):
            signs = (1 if human[i] == "a" else -1), (1 if judge[i] == "a" else -1)
            log.append(
                {**pair(i), "step": 100 * step, "reward_b": 0.0}
                | {"reward_a": own * signs[0] + led * signs[1]}
            )
    lines(folder / "log.jsonl", log)
    return folder


def test_a_model_that_leaves_people_for_its_judge_fails(place, capsys, tmp_path):
    body = tmp_path / "out.json"
    code = reward.main(
        [
            str(place / "log.jsonl"),
            *("--real", str(place / "people.jsonl"), "--judge", str(place / "judge.jsonl")),
            *("--json", str(body), "--quiet"),
        ],
        standalone_mode=False,
    )
    said = capsys.readouterr().out
    assert code == 1, said
    assert said.startswith("FAIL")
    assert "please its judge" in said
    found = json.loads(body.read_text())
    assert found["judge"] == ["teacher-1"]
    gap = found["readings"][0]
    assert [step["people"] for step in gap["details"]["steps"]] == [0.5, 1.0, 0.5, 0.5]
    assert [step["judge"] for step in gap["details"]["steps"]] == [0.5, 0.5, 1.0, 1.0]
    assert gap["value"] == pytest.approx(1.0)
    accuracy = found["readings"][1]
    assert accuracy["reality"] == 1.0
    assert set(accuracy["rows"]) <= {f"h{i}" for i in range(PAIRS)}
    assert "made runs" in found["not_claimed"][0]


def test_without_a_judge_the_gap_is_not_known(place):
    people = read_preferences(str(place / "people.jsonl"))
    found = audit_rewards(str(place / "log.jsonl"), real=people)
    assert found.verdict == "warn"  # it was better for people before
    assert found.reading("reward_gap").state == "undetermined"
    text = render_rewards(found.plain(), width=80)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "--judge" in text


def test_rows_without_texts_speak_of_what_people_chose(place):
    people = read_preferences(str(place / "people.jsonl"))
    rows = [
        {"pair_id": f"h{i}", "step": 0, "reward_chosen": 1.0 if i % 4 else -1.0, "reward_rejected": 0.0}
        for i in range(PAIRS)
    ]
    found = audit_rewards([*rows, rows[0] | {"pair_id": "of another set"}], real=people)
    assert found.reading("reward_accuracy").value == 0.75
    assert found.unmatched == 1
    assert "1 rows of the log" in found.notes[-1]


def test_what_does_not_fit_is_said(place):
    people = read_preferences(str(place / "people.jsonl"))
    row = {"pair_id": "h0", "step": 0, "reward_chosen": 1.0, "reward_rejected": 0.0}
    with pytest.raises(InputError, match="no row of the log"):
        audit_rewards([row | {"pair_id": "x"}], real=people)
    with pytest.raises(InputError, match="two rows at step 0"):
        audit_rewards([row, row], real=people)
    with pytest.raises(UsageError, match="no annotator 'teacher-2'"):
        audit_rewards([row], real=people, judge=str(place / "judge.jsonl"), judge_name="teacher-2")
    with pytest.raises(UsageError, match="by people"):
        audit_rewards([row], real=people, judge=people)
    with pytest.raises(UsageError, match="seed"):
        audit_rewards([row], real=people, seed=-1)


def test_what_alarms_stands_in_the_sentence(place):
    """A reward that pays for length, log probabilities that fall on both sides, and one log of a single step."""
    rng = np.random.default_rng(1)
    human = rng.choice([1, -1], PAIRS)
    words = rng.integers(1, 40, (PAIRS, 2))
    texts = [
        {"prompt": f"p{i}", "response_a": "a " * words[i, 0] + "1", "response_b": "b " * words[i, 1] + "2"}
        for i in range(PAIRS)
    ]
    people = read_preferences(
        [
            {
                **text,
                "label": "a" if human[i] > 0 else "b",
                "annotator": f"person {k}",
                "annotator_type": "human",
            }
            for i, text in enumerate(texts)
            for k in range(2)
        ]
    )
    log = [
        {**text, "step": step, "reward_a": float(human[i] + (words[i, 0] - words[i, 1]) / 5), "reward_b": 0.0}
        | {"logp_a": -50.0 - step, "logp_b": -50.0 - 2 * step, "ref_logp_a": -50.0, "ref_logp_b": -50.0}
        for step in (0, 10, 20)
        for i, text in enumerate(texts)
    ]
    found = audit_rewards(log, real=people)
    assert "rewards grow with length by" in found.sentence
    assert "where a second person's verdicts do so by" in found.sentence
    assert "its log probability moved by -" in found.sentence
    text = render_rewards(found.plain(), width=100)
    assert "could see" in text
    assert " alarm " in text
    assert max(map(len, text.splitlines())) <= 100
    once = audit_rewards([row for row in log if row["step"] == 0], real=people)
    assert "1 step on" in render_rewards(once.plain())
    assert "the log has 1 step;" in once.sentence

"""On real text: reality passes, planted losses fail, templates only warn. The full figures are in benchmarks/."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import holdfast

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def clinc(real_data: Path) -> list[dict[str, str]]:
    data = json.loads((real_data / "clinc150/data_full.json").read_text())
    return [{"text": t, "intent": i} for part in ("train", "val", "test") for t, i in data[part]]


@pytest.fixture(scope="module")
def banking(real_data: Path) -> list[dict[str, str]]:
    with (real_data / "banking77/train.csv").open(newline="") as file:
        return [{"text": row["text"], "intent": row["category"]} for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def dolly(real_data: Path) -> list[dict[str, str]]:
    with (real_data / "dolly_openqa/open_qa.jsonl").open() as file:
        rows = [json.loads(line) for line in file]
    return [{"text": f"{row['instruction']}\n{row['output']}"} for row in rows]


def split(rows, real, candidate, seed):
    order = np.random.default_rng(seed).permutation(len(rows))
    return [rows[i] for i in order[:real]], [rows[i] for i in order[real : real + candidate]]


@pytest.mark.parametrize(("real", "candidate"), [(1_000, 1_000), (1_500, 500), (500, 1_500)])
@pytest.mark.parametrize("name", ["clinc", "banking", "dolly"])
def test_reality_does_not_fail(request, name, real, candidate):
    rows = request.getfixturevalue(name)
    for seed in range(3):
        anchor, fresh = split(rows, real, candidate, seed)
        assert holdfast.audit(fresh, real=anchor, seed=seed).verdict != "fail"


@pytest.mark.parametrize("seed", range(3))
def test_ten_lost_intents_fail_and_are_named(clinc, seed):
    anchor, rest = split(clinc, 3_000, 12_000, seed)
    lost = set(sorted({row["intent"] for row in clinc})[seed::15])
    audit = holdfast.audit([row for row in rest if row["intent"] not in lost][:3_000], real=anchor)
    assert audit.verdict == "fail"
    assert len(lost & set(audit.lost)) >= 8
    assert len(set(audit.lost) - lost) <= 2


@pytest.mark.parametrize("name", ["clinc", "banking", "dolly"])
def test_every_row_eight_times_fails(request, name):
    anchor, rest = split(request.getfixturevalue(name), 1_500, 187, 0)
    assert holdfast.audit([row for row in rest for _ in range(8)], real=anchor).verdict == "fail"


@pytest.mark.parametrize("name", ["clinc", "banking", "dolly"])
def test_a_template_warns(request, name):
    anchor, fresh = split(request.getfixturevalue(name), 1_500, 1_500, 1)
    rows = [
        row | {"text": f"Sure! Here is a request a customer might make: {row['text']}"} if i % 10 < 3 else row
        for i, row in enumerate(fresh)
    ]
    audit = holdfast.audit(rows, real=anchor)
    assert audit.verdict != "fail"
    assert audit.outcome("artifacts").verdict == "warn"


def test_an_audit_against_a_frozen_anchor(clinc, tmp_path):
    real, fresh = split(clinc, 6_000, 2_000, 2)
    anchor = holdfast.freeze(real, output=tmp_path / "anchor", label="intent")
    assert holdfast.verify(tmp_path / "anchor") == []
    audit = holdfast.audit([{"text": row["text"]} for row in fresh], anchor=anchor)
    assert audit.sides.origin == "classifier"
    assert audit.verdict != "fail"


@pytest.mark.parametrize("language", ["th", "en"])
def test_a_script_without_spaces(real_data, language):
    rows = []
    for name in ("train_human_parsed", "test"):
        with (real_data / f"multiling_cls/topic__{language}-{name}.csv").open(newline="") as file:
            rows += [{"text": row["text"], "intent": row["intent"]} for row in csv.DictReader(file)]
    anchor, fresh = split(rows, 400, 400, 0)
    assert holdfast.audit(fresh, real=anchor).verdict != "fail"
    once = fresh[:50]
    assert holdfast.audit([row for row in once for _ in range(8)], real=anchor).verdict == "fail"


def test_essays_written_with_a_tuned_model_are_more_alike(real_data):
    # Padmakumar and He 2024: on one topic, essays written with InstructGPT are more alike than those of people alone,
    # essays written with GPT-3 are not.
    from holdfast.measures import Calibration, PromptDiversity
    from holdfast.measures.examples import prompt_sides

    def essays(name):
        found = {}
        with (real_data / f"hai_diversity/essays_{name}.jsonl").open() as file:
            for row in map(json.loads, file):
                found.setdefault(row["prompt"], []).append(row["essay"])
        return found

    solo = essays("solo")
    tuned, base = (
        PromptDiversity()(prompt_sides(real=solo, candidate=essays(name)), Calibration())
        for name in ("instructgpt", "gpt3")
    )
    assert tuned.details["same_prompts"]
    assert tuned.p_value < 0.01
    assert tuned.value > tuned.null.high
    assert base.p_value > 0.05
    assert base.null.low < base.value < base.null.high

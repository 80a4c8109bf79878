"""Reading generations: evaluations, scores, audits, and folders that hold several of them."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.cycles.history import history, read_generation
from holdfast.errors import InputError


def rate(value, error=0.01):
    return {
        "value": value,
        "interval": None if value is None else [value - 2 * error, value + 2 * error],
        "standard_error": None if value is None else error,
        "units": 200,
        "reason": "only 3 rows; 5 are needed" if value is None else None,
    }


def evaluation(folder, *, worse=0.0, seed=0, frozen="word trigrams"):
    """What `holdfast evaluate` writes, as far as a history reads it."""
    rng = np.random.default_rng(5)
    size = rng.integers(30, 90, 200)
    rare = np.arange(200) < 60
    noise = np.random.default_rng(seed).normal(0, 0.02, 200)
    bits = size * (1.2 + 0.3 * rng.random(200) + noise + worse * rare)

    def told(name, inside):
        return {
            "name": name,
            "rows": int(inside.sum()),
            "bytes": int(size[inside].sum()),
            "bits_per_byte": rate(float(bits[inside].sum() / size[inside].sum())),
            "frozen_bits_per_byte": rate(1.9),
        }

    bands = [told("rarest tenth", rare), told("head half", ~rare)]
    body = {
        "schema": "holdfast.evaluation/1",
        "conditions": {
            "anchor": "sha256:a",
            "frozen": frozen,
            "holdout": "sha256:h",
            "prompts": None,
            "samples": 100,
        },
        "holdout": {**told("overall", np.ones(200, bool)), "bands": bands, "strata": [told("loans", rare)]},
        "perplexities": {
            "self": {"value": rate(0.9), "reality": rate(1.3)},
            "frozen": {"value": rate(None), "reality": rate(1.9)},
        },
        "mass": {"among": rate(0.8)},
        "calibration": {"error": 0.05, "null": {"median": 0.01, "low": 0.0, "high": 0.02}, "tokens": 900},
        "samples": {
            "rows": 100,
            "readings": [
                {
                    "name": "broken_rows",
                    "title": "Broken rows",
                    "unit": "of rows are broken",
                    "verdict": "pass",
                    "value": 0.02,
                    "null": {"median": 0.01, "low": 0.0, "high": 0.03},
                    "interval": None,
                    "reason": None,
                }
            ],
            "per_prompt": {"distinct_share": 0.7, "reality": 0.95, "prompts": 20},
        },
    }
    folder.mkdir(parents=True)
    (folder / "evaluation.json").write_text(json.dumps(body))
    (folder / "audit.json").write_text(json.dumps({"schema": "holdfast.evaluation.audit/1", "readings": []}))
    table = pa.table(
        {
            "id": [f"row-{i}" for i in range(200)],
            "stratum": np.where(rare, "loans", "cards").tolist(),
            "band": np.where(rare, "rarest tenth", "head half").tolist(),
            "unit": [i - i % 2 if i < 40 else i for i in range(200)],
            "bytes": size,
            "bits": bits,
        }
    )
    pq.write_table(table, folder / "rows.parquet")
    return folder


def named(generation, task):
    return next(figure for figure in generation.figures if figure.task == task)


def skill(found, task):
    return next(entry for entry in found.skills if entry.series.first.task == task)


def test_evaluations_are_paired_row_by_row(tmp_path):
    before = read_generation(evaluation(tmp_path / "one"), "one")
    after = read_generation(evaluation(tmp_path / "two", worse=0.05, seed=1), "two")
    found = history([before, after])
    rare, head = (skill(found, f"Real rows of the {band}") for band in ("rarest tenth", "head half"))
    assert rare.last.state == "dropped"
    assert rare.last.compared.paired
    assert rare.last.compared.items == 40, "rows that repeat each other count once"
    assert rare.last.compared.drop == pytest.approx(0.05, abs=0.01)
    assert head.last.state == "held"
    assert skill(found, "loans").last.state == "dropped"
    whole = named(after, "Real rows it never saw")
    assert whole.items.values.mean() == pytest.approx(whole.value)
    assert whole.reality.value == 1.9


def test_an_evaluation_shows_three_perplexities_apart(tmp_path):
    generation = read_generation(evaluation(tmp_path / "one"), "one")
    told = [figure for figure in generation.figures if figure.group == "perplexity"]
    assert len({figure.task for figure in told}) == 3
    own = named(generation, "Its own samples, under itself")
    assert (own.higher_is_better, own.reality.value) == (None, 1.3)
    nothing = named(generation, "Its own samples, under the frozen reference")
    assert (nothing.value, nothing.notes) == (None, ("only 3 rows; 5 are needed",))
    assert named(generation, "Broken rows").group == "coherence"
    assert named(generation, "Different answers to one prompt").reality.value == 0.95


def test_another_frozen_reference_is_another_comparison(tmp_path):
    before = read_generation(evaluation(tmp_path / "one"), "one")
    after = read_generation(evaluation(tmp_path / "two", frozen="gpt2"), "two")
    refused = skill(history([before, after]), "Real rows of the head half").last.compared.refused
    assert "frozen differs: word trigrams and gpt2" in refused[0].reasons


def scores(path, models, skills=(0.8, 0.5), task="arc", items=150):
    rng = np.random.default_rng(1)
    hard = rng.random(items)
    lines = ["model,task,metric,value,item,shots"]
    for model, share in zip(models, skills, strict=True):
        lines += [f"{model},{task},acc,{int(hard[i] < share)},{i},0" for i in range(items)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_one_table_may_hold_several_generations(tmp_path):
    file = scores(tmp_path / "scores.csv", ("base", "next"))
    found = history([read_generation(file, name) for name in ("base", "next")])
    assert skill(found, "arc").last.state == "dropped"
    with pytest.raises(InputError, match="has scores of 2 models: base, next"):
        read_generation(file, "last")


def test_a_folder_may_hold_several_kinds(tmp_path):
    evaluation(tmp_path / "run" / "evaluation")
    scores(tmp_path / "run" / "truthfulqa.csv", ("base",), (0.5,), task="truthfulqa_mc2")
    generation = read_generation(tmp_path / "run")
    assert generation.name == "run"
    assert {figure.group for figure in generation.figures} >= {"bias", "perplexity", "tail", "strata"}
    assert len(generation.files) == 2
    mine = read_generation(tmp_path / "run", bias=("*TAIL*",))
    assert mine.figures[0].group == "bias"


def test_scores_that_say_which_way_is_better_are_believed(tmp_path):
    file = tmp_path / "s.csv"
    file.write_text("model,task,metric,value,standard_error,higher_is_better\na,t,length,3,0.1,false\n")
    assert read_generation(file).figures[0].higher_is_better is False
    file.write_text("model,task,metric,value,standard_error\na,t,length,3,0.1\n")
    assert read_generation(file).figures[0].higher_is_better is None


def audit_of(retention=0.5):
    null = {"median": 1.0, "low": 0.9, "high": 1.1}
    return {
        "schema": "holdfast.audit/1",
        "anchor": {"digest": "sha256:a", "name": "real", "rows": 1000},
        "candidate": {"rows": 500},
        "readings": [
            {
                "measure": "broken_rows",
                "title": "Broken rows",
                "version": 1,
                "value": 0.02,
                "unit": "of rows are broken",
                "percent": True,
                "null": null,
                "interval": [0.01, 0.03],
                "verdict": "pass",
                "reason": None,
            }
        ],
        "bands": [
            {
                "band": "rarest tenth",
                "candidate_rows": 40,
                "retention": retention,
                "interval": [retention - 0.1, retention + 0.1],
                "null": null,
                "reason": None,
            }
        ],
        "diversity": {"orders": [{"order": 0, "of": "word pairs", "ratio": 0.9, "low": 0.95, "high": 1.05}]},
        "strata": {
            "table": [
                {
                    "stratum": "card",
                    "real_rows": 900,
                    "candidate_rows": 470,
                    "real_share": 0.9,
                    "candidate_share": 0.94,
                },
                {
                    "stratum": "loan",
                    "real_rows": 100,
                    "candidate_rows": 30,
                    "real_share": 0.1,
                    "candidate_share": 0.06,
                },
            ]
        },
    }


def test_audits(tmp_path):
    for name, kept in (("one", 0.9), ("two", 0.3)):
        (tmp_path / f"{name}.json").write_text(json.dumps(audit_of(kept)))
    found = history([read_generation(tmp_path / f"{name}.json") for name in ("one", "two")])
    assert [entry.name for entry in found.generations] == ["one", "two"]
    kept = skill(found, "Kept of the rarest tenth")
    assert kept.last.state == "dropped"
    assert not kept.last.compared.paired
    assert kept.series.first.reality.value == 1.0
    assert {life.stratum for life in found.fates.half_lives} == {"card", "loan"}
    assert found.fates.half_lives[0].counts == (100, 30, 30)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("nowhere", None, "there is no such file or folder"),
        ("a.json", "{", "is no JSON"),
        ("a.json", '{"schema": "holdfast.audit/1"}', "is an audit that lacks"),
        ("evaluation.json", '{"schema": "holdfast.evaluation/1"}', "is an evaluation that lacks"),
        ("evaluation.json", '{"schema": "holdfast.evaluation/9"}', "has the schema 'holdfast.evaluation/9'"),
        ("a.json", '{"x": 1}', "is no result of"),
    ],
)
def test_what_is_no_generation(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read_generation(tmp_path / name)


def test_an_empty_folder(tmp_path):
    with pytest.raises(InputError, match="no file in it has scores"):
        read_generation(tmp_path)

"""Scores: files as harnesses write them, with what is odd about each."""

import csv
import json
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.data.scores import differences, read_scores
from holdfast.errors import InputError, MissingExtra

TIME = "2026-11-21T19-30-03.985277"


def lm_eval(**more):
    """As lm-evaluation-harness 0.4.13 writes it, with a group and what older files lack."""
    return {
        "results": {
            "q_local": {
                "name": "q_local",
                "alias": "q_local",
                "sample_len": 8,
                "acc,none": 0.75,
                "acc_stderr,none": 0.1637,
                "exact_match,strict-match": 0.5,
                "exact_match_stderr,strict-match": "N/A",
                "exact_match,flexible-extract": float("nan"),
                "exact_match_stderr,flexible-extract": float("nan"),
            },
            "wiki": {"alias": "wiki", "bits_per_byte,none": 0.81, "bits_per_byte_stderr,none": "N/A"},
            "both": {"alias": "both", "acc,none": 0.9, "acc_stderr,none": 0.1},
        },
        "groups": {"both": {"acc,none": 0.9}},
        "group_subtasks": {"both": ["q_local", "wiki"], "q_local": []},
        "versions": {"q_local": 1.0, "wiki": 2},
        "n-shot": {"q_local": 0},
        "higher_is_better": {"q_local": {"acc": True, "exact_match": True}, "wiki": {"bits_per_byte": False}},
        "n-samples": {"q_local": {"original": 10, "effective": 8}},
        "config": {
            "model": "hf",
            "model_args": {"pretrained": "org/model"},
            "model_sha": "4f1c",
            "gen_kwargs": {},
            "fewshot_seed": 1234,
        },
        "task_hashes": {"q_local": "b4e6"},
        "model_name": "org/model",
        "chat_template_sha": None,
        "system_instruction_sha": None,
        "fewshot_as_multiturn": None,
        "lm_eval_version": "0.4.13",
        "total_evaluation_time_seconds": "4.640457337998669",
    } | more


def samples(values, metric="acc", filter_="none"):
    return [
        {
            "doc_id": at,
            "doc": {"question": f"is {at} odd?"},
            "filter": filter_,
            "metrics": [metric],
            "doc_hash": f"hash{at}",
            "target_hash": "5fec",
            metric: value,
        }
        for at, value in enumerate(values)
    ]


def write(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body))
    return path


def by_key(scores):
    return {score.key: score for score in scores}


def test_lm_eval(tmp_path):
    file = write(tmp_path / "org__model" / f"results_{TIME}.json", lm_eval())
    rows = [*samples([1.0, 1.0, 0.0, 1.0]), *samples([0.0, 1.0, 0.0, 1.0], "exact_match", "strict-match")]
    beside = file.with_name(f"samples_q_local_{TIME}.jsonl")
    beside.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = by_key(read_scores(file))
    assert set(found) == {
        ("q_local", "acc", "none"),
        ("q_local", "exact_match", "strict-match"),
        ("q_local", "exact_match", "flexible-extract"),
        ("wiki", "bits_per_byte", "none"),
    }, "groups are no tasks"
    score = found["q_local", "acc", "none"]
    assert (score.model, score.value, score.standard_error, score.rows) == (
        "org/model@4f1c",
        0.75,
        0.1637,
        8,
    )
    assert score.higher_is_better is True
    assert score.items.ids == ("hash0", "hash1", "hash2", "hash3")
    assert score.items.values.tolist() == [1, 1, 0, 1]
    assert found["q_local", "exact_match", "strict-match"].items.values.tolist() == [0, 1, 0, 1]
    assert found["q_local", "exact_match", "strict-match"].standard_error is None
    assert found["q_local", "exact_match", "flexible-extract"].value is None
    assert found["wiki", "bits_per_byte", "none"].higher_is_better is False


def test_an_old_file_of_lm_eval_has_few_keys(tmp_path):
    body = {"results": {"q": {"alias": "q", "acc,none": 0.5}}, "versions": {"q": 1}, "config": "unreadable"}
    (score,) = read_scores(write(tmp_path / "results_x.json", body))
    assert (score.model, score.value, score.standard_error, score.rows) == ("unnamed", 0.5, None, None)
    body["results"] = {"a/b": {"acc": 0.5, "acc_stderr": 0.1}, "x" * 1_000: {"acc": 10**400}}
    one, other = read_scores(write(tmp_path / "results_y.json", body))
    assert (one.task, one.value, one.standard_error) == ("a/b", 0.5, 0.1)
    assert other.value is None


def test_documents_that_repeat_are_told_apart(tmp_path):
    file = write(tmp_path / f"results_{TIME}.json", lm_eval())
    rows = samples([1.0, 0.0])
    rows[1]["doc_hash"] = "hash0"
    file.with_name(f"samples_q_local_{TIME}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert by_key(read_scores(file))["q_local", "acc", "none"].items.ids == ("hash0", "hash0#2")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"versions": {"q_local": 2.0}}, "versions differs: 1.0 and 2.0"),
        ({"n-shot": {"q_local": 5}}, "n-shot differs: 0 and 5"),
        ({"chat_template_sha": "ab12"}, "chat_template_sha differs: none and ab12"),
        (
            {"n-samples": {"q_local": {"original": 10, "effective": 4}}},
            "n-samples.effective differs: 8 and 4",
        ),
        ({"task_hashes": {"q_local": "ffff"}}, "task_hashes differs"),
    ],
)
def test_what_must_not_be_compared_is_named(tmp_path, change, named):
    one, other = (
        by_key(read_scores(write(tmp_path / name / "results_x.json", body)))["q_local", "acc", "none"]
        for name, body in (("a", lm_eval()), ("b", lm_eval(**change)))
    )
    assert differences(one, one) == ()
    (found,) = differences(one, other)
    assert named in found


def test_what_one_file_did_not_record_is_not_taken_for_equal(tmp_path):
    old = lm_eval()
    del old["chat_template_sha"]
    one, other = (
        by_key(read_scores(write(tmp_path / name / "results_x.json", body)))["q_local", "acc", "none"]
        for name, body in (("a", old), ("b", lm_eval(chat_template_sha="ab12")))
    )
    assert differences(one, other) == ("chat_template_sha was recorded for one of them only",)


def lighteval(**more):
    return {
        "config_general": {
            "lighteval_sha": "?",
            "num_fewshot_seeds": 1,
            "max_samples": None,
            "job_id": "",
            "start_time": 1234.5,
            "total_evaluation_time_secondes": "40.2",
            "model_config": {"model_name": "org/model"},
            "model_name": "org/model",
        },
        "results": {
            "leaderboard|arc:challenge|25": {"acc": 0.55, "acc_stderr": 0.014, "acc_norm": float("nan")},
            "helm|mmlu:_average|5": {"acc": 0.4, "acc_stderr": 0.03},
            "all": {"acc": 0.5, "acc_stderr": 0.02},
        },
        "versions": {"leaderboard|arc:challenge|25": 0},
        "config_tasks": {
            "leaderboard|arc:challenge|25": {"original_num_docs": 1172, "effective_num_docs": 100}
        },
        "summary_tasks": {
            "leaderboard|arc:challenge|25": {
                "hashes": {"hash_examples": "17b0", "hash_full_prompts": "ef46db3751d8e999"},
                "truncated": 0,
            }
        },
    } | more


@pytest.mark.parametrize("names", [("doc", "metric"), ("__doc__", "__metric__")])
def test_lighteval(tmp_path, names):
    file = write(tmp_path / f"out/results/org/model/results_{TIME}.json", lighteval())
    details = tmp_path / f"out/details/org/model/{TIME}"
    details.mkdir(parents=True)
    rows = [{names[0]: {"id": str(at)}, names[1]: {"acc": float(at % 2)}} for at in range(4)]
    pq.write_table(
        pa.Table.from_pylist(rows), details / f"details_leaderboard|arc:challenge|25_{TIME}.parquet"
    )
    found = by_key(read_scores(file))
    assert set(found) == {
        ("leaderboard|arc:challenge", "acc", ""),
        ("leaderboard|arc:challenge", "acc_norm", ""),
    }, "averages are no tasks"
    score = found["leaderboard|arc:challenge", "acc", ""]
    assert (score.model, score.value, score.standard_error, score.rows) == ("org/model", 0.55, 0.014, 100)
    assert score.conditions["shots"] == "25"
    assert score.conditions["hash_examples"] == "17b0"
    assert score.items.values.tolist() == [0, 1, 0, 1]
    assert found["leaderboard|arc:challenge", "acc_norm", ""].value is None


def test_keys_of_older_lighteval(tmp_path):
    body = lighteval(results={"leaderboard|arc:challenge|25|0": {"acc": 0.5}})
    (score,) = read_scores(write(tmp_path / "results_x.json", body))
    assert (score.task, score.conditions["shots"]) == ("leaderboard|arc:challenge", "25")


def test_the_hash_of_nothing_is_no_hash(tmp_path):
    body = lighteval()
    body["summary_tasks"]["leaderboard|arc:challenge|25"]["hashes"]["hash_examples"] = "ef46db3751d8e999"
    score = read_scores(write(tmp_path / "results_x.json", body))[0]
    assert score.conditions["hash_examples"] is None


def inspect(**more):
    """As inspect_ai 0.3.285 writes it."""
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "task": "says",
            "task_version": 0,
            "task_args": {},
            "dataset": {"name": "says", "samples": 2, "sample_ids": [0, 1], "shuffled": False},
            "model": "mockllm/model",
            "model_generate_config": {"temperature": 0.0},
            "config": {"epochs": 2, "limit": 2},
            "packages": {"inspect_ai": "0.3.285"},
        },
        "results": {
            "total_samples": 4,
            "completed_samples": 4,
            "scores": [
                {
                    "name": "match",
                    "scorer": "match",
                    "scored_samples": 2,
                    "unscored_samples": 0,
                    "metrics": {
                        "accuracy": {"name": "accuracy", "value": 0.5},
                        "stderr": {"name": "stderr", "value": 0.21},
                    },
                }
            ],
        },
        "invalidated": False,
        "samples": [
            {"id": id_, "epoch": epoch, "scores": {"match": {"value": value, "answer": "0"}}}
            for id_, epoch, value in ((0, 1, "C"), (1, 1, "I"), (0, 2, "P"), (1, 2, "N"))
        ],
    } | more


def test_inspect(tmp_path):
    (score,) = read_scores(write(tmp_path / "log.json", inspect()))
    assert (score.model, score.task, score.metric, score.filter) == (
        "mockllm/model",
        "says",
        "accuracy",
        "match",
    )
    assert (score.value, score.standard_error, score.rows) == (0.5, 0.21, 2)
    assert score.items.ids == ("0", "1")
    assert score.items.values.tolist() == [0.75, 0.0], "epochs are repeats, not rows"
    other = inspect()
    other["eval"]["model_generate_config"] = {"temperature": 1.0}
    other["eval"]["packages"] = {"inspect_ai": "0.4"}
    (second,) = read_scores(write(tmp_path / "other.json", other))
    (found,) = differences(score, second)
    assert found.startswith("model_generate_config differs")


def test_items_are_those_of_the_mean_alone(tmp_path):
    body = inspect()
    score = body["results"]["scores"][0]
    score["metrics"]["worst"] = {"name": "worst", "value": 7.0}
    score["scored_samples"] = 0
    mean, worst = read_scores(write(tmp_path / "a.json", body))
    assert mean.rows == 0
    assert (worst.metric, worst.items, worst.standard_error) == ("worst", None, None)
    score["reducer"] = "max"
    assert read_scores(write(tmp_path / "b.json", body))[0].items is None
    body["results"]["scores"] = [None]
    with pytest.raises(InputError, match="no score"):
        read_scores(write(tmp_path / "c.json", body))


def test_runs_that_went_wrong_are_refused(tmp_path):
    with pytest.raises(InputError, match="'error'"):
        read_scores(write(tmp_path / "a.json", inspect(status="error")))
    with pytest.raises(InputError, match="invalid"):
        read_scores(write(tmp_path / "b.json", inspect(invalidated=True)))
    short = inspect()
    short["results"]["completed_samples"] = 3
    assert read_scores(write(tmp_path / "c.json", short))[0].notes == ("3 of 4 samples were completed",)


def test_an_eval_file_names_what_reads_it(tmp_path):
    (tmp_path / "log.eval").write_bytes(b"PK")
    with pytest.raises((MissingExtra, InputError)):
        read_scores(tmp_path / "log.eval")


def table(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_plain_tables(tmp_path):
    rows = [
        {
            "model": "a",
            "task": "qa",
            "metric": "acc",
            "value": 0.5,
            "standard_error": 0.1,
            "rows": 20,
            "shots": 5,
        },
        {
            "model": "b",
            "task": "qa",
            "metric": "acc",
            "value": "N/A",
            "standard_error": "",
            "rows": "",
            "shots": 0,
        },
    ]
    one, other = read_scores(table(tmp_path / "scores.csv", rows))
    assert (one.value, one.standard_error, one.rows) == (0.5, 0.1, 20)
    assert other.value is None
    assert differences(one, other) == ("shots differs: 5 and 0",)


def test_a_table_of_items(tmp_path):
    rows = [
        {"model": m, "task": "qa", "metric": "acc", "item": i, "value": int(i < 6 - 2 * (m == "b"))}
        for m in "ab"
        for i in range(10)
    ]
    one, other = read_scores(table(tmp_path / "items.csv", rows))
    assert (one.value, other.value, one.rows) == (0.6, 0.4, 10)
    assert one.items.ids == other.items.ids
    assert one.standard_error == pytest.approx(np.std([1] * 6 + [0] * 4, ddof=1) / math.sqrt(10))


def test_items_under_other_conditions_are_another_score(tmp_path):
    rows = [
        {"model": "a", "task": "qa", "metric": "acc", "item": i, "value": i % 2 if i else "", "shots": shots}
        for shots in (0, 5)
        for i in range(6)
    ]
    one, other = read_scores(table(tmp_path / "items.csv", rows))
    assert (one.conditions, other.conditions) == ({"shots": "0"}, {"shots": "5"})
    assert (one.rows, one.items, one.notes) == (5, None, ("1 of 6 items have no value",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model,task,value\na,b,1\n", "has no column 'metric'"),
        ("model,task,metric,value,valeu\na,b,c,1,2\n", "Did you mean 'value'"),
        ("model,task,metric,value\nm,qa,acc,0,75\n", r"scores.csv:2.*5 cells below 4 columns"),
        ("model,task,metric,value,value\na,b,c,1,2\n", "two columns 'value'"),
        ("model,task,metric,value\na,b,c,one\n", r"scores.csv:2.*'one' is no number"),
        ("model,task,metric,value\na,b,c,1\na,b,c,2\n", r"scores.csv:3.*stands there twice"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, text, said):
    (tmp_path / "scores.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_scores(tmp_path / "scores.csv")


def test_folders(tmp_path):
    write(tmp_path / f"a/results_{TIME}.json", lm_eval())
    write(tmp_path / "b/log.json", inspect())
    write(tmp_path / "c/package.json", {"name": "other"})
    (tmp_path / "b/other.csv").write_text("a,b\n1,2\n")
    assert {score.harness for score in read_scores(tmp_path)} == {"lm-evaluation-harness", "inspect_ai"}
    with pytest.raises(InputError, match="no file in it has scores"):
        read_scores(tmp_path / "c")
    with pytest.raises(InputError, match="is no result of"):
        read_scores(tmp_path / "c/package.json")
    with pytest.raises(InputError, match="no such file"):
        read_scores(tmp_path / "d")


@pytest.mark.parametrize("body", ["", "[]", "{", "[" * 100_000, '{"results": [], "versions": {}}', "\x00"])
def test_what_is_no_result(tmp_path, body):
    (tmp_path / "results_x.json").write_text(body)
    with pytest.raises(InputError):
        read_scores(tmp_path / "results_x.json")

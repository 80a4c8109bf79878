"""Journals as the loop writes them, without going round: two cycles, one of them with everything that can go wrong."""

import json

from holdfast.cycles.journal import Journal

DATA = "sha256:" + "d1" * 32
MODEL = "sha256:" + "b0" * 32
FIRST = "sha256:" + "f0" * 32
SNAPSHOT = "sha256:" + "5a" * 32
ANCHOR = {"name": "real.jsonl", "digest": "sha256:" + "a0" * 32}
LOOK = {"part": "a0a0a0/1", "number": 1, "level": 0.0152}


def digest(letter):
    return "sha256:" + letter * 64


def began(journal, cycle, stage, attempt=1, **inputs):
    named = [{"name": name, "digest": value} for name, value in inputs.items()]
    return journal.add(
        "stage_began",
        cycle=cycle,
        stage=stage,
        attempt=attempt,
        key=digest("1"),
        inputs=named,
        again=attempt > 1,
    )


def ended(journal, cycle, stage, attempt=1, files=(), **facts):
    outputs = [{"path": path, "sha256": "e" * 64, "bytes": size, "rows": rows} for path, size, rows in files]
    return journal.add(
        "stage_ended",
        cycle=cycle,
        stage=stage,
        attempt=attempt,
        key=digest("1"),
        digest=digest("9"),
        outputs=outputs,
        seconds=1.5,
        facts=facts,
    )


def gate(journal, cycle, stage, verdict, findings, subject=DATA):
    return journal.add(
        "gate",
        cycle=cycle,
        stage=stage,
        verdict=verdict,
        sentence="It is said in a sentence.",
        subject=subject,
        definition={"severity": "stop", "options": {}, "anchor": ANCHOR, "error_rate": 0.025},
        look=LOOK,
        findings=findings,
        evidence={"verdict.json": "e" * 64},
    )


READINGS = [
    {
        "name": "band_retention",
        "verdict": "pass",
        "judged": True,
        "tolerance": 0.2,
        "reason": None,
        "value": 0.93,
        "reality": [0.9, 1.0, 1.1],
        "effect": 0.07,
        "p_adjusted": 0.2,
        "smallest_loss_seen": 0.15,
        "evidence": [],
    },
    {
        "name": "novelty",
        "verdict": "warn",
        "judged": False,
        "tolerance": 0.1,
        "reason": None,
        "value": 0.5,
        "reality": [0.1, 0.2, 0.3],
        "effect": 0.3,
        "p_adjusted": 0.001,
        "smallest_loss_seen": 0.1,
        "evidence": [],
    },
    {
        "name": "tail_coverage",
        "verdict": "undetermined",
        "judged": True,
        "tolerance": 0.1,
        "reason": "3 rows, 20 are needed",
    },
]
LOSSES = [
    {
        "kind": "band",
        "name": "overall",
        "against": "the first model",
        "margin": 0.05,
        "unit": "bits per byte",
        "rows": 206,
        "verdict": "fail",
        "loss": 0.2,
        "standard_error": 0.01,
        "interval": [0.17, 0.23],
        "level": 0.0152,
        "smallest_loss_seen": 0.09,
        "reason": None,
    },
    {
        "kind": "task",
        "name": "mmlu",
        "against": "the first model",
        "margin": 1.0,
        "unit": "points",
        "rows": None,
        "verdict": "undetermined",
        "loss": None,
        "interval": None,
        "reason": "this model has no benchmark results",
    },
]


def to_the_data_gate(journal, cycle=1):
    """Everything up to the gate behind the blend, which lets pass."""
    journal.add(
        "cycle_began",
        cycle=cycle,
        recipe_hash=digest("7"),
        parent=None,
        model={"name": "first@f0f0f0f0", "where": "first", "digest": FIRST, "depth": 0},
        depth=0,
        seed=0,
        part="a0a0a0/1",
    )
    began(journal, cycle, "generate", model=FIRST, command=digest("c"), seed=digest("0"))
    ended(
        journal,
        cycle,
        "generate",
        files=[("rows.jsonl", 900, 70), ("rows.lineage.parquet", 300, 0)],
        rows=70,
        agent="first@f0f0f0f0",
        depth=1,
    )
    began(journal, cycle, "blend", made=digest("9"), options=digest("0"))
    ended(
        journal,
        cycle,
        "blend",
        files=[("blend/data/train.jsonl", 800, 0), ("blend/lineage.parquet", 300, 0)],
        rows=40,
        data_hash=DATA,
        realised={"made": 24, "gold": 16},
        depth=1,
    )
    began(journal, cycle, "data_gate", subject=DATA, look=digest("2"))
    ended(journal, cycle, "data_gate", files=[("verdict.json", 90, 0)], verdict="warn")
    gate(journal, cycle, "data_gate", "warn", READINGS)


def to_the_end(journal, cycle=1):
    """Training that broke once and was killed once, an evaluation, a gate that fails, a person who gives up."""
    began(journal, cycle, "train", data=DATA, model=FIRST, **{"train.py": digest("3")})
    journal.add("stage_broke", cycle=cycle, stage="train", attempt=1, error="train.py: exit code 1\nsee log")
    began(journal, cycle, "train", 2, data=DATA, model=FIRST)
    began(journal, cycle, "train", 3, data=DATA, model=FIRST)
    ended(journal, cycle, "train", 3, files=[("model/weights", 5_000, 0)], model="model")
    journal.add(
        "model",
        cycle=cycle,
        stage="train",
        name="cycle-1@b0b0b0b0",
        where="work/0001/train/model",
        digest=MODEL,
        depth=1,
        data_hash=DATA,
        base="first@f0f0f0f0",
    )
    began(journal, cycle, "evaluate", model=MODEL, anchor=ANCHOR["digest"])
    ended(journal, cycle, "evaluate", files=[("evaluation/evaluation.json", 700, 0)], left=["evaluation"])
    began(journal, cycle, "model_gate", subject=MODEL, look=digest("2"))
    began(journal, 0, "evaluate", model=FIRST, anchor=ANCHOR["digest"])
    ended(journal, 0, "evaluate", files=[("evaluation/rows.parquet", 700, 0)], left=["evaluation"])
    ended(journal, cycle, "model_gate", files=[("verdict.json", 90, 0)], verdict="fail")
    gate(journal, cycle, "model_gate", "fail", LOSSES, subject=MODEL)
    journal.add("snapshot", cycle=cycle, snapshot=SNAPSHOT, data_hash=DATA, rows=40, parents=[])
    journal.add("cycle_stopped", cycle=cycle, stage="model_gate", snapshot=SNAPSHOT, reason="the gate failed")
    journal.add("rejection", cycle=cycle, stage="model_gate", by="Ada", reason="it forgot too much")
    journal.add("cycle_ended", cycle=cycle, outcome="rejected")


def open_journal(project):
    (project / ".holdfast").mkdir(parents=True, exist_ok=True)
    return Journal(project / ".holdfast" / "project.sqlite")


def write_evaluation(project, cycle=1, overall=1.25):
    """An evaluation with a little of everything that one has."""

    def rate(value):
        return {
            "value": value,
            "interval": [value - 0.1, value + 0.1],
            "standard_error": 0.05,
            "units": 200,
            "reason": None,
        }

    nothing = {"value": None, "interval": None, "standard_error": None, "units": None, "reason": "no rows"}

    def line(name, value):
        return {
            "name": name,
            "rows": 200,
            "bytes": 9_000,
            "bits_per_byte": value,
            "frozen_bits_per_byte": rate(1.1),
        }

    body = {
        "schema": "holdfast.evaluation/1",
        "holdout": {
            **line("overall", rate(overall)),
            "bands": [line("rarest tenth", nothing), line("head half", rate(1.0))],
        },
        "perplexities": {
            "unit": "bits per byte",
            "holdout": {"value": rate(overall), "reality": rate(1.1)},
            "self": {"value": nothing, "reality": rate(1.1)},
        },
        "mass": {"gap": rate(-0.2)},
        "calibration": {"error": 0.04, "null": {"low": 0.01, "median": 0.02, "high": 0.03}},
        "samples": {
            "verdict": "pass",
            "readings": [
                {
                    "name": "distinct_ngrams",
                    "value": -0.2,
                    "null": {"low": -0.1, "median": 0.0, "high": 0.1},
                    "interval": [-0.3, -0.1],
                    "effect": 0.2,
                },
                {"name": "novelty", "value": None, "null": None, "interval": None, "effect": None},
            ],
        },
    }
    folder = project / f"work/{cycle:04d}/evaluate/evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(body), encoding="utf-8")

"""What goes out of a loop: everything on record, once, and never at the cost of the loop."""

import importlib.util
import json
import os
import types

import pytest
from journals import DATA, MODEL, SNAPSHOT, ended, open_journal, to_the_end, write_evaluation

from holdfast.errors import MissingExtra, UsageError
from holdfast.reports.sinks import Run, open_sinks
from holdfast.reports.sinks.environment import environment
from holdfast.reports.sinks.jsonl import Jsonl
from holdfast.reports.sinks.observe import Outlet, Sinks
from holdfast.reports.sinks.wandb import wandb


def silent(text):
    raise AssertionError(text)


def lines(project, name="metrics.jsonl"):
    return [json.loads(line) for line in (project / name).read_text(encoding="utf-8").splitlines()]


def values(project, cycle=1):
    return {
        line["name"]: line.get("value", line.get("digest"))
        for line in lines(project)
        if line["cycle"] == cycle
    }


def go_on(project, what=to_the_end):
    journal = open_journal(project)
    what(journal)
    journal.close()


class Memory:
    """A sink that keeps what it is told, and fails when it is asked to."""

    def __init__(self, fails=()):
        self.calls, self.fails = [], fails

    def _say(self, *call):
        self.calls.append(call)
        if call[0] in self.fails:
            raise OSError("the server\nis away")

    def start(self, run):
        self._say("start", run.name)

    def metric(self, name, value, step):
        self._say("metric", name, value, step)

    def artifact(self, path, digest, *, role, step):
        self._say("artifact", path, digest, role, step)

    def end(self, verdict):
        self._say("end", verdict)


def opened(project, sink, complain=silent):
    outlet = Outlet(name="memory", told=Jsonl(project / ".holdfast/sinks/memory.jsonl"), sink=sink)
    found = Sinks(project=project, run=Run(id="1234", name="loop"), outlets=[outlet], complain=complain)
    found.catch_up()
    return found


# What goes out


def test_a_value_goes_out_with_what_reality_scores(project):
    open_sinks({}, project, silent)
    found = values(project)
    assert found["data_gate/verdict"] == "warn"
    name = "data_gate/band_retention"
    assert [found[f"{name}/{part}"] for part in ("reality_low", "value", "reality_high")] == [0.9, 0.93, 1.1]
    assert found["training"] == DATA
    assert (found["blend/rows"], found["blend/source/made/rows"], found["blend/generation_depth"]) == (
        40,
        24,
        1,
    )
    # What cannot be known is null, and never 0.
    assert found["data_gate/tail_coverage/value"] is None
    assert found["data_gate/tail_coverage/verdict"] == "undetermined"
    for key in found:
        if key.endswith("/value"):
            assert f"{key.removesuffix('value')}reality_low" in found


def test_losses_and_evaluations_go_out_with_their_intervals(project):
    go_on(project)
    open_sinks({}, project, silent)
    found = values(project)
    loss = "model_gate/overall/the first model"
    assert [found[f"{loss}/{part}"] for part in ("low", "loss", "high", "margin")] == [0.17, 0.2, 0.23, 0.05]
    assert found["model_gate/mmlu/the first model/loss"] is None
    bits = "evaluate/bits_per_byte"
    assert [found[f"{bits}/overall/{part}"] for part in ("low", "value", "high", "frozen_value")] == [
        1.15,
        1.25,
        1.35,
        1.1,
    ]
    assert found[f"{bits}/rarest tenth/value"] is None
    assert found["evaluate/perplexities/holdout/reality_value"] == 1.1
    assert found["evaluate/mass/gap/value"] == -0.2
    assert found["evaluate/calibration/reality_high"] == 0.03
    samples = "evaluate/samples/distinct_ngrams"
    assert [found[f"{samples}/{part}"] for part in ("low", "value", "high", "reality_median")] == [
        -0.3,
        -0.2,
        -0.1,
        0.0,
    ]
    assert (found["model"], found["snapshot"], found["cycle/outcome"]) == (MODEL, SNAPSHOT, "rejected")


def test_no_name_is_a_folder_of_another(project):
    """MLflow keeps figures in files of these names."""
    go_on(project)
    open_sinks({}, project, silent)
    names = set(values(project))
    assert not [name for name in names for other in names if other.startswith(f"{name}/")]


def test_an_interval_that_the_record_lacks_comes_from_the_audit(project):
    found = open_sinks({}, project, silent)
    reading = types.SimpleNamespace(interval=(0.8, 1.0))
    outcome = types.SimpleNamespace(reading=reading, measure=types.SimpleNamespace(name="band_retention"))
    found.gate(1, None, types.SimpleNamespace(outcomes=(outcome,)))
    assert values(project)["data_gate/band_retention/low"] == 0.8


def test_an_evaluation_of_somebody_elses_says_nothing(project):
    file = project / "work/0001/evaluate/evaluation/evaluation.json"
    file.write_text('{"schema": "mine/1", "holdout": 3}')
    go_on(project)
    open_sinks({}, project, silent)
    assert not any(name.startswith("evaluate/") for name in values(project))


# Once, whatever happens


def test_what_was_told_is_not_told_again(project):
    found = open_sinks({}, project, silent)
    before = (project / "metrics.jsonl").read_bytes()
    found.stage(1, None)
    found.cycle(1, "waiting")
    open_sinks({}, project, silent).cycle(1, "waiting")
    assert (project / "metrics.jsonl").read_bytes() == before
    go_on(project)
    open_sinks({}, project, silent)
    names = [(line["cycle"], line["name"]) for line in lines(project)]
    assert len(names) == len(set(names))


def test_one_run_and_many_give_the_same_file(project, tmp_path):
    import shutil

    other = tmp_path / "other"
    shutil.copytree(project, other)
    open_sinks({}, project, silent)
    for one in (project, other):
        go_on(one)
        open_sinks({}, one, silent)
    assert sorted(map(str, lines(project))) == sorted(map(str, lines(other)))


def test_half_a_line_that_a_kill_left_is_cut_off(project):
    open_sinks({}, project, silent)
    file = project / "metrics.jsonl"
    whole = file.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for cut in (1, len(last) // 2, len(last) - 1):  # the last one lacks its end alone
        file.write_bytes(whole[: len(whole) - len(last) + cut])
        open_sinks({}, project, silent)
        assert file.read_bytes() == whole


def test_lines_of_others_stay(project):
    file = project / "metrics.jsonl"
    file.write_bytes(b'# mine\n[1]\n{"step": 1, "loss": 2.5}\n')
    open_sinks({}, project, silent)
    assert file.read_bytes().startswith(b'# mine\n[1]\n{"step": 1, "loss": 2.5}\n{"cycle":1,')


def test_a_stage_done_again_is_told_as_it_stands_now(project):
    go_on(project)
    open_sinks({}, project, silent)
    write_evaluation(project, overall=1.5)
    go_on(project, lambda journal: ended(journal, 1, "evaluate", 2, left=["evaluation"]))
    open_sinks({}, project, silent)
    name = "evaluate/bits_per_byte/overall/value"
    assert [line["value"] for line in lines(project) if line["name"] == name] == [1.25, 1.5]


def test_a_sink_that_joins_late_is_told_everything(project):
    open_sinks({}, project, silent)
    go_on(project)
    sink = Memory()
    opened(project, sink)
    told = {call[1]: call[2] for call in sink.calls if call[0] == "metric"}
    assert told["data_gate/verdict"] == "warn"
    assert told["cycle/outcome"] == "rejected"
    assert [call[1:] for call in sink.calls if call[0] == "artifact"] == [
        ("work/0001/blend/blend", DATA, "training", 1),
        ("work/0001/train/model", MODEL, "model", 1),
        (f"snapshots/{'5a' * 8}", SNAPSHOT, "snapshot", 1),
    ]
    again = Memory()
    opened(project, again)
    assert again.calls == [("start", "loop")]


def test_a_run_is_closed_behind_a_cycle_and_opened_before_the_next(project):
    sink = Memory()
    found = opened(project, sink)
    found.cycle(1, "waiting")
    go_on(project)
    found.stage(1, None)
    found.cycle(1, "stopped")
    assert [call for call in sink.calls if call[0] in ("start", "end")] == [
        ("start", "loop"),
        ("end", "waiting"),
        ("start", "loop"),
        ("end", "stopped"),
    ]


# Sinks that fail


@pytest.mark.parametrize("what", ["start", "metric", "artifact", "end"])
def test_a_sink_that_fails_is_reported_once_and_left_alone(project, what):
    said, sink = [], Memory(fails=(what,))
    found = opened(project, sink, said.append)
    found.stage(1, None)
    found.cycle(1, "waiting")
    calls = len(sink.calls)
    go_on(project)
    found.stage(1, None)
    found.cycle(1, "stopped")
    assert len(sink.calls) == calls
    assert said == ["sinks: memory: no figures go there any longer: OSError: the server is away"]


def test_the_next_run_tells_what_a_failure_left(project):
    opened(project, Memory(fails=("artifact",)), [].append)
    sink = Memory()
    opened(project, sink)
    assert sink.calls[1] == ("artifact", "work/0001/blend/blend", DATA, "training", 1)


def test_a_file_that_cannot_be_written_stops_nothing(project):
    (project / "metrics.jsonl").mkdir()
    said = []
    found = open_sinks({}, project, said.append)
    found.cycle(1, "waiting")
    assert len(said) == 1
    assert said[0].startswith("sinks: jsonl: ")


def test_a_broken_evaluation_stops_nothing(project):
    file = project / "work/0001/evaluate/evaluation/evaluation.json"
    file.write_text('{"schema": "holdfast.evaluation/1", "holdout": 3}')
    go_on(project)
    said = []
    found = open_sinks({}, project, said.append)
    found.cycle(1, "stopped")
    assert len(said) == 1


def test_a_package_that_is_missing_is_said_before_anything_is_trained(project):
    if importlib.util.find_spec("wandb") is not None:
        pytest.skip("it is there")
    with pytest.raises(MissingExtra, match=r"holdfast\[wandb\]"):
        open_sinks({"wandb": "support"}, project, silent)
    with pytest.raises(UsageError, match="Did you mean 'mlflow'"):
        open_sinks({"mlfow": "support"}, project, silent)
    assert not (project / "metrics.jsonl").exists()


def test_the_file_may_be_named(project):
    open_sinks({"jsonl": "logs/loop.jsonl"}, project, silent)
    assert lines(project, "logs/loop.jsonl")
    assert not (project / "metrics.jsonl").exists()


# Weights & Biases, by a module that stands for it


class Wandb:
    """As much of `wandb` as is used: a run that goes back to no step."""

    def __init__(self):
        self.inits, self.rows, self.defined, self.finished = [], [], [], 0

    def init(self, **options):
        self.inits.append(options)
        return self

    def define_metric(self, name, **options):
        self.defined.append((name, options))

    def log(self, row):
        self.rows.append(row)

    def finish(self):
        self.finished += 1


def test_weights_and_biases_draws_over_cycles(project):
    module = Wandb()
    found = opened(project, wandb("support", module=module))
    found.cycle(1, "waiting")
    go_on(project)
    found.cycle(1, "stopped")
    assert module.inits == [{"project": "support", "name": "loop", "resume": "allow", "id": "1234"}] * 2
    assert module.defined[:2] == [("cycle", {}), ("*", {"step_metric": "cycle"})]
    assert {"data_gate/band_retention/value": 0.93, "cycle": 1} in module.rows
    assert {"training/digest": DATA, "cycle": 1} in module.rows
    assert all(None not in row.values() for row in module.rows)
    assert module.finished == 2  # and not once more when Python ends


def test_the_environment_is_put_back():
    name = "HOLDFAST_TEST_OF_SINKS"
    with environment({name: "one", f"{name}_2": None}):
        assert os.environ[name] == "one"
        with environment({name: None}):
            assert name not in os.environ
        assert os.environ[name] == "one"
    assert name not in os.environ

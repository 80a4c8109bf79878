"""OpenLineage 2-0-2 events of a project: a run for every cycle, and one for every time a stage was begun. A function of its journal."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.data import digest_of
from holdfast.reports.exports.openlineage import MIXTURE, PRODUCER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.cycles.journal import Event

_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "parent": ("1-2-0", "ParentRunFacet"),
    "test": ("1-0-1", "TestRunFacet"),
    "errorMessage": ("1-0-1", "ErrorMessageRunFacet"),
    "executionParameters": ("1-0-0", "ExecutionParametersRunFacet"),
    "jobType": ("2-0-4", "JobTypeJobFacet"),
    "version": ("1-0-1", "DatasetVersionDatasetFacet"),
    "datasetType": ("1-0-1", "DatasetTypeDatasetFacet"),
    "inputStatistics": ("1-0-0", "InputStatisticsInputDatasetFacet"),
    "outputStatistics": ("1-0-2", "OutputStatisticsOutputDatasetFacet"),
}
_STEPS = {"data_gate": "GATE", "model_gate": "GATE"}
_GATES = ("data_gate", "model_gate")
# What a stage reads and writes, by what it is called in its events; anything else that a result depends on is a parameter.
_READ = {"made": "made", "parent": "snapshots", "data": "blend", "model": "model", "anchor": "anchor"}
_WRITTEN = {
    "generate": "made",
    "filter": "made",
    "blend": "blend",
    "train": "model",
    "evaluate": "evaluation",
}
_MODEL = "model"
_INTERRUPTED = ("interrupted", "KeyboardInterrupt")
# Status and severity of a test, by the verdict of what it stands for.
_STATES = {"pass": ("pass", "error"), "warn": ("fail", "warn"), "fail": ("fail", "error")}
_SKIPPED = ("skip", "error")


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """A stage that was begun."""

    id: str
    job: dict[str, Any]
    inputs: list[dict[str, Any]]
    facets: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class _Telling:
    """What is known while events are told in their order.

    Attributes:
        namespace: Of jobs and sets.
        name: The project's.
        identity: Of the project: what its runs are named after.
        models: Digest of the model that each training left, by the number of the event in which it ended.
        anchor: Name of the anchor.
        said: What was told.
        cycle: The cycle that is open, and its run.
        open: Stages that were begun and have not ended, by cycle and stage.
        rows: Rows of sets, by their version.
    """

    namespace: str
    name: str
    identity: str
    models: dict[int, str]
    anchor: str
    said: list[dict[str, Any]] = field(default_factory=list)
    cycle: tuple[int, _Attempt] | None = None
    open: dict[tuple[int, str], _Attempt] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def run_id(self, *what: object) -> str:
        """Named after what happened: told twice, it is still one run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, (self.identity, *what)))))

    def job(self, stage: str) -> dict[str, Any]:
        kind = _STEPS.get(stage, stage.upper())
        facet = _facet("jobType", processingType="BATCH", integration="HOLDFAST", jobType=kind)
        return {
            "namespace": self.namespace,
            "name": f"holdfast.{self.name}.{stage}",
            "facets": {"jobType": facet},
        }

    def parent(self) -> dict[str, Any]:
        """The facet that says in which cycle it was."""
        if self.cycle is None:
            return {}
        run = self.cycle[1]
        job = {key: run.job[key] for key in ("namespace", "name")}
        return {"parent": _facet("parent", run={"runId": run.id}, job=job)}

    def set(self, role: str, version: str) -> dict[str, Any]:
        """A set of the project, in one of its versions."""
        kind = "MODEL" if role == _MODEL else "FILE"
        name = self.anchor if role == "anchor" else f"{self.name}/{role}"
        facets = {
            "version": _facet("version", datasetVersion=version),
            "datasetType": _facet("datasetType", datasetType=kind),
        }
        return {"namespace": self.namespace, "name": name, "facets": facets}

    def input(self, role: str, version: str) -> dict[str, Any]:
        found = self.set(role, version)
        if version in self.rows:
            found["inputFacets"] = {"inputStatistics": _facet("inputStatistics", rowCount=self.rows[version])}
        return found

    def say(
        self,
        kind: str,
        at: str,
        attempt: _Attempt,
        *,
        facets: dict[str, Any] | None = None,
        outputs: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.said.append(
            {
                "eventType": kind,
                "eventTime": at,
                "producer": PRODUCER,
                "schemaURL": _EVENT,
                "run": {"runId": attempt.id, "facets": {**attempt.facets, **(facets or {})}},
                "job": attempt.job,
                "inputs": list(attempt.inputs),
                "outputs": list(outputs),
            }
        )


def render(events: Sequence[Event], *, name: str, namespace: str = "holdfast") -> list[dict[str, Any]]:
    """The events of a project, in their order.

    Args:
        events: Its journal, from the first.
        name: What the project is called.
        namespace: Of jobs and sets.
    """
    if not events:
        return []
    telling = _Telling(
        namespace=namespace,
        name=name,
        # A folder that was moved or renamed is still the same project.
        identity=digest_of([events[0].at, events[0].kind, events[0].body]),
        models=_models(events),
        anchor=_anchor(events),
    )
    for event in events:
        tell = _TELLERS.get(event.kind)
        if tell is not None:
            tell(telling, event)
    return telling.said


def _cycle_began(telling: _Telling, event: Event) -> None:
    body = event.body
    run = _Attempt(
        id=telling.run_id("cycle", event.cycle, event.number), job=telling.job("cycle"), inputs=[], facets={}
    )
    if body["parent"] is not None:
        run.inputs.append(telling.input("snapshots", body["parent"]))
    run.facets["executionParameters"] = _parameters(
        {"cycle": event.cycle, "recipe": body["recipe_hash"], "seed": body["seed"], "part": body["part"]}
    )
    telling.say("START", event.at, run)
    telling.cycle = (int(event.cycle or 0), run)


def _cycle_ended(telling: _Telling, event: Event) -> None:
    for key in [key for key in telling.open if key[0] == event.cycle]:
        telling.say("ABORT", event.at, telling.open.pop(key))
    if telling.cycle is None or telling.cycle[0] != event.cycle:
        return
    # Whom a gate stopped and a person gave up has not broken.
    kind = "COMPLETE" if event.body["outcome"] == "accepted" else "ABORT"
    telling.say(kind, event.at, telling.cycle[1])
    telling.cycle = None


def _stage_began(telling: _Telling, event: Event) -> None:
    key = (int(event.cycle or 0), str(event.stage))
    left = telling.open.pop(key, None)
    if left is not None:
        # It was killed: nobody could write down that it ended.
        telling.say("ABORT", event.at, left)
    attempt = _attempt(telling, event, event.body["attempt"], event.body["inputs"])
    telling.open[key] = attempt
    telling.say("START", event.at, attempt)


def _stage_ended(telling: _Telling, event: Event) -> None:
    if event.stage in _GATES:  # it ends with what it says
        return
    attempt = _ending(telling, event)
    stage, facts = str(event.stage), event.body["facts"]
    version = facts.get("data_hash") or telling.models.get(event.number) or event.body["digest"]
    rows = facts.get("rows")
    if rows is not None:
        # What comes next may name it by the digest of the folder, or by the hash of its rows.
        telling.rows |= {version: rows, event.body["digest"]: rows}
    files = event.body["outputs"]
    statistics = {"size": sum(file["bytes"] for file in files), "fileCount": len(files)}
    made = telling.set(_WRITTEN.get(stage, stage), version)
    made["outputFacets"] = {
        "outputStatistics": _facet(
            "outputStatistics", **({} if rows is None else {"rowCount": rows}), **statistics
        )
    }
    facets = {}
    if "realised" in facts:
        facets["holdfast_mixture"] = {
            "_producer": PRODUCER,
            "_schemaURL": MIXTURE,
            "realised_rows": facts["realised"],
            "generation_depth": facts["depth"],
        }
    telling.say("COMPLETE", event.at, attempt, facets=facets, outputs=[made])


def _stage_broke(telling: _Telling, event: Event) -> None:
    attempt = _ending(telling, event)
    error = str(event.body["error"])
    if error.startswith(_INTERRUPTED):
        telling.say("ABORT", event.at, attempt)
        return
    facet = _facet("errorMessage", message=error, programmingLanguage="Python")
    telling.say("FAIL", event.at, attempt, facets={"errorMessage": facet})


def _gate(telling: _Telling, event: Event) -> None:
    attempt = _ending(telling, event)
    severity = "error" if event.body["definition"].get("severity") != "warn" else "warn"
    tests = [_overall(event, severity)]
    tests += [_test(finding, severity) for finding in event.body["findings"]]
    anchor = event.body["definition"]["anchor"]["digest"]
    attempt.inputs.append(telling.input("anchor", anchor))
    telling.say("COMPLETE", event.at, attempt, facets={"test": _facet("test", tests=tests)})


def _snapshot(telling: _Telling, event: Event) -> None:
    body, sealed = event.body, str(event.snapshot)
    telling.rows[sealed] = body["rows"]
    inputs = [telling.input("blend", body["data_hash"])]
    inputs += [telling.input("snapshots", parent) for parent in body["parents"]]
    attempt = _Attempt(
        id=telling.run_id("seal", event.number),
        job=telling.job("seal"),
        inputs=inputs,
        facets=telling.parent(),
    )
    made = telling.set("snapshots", sealed)
    made["outputFacets"] = {"outputStatistics": _facet("outputStatistics", rowCount=body["rows"])}
    telling.say("START", event.at, attempt)
    telling.say("COMPLETE", event.at, attempt, outputs=[made])


_TELLERS = {
    "cycle_began": _cycle_began,
    "cycle_ended": _cycle_ended,
    "stage_began": _stage_began,
    "stage_ended": _stage_ended,
    "stage_broke": _stage_broke,
    "gate": _gate,
    "snapshot": _snapshot,
}


def _attempt(
    telling: _Telling, event: Event, attempt: int | str, inputs: Sequence[dict[str, Any]]
) -> _Attempt:
    stage = str(event.stage)
    read = {**_READ, "subject": _MODEL if stage == "model_gate" else "blend"}
    parameters = {entry["name"]: entry["digest"] for entry in inputs if entry["name"] not in read}
    facets = telling.parent()
    facets["executionParameters"] = _parameters({"cycle": event.cycle, "attempt": attempt, **parameters})
    return _Attempt(
        id=telling.run_id("stage", event.number),
        job=telling.job(stage),
        inputs=[
            telling.input(read[entry["name"]], entry["digest"]) for entry in inputs if entry["name"] in read
        ],
        facets=facets,
    )


def _ending(telling: _Telling, event: Event) -> _Attempt:
    """The attempt that ends here. A folder may be found whole although its attempt is on record as broken: that is a run of its own."""
    attempt = telling.open.pop((int(event.cycle or 0), str(event.stage)), None)
    if attempt is None:
        attempt = _attempt(telling, event, "found", ())
        telling.say("START", event.at, attempt)
    return attempt


def _overall(event: Event, severity: str) -> dict[str, Any]:
    """The gate itself as a test: also where it looked at nothing."""
    status, weight = _STATES.get(event.body["verdict"], _SKIPPED)
    look = event.body["look"]
    return {
        "name": str(event.stage),
        "status": status,
        "severity": "warn" if severity == "warn" else weight,
        "type": "gate",
        "actual": f"{event.body['verdict']}: {event.body['sentence']}",
        "params": {"part": look["part"], "look": look["number"], "level": look["level"]},
    }


def _test(finding: dict[str, Any], severity: str) -> dict[str, Any]:
    status, weight = _STATES.get(finding["verdict"], _SKIPPED)
    warned = severity == "warn" or not finding.get("judged", True)
    loss = "against" in finding
    found: dict[str, Any] = {
        "name": f"{finding['name']}/{finding['against']}" if loss else finding["name"],
        "status": status,
        "severity": "warn" if warned else weight,
        "type": "paired_loss" if loss else "two_sample",
    }
    value = finding.get("loss" if loss else "value")
    if status == "skip" or value is None:
        found["actual"] = f"undetermined: {finding.get('reason') or 'no reason was given'}"
    else:
        found["actual"] = _number(value)
    reality = finding.get("reality")
    if loss:
        found["expected"] = f"<= {_number(finding['margin'])}"
        if finding.get("interval"):
            found["actual"] += f" ({' to '.join(map(_number, finding['interval']))})"
    elif reality is not None and None not in (reality[0], reality[2]):
        found["expected"] = f"{_number(reality[0])} to {_number(reality[2])}"
    names = ("unit", "rows", "level", "tolerance", "p_adjusted", "smallest_loss_seen")
    parameters = {name: finding[name] for name in names if finding.get(name) is not None}
    return found | ({"params": parameters} if parameters else {})


def _models(events: Sequence[Event]) -> dict[int, str]:
    """A model is written down right after the training that made it."""
    found, last = {}, {}
    for event in events:
        if event.kind == "stage_ended" and event.stage == "train":
            last[event.cycle] = event.number
        elif event.kind == "model" and event.cycle in last and event.body["digest"] is not None:
            found[last[event.cycle]] = str(event.body["digest"])
    return found


def _anchor(events: Sequence[Event]) -> str:
    """What the last gate calls it."""
    named = [event.body["definition"]["anchor"]["name"] for event in events if event.kind == "gate"]
    return str(named[-1]) if named else "anchor"


def _facet(name: str, /, **members: Any) -> dict[str, Any]:
    version, kind = _FACETS[name]
    return {
        "_producer": PRODUCER,
        "_schemaURL": f"{_SPEC}/facets/{version}/{kind}.json#/$defs/{kind}",
        **members,
    }


def _parameters(values: dict[str, Any]) -> dict[str, Any]:
    return _facet(
        "executionParameters",
        parameters=[{"key": name, "value": str(value)} for name, value in values.items()],
    )


def _number(value: float) -> str:
    return f"{value:.6g}"

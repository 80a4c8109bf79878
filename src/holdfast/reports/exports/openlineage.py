"""OpenLineage 2-0-2 events: the run that wrote a set, and the audit that judged it. Data sets and columns, never rows."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from holdfast.reports import wording
from holdfast.reports.exports.facts import named
from holdfast.version import __version__

if TYPE_CHECKING:
    from holdfast.reports.exports.about import About
    from holdfast.reports.exports.facts import Column, Facts
    from holdfast.reports.summary import Reading, Summary

PRODUCER = f"urn:holdfast:{__version__}"
MIXTURE = "urn:holdfast:openlineage:mixture:1"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {
    "test": ("1-0-1", "TestRunFacet"),
    "jobType": ("2-0-4", "JobTypeJobFacet"),
    "version": ("1-0-1", "DatasetVersionDatasetFacet"),
    "schema": ("1-2-0", "SchemaDatasetFacet"),
    "tags": ("1-0-0", "TagsDatasetFacet"),
    "inputStatistics": ("1-0-0", "InputStatisticsInputDatasetFacet"),
    "outputStatistics": ("1-0-2", "OutputStatisticsOutputDatasetFacet"),
    "processing_engine": ("1-1-1", "ProcessingEngineRunFacet"),
}
_STEPS = {"blend": "BLEND", "curation": "FILTER"}
_STATES = {
    "pass": ("pass", "error"),
    "warn": ("fail", "warn"),
    "fail": ("fail", "error"),
    "undetermined": ("skip", "error"),
}


def render(facts: Facts, about: About, audit: Summary | None) -> list[dict[str, Any]]:
    """The events, in their order.

    Args:
        facts: What the folder says of itself.
        about: What its maker says.
        audit: An audit of it.
    """
    namespace = about.texts.get("namespace", "holdfast")
    set_ = {"namespace": namespace, "name": about.texts.get("name", facts.name), "facets": _dataset(facts)}
    made = {
        **set_,
        "outputFacets": {
            "outputStatistics": _facet(
                "outputStatistics", rowCount=facts.data.rows, size=facts.data.bytes, fileCount=1
            )
        },
    }
    events = _run(
        f"{namespace}/{facts.kind}/{facts.data_hash}",
        facts.written_at,
        _job(namespace, facts.kind, _STEPS[facts.kind]),
        run_facets={
            "processing_engine": _facet(
                "processing_engine",
                name="holdfast",
                version=__version__,
                openlineageAdapterVersion=__version__,
            ),
            "holdfast_mixture": _mixture(facts),
        },
        inputs=_inputs(facts, namespace),
        outputs=[made],
    )
    if audit is not None:
        events += _run(
            f"{namespace}/audit/{facts.data_hash}/{audit['created_at']}",
            audit["created_at"],
            _job(namespace, "audit", "GATE"),
            run_facets={"test": _facet("test", tests=[_test(reading) for reading in audit["readings"]])},
            inputs=[set_, _anchor(audit, namespace)],
            outputs=[],
        )
    return events


def _run(
    name: str,
    time: str,
    job: dict[str, Any],
    *,
    run_facets: dict[str, Any],
    inputs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    # Named after what happened: exported twice, it is still one run.
    run = {"runId": str(uuid.uuid5(uuid.NAMESPACE_URL, name)), "facets": run_facets}
    body = {"eventTime": time, "producer": PRODUCER, "schemaURL": _EVENT}
    return [
        {
            "eventType": "START",
            **body,
            "run": {"runId": run["runId"]},
            "job": job,
            "inputs": inputs,
            "outputs": [],
        },
        {"eventType": "COMPLETE", **body, "run": run, "job": job, "inputs": inputs, "outputs": outputs},
    ]


def _facet(name: str, /, **members: Any) -> dict[str, Any]:
    version, kind = _FACETS[name]
    return {
        "_producer": PRODUCER,
        "_schemaURL": f"{_SPEC}/facets/{version}/{kind}.json#/$defs/{kind}",
        **members,
    }


def _job(namespace: str, name: str, kind: str) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "name": f"holdfast.{name}",
        "facets": {
            "jobType": _facet("jobType", processingType="BATCH", integration="HOLDFAST", jobType=kind)
        },
    }


def _dataset(facts: Facts) -> dict[str, Any]:
    fields = [_described(name, column) for name, column in facts.columns.items()]
    tags = [{"key": "source_type", "value": kind, "source": "HOLDFAST"} for kind in named(facts.source_types)]
    return {
        "version": _facet("version", datasetVersion=facts.data_hash),
        "schema": _facet("schema", fields=fields),
        "tags": _facet("tags", tags=tags),
    }


def _described(name: str, column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "type": f"array of {column.type}" if column.array else column.type}
    if column.members:
        found["fields"] = [{"name": key, "type": kind} for key, kind in column.members.items()]
    return found


def _inputs(facts: Facts, namespace: str) -> list[dict[str, Any]]:
    manifest = facts.manifest
    given = manifest.get("sources") or [manifest["input"]]
    anchor = manifest.get("anchor") or manifest.get("reality")
    found = [
        _input(namespace, str(entry.get("path") or entry["name"]), entry["digest"], entry["rows"])
        for entry in given
    ]
    if anchor:
        found.append(_input(namespace, str(anchor["name"]), anchor["digest"], None))
    return found


def _anchor(audit: Summary, namespace: str) -> dict[str, Any]:
    anchor = audit["anchor"]
    return _input(namespace, anchor["name"], anchor["digest"], anchor["rows"])


def _input(namespace: str, name: str, digest: str | None, rows: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {"namespace": namespace, "name": name}
    if digest is not None:
        found["facets"] = {"version": _facet("version", datasetVersion=digest)}
    if rows is not None:
        found["inputFacets"] = {"inputStatistics": _facet("inputStatistics", rowCount=rows)}
    return found


def _mixture(facts: Facts) -> dict[str, Any]:
    manifest = facts.manifest
    found: dict[str, Any] = {"_producer": PRODUCER, "_schemaURL": MIXTURE}
    if facts.kind == "blend":
        found |= {
            "planned_share": manifest["planned_share"],
            "realised_rows": manifest["realised_rows"]["source"],
        }
    for name, counts in (("source_type_rows", facts.source_types), ("depth_rows", facts.depths)):
        found[name] = named(counts)
    return found


def _test(reading: Reading) -> dict[str, Any]:
    status, severity = _STATES[reading["verdict"]]
    if not wording.asked(reading):
        status = "skip"
    found: dict[str, Any] = {
        "name": reading["measure"],
        "status": status,
        "severity": severity if reading["judged"] else "warn",
        "type": "two_sample",
        "description": reading["title"],
    }
    if reading["value"] is None:
        return found | {"actual": f"undetermined: {reading['reason'] or 'no reason was given'}"}
    found["actual"] = _number(reading["value"])
    null = reading["null"]
    if null is not None:
        found["expected"] = f"{_number(null['low'])} to {_number(null['high'])}"
    parameters = {
        "tolerance": reading["tolerance"],
        "p_adjusted": reading["p_adjusted"],
        "smallest_detectable": reading["smallest_detectable"],
        "draws": reading["draws"],
    }
    return found | {"params": {name: value for name, value in parameters.items() if value is not None}}


def _number(value: float) -> str:
    return f"{value:.6g}"

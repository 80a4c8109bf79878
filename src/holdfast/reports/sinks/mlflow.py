"""MLflow: one run a project, the rows that were trained on as its inputs, by our own hash of them."""

from __future__ import annotations

import os
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from holdfast.reports.sinks.environment import environment

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from holdfast.reports.sinks.sink import Role, Run, Value

PROJECT, OUTCOME = "holdfast.project", "holdfast.outcome"
_DIGEST = 36  # MLflow stores no more of a data set's digest; the whole one goes out as a tag
_NAME = re.compile(r"[^\w./: -]")  # what MLflow takes in names of metrics and tags
# MLflow tries a server that is away for minutes, and reports each use of itself; unless one said what one wants.
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}


class Mlflow:
    """An experiment of MLflow, at MLFLOW_TRACKING_URI.

    Args:
        experiment: Its name; it is made where there is none.
    """

    def __init__(self, experiment: str) -> None:
        self._experiment = experiment
        self._client: Any = None
        self._run = ""
        self._name = ""

    def start(self, run: Run) -> None:
        """Opens the run of the project, or goes on with it."""
        with _asked():
            if self._client is None:
                self._client = import_module("mlflow.tracking").MlflowClient()
            client = self._client
            found = client.get_experiment_by_name(self._experiment)
            experiment = client.create_experiment(self._experiment) if found is None else found.experiment_id
            runs = client.search_runs([experiment], filter_string=f"tags.`{PROJECT}` = '{run.id}'")
            if runs:
                self._run = runs[0].info.run_id
                client.update_run(self._run, status="RUNNING")
            else:
                made = client.create_run(experiment, run_name=run.name, tags={PROJECT: run.id})
                self._run = made.info.run_id
            self._name = run.name

    def metric(self, name: str, value: Value, step: int) -> None:
        """Logs a figure; a word becomes a tag, and what cannot be known is a gap."""
        if value is None:
            return
        with _asked():
            if isinstance(value, str):
                self._client.set_tag(self._run, _plain(f"holdfast.{step:04d}.{name}"), value)
            else:
                self._client.log_metric(self._run, _plain(name), float(value), step=step)

    def artifact(self, path: str, digest: str, *, role: Role, step: int) -> None:
        """Rows that were trained on are an input of the run; a model and a snapshot are tags. Nothing is copied."""
        if role != "training":
            self.metric(role, f"{path} {digest}", step)
            return
        with _asked():
            entities = import_module("mlflow.entities")
            tags = {
                "mlflow.data.context": "training",
                "holdfast.data_hash": digest,
                "holdfast.cycle": str(step),
            }
            given = entities.DatasetInput(
                dataset=entities.Dataset(
                    name=self._name,
                    digest=digest.removeprefix("sha256:")[:_DIGEST],
                    source_type="local",
                    source=msgspec.json.encode({"uri": path}).decode(),
                ),
                tags=[entities.InputTag(key=key, value=value) for key, value in tags.items()],
            )
            self._client.log_inputs(self._run, datasets=[given])

    def end(self, verdict: str) -> None:
        """Ends the run until there is more; one that waits for a person goes on."""
        with _asked():
            self._client.set_tag(self._run, OUTCOME, verdict)
            if verdict != "waiting":
                # A gate that says no is not a run that broke.
                self._client.set_terminated(self._run, "FINISHED")


def _asked() -> AbstractContextManager[None]:
    return environment({name: value for name, value in _DEFAULTS.items() if name not in os.environ})


def _plain(name: str) -> str:
    return _NAME.sub("_", name)

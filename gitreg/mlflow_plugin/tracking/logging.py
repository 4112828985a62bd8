"""Part of the tracking store: metrics, params and tags. While a run runs, each call is one append to its journal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_MODELS

from gitreg.domain.curves import MetricPoint
from gitreg.domain.fitted import kept_key, kept_text
from gitreg.drafts import Entry
from gitreg.drafts import Param as ParamEntry
from gitreg.drafts.lines import STEPS
from gitreg.errors import UsageError
from gitreg.mlflow_plugin.faults import invalid, missing, speaking_mlflow
from gitreg.mlflow_plugin.tracking.entities_models import id_of
from gitreg.mlflow_plugin.tracking.entities_tags import tagging, untagging
from gitreg.mlflow_plugin.tracking.entities_times import moment_of
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.mlflow_plugin.tracking.untyped import (
    checked_batch,
    checked_param,
    checked_tag,
    require_batch_limits,
    require_different_params,
    require_metric,
    require_run_id,
)


class Logging(Placing):
    """What a training says while it runs, and people afterwards."""

    @speaking_mlflow
    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Logs one value of a metric."""
        require_metric(metric.key, metric.value, metric.timestamp, metric.step)
        self._say(run_id, [_point(metric)])

    @speaking_mlflow
    def log_param(self, run_id: str, param: Param) -> None:
        """Logs a parameter, whose value cannot change."""
        checked = checked_param(param.key, param.value)
        try:
            self._say(run_id, _params([checked]))
        except UsageError as error:
            known = self._changed(run_id, [checked])
            if not known:
                raise
            _, old, new = known[0]
            raise invalid(
                f"Changing param values is not allowed. Param with key='{param.key}' was already logged with"
                f" value='{old}' for run ID='{run_id}'. Attempted logging new value '{new}'."
            ) from error

    @speaking_mlflow
    def set_tag(self, run_id: str, tag: RunTag) -> None:
        """Attaches a word; the last value counts."""
        checked = checked_tag(tag.key, tag.value)
        self._say(run_id, tagging(checked.key, checked.value))

    @speaking_mlflow
    def delete_tag(self, run_id: str, key: str) -> None:
        """Takes a word from a run."""
        self._require_active(run_id)
        if kept_key(key) not in self._run(run_id).data.tags:
            raise missing(f"No tag with name: {key} in run with id {run_id}")
        self._say(run_id, untagging(key))

    @speaking_mlflow
    def log_batch(
        self, run_id: str, metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]
    ) -> None:
        """Logs all of it, or nothing."""
        require_run_id(run_id)
        metrics, params, tags = checked_batch(metrics, params, tags)
        require_batch_limits(metrics, params, tags)
        require_different_params(params)
        entries = [
            *_params(params),
            *_points(metrics),
            *(one for tag in tags for one in tagging(tag.key, tag.value)),
        ]
        try:
            self._say(run_id, entries)
        except UsageError as error:
            known = self._changed(run_id, params)
            if not known:
                raise
            changes = [{"key": key, "old_value": old, "new_value": new} for key, old, new in known]
            raise invalid(
                f"Changing param values is not allowed. Params were already logged='{changes}' for run ID='{run_id}'."
            ) from error

    @speaking_mlflow
    def record_logged_model(self, run_id: str, mlflow_model: Any) -> None:  # noqa: ANN401 - MLflow's Model
        """Keeps in a tag what a model of MLflow 2 was, beside those before it."""
        if not hasattr(mlflow_model, "get_tags_dict"):  # mlflow-skinny has no class to ask for
            raise TypeError(
                f"Argument 'mlflow_model' should be mlflow.models.Model, got '{type(mlflow_model)}'"
            )
        self._require_active(run_id)
        before = self._run(run_id).data.tags.get(MLFLOW_LOGGED_MODELS, "[]")
        value = json.dumps([*json.loads(before), mlflow_model.get_tags_dict()])
        checked = checked_tag(MLFLOW_LOGGED_MODELS, value)
        self._say(run_id, tagging(checked.key, checked.value))

    def _changed(self, run_id: str, params: Iterable[Param]) -> list[tuple[str, str, str]]:
        """The params that have another value already: key, old value, new one."""
        _, facts = self._facts(run_id)
        return [
            (one.key, old, one.value)
            for one in params
            if (old := facts.params.get(kept_key(one.key))) is not None and old != kept_text(one.value)
        ]


def _params(params: Iterable[Param]) -> list[Entry]:
    return [ParamEntry(kept_key(one.key), _value(one)) for one in params]


def _value(param: Param) -> str:
    if param.value is None:
        raise invalid(f"the param {param.key} has no value")
    return kept_text(str(param.value))


def _points(metrics: Iterable[Metric]) -> list[MetricPoint]:
    """Points in the order given, each once."""
    points = map(_point, metrics)
    return list(
        {(one.key, repr(one.value), one.step, one.time, one.model, one.data): one for one in points}.values()
    )


def _point(metric: Metric) -> MetricPoint:
    step = int(metric.step or 0)
    if step not in STEPS:
        raise invalid(f"the step {step} of the metric {metric.key} is no 64-bit integer")
    time = moment_of(metric.timestamp)
    model = model_of(metric.model_id) if metric.model_id else None
    data = (
        (kept_text(metric.dataset_name), kept_text(metric.dataset_digest or ""))
        if metric.dataset_name
        else None
    )
    return MetricPoint(kept_key(metric.key), float(metric.value), step, time, model, data)


def model_of(model_id: str) -> str:
    """The id of a logged model, as records have it.

    Raises:
        MlflowException: if it is none.
    """
    found = id_of(model_id)
    if found is None:
        raise missing(f"Logged model with ID '{model_id}' not found.")
    return found

"""Part of the tracking store: all points of a metric, in the order of MLflow's SQL store, whole, by pages and sampled."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from mlflow.entities import Metric
from mlflow.entities.metric import MetricWithRunId
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.store.entities.paged_list import PagedList

from gitreg.domain.curves import MetricPoint
from gitreg.domain.fitted import kept_key
from gitreg.errors import NotFoundError
from gitreg.mlflow_plugin.faults import invalid, speaking_mlflow
from gitreg.mlflow_plugin.paging import page_start
from gitreg.mlflow_plugin.tracking.entities_runs import point_entity
from gitreg.mlflow_plugin.tracking.placing import Placing
from gitreg.mlflow_plugin.tracking.untyped import search
from gitreg.workflows.running.read_points import read_points

NOWHERE = ErrorCode.Name(RESOURCE_DOES_NOT_EXIST)


class Histories(Placing):
    """Points of metrics; of a run that is none there are none."""

    @speaking_mlflow
    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: int | None = None, page_token: str | None = None
    ) -> PagedList[Metric]:
        """The points of a metric by time, step and value."""
        start = page_start(page_token)
        found = sorted(self._points(run_id, metric_key), key=_by_time)[start:]
        if max_results is None or len(found) <= max_results:
            return PagedList(found, None)
        return PagedList(found[:max_results], search.create_page_token(start + max_results))

    @speaking_mlflow
    def get_metric_history_bulk(
        self, run_ids: Sequence[str], metric_key: str, max_results: int
    ) -> list[MetricWithRunId]:
        """The points of a metric in several runs, run by run."""
        found: list[MetricWithRunId] = []
        for run_id in sorted(set(run_ids)):
            if len(found) < max_results:
                found += _of_run(run_id, sorted(self._points(run_id, metric_key), key=_by_time))
        return found[:max_results]

    @speaking_mlflow
    def get_max_step_for_metric(self, run_id: str, metric_key: str) -> int:
        """The highest step of a metric; 0 without any."""
        return max((one.step for one in self._points(run_id, metric_key)), default=0)

    @speaking_mlflow
    def get_metric_history_bulk_interval_from_steps(
        self, run_id: str, metric_key: str, steps: Collection[int], max_results: int
    ) -> list[MetricWithRunId]:
        """The points of a metric at some steps, by step."""
        wanted = frozenset(steps)
        found = (one for one in self._points(run_id, metric_key) if one.step in wanted)
        return _of_run(run_id, sorted(found, key=_by_step)[:max_results])

    @speaking_mlflow
    def get_metric_history_bulk_interval(
        self,
        run_ids: Sequence[str],
        metric_key: str,
        max_results: int,
        start_step: int | None,
        end_step: int | None,
    ) -> list[MetricWithRunId]:
        """So many points of a metric in each run, evenly chosen among those between two steps; the last is among them."""
        if (start_step is None) != (end_step is None):
            raise invalid(
                "Both start_step and end_step must be specified together, or neither may be specified."
            )
        most = max(1, max_results)
        found: list[MetricWithRunId] = []
        for run_id in run_ids:
            points = sorted(self._points(run_id, metric_key), key=_by_step)
            if start_step is not None and end_step is not None:
                points = [one for one in points if start_step <= one.step <= end_step]
            found += _of_run(run_id, sampled(points, most))
        return found

    def _points(self, run_id: str, metric_key: str) -> list[Metric]:
        try:
            points, created = self._read_points(run_id, kept_key(metric_key))
        except MlflowException as error:
            if error.error_code == NOWHERE:
                return []
            raise
        return [point_entity(point, created) for point in points]

    def _read_points(self, run_id: str, key: str) -> tuple[list[MetricPoint], datetime]:
        opened = self._draft(run_id)
        if opened is not None:
            try:
                return read_points(self._registry, opened.draft, key), opened.draft.start.created
            except NotFoundError:
                pass  # it was committed this moment
        record = self._record(run_id)
        return (read_points(self._registry, record, key) if key in record.metrics else []), record.created


def sampled(points: Sequence[Metric], most: int) -> list[Metric]:
    """The first of each of `most` equal parts, and the last of all; the first parts are longer by one where they differ."""
    size, longer = divmod(len(points), most)
    if not size:
        return list(points)
    starts = [part * size + min(part, longer) for part in range(most)]
    found = [points[start] for start in starts]
    found[-1] = points[-1]
    return found


def _of_run(run_id: str, points: Iterable[Metric]) -> list[MetricWithRunId]:
    return [MetricWithRunId(run_id=run_id, metric=one) for one in points]


def _by_time(one: Metric) -> tuple[int, int, float]:
    return one.timestamp, one.step, _number(one)


def _by_step(one: Metric) -> tuple[int, int, float, bool]:
    return one.step, one.timestamp, _number(one), math.isnan(one.value)


def _number(one: Metric) -> float:
    """MLflow's SQL store keeps NaN as 0, with a mark."""
    return 0.0 if math.isnan(one.value) else one.value

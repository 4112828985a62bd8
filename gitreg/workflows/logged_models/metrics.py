"""What candidates measured of logged models: values that are in both records, and are written by the commit that ends the candidate.

The curve is the candidate's; a logged model keeps values, each with its step, time and data, and not more of them than a record
holds: then of each metric on each data by each candidate only the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from gitreg.documents.records_json import to_json
from gitreg.domain.curves import MetricPoint
from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.errors import RecordError, UsageError
from gitreg.store import Change
from gitreg.workflows.logged_models.places import logged_model_place
from gitreg.workflows.logged_models.records import Changes, edit_in

MOST = 500
"""How many values a record keeps at most; its file has at most 10,000 YAML nodes (documents/limits.py), a value is fifteen."""


def put_measured(
    change: Change, points: Iterable[MetricPoint], candidate: str, experiment: str, now: datetime
) -> None:
    """Puts what a candidate measured of logged models into a change, which commits the candidate too.

    Doing so again changes nothing. What was measured of a model that is not there, or whose record is damaged, is in the
    candidate alone.

    Args:
        change: of the candidate branch.
        points: the candidate's; those that name no model do not count.
        candidate: its id.
        experiment: its slug, where its models usually are.
        now: the time of a point that has none.
    """
    measured: dict[str, list[ModelMetric]] = {}
    for point in points:
        if point.model is not None:
            measured.setdefault(point.model, []).append(value_of(point, candidate, now))
    for model in sorted(measured):
        path = logged_model_place(change.before, model, [experiment])
        if path is not None:
            _put(change, path, measured[model])


def value_of(point: MetricPoint, candidate: str, now: datetime) -> ModelMetric:
    """A point as a value of a logged model."""
    data, fingerprint = point.data or ("", "")
    return ModelMetric(
        key=point.key,
        value=point.value,
        step=point.step or 0,
        time=point.time or now,
        candidate=candidate,
        data=data,
        fingerprint=fingerprint,
    )


def joined(known: Sequence[ModelMetric], more: Iterable[ModelMetric]) -> list[ModelMetric]:
    """Values in the order in which they came, each once."""
    found = {_identity(one): one for one in known}
    for one in more:
        found.setdefault(_identity(one), one)
    return list(found.values())


def thinned(values: Sequence[ModelMetric], most: int = MOST) -> list[ModelMetric]:
    """Those that a record keeps: all while they are few, then the last of each series, then the newest of these."""
    if len(values) <= most:
        return list(values)
    last: dict[tuple[str, ...], ModelMetric] = {}
    for one in values:
        series = (one.key, one.candidate, one.data, one.fingerprint)
        if series not in last or _order(last[series]) <= _order(one):
            last[series] = one
    kept = {id(one) for one in sorted(last.values(), key=_order)[-most:]}
    return [one for one in values if id(one) in kept]


def _put(change: Change, path: str, more: Sequence[ModelMetric]) -> None:
    """Into the record, as many as it has room for; one that cannot be read or written does not keep a candidate from ending."""
    for most in (MOST, MOST // 5, MOST // 25):
        with suppress(RecordError, UsageError):
            edit_in(change, path, lambda before, most=most: _with(before, more, most))  # type: ignore[misc]
            return


def _with(model: LoggedModel, more: Sequence[ModelMetric], most: int) -> Changes:
    values = thinned(joined(model.metrics, more), most)
    if values == model.metrics:
        return {}
    return {("metrics",): to_json(model.model_copy(update={"metrics": values}))["metrics"]}


def _order(one: ModelMetric) -> tuple[datetime, int]:
    return one.time, one.step


def _identity(one: ModelMetric) -> tuple[object, ...]:
    """Equal for equal values; NaN equals NaN."""
    return one.key, repr(one.value), one.step, one.time, one.candidate, one.data, one.fingerprint

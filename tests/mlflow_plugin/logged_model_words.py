"""Short words for tests of logged models, whatever store they are in."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from mlflow.entities import LoggedModel, LoggedModelParameter, LoggedModelTag, Metric
from mlflow.exceptions import MlflowException

MISSING, INVALID, BAD = "RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "BAD_REQUEST"
_NUMBERS = count()


def begun(store: Any, name: str = "forest", experiment: str | None = None, **more: Any) -> LoggedModel:
    time.sleep(0.002)  # models are ordered by milliseconds
    params = [LoggedModelParameter(key, value) for key, value in more.pop("params", {}).items()]
    tags = [LoggedModelTag(key, value) for key, value in more.pop("tags", {}).items()]
    found: LoggedModel = store.create_logged_model(
        experiment or place(store), name=name, params=params, tags=tags, **more
    )
    return found


def place(store: Any) -> str:
    return str(store.create_experiment(f"experiment {next(_NUMBERS)}"))


def run_in(store: Any, experiment: str) -> str:
    return str(store.create_run(experiment, "ada", 1, [], "run").info.run_id)


def measured(
    run: str, model: LoggedModel, value: float, *, key: str = "auc", at: int = 1, step: int = 0, **more: str
) -> Metric:
    return Metric(key, value, at, step, model_id=model.model_id, run_id=run, **more)


def values(model: LoggedModel) -> list[tuple[Any, ...]]:
    found = model.metrics or []
    return sorted(
        (one.key, one.value, one.timestamp, one.step, one.dataset_name or "", one.dataset_digest or "")
        for one in found
    )


def names(store: Any, experiment: str, filter_string: str = "", **more: Any) -> list[str]:
    return [one.name for one in store.search_logged_models([experiment], filter_string, **more)]


def code_of(act: Callable[..., Any], *args: Any, **named: Any) -> str:
    with pytest.raises(MlflowException) as caught:
        act(*args, **named)
    return str(caught.value.error_code)

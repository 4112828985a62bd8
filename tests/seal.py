"""What every test leaves as it found it: the environment, MLflow's globals, and the checkout, without what MLflow makes where nobody told it where."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
STRAY = ("mlruns", "mlflow.db", "mlartifacts")
"""Where MLflow puts things by default, below the current directory: a run's own address is not what it was told, then."""
SILENCE = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
"""MLflow must call nobody, in a test or in what one starts; it asks when it is imported."""
_SET_BY_FLUENT = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_REGISTRY_URI",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_RUN_ID",
    "_MLFLOW_ACTIVE_MODEL_ID",
)


def forget_mlflow(environ: MutableMapping[str, str]) -> None:
    """Takes away what the machine's owner tells MLflow: what is made once in a session is made before any test's own environment."""
    for name in [name for name in environ if name.lstrip("_").startswith("MLFLOW_")]:
        del environ[name]
    environ |= SILENCE


def environment() -> dict[str, str]:
    """What a test finds, but for what pytest says in it and what MLflow is made to forget."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST") and name not in _SET_BY_FLUENT
    }


def restore(before: dict[str, str]) -> list[str]:
    """Makes the environment again what it was; the names that were not."""
    after = environment()
    changed = sorted(name for name in before.keys() | after if before.get(name) != after.get(name))
    for name in changed:
        os.environ.pop(name, None)
    os.environ |= {name: before[name] for name in changed if name in before}
    return changed


def strays() -> set[str]:
    """What of MLflow's lies in the checkout."""
    return {name for name in STRAY if (CHECKOUT / name).exists()}


def put_back() -> None:
    """Makes MLflow, where somebody imported it, forget what `set_tracking_uri` and its like told it."""
    fluent = sys.modules.get("mlflow.tracking.fluent")
    if fluent is None:
        return
    tracking = sys.modules["mlflow.tracking._tracking_service.utils"]
    models = sys.modules["mlflow.tracking._model_registry.utils"]
    tracking._tracking_uri = models._registry_uri = None
    fluent._active_experiment_id = None
    for name in (
        "_active_run_stack",
        "_last_active_run_id",
        "_last_logged_model_id",
        "_ACTIVE_MODEL_CONTEXT",
    ):
        getattr(fluent, name).reset()
    for name in _SET_BY_FLUENT:
        os.environ.pop(name, None)

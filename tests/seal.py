"""What every test leaves as it found it: MLflow's globals, and the checkout, without what MLflow makes where nobody told it where."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
STRAY = ("mlruns", "mlflow.db", "mlartifacts")
"""Where MLflow puts things by default, below the current directory: a run's own address is not what it was told, then."""
SILENCE = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
"""MLflow must call nobody, in a test or in what one starts; it asks when it is imported."""
_SET_BY_FLUENT = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID", "_MLFLOW_ACTIVE_MODEL_ID")


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

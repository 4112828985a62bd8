"""MLflow, which some tests here compare with, must call nobody."""

from __future__ import annotations

import os

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"  # read when it is imported, so before any fixture runs

"""kill -9 of MLflow scripts, in short: the long form is `python tests/torture/kill_mlflow.py --kills 200`."""

from __future__ import annotations

from pathlib import Path

from scripts import assert_no_fault


def test_what_mlflow_was_told_outlives_its_process(environ: dict[str, str], tmp_path: Path) -> None:
    """Every run is completed as killed, with all that returned calls had logged."""
    assert_no_fault("kill_mlflow.py", "--kills", "6", "--seed", "1", folder=tmp_path)

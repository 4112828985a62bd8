"""The older minors of MLflow that are supported: what they show of their stores holds for gitreg's, too.

`.ci/test` brings them (`.ci/older-mlflow`); CONTRIBUTING.md says how to run everything on one of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PART = (
    "test_absent.py",
    "conformance/test_conform_runs.py",
    "conformance/test_conform_logged_models.py",
    "conformance/test_conform_registry_pointers.py",
)
"""The list of what is absent, and of the conformance suite what asks the stores themselves."""
LEAST = ("test_absent.py", "--deselect=tests/mlflow_plugin/test_absent.py::test_no_door_of_the_server_breaks")
"""Of minors between the oldest and the newest: whether the stores have all that is asked of them."""
TOLD = (
    "import mlflow, pytest, sys; print(mlflow.__version__, flush=True); sys.exit(pytest.main(sys.argv[1:]))"
)
FOLDERS = [Path(one) for one in os.environ.get("GITREG_OLDER_MLFLOW", "").split(os.pathsep) if one]


@pytest.mark.skipif(not FOLDERS, reason="GITREG_OLDER_MLFLOW names no folder with an older MLflow")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_stores_are_what_an_older_mlflow_asks_for(folder: Path, tmp_path: Path):
    """Its packages come first, all others are those of the newest; only the oldest is asked all of the part."""
    part = PART if folder == FOLDERS[0] else LEAST
    version = next(one.version for one in distributions(name="mlflow", path=[str(folder)]))
    around = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    path = os.pathsep.join(filter(None, (str(folder), around.get("PYTHONPATH"))))

    done = subprocess.run(
        [sys.executable, "-c", TOLD, "-n", "0", "-q", "-p", "no:randomly", "-p", "no:cacheprovider",
         "--basetemp", str(tmp_path / "base"), *part],
        cwd=HERE, env=around | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert done.stdout.partition("\n")[0] == version
    assert " passed" in done.stdout

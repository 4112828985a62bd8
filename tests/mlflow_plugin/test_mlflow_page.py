"""What README.md and docs/mlflow.md say about MLflow is run as it stands there, each block in a shell of its own.

Short: the README's block, and on what it left the page's block about loading and serving. The long form runs each of the page's
blocks: `GITREG_PAGES=all pytest tests/mlflow_plugin/test_mlflow_page.py`, or by hand `examples/mlflow/demonstrate.sh`.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from desk import Desk

TOP = Path(__file__).resolve().parent.parent.parent
PORTS = ("5055", "5056", "5057")
LONG = pytest.mark.skipif(
    os.environ.get("GITREG_PAGES") != "all",
    reason="the long form: GITREG_PAGES=all pytest tests/mlflow_plugin/test_mlflow_page.py",
)


def run_block(page: str, name: str, home: Path) -> str:
    """Runs a block of a page, with ports that are free; returns what was printed."""
    script = [sys.executable, str(TOP / "examples" / "readme_commands.py"), page, name]
    commands = subprocess.run(script, cwd=TOP, capture_output=True, text=True, check=True).stdout
    for port in PORTS:
        commands = commands.replace(port, free_port())
    environ = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "DO_NOT_TRACK": "true",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=TOP,
        env=environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def free_port() -> str:
    """A port that nobody uses at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def candidates(registry: Path) -> int:
    """How many there are."""
    words = ["git", "-C", str(registry), "ls-tree", "-r", "--name-only", "gitreg/candidates"]
    paths = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return sum(bool(re.search(r"/candidates/.*\.yaml$", path)) for path in paths)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The README's block, run once; the HOME and what was printed."""
    home = tmp_path_factory.mktemp("mlflow-page")
    return home, run_block("README.md", "mlflow", home)


def test_the_readmes_scripts_log_and_register(logged: tuple[Path, str]) -> None:
    """A sweep and a registration, unchanged, then seen by gitreg: six candidates, found by a search, and a version."""
    home, said = logged

    assert "569 told right" in said
    assert len([line for line in said.splitlines() if "\tfinished\t" in line]) == 2
    assert said.splitlines()[-1].startswith("1.0.0\taccepted\t")
    assert candidates(home / "models") == 6


def test_every_name_of_a_version_loads_it_and_a_server_predicts(logged: tuple[Path, str]) -> None:
    """By number, by semantic version, by alias; `models serve` and `models predict` answer."""
    folder = logged[0] / "tumours"
    folder.symlink_to("sweep")  # as the page calls it

    said = run_block("docs/mlflow.md", "mlflow-serving", logged[0])

    told = dict(re.findall(r"^(models:\S+): (\d+) of 569 told right$", said, re.MULTILINE))
    assert [*told] == [
        "models:/tumours/1",
        "models:/tumours/1.0.0",
        "models:/tumours@1.0.0",
        "models:/tumours@champion",
    ]
    assert len({*told.values()}) == 1
    assert re.search(r"^[45] of 5 told right$", said, re.MULTILINE)
    assert '{"predictions": [0, 0, 0]}' in said
    assert (folder / "downloaded" / "MLmodel").is_file()


def test_a_project_logs_into_the_run_that_was_made_for_it(desk: Desk, tmp_path: Path) -> None:
    """`mlflow run` makes a run, its child finds it by the environment, and it is one candidate with both's words."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "MLproject").write_text(
        f"name: small\nentry_points:\n  main:\n    command: {sys.executable} small.py\n"
    )
    (project / "small.py").write_text(
        "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('a', 0.5)\n"
    )
    mlflow.set_tracking_uri(f"gitreg://{desk.path}")

    done = mlflow.projects.run(str(project), env_manager="local", experiment_name="tumours")

    run = mlflow.get_run(done.run_id)
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"a": 0.5})
    assert run.data.tags["mlflow.project.entryPoint"] == "main"
    assert candidates(desk.path) == 1


@LONG
def test_ordinary_scripts_leave_candidates(tmp_path: Path) -> None:
    """Autologging, a sweep, a registration and an MLflow project: eight runs, each a candidate, and a version."""
    said = run_block("docs/mlflow.md", "mlflow-logging", tmp_path)

    assert candidates(tmp_path / "models") == 8
    assert re.search(r"^1\.0\.0\taccepted\t", said, re.MULTILINE)


@LONG
def test_ordinary_scripts_log_by_a_server(tmp_path: Path) -> None:
    """All of it once more through `mlflow server`."""
    said = run_block("docs/mlflow.md", "mlflow-server", tmp_path)

    assert candidates(tmp_path / "registry") == 8
    assert re.search(r"^[45] of 5 told right$", said, re.MULTILINE)

"""What docs/mlflow.md says is run as it stands there, each block in a shell of its own; `demonstrate.sh` runs all of them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
PORT = "5055"


def run_block(name: str, home: Path) -> str:
    """Runs a block, with a port that is free; returns what was printed."""
    script = [sys.executable, str(TOP / "examples" / "readme_commands.py"), "docs/mlflow.md", name]
    commands = subprocess.run(script, cwd=TOP, capture_output=True, text=True, check=True).stdout
    environ = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GIT_CONFIG_NOSYSTEM": "1",
        "DO_NOT_TRACK": "true",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands.replace(PORT, free_port())],
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


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The scripts of examples/mlflow, run once as the page has it; the HOME and what was printed."""
    home = tmp_path_factory.mktemp("mlflow-page")
    return home, run_block("mlflow-logging", home)


def test_ordinary_scripts_leave_candidates(logged: tuple[Path, str]) -> None:
    """Autologging, a sweep, a registration and an MLflow project: eight runs, each a candidate, and a version."""
    home, said = logged
    words = ["git", "-C", str(home / "models"), "ls-tree", "-r", "--name-only", "gitreg/candidates"]

    paths = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()

    assert sum(bool(re.search(r"/candidates/.*\.yaml$", path)) for path in paths) == 8
    assert re.search(r"^1\.0\.0\taccepted\t", said, re.MULTILINE)


def test_every_name_of_a_version_loads_it_and_a_server_predicts(logged: tuple[Path, str]) -> None:
    """By number, by semantic version, by alias; `models serve` and `models predict` answer."""
    said = run_block("mlflow-serving", logged[0])

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
    assert (logged[0] / "tumours" / "downloaded" / "MLmodel").is_file()

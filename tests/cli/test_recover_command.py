"""`gitreg recover` through the real command: a killed run is finished with all that it logged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitreg.drafts import process_mark

CHILD = "import gitreg, time; gitreg.start('churn').log_metric('loss', 0.5, step=2); print('up', flush=True); time.sleep(60)"


def _gitreg(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gitreg", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def killed(environ: dict[str, str], tmp_path: Path) -> Path:
    """A registry in which a run and its command were killed in the middle, with nothing that they could do about it."""
    folder = tmp_path / "registry"
    assert _gitreg(tmp_path, "init", str(folder), "--signing-key", "new").returncode == 0
    words = [sys.executable, "-m", "gitreg", "run", "-e", "churn", "--", sys.executable, "-c", CHILD]
    run = subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "up\n"
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    time.sleep(0.1)
    return folder


def test_a_killed_run_is_recovered_whole(killed: Path) -> None:
    """Everything that was logged is kept, as a candidate whose status is killed."""
    recovered = _gitreg(killed, "recover")

    shown = json.loads(_gitreg(killed, "show", recovered.stdout.strip(), "--json").stdout)["items"][0]
    assert (shown["status"], shown["metrics"]) == ("killed", {"loss": 0.5})
    assert _gitreg(killed, "recover").stderr == "nothing is left to finish\n"


def test_a_rehearsal_recovers_nothing(killed: Path) -> None:
    """--dry-run names the draft, and leaves it."""
    rehearsed = _gitreg(killed, "recover", "--dry-run")

    finished = _gitreg(killed, "recover").stdout.strip()
    assert rehearsed.stdout == f"finish {finished} of churn\n"


def test_where_git_knows_nobody_the_user_at_the_host_recovers(killed: Path, environ: dict[str, str]) -> None:
    """Whoever trained by MLflow's plugin never told Git a name either."""
    Path(environ["GIT_CONFIG_GLOBAL"]).write_text("")
    words = [sys.executable, "-m", "gitreg", "recover"]
    nameless = {
        key: value for key, value in environ.items() if not key.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))
    }

    done = subprocess.run(words, cwd=killed, env=nameless, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    shown = json.loads(_gitreg(killed, "show", done.stdout.strip(), "--json").stdout)["items"][0]
    assert shown["author"]["email"].startswith(f"{shown['author']['name']}@")


def test_a_rehearsal_names_what_would_be_finished(killed: Path) -> None:
    """One that said its end and was not committed, too; one that nobody has is said to be none."""
    [draft] = (killed / ".git/gitreg/drafts").glob("????????*")
    start = json.loads((draft / "candidate.json").read_text())
    with (draft / "journal.ndjson").open("a") as journal:
        journal.write('\n{"kind":"status","status":"finished","time":null}')
    start["process"] = process_mark(os.getpid()).model_dump()
    (draft / "candidate.json").write_text(json.dumps(start))

    assert _gitreg(killed, "recover", "--dry-run").stdout == f"finish {draft.name} of churn\n"
    assert _gitreg(killed, "recover", "0000", "--dry-run").returncode == 3

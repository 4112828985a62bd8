"""A training is never killed by its logging: full disks, folders that are gone, no Git, no remote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import gitreg
from gitreg.workflows.init.init_registry import InitOptions, init_registry

REGISTRY_ID = "0d8f1c5e-0000-4000-8000-000000000000"
TRAINING = """
import os, sys, gitreg
from pathlib import Path
strict = "strict" in sys.argv
candidate = gitreg.start("churn", params={"lr": 1}, strict=strict)
candidate.log_metric("loss", 1.0, step=0)
Path("big.bin").write_bytes(b"x" * 300_000)
TROUBLE
for step in range(1, 3_000):
    candidate.log_metric("loss", 1.0 / step, step=step)
candidate.log_params({"depth": 8})
candidate.set_tag("team", "x" * 5000)
candidate.log_artifact("big.bin")
candidate.log_text("x" * 300_000, "notes.txt")
candidate.note("done")
print("finished", candidate.finish())
print("errors", len(candidate.errors))
print("trained")
"""
FULL = """
import errno
try:
    with open(os.path.join(os.environ["FULL"], "filler"), "wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
except OSError as error:
    assert error.errno == errno.ENOSPC
"""


@pytest.fixture
def models(environ: dict[str, str], tmp_path: Path) -> Path:
    place = tmp_path / "disk" / "models"
    init_registry(
        place, InitOptions(signing_key="new"), environ, now=datetime.now(UTC), registry_id=REGISTRY_ID
    )
    return place


def _train(models: Path, trouble: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    work = models.parent.parent / "work"
    work.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, *words, "-c", TRAINING.replace("TROUBLE", textwrap.dedent(trouble))],
        cwd=work, env={**os.environ, "GITREG_REGISTRY": str(models), **variables},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk_ends_no_training_and_loses_nothing_that_was_taken(small_disk, models):
    """It is told once, the draft stays, and with room again `recover` finishes it."""
    done = _train(models, FULL, FULL=str(small_disk))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "finished None"
    assert done.stdout.splitlines()[-1] == "trained"
    assert done.stderr.count("the training goes on") == 1
    assert "No space left on device" in done.stderr
    assert "is kept as a draft: gitreg recover" in done.stderr

    (small_disk / "filler").unlink()
    recovered = subprocess.run(
        [sys.executable, "-m", "gitreg", "-C", models, "recover"], capture_output=True, text=True, check=False
    )
    assert recovered.returncode == 0, recovered.stderr
    with gitreg.open_registry(models) as registry:
        [found] = registry.search()
    assert (found.id, found.params["lr"], found.metrics["loss"] <= 1.0) == (
        recovered.stdout.strip(),
        "1",
        True,
    )


LIMITED = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
"""


def test_files_that_may_not_grow_end_no_training(models):
    """The same by a limit of the process, where nothing can be mounted: the journal stops in the middle of a line."""
    done = _train(models, LIMITED)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "trained"), done.stderr
    assert done.stdout.splitlines()[1] == "errors 100"
    recovered = subprocess.run(
        [sys.executable, "-m", "gitreg", "-C", models, "recover"], capture_output=True, text=True, check=False
    )
    assert recovered.returncode == 0, recovered.stderr


@pytest.mark.parametrize(
    "trouble",
    [
        "import shutil; shutil.rmtree(os.environ['GITREG_REGISTRY'])",
        "import shutil; shutil.rmtree(Path(os.environ['GITREG_REGISTRY'], '.git/gitreg/drafts'))",
        "os.environ['PATH'] = '/nowhere'; candidate._registry.environ['PATH'] = '/nowhere'",
        "os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')",
        "Path(os.environ['GITREG_REGISTRY'], '.git/refs/heads/gitreg/candidates.lock').touch()",
        "sys.stderr.close()\nimport shutil; shutil.rmtree(os.environ['GITREG_REGISTRY'])",
        "sys.stderr = None\nimport shutil; shutil.rmtree(os.environ['GITREG_REGISTRY'])",
        "for fd in range(3, 50):\n    try: os.close(fd)\n    except OSError: pass",
    ],
    ids=[
        "registry gone",
        "drafts gone",
        "no git",
        "no folder",
        "stale lock",
        "stderr closed",
        "no stderr",
        "no files",
    ],
)
def test_whatever_goes_away_the_training_comes_to_its_end(models, trouble):
    """Each error is kept, and none raises."""
    done = _train(models, trouble)

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "trained"), done.stderr


def test_even_where_warnings_are_errors(models):
    """`python -W error` is about the training's own code."""
    done = _train(models, "import shutil; shutil.rmtree(os.environ['GITREG_REGISTRY'])", "-W", "error")

    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "trained"), done.stderr
    assert "the training goes on" in done.stderr


def test_strict_raises_after_all(models):
    """For whoever would rather have no training than an incomplete record."""
    done = _train(models, "candidate._keeping.strict = True\n" + LIMITED)

    assert done.returncode == 1
    assert "MachineError" in done.stderr


def test_what_could_not_be_committed_may_be_tried_again(models, monkeypatch):
    """A lock that was in the way is gone: `finish` does what it could not."""
    monkeypatch.setenv("GITREG_REGISTRY", str(models))
    candidate = gitreg.start("churn", params={"lr": 1})
    subprocess.run(
        ["git", "config", "core.filesRefLockTimeout", "0"], cwd=models, check=True
    )  # in milliseconds
    lock = Path(models, ".git/refs/heads/gitreg/candidates.lock")
    lock.mkdir()  # a lock that no act removes
    with pytest.warns(gitreg.GitregWarning, match="gitreg recover"):
        assert candidate.finish() is None
    lock.rmdir()

    found = candidate.finish()
    assert found is not None
    assert (found.id, found.params, found.status) == (candidate.id, {"lr": "1"}, "finished")
    assert candidate.finish() is None


def test_values_that_cannot_even_be_asked_are_kept_as_errors(models, monkeypatch):
    """Whatever a library hands over as params."""

    class Strange(dict[str, object]):
        def items(self) -> object:  # type: ignore[override]
            raise RuntimeError("not now")

    monkeypatch.setenv("GITREG_REGISTRY", str(models))
    candidate = gitreg.start("churn")
    with pytest.warns(gitreg.GitregWarning, match="not now"):
        candidate.log_params(Strange())
    candidate.log_metrics(Strange())
    candidate.set_tags(None)  # type: ignore[arg-type]

    assert len(candidate.errors) == 3
    shutil.rmtree(models)

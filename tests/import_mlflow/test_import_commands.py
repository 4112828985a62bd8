"""`gitreg import mlflow` and `gitreg export mlflow`, as people call them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import in_process
import pytest
from mlruns_maker import START

from gitreg.workflows.registry import CANDIDATES

DOCS = Path(__file__).parents[2] / "docs" / "import-mlflow.md"


@pytest.fixture
def gitreg(desk):
    """Calls the command line in the desk's registry."""
    return lambda *words: in_process.call(desk.path, *words, environ=desk.environ)


@pytest.fixture
def trained(runs):
    runs.experiment()
    runs.run(1, metrics={"auc": f"{START} 0.5 0\n"}, files={"model/MLmodel": "x"})
    runs.model()
    runs.version(1)
    return runs


def test_it_prints_what_came(gitreg, trained):
    """A table of kinds and states; nothing else on stdout."""
    said = gitreg("import", "mlflow", str(trained.folder))

    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        "kind\tnew\tthere\tchanged\tclash\tleft out",
        "experiments\t1\t0\t0\t0\t0",
        "runs\t1\t0\t0\t0\t0",
        "logged models\t0\t0\t0\t0\t0",
        "models\t1\t0\t0\t0\t0",
        "versions\t1\t0\t0\t0\t0",
    ]


def test_for_programs(gitreg, trained):
    """One JSON document."""
    said = gitreg("import", "mlflow", str(trained.folder), "--json", "--dry-run")

    items = json.loads(said.out)["items"]
    assert items[1] == {"kind": "runs", "new": 1, "there": 0, "changed": 0, "clash": 0, "left_out": 0}


def test_a_rehearsal_says_that_it_is_one(gitreg, trained, desk):
    """And changes nothing."""
    before = desk.tip(CANDIDATES), desk.tip()

    said = gitreg("import", "mlflow", str(trained.folder), "--dry-run")

    assert "nothing was changed (--dry-run)" in said.err
    assert (desk.tip(CANDIDATES), desk.tip()) == before


def test_what_is_left_behind_is_told_and_ends_with_1(gitreg, trained):
    """A script must know."""
    trained.run(2, status=1)

    said = gitreg("import", "mlflow", str(trained.folder))

    assert said.code == 1
    assert "has not ended" in said.err


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["nowhere"], 3, "no mlruns folder"),
        (["postgresql://host/db"], 2, "mlflow server"),
        (["sqlite:///nowhere.db"], 3, "no file"),
        (["http://127.0.0.1:9"], 7, "127.0.0.1:9"),
        (["http://"], 2, "names no server"),
        (["."], 3, "no mlruns folder"),
        ([".", "--artifacts", "s3://b=/nowhere/at/all"], 2, "there is no folder"),
        ([".", "-j", "0"], 2, "-j"),
    ],
)
def test_what_cannot_be_imported(gitreg, words, code, why):
    """The exit code says whose fault it is, the message what to do."""
    said = gitreg("import", "mlflow", *words)

    assert (said.code, why in said.err) == (code, True), said.err
    assert said.out == ""
    assert len(said.err.splitlines()) <= 3


@pytest.mark.parametrize(
    "words", [["nothing"], ["sqlite:////nowhere/x/y.db"], ["http://h", "--artifacts", "x"], ["ftp://x"]]
)
def test_where_nothing_can_be_exported_to(gitreg, words):
    """A word of the call is wrong."""
    assert gitreg("export", "mlflow", *words).code == 2


def test_one_experiment_brings_no_models_unless_asked_for(gitreg, trained):
    """They belong to no experiment."""
    assert "models\t0" in gitreg("import", "mlflow", str(trained.folder), "-e", "churn").out
    assert "\nmodels\t1" in gitreg("import", "mlflow", str(trained.folder), "-e", "churn", "--models").out


def test_an_export_prints_what_went(gitreg, trained, tmp_path):
    """Once; MLflow's own words are on neither output."""
    gitreg("import", "mlflow", str(trained.folder))

    said = gitreg("export", "mlflow", f"sqlite:///{tmp_path}/out.db")

    assert said.code == 0, said.err
    assert "runs\t1\t0\t0\t0\t0" in said.out
    assert "\nversions\t1" in said.out
    assert "runs\t0\t1" in gitreg("export", "mlflow", f"sqlite:///{tmp_path}/out.db").out
    assert (tmp_path / "mlartifacts" / "churn").is_dir()


def test_nothing_is_exported_to_the_current_folder(gitreg, runs, tmp_path, desk):
    """Where MLflow would put the artifacts of its default experiment, unless somebody tells it."""
    runs.run(1, experiment=runs.experiment("0", "Default"), files={"a.txt": "1"})
    gitreg("import", "mlflow", str(runs.folder))

    said = gitreg("export", "mlflow", f"sqlite:///{tmp_path}/out.db")

    assert said.code == 0, said.err
    assert [path.name for path in (tmp_path / "mlartifacts").rglob("*.txt")] == ["a.txt"]
    assert not (desk.path / "mlruns").exists()


@pytest.mark.parametrize("missing", ["mlflow", "sqlalchemy"])
def test_a_missing_mlflow_is_named_with_what_to_install(desk, missing, tmp_path):
    """Where it is needed; a folder is read without it."""
    (tmp_path / "x.db").write_bytes(b"")
    code = f"import sys; sys.modules[{missing!r}] = None; from gitreg.cli import main; main()"

    said = subprocess.run(
        [sys.executable, "-c", code, "-C", str(desk.path), "import", "mlflow", f"sqlite:///{tmp_path}/x.db"],
        env=desk.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert said.returncode == 2
    assert missing in said.stderr
    assert "pip install 'gitreg-ml[mlflow]'" in said.stderr


def test_a_folder_needs_no_mlflow(desk, trained):
    """Nobody who is stranded with one has to install what refuses it."""
    code = "import sys; sys.modules['mlflow'] = None; from gitreg.cli import main; main()"

    said = subprocess.run(
        [sys.executable, "-c", code, "-C", str(desk.path), "import", "mlflow", str(trained.folder)],
        env=desk.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert said.returncode == 0, said.stderr


def test_an_import_that_is_killed_goes_on(desk, runs):
    """By the signal that nobody hears, at any moment."""
    runs.experiment()
    for number in range(400):
        runs.run(number, metrics={"auc": f"{START} 1 0\n{START} 2 1\n"})
    words = [sys.executable, "-m", "gitreg", "-C", str(desk.path), "import", "mlflow", str(runs.folder)]

    for seconds in (0.9, 1.3, 1.8):
        process = subprocess.Popen(
            words, env=desk.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    done = subprocess.run(words, env=desk.environ, capture_output=True, text=True, check=True)
    [row] = [line.split("\t") for line in done.stdout.splitlines() if line.startswith("runs")]
    assert int(row[1]) + int(row[2]) == 400
    assert desk.git("ls-tree", "-r", "--name-only", CANDIDATES).count(".yaml") == 401
    assert desk.git("fsck", "--strict", "--no-dangling") == ""

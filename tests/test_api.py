"""The Python API: what a data scientist writes in a training script or a notebook."""

from __future__ import annotations

import ast
import importlib
import math
import multiprocessing
import os
import subprocess
import sys
import textwrap
import tomllib
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import gitreg
import gitreg.gitrepo
from gitreg.drafts import drafts
from gitreg.workflows.init.init_registry import InitOptions, init_registry
from gitreg.workflows.running.finish_draft import drafts_folder

TOP = Path(__file__).resolve().parent.parent
REGISTRY_ID = "0d8f1c5e-0000-4000-8000-000000000000"
HEAVY = ("pydantic", "ruamel", "git", "gitdb", "dvc", "dvc_data", "rich", "click", "pandas", "asyncio")


@pytest.fixture
def registry(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[gitreg.OpenRegistry]:
    """A registry, with the current folder in it."""
    place = tmp_path / "models"
    init_registry(
        place, InitOptions(signing_key="new"), environ, now=datetime.now(UTC), registry_id=REGISTRY_ID
    )
    monkeypatch.chdir(place)
    with gitreg.open_registry() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    """A warning that no test expects is a fault."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", gitreg.GitregWarning)
        yield
    assert [str(one.message) for one in told if issubclass(one.category, gitreg.GitregWarning)] == []


def script(text: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a script in another process, in the current folder."""
    command = [sys.executable, "-c", textwrap.dedent(text)]
    return subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )


def only(registry: gitreg.OpenRegistry) -> gitreg.Candidate:
    """The one candidate there is."""
    [candidate] = registry.search()
    return candidate


# The package


def test_importing_gitreg_loads_nothing_of_weight():
    """It stands at the top of every training script."""
    code = (
        f"import sys, gitreg; gitreg.__version__; print([name for name in {HEAVY!r} if name in sys.modules])"
    )

    assert script(code).stdout == "[]\n"


@pytest.mark.parametrize("package", [gitreg, gitreg.gitrepo], ids=lambda package: package.__name__)
def test_every_public_name_is_where_the_table_says(package):
    """Table, `__all__` and the imports for type checkers say the same."""
    tree = ast.parse(Path(package.__file__).read_text())
    imported = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for alias in node.names
        if alias.name not in {"TYPE_CHECKING", "Any"}
    }

    assert set(imported) == set(package.__all__)
    for name, module in imported.items():
        assert getattr(package, name) is getattr(importlib.import_module(module), name)
    assert set(package.__all__) <= set(dir(package))


def test_a_name_that_is_none_is_an_ordinary_error():
    """`hasattr` and tab completion work as ever."""
    with pytest.raises(AttributeError, match="no attribute 'strat'"):
        _ = gitreg.strat


@pytest.mark.checkout
def test_the_version_is_that_of_the_distribution():
    """One number, written in two places."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]

    assert gitreg.__version__ == project["version"]


def test_every_public_method_says_what_it_does():
    """The API is documented where it is written."""
    for kind in (gitreg.ActiveCandidate, gitreg.OpenRegistry, gitreg.CandidateList):
        methods = [name for name, value in vars(kind).items() if not name.startswith("_") and callable(value)]
        assert [name for name in methods if not getattr(kind, name).__doc__] == []


# A running candidate


def test_a_with_block_is_a_candidate(registry, tmp_path):
    """All of it is recorded when the block ends."""
    (tmp_path / "model.pkl").write_bytes(b"model")
    (tmp_path / "data.csv").write_text("a\n")
    with gitreg.start(
        "churn", name="first", params={"lr": 0.1}, tags={"team": "growth"}, strict=True
    ) as candidate:
        candidate.log_params({"depth": 8, "layers": [1, 2]})
        for step in range(3):
            candidate.log_metric("loss", 1 / (step + 1), step=step)
        candidate.log_metrics({"auc": 0.93, "bad": math.nan})
        candidate.set_tags({"owner": "ada"})
        candidate.log_artifact(tmp_path / "model.pkl")
        candidate.log_artifact(str(tmp_path / "model.pkl"), name="models/copy.pkl")
        candidate.log_text("hello", "notes.txt")
        candidate.log_data(tmp_path / "data.csv", name="train", context="training")
        candidate.note("It works.")

    found = only(registry)
    assert (found.id, found.name, found.status, found.experiment) == (
        candidate.id,
        "first",
        "finished",
        "churn",
    )
    assert found.params == {"lr": "0.1", "depth": "8", "layers": "[1, 2]"}
    assert (found.metrics["loss"], found.metrics["auc"]) == (1 / 3, 0.93)
    assert math.isnan(found.metrics["bad"])
    assert found.curves["loss"].points == 3
    assert found.tags == {"team": "growth", "owner": "ada"}
    assert [(one.name, one.context) for one in found.data] == [("train", "training")]
    assert found.notes == "It works."
    assert found.artifacts.files == 4  # with curves.csv
    assert found.code.commit is not None
    assert found.environment.python == ".".join(map(str, sys.version_info[:3]))
    assert found.created < found.finished
    assert drafts(drafts_folder(registry.registry)) == []


def test_the_last_value_of_a_metric_is_the_latest_without_steps(registry):
    """Not the greatest."""
    with gitreg.start("churn") as candidate:
        for value in (0.9, 0.5, 0.7):
            candidate.log_metric("loss", value)

    assert only(registry).metrics == {"loss": 0.7}


def test_an_exception_fails_the_candidate_and_goes_on(registry):
    """What was logged before it is kept; the exception's kind, not its words, which may hold anything."""

    def train() -> float:
        with gitreg.start("churn") as candidate:
            candidate.log_metric("loss", 1.0)
            return 1 / 0

    with pytest.raises(ZeroDivisionError):
        train()

    found = only(registry)
    assert (found.status, found.metrics, found.tags) == (
        "failed",
        {"loss": 1.0},
        {"exception": "ZeroDivisionError"},
    )


@pytest.mark.parametrize(
    ("exception", "status"),
    [(KeyboardInterrupt(), "killed"), (SystemExit(0), "finished"), (SystemExit(2), "failed")],
)
def test_how_a_block_is_left_is_how_the_candidate_ended(registry, exception, status):
    """Ctrl-C is no failure, and `sys.exit(0)` is none either."""
    with pytest.raises(type(exception)), gitreg.start("churn"):
        raise exception

    assert only(registry).status == status


def test_without_a_block_finish_ends_it_once(registry):
    """In a notebook there is no block around several cells."""
    candidate = gitreg.start("churn", params={"lr": 1})
    first, second = candidate.finish("killed"), candidate.finish()

    assert first == only(registry)
    assert (first.status, second) == ("killed", None)


def test_what_cannot_be_logged_never_ends_a_training(registry):
    """The first fault is told at once, all are kept, and everything else is recorded."""

    def train() -> gitreg.ActiveCandidate:
        with gitreg.start("churn", params={"lr": 1}) as candidate:
            candidate.log_params({"lr": 2, "a\nb": 1})
            candidate.log_metric("auc", "high")
            candidate.log_metric("auc", 0.5, step="one")
            candidate.log_artifact("no-such-file")
            candidate.log_text("x", "../x")
            candidate.log_data("no-such-data")
            candidate.note("\x1b[31m")
            candidate.log_params({"good": 1, "b\0d": 2, "better": 3})
        return candidate

    with pytest.warns(gitreg.GitregWarning) as told:
        candidate = train()

    found = only(registry)
    assert (found.status, found.params) == ("finished", {"lr": "1", "good": "1", "better": "3"})
    assert len(candidate.errors) == 9
    assert len(told) == 1
    assert "the param lr is '1' already" in str(told[0].message)
    assert told[0].filename == __file__


def test_strict_logging_raises(registry):
    """For whoever would rather have no training than an incomplete record."""
    with (
        pytest.raises(gitreg.UsageError, match="lr"),
        gitreg.start("churn", params={"lr": 1}, strict=True) as candidate,
    ):
        candidate.log_param("lr", 2)

    assert only(registry).status == "failed"


def test_a_candidate_that_cannot_be_committed_is_kept_as_a_draft(registry):
    """And the training's own result is not lost by it."""
    candidate = gitreg.start("churn", params={"lr": 1})
    folder = registry.registry.repository.common_dir
    subprocess.run(
        ["git", "config", "core.filesRefLockTimeout", "0"], cwd=folder, check=True
    )  # in milliseconds
    lock = Path(folder, "refs/heads/gitreg/candidates.lock")
    lock.mkdir()  # a lock that no act removes
    with pytest.warns(gitreg.GitregWarning, match="kept as a draft"):
        assert candidate.finish() is None
    lock.rmdir()

    [draft] = drafts(drafts_folder(registry.registry))
    assert draft.id == candidate.id
    assert draft.read().params == {"lr": "1"}


def test_before_it_has_begun_errors_are_raised(environ, tmp_path, monkeypatch):
    """No registry, no name, no experiment: told before the training, not after."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(gitreg.NotFoundError):
        gitreg.start("churn")
    with pytest.raises(gitreg.UsageError, match="by its path"):
        gitreg.start("churn", registry="https://example.com/models.git")


def test_an_experiment_that_cannot_be_named_is_refused(registry):
    """And leaves no draft."""
    with pytest.raises(gitreg.UsageError, match="experiment"):
        gitreg.start("a\nb")

    assert drafts(drafts_folder(registry.registry)) == []


def test_a_registry_elsewhere_is_named_by_path_or_variable(registry, tmp_path, monkeypatch):
    """The code may live in another repository, or in none."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    gitreg.start("churn", name="by path", registry=tmp_path / "models").finish()
    gitreg.start("churn", name="by registry", registry=registry).finish()
    monkeypatch.setenv("GITREG_REGISTRY", str(tmp_path / "models"))
    gitreg.start("churn", name="by variable").finish()

    assert {one.name for one in registry.search()} == {"by path", "by registry", "by variable"}


def test_uncommitted_secrets_are_not_stored(registry):
    """The training goes on without the patch."""
    (Path.cwd() / "train.py").write_text("password = 'hunter2'\n")
    with pytest.warns(gitreg.GitregWarning, match=r"train\.py:1 looks like a password"):
        gitreg.start("churn").finish()

    found = only(registry)
    assert found.code.dirty
    assert found.artifacts is None


def test_a_fork_does_not_finish_its_parents_candidate(registry):
    """A worker that leaves the block by its own end only adds to it."""

    def work(candidate: gitreg.ActiveCandidate) -> None:
        with candidate:
            candidate.log_metric("loss", os.getpid(), step=os.getpid())

    with gitreg.start("churn", strict=True) as candidate:
        workers = [
            multiprocessing.get_context("fork").Process(target=work, args=(candidate,)) for _ in range(3)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        candidate.log_metric("loss", 0.0, step=0)

    assert only(registry).curves["loss"].points == 4


# Joining a candidate that runs


def _variables(registry: gitreg.OpenRegistry, candidate: gitreg.ActiveCandidate) -> dict[str, str]:
    return {
        "GITREG_CANDIDATE": candidate.id,
        "GITREG_DRAFT": str(drafts_folder(registry.registry) / candidate.id),
    }


def test_another_process_adds_to_a_running_candidate(registry):
    """By the environment that it was given; it never finishes it."""
    candidate = gitreg.start("churn", params={"lr": 1})
    done = script(
        """
        import gitreg
        with gitreg.start("churn", params={"depth": 8}, strict=True) as candidate:
            candidate.log_metric("auc", 0.5)
        print(candidate.id)
        """,
        **_variables(registry, candidate),
    )
    finished = candidate.finish()

    assert (done.stdout, done.stderr) == (f"{candidate.id}\n", "")
    assert (finished.params, finished.metrics) == ({"lr": "1", "depth": "8"}, {"auc": 0.5})


def test_the_candidates_id_is_enough_in_the_registry(registry, monkeypatch):
    """A CI job may hand on the id alone."""
    candidate = gitreg.start("churn")
    monkeypatch.setenv("GITREG_CANDIDATE", candidate.id)
    gitreg.start("churn", strict=True).log_metric("auc", 0.5)

    assert candidate.finish().metrics == {"auc": 0.5}


@pytest.mark.parametrize("value", ["../drafts/{}", "nonsense", "0" * 32])
def test_a_variable_that_names_no_candidate_is_refused(registry, monkeypatch, value):
    """A stale environment must not send metrics nowhere, nor along a path."""
    running = gitreg.start("churn")
    monkeypatch.setenv("GITREG_CANDIDATE", value.format(running.id))
    with pytest.raises(gitreg.NotFoundError):
        gitreg.start("churn")
    monkeypatch.setenv("GITREG_DRAFT", str(Path.cwd()))
    with pytest.raises(gitreg.NotFoundError, match="not the folder of a draft"):
        gitreg.start("churn")


def test_another_experiment_is_told(registry, monkeypatch):
    """`gitreg run -e` decides; nobody should look for the candidate elsewhere."""
    candidate = gitreg.start("churn")
    for name, value in _variables(registry, candidate).items():
        monkeypatch.setenv(name, value)

    with pytest.warns(gitreg.GitregWarning, match="runs in the experiment churn, not in fraud"):
        assert gitreg.start("fraud").experiment == "churn"


def test_what_comes_after_the_end_is_told(registry):
    """Nothing is taken that nobody will ever read."""
    candidate = gitreg.start("churn")
    candidate.finish()

    with pytest.warns(gitreg.GitregWarning, match="has ended"):
        candidate.log_metric("auc", 1.0)


# An open registry


def test_search_compare_and_references(registry):
    """The same questions as on the command line."""
    made = [
        registry.log("churn", params={"lr": lr}, metrics={"auc": auc})
        for lr, auc in ((0.1, 0.8), (0.2, 0.9), (0.3, 0.7))
    ]

    found = registry.search("metrics.auc > 0.75", order_by="-metrics.auc", experiment="churn")
    assert [one.params["lr"] for one in found] == ["0.2", "0.1"]
    assert registry.search(limit=1)[0] == made[2]
    assert registry.candidate(made[0].id[:8]) == made[0]
    assert registry.candidate("churn/latest") == made[2]
    assert registry.compare(made[0].id, made[1].id).rows[0].field == "metrics.auc"
    assert [one.slug for one in registry.experiments()] == ["churn"]
    with pytest.raises(gitreg.UsageError, match="expected a number"):
        registry.search("metrics.auc >")
    with pytest.raises(gitreg.NotFoundError):
        registry.search(experiment="fraud")


def test_log_refuses_secrets_unless_the_patch_is_left_out(registry):
    """As the command does."""
    (Path.cwd() / "train.py").write_text("password = 'hunter2'\n")
    with pytest.raises(gitreg.AnswerIsNoError, match="a password"):
        registry.log("churn")

    assert registry.log("churn", patch=False).artifacts is None


def test_from_a_training_to_a_verified_model(registry, tmp_path):
    """Promoted, accepted, signed, verified, pulled; all by the API."""
    (tmp_path / "model.pkl").write_bytes(b"model")
    with gitreg.start("churn", strict=True) as candidate:
        candidate.log_artifact(tmp_path / "model.pkl")
        candidate.log_metric("auc", 0.93)
    promoted = registry.promote(candidate.id, "churn")
    tags = registry.release("churn", merge=True)
    registry.assign("churn", "1.0.0", "production")
    tags += registry.release(merge=True)

    assert str(promoted.version) == "churn 1.0.0"
    assert tags == ["refs/tags/model/churn/v1.0.0", "refs/tags/stage/churn/production/1"]
    assert [one.slug for one in registry.models()] == ["churn"]
    assert [str(one.version.version) for one in registry.versions("churn")] == ["1.0.0"]
    assert registry.version("churn@production").candidate.id == candidate.id
    assert str(registry.verify("churn@production", deep=True).version) == "1.0.0"
    registry.pull("churn@1.0.0", tmp_path / "served")
    assert (tmp_path / "served/model.pkl").read_bytes() == b"model"
    with pytest.raises(gitreg.AnswerIsNoError, match="waits for a signature"):
        registry.release()


def test_errors_have_the_exit_codes_of_the_command_line(registry):
    """One tree of errors for both."""
    with pytest.raises(gitreg.GitregError) as caught:
        registry.candidate("churn@1.0.0")
    assert caught.value.exit_code == 3

    with pytest.raises(gitreg.UsageError, match="semantic version"):
        registry.retire("churn", "one", "why")


@pytest.mark.parametrize(
    "act",
    [
        lambda registry: registry.verify("churn@1.0.0"),
        lambda registry: registry.pull("churn@1.0.0", "served"),
    ],
)
def test_verifying_runs_nothing_that_the_clone_configures(registry, tmp_path, act):
    """An object is missing, and the clone names a program that would bring it: a partial clone of somebody's making."""
    (tmp_path / "model.pkl").write_bytes(b"model")
    made = registry.log("churn", artifacts=[tmp_path / "model.pkl"])
    registry.promote(made.id, "churn")
    registry.release("churn", merge=True)
    marker, trap = tmp_path / "marker", tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{marker}'\nexit 1\n")
    trap.chmod(0o755)
    git = ["git", "-C", str(Path.cwd())]
    for key, value in {
        "core.repositoryFormatVersion": "1", "extensions.partialClone": "origin", "remote.origin.promisor": "true",
        "remote.origin.url": "https://127.0.0.1:1/x", "remote.origin.uploadpack": str(trap),
    }.items():  # fmt: skip
        subprocess.run([*git, "config", key, value], check=True)
    subprocess.run([*git, "config", "remote.origin.url", str(Path.cwd())], check=True)
    record = "main:gitreg.yaml"
    missing = subprocess.run(
        [*git, "rev-parse", record], check=True, capture_output=True, text=True
    ).stdout.strip()
    (Path.cwd() / ".git/objects" / missing[:2] / missing[2:]).unlink()

    with pytest.raises(gitreg.GitregError):
        act(registry)

    assert not marker.exists()

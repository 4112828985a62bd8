"""What docs/format.md promises to people with nothing but git, dvc and sha256sum, in a fresh clone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from in_process import call
from shelf import Shelf

from gitreg.artifacts import Source
from gitreg.domain.experiment import Experiment
from gitreg.store import Author
from gitreg.workflows.logged_models.files import add_model_files
from gitreg.workflows.logged_models.records import NewLoggedModel, create_logged_model
from gitreg.workflows.registry import open_registry

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path) -> Run:
    """Runs a command line in a folder; gitreg itself is not on its path unless it is named by this interpreter."""
    tools = tmp_path / "tools"
    tools.mkdir()
    dvc = tools / "dvc"
    dvc.write_text(f'#!/bin/sh\nexec {sys.executable} -m dvc "$@"\n')
    dvc.chmod(0o755)
    plain = {**environ, "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin"}

    def call(line: str, folder: Path, *, good: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=plain, capture_output=True, text=True, check=False
        )
        assert not good or done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done

    return call


@pytest.fixture
def gitreg(environ: dict[str, str]) -> Callable[..., str]:
    """Runs gitreg in a folder, and returns what it printed."""

    def run(folder: Path, *words: str) -> str:
        said = call(folder, *words)
        assert said.code == 0, f"{words}\n{said.out}{said.err}"
        return said.out.strip()

    return run


@pytest.fixture
def clone(shelf: Shelf, gitreg: Callable[..., str], run: Run) -> tuple[Path, Path]:
    """A registry with one released version, pushed to a bare remote, and a fresh clone of that; made once, and put back."""

    def make(place: Path) -> None:
        registry = place / "registry"
        gitreg(place, "init", str(registry), "--signing-key", "new")
        (registry / "model.json").write_text('{"weights": [1, 2, 3]}\n')
        candidate = gitreg(registry, "log", "churn", "-p", "lr=0.1", "-m", "auc=0.93", "-a", "model.json")
        gitreg(registry, "promote", candidate, "-m", "churn")
        gitreg(registry, "release", "--merge", "--yes")
        remote = place / "remote.git"
        run(f"git init -q --bare {remote} && git remote add origin {remote}", registry)
        run("git push -q origin main gitreg/candidates 'refs/tags/*'", registry)
        run(f"git clone -q {remote} {place}/clone", place)

    place, _ = shelf.folder("plain-tools", make)
    return place / "registry", place / "clone"


def test_plain_git_verifies_the_tag(clone: tuple[Path, Path], run: Run) -> None:
    """`git verify-tag` accepts a release with nothing but the committed signers."""
    _, fresh = clone

    run("git show origin/main:.gitreg/trust/allowed_signers > signers", fresh)
    done = run("git -c gpg.ssh.allowedSignersFile=signers verify-tag refs/tags/model/churn/v1.0.0", fresh)

    assert 'Good "git" signature for ada@example.com' in done.stderr


def test_plain_dvc_pulls_a_version(clone: tuple[Path, Path], run: Run) -> None:
    """`git checkout` of the tag and `dvc pull` of one file bring the model, and `sha256sum -c` agrees."""
    _, fresh = clone

    run("git checkout -q refs/tags/model/churn/v1.0.0", fresh)
    run("dvc pull -q models/churn/versions/1.0.0/artifacts.dvc", fresh)
    done = run("sha256sum -c ../artifacts.sha256", fresh / "models/churn/versions/1.0.0/artifacts")

    assert done.stdout == "model.json: OK\n"
    assert run("git status --porcelain", fresh).stdout == ""


def test_plain_git_reads_the_history_of_candidates(clone: tuple[Path, Path], run: Run) -> None:
    """`git log` on the candidate branch tells who logged what."""
    _, fresh = clone

    said = run("git log --format=%s origin/gitreg/candidates -- experiments/churn", fresh).stdout

    assert said.startswith("Log churn/")


def test_plain_dvc_pulls_a_candidate(clone: tuple[Path, Path], run: Run) -> None:
    """On the candidate branch, plain DVC brings a candidate's artifacts, and Git ignores them."""
    _, fresh = clone
    run("git checkout -q -b gitreg/candidates origin/gitreg/candidates", fresh)

    run("dvc pull -q $(git ls-files 'experiments/*.dvc')", fresh)

    assert len(list(fresh.glob("experiments/churn/candidates/*/*/model.json"))) == 1
    assert run("git status --porcelain", fresh).stdout == ""


@pytest.mark.parametrize("where", ["", "-c"])
def test_collecting_garbage_deletes_nothing_needed(clone: tuple[Path, Path], run: Run, where: str) -> None:
    """`dvc gc --all-tags --all-branches`, with `-c` too, keeps what a release or a candidate needs."""
    _, fresh = clone
    run("git branch -q gitreg/candidates origin/gitreg/candidates", fresh)
    run(
        "git checkout -q refs/tags/model/churn/v1.0.0 && dvc pull -q models/churn/versions/1.0.0/artifacts.dvc",
        fresh,
    )

    run(f"dvc gc --all-tags --all-branches -f {where}", fresh)
    shutil.rmtree(fresh / ".dvc/cache")
    run("git checkout -q gitreg/candidates && dvc pull -q $(git ls-files 'experiments/*.dvc')", fresh)

    run(
        "git checkout -q refs/tags/model/churn/v1.0.0 && dvc pull -q models/churn/versions/1.0.0/artifacts.dvc",
        fresh,
    )


@pytest.mark.parametrize("where", ["", "-c"])
def test_collecting_garbage_keeps_logged_models(
    clone: tuple[Path, Path], run: Run, gitreg: Callable[..., str], environ: dict[str, str], where: str
) -> None:
    """Their `.dvc` files protect what they hold, as those of candidates; `dvc pull` brings it, ignored by Git."""
    registry, fresh = clone
    (registry / "logged.json").write_text('{"weights": [4]}\n')
    opened, author = open_registry(registry, environ), Author("Ada", "ada@example.com", datetime.now(UTC))
    create_logged_model(opened, NewLoggedModel("7f" * 16, Experiment.called("churn"), "model"), author)
    add_model_files(opened, "7f" * 16, [Source(registry / "logged.json", "logged.json")], author)
    opened.close()
    gitreg(registry, "push")
    run("git fetch -q && git branch -q gitreg/candidates origin/gitreg/candidates", fresh)

    run(f"dvc gc --all-tags --all-branches -f {where}", fresh)
    run(
        "git checkout -q gitreg/candidates && dvc pull -q $(git ls-files 'experiments/*/models/*.dvc')", fresh
    )

    found = fresh / f"experiments/churn/models/7f/{'7f' * 16}/logged.json"
    assert found.read_text() == '{"weights": [4]}\n'
    assert run("git status --porcelain", fresh).stdout == ""


def test_cleaning_between_log_and_push_loses_nothing(
    clone: tuple[Path, Path], run: Run, gitreg: Callable[..., str], tmp_path: Path
) -> None:
    """`git clean -ffdx` and `dvc gc --workspace -f` cannot take artifact bytes that no storage has yet."""
    registry, _ = clone
    (registry / "model.json").write_text('{"weights": [4, 5, 6]}\n')
    candidate = gitreg(registry, "log", "churn", "-m", "auc=0.95", "-a", "model.json")

    run("dvc gc --workspace -f && git clean -ffdxq", registry)
    gitreg(registry, "push")
    gitreg(registry, "artifacts", candidate, "-o", str(tmp_path / "back"))

    assert (tmp_path / "back/model.json").read_text() == '{"weights": [4, 5, 6]}\n'


def test_candidate_branches_merge_with_plain_git(
    clone: tuple[Path, Path], run: Run, gitreg: Callable[..., str]
) -> None:
    """Two clones log into the same experiment, and `git merge` joins them without a conflict."""
    registry, fresh = clone
    run("git branch -q gitreg/candidates origin/gitreg/candidates", fresh)
    gitreg(registry, "log", "churn", "-m", "auc=0.90")
    gitreg(fresh, "log", "churn", "-m", "auc=0.91")

    run(
        f"git checkout -q gitreg/candidates && git pull -q --no-rebase --no-edit {registry} gitreg/candidates",
        fresh,
    )

    records = run("git ls-files 'experiments/churn/candidates/*.yaml'", fresh).stdout.split()
    assert len(records) == 3
    assert (fresh / "experiments/churn/experiment.yaml").is_file()


@pytest.fixture
def crowded(clone: tuple[Path, Path], gitreg: Callable[..., str], run: Run) -> tuple[Path, str]:
    """A clone that may only read, after `gitreg fetch`; and another writer's candidate that waits in the remote's inbox."""
    registry, fresh = clone
    remote = registry.parent / "remote.git"
    before = run("git rev-parse gitreg/candidates", remote).stdout.strip()
    (registry / "model.json").write_text('{"weights": [7]}\n')
    waiting = gitreg(registry, "log", "churn", "-m", "auc=0.97", "-a", "model.json")
    gitreg(registry, "push")
    run(f"git push -q origin gitreg/candidates:refs/gitreg/inbox/{'1' * 32}", registry)
    run(f"git update-ref refs/heads/gitreg/candidates {before}", remote)
    run("git remote set-url --push origin /nowhere", fresh)
    gitreg(fresh, "fetch")
    return fresh, waiting


@pytest.mark.parametrize("where", ["", "-c"])
def test_collecting_garbage_keeps_what_waits_in_the_inbox(
    crowded: tuple[Path, str], run: Run, gitreg: Callable[..., str], where: str, tmp_path: Path
) -> None:
    """After `gitreg fetch` the local branch holds the inbox, so `dvc gc` in a clone that cannot write keeps that, too."""
    fresh, waiting = crowded

    run(f"dvc gc --all-tags --all-branches -f {where}", fresh)
    shutil.rmtree(fresh / ".dvc/cache", ignore_errors=True)

    gitreg(fresh, "artifacts", waiting, "-o", str(tmp_path / "back"))
    assert (tmp_path / "back/model.json").read_text() == '{"weights": [7]}\n'
    run("git checkout -q gitreg/candidates && dvc pull -q $(git ls-files 'experiments/*.dvc')", fresh)


@pytest.mark.parametrize("where", ["", "-c"])
def test_collecting_garbage_keeps_what_is_not_pushed_yet(
    clone: tuple[Path, Path], run: Run, gitreg: Callable[..., str], where: str, tmp_path: Path
) -> None:
    """In a second clone, a candidate that was logged and not pushed survives `dvc gc`, and so does everybody else's."""
    _, fresh = clone
    (fresh / "model.json").write_text('{"weights": [8]}\n')
    ours = gitreg(fresh, "log", "churn", "-m", "auc=0.98", "-a", "model.json", "--no-code")

    run(f"dvc gc --all-tags --all-branches -f {where}", fresh)
    gitreg(fresh, "push")
    shutil.rmtree(fresh / ".dvc/cache")

    gitreg(fresh, "artifacts", ours, "-o", str(tmp_path / "back"))
    assert (tmp_path / "back/model.json").read_text() == '{"weights": [8]}\n'
    run("git checkout -q gitreg/candidates && dvc pull -q $(git ls-files 'experiments/*.dvc')", fresh)
    run("git checkout -q refs/tags/model/churn/v1.0.0", fresh)
    run("dvc pull -q models/churn/versions/1.0.0/artifacts.dvc", fresh)

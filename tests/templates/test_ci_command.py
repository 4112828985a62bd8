"""`gitreg ci` in a clone as GitLab's runner makes it: what is missing is brought, and nothing secret stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from desk import Desk
from runner import WORDS, Runner

from gitreg.errors import MachineError
from gitreg.workflows.ci.prepare import Prepared, prepare
from gitreg.workflows.proposing.proposals import find_proposal

BRANCH = "gitreg/promote/churn/v1.0.0"
PREPARE = 'set -e\nsettings=$(gitreg ci "$@")\neval "$settings"\n'


def fit(runner: Runner, folder: Path, variables: Mapping[str, str], *, history: bool = False) -> Prepared:
    """What `gitreg ci` does, without a process of its own."""
    return prepare(folder, {**runner.desk.environ, **variables}, history=history, key=None, folder=None)


def refs(runner: Runner, folder: Path) -> dict[str, str]:
    """What a clone has, by name."""
    lines = runner.desk.git("for-each-ref", "--format=%(refname) %(objectname)", at=folder).splitlines()
    return dict(line.split() for line in lines)


def request(runner: Runner, **more: str) -> tuple[Path, dict[str, str]]:
    """A merge request's clone, and what GitLab says of it."""
    tip = runner.desk.git("rev-parse", BRANCH)
    told = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": runner.desk.git("merge-base", "main", BRANCH),
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": BRANCH,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_PROJECT_PATH": "team/registry",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "team/registry",
    }
    return runner.clone(tip), runner.variables(tip, "merge_request_event", **{**told, **more})


def commits(desk: Desk, count: int) -> None:
    """So many commits more on `main`, here and on the remote."""
    for number in range(count):
        desk.git("commit", "-q", "--allow-empty", "-m", f"Commit {number}")
    desk.git("push", "-q", "origin", "HEAD:refs/heads/main")


def push(runner: Runner, **more: str) -> tuple[Path, dict[str, str]]:
    """A clone for a push to `main`."""
    tip = runner.desk.git("rev-parse", "main")
    return runner.clone(tip, branch="main"), runner.variables(tip, CI_COMMIT_BRANCH="main", **more)


def test_it_is_for_ci_jobs(runner: Runner) -> None:
    """On a person's machine it does nothing."""
    done = runner.shell("gitreg ci", runner.desk.path, {})

    assert done.returncode == 2
    assert "no CI job" in done.stderr


def test_a_merge_request_has_what_it_is_compared_with(proposed: Runner) -> None:
    """The accepted branch, its own branch and the commit that it began at are there; HEAD and files are as they were."""
    folder, variables = request(proposed)

    made = fit(proposed, folder, variables)

    assert made.since == variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"]
    assert list(refs(proposed, folder)) == [
        "refs/pipelines/1",
        "refs/remotes/origin/HEAD",
        f"refs/remotes/origin/{BRANCH}",
        "refs/remotes/origin/main",
    ]
    assert proposed.desk.git("status", "--porcelain", at=folder) == ""
    assert proposed.desk.git("branch", "--show-current", at=folder) == ""


def test_a_proposal_that_began_long_ago_is_found(runner: Runner) -> None:
    """The accepted branch went on for more commits than a clone has: history comes until both have one in common."""
    desk = runner.desk
    commits(desk, 25)
    desk.promote(desk.log(metrics={"auc": 0.91}))
    commits(desk, 30)
    folder, variables = request(runner)
    assert (folder / ".git" / "shallow").exists()

    fit(runner, folder, variables)

    registry = desk.open(folder)
    assert find_proposal(registry, f"refs/heads/{BRANCH}") is not None
    assert registry.repository.merge_base(registry.accepted.commit or "", variables["CI_COMMIT_SHA"])


def test_merged_results_are_counted_from_the_target(proposed: Runner) -> None:
    """HEAD is a merge that GitLab made: the change is what it adds to the target, and the proposal is the source's tip."""
    desk = proposed.desk
    desk.git("checkout", "-q", "--detach", "main")
    commits(desk, 1)
    target, source = desk.git("rev-parse", "origin/main"), desk.git("rev-parse", BRANCH)
    desk.git("merge", "-q", "--no-ff", "-m", "Merge", BRANCH)
    merged = desk.git("rev-parse", "HEAD")
    desk.git("push", "-q", "origin", "HEAD:refs/merge-requests/1/merge")
    _, variables = request(
        proposed,
        CI_COMMIT_SHA=merged,
        CI_MERGE_REQUEST_TARGET_BRANCH_SHA=target,
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=source,
    )
    folder = proposed.clone(merged)

    made = fit(proposed, folder, variables)

    assert made.since == target
    assert refs(proposed, folder)[f"refs/remotes/origin/{BRANCH}"] == source
    assert find_proposal(desk.open(folder), f"refs/heads/{BRANCH}") is not None


def test_a_fork_says_nothing_of_what_was_accepted(proposed: Runner) -> None:
    """There, `main` may be anything; what counts is the commit that GitLab says the merge request began at."""
    base = proposed.desk.git("rev-parse", "main")
    commits(proposed.desk, 1)
    folder, variables = request(proposed, CI_MERGE_REQUEST_SOURCE_PROJECT_PATH="mallory/registry")

    made = fit(proposed, folder, variables)

    assert refs(proposed, folder)["refs/remotes/origin/main"] == base
    assert find_proposal(proposed.desk.open(folder), f"refs/heads/{BRANCH}") is not None
    assert any("fork" in line for line in made.told)


def test_a_branch_that_calls_itself_accepted_is_not(proposed: Runner) -> None:
    """A fork's branch may be called as the accepted one is; that one stays what it is here."""
    for source in ("main", "gitreg/candidates", WORDS, "../../heads/main"):
        folder, variables = request(
            proposed,
            CI_MERGE_REQUEST_SOURCE_PROJECT_PATH="mallory/registry",
            CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=source,
        )

        fit(proposed, folder, variables)

        found = refs(proposed, folder)
        assert found["refs/remotes/origin/main"] == variables["CI_MERGE_REQUEST_DIFF_BASE_SHA"]
        assert found.keys() == {
            "refs/pipelines/1",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/main",
        }


def test_a_push_is_counted_from_the_commit_before(runner: Runner) -> None:
    """However many commits it brought."""
    before = runner.desk.git("rev-parse", "main")
    commits(runner.desk, 30)
    folder, variables = push(runner, CI_COMMIT_BEFORE_SHA=before)

    made = fit(runner, folder, variables)

    assert made.since == before
    assert runner.desk.git("diff", "--name-only", before, "HEAD", at=folder) == ""


def test_without_a_commit_before_everything_is_looked_at(
    runner: Runner, untouched: Callable[[], bool]
) -> None:
    """The first push of a branch, a schedule, or a branch that somebody rewrote: GITREG_SINCE is not set."""
    folder, variables = push(runner, GITREG_SINCE="old")

    told = [
        fit(runner, folder, variables | {"CI_COMMIT_BEFORE_SHA": before}).since
        for before in ("0" * 40, "1" * 40, "main", WORDS)
    ]
    done = runner.shell(PREPARE + 'echo "since ${GITREG_SINCE:-nothing}"', folder, variables)

    assert told == [None] * 4
    assert done.stdout == "since nothing\n", done.stderr
    assert untouched()


def test_history_is_brought_where_it_is_asked_for(runner: Runner) -> None:
    """Signing needs to know which commit brought a version: the accepted branch comes whole, candidates do not come."""
    commits(runner.desk, 30)
    folder, variables = push(runner)

    fit(runner, folder, variables, history=True)

    here = runner.desk.git("rev-list", "--count", "origin/main", at=folder)
    assert here == runner.desk.git("rev-list", "--count", "main")
    assert not [ref for ref in refs(runner, folder) if "candidates" in ref]


def test_a_whole_clone_stays_whole(runner: Runner) -> None:
    """Where the runner was told to fetch everything (GIT_DEPTH: 0), no history is cut off."""
    tip = runner.desk.git("rev-parse", "main")
    commits(runner.desk, 30)
    folder = runner.clone(tip, depth=0)

    fit(runner, folder, runner.variables(tip, CI_COMMIT_BRANCH="feature"))

    assert "refs/remotes/origin/main" in refs(runner, folder)
    assert not (folder / ".git" / "shallow").exists()


def test_the_default_branch_says_which_branch_is_accepted(runner: Runner) -> None:
    """Where its settings name another one, that comes too."""
    desk = runner.desk
    settings = desk.read("gitreg.yaml").replace(b"accepted_branch: main", b"accepted_branch: models")
    assert b"models" in settings
    desk.commit({"gitreg.yaml": settings})
    desk.git("push", "-q", "origin", "main", "main:refs/heads/models")
    folder, variables = push(runner)

    fit(runner, folder, variables)

    assert "refs/remotes/origin/models" in refs(runner, folder)
    assert desk.open(folder).accepted_ref == "refs/remotes/origin/models"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_clone_of_another_user_is_trusted(runner: Runner) -> None:
    """In containers the runner's helper makes the clone, and the job may be somebody else."""
    folder, variables = push(runner)
    for place in (folder, folder / ".git"):
        os.chown(place, 12345, 12345)

    done = runner.shell(PREPARE + "git rev-parse HEAD", folder, variables)

    assert done.stdout.strip() == variables["CI_COMMIT_SHA"], done.stderr


def test_a_git_that_does_not_listen_is_refused(runner: Runner, tmp_path: Path) -> None:
    """Before 2.31, Git reads nothing from GIT_CONFIG_COUNT, and the job would go on without its token."""
    folder, variables = push(runner)
    old = tmp_path / "old" / "git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\nunset GIT_CONFIG_COUNT\nexec {shutil.which("git")} "$@"\n')
    old.chmod(0o755)

    with pytest.raises(MachineError, match="does not take settings"):
        fit(runner, folder, variables | {"PATH": f"{old.parent}:{runner.desk.environ['PATH']}"})


def test_twice_is_as_once(proposed: Runner) -> None:
    """A job may prepare in two places; the second changes nothing more."""
    folder, variables = request(proposed)

    done = proposed.shell(
        f"{PREPARE}env | sort >one\n{PREPARE}env | sort >two; cmp one two", folder, variables
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_key_is_gone_with_the_job(runner: Runner, tmp_path: Path) -> None:
    """Git signs with a private copy; afterwards neither a file nor a variable has it, and no line of output did."""
    given = tmp_path / "variable"
    given.write_text(runner.desk.key.read_text().replace("\n", "\r\n").strip())
    folder, variables = push(runner, GITREG_SIGNING_KEY=str(given))

    done = runner.shell(
        PREPARE + 'git config gpg.format\nkey=$(git config user.signingkey)\nstat -c %a "$key"\necho "$key"\n'
        'ssh-keygen -y -P "" -f "$key" | cut -d" " -f2\necho "${GITREG_SIGNING_KEY:-none}"',
        folder,
        variables,
    )

    form, rights, key, public, variable = done.stdout.split()
    assert (form, rights, variable) == ("ssh", "600", "none")
    assert public == runner.desk.key.with_suffix(".pub").read_text().split()[1]
    assert not Path(key).parent.exists()
    assert "PRIVATE" not in done.stderr + (folder / ".git" / "config").read_text()


def test_a_job_whose_key_is_none_ends_there(runner: Runner, tmp_path: Path) -> None:
    """It is told why, and the lines after it are not run; with --folder, gitreg puts no trap in the place of the job's."""
    folder, variables = push(runner)
    kept = tmp_path / "kept"

    refused = runner.shell(PREPARE + "echo went on", folder, variables | {"GITREG_SIGNING_KEY": "hunter2"})
    taken = runner.shell(
        f"gitreg ci --folder {kept}", folder, variables | {"GITREG_SIGNING_KEY": runner.desk.key.read_text()}
    )

    assert refused.returncode != 0
    assert refused.stdout == ""
    assert "hunter2" not in refused.stderr
    assert "trap" not in taken.stdout, taken.stderr
    assert (kept / "signing_key").is_file()

"""Jobs on a private GitLab, by real HTTP: with the job's own token, with a project's, and with neither left anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from components import rendered
from gitlab_standin import StandIn
from runner import LONG, WORDS, Runner

BRANCH = "gitreg/promote/churn/v1.0.0"


@pytest.fixture
def forge(runner: Runner) -> Iterator[StandIn]:
    """A GitLab that shows nothing to strangers, and has what the desk shares."""
    desk = runner.desk
    config = Path(desk.environ["XDG_CONFIG_HOME"], "dvc", "config")
    config.parent.mkdir(parents=True)  # a remote by HTTP may not name a folder of this machine: its user does
    config.write_text(f"['remote \"store\"']\n    url = {desk.path}-store\n")
    with StandIn(desk.path.parent / "forge", "team/registry") as standin:
        desk.git("push", "-q", standin.repository.as_uri(), "main", "gitreg/candidates")
        standin.ask_for_tokens()
        yield standin


def job(
    runner: Runner, forge: StandIn, commit: str, source: str = "push", **more: str
) -> tuple[Path, dict[str, str], str]:
    """A clone as an older runner makes it, with the job's token in the remote's URL; GitLab's variables; that token."""
    token = forge.add_job_token()
    runner.url = forge.remote_with(token, "gitlab-ci-token")
    host = forge.url.partition("://")[2]
    told = {
        "CI_JOB_TOKEN": token,
        "CI_SERVER_URL": forge.url,
        "CI_API_V4_URL": forge.api,
        "CI_SERVER_HOST": "127.0.0.1",
        "CI_SERVER_FQDN": host,
        "CI_REPOSITORY_URL": runner.url,
    }
    branch = more.get("CI_COMMIT_BRANCH")
    return (
        runner.clone(commit, branch=branch, bare=forge.repository),
        {**runner.variables(commit, source), **told, **more},
        token,
    )


def left(folder: Path, *secrets: str) -> list[Path]:
    """Files of a clone that have a secret in them."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file for file in files if any(secret.encode() in file.read_bytes() for secret in secrets)]


def test_the_jobs_own_token_publishes_where_the_project_lets_it(runner: Runner, forge: StandIn) -> None:
    """It is cut out of the clone's configuration and used from the environment; without the project's leave the job says so."""
    train = rendered("log-candidate", gitreg="", experiment="churn", command="echo trained")
    tip = runner.desk.git("rev-parse", "main")
    folder, variables, token = job(runner, forge, tip, CI_COMMIT_BRANCH="main", CI_COMMIT_TITLE=WORDS)
    assert left(folder, token) == [folder / ".git" / "config"]

    forge.state.job_token_push = False
    refused = runner.run(train, folder, variables)
    forge.state.job_token_push = True
    allowed = runner.run(train, folder, variables)

    assert refused.returncode != 0
    assert "not allowed" in refused.stderr
    assert allowed.returncode == 0, allowed.stderr
    assert not left(folder, token)
    assert token not in refused.stdout + refused.stderr + allowed.stdout + allowed.stderr
    assert pushed(forge)[-1][1] is True


def test_a_projects_token_goes_before_the_jobs_and_writes_the_note(runner: Runner, forge: StandIn) -> None:
    """The reviewer reads the report in the merge request; the title's words do nothing there."""
    desk = runner.desk
    desk.promote(desk.log(metrics={"auc": 0.91}))
    desk.git("push", "-q", forge.repository.as_uri(), f"{BRANCH}:refs/heads/{BRANCH}", "gitreg/candidates")
    forge.plant(BRANCH, title=WORDS.replace("\n", " "))
    secret = forge.add_token(user="project_42_bot", level="developer")
    tip, base = desk.git("rev-parse", BRANCH), desk.git("rev-parse", "main")
    folder, variables, token = job(
        runner, forge, tip, "merge_request_event",
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base, CI_MERGE_REQUEST_SOURCE_BRANCH_NAME=BRANCH,
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main", GITREG_TOKEN=secret,
    )  # fmt: skip

    done = runner.run(rendered("promote-check", gitreg=""), folder, variables)

    assert done.returncode == 0, done.stdout + done.stderr
    [note] = [one for one in forge.merge_requests[0].notes if "gitreg:report" in one.body]
    assert note.author == "project_42_bot"
    assert not forge.executed
    assert not left(folder, token, secret)
    assert secret not in done.stdout + done.stderr


def pushed(forge: StandIn) -> list[tuple[str, bool]]:
    """Who pushed candidates, and whether by a job's token."""
    return [(one.user, one.job) for one in forge.pushes if "candidates" in str(one.changes)]


@LONG
def test_a_private_project_is_verified_and_deployed_by_the_jobs_token(runner: Runner, forge: StandIn) -> None:
    """The verifier reads nothing of the clone's configuration, and gets in all the same."""
    desk = runner.desk
    desk.released()
    desk.git("push", "-q", forge.repository.as_uri(), "main", "--tags")
    tag = "model/churn/v1.0.0"
    anchor = desk.path.parent / "anchor.json"
    anchor.write_text(runner.shell("gitreg key anchor", desk.path, {}).stdout)
    commit = desk.git("rev-parse", f"{tag}^{{commit}}")
    folder, variables, token = job(runner, forge, commit, CI_COMMIT_TAG=tag, GITREG_ANCHOR=str(anchor))
    deploy = rendered(
        "deploy",
        gitreg="",
        by="version",
        storage=str(desk.path.parent / "work-store"),
        script=['ls "$GITREG_MODEL"'],
    )

    done = runner.run(deploy, folder, variables)

    assert done.returncode == 0, done.stderr
    assert "model.bin" in done.stdout
    assert not left(folder, token)


@LONG
def test_a_newer_runners_clone_works_too(runner: Runner, forge: StandIn) -> None:
    """The URL is clean, and a file that the configuration includes rewrites it so that the job's token is in it."""
    tip = runner.desk.git("rev-parse", "main")
    folder, variables, token = job(runner, forge, tip, CI_COMMIT_BRANCH="main")
    secret = forge.add_token(user="project_42_bot", level="developer")
    included = folder.parent / "project.tmp" / "git-template" / "config"
    included.parent.mkdir(parents=True)
    included.write_text(
        f'[url "{forge.url.replace("://", f"://gitlab-ci-token:{token}@")}"]\n\tinsteadOf = {forge.url}\n'
    )
    runner.desk.git("remote", "set-url", "origin", forge.remote_url, at=folder)
    runner.desk.git("config", "include.path", str(included), at=folder)
    train = rendered("log-candidate", gitreg="", experiment="churn", command="echo trained")

    done = runner.run(train, folder, variables | {"GITREG_TOKEN": secret})

    assert done.returncode == 0, done.stderr
    assert pushed(forge)[-1] == ("project_42_bot", False)

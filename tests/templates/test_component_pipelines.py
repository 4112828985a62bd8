"""Whole pipelines of branches, merge requests and tags, with the components included as a project includes them."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from components import FOLDER
from pipelines import NEEDED, Pipelines
from runner import LONG, WORDS, Runner

pytestmark = NEEDED
BRANCH = "gitreg/promote/churn/v1.0.0"
TRAIN = {
    "experiment": "churn",
    "command": "echo '{\"auc\": 0.95}' >'m $CI_COMMIT_TITLE.json'; ls",
    "metrics": "m $CI_COMMIT_TITLE.json",
    "rules": [{"if": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH'}],
}
USES = {
    "log-candidate": TRAIN,
    "validate": {},
    "promote-check": {"job-name": "look at it"},
    "release": {"environment": "signing"},
    "deploy": {"by": "version", "script": ['echo "serves $GITREG_REFERENCE"', 'ls "$GITREG_MODEL"']},
    "scheduled-audit": {},
}
KINDS = ["component", pytest.param("local", marks=LONG), pytest.param("remote", marks=LONG)]


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        """Nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    """The components, to be included by URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(FOLDER))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ran(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Jobs, in the order of the summary, and how they ended: PASS, WARN or FAIL."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    found = re.findall(r"^ *(PASS|WARN|FAIL) +(\S.*?) *$", plain, re.MULTILINE)
    return {name: how for how, name in found}


def merge_request(pipelines: Pipelines) -> tuple[Path, dict[str, str]]:
    """A proposal's merge request, from a clone as its jobs get it."""
    runner = pipelines.runner
    tip = runner.desk.git("rev-parse", BRANCH)
    told = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": runner.desk.git("merge-base", "main", BRANCH),
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": BRANCH,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_TITLE": WORDS,
        "CI_COMMIT_TITLE": WORDS,
        "CI_COMMIT_MESSAGE": WORDS,
    }
    return runner.clone(tip), runner.variables(tip, "merge_request_event", **told)


def push(pipelines: Pipelines, **more: str) -> tuple[Path, dict[str, str]]:
    """A push to `main`."""
    runner = pipelines.runner
    runner.desk.git("push", "-q", "origin", "main")
    tip = runner.desk.git("rev-parse", "main")
    return runner.clone(tip, branch="main"), runner.variables(tip, CI_COMMIT_BRANCH="main", **more)


@pytest.mark.parametrize("kind", KINDS)
def test_from_training_to_deployment(
    runner: Runner, kind: str, web: str, untouched: Callable[[], bool]
) -> None:
    """A push trains and validates; a merge request is checked; what was merged is signed; its tag is deployed; each its own pipeline."""
    desk, pipelines = runner.desk, Pipelines(runner)
    pipelines.include(kind, USES, web)
    desk.promote(desk.log(metrics={"auc": 0.91}))
    desk.publish()

    folder, variables = merge_request(pipelines)
    proposed = pipelines.run(folder, variables)

    assert ran(proposed) == {"gitreg-validate": "PASS", "look at it": "PASS"}, (
        proposed.stdout + proposed.stderr
    )
    assert (folder / "gitreg-report.html").is_file()

    desk.git("merge", "-q", "--no-ff", "-m", "Merge", BRANCH)
    key = desk.key.read_text()
    folder, variables = push(pipelines, GITREG_SIGNING_KEY=key, CI_COMMIT_TITLE=WORDS.replace("/", "|"))
    pushed = pipelines.run(folder, variables)

    jobs = {"gitreg-log-candidate": "PASS", "gitreg-validate": "PASS", "gitreg-release": "PASS"}
    assert ran(pushed) == jobs, pushed.stdout + pushed.stderr
    assert "PRIVATE KEY" not in pushed.stdout + pushed.stderr

    tag, anchor = "model/churn/v1.0.0", desk.path.parent / "anchor.json"
    anchor.write_text(runner.shell("gitreg key anchor", desk.path, {}).stdout)
    commit = desk.git("rev-parse", f"{tag}^{{commit}}", at=runner.remote)
    told = runner.variables(commit, CI_COMMIT_TAG=tag, CI_COMMIT_MESSAGE=WORDS, GITREG_ANCHOR=str(anchor))
    deployed = pipelines.run(runner.clone(commit, tag=tag), told)

    assert ran(deployed) == {"gitreg-deploy": "PASS"}, deployed.stdout + deployed.stderr
    assert "serves churn@1.0.0" in deployed.stdout
    assert "model.bin" in deployed.stdout
    assert untouched()


@LONG
def test_however_it_is_included_it_means_the_same(runner: Runner, web: str) -> None:
    """As a component, a local file and by URL, the jobs are the same to the letter."""
    pipelines, previews = Pipelines(runner), []

    for kind in ("component", "local", "remote"):
        pipelines.include(kind, USES, web)
        folder, variables = push(pipelines)
        previews.append(pipelines.run(folder, variables, "--preview").stdout)

    assert "gitreg-release:" in previews[0]
    assert previews[0] == previews[1] == previews[2]


@LONG
@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("deploy", {"folder": "../outside", "script": ["true"]}),
        ("deploy", {"by": "branch", "script": ["true"]}),
        ("deploy", {"model": "x/ || true", "script": ["true"]}),
        ("deploy", {"script": "true"}),
        ("validate", {"job-name": "x: y\n"}),
        ("validate", {"gitreg": "--index-url=http://evil.example.com"}),
        ("log-candidate", {"experiment": "churn"}),
        ("scheduled-audit", {"deep": "yes"}),
    ],
)
def test_bad_inputs_make_no_pipeline(runner: Runner, name: str, inputs: dict[str, object]) -> None:
    """GitLab says so when the pipeline is made, before a job runs."""
    pipelines = Pipelines(runner)
    pipelines.include("component", {name: inputs})
    folder, variables = push(pipelines)

    done = pipelines.run(folder, variables, "--list")

    assert done.returncode != 0
    assert "input" in done.stderr

"""Each component's job, run as GitLab's runner runs it: in its shallow, detached clone, good and bad, with strangers' words around."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from components import rendered
from runner import LONG, WORDS, Runner

BRANCH = "gitreg/promote/churn/v1.0.0"
HOSTILE = dict.fromkeys(("CI_COMMIT_MESSAGE", "CI_COMMIT_TITLE", "CI_COMMIT_DESCRIPTION", "CI_COMMIT_AUTHOR", "CI_COMMIT_REF_NAME", "CI_MERGE_REQUEST_TITLE", "CI_MERGE_REQUEST_DESCRIPTION", "CI_MERGE_REQUEST_LABELS", "CI_PROJECT_TITLE", "GITLAB_USER_NAME"), WORDS)  # fmt: skip
Done = subprocess.CompletedProcess[str]


def merge_request(runner: Runner, branch: str = BRANCH, **more: str) -> tuple[Path, dict[str, str]]:
    """A merge request's clone, and what GitLab says of it."""
    tip = runner.desk.git("rev-parse", branch)
    told = {
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": runner.desk.git("merge-base", "origin/main", branch),
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": branch,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_PROJECT_PATH": "team/registry",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "team/registry",
    }
    return runner.clone(tip), {**runner.variables(tip, "merge_request_event", **told), **HOSTILE, **more}


def push(runner: Runner, **more: str) -> tuple[Path, dict[str, str]]:
    """A clone for a push to `main`."""
    tip = runner.desk.git("rev-parse", "main")
    runner.desk.git("push", "-q", "origin", "main")
    folder = runner.clone(tip, branch="main")
    return folder, {**runner.variables(tip, CI_COMMIT_BRANCH="main"), **HOSTILE, **more}


def merged(runner: Runner) -> None:
    """The proposal is reviewed and merged, and the branch goes on for more commits than a runner fetches."""
    desk = runner.desk
    desk.git("merge", "-q", "--no-ff", "-m", "Merge", BRANCH)
    for number in range(25):
        desk.git("commit", "-q", "--allow-empty", "-m", f"Commit {number}")


def anchor(runner: Runner) -> str:
    """The file that GITREG_ANCHOR names."""
    file = runner.desk.path.parent / "anchor.json"
    file.write_text(runner.shell("gitreg key anchor", runner.desk.path, {}).stdout)
    return str(file)


@pytest.mark.parametrize("shell", ["bash", pytest.param("sh", marks=LONG)])
def test_training_is_published_as_a_candidate(
    runner: Runner, shell: str, untouched: Callable[[], bool]
) -> None:
    """With params, metrics and artifacts of any name; the command sees no token, and the job's branch gets nothing."""
    job = rendered(
        "log-candidate",
        gitreg="",
        experiment="churn",
        candidate_name="$(touch pwned-6) `touch pwned-7`",
        command="""test -z "${GITREG_TOKEN:-}" && echo '{"lr": 0.1}' >'p $x.json' && echo '{"auc": 0.9}' >m.json && echo w >'a;touch pwned-8'""",
        params="p $x.json\n",
        metrics="m.json",
        artifacts="a;touch pwned-8\n\n",
    )
    folder, variables = push(runner, GITREG_TOKEN="project")
    before = runner.desk.git("rev-parse", "main", at=runner.remote)

    done = runner.run(job, folder, variables, shell=shell)

    assert done.returncode == 0, done.stderr
    found = json.loads(
        runner.shell("gitreg fetch >&2; gitreg list -e churn --json", runner.desk.path, {}).stdout
    )
    [made] = [one for one in found["items"] if one["metrics"].get("auc") == 0.9 and one["params"]]
    assert made["params"] == {"lr": "0.1"}
    assert made["author"]["name"].startswith("$(touch pwned-1)")
    assert runner.desk.git("rev-parse", "main", at=runner.remote) == before
    assert untouched()


@LONG
def test_failed_training_is_published_and_fails(runner: Runner) -> None:
    """The candidate says so, and the job ends with the command's own code."""
    folder, variables = push(runner)

    done = runner.run(
        rendered("log-candidate", gitreg="", experiment="churn", command="exit 3"), folder, variables
    )

    assert done.returncode == 3, done.stderr
    listed = runner.shell("gitreg fetch >&2; gitreg list \"status = 'failed'\"", runner.desk.path, {})
    assert "churn" in listed.stdout


@LONG
def test_a_command_may_log_by_itself(runner: Runner) -> None:
    """Without an experiment, the component prepares and publishes, and the command calls gitreg as often as it likes."""
    folder, variables = push(runner)
    command = "for lr in 1 2 3; do gitreg log sweep -p lr=$lr -m auc=0.$lr; done"

    done = runner.run(rendered("log-candidate", gitreg="", command=command), folder, variables)

    assert done.returncode == 0, done.stderr
    listed = runner.shell("gitreg fetch >&2; gitreg list -e sweep --columns id", runner.desk.path, {})
    assert len(listed.stdout.splitlines()) == 4


def test_a_good_merge_request_is_valid(proposed: Runner, untouched: Callable[[], bool]) -> None:
    """Reports are there for GitLab's widgets."""
    folder, variables = merge_request(proposed)

    done = proposed.run(rendered("validate", gitreg=""), folder, variables)

    assert done.returncode == 0, done.stdout + done.stderr
    assert ET.parse(folder / "gitreg-junit.xml").getroot().tag == "testsuite"
    assert json.loads((folder / "gitreg-codequality.json").read_text()) == []
    assert untouched()


def test_a_bad_record_is_found_by_file_and_line(proposed: Runner) -> None:
    """In the job's log, and in both reports; what was wrong before the merge request is not its fault."""
    desk = proposed.desk
    desk.commit({"models/old/model.yaml": b"schema: nonsense\n"})
    desk.git("push", "-q", "origin", "main")
    desk.git("update-ref", "refs/heads/fix", "main")
    desk.commit(
        {"models/churn/model.yaml": b"schema: gitreg/model/v1\nslug: churn\nsurprise: 1\n"}, "refs/heads/fix"
    )
    desk.git("push", "-q", "origin", "fix")
    folder, variables = merge_request(proposed, "fix")

    done = proposed.run(rendered("validate", gitreg=""), folder, variables)

    assert done.returncode == 1, done.stderr
    [quality] = {
        one["location"]["path"] for one in json.loads((folder / "gitreg-codequality.json").read_text())
    }
    assert quality == "models/churn/model.yaml"
    assert "surprise" in done.stdout
    assert "models/churn/model.yaml" in (folder / "gitreg-junit.xml").read_text()


@LONG
def test_a_fork_is_validated_without_any_variable(proposed: Runner) -> None:
    """Its branch may have any name; no token is there."""
    folder, variables = merge_request(
        proposed,
        CI_MERGE_REQUEST_SOURCE_PROJECT_PATH="mallory/registry",
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="x$(touch${IFS}pwned-9)`touch${IFS}pwned-9`",
    )

    done = proposed.run(rendered("validate", gitreg=""), folder, variables)

    assert done.returncode in {0, 1}, done.stderr
    assert not list(folder.glob("pwned*"))


def test_a_promotion_is_checked_and_reported(proposed: Runner, untouched: Callable[[], bool]) -> None:
    """The page, the metrics and the gates' results are there, the Markdown is in the log; without a token no note is tried."""
    folder, variables = merge_request(proposed)

    done = proposed.run(rendered("promote-check", gitreg=""), folder, variables)

    assert done.returncode == 0, done.stderr
    assert "<html" in (folder / "gitreg-report.html").read_text()
    assert "auc" in (folder / "gitreg-metrics.txt").read_text()
    assert ET.parse(folder / "gitreg-gates.xml").getroot().tag == "testsuite"
    assert "churn" in done.stdout
    assert "no GITREG_TOKEN" in done.stdout
    assert untouched()


def test_a_promotion_that_a_gate_refuses_is_reported_and_fails(proposed: Runner) -> None:
    """The reviewer reads why all the same."""
    desk = proposed.desk
    model = b"schema: gitreg/model/v1\nslug: churn\nname: churn\ngates:\n  - kind: threshold\n    metric: auc\n    at_least: 0.99\n"
    desk.commit({"models/churn/model.yaml": model})
    desk.git("push", "-q", "origin", "main")
    folder, variables = merge_request(proposed)

    done = proposed.run(rendered("promote-check", gitreg=""), folder, variables)

    assert done.returncode == 1, done.stderr
    assert (folder / "gitreg-report.html").is_file()


def test_without_a_key_a_person_is_told_what_to_type(proposed: Runner) -> None:
    """Nothing is signed; the job ends with the code that is a warning."""
    merged(proposed)
    folder, variables = push(proposed)
    job = rendered("release", gitreg="")

    done = proposed.run(job, folder, variables)

    assert done.returncode in job["allow_failure"]["exit_codes"]
    assert "sign model/churn/v1.0.0" in done.stdout
    assert "gitreg release" in done.stdout
    assert proposed.desk.git("for-each-ref", "refs/tags", at=proposed.remote) == ""


def test_what_was_merged_is_signed_verified_deployed_and_audited(
    proposed: Runner, untouched: Callable[[], bool]
) -> None:
    """From the merge to the model in a folder: release, deploy and the audit, each in a clone of its own."""
    merged(proposed)
    desk = proposed.desk
    folder, variables = push(proposed, GITREG_SIGNING_KEY=desk.key.read_text().replace("\n", "\r\n"))
    job = rendered("release", gitreg="")

    signed = proposed.run(job, folder, variables)
    again = proposed.run(job, folder, variables)

    assert signed.returncode == 0, signed.stderr
    assert again.returncode == 0, again.stderr
    tags = desk.git(
        "for-each-ref", "--format=%(refname:lstrip=2)", "refs/tags", at=proposed.remote
    ).splitlines()
    assert tags == ["model/churn/v1.0.0", "stage/churn/production/1"]
    brought = desk.git("rev-parse", f"{tags[0]}^{{commit}}", at=proposed.remote)
    assert brought == desk.git("log", "-1", "--format=%H", "--first-parent", "main", "--", "models")
    trusted = {"GITREG_ANCHOR": anchor(proposed)}
    script = ['cat "$GITREG_MODEL/model.bin" | wc -c', 'echo "$GITREG_REFERENCE"']
    for tag, by, reference in zip(
        tags, ("version", "stage"), ("churn@1.0.0", "churn@production"), strict=True
    ):
        commit = desk.git("rev-parse", f"{tag}^{{commit}}", at=proposed.remote)
        told = {**proposed.variables(commit, CI_COMMIT_TAG=tag), **HOSTILE, **trusted}
        done = proposed.run(
            rendered("deploy", gitreg="", by=by, script=script), proposed.clone(commit, tag=tag), told
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-2:] == ["800", reference]
    folder, variables = push(proposed, **trusted)
    audit = proposed.run(rendered("scheduled-audit", gitreg="", deep="true"), folder, variables)
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert "model/churn/v1.0.0" in (folder / "gitreg-audit.csv").read_text()
    assert untouched()


@LONG
def test_a_tag_that_nobody_signed_is_not_deployed(proposed: Runner) -> None:
    """The script is not run, and the folder is not there."""
    merged(proposed)
    push(proposed)
    desk, tag = proposed.desk, "stage/churn/production/1"
    desk.git("tag", "-a", "-m", "Assign churn 1.0.0 to production", tag, "main")
    desk.git("push", "-q", "origin", tag)
    commit = desk.git("rev-parse", "main")
    told = proposed.variables(commit, CI_COMMIT_TAG=tag, GITREG_ANCHOR=anchor(proposed))
    folder = proposed.clone(commit, tag=tag)

    done = proposed.run(rendered("deploy", gitreg="", script=["echo deployed"]), folder, told)

    assert done.returncode != 0
    assert "deployed" not in done.stdout
    assert not (folder / "model").exists()


@LONG
def test_without_an_anchor_nothing_is_deployed(proposed: Runner) -> None:
    """The repository must not say whom to trust."""
    merged(proposed)
    folder, variables = push(proposed, GITREG_SIGNING_KEY=proposed.desk.key.read_text())
    assert proposed.run(rendered("release", gitreg=""), folder, variables).returncode == 0
    tag = "model/churn/v1.0.0"
    commit = proposed.desk.git("rev-parse", f"{tag}^{{commit}}", at=proposed.remote)

    done = proposed.run(
        rendered("deploy", gitreg="", by="version", script=["echo deployed"]),
        proposed.clone(commit, tag=tag),
        proposed.variables(commit, CI_COMMIT_TAG=tag),
    )

    assert done.returncode != 0
    assert "deployed" not in done.stdout
    assert "anchor" in done.stderr
